"""Where the aircraft go: territorial seas, closed zones, land, patterns, hours in priced zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.check.charts import Region, closed_zones, priced_zones, shores_of
from planner.check.earth import geocentric_nm, geodesic_nm, path_nm, walks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.check.case import Case
    from planner.plan import Sortie, Visit
    from planner.scenario.model import Scenario, State

    Floats = NDArray[np.float64]

ALLOWED_NM = 0.1
"""How far a track may cut into what is closed: charts and planes are no better."""

STEP_NM = 0.25
COARSE = 4
"""Every fourth place will do for arcs as wide as a territorial sea."""

STATES: tuple[State, ...] = ("CN", "KP", "KR", "RU", "TW")
SHORTEST_SHARE = 0.97
INSIDE_H = 0.02


@dataclass(frozen=True, slots=True)
class Track:
    """
    One piece of a sortie.

    Parameters
    ----------
    sortie
        Id of the sortie.
    name
        What it is, in words.
    points
        In degrees, shape (k, 2).
    start, end
        When it is flown.
    cell
        Id of the cell searched; none on a leg.
    """

    sortie: str
    name: str
    points: Floats
    start: datetime
    end: datetime
    cell: str | None = None

    @property
    def hours(self) -> float:
        """How long it takes."""
        return (self.end - self.start).total_seconds() / 3600

    def seconds(self, share: Floats) -> Floats:
        """Return when shares of it are flown, in seconds of Unix time."""
        start, end = self.start.timestamp(), self.end.timestamp()
        return start + share * (end - start)


@dataclass(frozen=True, slots=True)
class Flown:
    """
    All tracks of a plan, place by place; what is flown again is walked once.

    Parameters
    ----------
    tracks
        Legs and searches.
    way
        Index of the way of each track, shape (T,).
    owner
        Index of the way of each place, shape (N,).
    places
        In degrees, shape (N, 2), a quarter of a mile apart.
    share
        How much of its way has been flown at each place, shape (N,).
    """

    tracks: tuple[Track, ...]
    way: NDArray[np.int64]
    owner: NDArray[np.int64]
    places: Floats
    share: Floats

    def along(self, where: NDArray[np.int64]) -> Iterator[tuple[Track, NDArray[np.int64]]]:
        """Yield each track that has some of the places `where`, and which of them."""
        owner = self.owner[where]
        mine = {way: np.flatnonzero(owner == way) for way in np.unique(owner).tolist()}
        for track, way in zip(self.tracks, self.way.tolist(), strict=True):
            if way in mine:
                yield track, mine[way]

    def worst(self, where: NDArray[np.int64], value: Floats) -> Iterator[tuple[Track, float]]:
        """Yield each track that has some of the places `where`, and its greatest value there."""
        for track, mine in self.along(where):
            yield track, float(value[mine].max())

    def of(self, tracks: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the places of some tracks, which others may share."""
        return np.flatnonzero(np.isin(self.owner, self.way[tracks]))


def fly(case: Case) -> Flown:
    """Return every leg and search of the plan, place by place."""
    tracks = tuple(track for sortie in case.plan.sorties for track in _tracks(sortie))
    ways = {track.points.tobytes(): track.points for track in tracks}
    number = {way: index for index, way in enumerate(ways)}
    way = np.array([number[track.points.tobytes()] for track in tracks], dtype=np.int64)
    places, share, owner = walks(list(ways.values()), STEP_NM)
    return Flown(tracks=tracks, way=way, owner=owner, places=places, share=share)


def guarded(scenario: Scenario) -> dict[State, tuple[str, ...]]:
    """Return the states whose territorial seas are closed, with the codes of their land."""
    closed = (state for state in STATES if state not in scenario.airspace.open_states)
    return {state: shores_of(state) for state in closed}


def territorial_seas(case: Case, flown: Flown) -> Iterator[str]:
    """Yield every track that comes nearer to a state's coast than its airspace allows."""
    airspace = case.scenario.airspace
    every = np.flatnonzero((np.arange(len(flown.owner)) % COARSE == 0) | (flown.share == 1))
    xyz_nm = geocentric_nm(flown.places[every])
    for state, codes in guarded(case.scenario).items() if len(every) else ():
        limit_nm = airspace.breadth_nm + airspace.margins_nm.get(state, 0.0)
        away_nm = np.asarray(
            case.coast.shore(*codes).query(xyz_nm, distance_upper_bound=limit_nm)[0]
        )
        near = np.flatnonzero(away_nm < limit_nm - ALLOWED_NM)
        near = near[~case.coast.land_of_others(flown.places[every[near]], codes)]
        for track, depth_nm in flown.worst(every[near], limit_nm - away_nm[near]):
            yield (
                f"{track.sortie}: {track.name} comes within {limit_nm - depth_nm:.2f} nm of "
                f"the coast of {state}, expected {limit_nm:g} nm"
            )


def zones(case: Case, flown: Flown) -> Iterator[str]:
    """Yield every track that enters a closed zone while it is in force."""
    for zone in closed_zones(case.scenario):
        since = -np.inf if zone.from_time is None else zone.from_time.timestamp()
        until = np.inf if zone.to_time is None else zone.to_time.timestamp()
        inside = np.flatnonzero(zone.region.holds(flown.places))
        for track, mine in flown.along(inside):
            seconds = track.seconds(flown.share[inside[mine]])
            in_force = inside[mine[(since <= seconds) & (seconds < until)]]
            depth_nm = zone.region.edge_nm(flown.places[in_force]).max(initial=0.0)
            if depth_nm > ALLOWED_NM:
                yield f"{track.sortie}: {track.name} is {depth_nm:.2f} nm inside {zone.name}"


