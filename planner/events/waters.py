"""Where reports can be at all: inside an area, and at sea."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.events.rows import DoubtError
from planner.geo.geodesic import near_longitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.events.regions import Region

_SAMPLE = 128
_DEGREE_NM = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waters:
    """
    The sea that reports are taken from, longitude and latitude in degrees.

    Parameters
    ----------
    area
        Where events may be; None for anywhere.
    land
        Where they may not; None to skip the check.
    coast_error_nm
        How far the coast may be from where `land` has it, in nm.
    coast
        The border of `land`, found once.
    """

    area: shapely.Geometry | None
    land: shapely.Geometry | None
    coast_error_nm: float
    coast: shapely.Geometry | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "coast", self.land and shapely.boundary(self.land))
        for shape in filter(None, (self.area, self.land, self.coast)):
            shapely.prepare(shape)

    def check(self, region: Region) -> None:
        """
        Raise a doubt about a region that lies wholly outside the area or on land.

        Raises
        ------
        DoubtError
            When it does; it says so when the place with its coordinates swapped lies inside.
        """
        lonlat = region.spread(_SAMPLE).lonlat
        if self.area is not None:
            lonlat = near_longitude(lonlat, float(shapely.bounds(self.area)[[0, 2]].mean()))
        outside = self.area is not None and not shapely.contains_xy(self.area, lonlat).any()
        if outside and shapely.contains_xy(self.area, lonlat[:, ::-1]).any():
            raise _doubt(region, lonlat, "the coordinates the other way round?", "perhaps swapped")
        if self._on_land(lonlat):
            raise _doubt(region, lonlat, "a place at sea", "on land")
        if outside:
            raise _doubt(region, lonlat, "a place inside the area", "outside the area")

    def _on_land(self, lonlat: NDArray[np.float64]) -> bool:
        """Tell whether all points lie on land, and farther in than the coast itself is known."""
        if self.land is None or not shapely.contains_xy(self.land, lonlat).all():
            return False
        error_deg = self.coast_error_nm / _DEGREE_NM / np.cos(np.deg2rad(lonlat[:, 1]))
        points = np.asarray(shapely.points(lonlat))
        near = [shapely.dwithin(p, self.coast, e) for p, e in zip(points, error_deg, strict=True)]
        return not all(near)


def _doubt(region: Region, lonlat: NDArray[np.float64], expected: str, why: str) -> DoubtError:
    lon, lat = lonlat.mean(axis=0)
    return DoubtError(found=f"{region.kind} at {lon:.4f}, {lat:.4f}", expected=expected, why=why)
