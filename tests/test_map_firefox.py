"""The page in Firefox, driven over its own protocol; skipped where there is no Firefox."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from planner.outputs.maps import build_map
from tests.plans import LAND, small_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
START_S = 60
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(FIREFOX is None, reason="no Firefox on this machine"),
]
PREFERENCES = {
    "network.proxy.type": 1,  # a proxy nobody serves: no network
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "webgl.disabled": True,
}
SAID = """
    const said = Services.console.getMessageArray().map((each) => {
        try { return each.QueryInterface(Ci.nsIScriptError); } catch (other) { return null; }
    });
    return said.filter((each) => each && each.sourceName.startsWith('file:'))
        .map((each) => each.errorMessage);
"""


class Firefox:
    """A running Firefox: commands and answers are JSON with its length before it."""

    def __init__(self, port: int) -> None:
        self.line = _connected(port)
        self._read()  # it introduces itself
        self.do("WebDriver:NewSession")

    def do(self, command: str, **parameters: Any) -> Any:
        """Give one WebDriver command and return its answer."""
        message = json.dumps([0, 1, command, parameters])
        self.line.sendall(f"{len(message)}:{message}".encode())
        _, _, fault, answer = self._read()
        assert fault is None, fault
        return answer

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page."""
        return self.do("WebDriver:ExecuteScript", script=f"return {script}", sandbox=None)["value"]

    def press(self, *keys: str) -> None:
        """Press keys, one after another, on the page."""
        self.type_into("body", "".join(keys))

    def click(self, selector: str) -> None:
        """Click the first element a selector finds."""
        self.do("WebDriver:ElementClick", id=self._find(selector))

    def type_into(self, selector: str, text: str) -> None:
        """Type text into an element."""
        self.do("WebDriver:ElementSendKeys", id=self._find(selector), text=text)

    def said(self) -> list[str]:
        """Return what the console holds against the page."""
        self.do("Marionette:SetContext", value="chrome")
        found: list[str] = self.do("WebDriver:ExecuteScript", script=SAID)["value"]
        self.do("Marionette:SetContext", value="content")
        return found

    def _find(self, selector: str) -> str:
        found = self.do("WebDriver:FindElement", using="css selector", value=selector)
        return str(next(iter(found["value"].values())))

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self.line.recv(1)
        text = b""
        while len(text) < int(size[:-1]):
            text += self.line.recv(int(size[:-1]) - len(text))
        return json.loads(text)


def _connected(port: int) -> socket.socket:
    for _ in range(START_S * 5):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=START_S)
        except ConnectionRefusedError:
            time.sleep(0.2)
    pytest.fail(f"Firefox did not answer within {START_S} s")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """One Firefox without a network for all tests."""
    assert FIREFOX is not None
    home = tmp_path_factory.mktemp("firefox")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    preferences = PREFERENCES | {"marionette.port": port}
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
    (home / "user.js").write_text("\n".join(lines), "utf-8")
    switches = ["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
    command = [FIREFOX, *switches, "--profile", str(home)]
    silent = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdout=silent, stderr=silent, env={"HOME": str(home)}
    ) as running:
        try:
            opened = Firefox(port)
            yield opened
            opened.line.close()
        finally:
            running.kill()


@pytest.fixture
def page(firefox: Firefox, tmp_path: Path) -> Iterator[Firefox]:
    """Open a plan from a file; at the end the console must be silent."""
    path = tmp_path / "map.html"
    path.write_text(build_map([small_plan()], land=LAND), "utf-8")
    firefox.do("WebDriver:Navigate", url=path.as_uri())
    yield firefox
    assert firefox.said() == []
    assert firefox.run("performance.getEntriesByType('resource').length") == 0


def test_clock_plays_scrubs_and_steps(page: Firefox) -> None:
    """Play moves time on, a click on the chart sets it, a key steps to a take-off."""
    page.press(" ")
    time.sleep(0.5)
    page.press(" ")
    assert page.run("planMap.at > planMap.start && !planMap.clock.playing")
    page.click(".gantt")
    assert page.run("planMap.at - planMap.start > 3600e3")
    page.run("planMap.setTime(planMap.start)")
    page.press(".")
    assert page.run("planMap.at === planMap.plans[0].sorties[0].takeoff")


def test_clicks_and_search_tell_about_what_is_chosen(page: Firefox) -> None:
    """A sortie in the list and a name in the search box open their details."""
    page.click(".item")
    assert page.run("document.querySelector('.detail h2').textContent") == "Sortie S01pinned"
    page.press("/")
    page.type_into(".search input", "kanoya\ue007")
    assert "Kanoya" in page.run("document.querySelector('.detail h2').textContent")


def test_print_and_picture_are_made(page: Firefox) -> None:
    """Firefox prints the sheets and paints the map's colours."""
    pdf = base64.b64decode(page.do("WebDriver:Print", background=True)["value"])
    assert pdf.startswith(b"%PDF")
    painted = """[...planMap.views[0].cells.canvas.getContext('2d')
        .getImageData(0, 0, planMap.views[0].cells.canvas.width, 400).data].some(Boolean)"""
    assert page.run(painted)
