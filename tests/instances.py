"""Small sortie problems that a person, or brute force, can check."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.problem import Fleet, Look, Problem, Route, Slots
from planner.rules import SLACK_H, broken_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.problem import Routes


def one_cell(**changes: Any) -> Problem:
    """Return one cell an hour away, one 4 h sortie, one look of POD 0.5 at 3 steady transfers."""
    square = np.array([[[0.0, 100.0], [100.0, 0.0]]])
    plain: dict[str, Any] = {
        "under_way": np.array([[3.0]]),
        "rate_per_h": np.array([[1.5]]),
        "decay_per_h": 0.5,
        "pod": np.full((1, 1, 1, 1), 0.5),
        "dwell_h": np.full((1, 1, 1), 1.0),
        "distance_nm": square,
    }
    return build(**(plain | changes))


def tiny(seed: int, *, decay_per_h: float | None = None) -> Problem:
    """Return a random problem of 3-5 cells and 1-3 slots, small enough for brute force."""
    rng = np.random.default_rng(seed)
    slots = int(rng.integers(1, 4))
    cells, levels = (3, 1) if slots == 3 else (int(rng.integers(3, 6)), int(rng.integers(1, 3)))
    aircraft, steps = int(rng.integers(1, slots + 1)), 4
    decay = float(rng.choice([0.0, 0.2, 0.7])) if decay_per_h is None else decay_per_h
    points = rng.uniform(0.0, 100.0, (cells + 1, 2))
    first = np.sort(rng.uniform(0.0, 8.0, slots).round())
    rate = rng.uniform(0.0, 1.0, (cells, steps)) * (decay > 0)
    dwell_h = np.cumsum(rng.uniform(0.3, 0.8, (1, cells, levels)), axis=2)
    coverage = rng.uniform(0.2, 2.0, (1, cells, 1, 2)) * dwell_h[..., None]
    return build(
        rate_per_h=rate,
        under_way=_under_way(rng.uniform(0.5, 5.0, cells), rate, decay, 6.0),
        decay_per_h=decay,
        step_h=6.0,
        condition=rng.integers(0, 2, (cells, steps)) * (decay > 0),
        pod=1 - np.exp(-coverage),
        dwell_h=dwell_h,
        distance_nm=np.linalg.norm(points[:, None] - points, axis=2)[None],
        aircraft=np.arange(slots) % aircraft,
        earliest_h=first,
        last_takeoff_h=first + rng.uniform(0.0, 3.9, slots),
        latest_h=first + rng.uniform(3.5, 6.0, slots),
        endurance_h=rng.uniform(1.5, 2.8, slots),
        takeoff_step_h=2.0,
        allowed=rng.random((slots, cells)) < 0.9,
        exclusive=bool(rng.random() < 0.5),
        turnaround_h=float(rng.uniform(0.0, 1.0)),
        budget_h=float(rng.choice([np.inf, 5.0])),
        crews=int(rng.integers(1, 3)),
        rest_h=float(rng.uniform(0.0, 4.0)),
        price_per_h=rng.uniform(0.0, 0.1, cells),
    )


def _under_way(
    first: NDArray[np.float64], rate: NDArray[np.float64], decay_per_h: float, step_h: float
) -> NDArray[np.float64]:
    under_way = np.empty_like(rate)
    under_way[:, 0] = first
    for step in range(1, rate.shape[1]):
        kept = np.exp(-decay_per_h * step_h)
        begun = rate[:, step - 1] * ((1 - kept) / decay_per_h if decay_per_h else step_h)
        under_way[:, step] = under_way[:, step - 1] * kept + begun
    return under_way


def build(**given: Any) -> Problem:
    """Return a problem with one station (the last point), one kind and plain values elsewhere."""
    value: dict[str, Any] = {"step_h": 24.0, "takeoff_step_h": 0.0, "exclusive": False} | given
    cells, points = len(value["rate_per_h"]), value["distance_nm"].shape[1]
    first = np.atleast_1d(np.asarray(value.pop("earliest_h", 0.0), float))
    slots = len(first)
    aircraft = np.asarray(value.pop("aircraft", np.arange(slots)), np.int64)
    hulls = int(aircraft.max(initial=0)) + 1
    none, station = np.zeros(slots, np.int64), np.full(slots, points - 1)
    plain = {
        "condition": np.zeros(np.shape(value["rate_per_h"]), np.int64),
        "speed_kn": np.array([100.0]),
        "departure_h": np.zeros(1),
        "arrival_h": np.zeros(1),
        "price": np.zeros((1, 1, 1)),
        "price_per_h": np.zeros(cells),
        "allowed": np.ones((slots, cells), bool),
    }
    return Problem(
        slots=Slots(
            aircraft=aircraft,
            kind=none,
            airspace=none.copy(),
            start=station,
            end=station.copy(),
            earliest_h=first,
            last_takeoff_h=np.broadcast_to(value.pop("last_takeoff_h", first + 24.0), slots).copy(),
            latest_h=np.broadcast_to(value.pop("latest_h", first + 24.0), slots).copy(),
            endurance_h=np.broadcast_to(value.pop("endurance_h", 4.0), slots).copy(),
            ferry_h=np.zeros(slots),
            day=(first // 24).astype(np.int64),
        ),
        fleet=Fleet(
            turnaround_h=np.full(hulls, value.pop("turnaround_h", 0.0)),
            sorties_per_day=np.full(hulls, value.pop("sorties_per_day", 9)),
            crews=np.full(hulls, value.pop("crews", 9)),
            rest_h=np.full(hulls, value.pop("rest_h", 0.0)),
            detachment=np.zeros(hulls, np.int64),
            budget_h=np.array([value.pop("budget_h", np.inf)]),
        ),
        **(plain | value),
    )


def brute_force(problem: Problem) -> tuple[float, Routes]:
    """
    Return the best value, and routes that reach it, by trying everything.

    What a route earns beside others never exceeds what it earns alone (the value is submodular),
    so a slot's best lone route limits what it can still add. Take-offs at any time are tried at
    the slot's earliest only.
    """
    choices = [_lone_routes(problem, slot) for slot in range(len(problem.slots))]
    most = [max((value for value, _ in choice), default=0.0) for choice in choices]
    best: tuple[float, Routes] = (0.0, ())

    def search(slot: int, routes: Routes) -> None:
        nonlocal best
        value = problem.value(routes)
        if value > best[0] + 1e-12 and not broken_rules(problem, routes):
            best = (value, routes)
        if slot < len(choices) and value + sum(most[slot:]) > best[0] + 1e-12:
            for alone, route in choices[slot]:
                if value + alone + sum(most[slot + 1 :]) <= best[0] + 1e-12:
                    break
                search(slot + 1, (*routes, route))
            search(slot + 1, routes)

    search(0, ())
    return best


def _lone_routes(problem: Problem, slot: int) -> list[tuple[float, Route]]:
    routes = [
        route
        for hour in _takeoffs(problem, slot)
        for route in _grown(problem, Route(slot, hour, ()))
    ]
    worth = [(problem.value((route,)), route) for route in routes]
    return sorted((each for each in worth if each[0] > 0), key=lambda each: -each[0])


def _takeoffs(problem: Problem, slot: int) -> list[float]:
    slots = problem.slots
    first, last = float(slots.earliest_h[slot]), float(slots.last_takeoff_h[slot])
    step = problem.takeoff_step_h
    return [first + step * k for k in range(int((last - first) / step) + 1)] if step else [first]


def _grown(problem: Problem, route: Route) -> Iterator[Route]:
    seen = {look.cell for look in route.looks} if problem.decay_per_h == 0 else set()
    levels = range(problem.dwell_h.shape[2])
    for cell, level in product(range(problem.cells), levels):
        longer = Route(route.slot, route.takeoff_h, (*route.looks, Look(cell, level)))
        if cell not in seen and problem.allowed[route.slot, cell] and _in_time(problem, longer):
            yield longer
            yield from _grown(problem, longer)


def _in_time(problem: Problem, route: Route) -> bool:
    landing_h = problem.clock(route).landing_h
    slots, slot = problem.slots, route.slot
    late = landing_h > slots.latest_h[slot] + SLACK_H
    return not late and landing_h - route.takeoff_h <= slots.endurance_h[slot] + SLACK_H
