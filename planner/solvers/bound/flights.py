"""Slots that are alike, gathered: what one sortie may do, as arrays for the pricing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import floyd_warshall

from planner.rules import SLACK_H

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem

LEEWAY_H = 4 * SLACK_H


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """
    Slots that differ in nothing that matters to one sortie.

    Parameters
    ----------
    slots
        The slots that are alike, in order.
    kind
        Their kind of aircraft.
    detachment
        The detachment whose hours they fly.
    pool
        Index of the shared limit on sorties a day they fall under, or -1.
    earliest_h, latest_h
        First take-off and last landing, in hours from the period's start.
    takeoff_h
        Take-offs to try, shape (k,); each stands for all between it and the next when any time
        will do.
    spread_h
        How long a take-off stands for, in hours; zero when take-offs are discrete.
    endurance_h
        Longest time from take-off to landing, with the leeway of the rules, in hours.
    fixed_h
        Flying hours that the hours from take-off to landing do not hold (the ferry flight home).
    cells
        Cells it may search, shape (c,).
    out_h, leg_h, back_h
        Hours from take-off to each cell, shape (c,), between cells, shape (c, c), and from a cell
        to landing, shape (c,). Never longer than flown: legs are closed under detours.
    out_price, leg_price, back_price
        The same for the price of legs.
    dwell_h, dwell_price
        Hours and price of a search, shape (c, L).
    """

    slots: tuple[int, ...]
    kind: int
    detachment: int
    pool: int
    earliest_h: float
    latest_h: float
    takeoff_h: NDArray[np.float64]
    spread_h: float
    endurance_h: float
    fixed_h: float
    cells: NDArray[np.int64]
    out_h: NDArray[np.float64]
    leg_h: NDArray[np.float64]
    back_h: NDArray[np.float64]
    out_price: NDArray[np.float64]
    leg_price: NDArray[np.float64]
    back_price: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    dwell_price: NDArray[np.float64]

    @property
    def last_landing_h(self) -> float:
        """Return when the last of its sorties has landed, in hours from the period's start."""
        last_h = float(self.takeoff_h[-1]) + self.spread_h + self.endurance_h
        return min(self.latest_h, last_h)


@dataclass(frozen=True, slots=True)
class Pool:
    """Slots of like aircraft-days of which only so many may be flown."""

    slots: tuple[int, ...]
    most: int


def gather(problem: Problem, *, spread_h: float) -> tuple[list[Flight], list[Pool]]:
    """
    Return the flights that can reach anything, and the shared limits on sorties a day.

    Slots flown as ordered (`Problem.fixed`) are left out: their one route is known. `spread_h` is
    the distance of take-offs to try where any time will do; zero when time does not matter.
    """
    pools, pool_of = _pools(problem)
    ordered = {route.slot for route in problem.fixed}
    alike: dict[tuple[object, ...], list[int]] = {}
    for slot in range(len(problem.slots)):
        if slot not in ordered:
            alike.setdefault((*_traits(problem, slot), pool_of[slot]), []).append(slot)
    closed = _closed_legs(problem)
    flights = [
        _flight(problem, tuple(group), pool_of[group[0]], closed, spread_h)
        for group in alike.values()
    ]
    return [flight for flight in flights if len(flight.cells) and len(flight.takeoff_h)], pools


def _traits(problem: Problem, slot: int) -> tuple[object, ...]:
    slots = problem.slots
    return (
        int(slots.kind[slot]),
        int(slots.airspace[slot]),
        int(slots.start[slot]),
        int(slots.end[slot]),
        float(slots.earliest_h[slot]),
        float(slots.last_takeoff_h[slot]),
        float(slots.latest_h[slot]),
        float(slots.endurance_h[slot]),
        float(slots.ferry_h[slot]),
        int(problem.fleet.detachment[slots.aircraft[slot]]),
        problem.allowed[slot].tobytes(),
    )


