"""XML from strangers: no document types, no entities, bounded in size, depth and number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from planner.errors import Fault, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 60
MOST_ELEMENTS = 2_000_000


@dataclass(slots=True)
class Element:
    """
    An element of an XML file.

    Parameters
    ----------
    tag
        Its name without prefix, so that ``gx:Track`` is ``Track``.
    line
        Where it begins.
    attributes
        By name.
    text
        Its own text.
    children
        Elements in it.
    """

    tag: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def each(self, tag: str) -> Iterator[Element]:
        """Yield the children of a name."""
        return (child for child in self.children if child.tag == tag)

    def one(self, *path: str) -> Element | None:
        """Return the first descendant along a path of names."""
        here: Element | None = self
        for tag in path:
            here = next(here.each(tag), None) if here is not None else None
        return here

    def said(self, *path: str) -> str:
        """Return the text of the first descendant along a path of names, or nothing."""
        found = self.one(*path)
        return found.text.strip() if found is not None else ""

    def everywhere(self) -> Iterator[Element]:
        """Yield this element and all below it, in order of the file."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


def parse(data: bytes, name: str) -> Element:
    """
    Return the root of an XML file.

    Raises
    ------
    PlanError
        When it is not well formed, declares a document type or entity, or is too deep or long.
    """
    builder = _Builder(name)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as problem:
        message = expat.errors.messages.get(problem.code, "not well formed")
        raise PlanError([Fault(f"{name}:{problem.lineno}", message, "well-formed XML")]) from None
    except (ValueError, LookupError) as problem:
        raise PlanError([Fault(name, f"cannot be decoded ({problem})", "XML in UTF-8")]) from None
    return builder.root.children[0]


class _Builder:
    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0
        self.root = Element("", 0, {})
        self.open = [self.root]
        self.words: list[list[str]] = [[]]
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        line = self.parser.CurrentLineNumber
        if len(self.open) > DEEPEST:
            self._fail(line, f"elements nested {len(self.open)} deep", f"at most {DEEPEST}")
        if self.count > MOST_ELEMENTS:
            self._fail(line, "too many elements", f"at most {MOST_ELEMENTS:,}")
        element = Element(tag.rpartition(":")[2], line, attributes)
        self.open[-1].children.append(element)
        self.open.append(element)
        self.words.append([])

    def _end(self, tag: str) -> None:
        del tag
        self.open.pop().text = "".join(self.words.pop())

    def _text(self, text: str) -> None:
        self.words[-1].append(text)

    def _refuse(self, *declared: object) -> None:
        line = self.parser.CurrentLineNumber
        self._fail(line, f"declares {str(declared[0])[:40]!r}", "no document type and no entities")

    def _fail(self, line: int, found: str, expected: str) -> None:
        raise PlanError([Fault(f"{self.name}:{line}", found, expected)])
