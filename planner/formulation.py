"""From the theatre, the surface and the fleet to the problem that solvers see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely

from planner.airspace import airspaces, closed_airspace
from planner.demand import begun_per_h, under_way_at_steps
from planner.detection import coverage_factor, probability_of_detection
from planner.fleet import openings
from planner.geo.crossing import inside_nm
from planner.geo.legs import legal_legs
from planner.light import Light, light_class, moments
from planner.problem import Fleet, Problem, Slots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.airspace import Zone
    from planner.cache import Cache
    from planner.fleet import Base, Detachment, Opening
    from planner.geo.legs import Legs
    from planner.scenario.model import Scenario
    from planner.theatre import Theatre

SEA_STATES = 10


class Believed(Protocol):
    """What the problem needs to know of a `Belief`, which has more; see there."""

    @property
    def open_rate_per_h(self) -> NDArray[np.float64]:
        """Transfers beginning per hour in each cell's searchable sea."""
        ...

    @property
    def profile(self) -> NDArray[np.float64]:
        """Weight of each local solar hour."""
        ...

    @property
    def barrels(self) -> float:
        """Mean barrels of a transfer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Formulation:
    """
    A problem, and what its indices stand for.

    Parameters
    ----------
    problem
        What solvers see. Its points are the searchable cells, then the stations.
    cells
        Grid index of each cell of the problem, shape (n,).
    points
        Where aircraft fly to, lon/lat in degrees, shape (P, 2).
    bases
        Stations, in the order of the problem's last points.
    detachments
        In the order of the problem's kinds.
    airframes
        Ids, in the order of the problem's aircraft.
    openings
        One for each slot.
    closed
        Closed zones of each of the problem's airspaces.
    legs
        Legal legs of each of the problem's airspaces.
    sweep_width_nm
        Sweep width of each kind in each condition, shape (K, Q).
    """

    problem: Problem
    cells: NDArray[np.int64]
    points: NDArray[np.float64]
    bases: tuple[Base, ...]
    detachments: tuple[Detachment, ...]
    airframes: tuple[str, ...]
    openings: tuple[Opening, ...]
    closed: tuple[tuple[Zone, ...], ...]
    legs: tuple[Legs, ...]
    sweep_width_nm: NDArray[np.float64]


def formulate(
    scenario: Scenario,
    theatre: Theatre,
    belief: Believed,
    bases: Sequence[Base],
    detachments: Sequence[Detachment],
    cache: Cache,
) -> Formulation:
    """
    Pose the sortie problem.

    Parameters
    ----------
    scenario
        As resolved.
    theatre
        Its cells and airspace.
    belief
        Where and when transfers are expected.
    bases, detachments
        Stations and aircraft, resolved.
    cache
        Where legal legs are kept.
    """
    kept = np.flatnonzero(theatre.sea.open)
    anchors = theatre.sea.anchor_lonlat[kept]
    points = np.concatenate([anchors, [[base.lon, base.lat] for base in bases]])
    slots_for = openings(
        scenario, detachments, theatre.changes_h(scenario.period.start, scenario.period.hours)
    )
    closed, index = _airspaces(scenario, theatre, detachments, slots_for)
    ways = {
        key: legal_legs(
            points,
            closed_airspace(key[0]),
            no_overland=None if key[1] else theatre.land.whole(),
            cache=cache,
        )
        for key in dict.fromkeys((zones, overland) for zones, overland, _ in closed)
    }
    legs = tuple(ways[zones, overland] for zones, overland, _ in closed)
    clock = _Clock.of(scenario)
    worth = belief.barrels if scenario.solver.objective == "barrels" else 1.0
    rate = begun_per_h(
        worth * belief.open_rate_per_h[kept], anchors[:, 0], belief.profile, clock.middles
    )
    duration_h = scenario.demand.duration_h
    sweep = _sweep_width(scenario, detachments)
    distance_nm = np.stack([each.distance_nm for each in legs])
    slots = _slots(slots_for, detachments, bases, len(kept), index, distance_nm)
    problem = Problem(
        rate_per_h=rate,
        under_way=under_way_at_steps(rate, duration_h=duration_h, step_h=clock.step_h),
        decay_per_h=1 / duration_h,
        step_h=clock.step_h,
        condition=_condition(scenario, anchors, clock),
        pod=_pod(scenario, detachments, sweep, theatre.sea.area_nm2[kept]),
        dwell_h=np.broadcast_to(
            np.array(scenario.rules.dwell_h),
            (len(detachments), len(kept), len(scenario.rules.dwell_h)),
        ).copy(),
        distance_nm=distance_nm,
        speed_kn=np.array([each.transit_kn for each in detachments]),
        departure_h=np.array([each.terms.departure_h for each in detachments]),
        arrival_h=np.array([each.terms.arrival_h for each in detachments]),
        price=_price(theatre, legs, [detachments[kind].transit_kn for _, _, kind in closed]),
        price_per_h=_price_per_h(theatre, anchors),
        allowed=_allowed(
            scenario,
            theatre,
            kept,
            slots,
            distance_nm,
            detachments,
            [zones for zones, _, _ in closed],
        ),
        slots=slots,
        fleet=_fleet(detachments),
        takeoff_step_h=scenario.rules.takeoff_step_min / 60,
        exclusive=not scenario.rules.share_cells,
    )
    return Formulation(
        problem=problem,
        cells=kept,
        points=points,
        bases=tuple(bases),
        detachments=tuple(detachments),
        airframes=tuple(frame for each in detachments for frame in each.airframes),
        openings=tuple(slots_for),
        closed=tuple(zones for zones, _, _ in closed),
        legs=legs,
        sweep_width_nm=sweep,
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    step_h: float
    middles: NDArray[np.datetime64]

    @classmethod
    def of(cls, scenario: Scenario) -> _Clock:
        step_h = scenario.rules.time_step_h
        steps = ceil(scenario.period.hours / step_h - 1e-9)
        return cls(step_h, moments(scenario.period.start, step_h * np.arange(0.5, steps)))


def _airspaces(
    scenario: Scenario,
    theatre: Theatre,
    detachments: Sequence[Detachment],
    slots_for: Sequence[Opening],
) -> tuple[list[tuple[tuple[Zone, ...], bool, int]], list[int]]:
    """
    Return the distinct airspaces, and which one each slot flies in.

    An airspace is a set of closed zones, whether land may be overflown, and, where hours inside
    zones cost something, the kind of aircraft whose speed they are flown at.
    """
    start = scenario.period.start
    windows = [
        (start + timedelta(hours=o.earliest_h), start + timedelta(hours=o.latest_h))
        for o in slots_for
    ]
    if not windows:  # nobody flies at all: one airspace keeps the arrays in shape
        ((zones,), _) = airspaces(theatre.zones, [(start, scenario.period.end)])
        return [(zones, True, 0)], []
    sets, index = airspaces(theatre.zones, windows)
    kinds = {each.name: kind for kind, each in enumerate(detachments)}
    priced = bool(_priced(theatre))
    keys = [
        (sets[i], detachments[kinds[o.detachment]].terms.overland, priced * kinds[o.detachment])
        for i, o in zip(index, slots_for, strict=True)
    ]
    distinct = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return list(distinct), [distinct[key] for key in keys]


def _condition(
    scenario: Scenario, anchors: NDArray[np.float64], clock: _Clock
) -> NDArray[np.int64]:
    """Return light and sea state of each cell and step as one number, shape (n, B)."""
    light = light_class(anchors, clock.middles)
    state = np.full(light.shape, scenario.weather.default_state)
    days = [
        (scenario.period.start + timedelta(hours=(step + 0.5) * clock.step_h)).date()
        for step in range(light.shape[1])
    ]
    lon, lat = anchors.T
    for row in scenario.weather.sea:
        here = (row.west <= lon) & (lon <= row.east) & (row.south <= lat) & (lat <= row.north)
        now = np.array([row.from_date <= day <= row.to_date for day in days])
        state[np.ix_(here, now)] = row.state
    return np.asarray(light * SEA_STATES + state, dtype=np.int64)


def _sweep_width(scenario: Scenario, detachments: Sequence[Detachment]) -> NDArray[np.float64]:
    by_light = np.array(
        [
            [getattr(each.terms.sweep_width_nm, light.name.lower()) for light in Light]
            for each in detachments
        ]
    )
    factor = np.array(scenario.weather.factor)
    return np.asarray(by_light[:, :, None] * factor).reshape(len(detachments), -1)


def _pod(
    scenario: Scenario,
    detachments: Sequence[Detachment],
    sweep_width_nm: NDArray[np.float64],
    area_nm2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the POD by kind, cell, dwell level and condition."""
    dwell_h = np.array(scenario.rules.dwell_h)
    coverage = [
        coverage_factor(
            sweep_width_nm[kind][None, None, :],
            each.terms.search_kn,
            dwell_h[None, :, None],
            area_nm2[:, None, None],
        )
        for kind, each in enumerate(detachments)
    ]
    law = scenario.rules.pod_law
    return np.stack(
        [
            probability_of_detection(factor, law=law, cap=each.terms.pod_cap)
            for factor, each in zip(coverage, detachments, strict=True)
        ]
    )


