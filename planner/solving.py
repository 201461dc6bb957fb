"""Run the solver a scenario names, and prove how good its answer is."""

from __future__ import annotations

import importlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.problem import Margins

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.problem import Problem, Result, Routes
    from planner.scenario.model import Solver as Terms
    from planner.solvers import Progress, Solver

SHARE_TO_PROVE = 0.4
SHARE_OF_COLUMNS = 0.1
WORK_OF_COLUMNS = 2.0
CLOSED = 1e-6
LEAST_S = 0.1
STEPS_ON = 200
RECORDED_S = 7 * 86_400.0  # steps end such a search: a slow machine must not end it earlier

SOLVERS = {
    "greedy": "planner.solvers.greedy",
    "routing": "planner.solvers.routing",
    "search": "planner.solvers.search",
}


def solver(name: str) -> Solver:
    """Return a solver by its name in scenarios."""
    found: Solver = importlib.import_module(SOLVERS[name]).solve
    return found


def solve(
    problem: Problem,
    terms: Terms,
    *,
    seed: int,
    start: Routes = (),
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """
    Solve the problem as the scenario says, then bound it for as long as the scenario allows.

    The proof begins from the plan: the better that is, the sooner it says anything.

    Parameters
    ----------
    problem
        What may be flown.
    terms
        Solver, seconds or iterations, and seconds for the proof.
    seed
        The scenario's seed.
    start
        Routes to begin from.
    progress, stop
        As `planner.solvers.Solver` has them.
    """
    ends, proof_s = time.monotonic() + wall_seconds(terms), proof_seconds(terms)
    recorded = terms.iterations is not None
    solve_with = solver(terms.name)  # the seconds given include loading it
    result = solve_with(
        problem,
        seconds=RECORDED_S if recorded else max(ends - proof_s - time.monotonic(), LEAST_S),
        iterations=terms.iterations,
        seed=seed,
        start=start,
        progress=progress,
        stop=stop,
    )
    if not proof_s or not result.routes or stop():
        return result
    return _proved(
        problem,
        result,
        seconds=RECORDED_S if recorded else max(min(proof_s, ends - time.monotonic()), 0.0),
        rounds=terms.bound_iterations if recorded else None,
        stop=stop,
    )


def wall_seconds(terms: Terms) -> float:
    """Return seconds for search and proof together."""
    return terms.seconds + (terms.bound_seconds or 0.0)


def proof_seconds(terms: Terms) -> float:
    """Return seconds for the proof: those asked for, or a share of the search's."""
    if terms.bound_seconds is not None:
        return terms.bound_seconds
    return SHARE_TO_PROVE * terms.seconds if terms.iterations is None else 0.0


def search_on(
    problem: Problem,
    start: Routes,
    *,
    terms: Terms,
    seed: int,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Search a little more from some routes, so little that the clock hardly tells."""
    return solver("search")(
        problem, seconds=terms.seconds, iterations=STEPS_ON, seed=seed, start=start, stop=stop
    )


def _proved(
    problem: Problem,
    result: Result,
    *,
    seconds: float,
    rounds: int | None,
    stop: Callable[[], bool],
) -> Result:
    """Bound the problem, and recombine the proof's sorties with the plan's."""
    from planner.solvers.bound import prove
    from planner.solvers.kernels import flatten
    from planner.solvers.master import recombine

    began = time.monotonic()
    proof = prove(
        problem,
        seconds=(1 - SHARE_OF_COLUMNS) * seconds,
        iterations=rounds,
        start=result.routes,
        stop=stop,
    )
    routes, value = result.routes, result.value
    if not _closed(proof.value, value):
        found = recombine(
            problem,
            flatten(problem),
            proof.columns,
            routes,
            seconds=max(began + seconds - time.monotonic(), 0.0),
            deterministic=None if rounds is None else WORK_OF_COLUMNS,
            stop=stop,
        )
        if problem.value(found) > value:
            routes, value = found, problem.value(found)
    closed = _closed(proof.value, value)
    status = "optimal" if closed and result.status == "feasible" else result.status
    margins = Margins(slot=proof.slot_value, hour=proof.hour_value)
    return replace(
        result, routes=routes, value=value, bound=proof.value, margins=margins, status=status
    )


def _closed(bound: float, value: float) -> bool:
    """Return whether nothing better is left to find."""
    return bound - value <= CLOSED * abs(bound)
