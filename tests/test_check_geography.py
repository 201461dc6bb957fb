"""Lengths, coasts and zones as the check reads them, beside pyproj and on shapes drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from planner.check.charts import Coast, Region
from planner.check.earth import geocentric_nm, geodesic_nm

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
