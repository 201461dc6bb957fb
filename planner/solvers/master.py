"""Recombining good sorties: choose the best set of a pool by set packing (CP-SAT)."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from planner.problem import Route
from planner.rules import broken_rules
from planner.solvers.draft import loaded, prune, routes_of
from planner.solvers.greedy import lawful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.problem import Problem, Routes
    from planner.solvers.kernels import Terms

GRAIN = 1_000_000
COVER_GRAIN = 1_000
MOST_COVERAGE = 12.0
MOST_SEGMENTS = 5
MINUTES = 60
WINDOW_MEANS = 1.5
SHARE_TO_LIST = 0.3
Name = tuple[int, float, tuple[tuple[int, int], ...]]
Option = tuple[cp_model.IntVar, float, float, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    A sortie the master may choose.

    Parameters
    ----------
    route
        The sortie.
    seat
        Where it would be flown: its slot, or the first of the slots like it.
    landing_h
        When it lands, in hours.
    cost
        What its legs and searches cost.
    looks
        Cell, window, share of a look's POD that goes unseen as coverage, and expected sighting.
    """

    route: Route
    seat: int
    landing_h: float
    cost: float
    looks: tuple[tuple[int, int, float, float], ...]


def recombine(
    problem: Problem,
    terms: Terms,
    pool: Routes,
    start: Routes,
    *,
    seconds: float,
    workers: int = 1,
    deterministic: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Routes:
    """
    Return the best set of sorties found among `pool` and `start`, which must obey the rules.

    What several looks at a cell see together is concave in their coverage, -log(1 - POD), when
    nothing changes between them; the master takes that for looks of one window (some mean
    durations long) and adds windows up. It is exact when transfers never end; else the choice is
    judged, as ever, by its true value, and `start` is returned when that is no better.

    Parameters
    ----------
    pool
        Sorties to choose from; any may break a rule together with others, none alone.
    start
        Routes to beat.
    seconds, deterministic
        Limits of wall clock, and of CP-SAT's own deterministic time when repeatability matters.
    """
    began, seats = time.monotonic(), _seats(problem, terms)
    until = math.inf if deterministic else began + SHARE_TO_LIST * seconds
    columns = _columns(problem, terms, (*start, *pool), seats, until)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in columns]
    _seat(model, problem, columns, chosen, seats)
    _keep_rules(model, problem, columns, chosen, start)
    now = {_name(terms, route, seats[route.slot]) for route in start}
    flown = [_name(terms, column.route, column.seat) in now for column in columns]
    for variable, hint in zip(chosen, flown, strict=True):
        model.add_hint(variable, hint)
    model.maximize(_value(model, columns, chosen, flown))
    solver = _solver(seconds - (time.monotonic() - began), workers, deterministic)
    status = solver.solve(model, _Stopper(stop))
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return start
    taken = [c for c, x in zip(columns, chosen, strict=True) if solver.boolean_value(x)]
    routes = _seated(terms, taken, seats)
    if broken_rules(problem, routes):
        routes = (*problem.fixed, *lawful(problem, routes))
    return routes