def _slots(
    slots_for: Sequence[Opening],
    detachments: Sequence[Detachment],
    bases: Sequence[Base],
    cells: int,
    airspace: Sequence[int],
    distance_nm: NDArray[np.float64],
) -> Slots:
    kinds = {each.name: kind for kind, each in enumerate(detachments)}
    frames = {
        frame: number
        for number, frame in enumerate(f for each in detachments for f in each.airframes)
    }
    places = {base.id: cells + number for number, base in enumerate(bases)}
    kind = np.array([kinds[o.detachment] for o in slots_for], dtype=np.int64)
    start = np.array([places[detachments[k].terms.station] for k in kind], dtype=np.int64)
    end = np.array([places[o.recovery] for o in slots_for], dtype=np.int64)
    home_nm = distance_nm[np.array(airspace, dtype=np.int64), end, start]
    ferry_h = [
        0.0
        if here == there
        else nm / detachments[k].transit_kn
        + detachments[k].terms.departure_h
        + detachments[k].terms.arrival_h
        + detachments[k].terms.turnaround_h
        for k, here, there, nm in zip(kind, start, end, home_nm, strict=True)
    ]
    return Slots(
        aircraft=np.array([frames[o.airframe] for o in slots_for], dtype=np.int64),
        kind=kind,
        airspace=np.array(airspace, dtype=np.int64),
        start=start,
        end=end,
        earliest_h=np.array([o.earliest_h for o in slots_for], dtype=np.float64),
        last_takeoff_h=np.array([o.last_takeoff_h for o in slots_for], dtype=np.float64),
        latest_h=np.array([o.latest_h for o in slots_for], dtype=np.float64),
        endurance_h=np.array([detachments[k].endurance_h for k in kind], dtype=np.float64),
        ferry_h=np.array(ferry_h, dtype=np.float64),
        day=np.array([o.day for o in slots_for], dtype=np.int64),
    )


