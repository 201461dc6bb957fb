"""Ruin and recreate: take looks out near one place, fill the routes again, keep what is good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.cores import cores
from planner.problem import Result
from planner.solvers import greedy
from planner.solvers.chain import Chain, advance, best_routes, chain
from planner.solvers.kernels import flatten
from planner.solvers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes
    from planner.solvers import Progress
    from planner.solvers.kernels import Terms

CHAINS = 4
FEWEST_CHAINS, FEW_SORTIES = 3, 4
SHARE_TO_BUILD = 0.5
STEPS_A_CHUNK = 64
FIRST_CHUNK = 4
SECONDS_A_CHUNK = 0.02
HOT, COLD = 1.0, 0.005
SHARE_OF_SORTIE = 0.2
HOUR_WEIGHT = 0.02
TIMED = 0.25  # where time matters moves change more at once, and heat costs more (measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """
    Temperatures of an annealing, in the value of a typical move, and what an hour weighs.

    Parameters
    ----------
    hot, cold
        Temperature at the beginning and at the end.
    hour_weight
        Worth of an hour saved, as a share of the value of a typical hour.
    """

    hot: float = HOT
    cold: float = COLD
    hour_weight: float = HOUR_WEIGHT


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
    Improve greedy routes by ruin and recreate, in several chains at once.

    See `planner.solvers.Solver` for the arguments. With an iteration limit there are always
    `CHAINS` chains, each with its share of the steps, however many threads run them.
    """
    watch = Watch(seconds=seconds, stop=stop, progress=progress)
    terms = flatten(problem)
    first = greedy.built(problem, terms, watch, start=start, until=SHARE_TO_BUILD * seconds)
    if not first:
        return greedy.result_of(problem, first, began=watch.began)
    watch.offer(problem, first)
    free = np.ones(len(problem.slots), bool)
    chains = start_chains(terms, watch.routes, free=free, seed=seed, fixed=iterations)
    steps = anneal(
        terms, chains, watch, until=watch.last_call(), iterations=iterations, heat=Heat()
    )
    offer_best(problem, chains, watch)
    return finished(watch, steps)


def start_chains(
    terms: Terms,
    routes: Routes,
    *,
    free: NDArray[np.bool_],
    seed: int,
    fixed: int | None,
) -> list[Chain]:
    """
    Return chains from the same routes with their own seeds: as many as cores, or `CHAINS`.

    Even one core runs some where sorties are few and long: a chain then may settle far from the
    best, which neither heat nor recombining mends. All but the first of each three are eager.
    """
    fewest = FEWEST_CHAINS if len(terms.slots) <= FEW_SORTIES else 1
    count = min(max(cores(), fewest), CHAINS) if fixed is None else CHAINS
    free = free & (terms.slots["fixed"] == 0)
    return [
        chain(terms, routes, free=free, seed=seed * 1000 + each, eager=each % FEWEST_CHAINS > 0)
        for each in range(count)
    ]


def anneal(
    terms: Terms,
    chains: list[Chain],
    watch: Watch,
    *,
    until: float,
    iterations: int | None,
    heat: Heat,
) -> int:
    """
    Cool all chains down, each in a thread, and return how many steps they took together.

    `until` is when to end, in seconds since the watch began; with `iterations`, each chain takes
    its share of them and cools with the steps, else with time.
    """
    unit, hour_unit = _units(chains[0])
    unit *= 1.0 if terms.steady else TIMED
    share = None if iterations is None else iterations // len(chains)

    def cool(each: Chain) -> int:
        began, steps, chunk = watch.elapsed(), 0, FIRST_CHUNK
        while watch.left() > 0 and watch.elapsed() < until and (share is None or steps < share):
            now = watch.elapsed()
            gone = (now - began) / max(until - began, 1e-9) if share is None else steps / share
            warmth = unit * heat.hot * (heat.cold / heat.hot) ** min(gone, 1.0)
            chunk = chunk if share is None else min(STEPS_A_CHUNK, share - steps)
            advance(terms, each, chunk, warmth, hour_unit * heat.hour_weight)
            steps += chunk
            if share is None:
                took = max(watch.elapsed() - now, 1e-6)
                chunk = int(np.clip(chunk * SECONDS_A_CHUNK / took, 1, 4 * chunk))
        return steps

    with ThreadPoolExecutor(len(chains)) as pool:
        return sum(pool.map(cool, chains))


def _units(each: Chain) -> tuple[float, float]:
    """
    Return the value of a typical move and of a typical hour of the chain's routes.

    A move is worth a look, or a fifth of a sortie: the longer a sortie, the more of it has to
    change together before it gets better.
    """
    looks = each.draft.slots["count"]
    value = max(float(each.draft.total[0]), 1e-12)
    moves = min(int(looks.sum()), np.count_nonzero(looks) / SHARE_OF_SORTIE)
    return value / max(moves, 1.0), value / max(float(each.draft.total[1]), 1e-12)


def offer_best(problem: Problem, chains: list[Chain], watch: Watch) -> None:
    """Offer the best routes of all chains; the first chain's among equals."""
    best = max(chains, key=lambda each: float(each.score[1]))
    watch.offer(problem, best_routes(best))


def finished(watch: Watch, steps: int) -> Result:
    """Return the best routes a watch has met as a result."""
    return Result(
        routes=watch.routes,
        value=watch.value,
        status="interrupted" if watch.interrupted else "feasible",
        reason="told to stop" if watch.interrupted else "time or steps are used up",
        iterations=steps,
        trace=tuple(watch.trace),
    )
