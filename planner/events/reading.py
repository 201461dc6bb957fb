"""Read a file of reported transfers, whatever its form, and keep what was known at one moment."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from planner.errors import EventsError, Fault
from planner.events.checking import Terms, to_event
from planner.events.collection import Event, Events, Rejected, in_order
from planner.events.features import (
    geojson_shapes,
    geopackage_shapes,
    read_json,
    shape_rows,
)
from planner.events.fishing_watch import answer_rows, download_rows, is_answer, is_download
from planner.events.rows import DoubtError, Row
from planner.events.tables import choose_columns, read_lines, to_rows, unused
from planner.events.times import TimeError, time_zone
from planner.events.waters import Waters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, tzinfo

    import shapely

BUILT_IN = "builtin"
MOST_FAULTS = 50
ELSEWHERE = frozenset({"perhaps swapped", "outside the area", "in the future", "not yet published"})


class Rows(NamedTuple):
    """The rows of a file, and its columns that were not read."""

    rows: Iterable[Row | tuple[str, DoubtError]]
    unused_columns: tuple[str, ...] = ()


def read_events(
    source: str | Path,
    *,
    now: datetime,
    columns: Mapping[str, str] | None = None,
    timezone: str | None = None,
    area: shapely.Geometry | None = None,
    land: shapely.Geometry | None = None,
    coast_error_nm: float = 1.0,
) -> Events:
    """
    Read reported transfers and keep those that were known at a moment.

    Rows that are merely doubtful are turned away, each with its line and the reason. A file that
    is not what it should be, or whose coordinates cannot be trusted, is refused as a whole.

    Parameters
    ----------
    source
        ``builtin`` for the public reports that come with the planner, else a file: our CSV or any
        other with `columns`, GeoJSON, GeoPackage, or encounters and loitering of Global Fishing
        Watch (its API's JSON, its CSV download).
    now
        Nothing that ended or was published later is returned. Must have an offset from UTC.
    columns
        Which column holds each of our fields (`rows.FIELDS`), for other people's files; a field
        left out is read from the column of its own name, if there is one.
    timezone
        Time zone of times without an offset, where the rows do not say.
    area
        Events that cannot have been in it are turned away; longitude and latitude.
    land
        Events wholly on it are turned away; longitude and latitude.
    coast_error_nm
        How far the coast may be from where `land` has it, in nm: an event this near to it stays.

    Raises
    ------
    EventsError
        With all faults of the file.
    """
    path, name = _locate(source)
    terms = Terms(
        now=now,
        zone=_zone(timezone, name),
        waters=Waters(area=area, land=land, coast_error_nm=coast_error_nm),
    )
    found = _read_rows(path, name, dict(columns or {}))
    events, rejected, faults = _sort_out(found.rows, terms)
    faults = faults or _hopeless(events, rejected, name)
    if faults:
        raise EventsError(_shortened(faults, name))
    return Events(
        located=in_order(event for event in events if event.region is not None),
        unlocated=in_order(event for event in events if event.region is None),
        rejected=tuple(rejected),
        now=now,
        source=name,
        unused_columns=found.unused_columns,
    )


def _locate(source: str | Path) -> tuple[Path, str]:
    """Return a file's path, and the name we call it by."""
    if str(source) == BUILT_IN:
        shipped = resources.files("planner") / "data" / "transfers.csv"
        return Path(str(shipped)), shipped.name
    return Path(source), str(source)


def _zone(timezone: str | None, name: str) -> tzinfo | None:
    try:
        return time_zone(timezone) if timezone else None
    except TimeError as error:
        raise EventsError([Fault(name, f"timezone = {timezone!r}", error.expected)]) from None


def _read_rows(path: Path, name: str, columns: Mapping[str, str]) -> Rows:
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        return _csv_rows(path, name, columns)
    if suffix in {".json", ".geojson"}:
        return _json_rows(path, name, columns)
    if suffix == ".gpkg":
        header, shapes = geopackage_shapes(path, name)
        chosen = choose_columns(name, header, columns, located=True)
        return Rows(shape_rows(shapes, chosen), unused(header, chosen))
    expected = "builtin or a file ending in .csv, .tsv, .txt, .json, .geojson or .gpkg"
    raise EventsError([Fault(name, f"a file ending in {suffix or 'nothing'}", expected)])


def _csv_rows(path: Path, name: str, columns: Mapping[str, str]) -> Rows:
    header, lines = read_lines(path, name)
    if not columns and is_download(header):
        return Rows(download_rows(header, lines, name))
    chosen = choose_columns(name, header, columns)
    return Rows(to_rows(lines, chosen), unused(header, chosen))


def _json_rows(path: Path, name: str, columns: Mapping[str, str]) -> Rows:
    document, text = read_json(path, name)
    if is_answer(document):
        return Rows(answer_rows(document, text, name))
    header, shapes = geojson_shapes(document, text, name)
    chosen = choose_columns(name, header, columns, located=True)
    return Rows(shape_rows(shapes, chosen), unused(header, chosen))


def _sort_out(
    rows: Iterable[Row | tuple[str, DoubtError]], terms: Terms
) -> tuple[list[Event], list[Rejected], list[Fault]]:
    """Part rows into events, doubtful ones, and faults of the file."""
    events: dict[str, Event] = {}
    rejected: list[Rejected] = []
    faults: list[Fault] = []
    for row in rows:
        with _doubts_into(rejected, faults, row.where if isinstance(row, Row) else row[0]):
            if not isinstance(row, Row):
                raise row[1]
            event = to_event(row, terms)
            if event.id in events:
                found = f"id = {event.id!r}, as on {events[event.id].where}"
                raise DoubtError(found=found, expected="each id once", why="duplicate id")
            events[event.id] = event
    return list(events.values()), rejected, faults


@contextmanager
def _doubts_into(rejected: list[Rejected], faults: list[Fault], where: str) -> Iterator[None]:
    try:
        yield
    except DoubtError as doubt:
        if doubt.fault:
            faults.append(Fault(where, doubt.found, doubt.expected))
        else:
            rejected.append(Rejected(where, doubt.found, doubt.expected, doubt.why))


def _hopeless(events: list[Event], rejected: list[Rejected], name: str) -> list[Fault]:
    """Return faults when the rows turned away show that the file is misread as a whole."""
    swapped = [each for each in rejected if each.why == "perhaps swapped"]
    if len(swapped) > len(events):
        return [Fault(each.where, each.found, each.expected) for each in swapped]
    if events or any(each.why in ELSEWHERE for each in rejected):
        return []
    if rejected:
        return [Fault(each.where, each.found, each.expected) for each in rejected]
    return [Fault(name, "no reports", "at least one")]


def _shortened(faults: list[Fault], name: str) -> list[Fault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    more = Fault(name, f"{len(faults) - MOST_FAULTS:,} more faults like these", "none")
    return [*faults[:MOST_FAULTS], more]