class _Stopper(cp_model.CpSolverSolutionCallback):
    """Ends the search at the next solution once told to."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        super().__init__()
        self._stop = stop

    def on_solution_callback(self) -> None:
        if self._stop():
            self.stop_search()


def _solver(seconds: float, workers: int, deterministic: float | None) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    solver.parameters.num_workers = workers
    if deterministic is not None:
        solver.parameters.max_deterministic_time = deterministic
    return solver


def _seats(problem: Problem, terms: Terms) -> list[int]:
    """Return for each slot the slot that stands for it: slots of one-sortie aircraft may swap."""
    aircraft = problem.slots.aircraft
    alone = [int((aircraft == each).sum()) == 1 for each in aircraft]
    fixed = {route.slot for route in problem.fixed}
    seats: list[int] = []
    first: dict[int, int] = {}
    for slot, like in enumerate(terms.slots["like"].tolist()):
        swaps = alone[slot] and slot not in fixed
        seats.append(first.setdefault(like, slot) if swaps else slot)
    return seats


def _columns(
    problem: Problem, terms: Terms, pool: Routes, seats: list[int], until: float
) -> list[Column]:
    """Return sorties as columns, those that differ in order only once, while there is time."""
    best: dict[Name, Column] = {}
    for route in pool:
        if time.monotonic() > until and len(best) > len(seats):
            break
        column = _column(problem, terms, route, seats[route.slot])
        key = _name(terms, route, column.seat)
        if key not in best or column.landing_h < best[key].landing_h:
            best[key] = column
    return list(best.values())


def _name(terms: Terms, route: Route, seat: int) -> Name:
    """Return what a sortie searches and, where that matters, when and in which order."""
    looks = [(look.cell, look.level) for look in route.looks]
    if terms.steady:
        return (seat, 0.0, tuple(sorted(looks)))
    return (seat, route.takeoff_h, tuple(looks))


def _column(problem: Problem, terms: Terms, route: Route, seat: int) -> Column:
    cells = np.array([look.cell for look in route.looks], np.int64)
    levels = np.array([look.level for look in route.looks], np.int64)
    slot = terms.slots[route.slot]
    kind, points = slot["kind"], np.array([slot["start"], *cells, slot["end"]])
    legs_h = terms.legs_h[slot["legs"]][points[:-1], points[1:]]
    dwell_h = terms.dwell_h[kind, cells, levels]
    takeoff_h = route.takeoff_h + terms.kinds["departure_h"][kind]
    mid_h = takeoff_h + np.cumsum(legs_h[:-1] + dwell_h) - dwell_h / 2
    landing_h = takeoff_h + legs_h.sum() + dwell_h.sum() + terms.kinds["arrival_h"][kind]
    step = np.minimum((mid_h / terms.step_h).astype(np.int64), terms.condition.shape[1] - 1)
    pod = terms.pod[kind, cells, levels, terms.condition[cells, step]]
    coverage = np.minimum(-np.log(np.maximum(1 - pod, 1e-300)), MOST_COVERAGE)
    windows = (mid_h * (terms.decay_per_h / WINDOW_MEANS)).astype(np.int64)
    under_way = [
        problem.demand(int(cell)).under_way_at(0.0 if terms.steady else float(hour))
        for cell, hour in zip(cells, mid_h, strict=True)
    ]
    looks = zip(cells.tolist(), windows.tolist(), coverage.tolist(), under_way, strict=True)
    return Column(
        route=route,
        seat=seat,
        landing_h=float(landing_h),
        cost=problem.cost(route),
        looks=tuple(looks),
    )


def _seat(
    model: cp_model.CpModel,
    problem: Problem,
    columns: list[Column],
    chosen: list[cp_model.IntVar],
    seats: list[int],
) -> None:
    """Fly no slot twice, and no aircraft before it and its crew are ready."""
    by_seat: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    for column, variable in zip(columns, chosen, strict=True):
        by_seat[column.seat].append(variable)
    for seat, variables in by_seat.items():
        model.add(sum(variables) <= seats.count(seat))
    fleet, by_hull = problem.fleet, _by_hull(problem, columns, chosen)
    for hull, flown in by_hull.items():
        if len({column.seat for column, _ in flown}) == 1:
            continue
        turns = [_away(model, problem, each, fleet.turnaround_h[hull]) for each in flown]
        model.add_no_overlap(turns)
        rests = [_away(model, problem, each, fleet.rest_h[hull]) for each in flown]
        model.add_cumulative(rests, [1] * len(rests), int(fleet.crews[hull]))
        days: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for column, variable in flown:
            days[int(problem.slots.day[column.route.slot])].append(variable)
        for variables in days.values():
            model.add(sum(variables) <= int(fleet.sorties_per_day[hull]))


def _by_hull(
    problem: Problem, columns: list[Column], chosen: list[cp_model.IntVar]
) -> dict[int, list[tuple[Column, cp_model.IntVar]]]:
    by_hull: dict[int, list[tuple[Column, cp_model.IntVar]]] = defaultdict(list)
    for column, variable in zip(columns, chosen, strict=True):
        by_hull[int(problem.slots.aircraft[column.seat])].append((column, variable))
    alone = {hull for hull in by_hull if int((problem.slots.aircraft == hull).sum()) == 1}
    return {hull: flown for hull, flown in sorted(by_hull.items()) if hull not in alone}


def _away(
    model: cp_model.CpModel,
    problem: Problem,
    flown: tuple[Column, cp_model.IntVar],
    pause_h: float,
) -> cp_model.IntervalVar:
    """Return the minutes from take-off until the aircraft (or its crew) may leave again."""
    column, variable = flown
    ready_h = column.landing_h + float(problem.slots.ferry_h[column.route.slot]) + pause_h
    first = math.floor(column.route.takeoff_h * MINUTES + 1e-6)
    length = max(math.floor(ready_h * MINUTES + 1e-6) - first, 0)
    return model.new_optional_fixed_size_interval_var(first, length, variable, "")


def _keep_rules(
    model: cp_model.CpModel,
    problem: Problem,
    columns: list[Column],
    chosen: list[cp_model.IntVar],
    start: Routes,
) -> None:
    """Keep budgets, fly what must be flown, and search what `start` searches as required."""
    slots, fleet = problem.slots, problem.fleet
    spent: dict[int, list[cp_model.LinearExpr]] = defaultdict(list)
    for column, variable in zip(columns, chosen, strict=True):
        slot = column.route.slot
        hours = column.landing_h - column.route.takeoff_h + float(slots.ferry_h[slot])
        spent[int(fleet.detachment[slots.aircraft[slot]])].append(
            variable * math.floor(hours * MINUTES * 60)
        )
        if column.route in problem.fixed:
            model.add(variable == 1)
    for detachment, hours_flown in spent.items():
        if math.isfinite(fleet.budget_h[detachment]):
            model.add(sum(hours_flown) <= int(fleet.budget_h[detachment] * MINUTES * 60))
    for cell, from_h, to_h in problem.required:
        meeting = [
            variable
            for column, variable in zip(columns, chosen, strict=True)
            if _searches(problem, column.route, int(cell), from_h, to_h)
        ]
        if any(_searches(problem, route, int(cell), from_h, to_h) for route in start):
            model.add_bool_or(meeting)


def _searches(problem: Problem, route: Route, cell: int, from_h: float, to_h: float) -> bool:
    hours = problem.looks((route,)).get(cell, [])
    return any(from_h <= hour <= to_h for hour, _ in hours)


def _value(
    model: cp_model.CpModel,
    columns: list[Column],
    chosen: list[cp_model.IntVar],
    flown: list[bool],
) -> cp_model.LinearExpr:
    """Return the value: for each cell and window a concave function of its coverage."""
    covered: dict[tuple[int, int], list[Option]] = defaultdict(list)
    for column, variable, hint in zip(columns, chosen, flown, strict=True):
        for cell, window, coverage, under_way in column.looks:
            covered[cell, window].append((variable, coverage, under_way, hint))
    most = max((u for looks in covered.values() for _, _, u, _ in looks), default=1.0)
    grain = GRAIN / max(most, 1e-12)
    terms: list[cp_model.LinearExpr] = [
        variable * -round(column.cost * grain)
        for column, variable in zip(columns, chosen, strict=True)
        if column.cost
    ]
    for looks in covered.values():
        terms.extend(_seen(model, looks, grain))
    return sum(terms)  # type: ignore[return-value]


def _seen(
    model: cp_model.CpModel, looks: list[Option], grain: float
) -> Iterable[cp_model.LinearExpr]:
    """
    Yield what looks of one window see: exactly for one look, by chords of 1 - exp(-C) for more.

    Transfers under way at each look differ a little from their mean; a look earns the difference
    by itself.
    """
    mean = sum(under_way for _, _, under_way, _ in looks) / len(looks)
    typical = sum(coverage for _, coverage, _, _ in looks) / len(looks)
    cover = sum(variable * round(c * COVER_GRAIN) for variable, c, _, _ in looks)
    covered = sum(round(c * COVER_GRAIN) for _, c, _, flown in looks if flown)
    seen, now = model.new_int_var(0, round(mean * grain), ""), round(mean * grain)
    for k in range(MOST_SEGMENTS):
        low, high = k * typical, (k + 1) * typical
        rise = mean * grain * (math.exp(-low) - math.exp(-high))
        slope = rise / max(high - low, 1e-9) / COVER_GRAIN
        base = mean * grain * (1 - math.exp(-low)) - slope * low * COVER_GRAIN
        slope, base = round(slope * 1000), round(base * 1000) + 1000
        model.add(seen * 1000 <= slope * cover + base)
        now = min(now, (slope * covered + base) // 1000)
        if rise < 1:
            break
    model.add_hint(seen, now)
    yield seen
    for variable, coverage, under_way, _ in looks:
        extra = round((1 - math.exp(-coverage)) * (under_way - mean) * grain)
        if extra:
            yield variable * extra


def _seated(terms: Terms, taken: list[Column], seats: list[int]) -> Routes:
    """Give each chosen sortie a slot of its kind, and look at a cell once where that is enough."""
    slots_of: dict[int, list[int]] = defaultdict(list)
    for slot, seat in enumerate(seats):
        slots_of[seat].append(slot)
    routes = [
        Route(slots_of[column.seat].pop(0), column.route.takeoff_h, column.route.looks)
        for column in taken
    ]
    draft = loaded(terms, tuple(sorted(routes, key=lambda route: route.slot)))
    prune(terms, draft)
    return routes_of(draft)
