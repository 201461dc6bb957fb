"""Positions as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Proj

from planner.events.coordinates import CoordinateError, angle, mgrs, position

LAT = 31 + 12 / 60 + 14.4 / 3600


@pytest.mark.parametrize(
    "text",
    [
        "31.204",
        "+31.204",
        "31,204",
        "31.204°",
        "31.204 N",
        "N31.204",
        "31°12.24'",
        "31° 12.24' N",
        "31 12.24 N",
        "31-12.24N",
        "31º12′14.4″N",
        "31°12’14.4”N",
        "N 31°12'14.4''",
        "31 12' 14.4\" n",
        "31度12分14.4秒",
        "北緯31度12分14.4秒",
    ],
)
def test_one_latitude_in_many_hands(text: str) -> None:
    """Decimal degrees, minutes and seconds, with any common marks, mean the same place."""
    assert angle(text, "lat") == pytest.approx(LAT, abs=1e-9)


@pytest.mark.parametrize("text", ["-31.204", "31.204S", "S 31°12.24'", "−31.204", "31°12'14.4\"S"])
def test_south_is_negative(text: str) -> None:
    """A sign or the letter S makes a latitude negative."""
    assert angle(text, "lat") == pytest.approx(-LAT, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["31 12 13", "31-12-13N", "31 12 13 N", "31 12", "31 12.24", "-31N", "31.2 12.5 N"]
)
def test_ambiguous_angle_is_refused(text: str) -> None:
    """What could be read in two ways is refused, not guessed."""
    with pytest.raises(CoordinateError) as caught:
        angle(text, "lat")
    assert caught.value.ambiguous


@pytest.mark.parametrize(
    "text", ["", "abc", "N", "nan", "inf", "91", "31°60'N", "31°12'60\"N", "31N12E", "31.2E", "1e1"]
)
def test_what_is_no_latitude_is_refused(text: str) -> None:
    """Nonsense, values out of range and the wrong hemisphere letter are refused."""
    with pytest.raises(CoordinateError) as caught:
        angle(text, "lat")
    assert not caught.value.ambiguous


@pytest.mark.parametrize(
    "text",
    [
        "31.204N 124.097E",
        "124.097E 31.204N",
        "N31.204 E124.097",
        "31°12.24'N, 124°05.82'E",
        "31°12.24'N124°05.82'E",
        "31.204, 124.097",
        "124.097 31.204",
        "31,204; 124,097",
        "31,204, 124,097",
        "31.204/124.097",
        "北緯31.204 東経124.097",
    ],
)
def test_one_position_in_many_hands(text: str) -> None:
    """Either order will do when letters or sizes tell which is the longitude."""
    assert position(text) == pytest.approx((124.097, 31.204), abs=1e-9)


@pytest.mark.parametrize("text", ["31.2, 24.1", "31.2 24.1", "12 31"])
def test_order_is_not_guessed(text: str) -> None:
    """Two angles that could each be a latitude are refused."""
    with pytest.raises(CoordinateError) as caught:
        position(text)
    assert caught.value.ambiguous


def test_endless_text_is_refused_at_once() -> None:
    """A text longer than any position is not even looked at."""
    with pytest.raises(CoordinateError, match="at most 100"):
        position("N " + " " * 1_000_000 + "1E")


@pytest.mark.parametrize("text", ["31 12 14 124 05 49", "31.2", "31N 124N", ""])
def test_what_is_no_position_is_refused(text: str) -> None:
    """Too many parts, too few, or two latitudes are no position."""
    with pytest.raises(CoordinateError):
        position(text)


@given(st.floats(-180, 180), st.floats(-79.9, 83.9))
def test_grid_reference_returns_the_place_it_names(lon: float, lat: float) -> None:
    """A place written in MGRS by an independent hand is read back within a metre."""
    back_lon, back_lat = mgrs(_as_mgrs(lon, lat))
    assert back_lat == pytest.approx(lat, abs=2e-5)
    assert (back_lon - lon + 180) % 360 - 180 == pytest.approx(0, abs=2e-4)


@pytest.mark.parametrize("text", ["51RVQ", "51RVQ123", "61RVQ1234", "51RAQ1234", "51IVQ1234", "0"])
def test_impossible_grid_reference_is_refused(text: str) -> None:
    """Odd digits, a bare 100 km square and squares that do not exist are refused."""
    with pytest.raises(CoordinateError):
        mgrs(text)


@given(st.text("0123456789.,-+°'\"NSEWRVQ ;/", max_size=24))
def test_any_text_gives_a_place_or_a_reason(text: str) -> None:
    """Nothing a user types raises anything but a coordinate error."""
    for read in (position, mgrs, lambda t: (angle(t, "lon"), angle(t, "lat"))):
        with suppress(CoordinateError):
            lon, lat = read(text)
            assert abs(lon) <= 180
            assert abs(lat) <= 90


@given(st.floats(-180, 180))
def test_a_number_of_any_length_is_itself(lon: float) -> None:
    """What a computer wrote is read back to the last digit, and never taken for minutes."""
    assert angle(repr(lon), "lon") == lon


@given(st.floats(-180, 180), st.booleans())
def test_minutes_and_seconds_round_trip(lon: float, seconds: bool) -> None:
    """A longitude written in minutes or seconds is read back."""
    side, whole = "W" if lon < 0 else "E", abs(lon)
    minutes = (whole % 1) * 60
    text = f"{int(whole)}°{minutes:.9f}'{side}"
    if seconds:
        text = f"{int(whole)}°{int(minutes)}'{(minutes % 1) * 60:.7f}\"{side}"
    if "60." not in text:
        assert angle(text, "lon") == pytest.approx(lon, abs=1e-8)


def _as_mgrs(lon: float, lat: float) -> str:
    """Write a position in MGRS to one metre, without the exceptions round Norway."""
    zone = min(int((lon + 180) // 6) + 1, 60)
    band = "CDEFGHJKLMNPQRSTUVWX"[min(int((lat + 80) // 8), 19)]
    east, north = Proj(proj="utm", zone=zone, ellps="WGS84")(lon, lat)
    north += 1e7 if lat < 0 else 0
    column = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")[zone % 3][int(east // 1e5) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(north // 1e5) + (0 if zone % 2 else 5)) % 20]
    return f"{zone}{band}{column}{row}{int(east % 1e5):05d}{int(north % 1e5):05d}"
