"""Cells: hexagons of sea, all of one true area, whose ids do not change with the data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.geo.coast import tiles
from planner.geo.geodesic import near_longitude
from planner.geo.plane import EDGE_DEG, Plane, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SEA = 0.5
CORNERS = np.deg2rad([90.0, 150.0, 210.0, 270.0, 330.0, 30.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """
    Hexagons of sea over an area; the arrays are read-only and in order of row and column.

    Parameters
    ----------
    ids
        Row letter from the north and column number from the west, such as ``K12``. They depend on
        the area and the cell size alone.
    plane
        The equal-area map the hexagons are regular in.
    lonlat
        Centres in degrees, shape (n, 2); longitudes run on from the plane's centre, so they may
        pass 180.
    xy_nm
        Centres in the plane, in nm, shape (n, 2).
    cell_nm2
        Area of a whole hexagon.
    area_nm2
        Area of each cell's sea, shape (n,), at most `cell_nm2`.
    polygons
        Sea of each cell in lon/lat degrees, shape (n,).
    """

    ids: tuple[str, ...]
    plane: Plane
    lonlat: NDArray[np.float64]
    xy_nm: NDArray[np.float64]
    cell_nm2: float
    area_nm2: NDArray[np.float64]
    polygons: NDArray[np.object_]

    def __post_init__(self) -> None:
        for array in (self.lonlat, self.xy_nm, self.area_nm2, self.polygons):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def side_nm(self) -> float:
        """Side of a hexagon, in nm."""
        return side_nm(self.cell_nm2)

    def rings(self, cell: int) -> tuple[NDArray[np.float64], ...]:
        """Return the outlines of a cell's sea in lon/lat degrees, each closed, shape (k, 2)."""
        return tuple(
            shapely.get_coordinates(part.exterior)
            for part in shapely.get_parts(self.polygons[cell])
        )

    def cell_at(self, lonlat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the cell whose hexagon holds each position, shape (m,), or -1."""
        xy = self.plane.xy(lonlat)
        inside = np.flatnonzero(np.isfinite(xy).all(axis=1))
        centres = shapely.STRtree(np.asarray(shapely.points(self.xy_nm)))
        place, cell = centres.query_nearest(shapely.points(xy[inside]), all_matches=False)
        found = np.full(len(lonlat), -1)
        found[inside[place]] = np.where(
            _in_hexagon(xy[inside[place]] - self.xy_nm[cell], self.side_nm), cell, -1
        )
        return found


def side_nm(cell_nm2: float) -> float:
    """
    Return the side of a regular hexagon of the given area.

    Examples
    --------
    >>> round(side_nm(2000.0), 3)
    27.745
    """
    return float(np.sqrt(2.0 * cell_nm2 / (3.0 * np.sqrt(3.0))))


def hex_grid(
    area: shapely.Geometry, cell_nm2: float, land: shapely.Geometry, *, least_sea: float = LEAST_SEA
) -> Grid:
    """
    Return the hexagons whose centres lie in an area and that are mostly sea, less their land.

    Parameters
    ----------
    area
        Polygon in lon/lat degrees; its longitudes run on across the antimeridian (170 to 190).
    cell_nm2
        Area of a hexagon, in nm². Must be positive.
    land
        Land in lon/lat degrees, in the same run of longitudes.
    least_sea
        Least share of sea a kept cell has, in (0, 1].

    Returns
    -------
    grid
        May be empty, when the area is all land or smaller than a cell.

    Raises
    ------
    ValueError
        When the area is empty or the cell size not positive.
    """
    if shapely.is_empty(area) or not cell_nm2 > 0:
        size = f"{shapely.area(area):g} deg²"
        msg = f"cells of {cell_nm2:g} nm² over {size}, expected > 0 over some area"
        raise ValueError(msg)
    dense = shapely.segmentize(area, EDGE_DEG)
    plane = Plane("laea", *middle(shapely.get_coordinates(dense)))
    flat_area = shapely.make_valid(plane.flatten(dense))
    row, column, xy = _centres(flat_area, side_nm(cell_nm2))
    sea = _less_land(_hexagons(xy, side_nm(cell_nm2)), plane, land)
    area_nm2 = shapely.area(sea)
    kept = area_nm2 >= least_sea * cell_nm2
    return Grid(
        ids=tuple(cell_id(r, c) for r, c in zip(row[kept], column[kept], strict=True)),
        plane=plane,
        lonlat=plane.lonlat(xy[kept]),
        xy_nm=xy[kept],
        cell_nm2=cell_nm2,
        area_nm2=np.minimum(area_nm2[kept], cell_nm2),
        polygons=_outlines(sea[kept], plane),
    )


def cell_id(row: int, column: int) -> str:
    """
    Return the id of a cell by its row from the north and its column from the west, from zero.

    Examples
    --------
    >>> cell_id(10, 11), cell_id(26, 0)
    ('K12', 'AA1')
    """
    letters, rest = "", int(row) + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{int(column) + 1}"


def cut_from(shapes: NDArray[np.object_], away: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return plane polygons less every piece that touches them; only polygons are left."""
    left = shapes.copy()
    touched, piece = shapely.STRtree(away).query(shapes, predicate="intersects").reshape(2, -1)
    order = np.argsort(touched, kind="stable")
    each, first = np.unique(touched[order], return_index=True)
    groups = np.split(piece[order], first[1:]) if len(each) else []
    taken = np.array([shapely.union_all(away[group]) for group in groups], dtype=object)
    left[each] = shapely.difference(shapes[each], taken)
    return left


def _centres(
    area: shapely.Geometry, side: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    west, south, east, north = shapely.bounds(area)
    wide, high = np.sqrt(3.0) * side, 1.5 * side
    rows, columns = int((north - south) / high) + 2, int((east - west) / wide) + 2
    row, column = (each.ravel() for each in np.mgrid[:rows, :columns])
    xy = np.c_[west + (column + 0.5 * (row % 2)) * wide, north - row * high]
    inside = shapely.contains_xy(area, xy)
    return row[inside], column[inside], xy[inside]


def _hexagons(xy: NDArray[np.float64], side: float) -> NDArray[np.object_]:
    corners = side * np.c_[np.cos(CORNERS), np.sin(CORNERS)]
    return np.asarray(shapely.polygons(xy[:, None, :] + corners), dtype=object)


def _less_land(
    cells: NDArray[np.object_], plane: Plane, land: shapely.Geometry
) -> NDArray[np.object_]:
    if not len(cells):
        return cells
    return cut_from(cells, flat_tiles(land, plane, shapely.box(*shapely.total_bounds(cells))))


def flat_tiles(
    shape: shapely.Geometry, plane: Plane, window: shapely.Geometry
) -> NDArray[np.object_]:
    """Return a lon/lat geometry in small valid plane polygons, those that meet a window."""
    pieces = plane.flatten(tiles(shape))
    finite = np.isfinite(shapely.bounds(pieces).reshape(-1, 4)).all(axis=1)
    near = pieces[finite & shapely.intersects(pieces, window)]
    return np.asarray(shapely.make_valid(near), dtype=object)


def _outlines(cells: NDArray[np.object_], plane: Plane) -> NDArray[np.object_]:
    outlines = plane.unflatten(cells)
    west, _, east, _ = shapely.bounds(outlines).reshape(-1, 4).T
    for torn in np.flatnonzero(east - west > 180):
        # Opposite the centre's meridian, which happens only near a pole.
        centre = plane.lonlat(shapely.get_coordinates(cells[torn]).mean(axis=0))[0]
        outlines[torn] = shapely.transform(
            outlines[torn], functools.partial(near_longitude, centre_deg=centre)
        )
    return outlines


def _in_hexagon(offset_nm: NDArray[np.float64], side: float) -> NDArray[np.bool_]:
    across = np.abs(offset_nm @ np.c_[[1.0, 0.0], [0.5, np.sqrt(0.75)], [-0.5, np.sqrt(0.75)]])
    return np.asarray((across <= np.sqrt(0.75) * side * (1 + 1e-9)).all(axis=1))
