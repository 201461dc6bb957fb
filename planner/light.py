"""Where sun and moon stand, and what light they leave to search by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Moments = NDArray[np.datetime64]

SUNRISE_DEG = -0.833
"""Altitude of the sun's centre at sunrise: 34' of refraction and 16' of radius (Meeus, ch. 15)."""

NIGHT_DEG = -12.0
"""The sun lower than this is night: end of nautical twilight, when the sea's horizon goes."""

MOONRISE_DEG = -0.833
"""Altitude of the moon's centre, parallax taken off, at which its upper limb rises."""

MOONLIT_SHARE = 0.5
"""Least lit share of the disk for a moonlit night: FAA Aeronautical Information Manual 10-2-2,
where the moon, up and at least 50 % illuminated, makes "high lighting conditions"."""

EARTH_RADIUS_KM = 6378.14
SUN_DISTANCE_KM = 149_597_871.0
DYNAMICAL_TIME_S = 69.0
"""Terrestrial less universal time; 69.1 to 69.4 s from 2017 to 2026 (IERS)."""

J2000 = np.datetime64("2000-01-01T12:00:00")


LONGITUDE_TERMS = np.array(
    [
        # multiples of the four arguments, longitude (1e-6 degrees), distance (1e-3 km)
        [0, 0, 1, 0, 6288774, -20905355],
        [2, 0, -1, 0, 1274027, -3699111],
        [2, 0, 0, 0, 658314, -2955968],
        [0, 0, 2, 0, 213618, -569925],
        [0, 1, 0, 0, -185116, 48888],
        [0, 0, 0, 2, -114332, -3149],
        [2, 0, -2, 0, 58793, 246158],
        [2, -1, -1, 0, 57066, -152138],
        [2, 0, 1, 0, 53322, -170733],
        [2, -1, 0, 0, 45758, -204586],
        [0, 1, -1, 0, -40923, -129620],
        [1, 0, 0, 0, -34720, 108743],
        [0, 1, 1, 0, -30383, 104755],
        [2, 0, 0, -2, 15327, 10321],
        [0, 0, 1, 2, -12528, 0],
        [0, 0, 1, -2, 10980, 79661],
        [4, 0, -1, 0, 10675, -34782],
        [0, 0, 3, 0, 10034, -23210],
        [4, 0, -2, 0, 8548, -21636],
        [2, 1, -1, 0, -7888, 24208],
        [2, 1, 0, 0, -6766, 30824],
        [1, 0, -1, 0, -5163, -8379],
        [1, 1, 0, 0, 4987, -16675],
        [2, -1, 1, 0, 4036, -12831],
        [2, 0, 2, 0, 3994, -10445],
        [4, 0, 0, 0, 3861, -11650],
        [2, 0, -3, 0, 3665, 14403],
        [0, 1, -2, 0, -2689, -7003],
        [2, 0, -1, 2, -2602, 0],
        [2, -1, -2, 0, 2390, 10056],
        [1, 0, 1, 0, -2348, 6322],
        [2, -2, 0, 0, 2236, -9884],
        [0, 1, 2, 0, -2120, 5751],
        [0, 2, 0, 0, -2069, 0],
        [2, -2, -1, 0, 2048, -4950],
        [2, 0, 1, -2, -1773, 4130],
        [2, 0, 0, 2, -1595, 0],
        [4, -1, -1, 0, 1215, -3958],
        [0, 0, 2, 2, -1110, 0],
    ],
    dtype=np.float64,
)

LATITUDE_TERMS = np.array(
    [
        # multiples of the four arguments, latitude (1e-6 degrees)
        [0, 0, 0, 1, 5128122],
        [0, 0, 1, 1, 280602],
        [0, 0, 1, -1, 277693],
        [2, 0, 0, -1, 173237],
        [2, 0, -1, 1, 55413],
        [2, 0, -1, -1, 46271],
        [2, 0, 0, 1, 32573],
        [0, 0, 2, 1, 17198],
        [2, 0, 1, -1, 9266],
        [0, 0, 2, -1, 8822],
        [2, -1, 0, -1, 8216],
        [2, 0, -2, -1, 4324],
        [2, 0, 1, 1, 4200],
        [2, 1, 0, -1, -3359],
        [2, -1, -1, 1, 2463],
        [2, -1, 0, 1, 2211],
        [2, -1, -1, -1, 2065],
        [0, 1, -1, -1, -1870],
        [4, 0, -1, -1, 1828],
        [0, 1, 0, 1, -1794],
        [0, 0, 0, 3, -1749],
        [0, 1, -1, 1, -1565],
        [1, 0, 0, 1, -1491],
        [0, 1, 1, 1, -1475],
        [0, 1, 1, -1, -1410],
        [0, 1, 0, -1, -1344],
        [1, 0, 0, -1, -1335],
        [0, 0, 3, 1, 1107],
        [4, 0, 0, -1, 1021],
    ],
    dtype=np.float64,
)