def _pools(problem: Problem) -> tuple[list[Pool], list[int]]:
    """Gather aircraft-days with more slots than sorties; those of like aircraft share a limit."""
    slots, fleet = problem.slots, problem.fleet
    days: dict[tuple[int, int], list[int]] = {}
    for slot in range(len(slots)):
        days.setdefault((int(slots.aircraft[slot]), int(slots.day[slot])), []).append(slot)
    like: dict[tuple[object, ...], list[tuple[int, list[int]]]] = {}
    for (aircraft, _), own in days.items():
        most = int(fleet.sorties_per_day[aircraft])
        if len(own) > most:
            traits = sorted((_traits(problem, slot) for slot in own), key=repr)
            like.setdefault((most, *traits), []).append((most, own))
    pools = [
        Pool(tuple(slot for _, own in group for slot in own), sum(most for most, _ in group))
        for group in like.values()
    ]
    pool_of = [-1] * len(slots)
    for index, pool in enumerate(pools):
        for slot in pool.slots:
            pool_of[slot] = index
    return pools, pool_of


def _closed_legs(problem: Problem) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Close legs and prices under detours: passing over a cell then never needs a search there."""
    legs_nm = np.stack([_closed(matrix) for matrix in problem.distance_nm])
    if problem.price.shape[1:] == (1, 1):
        return legs_nm, np.zeros((len(legs_nm), 1, 1))
    return legs_nm, np.stack([_closed(matrix) for matrix in problem.price])


def _closed(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    itself = np.diag(matrix).copy()
    one, other = np.nonzero(np.isfinite(matrix) & ~np.eye(len(matrix), dtype=bool))
    # Sparse, since in a dense matrix the library takes a free leg for none at all.
    legs = csr_array((matrix[one, other], (one, other)), shape=matrix.shape)
    closed = np.asarray(floyd_warshall(legs), np.float64)
    np.fill_diagonal(closed, np.where(np.isfinite(itself), itself, 0.0))
    return closed


def _flight(
    problem: Problem,
    group: tuple[int, ...],
    pool: int,
    closed: tuple[NDArray[np.float64], NDArray[np.float64]],
    spread_h: float,
) -> Flight:
    slots, slot = problem.slots, group[0]
    kind, air = int(slots.kind[slot]), int(slots.airspace[slot])
    start, end = int(slots.start[slot]), int(slots.end[slot])
    legs_h = closed[0][air] / problem.speed_kn[kind]
    price = np.broadcast_to(closed[1][air], legs_h.shape)
    out_h = legs_h[start, : problem.cells] + problem.departure_h[kind]
    back_h = legs_h[: problem.cells, end] + problem.arrival_h[kind]
    dwell_h = problem.dwell_h[kind]
    most_h = min(
        float(slots.endurance_h[slot]),
        float(slots.latest_h[slot] - slots.earliest_h[slot]) + LEEWAY_H,
    )
    least_h = out_h + dwell_h.min(axis=1) + back_h
    cells = np.flatnonzero(problem.allowed[slot] & (least_h <= most_h + LEEWAY_H))
    takeoff_h, spread_h = _takeoffs(problem, slot, spread_h)
    return Flight(
        slots=group,
        kind=kind,
        detachment=int(problem.fleet.detachment[slots.aircraft[slot]]),
        pool=pool,
        earliest_h=float(slots.earliest_h[slot]),
        latest_h=float(slots.latest_h[slot]) + LEEWAY_H,
        takeoff_h=takeoff_h,
        spread_h=spread_h,
        endurance_h=most_h + LEEWAY_H,
        fixed_h=float(slots.ferry_h[slot]),
        cells=cells,
        out_h=out_h[cells],
        leg_h=np.ascontiguousarray(legs_h[np.ix_(cells, cells)]),
        back_h=back_h[cells],
        out_price=price[start, cells],
        leg_price=np.ascontiguousarray(price[np.ix_(cells, cells)]),
        back_price=price[cells, end],
        dwell_h=np.ascontiguousarray(dwell_h[cells]),
        dwell_price=problem.price_per_h[cells, None] * dwell_h[cells],
    )


def _takeoffs(problem: Problem, slot: int, spread_h: float) -> tuple[NDArray[np.float64], float]:
    first, last = float(problem.slots.earliest_h[slot]), float(problem.slots.last_takeoff_h[slot])
    step_h = problem.takeoff_step_h
    if last < first - 2 * SLACK_H:
        return np.zeros(0), 0.0
    if spread_h == 0:
        return np.array([first]), 0.0
    if step_h > 0:
        count, spread_h = int((last - first) / step_h + 1e-5) + 1, 0.0
    else:
        count = max(1, int(np.ceil((last - first) / spread_h)))
        step_h = spread_h = (last - first) / count
    return np.array([first + step_h * k for k in range(count)]), spread_h
