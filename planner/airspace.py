"""Airspace: what no aircraft enters, what costs to enter, and what is only drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from planner.errors import Fault, FaultsError, nearest
from planner.files import read_text
from planner.geo.limits import territorial_sea
from planner.geo.outlines import Outline, parse_outlines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.geo.coast import Bounds, Land

Rule = Literal["closed", "priced", "shown"]
RULES: tuple[Rule, ...] = ("closed", "priced", "shown")

MOST_BYTES = 8_000_000
REQUIRED = ("id", "name", "rule", "source")
KEYS = (*REQUIRED, "dated", "note", "price_per_h")
TIMES = {"from": "from_time", "to": "to_time"}

STATES = {
    "CN": "China",
    "KP": "DPRK",
    "KR": "Republic of Korea",
    "RU": "Russia",
    "TW": "Taiwan",
}


BASELINES = {"CN": "china-baseline", "KR": "korea-baseline"}


class ZonesError(FaultsError):
    """A file of airspace cannot be read as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """
    A piece of airspace with a rule.

    Parameters
    ----------
    id
        Short and unique, such as ``sea-CN``; scenarios switch zones by it.
    name
        As shown on maps.
    rule
        ``closed``: no aircraft enters. ``priced``: hours inside are counted and cost
        `price_per_h`. ``shown``: drawn, nothing more.
    geometry
        In lon/lat degrees: an area, or a line when only shown.
    source
        Where the line comes from.
    dated
        Date of the source, as published; may be empty.
    note
        What is assumed, disputed or missing about it; may be empty.
    price_per_h
        Cost of an hour inside a priced zone, in the objective's unit. At least zero.
    from_time, to_time
        When it is in force, aware datetimes; open-ended when absent.
    """

    id: str
    name: str
    rule: Rule
    geometry: shapely.Geometry
    source: str
    dated: str = ""
    note: str = ""
    price_per_h: float = 0.0
    from_time: datetime | None = None
    to_time: datetime | None = None

    def in_force(self, start: datetime, end: datetime) -> bool:
        """Return whether the zone is in force at any time from `start` until before `end`."""
        begun = self.from_time is None or self.from_time < end
        return begun and (self.to_time is None or start < self.to_time)

    def rings(self) -> tuple[NDArray[np.float64], ...]:
        """
        Return the outer rings, closed, or the lines, in degrees, for drawing and for plans.

        Holes are left out: they are other states' land. Each array has shape (k, 2).
        """
        parts = shapely.get_parts(self.geometry)
        if is_area(self.geometry):
            parts = shapely.get_exterior_ring(parts)
        return tuple(shapely.get_coordinates(part) for part in parts)


Zones = tuple[Zone, ...]


def standing_zones(
    land: Land,
    *,
    breadth_nm: float = 12.0,
    margin_nm: Mapping[str, float] | None = None,
    states: Iterable[str] = tuple(STATES),
    declared: Iterable[str] = tuple(BASELINES),
    limit: Callable[..., shapely.Geometry] = territorial_sea,
) -> Zones:
    """
    Return the zones that ship with the planner: territorial seas, FIR, claims and ADIZs.

    Parameters
    ----------
    land
        The coast the territorial seas are measured from.
    breadth_nm
        Breadth of a territorial sea, in nm.
    margin_nm
        Added for each state, in nm, by its two-letter code.
    states
        Codes of the states whose national airspace is made.
    declared
        Codes of the states whose limit is measured from their declared straight baseline too, where
        we have one. Others may dispute the baseline; the state will act on it all the same.
    limit
        Finds a territorial sea; one that remembers may stand in.

    Returns
    -------
    zones
        Sorted by id. National airspace is named ``sea-CN`` and so on.
    """
    margins, drawn = margin_nm or {}, {zone.id: zone for zone in _shipped()}
    baselines = {code: drawn[BASELINES[code]] for code in declared if code in BASELINES}
    seas = [
        _sea(limit, land, code, breadth_nm, margins.get(code, 0.0), baselines.get(code))
        for code in states
    ]
    here = [zone for zone in (*seas, *drawn.values()) if not shapely.is_empty(zone.geometry)]
    return tuple(sorted(here, key=lambda zone: zone.id))


