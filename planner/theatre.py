"""The sea area of a scenario: its cells, its airspace, and what of it may be searched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.airspace import Zone, closed_airspace, read_zones, standing_zones, with_rules
from planner.cache import NOTHING_KEPT, Cache
from planner.errors import Fault, FaultsError, ScenarioError
from planner.geo.coast import bounds_round, charts_around, load_land
from planner.geo.grid import hex_grid
from planner.geo.limits import kept_territorial_sea
from planner.geo.searchable import Searchable, searchable
from planner.inputs import beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.fleet import Base
    from planner.geo.coast import Bounds, Land
    from planner.geo.grid import Grid
    from planner.scenario.model import Scenario

ROOM_NM = 60.0
ROUND_CELLS = 5_000
DPRK_ZONES = ("dprk-military-east", "dprk-military-west")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """
    Where a scenario takes place.

    Parameters
    ----------
    area
        The scenario's polygon in lon/lat degrees.
    land
        The coast, well beyond the area and the stations.
    grid
        Cells of the area.
    zones
        Airspace with the scenario's rules, its own files included.
    sea
        What of each cell may be searched, heeding airspace that is closed all the time.
    notes
        What the reader should know of the scenario's own airspace.
    """

    area: shapely.Polygon
    land: Land
    grid: Grid
    zones: tuple[Zone, ...]
    sea: Searchable
    notes: tuple[str, ...] = ()

    def changes_h(self, start: datetime, hours: float) -> list[float]:
        """Return the hours within the period at which closed airspace changes."""
        moments = {
            (moment - start) / timedelta(hours=1)
            for zone in self.zones
            if zone.rule == "closed"
            for moment in (zone.from_time, zone.to_time)
            if moment is not None
        }
        return sorted(hour for hour in moments if 0 < hour < hours)


def lay_out(scenario: Scenario, bases: Sequence[Base], cache: Cache = NOTHING_KEPT) -> Theatre:
    """
    Lay cells and airspace over the scenario's area.

    Parameters
    ----------
    scenario
        As resolved.
    bases
        Its stations.
    cache
        Where territorial seas are looked up and kept.

    Raises
    ------
    ScenarioError
        When the area is no polygon, holds no cell, or a station lies in closed airspace; or with
        the faults of the scenario's airspace files.
    """
    area = _area(scenario)
    land = load_land(_charts(area, bases))
    grid = hex_grid(area, scenario.area.cell_nm2, land.whole())
    if len(grid) == 0:
        found = f"an area that holds no cell of {scenario.area.cell_nm2:g} nm²"
        raise ScenarioError([Fault(scenario.where("area"), found, "sea for one cell at least")])
    standing, own = _standing_zones(scenario, land, cache), _own_zones(scenario, land.bounds)
    _refuse_same_names(scenario, standing, own)
    _refuse_closed_stations(scenario, standing, bases)
    zones = (*standing, *own)
    always = [zone for zone in zones if zone.from_time is None and zone.to_time is None]
    return Theatre(
        area=area,
        land=land,
        grid=grid,
        zones=zones,
        sea=searchable(grid, closed_airspace(always)),
        notes=(*_shut_stations(own, bases), *_far_zones(own, land.bounds)),
    )


def _area(scenario: Scenario) -> shapely.Polygon:
    corners = np.array(scenario.area.polygon, dtype=np.float64)
    corners[:, 0] = np.rad2deg(np.unwrap(np.deg2rad(corners[:, 0])))
    corners[:, 0] -= 360 * np.round((corners[:, 0].min() + corners[:, 0].max()) / 720)
    area = shapely.Polygon(corners)
    if not area.is_valid or area.area == 0:
        reason = shapely.is_valid_reason(area)
        where = scenario.where("area", "polygon")
        hint = "an outline must not cross itself"
        raise ScenarioError([Fault(where, f"area.polygon: {reason}", "a simple polygon", hint)])
    return area


def _charts(area: shapely.Polygon, bases: Sequence[Base]) -> Bounds:
    """Return the bounds of the charts that an area and its stations need."""
    west, south, east, north = area.bounds
    middle = (west + east) / 2
    lons = [west, east, *(middle + (base.lon - middle + 180) % 360 - 180 for base in bases)]
    lats = [south, north, *(base.lat for base in bases)]
    return charts_around((min(lons), min(lats), max(lons), max(lats)), middle)


def _standing_zones(scenario: Scenario, land: Land, cache: Cache) -> tuple[Zone, ...]:
    terms = scenario.airspace
    states = [code for code in ("CN", "KP", "KR", "RU", "TW") if code not in terms.open_states]
    standing = standing_zones(
        land,
        breadth_nm=terms.breadth_nm,
        margin_nm={str(state): nm for state, nm in terms.margins_nm.items()},
        states=states,
        limit=partial(kept_territorial_sea, cache),
    )
    here = {zone.id for zone in standing}
    rules = {"pyongyang-fir": terms.pyongyang_fir, **dict.fromkeys(DPRK_ZONES, terms.dprk_zones)}
    prices = {"china-adiz": terms.china_adiz_price, "kadiz": terms.kadiz_price}
    return with_rules(
        standing,
        rules={zone: rule for zone, rule in rules.items() if zone in here},
        prices_per_h={zone: price for zone, price in prices.items() if zone in here},
    )


def _own_zones(scenario: Scenario, near: Bounds) -> list[Zone]:
    zones: list[Zone] = []
    faults: list[Fault] = []
    for number, name in enumerate(scenario.airspace.files):
        try:
            zones += read_zones(beside(scenario, name, "airspace", "files", number), near=near)
        except FaultsError as problem:
            faults += problem.faults
    if faults:
        raise ScenarioError(faults)
    return zones


def _refuse_same_names(scenario: Scenario, standing: Sequence[Zone], own: Sequence[Zone]) -> None:
    names = [zone.id for zone in (*standing, *own)]
    where = scenario.where("airspace", "files")
    faults = [
        Fault(where, f"zone id {zone.id!r} is taken twice", "ids of their own")
        for zone in own
        if names.count(zone.id) > 1
    ]
    if faults:
        raise ScenarioError(faults)


def _refuse_closed_stations(
    scenario: Scenario, zones: Sequence[Zone], bases: Sequence[Base]
) -> None:
    faults = [
        Fault(
            scenario.where("stations", base.id),
            f"station {base.id!r} lies in {zone.name!r}",
            "a station outside closed airspace",
        )
        for base in bases
        for zone in zones
        if zone.rule == "closed" and shapely.contains_xy(zone.geometry, base.lon, base.lat)
    ]
    if faults:
        raise ScenarioError(faults)


def _shut_stations(own: Sequence[Zone], bases: Sequence[Base]) -> Iterator[str]:
    for base in bases:
        for zone in own:
            if zone.rule == "closed" and shapely.contains_xy(zone.geometry, base.lon, base.lat):
                yield (
                    f"{base.name} lies in closed airspace, {zone.name!r}: no aircraft takes off or "
                    "lands there while it is in force."
                )


def _far_zones(own: Sequence[Zone], near: Bounds) -> Iterator[str]:
    here = shapely.box(*near)
    for zone in own:
        west, south, east, north = shapely.bounds(zone.geometry)
        turned = (shapely.box(west + turn, south, east + turn, north) for turn in (-360, 0, 360))
        if not any(shapely.intersects(here, each) for each in turned):
            yield f"{zone.name!r} lies so far from the area and its stations that it binds nothing."


def grid_round(lonlat: NDArray[np.float64], cell_nm2: float | None = None) -> Grid:
    """
    Return cells of the sea round some positions, for events that come without a scenario.

    Parameters
    ----------
    lonlat
        Positions in degrees, shape (m, 2).
    cell_nm2
        Area of a cell; when absent, what gives about `ROUND_CELLS` of them.
    """
    west, south, east, north = bounds_round(lonlat, ROOM_NM)
    area = shapely.box(west, max(south, -89.0), east, min(north, 89.0))
    if cell_nm2 is None:
        width_nm = 60 * (east - west) * np.cos(np.deg2rad((south + north) / 2))
        cell_nm2 = float(width_nm * 60 * (north - south)) / ROUND_CELLS
    return hex_grid(area, cell_nm2, load_land(area.bounds).whole(), least_sea=0.2)
