"""Legs: the shortest ways between points that stay out of closed airspace."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.geo.geodesic import distance_nm
from planner.geo.plane import Plane, middle
from planner.geo.version import geometry_version
from planner.geo.walls import raise_walls, window_round
from planner.geo.ways import NOWHERE, Spots, shortest_ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.cache import Cache
    from planner.geo.walls import Walls
    from planner.geo.ways import Ways

# How far outside the points' rectangle a leg may swing; charts reach farther.
ROOM_NM = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """
    Shortest legal legs between points; the arrays are read-only.

    Sizes: P points, N turn points.

    Parameters
    ----------
    lonlat
        The points in degrees, shape (P, 2).
    door_lonlat
        Where each point's legs enter the open: itself, but for a station that must be left by the
        shortest way to the sea; shape (P, 2).
    turn_lonlat
        Corners legs may turn at, in degrees, shape (N, 2).
    distance_nm
        Length of the shortest leg, symmetric, shape (P, P); infinite where there is none, and in
        the whole row of a point in closed airspace.
    last
        Turn point before the end of the leg from the lower to the higher point, shape (P, P);
        -1 when the leg is straight.
    before
        Turn point before each turn point on the way from each point, shape (P, N); -1 when the
        way there is straight.
    """

    lonlat: NDArray[np.float64]
    door_lonlat: NDArray[np.float64]
    turn_lonlat: NDArray[np.float64]
    distance_nm: NDArray[np.float64]
    last: NDArray[np.int32]
    before: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name in self.__slots__:
            getattr(self, name).setflags(write=False)

    def path(self, start: int, end: int) -> NDArray[np.float64]:
        """
        Return the points flown between two points, both included, in degrees, shape (k, 2).

        Raises
        ------
        ValueError
            When there is no legal leg.
        """
        if not np.isfinite(self.distance_nm[start, end]):
            msg = f"no legal leg from point {start} to point {end}"
            raise ValueError(msg)
        if start > end:
            return self.path(end, start)[::-1]
        if start == end or (self.last[start, end] == NOWHERE and self._doorless(start, end)):
            return self.lonlat[[start, end]]
        turns = self._turns(start, end)
        ends = [self.lonlat[start], self.door_lonlat[start]]
        return _without_repeats(
            [*ends, *self.turn_lonlat[turns], self.door_lonlat[end], self.lonlat[end]]
        )

    def _doorless(self, start: int, end: int) -> bool:
        ends = [start, end]
        return bool((self.door_lonlat[ends] == self.lonlat[ends]).all())

    def _turns(self, start: int, end: int) -> list[int]:
        turns, turn = [], int(self.last[start, end])
        while turn != NOWHERE:
            turns.append(turn)
            turn = int(self.before[start, turn])
        return turns[::-1]


def legal_legs(
    lonlat: NDArray[np.float64],
    closed: shapely.Geometry,
    *,
    no_overland: shapely.Geometry | None = None,
    cache: Cache | None = None,
) -> Legs:
    """
    Return the shortest legal legs between all points.

    Closed airspace becomes walls in a gnomonic plane, where geodesics are straight; a shortest
    path then turns only at convex corners of the walls, and only tautly. Straight legs are tested
    against the walls themselves, turning ones against slightly thickened walls. Lengths are
    measured again on the ellipsoid.

    Parameters
    ----------
    lonlat
        Points in degrees, shape (P, 2), all within a hemisphere.
    closed
        Closed airspace in lon/lat degrees; may be empty.
    no_overland
        Land, in lon/lat degrees, that is not overflown except by the shortest way from a point on
        it to the sea and back. Absent when land may be overflown.
    cache
        Where the result is looked up and kept, by content.

    Returns
    -------
    legs
        A straight leg is the geodesic. A turning leg exceeds the shortest by less than the half
        mile its walls are thicker; none swings farther than `ROOM_NM` outside the points.

    Notes
    -----
    Visibility graphs of polygons: de Berg et al., *Computational Geometry* (3rd ed., 2008),
    chapter 15.
    """
    lonlat = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
    if not len(lonlat):
        return _no_legs()
    if cache is None:
        return _compute(lonlat, closed, no_overland)
    inputs = [
        geometry_version(),
        lonlat.tobytes(),
        shapely.to_wkb(closed),
        b"" if no_overland is None else shapely.to_wkb(no_overland),
    ]

    def compute() -> dict[str, NDArray[Any]]:
        legs = _compute(lonlat, closed, no_overland)
        return {each.name: getattr(legs, each.name) for each in dataclasses.fields(Legs)}

    kept: Mapping[str, NDArray[Any]] = cache.arrays(inputs, compute)
    return Legs(**kept)


def _compute(
    lonlat: NDArray[np.float64],
    closed: shapely.Geometry,
    no_overland: shapely.Geometry | None,
) -> Legs:
    plane = Plane("gnom", *middle(lonlat))
    points = Spots(lonlat, plane.xy(lonlat))
    window = window_round(points.xy, ROOM_NM)
    walls = raise_walls(closed, plane, window)
    doors, free = points, ~walls.inside(points.xy)
    if no_overland is not None:
        barrier = raise_walls(shapely.union(closed, no_overland), plane, window)
        doors, free = _doors(points, walls, barrier, plane)
        walls = barrier
    open_ = np.flatnonzero(free)
    return _spread(lonlat, doors.lonlat, open_, shortest_ways(doors[open_], walls, plane))


def _doors(
    points: Spots, walls: Walls, barrier: Walls, plane: Plane
) -> tuple[Spots, NDArray[np.bool_]]:
    """Return where each point comes out of the barrier, and whether it may get there."""
    doors = Spots(points.lonlat.copy(), points.xy.copy())
    held = np.flatnonzero(barrier.inside(points.xy))
    doors.xy[held] = barrier.way_out(points.xy[held])
    doors.lonlat[held] = plane.lonlat(doors.xy[held])
    free = ~walls.inside(points.xy)
    free[held] &= walls.clear(points.xy[held], doors.xy[held])
    return doors, free


def _spread(
    lonlat: NDArray[np.float64],
    door_lonlat: NDArray[np.float64],
    open_: NDArray[np.int64],
    ways: Ways,
) -> Legs:
    """Return the legs of all points from the ways of those in the open."""
    count = len(lonlat)
    distance, last = np.full((count, count), np.inf), np.full((count, count), NOWHERE, np.int32)
    before = np.full((count, len(ways.turns)), NOWHERE, np.int32)
    stub_nm = distance_nm(lonlat[open_], door_lonlat[open_])
    stubs_nm = stub_nm[:, None] + stub_nm
    np.fill_diagonal(stubs_nm, 0.0)
    one_way = np.triu(ways.distance_nm + stubs_nm, k=1)
    distance[np.ix_(open_, open_)] = one_way + one_way.T
    last[np.ix_(open_, open_)] = ways.last
    before[open_] = ways.before
    return Legs(
        lonlat=lonlat,
        door_lonlat=door_lonlat,
        turn_lonlat=ways.turns.lonlat,
        distance_nm=distance,
        last=last,
        before=before,
    )


def _without_repeats(points: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    path = np.array(points)
    new = np.r_[True, (np.diff(path, axis=0) != 0).any(axis=1)]
    return path[new] if new.sum() > 1 else path[:2]


def _no_legs() -> Legs:
    nothing, none = np.zeros((0, 2)), np.zeros((0, 0), dtype=np.int32)
    return Legs(
        lonlat=nothing,
        door_lonlat=nothing.copy(),
        turn_lonlat=nothing.copy(),
        distance_nm=np.zeros((0, 0)),
        last=none,
        before=none.copy(),
    )