class Light(IntEnum):
    """Light to search by."""

    DAY = 0
    TWILIGHT = 1
    MOONLIT = 2
    DARK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """
    Sun or moon as seen from the earth's centre, at several times.

    Parameters
    ----------
    longitude, latitude
        Apparent ecliptic place, in radians, shape (B,).
    distance_km
        Distance of its centre from the earth's, in km, shape (B,).
    """

    longitude: Floats
    latitude: Floats
    distance_km: Floats


def light_class(lonlat: Floats, times: Moments) -> NDArray[np.int64]:
    """
    Return the light at each place and time.

    Day while the sun's limb is up, twilight until the sun is 12° down, then a moonlit night when
    at least half of the moon's disk is lit and it is up, else a dark night. Cloud is not known
    here.

    Parameters
    ----------
    lonlat
        Places, in degrees, shape (n, 2).
    times
        Moments in universal time, shape (B,).

    Returns
    -------
    light
        Values of `Light`, shape (n, B).

    Examples
    --------
    >>> noon, midnight = np.datetime64("2020-02-17T03:00"), np.datetime64("2020-02-17T15:00")
    >>> [Light(each).name for each in light_class(np.array([[127.8, 26.4]]), [noon, midnight])[0]]
    ['DAY', 'DARK']
    """
    sun_deg = sun_altitude(lonlat, times)
    moon_up = moon_altitude(lonlat, times) > MOONRISE_DEG
    moonlit = moon_up & (moon_share(times) >= MOONLIT_SHARE)
    by_night = np.where(moonlit, Light.MOONLIT, Light.DARK)
    by_dusk = np.where(sun_deg > NIGHT_DEG, Light.TWILIGHT, by_night)
    light: NDArray[np.int64] = np.where(sun_deg > SUNRISE_DEG, Light.DAY, by_dusk)
    return light


def sun_altitude(lonlat: Floats, times: Moments) -> Floats:
    """Return the altitude of the sun's centre in degrees, without refraction, shape (n, B)."""
    return altitude_azimuth(sun(times), lonlat, times)[0]


def moon_altitude(lonlat: Floats, times: Moments) -> Floats:
    """Return the altitude of the moon's centre in degrees, parallax taken off, shape (n, B)."""
    return altitude_azimuth(moon(times), lonlat, times)[0]


def moon_share(times: Moments) -> Floats:
    """
    Return the lit share of the moon's disk, in [0, 1], shape (B,).

    Meeus (1998), Astronomical Algorithms, eqs. 48.1 to 48.3.
    """
    the_sun, the_moon = sun(times), moon(times)
    cos_apart = np.cos(the_moon.latitude) * np.cos(the_moon.longitude - the_sun.longitude)
    sin_apart = np.sqrt(np.clip(1 - cos_apart**2, 0, 1))
    phase = np.arctan2(
        the_sun.distance_km * sin_apart, the_moon.distance_km - the_sun.distance_km * cos_apart
    )
    share: Floats = (1 + np.cos(phase)) / 2
    return share


def solar_hour(lon: Floats, times: Moments) -> Floats:
    """
    Return local mean solar time as hours in [0, 24), shape (n, B), for longitudes of shape (n,).

    Examples
    --------
    >>> float(solar_hour(np.array([135.0]), np.array(["2020-02-17T03:00"], "datetime64[m]"))[0, 0])
    12.0
    """
    utc_h = 24 * _days(times) + 12
    hour: Floats = (utc_h + np.asarray(lon)[:, None] / 15) % 24
    return hour


def moments(start: datetime, hours: Floats) -> Moments:
    """
    Return the moments that lie some hours after an aware start, to the millisecond.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moments(datetime(2020, 2, 17, tzinfo=UTC), np.array([0.0, 1.5])).astype(str).tolist()
    ['2020-02-17T00:00:00.000', '2020-02-17T01:30:00.000']
    """
    start_ms = np.int64(round(start.timestamp() * 1000))
    after_ms = np.rint(np.asarray(hours) * 3_600_000).astype(np.int64)
    times: Moments = (start_ms + after_ms).astype("datetime64[ms]")
    return times


