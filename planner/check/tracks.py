"""Where the aircraft go: territorial seas, closed zones, land, patterns, hours in priced zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.check.charts import Region, closed_zones, priced_zones, shores_of
from planner.check.earth import geocentric_nm, path_nm, walks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.check.case import Case
    from planner.plan import Sortie, Visit
    from planner.scenario.model import State

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


@dataclass(frozen=True, slots=True)
class Flown:
    """
    All tracks of a plan, place by place.

    Parameters
    ----------
    tracks
        Legs and searches.
    owner
        Index of the track of each place, shape (N,).
    places
        In degrees, shape (N, 2), a quarter of a mile apart.
    share
        How much of its track's time has passed at each place, shape (N,).
    """

    tracks: tuple[Track, ...]
    owner: NDArray[np.int64]
    places: Floats
    share: Floats

    def seconds(self) -> Floats:
        """Return when each place is reached, in seconds of Unix time, shape (N,)."""
        spans = np.array([(t.start.timestamp(), t.end.timestamp()) for t in self.tracks])
        start, end = spans.reshape(-1, 2)[self.owner].T
        seconds: Floats = start + self.share * (end - start)
        return seconds

    def worst(self, where: NDArray[np.int64], value: Floats) -> Iterator[tuple[Track, float]]:
        """Yield each track that has some of the places `where`, and its greatest value there."""
        for track in np.unique(self.owner[where]):
            yield self.tracks[track], float(value[self.owner[where] == track].max())


def fly(case: Case) -> Flown:
    """Return every leg and search of the plan, place by place."""
    tracks = tuple(track for sortie in case.plan.sorties for track in _tracks(sortie))
    places, share, owner = walks([track.points for track in tracks], STEP_NM)
    return Flown(tracks=tracks, owner=owner, places=places, share=share)


def territorial_seas(case: Case, flown: Flown) -> Iterator[str]:
    """Yield every track that comes nearer to a state's coast than its airspace allows."""
    airspace = case.scenario.airspace
    every = np.flatnonzero((np.arange(len(flown.owner)) % COARSE == 0) | (flown.share == 1))
    xyz_nm = geocentric_nm(flown.places[every])
    for state in STATES if len(every) else ():
        if state in airspace.open_states:
            continue
        codes = shores_of(state)
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
    seconds = flown.seconds()
    for zone in closed_zones(case.scenario):
        since = -np.inf if zone.from_time is None else zone.from_time.timestamp()
        until = np.inf if zone.to_time is None else zone.to_time.timestamp()
        in_force = (since <= seconds) & (seconds < until)
        inside = np.flatnonzero(zone.region.holds(flown.places) & in_force)
        for track, depth_nm in flown.worst(inside, zone.region.edge_nm(flown.places[inside])):
            if depth_nm > ALLOWED_NM:
                yield f"{track.sortie}: {track.name} is {depth_nm:.2f} nm inside {zone.name}"


def overland(case: Case, flown: Flown) -> Iterator[str]:
    """
    Yield every track over land of aircraft that may not fly there.

    Only the way from a station to the nearest sea is allowed.
    """
    bound = {sortie.id for sortie in case.plan.sorties if not case.terms(sortie).overland}
    mine = np.array([track.sortie in bound for track in flown.tracks], dtype=bool)[flown.owner]
    if not mine.any():
        return
    shore = case.coast.shore()
    stations = geocentric_nm(np.array([(s.lon, s.lat) for s in case.plan.stations]))
    reach_nm = shore.query(stations)[0] + ALLOWED_NM
    deep = np.flatnonzero(mine)
    deep = deep[case.coast.land_of_others(flown.places[deep], ())]
    xyz_nm = geocentric_nm(flown.places[deep])
    home_nm = np.linalg.norm(xyz_nm[:, None] - stations, axis=2)
    inland_nm = np.asarray(shore.query(xyz_nm)[0])
    away = (home_nm > reach_nm).all(axis=1) & (inland_nm > ALLOWED_NM)
    for track, depth_nm in flown.worst(deep[away], inland_nm[away]):
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
    cells = [track.cell for track in flown.tracks]
    for cell in sorted({each for each in cells if each is not None}):
        sea = Region(tuple(np.array(ring) for ring in case.cells[cell].rings))
        mine = np.flatnonzero(np.array([each == cell for each in cells])[flown.owner])
        outside = mine[~sea.holds(flown.places[mine])]
        for track, depth_nm in flown.worst(outside, sea.edge_nm(flown.places[outside])):
            if depth_nm > ALLOWED_NM:
                yield f"{track.sortie}: pattern in {cell} is {depth_nm:.2f} nm outside the cell"


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
        share = np.bincount(flown.owner, between * passed, len(flown.tracks))
        for track, along, first in zip(flown.tracks, share, held[starts], strict=True):
            key = (track.sortie, zone.id)
            spent_h = track.hours * float(along if track.cell is None else first)
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
    points = np.array(visit.pattern.track)
    length_nm, most_nm = path_nm(points), visit.dwell_h * speed_kn
    if length_nm > most_nm * (1 + 1e-4):
        dwell = f"{visit.dwell_h:g} h at {speed_kn:g} kn"
        yield f"is {length_nm:.1f} nm long, but {dwell} are {most_nm:.1f} nm"
    elif length_nm < most_nm * SHORTEST_SHARE:
        yield f"is only {length_nm:.1f} nm long, {most_nm:.1f} nm were planned"
    ends = geocentric_nm(np.array([arrived, points[0], points[-1]]))
    if np.linalg.norm(ends[1:] - ends[0], axis=1).max() > 2 * ALLOWED_NM:
        yield "does not begin and end where the legs meet the cell"
