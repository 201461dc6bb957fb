"""Explain a solved plan: reasons and prices of what was left out, what to ask for, what is lost."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from planner.evaluation.contribution import waterfall
from planner.evaluation.marginal import asks, gains, more_aircraft, quick_gains
from planner.evaluation.obstacles import obstacles, out_of_reach
from planner.evaluation.prices import (
    Effort,
    Question,
    affordable,
    answer,
    every_slot,
    force,
    polished,
    prices,
)
from planner.evaluation.reasons import reasons
from planner.pins import translated, warning
from planner.scenario.model import Pins
from planner.solving import solver

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.belief import Belief
    from planner.evaluation.contribution import Waterfall
    from planner.evaluation.marginal import Gain
    from planner.evaluation.obstacles import Obstacle
    from planner.evaluation.prices import Price
    from planner.formulation import Formulation
    from planner.plan import Reason
    from planner.problem import Result, Routes
    from planner.scenario.model import Scenario
    from planner.theatre import Theatre

MOST_PRICED = 10
SHARE_OF_POLISH, SHARE_OF_PRICES, SHARE_OF_GAINS = 0.2, 0.4, 0.9  # of what time is left
SHARE_OF_STEPS = 0.1
FEWEST_STEPS = 20
SHARE_FOR_ORDERS = 0.05
LEAST_FOR_ORDERS_S = 0.5
CUT_SHORT = (
    "Stopped before the plan was explained: of cells within reach it is not told why they are not "
    "searched, nor what to ask for. `planner why` tells it of any cell."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """
    What can be said of a plan beyond the plan.

    Parameters
    ----------
    result
        The plan, made better where questions asked of it found a better one.
    reasons
        Why each cell that is not searched is not, by its id.
    gains
        What to ask for first, most first; empty without time for it.
    waterfall
        What becomes of all transfers (or barrels) expected.
    notes
        What the reader should know.
    """

    result: Result
    reasons: dict[str, Reason]
    gains: tuple[Gain, ...]
    waterfall: Waterfall
    notes: tuple[str, ...]


def explain(
    scenario: Scenario,
    theatre: Theatre,
    belief: Belief,
    formulation: Formulation,
    result: Result,
    *,
    free: Callable[[], Formulation],
    stop: Callable[[], bool] = lambda: False,
) -> Explanation:
    """
    Explain a plan as far as `solver.explain_seconds` allows.

    Reasons and the waterfall always; prices of the ten best cells left out and what to ask for
    first when there is time, else one more aircraft of each detachment as estimated at once.
    Standing orders are priced in any case. Who has asked to stop before is told the waterfall, and
    the reasons of cells out of reach alone.

    Parameters
    ----------
    scenario, theatre, belief, formulation, result
        As planned and solved.
    free
        Poses the problem as it would be without standing orders.
    stop
        Asked now and then whether to give up.
    """
    seconds = scenario.solver.explain_seconds
    ends = time.monotonic() + (seconds or 0.0)
    never = forbidden(scenario, theatre, formulation)
    hasty = stop()
    look = partial(out_of_reach if hasty else obstacles, formulation.problem, never=never)
    notes = [CUT_SHORT * hasty, price_of_orders(scenario, formulation, result, free, stop)]
    priced: dict[int, Price] = {}
    asked: tuple[Gain, ...] = ()
    if seconds and result.routes and not stop():
        before = result
        result, found, priced = _priced(scenario, formulation, result, look, ends, stop)
        effort = effort_of(scenario, seconds=SHARE_OF_GAINS * _left(ends), stop=stop)
        wanted = asks(scenario, formulation, result.routes, result.margins)
        asked = tuple(gains(formulation.problem, result.routes, wanted, effort))
        notes += [_bettered(before, result)]
    else:
        found = look(result.routes)
        if seconds is None and result.routes and not stop():
            more = more_aircraft(formulation, result.margins)
            asked = tuple(quick_gains(formulation.problem, result.routes, more, solver("greedy")))
    closed = float(belief.rate_per_h.sum() - belief.open_rate_per_h.sum())
    hours = scenario.period.hours + scenario.demand.duration_h
    worth = belief.barrels if scenario.solver.objective == "barrels" else 1.0
    return Explanation(
        result=result,
        reasons=reasons(scenario, theatre, formulation, result.routes, found, priced),
        gains=asked,
        waterfall=waterfall(
            formulation.problem, result.routes, found, closed=closed * hours * worth
        ),
        notes=tuple(filter(None, notes)),
    )


def _priced(
    scenario: Scenario,
    formulation: Formulation,
    result: Result,
    look: Callable[[Routes], dict[int, Obstacle]],
    ends: float,
    stop: Callable[[], bool],
) -> tuple[Result, dict[int, Obstacle], dict[int, Price]]:
    """Return the plan as further search leaves it, its obstacles, and prices of the best cells."""
    problem = formulation.problem
    effort = effort_of(scenario, seconds=SHARE_OF_POLISH * _left(ends), stop=stop)
    routes = polished(problem, result.routes, every_slot(problem), effort)
    found = look(routes)
    effort = effort_of(scenario, seconds=SHARE_OF_PRICES * _left(ends), stop=stop)
    cells = best_left_out(found, min(MOST_PRICED, affordable(effort) // 2))
    priced, better = price_cells(formulation, routes, found, cells, effort)
    if better != routes:
        routes, found = better, look(better)
    left = {cell: price for cell, price in priced.items() if cell in found}
    return replace(result, routes=routes, value=problem.value(routes)), found, left


def _left(ends: float) -> float:
    return max(0.0, ends - time.monotonic())


def _bettered(before: Result, after: Result) -> str:
    """Return what is to be told when questions made the plan better."""
    if after.value <= before.value:
        return ""
    share = f"{100 * (after.value - before.value) / before.value:.2f} %" if before.value > 0 else ""
    return f"Solving again for prices made the plan {share} better; it is the plan told here."


def price_of_orders(
    scenario: Scenario,
    formulation: Formulation,
    result: Result,
    free: Callable[[], Formulation],
    stop: Callable[[], bool] = lambda: False,
) -> str:
    """
    Return a warning with the price of all standing orders together, where it is large.

    The plan is searched again with them and without them, for a small share of the time it took;
    what both find does not count.
    """
    terms = scenario.solver
    if scenario.pins == Pins() or stop():
        return ""
    lifted = free()
    effort = Effort(
        solve=solver(terms.name),
        seconds=max(LEAST_FOR_ORDERS_S, SHARE_FOR_ORDERS * terms.seconds),
        iterations=steps_of(scenario, SHARE_FOR_ORDERS),
        seed=scenario.seed,
        stop=stop,
    )
    kept, start = formulation.problem, translated(result.routes, formulation, lifted)
    (without, _), (with_them, _) = answer(
        [
            Question(problem=problem, start=routes, free=every_slot(problem))
            for problem, routes in ((lifted.problem, start), (kept, result.routes))
        ],
        effort,
    )
    return warning(scenario, lost=without - with_them, score=with_them)


def forbidden(scenario: Scenario, theatre: Theatre, formulation: Formulation) -> set[int]:
    """Return the problem's cells that are never to be searched, by order."""
    ids = theatre.grid.ids
    never = set(scenario.pins.never)
    return {k for k, cell in enumerate(formulation.cells.tolist()) if ids[cell] in never}


