"""What it costs to search a cell, or not to: real re-solves, started from the plan."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from planner.cores import cores
from planner.evaluation.obstacles import obstacles
from planner.problem import Route
from planner.rules import SLACK_H, broken_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from planner.evaluation.edits import Edit
    from planner.problem import Look, Problem, Routes
    from planner.solvers import Solver

LEAST_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """
    How a question is solved again.

    Parameters
    ----------
    solve
        The solver.
    quick
        One that takes no time to speak of, for estimates; the solver itself when absent.
    seconds
        Wall clock for all questions asked together.
    iterations
        Steps for each question instead: same inputs, same answers.
    seed
        Seed of the search.
    stop
        Asked now and then whether to give up.
    """

    solve: Solver
    seconds: float
    iterations: int | None = None
    seed: int = 0
    quick: Solver | None = None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    A changed problem, to be solved again around the change.

    Parameters
    ----------
    problem
        The problem with the change.
    start
        Routes to begin from.
    free
        Slots whose sorties may change; all others stay as they are.
    turn
        Turns another plan into one with the change, as little else changed as may be.
    """

    problem: Problem
    start: Routes
    free: frozenset[int]
    turn: Callable[[Routes], Routes] | None = None

    def focused(self) -> Problem:
        """Return the problem with the sorties of other slots fixed."""
        others = (route for route in self.start if route.slot not in self.free)
        fixed = dict.fromkeys((*self.problem.fixed, *others))
        return replace(self.problem, fixed=tuple(fixed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """
    What one change costs.

    Parameters
    ----------
    lost
        Objective lost by the change; negative when it gains.
    noise
        What the unchanged plan still gained when searched again in the same slots: a price below
        it says little.
    routes
        The best sorties found with the change.
    """

    lost: float
    noise: float
    routes: Routes


def affordable(effort: Effort) -> int:
    """Return how many questions there is time for; without a clock, any number."""
    if effort.iterations is not None:
        return 1_000_000
    return int(effort.seconds * cores() / LEAST_S)


def force(problem: Problem, cell: int, routes: Routes, edit: Edit) -> Question:
    """Ask for a plan that searches a cell at some time, beginning from an edit that does."""
    row = [[float(cell), 0.0, float(problem.slots.latest_h.max())]]
    required = np.concatenate([problem.required, np.array(row)])
    return Question(
        problem=replace(problem, required=required),
        start=edit.applied(routes),
        free=on_days(problem, {int(problem.slots.day[edit.after.slot])}),
        turn=partial(_with_cell, problem, cell),
    )


def _with_cell(problem: Problem, cell: int, routes: Routes) -> Routes:
    """Return a plan with one sortie edited to search a cell, or the plan where none can be."""
    if any(_searches(route, cell) for route in routes):
        return routes
    found = obstacles(problem, routes, only=[cell])[cell]
    edit = found.swap or found.edit
    return edit.applied(routes) if edit and not edit.rule else routes


def forbid(problem: Problem, cell: int, routes: Routes) -> Question:
    """Ask for a plan that never searches a cell; orders to do so are lifted."""
    allowed = problem.allowed.copy()
    allowed[:, cell] = False
    lifted = replace(
        problem,
        allowed=allowed,
        required=problem.required[problem.required[:, 0] != cell],
        fixed=tuple(route for route in problem.fixed if not _searches(route, cell)),
    )
    touched = tuple(route for route in routes if _searches(route, cell))
    kept = tuple(route for route in routes if route not in touched)
    for route in touched:
        left = Route(route.slot, route.takeoff_h, _without(route, cell))
        kept = (*kept, _apart(lifted, kept, left))
    days = {int(problem.slots.day[route.slot]) for route in touched}
    return Question(
        problem=lifted,
        start=tuple(sorted((r for r in kept if r.looks), key=lambda route: route.slot)),
        free=on_days(problem, days),
    )


def _apart(problem: Problem, others: Routes, route: Route) -> Route:
    """Return a sortie less those searches that would meet another one's in a cell."""
    taken = [
        (look.cell, start_h, end_h)
        for other in others if problem.exclusive
        for timed in [problem.clock(other)]
        for look, start_h, end_h in zip(other.looks, timed.start_h, timed.end_h, strict=True)
    ]  # fmt: skip
    while True:
        timed = problem.clock(route)
        meets = (
            order
            for order, look in enumerate(route.looks)
            for cell, start_h, end_h in taken
            if look.cell == cell
            and timed.start_h[order] < end_h - SLACK_H
            and start_h < timed.end_h[order] - SLACK_H
        )
        first = next(meets, None)
        if first is None:
            return route
        looks = (*route.looks[:first], *route.looks[first + 1 :])
        route = Route(route.slot, route.takeoff_h, looks)


def on_days(problem: Problem, days: Collection[int]) -> frozenset[int]:
    """Return the slots of some days."""
    return frozenset(np.flatnonzero(np.isin(problem.slots.day, list(days))).tolist())


def every_slot(problem: Problem) -> frozenset[int]:
    """Return all slots."""
    return frozenset(range(len(problem.slots)))


def polished(problem: Problem, routes: Routes, free: frozenset[int], effort: Effort) -> Routes:
    """
    Return the plan as a further search leaves it.

    Questions are asked of what it returns: else a change would be paid for by what any further
    search finds.
    """
    ((_, found),) = answer([Question(problem=problem, start=routes, free=free)], effort)
    return improved(problem, routes, [(free, found)])


def improved(
    problem: Problem, routes: Routes, found: Iterable[tuple[frozenset[int], Routes]]
) -> Routes:
    """Return the plan with some slots flown as found, wherever that is better and keeps rules."""
    best = routes
    for free, other in found:
        kept = [route for route in best if route.slot not in free]
        taken = [route for route in other if route.slot in free]
        mixed = tuple(sorted((*kept, *taken), key=lambda route: route.slot))
        better = problem.value(mixed) > problem.value(best) + 1e-9
        if better and not broken_rules(problem, mixed):
            best = mixed
    return best


def prices(
    problem: Problem, routes: Routes, questions: Sequence[Question], effort: Effort
) -> tuple[tuple[Price, ...], Routes]:
    """
    Return how much less the plan of each changed problem is worth than the plan, and a better plan.

    The plan is searched again in the same slots and for as long as each change is. What a change
    finds counts for the plan too wherever the plan could have flown it: no such change has a price
    below zero, it makes the plan better instead.

    Parameters
    ----------
    problem, routes
        The problem, and the plan's sorties, best already `polished`.
    questions
        The changes.
    effort
        How to solve them; seconds are shared among them.
    """
    spans = list(dict.fromkeys(question.free for question in questions))
    plain = [Question(problem=problem, start=routes, free=each) for each in spans]
    answers = answer([*plain, *questions], effort)
    before = problem.value(routes)
    again = dict.fromkeys(spans, (before, routes))
    asked = [*spans, *(question.free for question in questions)]
    for each, found in zip(asked, answers, strict=True):
        again[each] = _higher(problem, again[each], found)
    changed = [
        _turned(question, found, again[question.free][1])
        for question, (_, found) in zip(questions, answers[len(spans) :], strict=True)
    ]
    for question, found in zip(questions, changed, strict=True):
        again[question.free] = _higher(problem, again[question.free], found)
    told = tuple(
        Price(
            lost=again[question.free][0] - value,
            noise=again[question.free][0] - before,
            routes=found,
        )
        for question, (value, found) in zip(questions, changed, strict=True)
    )
    return told, improved(problem, routes, [(free, found) for free, (_, found) in again.items()])


def _higher(
    problem: Problem, best: tuple[float, Routes], found: tuple[float, Routes]
) -> tuple[float, Routes]:
    """Return the better of two plans, the second only where the problem allows it."""
    return found if found[0] > best[0] and not broken_rules(problem, found[1]) else best


def _turned(question: Question, found: Routes, base: Routes) -> tuple[float, Routes]:
    """Return the best of what was found with a change, and of a base turned to have it."""
    return _better(question, found, question.turn(base) if question.turn else question.start)


def answer(questions: Sequence[Question], effort: Effort) -> list[tuple[float, Routes]]:
    """Return value and sorties of the best plan found for each question, solved side by side."""
    workers = max(1, min(len(questions), cores()))
    ends, left = time.monotonic() + effort.seconds, count(len(questions), -1)

    def ask(question: Question) -> tuple[float, Routes]:
        waiting = next(left)
        seconds = (ends - time.monotonic()) * min(1.0, workers / waiting)
        if seconds <= 0 or not question.free or effort.stop():
            return question.problem.value(question.start), question.start
        found = effort.solve(
            question.focused(),
            seconds=seconds,
            iterations=effort.iterations,
            seed=effort.seed,
            start=question.start,
            stop=effort.stop,
        )
        return _better(question, found.routes, question.start)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(ask, questions))


def _better(question: Question, *tried: Routes) -> tuple[float, Routes]:
    """Return the best of some plans: what breaks fewer rules, or is worth more."""
    problem = question.problem
    worth = [
        (len(broken_rules(problem, routes)), -problem.value(routes), routes) for routes in tried
    ]
    _, value, routes = min(worth, key=itemgetter(0, 1))
    return -value, routes


def _searches(route: Route, cell: int) -> bool:
    return any(look.cell == cell for look in route.looks)


def _without(route: Route, cell: int) -> tuple[Look, ...]:
    return tuple(look for look in route.looks if look.cell != cell)
