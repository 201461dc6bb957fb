"""The coast as the map draws it: round the plans, thinned, never used for checking."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import mapping

from planner.geo.coast import load_land

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.geo.coast import Bounds
    from planner.plan import Plan

MARGIN_DEG = 14.0
TOLERANCE_DEG = 0.008
KEPT = 8


def land_around(places: Iterable[tuple[float, float]]) -> dict[str, Any]:
    """Return the countries round some places in lon/lat degrees, as a GeoJSON collection."""
    return _land_within(_bounds(list(places)))


def places_of(plans: Sequence[Plan]) -> Iterator[tuple[float, float]]:
    """Yield where the cells and stations of plans lie."""
    for plan in plans:
        yield from ((cell.lon, cell.lat) for cell in plan.cells)
        yield from ((station.lon, station.lat) for station in plan.stations)


@lru_cache(maxsize=KEPT)
def _land_within(bounds: Bounds) -> dict[str, Any]:
    countries: tuple[Any, ...] = load_land(bounds).display(TOLERANCE_DEG)
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


def _bounds(places: list[tuple[float, float]]) -> Bounds:
    lons, lats = zip(*places, strict=True) if places else ((128.0,), (30.0,))
    # Whole degrees, so that plans of one theatre share a coast.
    west, east = round(min(lons) - MARGIN_DEG), round(max(lons) + MARGIN_DEG)
    south, north = round(min(lats) - MARGIN_DEG), round(max(lats) + MARGIN_DEG)
    return west, max(-84, south), min(east, west + 360), min(84, north)
