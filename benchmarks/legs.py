"""
Measure cells, closed airspace and legal legs over the real coast.

Usage: ``taskset -c 1 python benchmarks/legs.py``. The budget is 3 s for 200 points.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from planner.airspace import closed_airspace, standing_zones
from planner.geo.coast import load_land
from planner.geo.crossing import inside_nm
from planner.geo.geodesic import distance_matrix_nm
from planner.geo.grid import area_polygon, hex_grid
from planner.geo.legs import legal_legs
from planner.geo.searchable import searchable

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")

AREA = (119.0, 24.0, 132.0, 40.0)
COAST = (110.0, 18.0, 146.0, 48.0)
STATIONS = np.array([[130.85, 31.37], [127.65, 26.2], [139.45, 35.45], [127.77, 26.36]])
SIZES_NM2 = (3000.0, 1300.0, 600.0, 240.0)


def main() -> None:
    """Print one line for each thing measured."""
    land = timed("coast", lambda: load_land(COAST))
    zones = timed("zones", lambda: standing_zones(land))
    closed = closed_airspace(zones)
    adiz = next(zone for zone in zones if zone.id == "china-adiz")
    shore = land.whole()
    for size_nm2 in (80.0, *SIZES_NM2):
        grid = timed("cells", lambda: hex_grid(area_polygon(AREA), size_nm2, shore))  # noqa: B023
        found = timed("searchable", lambda: searchable(grid, closed))  # noqa: B023
        if size_nm2 not in SIZES_NM2:
            continue
        points = np.vstack([found.anchor_lonlat[found.open], STATIONS])
        legs = timed("legs", lambda: legal_legs(points, closed))  # noqa: B023
        if len(points) < 500:
            timed("inside the ADIZ", lambda: inside_nm(legs, adiz.geometry))  # noqa: B023
        reached = np.isfinite(legs.distance_nm)
        longer = legs.distance_nm[reached] - distance_matrix_nm(points)[reached]
        print(
            f"    {len(points)} points, {len(legs.turn_lonlat)} corners, "
            f"{np.mean(legs.last >= 0) * 2:.1%} of legs turn, "
            f"{1 - reached.mean():.1%} have no leg, longest detour {longer.max():.0f} nm"
        )


def timed(what: str, make: Callable[[], Made]) -> Made:
    """Return what is made, and print how long it took."""
    began = time.perf_counter()
    made = make()
    count = f"{len(made):>5}" if hasattr(made, "__len__") else ""
    print(f"{what:16} {time.perf_counter() - began:7.3f} s {count}")
    return made


if __name__ == "__main__":
    main()
