"""Cells: equal, stable, cut at the coast, and what of them may be searched."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from planner.geo.coast import load_land
from planner.geo.geodesic import disc, distance_nm
from planner.geo.grid import cell_id, hex_grid, side_nm
from planner.geo.searchable import nearest_open_nm, searchable

NOTHING = shapely.MultiPolygon()
BOX = (120.0, 26.0, 130.0, 34.0)
AREAS = {
    "theatre": BOX,
    "antimeridian": (172.0, 50.0, 190.0, 60.0),
    "near the pole": (0.0, 82.0, 40.0, 88.0),
}


@pytest.mark.parametrize("bounds", AREAS.values(), ids=AREAS)
def test_open_cells_are_equal_on_the_ellipsoid(bounds):
    """Each outline has the area asked, measured by geodesics."""
    grid = hex_grid(shapely.box(*bounds), 900.0, NOTHING)
    geod = Geod(ellps="WGS84")
    square_metres = [abs(geod.geometry_area_perimeter(cell)[0]) for cell in grid.polygons[::10]]
    assert np.array(square_metres) / 1852**2 == pytest.approx(900.0, rel=1e-3)
    assert shapely.is_valid(grid.polygons).all()


@pytest.mark.parametrize("bounds", AREAS.values(), ids=AREAS)
def test_centres_are_in_their_own_cells_and_rows_are_packed(bounds):
    """Finding a cell by its centre gives it back, and neighbours stand side by side."""
    grid = hex_grid(shapely.box(*bounds), 900.0, NOTHING)
    assert (grid.cell_at(grid.lonlat) == np.arange(len(grid))).all()
    assert len(set(grid.ids)) == len(grid)
    gaps = np.sort(distance_nm(grid.lonlat[:1], grid.lonlat))[1:3]
    assert gaps == pytest.approx(np.sqrt(3) * side_nm(900.0), rel=0.01)


def test_positions_outside_every_cell_have_none():
    """Far away and just beyond the edge are both nowhere."""
    grid = hex_grid(shapely.box(*BOX), 900.0, NOTHING)
    assert (grid.cell_at(np.array([[-60.0, 0.0], [125.0, 40.0]])) == -1).all()


def test_land_is_cut_off_and_cells_mostly_on_land_are_dropped():
    """No sea lies on land, and half of each kept hexagon is sea."""
    land = load_land(BOX).whole()
    grid = hex_grid(shapely.box(*BOX), 400.0, land)
    whole = hex_grid(shapely.box(*BOX), 400.0, NOTHING)
    assert (grid.area_nm2 / grid.cell_nm2).min() >= 0.5
    assert (grid.area_nm2 / grid.cell_nm2).max() <= 1
    assert set(grid.ids) < set(whole.ids)
    assert shapely.area(shapely.intersection(grid.polygons, land)).max() < 1e-4
    for cell in (0, len(grid) - 1):
        assert all((ring[0] == ring[-1]).all() for ring in grid.rings(cell))


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_ids_tell_rows_and_columns_apart(row, column):
    """Letters count rows as spreadsheets count columns."""
    name = cell_id(row, column)
    letters = name.rstrip("0123456789")
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    assert (place - 1, int(name[len(letters) :]) - 1) == (row, column)


@pytest.mark.parametrize(("area", "size"), [(NOTHING, 100.0), (shapely.box(*BOX), 0.0)])
def test_a_grid_over_nothing_is_refused(area, size):
    """An empty area and a cell without size are the caller's mistake."""
    with pytest.raises(ValueError, match="expected > 0"):
        hex_grid(area, size, NOTHING)


def test_an_area_smaller_than_a_cell_may_have_none():
    """An empty grid is a grid."""
    grid = hex_grid(shapely.box(125.0, 30.0, 125.1, 30.1), 9e4, NOTHING)
    assert len(grid) <= 1
    assert len(searchable(grid, NOTHING).share) == len(grid)


def test_without_closed_airspace_everything_may_be_searched():
    """Anchors are the centres."""
    grid = hex_grid(shapely.box(*BOX), 900.0, NOTHING)
    found = searchable(grid, NOTHING)
    assert found.open.all()
    assert found.share == pytest.approx(1)
    assert distance_nm(found.anchor_lonlat, grid.lonlat).max() < 1e-6
    assert (found.nearest_open_nm == 0).all()


@settings(max_examples=20, deadline=None)
@given(st.floats(121, 129), st.floats(27, 33), st.floats(10, 120))
def test_anchors_lie_in_the_open(lon, lat, radius):
    """Wherever a closed disc lies, no cell is searched or entered inside it."""
    closed = shapely.Polygon(disc(np.array([lon, lat]), radius))
    grid = hex_grid(shapely.box(*BOX), 1600.0, NOTHING)
    found = searchable(grid, closed)
    anchors = found.anchor_lonlat[found.open]
    assert not shapely.contains_xy(closed, anchors).any()
    assert shapely.area(shapely.intersection(found.polygons, closed)).max() < 1e-3
    assert ((found.nearest_open_nm > 0) <= ~found.open).all()


def test_distance_to_the_open_is_to_the_nearest_edge():
    """From the middle of a closed disc it is the radius, outside it is nothing."""
    closed = shapely.Polygon(disc(np.array([125.0, 30.0]), 51.0, corners=720))
    points = np.array([[125.0, 30.0], [125.0, 35.0]])
    assert nearest_open_nm(points, closed) == pytest.approx([51.0, 0.0], abs=0.05)


def test_an_enclosed_pocket_is_not_the_open():
    """A hole in closed airspace cannot be reached, so it does not count."""
    centre = np.array([125.0, 30.0])
    ring = shapely.Polygon(disc(centre, 50.0), [disc(centre, 10.0)])
    assert nearest_open_nm(np.array([[125.0, 30.4]]), ring)[0] > 20