def best_left_out(obstacles: dict[int, Obstacle], most: int = MOST_PRICED) -> list[int]:
    """Return the cells left out that could be searched and whose best look sees most."""
    possible = [cell for cell, each in obstacles.items() if each.swap or each.code == "price"]
    return sorted(possible, key=lambda cell: (-obstacles[cell].look, cell))[:most]


def price_cells(
    formulation: Formulation,
    routes: Routes,
    obstacles: dict[int, Obstacle],
    cells: list[int],
    effort: Effort,
) -> tuple[dict[int, Price], Routes]:
    """Return what forcing each cell in costs, and the plan made better where one is found."""
    edits = [obstacles[cell].swap or obstacles[cell].edit for cell in cells]
    questions = [
        force(formulation.problem, cell, routes, edit)
        for cell, edit in zip(cells, edits, strict=True)
        if edit is not None
    ]
    found, better = prices(formulation.problem, routes, questions, effort)
    return dict(zip(cells, found, strict=True)), better


def effort_of(
    scenario: Scenario, *, seconds: float, stop: Callable[[], bool] = lambda: False
) -> Effort:
    """Return how questions are solved: by the clock, or by steps where the plan was."""
    terms, steps = scenario.solver, steps_of(scenario, SHARE_OF_STEPS)
    return Effort(
        solve=solver(terms.name),
        seconds=seconds if steps is None else 86_400.0,
        iterations=steps,
        seed=scenario.seed,
        quick=solver("greedy"),
        stop=stop,
    )


def steps_of(scenario: Scenario, share: float) -> int | None:
    """Return a share of the plan's steps, for questions that are solved by steps; else nothing."""
    steps = scenario.solver.iterations
    return steps and max(FEWEST_STEPS, round(share * steps))
