"""How much of a flight lies inside a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.geo.geodesic import distance_nm
from planner.geo.plane import Plane, middle
from planner.geo.walls import flat_area, window_round

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.geo.legs import Legs


def inside_nm(
    legs: Legs, zone: shapely.Geometry, *, flown: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """
    Return how much of each leg lies inside a zone, in nm, shape (P, P).

    Parameters
    ----------
    legs
        The legs; those that do not exist count zero.
    zone
        Area in lon/lat degrees.
    flown
        Legs asked for, in either direction, shape (P, P); the others count zero. All when not
        given.
    """
    inside = np.zeros_like(legs.distance_nm)
    asked = np.isfinite(legs.distance_nm) & (True if flown is None else flown | flown.T)
    one, other = np.nonzero(np.triu(asked, k=1))
    if len(one):
        paths = [legs.path(i, j) for i, j in zip(one.tolist(), other.tolist(), strict=True)]
        inside[one, other] = _inside_nm(paths, zone)
    return inside + inside.T


def hours_inside(path: NDArray[np.float64], zone: shapely.Geometry, speed_kn: float) -> float:
    """
    Return the hours flown inside a zone along a path of geodesics.

    Parameters
    ----------
    path
        Points flown in degrees, shape (k, 2), all within a hemisphere.
    zone
        Area in lon/lat degrees.
    speed_kn
        Ground speed in knots. Must be positive.
    """
    return float(_inside_nm([path], zone)[0]) / speed_kn


def _inside_nm(paths: list[NDArray[np.float64]], zone: shapely.Geometry) -> NDArray[np.float64]:
    """Return how much of each path of geodesics lies inside a zone, in nm."""
    points, owner = np.vstack(paths), np.repeat(np.arange(len(paths)), [len(p) for p in paths])
    plane = Plane("gnom", *middle(points))
    xy = plane.xy(points)
    area = flat_area(zone, plane, window_round(xy, 0.0))
    lines = np.asarray(shapely.linestrings(xy, indices=owner))
    touched = np.flatnonzero(shapely.intersects(area, lines))
    parts, line = shapely.get_parts(shapely.intersection(area, lines[touched]), return_index=True)
    ends, part = shapely.get_coordinates(parts, return_index=True)
    lonlat = plane.lonlat(ends)
    along = distance_nm(lonlat[:-1], lonlat[1:]) * (part[:-1] == part[1:])
    inside = np.zeros(len(paths))
    np.add.at(inside, touched[line[part[:-1]]], along)
    return inside
