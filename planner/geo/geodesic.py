"""Lengths, directions and points on the WGS84 ellipsoid, in nautical miles."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Geod

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRES_PER_NM = 1852.0
WGS84 = Geod(ellps="WGS84")


def distance_nm(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return geodesic distances between lon/lat degrees, broadcast over all but the last axis.

    Parameters
    ----------
    a, b
        Positions in degrees, shapes (..., 2) that broadcast.

    Returns
    -------
    distance
        In nm, shape (...). Karney's method, good to nanometres.

    Examples
    --------
    >>> one_degree_north = distance_nm(np.array([125.0, 30.0]), np.array([125.0, 31.0]))
    >>> f"{one_degree_north:.3f}"
    '59.860'
    """
    from_, to = np.broadcast_arrays(a, b)
    _, _, metres = WGS84.inv(from_[..., 0], from_[..., 1], to[..., 0], to[..., 1])
    return np.asarray(metres) / METRES_PER_NM


def distance_matrix_nm(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the symmetric matrix of geodesic distances between points, in nm, shape (n, n)."""
    matrix = np.zeros((len(lonlat), len(lonlat)))
    one, other = np.triu_indices(len(lonlat), k=1)
    matrix[one, other] = distance_nm(lonlat[one], lonlat[other])
    return matrix + matrix.T


def bearing_deg(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the true course at `a` of the geodesic to `b`, in degrees from north, [0, 360)."""
    from_, to = np.broadcast_arrays(a, b)
    azimuth, _, _ = WGS84.inv(from_[..., 0], from_[..., 1], to[..., 0], to[..., 1])
    return np.asarray(azimuth) % 360.0


def destination(
    lonlat: NDArray[np.float64],
    course_deg: NDArray[np.float64] | float,
    distance: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """
    Return where one is after flying a distance from a point on a given initial course.

    Parameters
    ----------
    lonlat
        Positions in degrees, shape (..., 2).
    course_deg
        Initial true course in degrees from north; broadcasts.
    distance
        In nm; broadcasts.

    Returns
    -------
    lonlat
        Positions in degrees, longitude in [-180, 180], shape (..., 2).
    """
    lon, lat, course, metres = np.broadcast_arrays(
        lonlat[..., 0], lonlat[..., 1], course_deg, np.asarray(distance) * METRES_PER_NM
    )
    reached_lon, reached_lat, _ = WGS84.fwd(lon, lat, course, metres)
    return np.stack([reached_lon, reached_lat], axis=-1)


def densify(path: NDArray[np.float64], *, step_nm: float) -> NDArray[np.float64]:
    """
    Return a path with points added along its geodesics, none further apart than `step_nm`.

    Parameters
    ----------
    path
        Turn points in degrees, shape (n, 2) with n at least 2.
    step_nm
        Longest distance between neighbouring points, in nm. Must be positive.

    Returns
    -------
    path
        Shape (m, 2), m at least n; longitudes run on without a jump across the antimeridian.
    """
    pieces = [_between(a, b, step_nm) for a, b in pairwise(path)]
    dense = np.vstack([*pieces, path[-1:]])
    dense[:, 0] = np.unwrap(dense[:, 0], period=360.0)
    return dense


def along_nm(path: NDArray[np.float64]) -> float:
    """Return the length of a path of geodesics through points of shape (n, 2), in nm."""
    return float(distance_nm(path[:-1], path[1:]).sum())


def disc(
    lonlat: NDArray[np.float64], radius_nm: float, *, corners: int = 72
) -> NDArray[np.float64]:
    """Return the open ring of points at a geodesic distance of a position, shape (corners, 2)."""
    ring = destination(lonlat, np.linspace(0.0, 360.0, corners, endpoint=False), radius_nm)
    return near_longitude(ring, float(lonlat[0]))


def near_longitude(lonlat: NDArray[np.float64], centre_deg: float) -> NDArray[np.float64]:
    """Return positions with longitudes within 180 degrees of `centre_deg`."""
    shifted = lonlat.copy()
    shifted[..., 0] = (lonlat[..., 0] - centre_deg + 180.0) % 360.0 - 180.0 + centre_deg
    return shifted


def _between(a: NDArray[np.float64], b: NDArray[np.float64], step_nm: float) -> NDArray[np.float64]:
    steps = max(1, int(np.ceil(float(distance_nm(a, b)) / step_nm)))
    inner = WGS84.npts(a[0], a[1], b[0], b[1], steps - 1) if steps > 1 else []
    return np.vstack([a[None, :], np.array(inner).reshape(-1, 2)])
