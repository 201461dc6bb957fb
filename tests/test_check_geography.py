"""Lengths, coasts and zones as the check reads them, beside pyproj and on shapes drawn by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pyproj import Geod

from planner.check.charts import Coast, Region, closed_zones, coast_around, priced_zones
from planner.check.earth import geocentric_nm, geodesic_nm
from tests.test_check import scenario

if TYPE_CHECKING:
    from pathlib import Path

GEOD = Geod(ellps="WGS84")
DIAMOND = Region((np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]], float),))
SQUARE = np.array([[130, 30], [131, 30], [131, 31], [130, 31], [130, 30]], float)


@pytest.mark.parametrize(
    ("place", "inside"), [((0, 0), True), ((0.9, 0), True), ((1.1, 0), False), ((-1.1, 0), False),
                          ((0, 0.9), True), ((0.2, 0.9), False), ((0, 2), False)],
)  # fmt: skip
def test_a_place_level_with_a_corner_is_inside_or_not(
    place: tuple[float, float], *, inside: bool
) -> None:
    """A corner on the ray to the east is passed once, not twice or never."""
    assert DIAMOND.holds(np.array([place], float))[0] == inside


@pytest.mark.parametrize("lon", [-179.0, -90.0, 0.0, 90.0, 170.0, 350.0])
def test_a_ring_around_the_earth_holds_every_longitude(lon: float) -> None:
    """As Antarctica's does, whose box has its middle at no longitude and ends where it begins."""
    cap = np.array([[-180, -90], [180, -90], [180, -60], [-180, -60], [-180, -90]], float)
    assert Region((cap,)).holds(np.array([[lon, -75.0], [lon, -50.0]])).tolist() == [True, False]


@pytest.mark.parametrize(("lon", "east"), [(-179.5, 179.5), (179.5, -179.5), (0.25, -0.75)])
def test_an_edge_is_near_across_the_date_line(lon: float, east: float) -> None:
    """A degree of longitude at the equator is 60 miles, wherever degrees begin to count."""
    edge = np.array([[east, -5], [east, 5], [east, -5]], float)
    assert Region((edge,)).edge_nm(np.array([[lon, 0.0]]))[0] == pytest.approx(60.0)


@pytest.mark.parametrize("lat", [30.1, 30.5, 30.9])
@pytest.mark.parametrize("lon", [130.1, 130.5, 130.9])
def test_depth_is_that_below_the_nearest_edge(lon: float, lat: float) -> None:
    """By whichever of the four a place lies."""
    to_side_nm = min(lon - 130, 131 - lon) * 60 * np.cos(np.deg2rad(lat))
    depth_nm = min(to_side_nm, (lat - 30) * 60, (31 - lat) * 60)
    found_nm = Region((SQUARE,)).edge_nm(np.array([[lon, lat]]))[0]
    assert found_nm == pytest.approx(depth_nm)


@pytest.mark.parametrize("size_deg", [1.0, 0.01])
def test_a_corner_is_the_nearest_of_its_edges_beyond_them(size_deg: float) -> None:
    """However short they are: half a side from the middle, and straight from beyond a corner."""
    box = Region((size_deg * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) / 2,))
    beyond = [[x * size_deg, y * size_deg] for x in (-0.8, 0.8) for y in (-0.9, 0.9)]
    found_nm = box.edge_nm(np.array([[0.0, 0.0], *beyond])) / (60 * size_deg)
    assert found_nm == pytest.approx([0.5] + [0.5] * 4, rel=1e-3)


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        ({}, {"Pyongyang FIR", "East Sea", "West Sea"}),
        ({"pyongyang_fir": "shown"}, {"East Sea", "West Sea"}),
        ({"dprk_zones": "shown"}, {"Pyongyang FIR"}),
        ({"pyongyang_fir": "shown", "dprk_zones": "shown"}, set()),
    ],
)
def test_zones_are_closed_as_the_scenario_has_them(terms: dict[str, str], names: set[str]) -> None:
    """The FIR and the two military zones, each switched by its own word."""
    found = closed_zones(scenario(airspace=terms))
    assert len(found) == len(names)
    assert all(any(name in each.name for each in found) for name in names)