def read_zones(path: Path, *, near: Bounds | None = None) -> Zones:
    """
    Read danger areas, NOTAMs and the like from a GeoJSON file of polygons.

    Each feature has the properties ``id``, ``name``, ``rule`` and ``source``, and may have
    ``dated``, ``note``, ``price_per_h``, ``from`` and ``to`` (ISO 8601 with a time zone).

    Parameters
    ----------
    path
        The file.
    near
        West, south, east, north of the theatre in degrees; tells lat/lon from lon/lat.

    Raises
    ------
    ZonesError
        With every fault of the file: polygons that cross themselves, are not closed, are given
        as lat/lon, cross the antimeridian or are too long; and properties that are missing,
        unknown or of the wrong kind.
    """
    text = read_text(path, limit=MOST_BYTES, error=ZonesError)
    outlines, faults = parse_outlines(text, str(path), near=near)
    zones, more = _zones(outlines)
    if faults or more:
        raise ZonesError(sorted([*faults, *more], key=lambda fault: _line(fault.where)))
    return zones


def with_rules(
    zones: Zones,
    *,
    rules: Mapping[str, Rule] | None = None,
    prices_per_h: Mapping[str, float] | None = None,
) -> Zones:
    """
    Return the zones with some rules or prices changed, by zone id.

    A line cannot be closed or priced: such a change is the caller's fault and raises
    `ValueError`, as does an id that is not among the zones.
    """
    rules, prices = rules or {}, prices_per_h or {}
    unknown = sorted({*rules, *prices} - {zone.id for zone in zones})
    if unknown:
        msg = f"zones {unknown}, expected some of {sorted(zone.id for zone in zones)}"
        raise ValueError(msg)
    lines = sorted(
        z.id for z in zones if rules.get(z.id, z.rule) != "shown" and not is_area(z.geometry)
    )
    if lines:
        msg = f"zones {lines} are lines, expected the rule 'shown'"
        raise ValueError(msg)
    return tuple(
        replace(
            zone,
            rule=rules.get(zone.id, zone.rule),
            price_per_h=prices.get(zone.id, zone.price_per_h),
        )
        for zone in zones
    )


def closed_airspace(zones: Iterable[Zone]) -> shapely.Geometry:
    """Return the union of the closed zones, in lon/lat degrees."""
    closed = [zone.geometry for zone in zones if zone.rule == "closed"]
    return shapely.make_valid(shapely.union_all(np.array(closed, dtype=object)))


def airspaces(
    zones: Zones, windows: Sequence[tuple[datetime, datetime]]
) -> tuple[tuple[Zones, ...], tuple[int, ...]]:
    """
    Return the distinct sets of closed zones that windows of time meet, and which each window has.

    A zone in force during any part of a window binds the whole window.

    Parameters
    ----------
    zones
        All zones.
    windows
        Pairs of start and end, aware datetimes.

    Returns
    -------
    sets
        Closed zones of each distinct airspace, in order of first use.
    index
        For each window, the position of its airspace in `sets`.
    """
    closed = [zone for zone in zones if zone.rule == "closed"]
    seen: dict[tuple[str, ...], tuple[int, Zones]] = {}
    index = []
    for start, end in windows:
        bound = tuple(zone for zone in closed if zone.in_force(start, end))
        key = tuple(zone.id for zone in bound)
        index.append(seen.setdefault(key, (len(seen), bound))[0])
    return tuple(bound for _, bound in seen.values()), tuple(index)


