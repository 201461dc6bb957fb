"""Where a reported transfer may have been: a point, a circle, a sector or an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely
from scipy.special import ndtri

from planner.geo.geodesic import destination, near_longitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rings = tuple[NDArray[np.float64], ...]

KM_PER_NM = 1.852
EARTH_RADIUS_NM = 3440.07
_SD_PER_R90 = 1 / np.sqrt(-2 * np.log(0.1))
_SDS_OF_90 = 1.645
_OUTLINE_POINTS = 48


@dataclass(frozen=True, slots=True)
class Spread:
    """
    Weighted points that stand for the density of a position.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, shape (n, 2).
    share
        Share of the belief at each point, shape (n,), sums to 1.
    """

    lonlat: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def sigma_nm(self) -> float:
        """Root mean square distance from the centre along one axis, in nm."""
        lon, lat = np.deg2rad(self.lonlat.T)
        unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        centre = unit @ self.share
        lost = max(0.0, 1 - float(centre @ centre))
        return float(np.sqrt(lost / 2)) * EARTH_RADIUS_NM


class Region(Protocol):
    """Anything that says where an event may have been."""

    @property
    def kind(self) -> str:
        """Its name in a file of reports."""
        ...

    def outline(self) -> Rings:
        """Return closed rings of longitude and latitude, each of shape (m, 2), for maps."""
        ...

    def spread(self, points: int) -> Spread:
        """Return about `points` weighted points, the same ones every time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    A position with normal error.

    Parameters
    ----------
    lon, lat
        The position, in degrees.
    radius_km
        Radius that holds the true position with probability 0.9, in km; zero when exact.
    """

    lon: float
    lat: float
    radius_km: float = 0.0

    kind = "point"

    def outline(self) -> Rings:
        """Return the circle that holds the position with probability 0.9, or four times a point."""
        if self.radius_km == 0:
            return (np.tile([self.lon, self.lat], (4, 1)),)
        return (_circle(self.lon, self.lat, self.radius_km),)

    def spread(self, points: int) -> Spread:
        """Return points of a normal density."""
        if self.radius_km == 0:
            return Spread(np.array([[self.lon, self.lat]]), np.ones(1))
        away, bearing = _normal(_even(points, 2), self.radius_km * _SD_PER_R90)
        return _equal(_ahead(np.array([self.lon, self.lat]), bearing, away))


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """
    Anywhere within a distance of a position, with even belief.

    Parameters
    ----------
    lon, lat
        The centre, in degrees.
    radius_km
        The distance, in km. Must be positive.
    """

    lon: float
    lat: float
    radius_km: float

    kind = "circle"

    def outline(self) -> Rings:
        """Return the circle."""
        return (_circle(self.lon, self.lat, self.radius_km),)

    def spread(self, points: int) -> Spread:
        """Return points spread evenly over the disc."""
        u, v = _even(points, 2)
        centre = np.array([self.lon, self.lat])
        return _equal(_ahead(centre, 360 * v, self.radius_km * np.sqrt(u)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """
    A range and bearing from a place, each known as well as it was told.

    Parameters
    ----------
    ref_lon, ref_lat
        The place it was measured from, in degrees.
    distance_km
        Distance from there, in km.
    rounding_km
        Step the distance was rounded to, in km: it may be half a step longer or shorter.
    bearing_deg
        True bearing from the place, in degrees.
    half_width_deg
        How far the bearing may be off to either side, in degrees, up to 180.
    ref_sd_km
        Standard deviation of the place along one axis, in km: a city is not a point.
    """

    ref_lon: float
    ref_lat: float
    distance_km: float
    rounding_km: float
    bearing_deg: float
    half_width_deg: float
    ref_sd_km: float = 0.0

    kind = "range_bearing"

    def outline(self) -> Rings:
        """Return the sector, widened for the reference so that it holds about nine tenths."""
        slack_km = self.rounding_km / 2 + _SDS_OF_90 * self.ref_sd_km
        near_km, far_km = max(0.0, self.distance_km - slack_km), self.distance_km + slack_km
        sideways = np.degrees(np.arctan2(self.ref_sd_km, self.distance_km))
        width = self.half_width_deg + float(sideways)
        if width >= 180:
            return (_circle(self.ref_lon, self.ref_lat, far_km),)
        bearing = self.bearing_deg + np.linspace(-width, width, _OUTLINE_POINTS)
        reference = np.array([self.ref_lon, self.ref_lat])
        far = _ahead(reference, bearing, far_km)
        near = _ahead(reference, bearing, near_km)
        return (np.vstack([far, near[::-1], far[:1]]),)

    def spread(self, points: int) -> Spread:
        """Return points with even bearing and distance, and a normal reference."""
        u, v, *error = _even(points, 4)
        away, bearing = _normal(np.stack(error), self.ref_sd_km)
        start = _ahead(np.array([self.ref_lon, self.ref_lat]), bearing, away)
        bearing = self.bearing_deg + (2 * u - 1) * self.half_width_deg
        away = np.maximum(0.0, self.distance_km + (v - 0.5) * self.rounding_km)
        return _equal(_ahead(start, bearing, away))


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """
    Somewhere in an area of sea, with even belief.

    Parameters
    ----------
    polygon
        The area, longitude and latitude in degrees; valid, not empty, not across the antimeridian.
    """

    polygon: shapely.Polygon | shapely.MultiPolygon

    kind = "area"

    def outline(self) -> Rings:
        """Return the outer ring of each part."""
        return tuple(
            np.asarray(part.exterior.coords)[:, :2] for part in shapely.get_parts(self.polygon)
        )

    def spread(self, points: int) -> Spread:
        """Return points spread evenly over the area on the globe."""
        west, south, east, north = self.polygon.bounds
        low, high = np.sin(np.deg2rad([south, north]))
        shapely.prepare(self.polygon)
        for tries in (8 * points, 512 * points):
            u, v = _even(tries, 2)
            lat = np.rad2deg(np.arcsin(low + u * (high - low)))
            lonlat = np.column_stack([west + v * (east - west), lat])
            within = lonlat[shapely.contains_xy(self.polygon, lonlat)][:points]
            if len(within) == points:
                return _equal(within)
        return _equal(shapely.get_coordinates(shapely.point_on_surface(self.polygon)))


def _even(points: int, dimensions: int) -> NDArray[np.float64]:
    """
    Return evenly filling numbers in (0, 1), shape (dimensions, points).

    The additive recurrence whose step is a power of the generalised golden ratio: Roberts, M.
    (2018). The unreasonable effectiveness of quasirandom sequences.
    """
    ratio = 2.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    step = ratio ** -np.arange(1.0, dimensions + 1)
    filled: NDArray[np.float64] = (0.5 + np.outer(step, np.arange(1, points + 1))) % 1
    return np.clip(filled, 1e-12, 1 - 1e-12)


def _normal(
    even: NDArray[np.float64], sd_km: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distance in km and bearing in degrees of normal errors, from even numbers (2, n)."""
    north, east = sd_km * ndtri(even)
    return np.hypot(north, east), np.degrees(np.arctan2(east, north))


def _ahead(
    lonlat: NDArray[np.float64],
    bearing_deg: NDArray[np.float64],
    distance_km: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Return the points at a distance, with longitudes that run on across the antimeridian."""
    reached = destination(lonlat, bearing_deg, np.asarray(distance_km) / KM_PER_NM)
    return near_longitude(reached, float(lonlat.flat[0]))


def _circle(lon: float, lat: float, radius_km: float) -> NDArray[np.float64]:
    bearing = np.linspace(0.0, 360.0, _OUTLINE_POINTS + 1) % 360.0
    return _ahead(np.array([lon, lat]), bearing, radius_km)


def _equal(lonlat: NDArray[np.float64]) -> Spread:
    return Spread(lonlat, np.full(len(lonlat), 1 / len(lonlat)))
