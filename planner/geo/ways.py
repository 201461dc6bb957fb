"""Ways: the visibility graph of the walls' corners, and the shortest paths through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.geo.geodesic import distance_nm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.geo.plane import Plane
    from planner.geo.walls import Corners, Walls

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Spots:
    """The same positions in degrees and in the plane, both shape (n, 2)."""

    lonlat: NDArray[np.float64]
    xy: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, index: NDArray[np.int64]) -> Spots:
        return Spots(self.lonlat[index], self.xy[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """
    Shortest ways between R spots by way of N turns.

    Parameters
    ----------
    distance_nm
        From the lower to the higher spot, shape (R, R), infinite where there is no way; the lower
        triangle is meaningless.
    last
        Turn before the end of each way, shape (R, R), -1 when it is straight.
    before
        Turn before each turn on the way from each spot, shape (R, N), -1 when that is straight.
    turns
        Where ways may turn.
    """

    distance_nm: NDArray[np.float64]
    last: NDArray[np.int32]
    before: NDArray[np.int32]
    turns: Spots


def shortest_ways(spots: Spots, walls: Walls, plane: Plane) -> Ways:
    """Return the shortest ways between spots in the open: straight where clear, else by corners."""
    # A spot in the thickness of a wall may first step off it.
    beside = spots.xy[walls.near(spots.xy)]
    corners = walls.corners().with_spots(walls.way_out(beside))
    turns = Spots(plane.lonlat(corners.xy), corners.xy)
    ways = Ways(
        distance_nm=np.full((len(spots), len(spots)), np.inf),
        last=np.full((len(spots), len(spots)), NOWHERE, dtype=np.int32),
        before=np.full((len(spots), len(turns)), NOWHERE, dtype=np.int32),
        turns=turns,
    )
    np.fill_diagonal(ways.distance_nm, 0.0)
    bent = _fly_straight(ways, spots, walls)
    if len(bent) and len(turns):
        _fly_round(ways, bent, spots, corners, walls)
    return ways


def _fly_straight(ways: Ways, spots: Spots, walls: Walls) -> NDArray[np.int64]:
    """Fill in the ways that are straight, and return the spots that have others."""
    one, other = np.triu_indices(len(spots), k=1)
    clear = walls.clear(spots.xy[one], spots.xy[other])
    a, b = one[clear], other[clear]
    ways.distance_nm[a, b] = distance_nm(spots.lonlat[a], spots.lonlat[b])
    return np.unique(np.r_[one[~clear], other[~clear]])


def _fly_round(
    ways: Ways, bent: NDArray[np.int64], spots: Spots, corners: Corners, walls: Walls
) -> None:
    """Fill in the ways that turn: to a corner through the graph, then on to a spot that sees it."""
    sight_nm = _sight_nm(spots[bent], ways.turns, corners, walls)
    reach_nm, ways.before[bent] = _reach(sight_nm, _corner_graph(ways.turns, corners, walls))
    for place, end in enumerate(bent):
        starts = bent[:place][np.isinf(ways.distance_nm[bent[:place], end])]
        seen = np.flatnonzero(np.isfinite(sight_nm[place]))
        if len(starts) and len(seen):
            rows = np.searchsorted(bent, starts)
            total = reach_nm[np.ix_(rows, seen)] + sight_nm[place, seen]
            best = total.argmin(axis=1)
            ways.distance_nm[starts, end] = total[np.arange(len(starts)), best]
            ways.last[starts, end] = seen[best]


def _reach(
    sight_nm: NDArray[np.float64], graph: csr_array
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return how far each corner is from each spot, and the corner before it; shapes (R, N)."""
    count = len(sight_nm)
    spot, corner = np.nonzero(np.isfinite(sight_nm))
    among = graph.tocoo()
    rows = np.r_[spot, among.row + count]
    columns = np.r_[corner, among.col] + count
    lengths = np.r_[sight_nm[spot, corner], among.data]
    size = count + graph.shape[0]
    whole = csr_array((lengths, (rows, columns)), shape=(size, size))
    reach_nm, before = dijkstra(whole, indices=np.arange(count), return_predecessors=True)
    came = before[:, count:] - count
    return reach_nm[:, count:], np.where(came < 0, NOWHERE, came).astype(np.int32)


def _sight_nm(spots: Spots, turns: Spots, corners: Corners, walls: Walls) -> NDArray[np.float64]:
    """Return the distance of each corner from each spot, infinite where it is out of sight."""
    near = walls.near(spots.xy)
    spot, corner = np.nonzero(corners.taut_from(spots.xy) | near[:, None])
    # A spot in the thickness of a wall sees nothing through it, so the wall itself must do.
    free = np.empty(len(spot), dtype=bool)
    for some, clear in ((near[spot], walls.clear), (~near[spot], walls.clear_of_thick)):
        free[some] = clear(spots.xy[spot[some]], corners.xy[corner[some]])
    a, b = spot[free], corner[free]
    sight_nm = np.full((len(spots), len(turns)), np.inf)
    sight_nm[a, b] = distance_nm(spots.lonlat[a], turns.lonlat[b])
    return sight_nm


def _corner_graph(turns: Spots, corners: Corners, walls: Walls) -> csr_array:
    """Return the lengths between corners that see each other tautly."""
    taut = corners.taut_from(corners.xy)
    one, other = np.nonzero(np.triu(taut & taut.T, k=1))
    free = walls.clear_of_thick(corners.xy[one], corners.xy[other])
    a, b = one[free], other[free]
    length_nm = distance_nm(turns.lonlat[a], turns.lonlat[b])
    both = (np.r_[length_nm, length_nm], (np.r_[a, b], np.r_[b, a]))
    return csr_array(both, shape=(len(turns), len(turns)))
