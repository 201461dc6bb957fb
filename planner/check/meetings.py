"""Near meetings: where two aircraft come close in place and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from planner.check.case import Case
from planner.check.earth import geocentric_nm, walks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.spatial import cKDTree

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
    """
    Places of a sortie at sea: in degrees, in nm from the earth's centre, seconds, height.

    `tree` finds them, with distances and times in units of the nearness asked for.
    """

    sortie: Sortie
    lonlat: Floats
    xyz_nm: Floats
    seconds: Floats
    height_ft: Floats
    tree: cKDTree


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
    trails = list(_trails(case, clear_nm, within_nm, within_h))
    met = (
        _meeting(one, other, within_nm)
        for one, other in combinations(trails, 2)
        if one.sortie.aircraft != other.sortie.aircraft
    )
    return tuple(sorted((each for each in met if each), key=lambda each: each.times))


def _meeting(one: _Trail, other: _Trail, within_nm: float) -> Meeting | None:
    """Return the nearest meeting of two sorties: nearest in place among those near in time."""
    pairs = one.tree.sparse_distance_matrix(other.tree, 1.0, p=np.inf, output_type="ndarray")
    apart = np.linalg.norm(one.xyz_nm[pairs["i"]] - other.xyz_nm[pairs["j"]], axis=1)
    if not len(apart) or apart.min() > within_nm:
        return None
    nearest = np.lexsort((pairs["j"], pairs["i"], apart.round(3)))[0]
    i, j = int(pairs["i"][nearest]), int(pairs["j"][nearest])
    return Meeting(
        sorties=(one.sortie.id, other.sortie.id),
        aircraft=(one.sortie.aircraft, other.sortie.aircraft),
        times=(_moment(one.seconds[i]), _moment(other.seconds[j])),
        lonlat=(round(float(one.lonlat[i, 0]), 3), round(float(one.lonlat[i, 1]), 3)),
        distance_nm=float(apart[nearest]),
        heights_ft=(_height(one.height_ft[i]), _height(other.height_ft[j])),
    )


def _trails(case: Case, clear_nm: float, within_nm: float, within_h: float) -> Iterator[_Trail]:
    """Yield where and when each sortie is at sea."""
    from scipy.spatial import cKDTree

    scale = np.array([within_nm] * 3 + [3600 * within_h])
    stations = geocentric_nm(np.array([(s.lon, s.lat) for s in case.plan.stations]))
    pieces = [list(_pieces(case, sortie)) for sortie in case.plan.sorties]
    every = [piece for mine in pieces for piece in mine]
    lonlat, share, owner = walks([path for path, *_ in every], STEP_NM)
    start, end, height_ft = np.reshape([told for _, *told in every], (len(every), 3))[owner].T
    xyz_nm = geocentric_nm(lonlat)
    clear, _ = cKDTree(stations).query(xyz_nm, distance_upper_bound=clear_nm)
    sea = np.flatnonzero(np.isinf(clear))
    seconds = start + share * (end - start)
    near = np.column_stack([xyz_nm, seconds]) / scale
    last = np.cumsum([len(mine) for mine in pieces])[:-1]
    parts = np.split(sea, np.searchsorted(owner[sea], last))
    for sortie, here in zip(case.plan.sorties, parts, strict=False):
        # Boxes cut in half, and not shrunk, are searched in a third of the time (measured).
        tree = cKDTree(near[here], compact_nodes=False, balanced_tree=False)
        yield _Trail(
            sortie=sortie, lonlat=lonlat[here], xyz_nm=xyz_nm[here], seconds=seconds[here],
            height_ft=height_ft[here], tree=tree,
        )  # fmt: skip


def _pieces(case: Case, sortie: Sortie) -> Iterator[tuple[Floats, float, float, float]]:
    """
    Yield path, start and end in seconds, and height of each leg and search pattern.

    The height of a leg is not set: NaN.
    """
    for leg in sortie.legs:
        yield np.array(leg.points), leg.depart.timestamp(), leg.arrive.timestamp(), np.nan
    height_ft = case.terms(sortie).search_height_ft
    for visit in sortie.visits:
        if visit.pattern:
            track = np.array(visit.pattern.track)
            yield track, visit.start.timestamp(), visit.end.timestamp(), height_ft


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(float(seconds)), UTC)


def _height(height_ft: float) -> float | None:
    return None if np.isnan(height_ft) else float(height_ft)