def _sea(
    limit: Callable[..., shapely.Geometry],
    land: Land,
    code: str,
    breadth_nm: float,
    margin_nm: float,
    baseline: Zone | None,
) -> Zone:
    margin = f" and a margin of {margin_nm:g} nm" if margin_nm else ""
    return Zone(
        id=f"sea-{code}",
        name=f"{STATES.get(code, code)}: land and {breadth_nm:g} nm territorial sea",
        rule="closed",
        geometry=limit(
            land,
            code,
            breadth_nm=breadth_nm,
            margin_nm=margin_nm,
            baseline=baseline.geometry if baseline else None,
        ),
        source=f"{breadth_nm:g} nm{margin} from the coast ({land.source})"
        + (f" and from the declared baseline ({baseline.source})" if baseline else ""),
        dated=baseline.dated if baseline else "",
        note=baseline.note if baseline else "Any straight baselines lie farther out.",
    )


@cache
def _shipped() -> Zones:
    name = "airspace.geojson"
    text = files("planner").joinpath("data", name).read_text(encoding="utf-8")
    outlines, faults = parse_outlines(text, name)
    zones, more = _zones(outlines)
    if faults or more:
        raise ZonesError([*faults, *more])
    return zones


def _zones(outlines: Iterable[Outline]) -> tuple[Zones, list[Fault]]:
    zones: list[Zone] = []
    faults: list[Fault] = []
    for outline in outlines:
        found = list(_property_faults(outline))
        taken = [zone.id for zone in zones]
        if outline.properties.get("id") in taken:
            found.append(Fault(outline.where, f"id = {outline.properties['id']!r}", "a new id"))
        faults += found
        if not found and outline.geometry is not None:
            zones.append(_zone(outline.properties, outline.geometry))
    return tuple(zones), faults


def _zone(properties: dict[str, Any], geometry: shapely.Geometry) -> Zone:
    fields = dict(properties)
    for key, field in TIMES.items():
        moment = fields.pop(key, None)
        fields[field] = None if moment is None else datetime.fromisoformat(moment)
    return Zone(**fields, geometry=geometry)


def _property_faults(outline: Outline) -> Iterator[Fault]:
    where, found = outline.where, outline.properties
    for key in sorted(set(found) - {*KEYS, *TIMES}):
        known = f"one of {', '.join((*KEYS, *TIMES))}"
        yield Fault(where, f"property {key!r}", known, nearest(key, (*KEYS, *TIMES)))
    for key in REQUIRED:
        if not (isinstance(found.get(key), str) and found[key].strip()):
            yield Fault(where, f"{key} = {found.get(key)!r}", "some text")
    for key in ("dated", "note"):
        if not isinstance(found.get(key, ""), str):
            yield Fault(where, f"{key} = {found[key]!r}", "text")
    rule = found.get("rule")
    if rule not in RULES:
        yield Fault(
            where, f"rule = {rule!r}", f"one of {', '.join(RULES)}", nearest(str(rule), RULES)
        )
    elif rule != "shown" and outline.geometry is not None and not is_area(outline.geometry):
        yield Fault(where, f"rule = {rule!r} for a line", "'shown', or a polygon")
    price = found.get("price_per_h", 0.0)
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 1e12:
        yield Fault(where, f"price_per_h = {price!r}", "a number >= 0")
    yield from _time_faults(where, found)


def _line(where: str) -> int:
    line = where.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _time_faults(where: str, found: dict[str, Any]) -> Iterator[Fault]:
    given = {key: found[key] for key in TIMES if found.get(key) is not None}
    moments = {key: _moment(text) for key, text in given.items()}
    for key, moment in moments.items():
        if moment is None:
            hint = "such as 2020-02-17T06:00:00Z"
            yield Fault(where, f"{key} = {given[key]!r}", "a time with its zone", hint)
    start, end = moments.get("from"), moments.get("to")
    if start and end and not start < end:
        yield Fault(where, f"from {given['from']} to {given['to']}", "an end after the start")


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def is_area(geometry: shapely.Geometry) -> bool:
    """Return whether a geometry has an inside."""
    return bool(shapely.get_dimensions(geometry) == 2)