def overland(case: Case, flown: Flown) -> Iterator[str]:
    """
    Yield every track over land of aircraft that may not fly there.

    Only the way from a station to the nearest sea is allowed.
    """
    bound = {sortie.id for sortie in case.plan.sorties if not case.terms(sortie).overland}
    deep = flown.of(np.array([track.sortie in bound for track in flown.tracks], dtype=bool))
    if not len(deep):
        return
    shore = case.coast.shore()
    stations = geocentric_nm(np.array([(s.lon, s.lat) for s in case.plan.stations]))
    reach_nm = shore.query(stations)[0] + ALLOWED_NM
    deep = deep[case.coast.land_of_others(flown.places[deep], ())]
    xyz_nm = geocentric_nm(flown.places[deep])
    home_nm = np.linalg.norm(xyz_nm[:, None] - stations, axis=2)
    inland_nm = np.asarray(shore.query(xyz_nm)[0])
    away = (home_nm > reach_nm).all(axis=1) & (inland_nm > ALLOWED_NM)
    for track, depth_nm in flown.worst(deep[away], inland_nm[away]):
        if track.sortie in bound:
            yield f"{track.sortie}: {track.name} is over land, {depth_nm:.2f} nm from the sea"


def patterns(case: Case, flown: Flown) -> Iterator[str]:
    """Yield every search pattern that leaves its cell or does not fit its dwell."""
    yield from _outside(case, flown)
    for sortie in case.plan.sorties:
        speed_kn = case.aircraft[sortie.aircraft].search_kn
        for visit, before in zip(sortie.visits, sortie.legs, strict=False):
            for fault in _pattern_faults(visit, before.points[-1], speed_kn):
                yield f"{sortie.id}: pattern in {visit.cell} {fault}"


def _outside(case: Case, flown: Flown) -> Iterator[str]:
    """Yield every search that leaves the sea of its cell."""
    cells = np.array([track.cell or "" for track in flown.tracks])
    for cell in case.searched:
        sea = Region(tuple(np.array(ring) for ring in cell.rings))
        mine = flown.of(cells == cell.id)
        outside = mine[~sea.holds(flown.places[mine])]
        for track, depth_nm in flown.worst(outside, sea.edge_nm(flown.places[outside])):
            if depth_nm > ALLOWED_NM:
                yield f"{track.sortie}: pattern in {cell.id} is {depth_nm:.2f} nm outside the cell"


def hours_inside(case: Case, flown: Flown) -> dict[tuple[str, str], float]:
    """
    Return the hours of each sortie inside each priced zone, by sortie and zone id.

    A search counts where the aircraft arrives in its cell.
    """
    starts = np.flatnonzero(np.diff(flown.owner, prepend=-1))
    passed = np.maximum(np.diff(flown.share, append=0.0), 0.0)
    inside: dict[tuple[str, str], float] = {}
    for zone in priced_zones(case.scenario) if flown.tracks else ():
        held = zone.region.holds(flown.places).astype(np.float64)
        between = (held + np.append(held[1:], 0.0)) / 2
        share, first = np.bincount(flown.owner, between * passed), held[starts]
        for track, way in zip(flown.tracks, flown.way, strict=True):
            key = (track.sortie, zone.id)
            spent_h = track.hours * float(share[way] if track.cell is None else first[way])
            inside[key] = inside.get(key, 0.0) + spent_h
    return inside


def stated_hours(case: Case, inside: dict[tuple[str, str], float]) -> Iterator[str]:
    """Yield every count of hours in a priced zone that is not what the tracks say."""
    for sortie in case.plan.sorties:
        for zone in sorted({*sortie.inside_h, *(key[1] for key in inside)}):
            stated, found = sortie.inside_h.get(zone, 0.0), inside.get((sortie.id, zone), 0.0)
            if abs(stated - found) > INSIDE_H:
                yield f"{sortie.id}: {found:.2f} h inside {zone}, but says {stated:.2f} h"


def _tracks(sortie: Sortie) -> Iterator[Track]:
    for leg in sortie.legs:
        name = f"leg {leg.start} to {leg.end}"
        yield Track(sortie.id, name, np.array(leg.points), leg.depart, leg.arrive)
    for visit, leg in zip(sortie.visits, sortie.legs, strict=False):
        arrived = leg.points[-1:]
        points = np.array((*arrived, *(visit.pattern.track if visit.pattern else arrived)))
        name = f"search of {visit.cell}"
        yield Track(sortie.id, name, points, visit.start, visit.end, visit.cell)


def _pattern_faults(visit: Visit, arrived: tuple[float, float], speed_kn: float) -> Iterator[str]:
    if visit.pattern is None:
        return
    track = visit.pattern.track
    length_nm, most_nm = path_nm(track), visit.dwell_h * speed_kn
    if length_nm > most_nm * (1 + 1e-4):
        dwell = f"{visit.dwell_h:g} h at {speed_kn:g} kn"
        yield f"is {length_nm:.1f} nm long, but {dwell} are {most_nm:.1f} nm"
    elif length_nm < most_nm * SHORTEST_SHARE:
        yield f"is only {length_nm:.1f} nm long, {most_nm:.1f} nm were planned"
    if max(geodesic_nm(arrived, end) for end in (track[0], track[-1])) > 2 * ALLOWED_NM:
        yield "does not begin and end where the legs meet the cell"
