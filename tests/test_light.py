"""Sun and moon against published places, and the light they leave."""

from datetime import UTC, datetime

import numpy as np
import pytest

from planner.light import (
    DYNAMICAL_TIME_S,
    Light,
    altitude_azimuth,
    equatorial,
    light_class,
    moments,
    moon,
    moon_altitude,
    moon_share,
    solar_hour,
    sun,
    sun_altitude,
)

KADENA = np.array([[127.77, 26.36]])


def dynamical(text: str) -> np.ndarray:
    """Return the moment in universal time of one printed in dynamical time."""
    late = np.timedelta64(int(DYNAMICAL_TIME_S * 1000), "ms")
    return np.array([np.datetime64(text, "ms")]) - late


def universal(*texts: str) -> np.ndarray:
    """Return moments printed in universal time."""
    return np.array(texts, dtype="datetime64[s]")


def test_the_sun_stands_where_meeus_puts_it() -> None:
    """Meeus (1998), example 25.a: 13 October 1992, 0h dynamical time."""
    times = dynamical("1992-10-13")
    ascension, declination = np.rad2deg(equatorial(sun(times), times))
    assert ascension[0] % 360 == pytest.approx(198.38083, abs=0.001)
    assert declination[0] == pytest.approx(-7.78507, abs=0.001)


def test_the_sun_agrees_with_the_exact_theory() -> None:
    """Meeus (1998), example 25.b gives the same moment by the complete VSOP87 theory."""
    times = dynamical("1992-10-13")
    ascension, declination = np.rad2deg(equatorial(sun(times), times))
    assert ascension[0] % 360 == pytest.approx(198.378178, abs=0.01)
    assert declination[0] == pytest.approx(-7.783871, abs=0.01)


def test_the_sun_is_as_high_as_the_solar_position_algorithm_says() -> None:
    """Reda and Andreas (2004), NREL/TP-560-34302, appendix A.5: Golden, Colorado."""
    place, times = np.array([[-105.1786, 39.742476]]), universal("2003-10-17T19:30:30")
    altitude, azimuth = altitude_azimuth(sun(times), place, times)
    assert altitude[0, 0] == sun_altitude(place, times)[0, 0]
    assert altitude[0, 0] == pytest.approx(39.872046, abs=0.01)
    assert azimuth[0, 0] == pytest.approx(194.34024, abs=0.01)


def test_the_moon_stands_where_meeus_puts_it() -> None:
    """Meeus (1998), example 47.a: 12 April 1992, 0h dynamical time."""
    times = dynamical("1992-04-12")
    body = moon(times)
    ascension, declination = np.rad2deg(equatorial(body, times))
    assert ascension[0] == pytest.approx(134.688470, abs=0.005)
    assert declination[0] == pytest.approx(13.768368, abs=0.005)
    assert body.distance_km[0] == pytest.approx(368409.7, abs=30)


def test_the_moon_is_lit_as_meeus_says() -> None:
    """Meeus (1998), example 48.a: k = 0.6786 at the same moment."""
    assert moon_share(dynamical("1992-04-12"))[0] == pytest.approx(0.6786, abs=0.0005)


@pytest.mark.parametrize(
    ("lon", "lat", "moment"),
    [
        (144.1067, 24.2100, "2009-07-22T02:35:19"),  # greatest eclipse, sun 86° high
        (83.00, 25.32, "2009-07-22T00:56:00"),  # Varanasi, sun 13° high: nearly all the parallax
    ],
)
def test_the_moon_covers_the_sun_in_a_total_eclipse(lon: float, lat: float, moment: str) -> None:
    """Espenak and Anderson (2008), NASA/TP-2008-214169: total eclipse of 22 July 2009."""
    place, times = np.array([[lon, lat]]), universal(moment)
    sun_deg, sun_north = altitude_azimuth(sun(times), place, times)
    moon_deg, moon_north = altitude_azimuth(moon(times), place, times)
    across = (sun_north - moon_north) * np.cos(np.deg2rad(sun_deg))
    assert np.hypot(sun_deg - moon_deg, across)[0, 0] < 0.02


def test_full_moon_is_full_and_new_moon_is_new() -> None:
    """Phases of 2020 (Astronomical Almanac): full 9 February 07:33, new 23 February 15:32."""
    full, new = moon_share(universal("2020-02-09T07:33", "2020-02-23T15:32"))
    assert full > 0.995
    assert new < 0.005


def test_the_sun_at_noon_is_as_high_as_latitude_and_declination_allow() -> None:
    """At the March equinox of 2020 (20 March 03:50) it crosses the zenith of the equator."""
    times = universal("2020-03-20T03:50")
    lon = -15 * ((times - np.datetime64("2020-03-20T12:00")) / np.timedelta64(1, "h"))[0]
    equation_of_time_deg = 7.43 / 4  # minutes of time, Meeus ch. 28
    place = np.array([[lon + equation_of_time_deg, 0.0]])
    assert sun_altitude(place, times)[0, 0] > 89.9


def test_light_runs_through_the_night() -> None:
    """Noon, dusk, and then night with the full moon of 9 February 2020 up or that of 23 down."""
    times = universal(
        "2020-02-09T03:00", "2020-02-09T09:40", "2020-02-09T15:00", "2020-02-23T15:00"
    )
    assert light_class(KADENA, times)[0].tolist() == [
        Light.DAY,
        Light.TWILIGHT,
        Light.MOONLIT,
        Light.DARK,
    ]


def test_the_polar_night_has_no_day() -> None:
    """At 80° north in December the sun never rises."""
    times = universal(*(f"2020-12-21T{hour:02}:00" for hour in range(24)))
    assert (light_class(np.array([[130.0, 80.0]]), times) != Light.DAY).all()


def test_many_places_at_many_times_are_as_one_by_one() -> None:
    """The arrays mean what their shapes say."""
    places = np.array([[127.77, 26.36], [131.0, -33.0], [-150.0, 60.0]])
    times = universal("2020-02-17T00:00", "2020-06-17T11:30")
    together = moon_altitude(places, times)
    alone = [[moon_altitude(p[None], t[None])[0, 0] for t in times] for p in places]
    np.testing.assert_allclose(together, alone)


def test_solar_noon_follows_the_longitude() -> None:
    """Fifteen degrees of longitude are an hour, also across midnight."""
    hours = solar_hour(np.array([0.0, 15.0, -15.0]), universal("2020-02-17T23:30"))
    assert hours[:, 0].tolist() == pytest.approx([23.5, 0.5, 22.5])


def test_moments_are_hours_after_the_start() -> None:
    """Hours inside become moments at the rim, whatever the zone the start is given in."""
    start = datetime.fromisoformat("2020-02-17T09:00:00+09:00")
    assert moments(start, np.array([0.25]))[0] == np.datetime64("2020-02-17T00:15")
    assert start.astimezone(UTC).hour == 0
