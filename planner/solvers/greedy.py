"""The baseline: fill one sortie after another with the looks worth most per hour."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from planner.problem import Result
from planner.rules import broken_rules
from planner.solvers.draft import Draft, clock, land, lift, loaded, merit, routes_of
from planner.solvers.kernels import Terms, compiled, flatten
from planner.solvers.recreate import fill, linger
from planner.solvers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes
    from planner.solvers import Progress

TAKEOFFS = 6
POWERS = (2, 1)
SHARE_TO_BUILD = 0.95
CARE_S = 1.0
HASTE_S = 0.3


def solve(
    problem: Problem,
    *,
    seconds: float,
    iterations: int | None = None,  # noqa: ARG001
    seed: int = 0,  # noqa: ARG001
    start: Routes = (),
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Result:
    """
    Fill the sorties in order of time, each at the best of a few take-offs.

    See `planner.solvers.Solver` for the arguments; nothing here is left to chance. Slots flown in
    `start` keep their routes.
    """
    watch = Watch(seconds=SHARE_TO_BUILD * seconds, stop=stop)
    routes = built(problem, flatten(problem), watch, start=start)
    return result_of(problem, routes, began=watch.began, progress=progress)


def built(
    problem: Problem, terms: Terms, watch: Watch, *, start: Routes = (), until: float = math.inf
) -> Routes:
    """
    Return greedy routes: with care while there is time, the rest in haste.

    Time may run out, or the user say so, before more than a few slots are filled; the others then
    take off as early as they may. That takes a fifteenth of the time, and some more is taken for it
    if need be.

    Parameters
    ----------
    problem, terms
        The problem, and the same as flat arrays.
    watch
        The clock to keep.
    start
        Routes kept as they are, as far as they may be flown.
    until
        When to make haste, in seconds since the watch began.
    """
    draft = loaded(terms, (*problem.fixed, *lawful(problem, start)))
    slots = np.argsort(terms.slots["earliest_h"], kind="stable").tolist()
    waiting = deque(slot for slot in slots if draft.slots["count"][slot] == 0)
    while waiting and watch.elapsed() <= until and _may_take_care(watch):
        slot = waiting.popleft()
        construct(terms, draft, slot, takeoffs(terms, slot, TAKEOFFS))
    ends = max(watch.elapsed() + HASTE_S, 0.0 if watch.interrupted else watch.seconds)
    while waiting and watch.elapsed() <= ends:
        slot = waiting.popleft()
        grow(terms, draft, slot, float(terms.slots["earliest_h"][slot]), POWERS[0])
    return routes_of(draft)


def _may_take_care(watch: Watch) -> bool:
    """Return whether there is time; told to stop before anything is built, a second is."""
    return watch.left() > 0 or (watch.interrupted and watch.elapsed() <= CARE_S)


def lawful(problem: Problem, routes: Routes) -> Routes:
    """Return those routes, first come first kept, that may be flown beside the fixed ones."""
    kept: Routes = ()
    if not broken_rules(problem, routes):
        return tuple(route for route in routes if route not in problem.fixed)
    before = set(broken_rules(problem, problem.fixed))
    taken = {route.slot for route in problem.fixed}
    for route in routes:
        if route.slot in taken:
            continue
        if set(broken_rules(problem, (*problem.fixed, *kept, route))) <= before:
            kept = (*kept, route)
            taken.add(route.slot)
    return kept


def takeoffs(terms: Terms, slot: int, most: int) -> NDArray[np.float64]:
    """Return up to `most` allowed take-offs of a slot, spread over its window, in hours."""
    first, step_h = terms.slots["earliest_h"][slot], terms.takeoff_step_h
    last = min(terms.slots["last_takeoff_h"][slot], terms.slots["latest_h"][slot])
    if not terms.retimed or last <= first:
        return np.array([first])
    hours: NDArray[np.float64] = np.linspace(first, last, most)
    if step_h > 0:
        hours = first + step_h * np.unique(np.floor((hours - first) / step_h + 1e-9))
    return hours


def result_of(
    problem: Problem, routes: Routes, *, began: float, progress: Progress | None = None
) -> Result:
    """Return routes as a result: their true value, and why there are none when there are none."""
    value = float(problem.value(routes))
    elapsed = time.monotonic() - began
    if progress is not None:
        progress(elapsed, value)
    if routes:
        return Result(routes=routes, value=value, trace=((elapsed, value),))
    return Result(routes=(), value=0.0, status="empty", reason=why_empty(problem))


def why_empty(problem: Problem) -> str:
    """Return in words why no sortie is worth flying."""
    if not len(problem.slots):
        return "there is no sortie to fly"
    if not (problem.under_way.any() or problem.rate_per_h.any()):
        return "no transfers are expected anywhere"
    if not problem.allowed.any():
        return "no sortie may search any cell"
    slots = problem.slots
    if (np.minimum(slots.last_takeoff_h, slots.latest_h) < slots.earliest_h).all():
        return "no sortie's window ever opens"
    return "no sortie can reach a cell, search it and land in time, or none is worth its price"


def construct(terms: Terms, draft: Draft, slot: int, hours: NDArray[np.float64]) -> None:
    """Give an empty slot the best route found over some take-offs and ways to weigh hours."""
    best = (merit(terms, draft), float(hours[0]), POWERS[0])
    for hour in hours.tolist():
        for power in POWERS:
            grow(terms, draft, slot, hour, power)
            best = max(best, (merit(terms, draft), hour, power), key=lambda each: each[0])
            clear(terms, draft, slot)
    grow(terms, draft, slot, *best[1:])


def grow(terms: Terms, draft: Draft, slot: int, hour: float, power: int) -> None:
    """Fill an empty slot from one take-off."""
    slots, cells = np.array([slot]), np.arange(len(terms.under_way))
    dice = np.zeros(1, np.uint64)
    draft.slots["takeoff_h"][slot] = hour
    clock(terms, draft, slot)
    while fill(terms, draft, slots, cells, power, 0.0, 0.0, dice) > 0:
        pass
    linger(terms, draft, slots)


@compiled
def clear(terms: Terms, draft: Draft, slot: int) -> None:
    """Empty a slot."""
    lift(terms, draft, slot)
    draft.slots[slot].count = 0
    clock(terms, draft, slot)
    land(terms, draft, slot)
