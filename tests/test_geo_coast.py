"""The shipped coast and the limits measured from it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from planner.geo.coast import load_land, tiles
from planner.geo.geodesic import destination, distance_nm
from planner.geo.limits import filled, grown, territorial_sea
from planner.geo.plane import Plane

THEATRE = (115.0, 22.0, 142.0, 45.0)
METRE_NM = 1 / 1852


@pytest.fixture(scope="module")
def land():
    """Load the coast of the theatre."""
    return load_land(THEATRE)


def test_every_state_of_the_theatre_is_there_and_valid(land):
    """Countries are named by two letters, in order."""
    codes = [country.code for country in land.countries]
    assert {"CN", "JP", "KP", "KR", "RU", "TW"} <= set(codes)
    assert codes == sorted(codes)
    assert all(shapely.is_valid(country.land) for country in land.countries)


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [("JP", 128.40, 32.00), ("JP", 136.92, 37.85), ("KP", 125.00, 38.64), ("CN", 123.157, 30.735)],
)
def test_small_islands_are_land(land, code, lon, lat):
    """Islands that Natural Earth lacks were added."""
    assert shapely.contains_xy(land.of([code]), lon, lat)


def test_bounds_across_the_antimeridian_give_one_run_of_longitudes():
    """Chukotka and Alaska lie side by side."""
    land = load_land((170.0, 60.0, 195.0, 70.0))
    west, _, east, _ = land.whole().bounds
    assert (west, east) == pytest.approx((170.0, 195.0), abs=1e-3)
    assert {"RU", "US"} <= {country.code for country in land.countries}


def test_backward_bounds_are_refused():
    """East must lie beyond west."""
    with pytest.raises(ValueError, match="expected west < east"):
        load_land((130.0, 20.0, 120.0, 40.0))


def test_display_form_is_smaller_and_leaves_the_checked_form_alone(land):
    """Thinning is for drawing only."""
    thin = sum(shapely.get_num_coordinates(each.land) for each in land.display())
    assert thin < 0.7 * shapely.get_num_coordinates(land.whole())


def test_tiles_add_up_to_the_whole(land):
    """Cutting loses nothing."""
    japan = land.of(["JP"])
    assert shapely.area(tiles(japan)).sum() == pytest.approx(japan.area)


def test_a_spike_does_not_keep_an_area_from_being_cut_in_tiles():
    """A first cut may leave a line that goes there and back, of which no ring can be made."""
    spiked = shapely.Polygon(
        [(124, 36), (124, 38), (126.8, 38), (126.7, 37.9), (126.8, 38), (130, 38), (130, 36)]
    )
    assert shapely.area(tiles(spiked)).sum() == pytest.approx(12.0)


def test_limit_agrees_with_a_geodesic_buffer_to_fifty_metres(land):
    """Points just within 12 nm of the coast are inside, and the edge is 12 nm from it."""
    coast = shapely.get_coordinates(land.of(["KR"]))
    rng = np.random.default_rng(1)
    sample = coast[rng.choice(len(coast), 300, replace=False)]
    limit = grown(land.of(["KR"]), 12)
    for course in range(0, 360, 30):
        just_within = destination(sample, float(course), 12 - 50 * METRE_NM)
        assert shapely.contains_xy(limit, just_within).all()
    edge = shapely.get_coordinates(shapely.boundary(limit))
    edge = edge[rng.choice(len(edge), 200, replace=False)]
    assert (
        np.abs([to_shore_nm(point, land.of(["KR"])) - 12 for point in edge]).max() < 50 * METRE_NM
    )


def to_shore_nm(point, shore):
    """Return the geodesic distance from a point to the shore, by its own plane."""
    plane = Plane("aeqd", *point)
    near = shapely.clip_by_rect(shore, *(point - 0.5), *(point + 0.5))
    way = shapely.shortest_line(shapely.Point(0, 0), shapely.transform(near, plane.xy))
    return distance_nm(point, plane.lonlat(shapely.get_coordinates(way))[1])


def test_margin_and_baseline_only_add_airspace(land):
    """A margin or a baseline never opens what was closed."""
    plain, wide = territorial_sea(land, "KP"), territorial_sea(land, "KP", margin_nm=6)
    assert plain.difference(wide).area < 1e-6
    assert wide.area > 1.05 * plain.area
    line = shapely.LineString([(124.0, 38.0), (124.5, 39.0)])
    assert shapely.covers(territorial_sea(land, "KP", baseline=line), line)


def test_enclosed_waters_belong_to_the_state_and_neighbours_land_does_not(land):
    """Bohai is closed, Pyongyang is not China's."""
    china = territorial_sea(land, "CN")
    assert shapely.contains_xy(china, 119.5, 38.8)
    assert china.intersection(land.of(["KP"])).area < 1e-6


def test_a_state_without_land_here_has_no_limit(land):
    """Nothing comes of nothing."""
    assert shapely.is_empty(territorial_sea(land, "US"))


def test_filled_shapes_have_no_holes():
    """A ring becomes a disc."""
    ring = shapely.Point(0, 0).buffer(2).difference(shapely.Point(0, 0).buffer(1))
    assert filled(ring).area == pytest.approx(shapely.Point(0, 0).buffer(2).area)