def sun(times: Moments) -> Body:
    """Return the apparent sun, good to 0.01° (Meeus 1998, ch. 25, lower accuracy)."""
    t = _centuries(times)
    anomaly = np.deg2rad(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    centre = (
        (1.914602 - 0.004817 * t) * np.sin(anomaly)
        + (0.019993 - 0.000101 * t) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    true = 280.46646 + 36000.76983 * t + 0.0003032 * t**2 + centre
    eccentricity = 0.016708634 - 0.000042037 * t
    orbit = 1.000001018 * (1 - eccentricity**2)
    radius = orbit / (1 + eccentricity * np.cos(anomaly + np.deg2rad(centre)))
    return Body(
        longitude=np.deg2rad(true - 0.00569 + _nutation(t)),
        latitude=np.zeros_like(t),
        distance_km=radius * SUN_DISTANCE_KM,
    )


def moon(times: Moments) -> Body:
    """
    Return the apparent moon, good to about 0.005°.

    Meeus (1998), ch. 47, tables 47.A and 47.B without the terms below 0.001°; the powers of time
    above the second are left out, as they stay below 0.001° from 1900 to 2100.
    """
    t = _centuries(times)
    mean = np.deg2rad(218.3164477 + 481267.88123421 * t - 0.0015786 * t**2)
    arguments = _delaunay(t)
    shrink = 1 - 0.002516 * t - 0.0000074 * t**2
    angle, weight = _waves(LONGITUDE_TERMS, arguments, shrink)
    along = LONGITUDE_TERMS[:, 4] @ (weight * np.sin(angle))
    away = LONGITUDE_TERMS[:, 5] @ (weight * np.cos(angle))
    angle, weight = _waves(LATITUDE_TERMS, arguments, shrink)
    across = LATITUDE_TERMS[:, 4] @ (weight * np.sin(angle))
    venus = np.deg2rad(119.75 + 131.849 * t)
    along += 3958 * np.sin(venus) + 1962 * np.sin(mean - arguments[3])
    across -= 2235 * np.sin(mean)
    return Body(
        longitude=mean + np.deg2rad(along * 1e-6 + _nutation(t)),
        latitude=np.deg2rad(across * 1e-6),
        distance_km=385000.56 + away * 1e-3,
    )


def altitude_azimuth(body: Body, lonlat: Floats, times: Moments) -> tuple[Floats, Floats]:
    """
    Return altitude and azimuth of a body at each place and time, in degrees, shape (n, B).

    Parallax is that of a sphere of the earth's equatorial radius, which is good to 0.004° for the
    moon. Refraction is left out.
    """
    lon, lat = np.deg2rad(np.asarray(lonlat, dtype=float)).T[:, :, None]
    ascension, declination = equatorial(body, times)
    hour_angle = np.deg2rad(_sidereal(times)) + lon - ascension
    up = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour_angle)
    north = np.cos(lat) * np.sin(declination) - np.sin(lat) * np.cos(declination) * np.cos(
        hour_angle
    )
    east = -np.cos(declination) * np.sin(hour_angle)
    parallax = EARTH_RADIUS_KM / body.distance_km
    altitude = np.rad2deg(np.arctan2(up - parallax, np.hypot(north, east)))
    return altitude, np.rad2deg(np.arctan2(east, north)) % 360


def equatorial(body: Body, times: Moments) -> tuple[Floats, Floats]:
    """Return apparent right ascension and declination in radians, shape (B,) (Meeus, ch. 13)."""
    tilt = np.deg2rad(_obliquity(_centuries(times)))
    sin_lon, tan_lat = np.sin(body.longitude), np.tan(body.latitude)
    ascension = np.arctan2(sin_lon * np.cos(tilt) - tan_lat * np.sin(tilt), np.cos(body.longitude))
    declination = np.arcsin(
        np.sin(body.latitude) * np.cos(tilt) + np.cos(body.latitude) * np.sin(tilt) * sin_lon
    )
    return ascension, declination


def _days(times: Moments) -> Floats:
    days: Floats = (np.asarray(times) - J2000) / np.timedelta64(1, "D")
    return days


def _centuries(times: Moments) -> Floats:
    """Return Julian centuries of dynamical time since J2000."""
    return (_days(times) + DYNAMICAL_TIME_S / 86400) / 36525


def _sidereal(times: Moments) -> Floats:
    """Return apparent sidereal time at Greenwich, in degrees (Meeus, eq. 12.4)."""
    days = _days(times)
    t = days / 36525
    mean = 280.46061837 + 360.98564736629 * days + 0.000387933 * t**2
    return mean + _nutation(t) * np.cos(np.deg2rad(_obliquity(t)))


def _nutation(t: Floats) -> Floats:
    """Return the leading term of nutation in longitude, in degrees (Meeus, ch. 25)."""
    return -0.00478 * np.sin(np.deg2rad(125.04 - 1934.136 * t))


def _obliquity(t: Floats) -> Floats:
    """Return the apparent obliquity of the ecliptic, in degrees (Meeus, eqs. 22.2 and 25.8)."""
    return 23.439291 - 0.0130042 * t + 0.00256 * np.cos(np.deg2rad(125.04 - 1934.136 * t))


def _delaunay(t: Floats) -> Floats:
    """Return elongation, sun's and moon's anomaly, and argument of latitude, in radians (4, B)."""
    degrees = np.stack(
        [
            297.8501921 + 445267.1114034 * t - 0.0018819 * t**2,
            357.5291092 + 35999.0502909 * t - 0.0001536 * t**2,
            134.9633964 + 477198.8675055 * t + 0.0087414 * t**2,
            93.2720950 + 483202.0175233 * t - 0.0036539 * t**2,
        ]
    )
    return np.deg2rad(degrees)


def _waves(terms: Floats, arguments: Floats, shrink: Floats) -> tuple[Floats, Floats]:
    """Return angle and weight of each term, (terms, B); the sun's anomaly shrinks with time."""
    return terms[:, :4] @ arguments, shrink ** np.abs(terms[:, 1])[:, None]
