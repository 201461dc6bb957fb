"""
Read encounters and loitering as Global Fishing Watch publishes them.

Field names: the Events API, version 3 (``entries`` of ``id``, ``type``, ``start``, ``end``,
``position``, ``vessel`` and one object named after the type), the column definitions that come
with the carrier vessel portal's CSV download (``vessel.name``), and the columns of the map's event
report (``vesselName``). All of its times are UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.errors import EventsError, Fault
from planner.events.features import as_text, element_lines
from planner.events.rows import DoubtError, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.events.tables import Lines

KINDS = ("encounter", "loitering")
APART_KM = 0.5
SOURCE = "Global Fishing Watch"
_PREFIXES = ("vessel.", "encounter.", "loitering.")
_REPORT = {"type", "latitude", "longitude", "vesselId", "vesselName"}
_ALIASES = {
    "id": ("id", "event_id"),
    "kind": ("type", "event_type"),
    "start": ("start",),
    "end": ("end",),
    "lon": ("lon", "longitude", "position.lon"),
    "lat": ("lat", "latitude", "position.lat"),
    "first": ("vessel.name", "vessel.ssvid", "vessel.mmsi", "vessel.id", "vesselName", "vesselId"),
    "other": (
        "encounter.vessel.name",
        "encounter.vessel.ssvid",
        "encounter.encountered_vessel.name",
        "encounter.encountered_vessel.mmsi",
        "encounteredVesselName",
    ),
}


def is_download(header: Sequence[str]) -> bool:
    """Tell whether a CSV header is that of a download."""
    names = set(header)
    told = names >= _REPORT or any(name.startswith(_PREFIXES) for name in names)
    return told and names >= {"start", "end"}


def is_answer(document: Any) -> bool:
    """Tell whether a JSON document is an answer of the API, or the list of events in one."""
    events = document.get("entries") if isinstance(document, dict) else document
    return isinstance(events, list) and all(isinstance(each, dict) for each in events[:1])


def answer_rows(document: Any, text: str, name: str) -> Iterator[Row | tuple[str, DoubtError]]:
    """Yield each event of an API answer as a row, or where and why it cannot be one."""
    key = "entries" if isinstance(document, dict) else None
    events = document["entries"] if isinstance(document, dict) else document
    lines = element_lines(text, key, len(events))
    yield from _rows(
        (f"{name}:{line}", _flat(event)) for line, event in zip(lines, events, strict=True)
    )


def download_rows(
    header: Sequence[str], lines: Lines, name: str
) -> Iterator[Row | tuple[str, DoubtError]]:
    """
    Yield each line of a CSV download as a row, or where and why it cannot be one.

    Raises
    ------
    EventsError
        When the file has no position columns.
    """
    if not all(set(_ALIASES[axis]) & set(header) for axis in ("lon", "lat")):
        raise EventsError([Fault(f"{name}:1", "no position", "lon and lat columns")])
    yield from _rows(lines)


def _rows(
    lines: Iterable[tuple[str, dict[str, str] | DoubtError]],
) -> Iterator[Row | tuple[str, DoubtError]]:
    """Yield rows; an encounter is published once for each of its ships and kept once."""
    met: dict[tuple[object, ...], str] = {}
    for where, cells in lines:
        if isinstance(cells, DoubtError):
            yield where, cells
            continue
        told = {field: _first(cells, names) for field, names in _ALIASES.items()}
        kind = (told["kind"] or _kind(cells)).lower()
        ships = frozenset({told["first"], told["other"]})
        meeting = (told["start"], told["end"], told["lon"], told["lat"], ships)
        if kind not in KINDS:
            yield (
                where,
                DoubtError(
                    found=f"type = {kind!r}",
                    expected=" or ".join(KINDS),
                    why="another kind of event",
                ),
            )
        elif kind == "encounter" and meeting in met:
            found = f"the encounter of {met[meeting]} again"
            yield (
                where,
                DoubtError(
                    found=found, expected="each encounter once", why="other ship of an encounter"
                ),
            )
        else:
            met[meeting] = where
            yield _row(where, told)


def _row(where: str, told: dict[str, str]) -> Row:
    values = {field: told[field] for field in ("id", "start", "end", "lon", "lat")} | {
        "zone": "UTC",
        "radius_km": str(APART_KM),
        "vessels": " / ".join(filter(None, (told["first"], told["other"]))),
        "basis": "mean AIS position",
        "source": SOURCE,
    }
    return Row(where=where, values=values)


def _first(cells: dict[str, str], names: Iterable[str]) -> str:
    return next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")


def _kind(cells: dict[str, str]) -> str:
    """Return the kind of an event that does not say: two ships met, or one waited."""
    return "encounter" if any(name.startswith("encounter.") for name in cells) else "loitering"


def _flat(event: Any) -> dict[str, str] | DoubtError:
    """Return an event's values under the dotted names of the CSV download."""
    if not isinstance(event, dict):
        return DoubtError(found="no event", expected="an object", why="unreadable")
    flat: dict[str, str] = {}
    for key, value in event.items():
        if key in {"vessel", "position", *KINDS} and isinstance(value, dict):
            flat |= {f"{key}.{name}": as_text(each) for name, each in value.items()}
            ship = value.get("vessel")
            if isinstance(ship, dict):
                flat |= {f"{key}.vessel.{name}": as_text(each) for name, each in ship.items()}
        elif not isinstance(value, dict | list):
            flat[key] = as_text(value)
    return flat
