"""Draw transfers and fly the plan through them: the referee of the closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes

    Looks = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """
    What a plan saw in many drawn periods.

    Parameters
    ----------
    seen
        Distinct transfers (or barrels) seen in each draw, shape (draws,).
    """

    seen: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean over the draws."""
        return float(self.seen.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean."""
        return float(self.seen.std(ddof=1) / np.sqrt(len(self.seen)))

    def band(self, share: float) -> tuple[float, float]:
        """Return the limits between which the middle `share` of the draws lie."""
        low, high = np.quantile(self.seen, [(1 - share) / 2, (1 + share) / 2])
        return float(low), float(high)


def simulate(
    problem: Problem,
    routes: Routes,
    *,
    draws: int,
    rng: np.random.Generator,
    barrels: float = 1.0,
) -> Simulated:
    """
    Count the distinct transfers that routes see in drawn periods.

    Each draw has its own transfers: those under way when the period begins and those that begin
    later, both Poisson, each lasting its own exponential time. A look at a cell sees every
    transfer then under way there with its POD, by a flip of a coin; a transfer is counted once.
    The mean agrees with `Problem.value` where nothing is priced, and is reckoned in another way.

    Parameters
    ----------
    problem
        The problem.
    routes
        The sorties to fly.
    draws
        How many periods to draw, at least 2.
    rng
        Source of randomness.
    barrels
        Barrels of one transfer when the problem's rates carry barrels; 1 when they carry transfers.
    """
    seen = np.zeros(draws)
    for cell, looks in problem.looks(routes).items():
        begin_h, end_h = _transfers(problem, cell, looks[-1][0], draws / barrels, rng)
        found = _found(looks, begin_h, end_h, rng)
        seen += np.bincount(rng.integers(draws, size=found), minlength=draws)
    seen *= barrels
    seen.setflags(write=False)
    return Simulated(seen=seen)


def _transfers(
    problem: Problem, cell: int, until_h: float, draws: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return when the transfers of one cell begin and end, in hours, over all draws together.

    Those under way at the start begin at zero: as durations are memoryless, what is left of them
    is as long as a whole one.
    """
    rate_per_h = problem.rate_per_h[cell]
    edges_h = problem.step_h * np.arange(len(rate_per_h) + 1)
    edges_h[-1] = max(edges_h[-1], until_h)
    before = rng.poisson(problem.under_way[cell, 0] * draws)
    during = rng.poisson(rate_per_h * np.diff(edges_h) * draws)
    begin_h = rng.uniform(np.repeat(edges_h[:-1], during), np.repeat(edges_h[1:], during))
    begin_h = np.concatenate([np.zeros(before), begin_h])
    lasting = rng.standard_exponential(len(begin_h))
    with np.errstate(divide="ignore"):
        return begin_h, begin_h + lasting / np.float64(problem.decay_per_h)


def _found(
    looks: Looks,
    begin_h: NDArray[np.float64],
    end_h: NDArray[np.float64],
    rng: np.random.Generator,
) -> int:
    """Return how many of the transfers at least one look sees."""
    found = np.zeros(len(begin_h), dtype=bool)
    for hour, pod in looks:
        under_way = (begin_h <= hour) & (hour < end_h)
        found |= under_way & (rng.random(len(begin_h)) < pod)
    return int(found.sum())
