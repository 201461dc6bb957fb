"""Distances and positions on the ellipsoid, reckoned afresh for the check."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    LonLat = tuple[float, float]

METRES_PER_NM = 1852.0
EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
POLE_M = EQUATOR_M * (1 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)

KEPT = 65_536
"""Lengths remembered: sorties fly the same legs and patterns again and again."""


@lru_cache(maxsize=KEPT)
def geodesic_nm(here: LonLat, there: LonLat) -> float:
    """
    Return the length of the geodesic between two points, in nm.

    Vincenty (1975), "Direct and inverse solutions of geodesics on the ellipsoid with application
    of nested equations", Survey Review 23 (176), the inverse formula on WGS84. Between nearly
    antipodal points, where it does not converge, the points are joined over a third one half-way
    along the great circle, which is never too short.

    Parameters
    ----------
    here, there
        Longitude and latitude in degrees.

    Examples
    --------
    >>> round(geodesic_nm((0, 0), (0, 1)) * 1852)  # a degree of latitude at the equator, m
    110574
    """
    (lon_a, lat_a), (lon_b, lat_b) = here, there
    along = math.radians((lon_b - lon_a + 180) % 360 - 180)
    reduced_a = math.atan((1 - FLATTENING) * math.tan(math.radians(lat_a)))
    reduced_b = math.atan((1 - FLATTENING) * math.tan(math.radians(lat_b)))
    metres = _vincenty_m(reduced_a, reduced_b, along)
    if metres is None:
        middle = _half_way(here, there)
        return geodesic_nm(here, middle) + geodesic_nm(middle, there)
    return metres / METRES_PER_NM


def _vincenty_m(reduced_a: float, reduced_b: float, along: float) -> float | None:
    sin_a, cos_a = math.sin(reduced_a), math.cos(reduced_a)
    sin_b, cos_b = math.sin(reduced_b), math.cos(reduced_b)
    turn = along
    for _ in range(100):
        sin_arc = math.hypot(cos_b * math.sin(turn), cos_a * sin_b - sin_a * cos_b * math.cos(turn))
        if sin_arc == 0:
            return 0.0 if turn == 0 else None
        cos_arc = sin_a * sin_b + cos_a * cos_b * math.cos(turn)
        arc = math.atan2(sin_arc, cos_arc)
        sin_azimuth = cos_a * cos_b * math.sin(turn) / sin_arc
        cos2_azimuth = 1 - sin_azimuth**2
        middle = cos_arc - 2 * sin_a * sin_b / cos2_azimuth if cos2_azimuth > 1e-15 else 0.0
        c = FLATTENING / 16 * cos2_azimuth * (4 + FLATTENING * (4 - 3 * cos2_azimuth))
        series = middle + c * cos_arc * (2 * middle**2 - 1)
        before, turn = (
            turn,
            along + (1 - c) * FLATTENING * sin_azimuth * (arc + c * sin_arc * series),
        )
        if abs(turn) > math.pi:
            return None
        if abs(turn - before) < 1e-12:
            return _arc_m(arc, middle, cos2_azimuth)
    return None


def _arc_m(arc: float, middle: float, cos2_azimuth: float) -> float:
    """Return the length of an arc of the auxiliary sphere, in metres (Vincenty's eqs. 3 to 6)."""
    u2 = cos2_azimuth * (EQUATOR_M**2 - POLE_M**2) / POLE_M**2
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    cos_arc, sin_arc = math.cos(arc), math.sin(arc)
    inner = cos_arc * (2 * middle**2 - 1) - b / 6 * middle * (4 * sin_arc**2 - 3) * (
        4 * middle**2 - 3
    )
    return POLE_M * a * (arc - b * sin_arc * (middle + b / 4 * inner))


def _half_way(here: LonLat, there: LonLat) -> tuple[float, float]:
    """Return a point half-way; over the nearer pole when the points face each other exactly."""
    one, other = (geocentric_nm(np.array(p, dtype=np.float64)) for p in (here, there))
    middle = one + other
    if np.linalg.norm(middle) < 1.0:
        return (here[0], math.copysign(90.0, here[1] + there[1]))
    lon, lat = geographic(middle)
    return (float(lon), float(lat))


def path_nm(points: Sequence[LonLat]) -> float:
    """Return the length of a path of geodesics through points in degrees, in nm."""
    return sum(geodesic_nm(here, there) for here, there in pairwise(points))


def geocentric_nm(lonlat: Floats) -> Floats:
    """Return earth-centred coordinates of points in degrees, shape (..., 3), in nm."""
    lon, lat = np.deg2rad(lonlat[..., 0]), np.deg2rad(lonlat[..., 1])
    normal_m = EQUATOR_M / np.sqrt(1 - ECCENTRICITY2 * np.sin(lat) ** 2)
    x, y = normal_m * np.cos(lat) * np.cos(lon), normal_m * np.cos(lat) * np.sin(lon)
    z = normal_m * (1 - ECCENTRICITY2) * np.sin(lat)
    return np.stack([x, y, z], axis=-1) / METRES_PER_NM


def geographic(direction: Floats) -> Floats:
    """Return lon/lat in degrees of directions from the earth's centre, shape (..., 2)."""
    x, y, z = np.moveaxis(direction, -1, 0)
    lat = np.arctan2(z, (1 - ECCENTRICITY2) * np.hypot(x, y))
    lonlat: Floats = np.rad2deg(np.stack([np.arctan2(y, x), lat], axis=-1))
    return lonlat


def walks(paths: Sequence[Floats], step_nm: float) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """
    Return places along paths, and how far along them they lie.

    Between points a path follows the plane through both and the earth's centre, which stays
    within 0.03 nm of the geodesic for 500 nm.

    Parameters
    ----------
    paths
        Each in degrees, shape (k, 2), with k at least 1.
    step_nm
        Greatest distance between places.

    Returns
    -------
    places, along, owner
        In degrees, shape (n, 2); as shares of the path's length in [0, 1], shape (n,); and the
        index of the path, shape (n,). Longitudes run on from the path's first.
    """
    sizes = np.array([len(path) for path in paths], dtype=np.int64)
    points = np.concatenate([np.zeros((0, 2)), *paths])
    path = np.repeat(np.arange(len(paths)), sizes)
    first = np.cumsum(sizes) - sizes
    corners = geocentric_nm(points)
    # The last corner of a path is a piece of its own, of no length.
    following = np.minimum(np.arange(1, len(points) + 1), (first + sizes - 1)[path])
    chord_nm = np.linalg.norm(corners[following] - corners, axis=1)
    parts = np.maximum(1, np.ceil(chord_nm / step_nm)).astype(np.int64)
    piece = np.repeat(np.arange(len(parts)), parts)
    t = (np.arange(parts.sum()) - (np.cumsum(parts) - parts)[piece]) / parts[piece]
    passed_nm = np.cumsum(chord_nm) - chord_nm
    passed_nm -= passed_nm[first[path]]
    length_nm = np.maximum(np.bincount(path, chord_nm, len(paths)), 1e-12)
    owner = path[piece]
    along = (passed_nm[piece] + chord_nm[piece] * t) / length_nm[owner]
    along[following[piece] == piece] = 1.0
    lonlat = geographic(_on_arcs(corners, following, piece, t))
    start = points[first, 0][owner]
    lonlat[:, 0] = start + (lonlat[:, 0] - start + 180) % 360 - 180
    return lonlat, along, owner


def _on_arcs(
    corners: Floats, following: NDArray[np.int64], piece: NDArray[np.int64], t: Floats
) -> Floats:
    """Return directions at shares `t` of the arcs from corners to those that follow them."""
    way = corners / np.linalg.norm(corners, axis=1, keepdims=True)
    half = np.linalg.norm(way[following] - way, axis=1) / 2
    arc = np.maximum(2 * np.arcsin(np.minimum(half, 1.0)), 1e-9)[piece]
    before, after = np.sin((1 - t) * arc), np.sin(t * arc)
    directions: Floats = before[:, None] * way[piece] + after[:, None] * way[following[piece]]
    return directions
