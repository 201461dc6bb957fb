"""Flat maps in nautical miles: equal-area for cells, gnomonic for legs, equidistant for limits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import shapely
from pyproj import Proj

from planner.geo.geodesic import near_longitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shapes = TypeVar("Shapes", shapely.Geometry, "NDArray[Any]")
Kind = Literal["laea", "gnom", "aeqd"]

# Edges given in degrees are straight in degrees (RFC 7946); a quarter of a degree bends by 10 m.
EDGE_DEG = 0.25


@dataclass(frozen=True, slots=True)
class Plane:
    """
    A map projection of the WGS84 ellipsoid about a point, in nm.

    Parameters
    ----------
    kind
        ``laea`` keeps areas, ``gnom`` draws geodesics straight (within a hemisphere), ``aeqd``
        keeps distances from the centre.
    lon, lat
        The centre, in degrees.
    """

    kind: Kind
    lon: float
    lat: float

    def xy(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return plane coordinates in nm of lon/lat degrees; infinite where there are none."""
        x, y = self._projection()(lonlat[..., 0], lonlat[..., 1])
        return np.stack([x, y], axis=-1)

    def lonlat(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return lon/lat degrees of plane coordinates, longitudes running on from the centre's."""
        lon, lat = self._projection()(xy[..., 0], xy[..., 1], inverse=True)
        return near_longitude(np.stack([lon, lat], axis=-1), self.lon)

    def flatten(self, shapes: Shapes) -> Shapes:
        """Return lon/lat geometries (one or an array) drawn in the plane, long edges divided."""
        return shapely.transform(shapely.segmentize(shapes, EDGE_DEG), self.xy)

    def unflatten(self, shapes: Shapes) -> Shapes:
        """Return plane geometries (one or an array) in lon/lat degrees."""
        return shapely.transform(shapes, self.lonlat)

    def _projection(self) -> Proj:
        return _projection(self.kind, self.lon, self.lat)


@lru_cache(maxsize=256)
def _projection(kind: Kind, lon: float, lat: float) -> Proj:
    return Proj(proj=kind, lon_0=lon, lat_0=lat, ellps="WGS84", to_meter=1852.0)


def middle(lonlat: NDArray[np.float64]) -> tuple[float, float]:
    """
    Return the lon/lat of the middle direction of points on the globe, shape (n, 2).

    Examples
    --------
    >>> tuple(round(x, 6) for x in middle(np.array([[179.0, 0.0], [-179.0, 0.0]])))
    (180.0, 0.0)
    """
    lon, lat = np.deg2rad(lonlat).T
    across = np.cos(lat)
    east, north, up = (
        (across * np.cos(lon)).mean(),
        (across * np.sin(lon)).mean(),
        np.sin(lat).mean(),
    )
    return (
        float(np.rad2deg(np.arctan2(north, east))),
        float(np.rad2deg(np.arctan2(up, np.hypot(east, north)))),
    )
