"""What a run believes of the sea: expected transfers by cell, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.cache import NOTHING_KEPT, Cache
from planner.demand import HOURS_A_YEAR
from planner.effort import Terms, exposure_of, read_effort
from planner.errors import Fault, ScenarioError
from planner.events.reading import BUILT_IN, read_events
from planner.events.times import TimeError, time_zone
from planner.hotspots.history import Cells, Exposure, History
from planner.hotspots.keeping import kept_surface
from planner.hotspots.settings import Settings
from planner.inputs import beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.events.collection import Events, Points
    from planner.geo.grid import Grid
    from planner.scenario.model import Scenario
    from planner.theatre import Theatre


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """
    The surface in a run's terms; arrays over the cells of the grid, shape (n,).

    Parameters
    ----------
    events
        The reports it rests on.
    rate_per_h
        Transfers beginning per hour in each cell, daily mean.
    open_rate_per_h
        The part of it in sea that may be searched.
    profile
        Weight of each local solar hour, mean 1, shape (24,).
    barrels
        Mean barrels of a transfer.
    unknown
        Share of the belief that rests on no look at all, in [0, 1].
    ratios
        Equally likely surfaces over the mean one, shape (S, n); S may be zero.
    count_factors
        Equally likely totals over the mean one, shape (S,).
    card
        The model card.
    notes
        What the reader should know.
    """

    events: Events
    rate_per_h: NDArray[np.float64]
    open_rate_per_h: NDArray[np.float64]
    profile: NDArray[np.float64]
    barrels: float
    unknown: NDArray[np.float64]
    ratios: NDArray[np.float64]
    count_factors: NDArray[np.float64]
    card: dict[str, str]
    notes: tuple[str, ...]

    @property
    def factors(self) -> NDArray[np.float64]:
        """Equally likely surfaces over the mean one, number and place together, shape (S, n)."""
        return self.ratios * self.count_factors[:, None]

    def spread(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the 5 % and 95 % quantiles of each cell over its mean, both shape (n,)."""
        if not len(self.ratios):
            ones = np.ones(len(self.rate_per_h))
            return ones, ones
        low, high = np.quantile(self.factors, [0.05, 0.95], axis=0)
        return low, high


def known_events(scenario: Scenario, theatre: Theatre) -> Events:
    """Read the reports that were known before the period, or by the scenario's earlier date."""
    terms = scenario.history
    start = scenario.period.start
    known_by = datetime.combine(terms.known_by or start.date(), time(), start.tzinfo)
    return read_events(
        BUILT_IN
        if terms.events == BUILT_IN
        else beside(scenario, terms.events, "history", "events"),
        now=min(known_by, start),
        columns=terms.columns,
        timezone=terms.timezone,
        area=theatre.area,
        land=theatre.land.whole(),
    )


def believe(
    scenario: Scenario,
    theatre: Theatre,
    events: Events,
    rng: np.random.Generator,
    cache: Cache = NOTHING_KEPT,
) -> Belief:
    """
    Estimate the surface of a scenario from its reports and past effort.

    The scenario gives how many transfers there are; reports tell where and at what hour. The
    surface is looked up in the cache by the content of all it rests on, and kept there.
    """
    grid, terms = theatre.grid, scenario.hotspots
    exposure = past_looks(scenario, theatre)
    surface = kept_surface(
        cache,
        history_of(theatre, events),
        cells_of(grid),
        estimator=terms.estimator,
        settings=_settings(scenario),
        exposure=exposure,
        rng=rng,
    )
    rate_per_h = surface.share * scenario.demand.transfers_per_year / HOURS_A_YEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(surface.share > 0, surface.scenarios / surface.share, 1.0)
    told = surface.volume.mean_bbl
    return Belief(
        events=events,
        rate_per_h=rate_per_h,
        open_rate_per_h=rate_per_h * np.minimum(theatre.sea.area_nm2 / grid.area_nm2, 1.0),
        profile=_profile(scenario, surface.profile),
        barrels=told if math.isfinite(told) else scenario.demand.barrels,
        unknown=surface.unknown,
        ratios=ratios,
        count_factors=np.ones(len(ratios)),
        card={"reports": _counts(events), **surface.card},
        notes=_notes(events, exposure),
    )


