"""Legs: never short of the geodesic, never through closed airspace, shortest otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse.csgraph import dijkstra

from planner.airspace import closed_airspace, standing_zones
from planner.cache import Cache
from planner.geo.coast import charts_around, load_land
from planner.geo.crossing import hours_inside, inside_nm
from planner.geo.geodesic import along_nm, densify, disc, distance_matrix_nm
from planner.geo.legs import legal_legs
from planner.geo.plane import Plane
from planner.geo.walls import raise_walls, window_round

NOTHING = shapely.MultiPolygon()
SEA = (122.0, 24.0, 130.0, 36.0)

lons, lats = st.floats(SEA[0], SEA[2]), st.floats(SEA[1], SEA[3])
points = st.lists(st.tuples(lons, lats), min_size=2, max_size=8).map(np.array)
discs = st.tuples(lons, lats, st.floats(5, 120)).map(
    lambda each: shapely.Polygon(disc(np.array(each[:2]), each[2], corners=24))
)
boxes = st.tuples(lons, lats, st.floats(0.1, 4), st.floats(0.1, 4)).map(
    lambda each: shapely.box(each[0], each[1], each[0] + each[2], each[1] + each[3])
)
slivers = st.tuples(lons, lats, lons, lats, st.floats(0.001, 0.1)).map(
    lambda each: shapely.Polygon([each[:2], each[2:4], (each[0] + each[4], each[1])]).buffer(0)
)
closures = st.lists(discs | boxes, max_size=5).map(shapely.union_all)


def shrunk(closed, nm):
    """Return closed airspace less a rim, in lon/lat degrees."""
    plane = Plane("aeqd", 126.0, 30.0)
    return plane.unflatten(shapely.buffer(plane.flatten(closed), -nm))


@settings(max_examples=60, deadline=None)
@given(points, closures)
def test_legs_are_legal_and_no_shorter_than_geodesics(lonlat, closed):
    """Each path has the length told, begins and ends right and stays out of closed airspace."""
    legs = legal_legs(lonlat, closed)
    straight = distance_matrix_nm(lonlat)
    assert (legs.distance_nm >= straight - 1e-9).all()
    assert (legs.distance_nm == legs.distance_nm.T).all()
    core = shrunk(closed, 0.1)
    for i in range(len(lonlat)):
        for j in range(len(lonlat)):
            if i == j or np.isinf(legs.distance_nm[i, j]):
                continue
            path = legs.path(i, j)
            assert (path[0] == lonlat[i]).all()
            assert (path[-1] == lonlat[j]).all()
            assert along_nm(path) == pytest.approx(legs.distance_nm[i, j], abs=1e-6)
            assert not shapely.LineString(densify(path, step_nm=5)).intersects(core)


@settings(max_examples=60, deadline=None)
@example(shapely.box(123.875, 33.0, 126.125, 37.0), shapely.Polygon())
@given(closures, slivers)
def test_thick_walls_contain_the_airspace(closed, sliver):
    """However sharp its corners, thinning out opens nothing."""
    plane = Plane("gnom", 126.0, 30.0)
    window = window_round(plane.xy(np.array([[118.0, 20.0], [134.0, 40.0]])), 100.0)
    walls = raise_walls(shapely.union(closed, sliver), plane, window)
    assert shapely.difference(walls.exact, walls.thick).is_empty


@settings(max_examples=30, deadline=None)
@given(points, closures)
def test_points_in_closed_airspace_reach_nothing(lonlat, closed):
    """Their rows are infinite; everything they do not hide is unchanged."""
    legs = legal_legs(lonlat, closed)
    inside = shapely.intersects_xy(closed, lonlat)
    inner = shapely.intersects_xy(shrunk(closed, 0.01), lonlat)
    assert np.isinf(legs.distance_nm[inner]).all()
    assert (np.diag(legs.distance_nm)[~inside] == 0).all()


@settings(max_examples=30, deadline=None)
@given(points)
def test_without_closed_airspace_legs_are_geodesics(lonlat):
    """Straight legs agree with pyproj to a metre."""
    legs = legal_legs(lonlat, NOTHING)
    for i in range(1, len(lonlat)):
        metres = Geod(ellps="WGS84").inv(*lonlat[0], *lonlat[i])[2]
        assert legs.distance_nm[0, i] * 1852 == pytest.approx(metres, abs=1)
        assert len(legs.path(0, i)) == 2


@settings(max_examples=40, deadline=None)
@given(points, closures)
def test_where_nothing_is_in_the_way_the_leg_is_the_geodesic(lonlat, closed):
    """A clear geodesic is flown as it is, however close it passes."""
    legs = legal_legs(lonlat, closed)
    for i in range(len(lonlat)):
        for j in range(i):
            line = shapely.LineString(densify(lonlat[[i, j]], step_nm=2))
            if line.distance(closed) > 1e-3:
                assert len(legs.path(i, j)) == 2


@settings(max_examples=25, deadline=None)
@given(points, st.lists(discs | boxes, min_size=1, max_size=4).map(shapely.union_all))
def test_turning_legs_are_the_shortest_to_a_mile(lonlat, closed):
    """An unpruned visibility graph on every vertex of the airspace finds nothing much shorter."""
    legs = legal_legs(lonlat, closed)
    best = brute_force_nm(lonlat, closed)
    reached = np.isfinite(legs.distance_nm)
    assert (legs.distance_nm[reached] >= best[reached] - 0.01).all()
    assert (legs.distance_nm[reached] <= best[reached] * 1.002 + 2).all()


def brute_force_nm(lonlat, closed):
    """Return shortest distances by testing every pair of points and vertices, shape (P, P)."""
    plane = Plane("gnom", 126.0, 30.0)
    walls = plane.flatten(closed)
    thin = shapely.simplify(walls, 0.02)
    vertices = plane.lonlat(shapely.get_coordinates(thin))
    everything = np.vstack([lonlat, vertices])
    xy = plane.xy(everything)
    one, other = np.triu_indices(len(xy), k=1)
    core = shapely.buffer(thin, -0.03)
    shapely.prepare(core)
    lines = shapely.linestrings(np.stack([xy[one], xy[other]], axis=1))
    lengths = distance_matrix_nm(everything)
    blocked = shapely.intersects(core, lines)
    lengths[one[blocked], other[blocked]] = lengths[other[blocked], one[blocked]] = np.inf
    graph = np.where(np.isinf(lengths), 0, np.maximum(lengths, 1e-6))
    return dijkstra(graph, indices=range(len(lonlat)))[:, : len(lonlat)]


def test_a_leg_round_a_disc_has_the_length_of_tangents_and_arc():
    """The textbook length: two tangents and the arc between them."""
    centre = np.array([126.0, 30.0])
    closed = shapely.Polygon(disc(centre, 60.0, corners=360))
    ends = disc(centre, 120.0, corners=4)[[1, 3]]
    legs = legal_legs(ends, closed)
    tangent = np.sqrt(120.0**2 - 60.0**2)
    arc = 60.0 * (np.pi - 2 * np.arccos(60.0 / 120.0))
    assert legs.distance_nm[0, 1] == pytest.approx(2 * tangent + arc, rel=0.004)


def test_legs_may_cross_the_antimeridian():
    """A wall on the line of 180 is flown round like any other, however its longitudes run."""
    wall = shapely.box(-180.5, 50.0, -179.5, 55.0)
    ends = np.array([[177.0, 52.0], [-177.0, 52.5]])
    legs = legal_legs(ends, wall)
    assert 222 < distance_matrix_nm(ends)[0, 1] < legs.distance_nm[0, 1] < 500
    assert len(legs.path(0, 1)) > 2


def test_the_theatres_legs_bend_round_cheju_and_china():
    """Over the real coast no leg meets closed airspace, and the known ones turn where they must."""
    closed = closed_airspace(standing_zones(load_land((112.0, 20.0, 142.0, 45.0))))
    kanoya, kadena, yellow_sea, bohai = [130.85, 31.37], [127.77, 26.36], [123.0, 38.0], [120, 38.5]
    off_yangtze, off_wenzhou = [122.7, 32.4], [122.9, 28.9]
    places = np.array([kanoya, kadena, yellow_sea, bohai, off_yangtze, off_wenzhou])
    legs = legal_legs(places, closed)
    assert np.isinf(legs.distance_nm[:3, 3]).all()
    round_shengshan = legs.path(4, 5)
    assert len(round_shengshan) > 2
    assert round_shengshan[:, 0].max() > 123.2
    round_cheju = legs.path(0, 2)
    assert len(round_cheju) > 2
    assert round_cheju[1, 1] < 33.2
    core = shrunk(closed, 0.1)
    for start, end in ((0, 1), (0, 2), (1, 2), (4, 5)):
        path = densify(legs.path(start, end), step_nm=2)
        assert not shapely.LineString(path).intersects(core)


def test_the_way_from_atsugi_to_the_yellow_sea_goes_round_kyushu():
    """The charts reach beyond Cape Sata, so that no land seems to end at their edge."""
    atsugi, yellow_sea = (139.45, 35.4546), (124.0, 36.5)
    charts = charts_around((122.3, 35.4, 139.45, 38.7), 125.0)
    land = load_land(charts).whole()
    korea_strait = shapely.box(129.0, 33.5, 131.2, 35.6)
    path = legal_legs(np.array([atsugi, yellow_sea]), korea_strait, no_overland=land).path(0, 1)
    assert path[:, 1].min() < 31.0
    over_sea = shapely.LineString(densify(path[1:], step_nm=2))
    assert not over_sea.intersects(shrunk(land, 0.1))


def test_a_wholly_enclosed_point_is_unreachable():
    """Nothing leads into a ring."""
    centre = np.array([126.0, 30.0])
    ring = shapely.Polygon(disc(centre, 60.0), [disc(centre, 30.0)])
    legs = legal_legs(np.array([[126.0, 30.0], [126.1, 30.1], [122.0, 25.0]]), ring)
    assert np.isinf(legs.distance_nm[:2, 2]).all()
    assert np.isfinite(legs.distance_nm[0, 1])
    with pytest.raises(ValueError, match="no legal leg from point 0 to point 2"):
        legs.path(0, 2)


def test_a_station_on_land_is_left_by_the_shortest_way_to_the_sea():
    """Without overflight a leg across an island goes round it, and begins over its own coast."""
    island = shapely.box(125.0, 29.0, 127.0, 31.0)
    station, beyond = [126.9, 30.0], [124.0, 30.0]
    free = legal_legs(np.array([station, beyond]), NOTHING)
    bound = legal_legs(np.array([station, beyond]), NOTHING, no_overland=island)
    assert len(free.path(0, 1)) == 2
    assert bound.distance_nm[0, 1] > free.distance_nm[0, 1] + 20
    assert bound.path(0, 1)[1] == pytest.approx([127.0, 30.0], abs=0.02)
    assert bound.path(1, 0)[::-1] == pytest.approx(bound.path(0, 1))
    assert along_nm(bound.path(0, 1)) == pytest.approx(bound.distance_nm[0, 1])


def test_no_points_have_no_legs():
    """An empty problem is no fault."""
    assert legal_legs(np.zeros((0, 2)), NOTHING).distance_nm.shape == (0, 0)


def test_points_on_opposite_sides_of_the_globe_are_refused():
    """They share no plane in which geodesics are straight."""
    with pytest.raises(ValueError, match="hemisphere"):
        legal_legs(np.array([[0.0, 0.0], [1.0, 0.0], [120.0, 0.0], [-120.0, 0.0]]), NOTHING)


def test_hours_inside_a_zone_follow_from_its_width():
    """Crossing a degree of latitude at 240 knots takes a quarter of an hour."""
    zone = shapely.box(120.0, 30.0, 130.0, 31.0)
    path = np.array([[125.0, 28.0], [125.0, 33.0]])
    assert hours_inside(path, zone, 240.0) == pytest.approx(59.86 / 240, rel=1e-3)
    assert hours_inside(path, shapely.box(0, 0, 1, 1), 240.0) == 0


def test_miles_inside_agree_with_hours_inside():
    """The matrix for all legs is the sum for each."""
    lonlat = np.array([[124.0, 28.0], [126.0, 33.0], [128.0, 29.0], [125.0, 31.0]])
    zone = shapely.box(123.0, 29.5, 127.0, 32.0)
    closed = shapely.Polygon(disc(np.array([125.0, 30.0]), 20.0))
    legs = legal_legs(lonlat, closed)
    inside = inside_nm(legs, zone)
    assert (inside == inside.T).all()
    for i in range(4):
        for j in range(i):
            assert inside[i, j] == pytest.approx(hours_inside(legs.path(i, j), zone, 1.0), abs=1e-3)


def test_cached_legs_are_the_same_legs(tmp_path):
    """The second time they are read, not computed, and equal to the last bit."""
    lonlat = np.array([[122.0, 28.0], [129.0, 31.0], [126.0, 34.0]])
    closed = shapely.Polygon(disc(np.array([126.0, 30.0]), 60.0))
    cache = Cache(tmp_path)
    first = legal_legs(lonlat, closed, cache=cache)
    entries = list(tmp_path.iterdir())
    again = legal_legs(lonlat, closed, cache=cache)
    assert len(entries) == 1
    assert list(tmp_path.iterdir()) == entries
    assert (first.distance_nm == again.distance_nm).all()
    assert (first.path(0, 1) == again.path(0, 1)).all()
    legal_legs(lonlat, NOTHING, cache=cache)
    assert len(list(tmp_path.iterdir())) == 2
