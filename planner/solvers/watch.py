"""The clock of a search: how much of its time, or of its steps, is gone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.problem import Problem, Routes
    from planner.solvers import Progress


OFFERS_AT_END = 2


def _never() -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Watch:
    """
    The clock of one call of a solver, and the best it has met.

    Parameters
    ----------
    seconds
        Wall clock allowed, in seconds.
    stop
        Asked now and then whether to give up.
    progress
        Told seconds and value of each improvement.
    """

    seconds: float
    stop: Callable[[], bool] = _never
    progress: Progress | None = None
    began: float = field(default_factory=time.monotonic)
    routes: Routes = ()
    value: float = -float("inf")
    met: int = -1
    offer_s: float = 0.0
    interrupted: bool = False
    trace: list[tuple[float, float]] = field(default_factory=list)

    def elapsed(self) -> float:
        """Return seconds since the search began."""
        return time.monotonic() - self.began

    def left(self) -> float:
        """Return seconds left; none once told to stop."""
        self.interrupted = self.interrupted or self.stop()
        return 0.0 if self.interrupted else self.seconds - self.elapsed()

    def last_call(self) -> float:
        """Return when to end the search, in seconds, so that its outcome can still be judged."""
        return max(self.seconds - OFFERS_AT_END * self.offer_s, 0.0)

    def offer(self, problem: Problem, routes: Routes) -> bool:
        """
        Keep routes when they are better than the best so far; return whether they were.

        Of two sets of routes the one that makes more of the required looks is better, then the
        one with the greater true value.
        """
        asked_s = self.elapsed()
        met, value = _met(problem, routes), float(problem.value(routes))
        self.offer_s = self.elapsed() - asked_s
        if (met, value) <= (self.met, self.value + 1e-9):
            return False
        self.met, self.value, self.routes = met, value, routes
        self.trace.append((self.elapsed(), value))
        if self.progress is not None:
            self.progress(*self.trace[-1])
        return True


def _met(problem: Problem, routes: Routes) -> int:
    """Return how many required looks happen."""
    if not len(problem.required):
        return 0
    looks = problem.looks(routes)
    return sum(
        any(from_h <= hour <= to_h for hour, _ in looks.get(int(cell), ()))
        for cell, from_h, to_h in problem.required
    )
