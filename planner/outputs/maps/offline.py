"""Make folium's page self-contained: every asset comes from an installed wheel, none is fetched."""

from __future__ import annotations

import base64
import re
from html import escape
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import folium

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
LEAFLET_NOTICE = (
    "Leaflet 1.9.3, (c) 2010-2022 Vladimir Agafonkin, (c) 2010-2011 CloudMade. BSD 2-Clause:\n"
    "Redistribution and use in source and binary forms, with or without modification, are "
    "permitted provided that the following conditions are met:\n"
    "1. Redistributions of source code must retain the above copyright notice, this list of "
    "conditions and the following disclaimer.\n"
    "2. Redistributions in binary form must reproduce the above copyright notice, this list of "
    "conditions and the following disclaimer in the documentation and/or other materials "
    "provided with the distribution.\n"
    'THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS '
    "OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF "
    "MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE "
    "COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, "
    "EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF "
    "SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) "
    "HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR "
    "TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, "
    "EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE."
)
LEAFLET_FOLDER = "xstatic/pkg/leaflet/data"
KEPT = {"leaflet", "leaflet_css"}
DROPPED = {
    "jquery",
    "bootstrap",
    "bootstrap_css",
    "awesome_markers",
    "awesome_markers_css",
    "awesome_rotate_css",
    "awesome_markers_font_css",
    "glyphicons_css",
}
EXTERNAL = re.compile(
    r"""<(?:script|link|img|iframe|object|embed)\b[^>]*\b(?:src|href|data)\s*=\s*["']?(?!data:)[^"'\s>]"""
    r"""|@import\b|url\(\s*["']?(?!data:|\#)[^)]""",
    re.IGNORECASE,
)


class OfflineError(RuntimeError):
    """Part of the page has no local source, so the map would be blank without a network."""


def self_contained(
    page: folium.Map, *, title: str, head: str, body: str, script: str, data: str
) -> str:
    """
    Render a folium map as one page that asks for nothing.

    Parameters
    ----------
    page
        The map; folium's own links are dropped or replaced by local copies.
    title
        Title of the page, as plain text.
    head
        Our own styles, without tags.
    body
        Trusted markup placed after the map.
    script
        Our own scripts, run after folium's.
    data
        JSON, embedded as text; it may hold anything.

    Returns
    -------
    html
        The page; the same inputs give the same bytes.

    Raises
    ------
    OfflineError
        When folium asks for an asset we do not know, or the page still refers to one.
    """
    shell = _shell(page)
    parts = {
        "STYLES": _style(_leaflet_css()) + _style(head),
        "LEAFLET": f"<!--\n{LEAFLET_NOTICE}\n-->\n" + _script(_leaflet_js()),
        "BODY": body,
        "SCRIPTS": _script(script),
    }
    before = _fill(shell, parts)
    leftover = EXTERNAL.search(re.sub(r"<script>.*?</script>", "", before, flags=re.DOTALL))
    if leftover:
        msg = f"the page refers to {leftover.group(0)!r}, which is not inside it"
        raise OfflineError(msg)
    return _fill(before, {"TITLE": escape(title), "DATA": embedded_json(data)})


def embedded_json(text: str) -> str:
    r"""
    Escape JSON so that no string in it can end the script element it stands in.

    Examples
    --------
    >>> embedded_json('["</script>"]')
    '["\\u003c/script\\u003e"]'
    """
    escapes = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
    return text.translate(escapes)


def own_assets(ending: str) -> str:
    """Return our own scripts or styles, joined in the order of ``assets/order.txt``."""
    folder = files("planner.outputs.maps") / "assets"
    names = (folder / "order.txt").read_text("utf-8").split()
    return "\n".join((folder / name).read_text("utf-8") for name in names if name.endswith(ending))


def _shell(page: Any) -> str:
    from branca.element import CssLink, JavascriptLink

    figure = page.get_root()
    page.render()
    figure.title = None
    for name, element in list(figure.header._children.items()):  # noqa: SLF001
        if isinstance(element, (CssLink, JavascriptLink)):
            if name not in KEPT | DROPPED:
                msg = f"folium asks for {name!r}, which has no local source"
                raise OfflineError(msg)
            del figure.header._children[name]  # noqa: SLF001
    # Rendering the figure anew would ask the map for its links again.
    html = str(figure._template.render(this=figure, kwargs={}))  # noqa: SLF001
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">'
    head = f'{policy}\n<title>[[TITLE]]</title>\n<link rel="icon" href="data:,">'
    html = html.replace("<html>", '<html lang="en">', 1)
    html = html.replace("<head>", f"<head>\n{head}", 1)
    html = html.replace("</head>", "[[STYLES]]\n[[LEAFLET]]\n</head>", 1)
    html = html.replace("</body>", "[[BODY]]\n</body>", 1)
    data = '<script type="application/json" id="data">[[DATA]]</script>'
    html = html.replace("</html>", f"{data}\n[[SCRIPTS]]\n</html>", 1)
    return _renumbered(html)


def _renumbered(html: str) -> str:
    order: dict[str, str] = {}
    return re.sub(
        r"[0-9a-f]{32}", lambda m: order.setdefault(m.group(0), f"{len(order):02d}"), html
    )


def _fill(text: str, parts: Mapping[str, str]) -> str:
    names = "|".join(parts)
    return re.sub(rf"\[\[({names})\]\]", lambda m: parts[m.group(1)], text)


def _leaflet_js() -> str:
    return re.sub(r"//# sourceMappingURL=.*", "", _wheel_file("leaflet.js").read_text("utf-8"))


def _leaflet_css() -> str:
    path = _wheel_file("leaflet.css")

    def inlined(found: re.Match[str]) -> str:
        image = path.parent / found.group(1).strip("'\"")
        return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()})"

    return re.sub(r"url\(([^)#]+\.png)\)", inlined, path.read_text("utf-8"))


def _wheel_file(name: str) -> Path:
    # XStatic is an old-style namespace package: its files are found, never imported.
    try:
        found = metadata.distribution("XStatic-Leaflet").locate_file(f"{LEAFLET_FOLDER}/{name}")
    except metadata.PackageNotFoundError as error:
        msg = "the map needs the package XStatic-Leaflet, which is not installed"
        raise OfflineError(msg) from error
    path = Path(str(found))
    if not path.is_file():
        msg = f"XStatic-Leaflet does not carry {name}"
        raise OfflineError(msg)
    return path


def _script(code: str) -> str:
    return "<script>\n{}\n</script>".format(code.replace("</script", r"<\/script"))


def _style(code: str) -> str:
    return "<style>\n{}\n</style>".format(code.replace("</style", r"<\/style"))
