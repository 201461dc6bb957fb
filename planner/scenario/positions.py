"""Where each key of a TOML text stands, so that a fault can name its line."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
    r"|#[^\n]*|[\[\]{}=\n]|[^\s\[\]{}=\"'#]+",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    r"""
    Return the line of every table header and key of a valid TOML text.

    Keys inside inline tables and arrays are not listed: they stand on the line of their parent,
    which is the nearest listed ancestor.

    Examples
    --------
    >>> key_lines("a = 1\n[b]\nc.d = [1,\n 2]\n[[e]]\n[[e]]\nf = 1")[("e", 1, "f")]
    7
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        if statement.startswith("[["):
            header = _keys(statement.strip("[]"))
            parent = _numbered(header[:-1], counts)
            array = (*parent, header[-1])
            counts[array] = counts.get(array, -1) + 1
            table = (*array, counts[array])
            lines.setdefault(array, line)
            lines[table] = line
        elif statement.startswith("["):
            table = _numbered(_keys(statement.strip("[]")), counts)
            lines[table] = line
        else:
            path = (*table, *_keys(statement))
            for depth in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:depth], line)
    return lines


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """Return the line of a key, or of the nearest ancestor that stands in the text, or 1."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each header, and of each key before its equals sign."""
    words: list[str] = []
    line, start, depth, in_value = 1, 1, 0, False
    for token in (match.group() for match in _TOKEN.finditer(text)):
        if token == "\n" and depth == 0:
            if words and not in_value:
                yield start, "".join(words)
            words, in_value = [], False
        elif token == "=" and not in_value:
            yield start, "".join(words)
            in_value = True
        elif in_value:
            depth += (token in "[{") - (token in "]}")
        elif token[0] != "#" and token != "\n":
            start = start if words else line
            words.append(token)
        line += token.count("\n")
    if words and not in_value:
        yield start, "".join(words)


def _keys(dotted: str) -> tuple[str, ...]:
    table: Any = tomllib.loads(f"{dotted} = 0")
    keys = []
    while isinstance(table, dict):
        (key,) = table
        keys.append(key)
        table = table[key]
    return tuple(keys)


def _numbered(header: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """Insert the current index after each array of tables in a header."""
    path: Path = ()
    for key in header:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path
