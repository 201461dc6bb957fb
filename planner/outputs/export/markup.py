"""XML that other programs accept: forbidden characters out, the rest escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST = 1_000


def text(value: object, limit: int = LONGEST) -> str:
    r"""
    Return a value as text that XML 1.0 can hold, no longer than `limit` characters.

    Examples
    --------
    >>> text("a\x00b\ufffec")
    'abc'
    """
    kept = FORBIDDEN.sub("", str(value))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def add(parent: ET.Element, tag: str, content: object = None, **attributes: object) -> ET.Element:
    """Add an element with text and attributes to its parent, and return it."""
    element = ET.SubElement(parent, tag, {key: text(each) for key, each in attributes.items()})
    if content is not None:
        element.text = text(content, 1_000_000)
    return element


def document(root: ET.Element) -> bytes:
    """Return a document as indented UTF-8 with its declaration."""
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()
