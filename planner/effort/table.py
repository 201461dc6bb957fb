"""Past effort in a table: rows of cells, of discs, or of a track's fixes."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

import shapely

from planner.effort.searched import Searched, place_of, pod_of
from planner.effort.tracks import Passed, ways
from planner.errors import EventsError, Fault, ScenarioError
from planner.events.rows import DoubtError, Row
from planner.events.tables import MOST_COLUMNS, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from planner.effort.searched import Gathered, Terms

COLUMNS = ("cell", "lon", "lat", "radius_nm", "date", "time", "track", "pod", "sweep_width_nm")
ALSO = {"start_utc": "date", "start": "date"}  # as the table of sorties of a run calls it
NEEDED = (("track", "time", "lon", "lat"), ("cell", "date", "pod"), ("lon", "lat", "date", "pod"))


def gather_table(path: Path, gathered: Gathered) -> None:
    """
    Gather searches from a CSV file; its header says which kind they are.

    With `track`, `time`, `lon`, `lat` rows are fixes, those of one track in any order; `pod`
    (1 when left out) and `sweep_width_nm` hold from the fix on. With `cell`, `date`, `pod` they are
    cells by id; with `lon`, `lat`, `date`, `pod` and perhaps `radius_nm` they are discs. A run's
    own `sorties.csv` is such a table.

    Raises
    ------
    ScenarioError
        When the file is no CSV, or its columns are none of these.
    """
    try:
        header, lines = read_lines(path, str(path))
    except EventsError as problem:
        raise ScenarioError(problem.faults) from None
    if len(header) > MOST_COLUMNS:
        found = f"{len(header):,} columns"
        raise ScenarioError([Fault(f"{path}:1", found, f"at most {MOST_COLUMNS:,}")])
    refuse_near_names(f"{path}:1", header)
    header = [ALSO.get(name, name) for name in header]
    if not any(set(needed) <= set(header) for needed in NEEDED):
        expected = "; or ".join(", ".join(needed) for needed in NEEDED)
        raise ScenarioError([Fault(f"{path}:1", f"columns {', '.join(header)}"[:300], expected)])
    rows = [
        (where, told if isinstance(told, DoubtError) else Row(where=where, values=renamed(told)))
        for where, told in lines
    ]
    (_tracks if set(NEEDED[0]) <= set(header) else _places)(rows, gathered)


def refuse_near_names(where: str, names: Iterable[str]) -> None:
    """Raise `ScenarioError` when a name is nearly, but not quite, one of ours."""
    faults = [
        Fault(where, f"column {name!r}"[:200], "a known column", f"did you mean {near!r}?")
        for name in names
        if (near := _nearly(name))
    ]
    if faults:
        raise ScenarioError(faults)


@lru_cache(maxsize=10_000)
def _nearly(name: str) -> str:
    """Return the column that a name is nearly, but not quite."""
    if name in COLUMNS or name in ALSO:
        return ""
    return next(iter(get_close_matches(name.lower()[:50], COLUMNS, 1, 0.8)), "")


def renamed(values: Mapping[str, str]) -> dict[str, str]:
    """Return a row by our own names."""
    return {ALSO.get(name, name): text for name, text in values.items()}


def place_searched(row: Row, terms: Terms) -> Searched:
    """
    Return the cell or disc that a row tells of; a place says it better than an id.

    Raises
    ------
    DoubtError
        For the first thing about it that cannot be.
    """
    cell = "" if row.text("lon") or row.text("lat") else row.text("cell")
    return Searched(
        where=row.where,
        age_days=terms.age_days(terms.moment(row.text("date"))),
        pod=pod_of(row),
        cell=cell,
        shape=None if cell else shapely.Point(*place_of(row)),
        radius_nm=row.number("radius_nm", 0.0, at_least=0.0, at_most=1_000.0),
    )


def _places(rows: Sequence[tuple[str, Row | DoubtError]], gathered: Gathered) -> None:
    for where, row in rows:
        try:
            gathered.searched.append(place_searched(_sound(row), gathered.terms))
        except DoubtError as doubt:
            gathered.doubt(where, doubt)


def _tracks(rows: Sequence[tuple[str, Row | DoubtError]], gathered: Gathered) -> None:
    tracks: dict[str, list[Passed]] = {}
    for where, row in rows:
        try:
            fix = _fix(_sound(row), gathered.terms)
            tracks.setdefault(fix.track, []).append(fix)
        except DoubtError as doubt:
            gathered.doubt(where, doubt)
    for fixes in tracks.values():
        try:
            gathered.searched += ways(fixes, gathered.terms)
        except DoubtError as doubt:
            gathered.doubt(fixes[0].where, doubt)


def _sound(row: Row | DoubtError) -> Row:
    if isinstance(row, DoubtError):
        raise row
    return row


def _fix(row: Row, terms: Terms) -> Passed:
    lon, lat = place_of(row)
    return Passed(
        track=row.text("track"),
        where=row.where,
        moment=terms.moment(row.text("time")),
        lon=lon,
        lat=lat,
        pod=pod_of(row, 1.0),
        sweep_width_nm=terms.width_nm(row),
    )
