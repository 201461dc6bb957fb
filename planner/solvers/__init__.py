"""Solvers: each turns a problem into a result, and knows nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.problem import Problem, Result, Routes

    Progress = Callable[[float, float], None]


class Solver(Protocol):
    """
    Anything that turns a problem into a result.

    `seconds` bounds the wall clock and `iterations` the steps; whichever comes first ends the
    search, and with iterations alone the result depends on nothing but the problem and the seed.
    `start` are routes to begin from, `stop` is asked now and then whether to give up, and
    `progress` is told seconds and value of each improvement.
    """

    def __call__(
        self,
        problem: Problem,
        *,
        seconds: float,
        iterations: int | None = None,
        seed: int = 0,
        start: Routes = (),
        stop: Callable[[], bool] = lambda: False,
        progress: Progress | None = None,
    ) -> Result:
        """Solve the problem."""
        ...
