"""The coast as the map draws it: round the plans, thinned, never used for checking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import mapping

from planner.geo.coast import load_land

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.plan import Plan

MARGIN_DEG = 14.0
TOLERANCE_DEG = 0.008


def land_around(plans: Sequence[Plan]) -> dict[str, Any]:
    """Return the countries round the plans' cells and stations, as a GeoJSON collection."""
    countries: tuple[Any, ...] = load_land(_bounds(plans)).display(TOLERANCE_DEG)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": country.name},
                "geometry": mapping(country.land),
            }
            for country in countries
            if not shapely.is_empty(country.land)
        ],
    }


def _bounds(plans: Sequence[Plan]) -> tuple[float, float, float, float]:
    places = [(cell.lon, cell.lat) for plan in plans for cell in plan.cells]
    places += [(station.lon, station.lat) for plan in plans for station in plan.stations]
    lons, lats = zip(*places, strict=True) if places else ((128.0,), (30.0,))
    # Whole degrees, so that plans of one theatre share a coast.
    west, east = round(min(lons) - MARGIN_DEG), round(max(lons) + MARGIN_DEG)
    south, north = round(min(lats) - MARGIN_DEG), round(max(lats) + MARGIN_DEG)
    return west, max(-84, south), min(east, west + 360), min(84, north)
