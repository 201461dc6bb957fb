"""Near meetings: where two aircraft come close in place and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from planner.check.case import Case
from planner.check.earth import geocentric_nm, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.plan import Plan, Sortie
    from planner.scenario.model import Scenario

    Floats = NDArray[np.float64]

STEP_NM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """
    The nearest that two sorties come to each other.

    Parameters
    ----------
    sorties, aircraft
        Ids of both.
    times
        When each is there; the same moment, or as far apart as was asked for.
    lonlat
        Where the first is, in degrees.
    distance_nm
        How far apart the two places are.
    heights_ft
        Search height of each that searches there; none on a leg, whose height is the crew's.
    """

    sorties: tuple[str, str]
    aircraft: tuple[str, str]
    times: tuple[datetime, datetime]
    lonlat: tuple[float, float]
    distance_nm: float
    heights_ft: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class _Trail:
    """Places of a sortie at sea: in degrees, in nm from the earth's centre, hours, height."""

    sortie: Sortie
    lonlat: Floats
    xyz_nm: Floats
    seconds: Floats
    height_ft: Floats


def near_meetings(
    plan: Plan,
    scenario: Scenario,
    *,
    within_nm: float = 10.0,
    within_h: float = 1 / 12,
    clear_nm: float = 30.0,
) -> tuple[Meeting, ...]:
    """
    Return where sorties of different aircraft pass close by each other, in order of time.

    Parameters
    ----------
    plan, scenario
        The plan and the scenario it answers, whose search heights are told.
    within_nm
        Greatest distance between the two places, in nm.
    within_h
        Greatest time between the two aircraft being there, in hours.
    clear_nm
        Places this near to a station are left out, in nm; there air traffic control keeps order.

    Returns
    -------
    meetings
        The nearest meeting of each pair of sorties, if near enough.
    """
    case = Case(plan, scenario)
    trails = [_trail(case, sortie, clear_nm) for sortie in plan.sorties]
    met = (
        _meeting(one, other, within_nm, within_h)
        for one, other in combinations(trails, 2)
        if one.sortie.aircraft != other.sortie.aircraft and _at_sea_together(one, other, within_h)
    )
    return tuple(sorted((each for each in met if each), key=lambda each: each.times))


def _meeting(one: _Trail, other: _Trail, within_nm: float, within_h: float) -> Meeting | None:
    """Return the nearest meeting of two sorties: nearest in place among those near in time."""
    from scipy.spatial import cKDTree

    scale = np.array([within_nm] * 3 + [3600 * within_h])
    here = np.column_stack([one.xyz_nm, one.seconds]) / scale
    there = cKDTree(np.column_stack([other.xyz_nm, other.seconds]) / scale)
    pairs = np.asarray(there.query(here, p=np.inf, distance_upper_bound=1.0)[1])
    found = np.flatnonzero(pairs < there.n)
    apart = np.linalg.norm(one.xyz_nm[found] - other.xyz_nm[pairs[found]], axis=1)
    if not len(apart) or apart.min() > within_nm:
        return None
    i = int(found[np.argmin(apart)])
    j = int(pairs[i])
    return Meeting(
        sorties=(one.sortie.id, other.sortie.id),
        aircraft=(one.sortie.aircraft, other.sortie.aircraft),
        times=(_moment(one.seconds[i]), _moment(other.seconds[j])),
        lonlat=(round(float(one.lonlat[i, 0]), 3), round(float(one.lonlat[i, 1]), 3)),
        distance_nm=float(apart.min()),
        heights_ft=(_height(one.height_ft[i]), _height(other.height_ft[j])),
    )


def _trail(case: Case, sortie: Sortie, clear_nm: float) -> _Trail:
    pieces = list(_pieces(case, sortie))
    lonlat = np.concatenate([places for places, _, _ in pieces])
    xyz_nm = geocentric_nm(lonlat)
    stations = geocentric_nm(np.array([(s.lon, s.lat) for s in case.plan.stations]))
    away_nm = np.linalg.norm(xyz_nm[:, None] - stations, axis=2).min(axis=1)
    sea = away_nm > clear_nm
    seconds = np.concatenate([seconds for _, seconds, _ in pieces])
    height_ft = np.concatenate([np.full(len(p), height) for p, _, height in pieces])
    return _Trail(sortie, lonlat[sea], xyz_nm[sea], seconds[sea], height_ft[sea])


def _pieces(case: Case, sortie: Sortie) -> Iterator[tuple[Floats, Floats, float]]:
    """Yield places, seconds and height of each leg and search; NaN where no height is set."""
    for leg in sortie.legs:
        yield *_timed(leg.points, leg.depart, leg.arrive), np.nan
    for visit, leg in zip(sortie.visits, sortie.legs, strict=False):
        track = visit.pattern.track if visit.pattern else (leg.points[-1],) * 2
        yield *_timed(track, visit.start, visit.end), case.terms(sortie).search_height_ft


def _timed(
    points: tuple[tuple[float, float], ...], start: datetime, end: datetime
) -> tuple[Floats, Floats]:
    places, share = walk(np.array(points), STEP_NM)
    if places[0].tolist() == places[-1].tolist() and len(places) <= 2:
        share = np.linspace(0, 1, 2)
    return places, start.timestamp() + share * (end.timestamp() - start.timestamp())


def _at_sea_together(one: _Trail, other: _Trail, within_h: float) -> bool:
    if not len(one.seconds) or not len(other.seconds):
        return False
    first = max(one.seconds.min(), other.seconds.min())
    last = min(one.seconds.max(), other.seconds.max())
    return bool(first <= last + 3600 * within_h)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(float(seconds)), UTC)


def _height(height_ft: float) -> float | None:
    return None if np.isnan(height_ft) else float(height_ft)