def _fleet(detachments: Sequence[Detachment]) -> Fleet:
    owner = [number for number, each in enumerate(detachments) for _ in each.airframes]
    terms = [detachments[number].terms for number in owner]
    budgets = [each.terms.budget_h for each in detachments]
    return Fleet(
        turnaround_h=np.array([each.turnaround_h for each in terms], dtype=np.float64),
        sorties_per_day=np.array([each.sorties_per_day for each in terms], dtype=np.int64),
        crews=np.array([each.crews for each in terms], dtype=np.int64),
        rest_h=np.array([detachments[number].rest_h for number in owner], dtype=np.float64),
        detachment=np.array(owner, dtype=np.int64),
        budget_h=np.array([np.inf if b is None else b for b in budgets], dtype=np.float64),
    )


def _priced(theatre: Theatre) -> list[Zone]:
    return [zone for zone in theatre.zones if zone.rule == "priced" and zone.price_per_h > 0]


def _price(
    theatre: Theatre, legs: Sequence[Legs], speed_kn: Sequence[float]
) -> NDArray[np.float64]:
    """Return the price of each leg by airspace, hours inside counted at that airspace's speed."""
    priced = _priced(theatre)
    if not priced:
        return np.zeros((len(legs), 1, 1))
    prices = [
        np.sum([inside_nm(each, zone.geometry) * zone.price_per_h for zone in priced], axis=0)
        for each in legs
    ]
    return np.stack([price / speed for price, speed in zip(prices, speed_kn, strict=True)])


def _price_per_h(theatre: Theatre, anchors: NDArray[np.float64]) -> NDArray[np.float64]:
    price = np.zeros(len(anchors))
    for zone in theatre.zones:
        if zone.rule == "priced":
            price += zone.price_per_h * shapely.contains_xy(zone.geometry, anchors)
    return price


def _allowed(
    scenario: Scenario,
    theatre: Theatre,
    kept: NDArray[np.int64],
    slots: Slots,
    distance_nm: NDArray[np.float64],
    detachments: Sequence[Detachment],
    closed: Sequence[tuple[Zone, ...]],
) -> NDArray[np.bool_]:
    """Return which cells each slot may search: not forbidden, and near enough to come back from."""
    never = np.array([theatre.grid.ids[cell] in scenario.pins.never for cell in kept], dtype=bool)
    touched = [_touched(theatre, kept, zones) for zones in closed]
    shortest_h = min(scenario.rules.dwell_h)
    allowed = np.zeros((len(slots), len(kept)), dtype=bool)
    for slot in range(len(slots)):
        each = detachments[slots.kind[slot]]
        legs = distance_nm[slots.airspace[slot]]
        there_and_back = legs[slots.start[slot], : len(kept)] + legs[: len(kept), slots.end[slot]]
        flown_h = there_and_back / each.transit_kn + each.terms.departure_h + each.terms.arrival_h
        here = ~never & ~touched[slots.airspace[slot]]
        allowed[slot] = here & (flown_h + shortest_h <= slots.endurance_h[slot])
    return allowed


def _touched(theatre: Theatre, kept: NDArray[np.int64], zones: Sequence[Zone]) -> NDArray[np.bool_]:
    """Return which cells reach into closed airspace that is closed for some of the time only."""
    timed = [zone for zone in zones if zone.from_time is not None or zone.to_time is not None]
    return np.asarray(
        shapely.intersects(theatre.sea.polygons[kept], closed_airspace(timed)), dtype=bool
    )
