"""What of each cell may be searched: its sea, less closed airspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.geo.geodesic import distance_nm
from planner.geo.grid import cut_from, flat_tiles
from planner.geo.limits import filled
from planner.geo.plane import Plane, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.geo.grid import Grid

# A sliver smaller than this share of a hexagon is not worth flying to.
LEAST_SHARE = 0.02
WHOLE = 1 - 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """
    The part of each cell that aircraft may search; the arrays are read-only.

    Parameters
    ----------
    area_nm2
        Open sea, shape (n,), in nm²; zero where only a sliver is open.
    share
        `area_nm2` as a share of the whole hexagon, in [0, 1].
    polygons
        Open sea in lon/lat degrees, shape (n,); empty where there is none.
    anchor_lonlat
        Where legs to the cell end, in degrees, shape (n, 2): the hexagon's centre when all of it
        is open sea, else the point farthest from every edge of its largest part. The centre again
        where nothing is open.
    nearest_open_nm
        From the cell's centre to the nearest point outside closed airspace, in nm, shape (n,);
        zero where some of the cell is open. A cell far from it is for radar only.
    """

    area_nm2: NDArray[np.float64]
    share: NDArray[np.float64]
    polygons: NDArray[np.object_]
    anchor_lonlat: NDArray[np.float64]
    nearest_open_nm: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in self.__slots__:
            getattr(self, name).setflags(write=False)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Which cells may be searched at all, shape (n,)."""
        return self.area_nm2 > 0


def searchable(grid: Grid, closed: shapely.Geometry) -> Searchable:
    """
    Return what of each cell may be searched while some airspace is closed.

    Parameters
    ----------
    grid
        The cells.
    closed
        Closed airspace in lon/lat degrees; may be empty.
    """
    sea = np.asarray(grid.plane.flatten(np.array(grid.polygons, dtype=object)), dtype=object)
    if not len(sea):
        nothing = np.zeros(0)
        return Searchable(
            area_nm2=nothing,
            share=nothing.copy(),
            polygons=sea,
            anchor_lonlat=np.zeros((0, 2)),
            nearest_open_nm=nothing.copy(),
        )
    window = shapely.box(*shapely.total_bounds(sea))
    left = cut_from(sea, flat_tiles(closed, grid.plane, window))
    share = np.minimum(shapely.area(left) / grid.cell_nm2, 1.0)
    left[share < LEAST_SHARE] = shapely.Polygon()
    share = np.where(share < LEAST_SHARE, 0.0, share)
    return Searchable(
        area_nm2=share * grid.cell_nm2,
        share=share,
        polygons=grid.plane.unflatten(left),
        anchor_lonlat=_anchors(grid, left, share),
        nearest_open_nm=np.where(share == 0, nearest_open_nm(grid.lonlat, closed), 0.0),
    )


def _anchors(
    grid: Grid, left: NDArray[np.object_], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    anchors = grid.xy_nm.copy()
    cut = np.flatnonzero((share > 0) & (share < WHOLE))
    largest = np.array(
        [max(shapely.get_parts(shape), key=shapely.area) for shape in left[cut]], dtype=object
    )
    radii = shapely.maximum_inscribed_circle(largest, tolerance=0.01 * grid.side_nm)
    anchors[cut] = shapely.get_coordinates(shapely.get_point(radii, 0)).reshape(-1, 2)
    return grid.plane.lonlat(anchors)


def nearest_open_nm(lonlat: NDArray[np.float64], closed: shapely.Geometry) -> NDArray[np.float64]:
    """
    Return the distance from positions to the nearest point outside closed airspace.

    Pockets that closed airspace encloses are open in name only and do not count.

    Parameters
    ----------
    lonlat
        Positions in degrees, shape (n, 2).
    closed
        Closed airspace in lon/lat degrees; may be empty.

    Returns
    -------
    distance
        In nm, shape (n,); zero for a position in the open.
    """
    distance = np.zeros(len(lonlat))
    if shapely.is_empty(closed) or not len(lonlat):
        return distance
    plane = Plane("aeqd", *middle(lonlat))
    parts = shapely.get_parts(shapely.make_valid(plane.flatten(filled(closed))))
    walls = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])  # mending leaves lines
    xy = plane.xy(lonlat)
    shapely.prepare(walls)
    shut = np.flatnonzero(shapely.intersects_xy(walls, xy))
    ways = shapely.shortest_line(shapely.points(xy[shut]), shapely.boundary(walls))
    nearest = plane.lonlat(shapely.get_coordinates(shapely.get_point(ways, 1)).reshape(-1, 2))
    distance[shut] = distance_nm(lonlat[shut], nearest)
    return distance
