"""Closed airspace as walls in a plane where geodesics are straight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.geo.grid import flat_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.geo.plane import Plane

# Walls are thinned out by less than they were thickened, so they never lose closed airspace.
THICKNESS_NM = 0.3
TOLERANCE_NM = 0.25
# Turn points stand off the thickened wall by this much, so that a leg along it does not touch.
HAIR_NM = 1e-3
LINES_AT_ONCE = 100_000
# Most blocked lines run deep inside a wall, where a point of them shows it cheaper than they do.
GLANCES = (0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners:
    """
    Convex corners of the thick walls: the only places where a shortest path turns.

    All arrays are plane coordinates in nm, shape (n, 2).

    Parameters
    ----------
    xy
        The corner, a hair off the wall.
    before, after
        Its neighbours along the wall.
    """

    xy: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.xy)

    def with_spots(self, xy: NDArray[np.float64]) -> Corners:
        """Return the corners with other places to turn at, which any line may graze."""
        return Corners(
            xy=np.vstack([self.xy, xy]),
            before=np.vstack([self.before, xy]),
            after=np.vstack([self.after, xy]),
        )

    def taut_from(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """
        Return which straight lines graze a corner instead of running into its wall.

        Parameters
        ----------
        xy
            Where the lines come from, shape (m, 2).

        Returns
        -------
        taut
            Whether both neighbours of the corner lie on one side of the line, shape (m, n). A
            path that turns anywhere else can be pulled shorter.
        """
        line = self.xy[None, :, :] - xy[:, None, :]
        one = _cross(line, self.before - self.xy)
        other = _cross(line, self.after - self.xy)
        return np.asarray(one * other >= 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """
    Closed airspace around some points, whole and thickened, in a gnomonic plane.

    Parameters
    ----------
    exact
        Every part of the closed airspace within the window, not simplified.
    thick
        `exact` grown by a third of a mile and thinned out: it contains `exact` and has far fewer
        corners; but for sharp corners its edge is no more than half a mile away.
    window
        Rectangle no leg leaves; walls are known inside it only.
    """

    exact: shapely.Geometry
    thick: shapely.Geometry
    window: shapely.Polygon

    def inside(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which positions lie in closed airspace, shape (n,)."""
        return np.asarray(shapely.intersects_xy(self.exact, xy))

    def near(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which positions lie in the thickness of the walls or behind it, shape (n,)."""
        return np.asarray(shapely.intersects_xy(self.thick, xy))

    def clear(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which straight lines, shapes (m, 2) to (m, 2), meet no closed airspace."""
        free = self.clear_of_thick(a, b)
        doubtful = np.flatnonzero(~free)
        free[doubtful] = _clear(self.exact, a[doubtful], b[doubtful])
        return free

    def clear_of_thick(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which straight lines, shapes (m, 2) to (m, 2), do not even meet thick walls."""
        return _clear(self.thick, a, b)

    def way_out(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the nearest positions outside the thick walls, a hair off them, shape (n, 2)."""
        ways = shapely.shortest_line(shapely.points(xy), shapely.boundary(self.thick))
        ends = shapely.get_coordinates(ways).reshape(-1, 2, 2)
        return np.asarray(ends[:, 1] + HAIR_NM * _unit(ends[:, 1] - ends[:, 0]))

    def corners(self) -> Corners:
        """Return the convex corners of the thick walls inside the window."""
        rings = [_ring_corners(ring) for ring in _rings(self.thick)]
        if not rings:
            nothing = np.zeros((0, 2))
            return Corners(xy=nothing, before=nothing, after=nothing)
        xy, before, after = (np.vstack(each) for each in zip(*rings, strict=True))
        shapely.prepare(self.window)
        usable = shapely.contains_xy(self.window, xy) & ~self.near(xy)
        return Corners(xy=xy[usable], before=before[usable], after=after[usable])


def raise_walls(closed: shapely.Geometry, plane: Plane, window: shapely.Polygon) -> Walls:
    """
    Return the walls that closed airspace, in lon/lat degrees, makes in a plane.

    Parameters
    ----------
    closed
        Closed airspace in lon/lat degrees; may be empty.
    plane
        Gnomonic plane.
    window
        Rectangle of the plane, in nm, that walls are cut to.
    """
    exact = flat_area(closed, plane, window)
    thin = shapely.simplify(_thickened(exact), TOLERANCE_NM)
    # A ring's first corner may be thinned out twice, and then something is lost.
    thick = shapely.union(thin, _thickened(shapely.difference(exact, thin)))
    shapely.prepare(thick)
    return Walls(exact=exact, thick=thick, window=window)


def _thickened(area: shapely.Geometry) -> shapely.Geometry:
    return shapely.buffer(area, THICKNESS_NM, quad_segs=2, join_style="mitre", mitre_limit=2.0)


def flat_area(zone: shapely.Geometry, plane: Plane, window: shapely.Polygon) -> shapely.Geometry:
    """Return a lon/lat area in a plane, prepared, whole at least within a window."""
    # Tiles are whole, so the edges where the rest is missing lie outside the window.
    area = shapely.make_valid(shapely.union_all(flat_tiles(zone, plane, window)))
    shapely.prepare(area)
    return area


def window_round(xy: NDArray[np.float64], room_nm: float) -> shapely.Polygon:
    """
    Return the rectangle of a gnomonic plane that holds positions with some room about them.

    Raises
    ------
    ValueError
        When a position lies beyond the plane's hemisphere.
    """
    if not np.isfinite(xy).all():
        msg = "points farther apart than a hemisphere have no common gnomonic plane"
        raise ValueError(msg)
    west, south = xy.min(axis=0) - room_nm
    east, north = xy.max(axis=0) + room_nm
    return shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])


def _clear(
    wall: shapely.Geometry, a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.bool_]:
    free, left = np.zeros(len(a), dtype=bool), np.arange(len(a))
    for share in GLANCES:
        left = left[~shapely.intersects_xy(wall, a[left] + share * (b[left] - a[left]))]
    for start in range(0, len(left), LINES_AT_ONCE):
        part = left[start : start + LINES_AT_ONCE]
        lines = shapely.linestrings(np.stack([a[part], b[part]], axis=1))
        free[part] = ~shapely.intersects(wall, lines)
    return free


def _rings(shape: shapely.Geometry) -> list[NDArray[np.float64]]:
    polygons = shapely.orient_polygons(shapely.get_parts(shape))
    return [
        shapely.get_coordinates(ring)[:-1]
        for polygon in polygons
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _ring_corners(
    ring: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    before, after = np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0)
    into, out = _unit(ring - before), _unit(after - ring)
    convex = _cross(into, out) > 0
    outward = _unit(_right(into) + _right(out))
    return (ring + HAIR_NM * outward)[convex], before[convex], after[convex]


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
    return np.asarray(vectors / np.maximum(length, 1e-300))


def _right(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([vectors[:, 1], -vectors[:, 0]], axis=1)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
