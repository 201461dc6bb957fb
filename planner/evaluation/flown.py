"""Hand-made sorties as flown: which aircraft, where, when, and which cells they search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, PlanError, nearest
from planner.evaluation.stays import Stay, parts, stays
from planner.geo.geodesic import distance_nm, near_longitude
from planner.tracks.airframes import airframe_meant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.fleet import Detachment
    from planner.pipeline import Run
    from planner.tracks import Drawn, Stop

OUTSIDE = -1
HOME_NM = 30.0
"""A track that ends farther from every station is said to land at its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A flight between two searches: points in degrees, shape (k, 2), and its hours."""

    points: NDArray[np.float64]
    start_h: float
    end_h: float

    @property
    def length_nm(self) -> float:
        """Length of the way flown, in nm."""
        return float(distance_nm(self.points[:-1], self.points[1:]).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """
    A sortie as flown; hours count from the period's start.

    Parameters
    ----------
    name, where
        What the file calls it, and where it stands there.
    airframe
        Id of the aircraft.
    kind
        Index of its detachment.
    recovery
        Id of the station where it lands.
    takeoff_h, landing_h
        When it flies.
    searches
        Cells searched, by grid index, in order of time; `OUTSIDE` where there is no cell.
    hops
        Flights before, between and after the searches: one more than those.
    """

    name: str
    where: str
    airframe: str
    kind: int
    recovery: str
    takeoff_h: float
    landing_h: float
    searches: tuple[Stay, ...]
    hops: tuple[Hop, ...]


def fly(sorties: Sequence[Drawn], run: Run) -> tuple[Flight, ...]:
    """
    Return sorties as they would be flown, in order of take-off.

    Times that a file leaves open follow from the aircraft's speed along legal legs.

    Raises
    ------
    PlanError
        When an aircraft, cell or take-off cannot be told, or a sortie is not in the period.
    """
    pilot = _Pilot(run)
    flights = [flight for drawn in sorties if (flight := pilot.flight(drawn)) is not None]
    if pilot.faults:
        raise PlanError(pilot.faults)
    return tuple(sorted(flights, key=lambda flight: (flight.takeoff_h, flight.name)))


class _Pilot:
    """Reads drawn sorties with the scenario at hand."""

    def __init__(self, run: Run) -> None:
        self.run, self.faults = run, list[Fault]()
        self.formulation = run.formulation
        self.cells = {cell: n for n, cell in enumerate(run.theatre.grid.ids)}
        self.points = {int(cell): n for n, cell in enumerate(run.formulation.cells)}
        self.fleets = _fleets(run)
        self.dwell_h = run.scenario.rules.dwell_h
        self.busy: dict[int, set[str]] = {}

    def flight(self, drawn: Drawn) -> Flight | None:
        """Return one sortie as flown; nothing and a fault when it makes no sense."""
        began = drawn.takeoff or (drawn.fixes[0].when if drawn.fixes else None)
        began = began or next((stop.start for stop in drawn.stops if stop.start), None)
        if began is None:
            expected = "a take-off, or a time for each search"
            self._refuse(drawn.where, f"{drawn.name}: no take-off time", expected)
            return None
        day = int(self._hour(began) // 24)
        busy = self.busy.setdefault(day, set())
        airframe = airframe_meant(drawn.words, self.fleets, busy)
        if airframe is None:
            found = f"{drawn.words[0] if drawn.words else drawn.name!r}: no aircraft"
            expected = f"one of {', '.join(self.formulation.airframes)}"
            hint = nearest(drawn.words[0], self.fleets) if drawn.words else ""
            self._refuse(drawn.where, found, expected, hint)
            return None
        busy.add(airframe)
        kind = next(
            n for n, each in enumerate(self.formulation.detachments) if airframe in each.airframes
        )
        tracked = len(drawn.fixes) >= 2
        flight = (self._tracked if tracked else self._routed)(drawn, airframe, kind)
        return flight and self._within(flight)

    def _within(self, flight: Flight) -> Flight | None:
        """Return a sortie that is flown within the period and lands after it takes off."""
        if flight.landing_h <= flight.takeoff_h:
            found = f"{flight.name} lands {flight.takeoff_h - flight.landing_h:.1f} h too early"
            self._refuse(flight.where, found, "a landing after the take-off")
            return None
        hours = self.run.scenario.period.hours
        if flight.takeoff_h < hours and flight.landing_h > 0:
            return flight
        start, end = self.run.scenario.period.start, self.run.scenario.period.end
        found = f"{flight.name} takes off {flight.takeoff_h:.1f} h after the period's start"
        self._refuse(flight.where, found, f"a sortie between {start} and {end}")
        return None

    def _tracked(self, drawn: Drawn, airframe: str, kind: int) -> Flight:
        """Return a sortie with a track; its searches are those it tells, else where it stays."""
        for stop in drawn.stops:
            if stop.start is None:
                expected = "its beginning and end, since the sortie has a track"
                self._refuse(stop.where, f"{drawn.name}: a search without a time", expected)
        hours = np.array([self._hour(fix.when) for fix in drawn.fixes])
        lonlat = near_longitude(
            np.array([(fix.lon, fix.lat) for fix in drawn.fixes]), self.run.theatre.grid.plane.lon
        )
        detachment = self.formulation.detachments[kind]
        told = self._told(drawn.stops)
        searches = told or self._found(hours, lonlat, detachment)
        takeoff_h = self._hour(drawn.takeoff) if drawn.takeoff else float(hours[0])
        landing_h = self._hour(drawn.landing) if drawn.landing else float(hours[-1])
        edges = [takeoff_h, *(h for s in searches for h in (s.start_h, s.end_h)), landing_h]
        hops = [
            _hop(hours, lonlat, start_h, end_h)
            for start_h, end_h in zip(edges[::2], edges[1::2], strict=True)
        ]
        return Flight(
            name=drawn.name,
            where=drawn.where,
            airframe=airframe,
            kind=kind,
            recovery=self._recovery(drawn, detachment, lonlat[-1]),
            takeoff_h=takeoff_h,
            landing_h=landing_h,
            searches=tuple(searches),
            hops=tuple(hops),
        )

    def _routed(self, drawn: Drawn, airframe: str, kind: int) -> Flight | None:
        """Return a sortie of searched places, flown between them along legal legs."""
        detachment = self.formulation.detachments[kind]
        recovery = self._recovery(drawn, detachment, None)
        bases = {base.id: n for n, base in enumerate(self.formulation.bases)}
        cells = [self._cell(stop) for stop in drawn.stops]
        places = [
            self._base_lonlat(bases[detachment.terms.station]),
            *(self._place(stop, cell) for stop, cell in zip(drawn.stops, cells, strict=True)),
            self._base_lonlat(bases[recovery]),
        ]
        ends = [len(self.points) + bases[each] for each in (detachment.terms.station, recovery)]
        stops = [ends[0], *(self.points.get(cell, OUTSIDE) for cell in cells), ends[1]]
        ways = [
            self._way(airframe, *pair, *lonlat)
            for pair, lonlat in zip(pairwise(stops), pairwise(places), strict=True)
        ]
        lengths = [float(distance_nm(way[:-1], way[1:]).sum()) for way in ways]
        hours = [length / detachment.transit_kn for length in lengths]
        return self._timed(drawn, airframe, kind, recovery, cells, ways, hours)

    def _timed(
        self,
        drawn: Drawn,
        airframe: str,
        kind: int,
        recovery: str,
        cells: Sequence[int],
        ways: Sequence[NDArray[np.float64]],
        way_h: Sequence[float],
    ) -> Flight | None:
        """Put the clock to a sortie: a search begins when told, else on arrival."""
        terms = self.formulation.detachments[kind].terms
        takeoff_h = self._hour(drawn.takeoff) if drawn.takeoff else None
        if takeoff_h is None:
            first = drawn.stops[0].start if drawn.stops else None
            if first is None:
                expected = "a take-off, or a time for each search"
                self._refuse(drawn.where, f"{drawn.name}: no take-off time", expected)
                return None
            takeoff_h = self._hour(first) - way_h[0] - terms.departure_h
        now = takeoff_h + terms.departure_h
        searches: list[Stay] = []
        hops: list[Hop] = []
        for stop, cell, way, hours in zip(drawn.stops, cells, ways, way_h, strict=False):
            arrive_h = self._hour(stop.start) if stop.start else now + hours
            hops.append(Hop(points=way, start_h=now, end_h=arrive_h))
            now = arrive_h + stop.dwell_h
            looks = parts(Stay(cell, arrive_h, now), max(self.dwell_h))
            searches += looks
            hops += [_still(way[-1], look.start_h) for look in looks[1:]]
        landing_h = now + way_h[-1] + terms.arrival_h
        if drawn.landing:
            landing_h = self._hour(drawn.landing)
        hops.append(Hop(points=ways[-1], start_h=now, end_h=landing_h - terms.arrival_h))
        return Flight(
            name=drawn.name,
            where=drawn.where,
            airframe=airframe,
            kind=kind,
            recovery=recovery,
            takeoff_h=takeoff_h,
            landing_h=landing_h,
            searches=tuple(searches),
            hops=tuple(hops),
        )

    def _way(
        self,
        airframe: str,
        here: int,
        there: int,
        from_lonlat: NDArray[np.float64],
        to_lonlat: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the legal leg between two points, or the straight one when there is none."""
        problem = self.formulation.problem
        frame = self.formulation.airframes.index(airframe)
        slots = np.flatnonzero(problem.slots.aircraft == frame)
        airspace = int(problem.slots.airspace[slots[0]]) if len(slots) else 0
        legs = self.formulation.legs[airspace]
        known = min(here, there) >= 0
        if not known or not np.isfinite(legs.distance_nm[here, there]):
            return np.array([from_lonlat, to_lonlat])
        return legs.path(here, there)

    def _recovery(
        self, drawn: Drawn, detachment: Detachment, last: NDArray[np.float64] | None
    ) -> str:
        """Return where a sortie lands: as told, else where its track ends, else at its own."""
        ids = [base.id for base in self.formulation.bases]
        if drawn.recovery in ids:
            return drawn.recovery
        if last is not None:
            places = np.array([(base.lon, base.lat) for base in self.formulation.bases])
            away_nm = distance_nm(places, last)
            if away_nm.min() < HOME_NM:
                return ids[int(away_nm.argmin())]
        return detachment.terms.station

    def _told(self, stops: Sequence[Stop]) -> list[Stay]:
        """Return searches as a file tells them; what no look can last is several looks."""
        timed = [(stop, self._hour(stop.start)) for stop in stops if stop.start]
        whole = [Stay(self._cell(stop), start_h, start_h + stop.dwell_h) for stop, start_h in timed]
        return [part for stay in whole for part in parts(stay, max(self.dwell_h))]

    def _found(
        self, hours: NDArray[np.float64], lonlat: NDArray[np.float64], detachment: Detachment
    ) -> list[Stay]:
        """Return searches where a track stays, each as many looks as its time allows."""
        whole = stays(
            hours,
            lonlat,
            self.run.theatre.grid.polygons,
            search_kn=detachment.terms.search_kn,
            transit_kn=detachment.transit_kn,
        )
        return [part for stay in whole for part in parts(stay, min(self.dwell_h))]

    def _cell(self, stop: Stop) -> int:
        """Return the cell a stop means: by its id, else by its position."""
        if stop.cell and stop.cell in self.cells:
            return self.cells[stop.cell]
        if np.isfinite(stop.lon):
            return int(self.run.theatre.grid.cell_at(np.array([[stop.lon, stop.lat]]))[0])
        self._refuse(
            stop.where, f"cell {stop.cell!r}", "a cell of the grid", nearest(stop.cell, self.cells)
        )
        return OUTSIDE

    def _place(self, stop: Stop, cell: int) -> NDArray[np.float64]:
        """Return where a search is reached: the point legs to its cell end at, when it has one."""
        if cell in self.points:
            return np.asarray(self.formulation.points[self.points[cell]])
        return np.array([stop.lon, stop.lat]) if np.isfinite(stop.lon) else np.zeros(2)

    def _base_lonlat(self, base: int) -> NDArray[np.float64]:
        return np.asarray(self.formulation.points[len(self.points) + base])

    def _hour(self, moment: datetime) -> float:
        return (moment - self.run.scenario.period.start) / timedelta(hours=1)

    def _refuse(self, where: str, found: str, expected: str, hint: str = "") -> None:
        self.faults.append(Fault(where, found, expected, hint))


def _still(lonlat: NDArray[np.float64], hour: float) -> Hop:
    """Return the hop between two looks at one cell: none."""
    return Hop(points=np.stack([lonlat, lonlat]), start_h=hour, end_h=hour)


def _fleets(run: Run) -> dict[str, list[str]]:
    """Return airframes by their ids, detachments and types, and types by where they fly from."""
    fleets: dict[str, list[str]] = {}
    for each in run.formulation.detachments:
        there = (f"{each.terms.type} {word} {each.terms.station}" for word in ("from", "at"))
        for name in (*each.airframes, each.name, *there, each.terms.type):
            frames = [name] if name in each.airframes else list(each.airframes)
            fleets.setdefault(name, []).extend(frames)
    return fleets


def _hop(
    hours: NDArray[np.float64], lonlat: NDArray[np.float64], start_h: float, end_h: float
) -> Hop:
    """Return the part of a track between two hours."""
    inside = (hours > start_h) & (hours < end_h)
    ends = np.stack([np.interp([start_h, end_h], hours, each) for each in lonlat.T], axis=1)
    return Hop(points=np.vstack([ends[:1], lonlat[inside], ends[1:]]), start_h=start_h, end_h=end_h)