def test_a_zone_of_ones_own_may_have_heights_and_no_price(tmp_path: Path) -> None:
    """Third coordinates are heights; hours without a price cost nothing."""
    ring = [[*place, 500.0] for place in SQUARE.tolist()]
    feature: dict[str, Any] = {
        "type": "Feature",
        "properties": {"id": "z", "name": "Z", "rule": "priced"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    drawn = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (tmp_path / "z.geojson").write_text(drawn, encoding="utf-8")
    found = priced_zones(scenario(airspace__files=["z.geojson"]).placed(tmp_path, {}))
    (zone,) = (each for each in found if each.id == "z")
    assert zone.price_per_h == 0
    assert zone.region.holds(np.array([[130.5, 30.5], [130.5, 31.5]])).tolist() == [True, False]


def test_an_island_on_the_rim_of_a_cell_is_not_within_it() -> None:
    """It lies in the box about the cell, but not in the cell."""
    island = np.array([[0.6, 0.6], [0.9, 0.6], [0.9, 0.9], [0.6, 0.6]])
    assert Coast({"JP": Region((island,))}).islands_nm2(DIAMOND) == 0


@pytest.mark.parametrize("lon", [130.0, -70.0])
@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("part", [0, 1])
def test_islands_of_each_part_of_a_cell_are_counted(lon: float, turn: int, part: int) -> None:
    """An island in either of two parts, of which either may come first."""
    south = SQUARE - (130.0 - lon, 0.0)
    north = south + np.array([0.0, 10.0])
    parts = (south, north)[::turn]
    island = (9 * parts[part].mean(axis=0) + parts[part]) / 10
    area_nm2 = Coast({"JP": Region((island,))}).islands_nm2(Region(parts))
    assert area_nm2 == pytest.approx(Region((island,)).area_nm2())
    assert Coast({"JP": Region((south,))}).islands_nm2(Region((island,))) == 0


@pytest.mark.parametrize("side", [0, 1, 2, 3])
def test_the_fine_coast_is_read_as_far_as_it_reaches(side: int) -> None:
    """To its very bounds; a tenth of a degree beyond any of them it is the world's."""
    bounds = [105.0, 10.0, 165.0, 60.0]
    fine = coast_around(*bounds)
    assert fine is coast_around(120.0, 20.0, 140.0, 40.0)
    bounds[side] += -0.1 if side < 2 else 0.1
    assert coast_around(*bounds) is coast_around(-180.0, -90.0, 180.0, 90.0) is not fine


def test_a_shore_is_known_to_a_sixth_of_a_mile() -> None:
    """However long its edges: its places lie no more than 0.3 nm apart."""
    lat = np.linspace(30.0, 31.0, 500)
    along = np.column_stack([np.full(500, 131.0), lat])
    away_nm, _ = Coast({"JP": Region((SQUARE,))}).shore("JP").query(geocentric_nm(along))
    assert away_nm.max() < 1 / 6


def test_where_there_is_no_land_there_is_no_shore() -> None:
    """Neither of a country that is not there nor where the map begins to count."""
    coast = Coast({"JP": Region((SQUARE,))})
    assert coast.shore("KP").n == 0
    assert Coast({}).shore().n == 0
    assert Region(()).boxes.shape == (0, 4)
    assert not Region(()).holds(np.zeros((1, 2))).any()


def test_long_lines_agree_with_karney_to_a_tenth_of_a_millimetre() -> None:
    """Vincenty's series are used to their last term, which is worth one millimetre."""
    luck = np.random.default_rng(1)
    for lon_a, lat_a, lon_b, lat_b in luck.uniform(-1, 1, (50, 4)) * (180, 89, 180, 89):
        exact_m = GEOD.inv(lon_a, lat_a, lon_b, lat_b)[2]
        assert exact_m < 19.6e6
        found_nm = geodesic_nm((lon_a, lat_a), (lon_b, lat_b))
        assert found_nm * 1852 == pytest.approx(exact_m, abs=1e-4, rel=0)
