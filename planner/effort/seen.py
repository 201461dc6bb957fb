"""How well past searches saw each cell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.errors import Fault, ScenarioError, nearest
from planner.geo.geodesic import near_longitude
from planner.hotspots.history import Exposure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.effort.searched import Searched
    from planner.geo.grid import Grid

PASSIVE_PER_DAY = 1e-3


def exposure_of(searched: Sequence[Searched], grid: Grid) -> Exposure:
    """
    Return how well each cell was looked at, and when.

    An area counts by the share of a cell's sea that it covers, a way as random search of the cell
    with the sweep width along its length there: POD (1 - exp(-W L / A)) (Koopman, B. O. (1956).
    The theory of search II. *Operations Research*, 4(5), 503-531).

    Raises
    ------
    ScenarioError
        When a search names a cell that the grid lacks.
    """
    named, shaped = _cells(searched, grid), [each for each in searched if each.shape is not None]
    search, cell, covered = _met(shaped, grid)
    pod = np.array([each.pod for each in shaped], dtype=float)[search] * covered
    age_days = np.array([each.age_days for each in shaped], dtype=float)[search]
    return Exposure(
        passive_per_day=PASSIVE_PER_DAY,
        cell=np.concatenate([np.array([c for c, _ in named], dtype=np.int64), cell]),
        pod=np.concatenate([[each.pod for _, each in named], pod]),
        age_days=np.concatenate([[each.age_days for _, each in named], age_days]),
    )


def _cells(searched: Sequence[Searched], grid: Grid) -> list[tuple[int, Searched]]:
    """Return the searches of one cell: of those named, and of those that hold a point."""
    number = {name: cell for cell, name in enumerate(grid.ids)}
    unknown = [each for each in searched if each.cell and each.cell not in number]
    if unknown:
        expected = "a cell of this area and cell size"
        raise ScenarioError(
            Fault(each.where, f"cell {each.cell!r}", expected, nearest(each.cell, number))
            for each in unknown[:100]
        )
    named = [(number[each.cell], each) for each in searched if each.cell]
    points = [each for each in searched if _is_point(each)]
    lonlat = shapely.get_coordinates([each.shape for each in points])
    held = grid.cell_at(near_longitude(lonlat, grid.plane.lon)) if points else ()
    return named + [(int(c), each) for c, each in zip(held, points, strict=True) if c >= 0]


def _is_point(search: Searched) -> bool:
    return isinstance(search.shape, shapely.Point) and search.radius_nm == 0


def _met(
    searched: Sequence[Searched], grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return which search met which cell, and how well it covered it, in [0, 1]."""
    flat = np.array([_flat(each, grid) for each in searched], dtype=object)
    cells = grid.plane.flatten(grid.polygons)
    search, cell = shapely.STRtree(cells).query(flat, predicate="intersects").reshape(2, -1)
    shared = shapely.intersection(flat[search], cells[cell])
    sea_nm2 = shapely.area(cells)[cell]
    width_nm = np.array([each.sweep_width_nm for each in searched], dtype=float)[search]
    swept = -np.expm1(-width_nm * shapely.length(shared) / sea_nm2)
    covered = np.where(width_nm > 0, swept, np.minimum(shapely.area(shared) / sea_nm2, 1.0))
    some = covered > 0
    return search[some], cell[some], covered[some]


def _flat(search: Searched, grid: Grid) -> shapely.Geometry | None:
    """Return a shape in the plane of the grid; none where it is of one cell, or far away."""
    if search.shape is None or _is_point(search):
        return None
    centred = partial(near_longitude, centre_deg=grid.plane.lon)
    near: shapely.Geometry = shapely.transform(search.shape, centred)
    west, _, east, _ = shapely.bounds(near)
    flat: shapely.Geometry = grid.plane.flatten(near)
    if east - west > 180 or not np.isfinite(shapely.bounds(flat)).all():
        return None
    return shapely.buffer(flat, search.radius_nm) if search.radius_nm else flat
