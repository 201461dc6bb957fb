"""Lengths, directions and planes agree with the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from planner.geo.geodesic import (
    along_nm,
    bearing_deg,
    densify,
    destination,
    disc,
    distance_matrix_nm,
    distance_nm,
    near_longitude,
)
from planner.geo.plane import Plane, middle

positions = st.tuples(st.floats(-180, 180), st.floats(-80, 80)).map(np.array)


@given(positions, st.floats(0, 360), st.floats(1, 3000))
def test_destination_lies_at_the_distance_and_bearing_asked(start, course, distance):
    """Flying a course for a distance ends there, and the way is measured the same."""
    end = destination(start, course, distance)
    assert distance_nm(start, end) == pytest.approx(distance, abs=1e-6)
    turn = (bearing_deg(start, end) - course + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-3)


@given(positions, positions)
def test_distance_is_symmetric_and_agrees_with_geod(a, b):
    """The distance is pyproj's, both ways."""
    metres = Geod(ellps="WGS84").inv(*a, *b)[2]
    assert distance_nm(a, b) * 1852 == pytest.approx(metres, abs=1e-3)
    assert distance_nm(b, a) == pytest.approx(distance_nm(a, b), abs=1e-6)


def test_distance_matrix_is_symmetric_with_a_zero_diagonal():
    """Every pair is measured once and mirrored."""
    points = np.array([[125.0, 30.0], [126.0, 31.0], [179.5, 0.0], [-179.5, 0.0]])
    matrix = distance_matrix_nm(points)
    assert (matrix == matrix.T).all()
    assert (np.diag(matrix) == 0).all()
    assert matrix[2, 3] == pytest.approx(60.1, abs=0.05)


def test_densified_path_keeps_its_length_across_the_antimeridian():
    """Added points lie on the geodesic and longitudes run on past 180."""
    path = np.array([[170.0, 40.0], [-170.0, 45.0], [-160.0, 40.0]])
    dense = densify(path, step_nm=20)
    assert along_nm(dense) == pytest.approx(along_nm(path), abs=1e-6)
    assert distance_nm(dense[:-1], dense[1:]).max() <= 20 + 1e-9
    assert np.abs(np.diff(dense[:, 0])).max() < 1


def test_disc_keeps_its_radius_and_its_side_of_the_antimeridian():
    """A ring round a position near 180 is in one piece."""
    centre = np.array([179.9, 50.0])
    ring = disc(centre, 30)
    assert distance_nm(centre, ring) == pytest.approx(30)
    assert np.ptp(ring[:, 0]) < 2


@given(st.floats(-720, 720), st.floats(-360, 360))
def test_near_longitude_is_within_half_a_turn(lon, centre):
    """Whole turns are added, nothing else."""
    (moved, lat) = near_longitude(np.array([lon, 7.0]), centre)
    assert abs(moved - centre) <= 180 + 1e-9
    assert ((moved - lon) / 360) == pytest.approx(round((moved - lon) / 360), abs=1e-9)
    assert lat == 7.0


@pytest.mark.parametrize("kind", ["laea", "gnom", "aeqd"])
@pytest.mark.parametrize("centre", [(125.0, 30.0), (180.0, 60.0), (10.0, 89.0)])
def test_planes_give_back_what_they_are_given(kind, centre):
    """Projecting there and back moves nothing."""
    plane = Plane(kind, *centre)
    xy = np.array([[0.0, 0.0], [100.0, -50.0], [-300.0, 200.0]])
    assert plane.xy(plane.lonlat(xy)) == pytest.approx(xy, abs=1e-6)


def test_gnomonic_plane_draws_geodesics_straight():
    """A long geodesic strays less than a metre from its chord."""
    path = densify(np.array([[127.0, 26.0], [123.0, 41.0]]), step_nm=20)
    start, *inner, end = Plane("gnom", 125.0, 30.0).xy(path)
    along = (end - start) / np.hypot(*(end - start))
    offset = np.array(inner) - start
    across = offset[:, 0] * along[1] - offset[:, 1] * along[0]
    assert np.abs(across).max() * 1852 < 1


def test_middle_of_points_round_the_pole_is_the_pole():
    """Longitudes do not confuse the middle."""
    ring = np.array([[lon, 85.0] for lon in range(0, 360, 30)])
    assert middle(ring)[1] == pytest.approx(90)