def _settings(scenario: Scenario) -> Settings:
    terms = scenario.hotspots
    chosen: dict[str, object] = {
        "bandwidth": terms.bandwidth,
        "floor": terms.floor,
        "scenarios": terms.surfaces,
        "horizon_days": float(scenario.period.days),
    }
    if terms.half_life_days is not None:
        chosen["memories_days"] = (terms.half_life_days / math.log(2),)
    return Settings(**chosen)  # type: ignore[arg-type]


def cells_of(grid: Grid) -> Cells:
    """Return the cells of a grid as the surface knows them."""
    spacing_nm = math.sqrt(3) * grid.side_nm
    return Cells(xy_nm=grid.xy_nm, sea_nm2=grid.area_nm2, spacing_nm=spacing_nm)


def history_of(theatre: Theatre, events: Events) -> History:
    """Return the reports as the surface knows them; those told of the high seas are kept there."""
    points = events.points()
    points = points.only(~points.high_seas[points.owner] | ~_national(theatre, points.lonlat))
    return history_from(points, theatre.grid)


def history_from(points: Points, grid: Grid) -> History:
    """Return located events as the surface knows them, in the plane of a grid."""
    xy_nm = grid.plane.xy(points.lonlat)
    return History(
        xy_nm=np.where(np.isfinite(xy_nm), xy_nm, 1e6),
        owner=points.owner,
        share=points.share,
        age_days=points.age_days,
        count=points.count,
        solar_hour=points.solar_hour,
        volume_bbl=points.volume_bbl,
        weight=points.weight,
    )


def _national(theatre: Theatre, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which positions lie in the national airspace of a state other than Japan."""
    seas = shapely.union_all([z.geometry for z in theatre.zones if z.id.startswith("sea-")])
    shapely.prepare(seas)
    return np.asarray(shapely.contains_xy(seas, lonlat), dtype=bool)


def _profile(scenario: Scenario, learned: NDArray[np.float64]) -> NDArray[np.float64]:
    given = scenario.demand.profile
    if given == "learned":
        return learned
    weights = np.ones(24) if given == "flat" else np.array(given, dtype=np.float64)
    return np.asarray(weights / weights.mean())


def _counts(events: Events) -> str:
    reasons = ", ".join(f"{count} {why}" for why, count in events.reasons.items()) or "none"
    located = sum(event.count for event in events.located)
    return (
        f"{len(events)} located reports of {located} transfers; {len(events.unlocated)} reports "
        f"without a position; turned away: {reasons}"
    )


def _notes(events: Events, exposure: Exposure | None) -> tuple[str, ...]:
    notes = ["The band covers where transfers happen, not how many there are in a year."]
    if exposure is None:
        notes.append(
            "No past effort was given: the surface is partly a map of where patrols looked."
        )
    if not len(events):
        notes.append("No report has a position: every part of the sea is taken as equally likely.")
    return tuple(notes)


def past_looks(scenario: Scenario, theatre: Theatre) -> Exposure | None:
    """Return how well past patrols looked at each cell, if the scenario names their files."""
    history = scenario.history
    if not history.effort_files:
        return None
    terms = Terms(
        start=scenario.period.start,
        zone=_zone(scenario),
        sweep_width_nm=history.effort_sweep_width_nm,
    )
    searched = [
        each
        for name in history.effort_files
        for each in read_effort(beside(scenario, name, "history", "effort"), terms)
    ]
    return exposure_of(searched, theatre.grid)


def _zone(scenario: Scenario) -> tzinfo | None:
    name = scenario.history.timezone
    try:
        return time_zone(name) if name else None
    except TimeError as problem:
        where = scenario.where("history", "timezone")
        raise ScenarioError([Fault(where, f"timezone = {name!r}", problem.expected)]) from None
