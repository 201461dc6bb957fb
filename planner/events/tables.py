"""Read rows of text from a CSV file, with every bound and every fault told."""

from __future__ import annotations

import csv
import difflib
import io
from typing import TYPE_CHECKING

from planner.errors import EventsError, Fault, nearest
from planner.events.rows import FIELDS, MARGINALIA, DoubtError, Row
from planner.files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MOST_BYTES = 128_000_000
MOST_ROWS = 500_000
MOST_COLUMNS = 1_000
LONGEST_FIELD = 10_000

Columns = dict[str, str]
Lines = list[tuple[str, dict[str, str] | DoubtError]]


def read_lines(path: Path, name: str) -> tuple[list[str], Lines]:
    """
    Return a CSV file's header, and each row with the line it starts on.

    Separators are commas, semicolons or tabs, whichever the header has most of. Blank rows are
    passed over; a row of the wrong length comes back as a doubt. Faults call the file `name`.

    Raises
    ------
    EventsError
        When the file is no UTF-8 CSV, is too large, or has no header or two columns of one name.
    """
    text = read_text(path, limit=MOST_BYTES, error=EventsError)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise EventsError([Fault(f"{name}:{line}", "a NUL character", "text")])
    rows = _rows(name, text)
    header = [column.strip() for column in next(rows, (1, []))[1]]
    _check_header(name, header)
    lines: Lines = []
    for line, cells in rows:
        if len(lines) == MOST_ROWS:
            raise EventsError([Fault(f"{name}:{line}", "too many rows", f"at most {MOST_ROWS:,}")])
        if any(cell.strip() for cell in cells):
            lines.append((f"{name}:{line}", _cells(header, cells)))
    return header, lines


def choose_columns(
    name: str, header: Sequence[str], mapping: Mapping[str, str], *, located: bool = False
) -> Columns:
    """
    Return which column holds each field: as mapped, else the column of the field's own name.

    A file that is `located` holds shapes, and needs no column that says where.

    Raises
    ------
    EventsError
        With every mapped field we do not know, every mapped column the file lacks, every column
        whose name is nearly a field's, and a missing time or position.
    """
    if len(header) > MOST_COLUMNS:
        found = f"{len(header):,} columns"
        raise EventsError([Fault(f"{name}:1", found, f"at most {MOST_COLUMNS:,}")])
    faults = [
        Fault(name, f"columns.{field}", "one of our fields", nearest(field, FIELDS))
        for field in mapping
        if field not in FIELDS
    ]
    faults += [
        Fault(f"{name}:1", f"no column {column!r}", f"it for {field}", nearest(column, header))
        for field, column in mapping.items()
        if column not in header
    ]
    columns = {each: each for each in header if each in FIELDS} | dict(mapping)
    faults += _misspelt(name, unused(header, columns)) if not mapping else []
    faults += _missing(name, header, columns, located=located) if not faults else []
    if faults:
        raise EventsError(faults)
    return columns


def unused(header: Sequence[str], columns: Columns) -> tuple[str, ...]:
    """Return the columns of a file that are neither read nor known to be remarks."""
    return tuple(each for each in header if each not in {*columns.values(), *MARGINALIA})


def to_rows(lines: Lines, columns: Columns) -> Iterator[Row | tuple[str, DoubtError]]:
    """Yield each row in the words of our fields, or where and why it cannot be one."""
    for where, cells in lines:
        if isinstance(cells, DoubtError):
            yield where, cells
        else:
            values = {field: cells[column].strip() for field, column in columns.items()}
            yield Row(where=where, values=values)


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line it starts on."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as problem:
        raise EventsError([Fault(f"{name}:{line}", str(problem), "CSV")]) from None


def _check_header(name: str, header: Sequence[str]) -> None:
    if not any(header):
        raise EventsError([Fault(f"{name}:1", "no header", "a first line with column names")])
    if len(header) > MOST_COLUMNS:
        found = f"{len(header):,} columns"
        raise EventsError([Fault(f"{name}:1", found, f"at most {MOST_COLUMNS:,}")])
    twice = sorted({each for each in header if header.count(each) > 1})
    if twice:
        raise EventsError([Fault(f"{name}:1", f"two columns {each!r}", "one") for each in twice])


def _cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, str] | DoubtError:
    if len(cells) != len(header):
        return DoubtError(
            found=f"{len(cells)} values",
            expected=f"{len(header)}, as in the header",
            why="unreadable",
        )
    if any(len(cell) > LONGEST_FIELD for cell in cells):
        return DoubtError(
            found="too long a value",
            expected=f"at most {LONGEST_FIELD:,} characters",
            why="unreadable",
        )
    return dict(zip(header, cells, strict=True))


def _misspelt(name: str, names: Sequence[str]) -> list[Fault]:
    near = {each: difflib.get_close_matches(each.lower(), FIELDS, 1, 0.8) for each in names}
    return [
        Fault(f"{name}:1", f"column {each!r}", "a known column", f"did you mean {words[0]!r}?")
        for each, words in near.items()
        if words
    ]


def _missing(name: str, header: Sequence[str], columns: Columns, *, located: bool) -> list[Fault]:
    has = set(columns)
    found = f"the columns are {', '.join(map(repr, header))}"[:300]
    hint = "say which column holds what under [history.columns]"
    faults = []
    if "start" not in has:
        faults.append(
            Fault(f"{name}:1", f"no column start: {found}", "when each report happened", hint)
        )
    if not (located or has & {"position", "area", "distance_km"} or {"lon", "lat"} <= has):
        expected = "lon and lat, position, area, or distance_km with bearing_deg"
        faults.append(Fault(f"{name}:1", f"no position: {found}", expected, hint))
    return faults
