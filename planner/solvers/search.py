"""The default search: greedy, then ruin and recreate, and set packing over what was met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.cores import cores
from planner.problem import Route
from planner.solvers import greedy
from planner.solvers.chain import pooled
from planner.solvers.kernels import flatten
from planner.solvers.local_search import (
    SHARE_TO_BUILD,
    Heat,
    anneal,
    finished,
    offer_best,
    start_chains,
)
from planner.solvers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.problem import Problem, Result, Routes
    from planner.solvers import Progress
    from planner.solvers.kernels import Terms

ROUNDS = ((Heat(), 0.7), (Heat(hot=0.25), 0.3))
SHARE_OF_MASTER = 0.1
MOST_COLUMNS = 1500
MASTER_WORK = 1.0
LONG_PERIOD_DAYS = 8
WINDOW_DAYS, WINDOW_STEP_DAYS = 3, 2
SHARE_OF_WINDOWS = 0.4


def solve(
    problem: Problem,
    *,
    seconds: float,
    iterations: int | None = None,
    seed: int = 0,
    start: Routes = (),
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Result:
    """
    Search for the best routes: see `planner.solvers.Solver` for the arguments.

    Greedy routes are improved by ruin and recreate. Where it does not matter when cells are
    searched, the sorties met on the way are recombined by set packing, and improved again, cooler;
    elsewhere that has never found better ones, and all the time goes into one cooling. Long periods
    are first improved window by window, every look of the others counted.
    """
    watch = Watch(seconds=seconds, stop=stop, progress=progress)
    terms = flatten(problem)
    first = greedy.built(problem, terms, watch, start=start, until=SHARE_TO_BUILD * seconds)
    if not first:
        return greedy.result_of(problem, first, began=watch.began)
    watch.offer(problem, first)
    rounds = ROUNDS if terms.steady else ROUNDS[:1]
    steps, met = 0, dict[Route, float]()
    plan = list(_phases(problem, rounds, iterations, watch.last_call(), watch.elapsed()))
    for number, (free, heat, until, share) in enumerate(plan):
        if watch.elapsed() >= until:
            continue
        chains = start_chains(
            terms, watch.routes, free=free, seed=seed * 100 + number, fixed=iterations
        )
        steps += anneal(terms, chains, watch, until=until, iterations=share, heat=heat)
        offer_best(problem, chains, watch)
        if free.all() and number + 1 < len(plan) and watch.left() > 0:
            for each in chains:
                most = MOST_COLUMNS // len(chains)
                met.update({route: score for score, route in pooled(each, most)})
            _pack(problem, terms, met, watch, whole=iterations is not None)
    return finished(watch, steps)


def _phases(
    problem: Problem,
    rounds: tuple[tuple[Heat, float], ...],
    iterations: int | None,
    seconds: float,
    gone_s: float,
) -> Iterator[tuple[NDArray[np.bool_], Heat, float, int | None]]:
    """Yield which slots may change, how hot, until when (in seconds) and for how many steps."""
    whole = np.ones(len(problem.slots), bool)
    windows = list(_windows(problem.slots.day))
    weights = [SHARE_OF_WINDOWS / max(len(windows), 1)] * len(windows)
    parts = [(free, Heat(hot=0.1)) for free in windows] + [(whole, heat) for heat, _ in rounds]
    left = (1 - sum(weights)) / sum(share for _, share in rounds)
    weights += [left * share for _, share in rounds]
    used = np.cumsum(weights)
    for (free, heat), weight, end in zip(parts, weights, used, strict=True):
        share = None if iterations is None else round(iterations * weight)
        yield free, heat, gone_s + (seconds - gone_s) * end, share


def _windows(day: NDArray[np.int64]) -> Iterator[NDArray[np.bool_]]:
    first, last = int(day.min(initial=0)), int(day.max(initial=0))
    if last - first + 1 < LONG_PERIOD_DAYS:
        return
    for start in range(first, last + 1, WINDOW_STEP_DAYS):
        free = (day >= start) & (day < start + WINDOW_DAYS)
        if free.any():
            yield free


def _pack(
    problem: Problem, terms: Terms, met: dict[Route, float], watch: Watch, *, whole: bool
) -> None:
    """Recombine the sorties met in the best drafts."""
    from planner.solvers.master import recombine

    best = sorted(met, key=lambda route: -met[route])[:MOST_COLUMNS]
    routes = recombine(
        problem,
        terms,
        tuple(best),
        watch.routes,
        seconds=max(watch.seconds, 1.0) if whole else _patience(watch),
        workers=1 if whole else cores(),
        deterministic=MASTER_WORK if whole else None,
        stop=lambda: watch.left() <= 0,
    )
    watch.offer(problem, routes)


def _patience(watch: Watch) -> float:
    return min(SHARE_OF_MASTER * watch.seconds / (len(ROUNDS) - 1), watch.left())
