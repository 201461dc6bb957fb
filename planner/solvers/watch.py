"""The clock of a search: how much of its time, or of its steps, is gone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.problem import Routes
    from planner.solvers import Progress


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
    interrupted: bool = False
    trace: list[tuple[float, float]] = field(default_factory=list)

    def elapsed(self) -> float:
        """Return seconds since the search began."""
        return time.monotonic() - self.began

    def left(self) -> float:
        """Return seconds left; none once told to stop."""
        self.interrupted = self.interrupted or self.stop()
        return 0.0 if self.interrupted else self.seconds - self.elapsed()

    def offer(self, value: float, routes: Routes) -> bool:
        """Keep routes when they are better than the best so far; return whether they were."""
        if value <= self.value + 1e-9:
            return False
        self.value, self.routes = value, routes
        self.trace.append((self.elapsed(), value))
        if self.progress is not None:
            self.progress(*self.trace[-1])
        return True
