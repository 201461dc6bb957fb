"""The estimator that knows nothing: all sea alike, or the prior map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.hotspots.fitting import Fit, normalised

if TYPE_CHECKING:
    from planner.hotspots.fitting import Task


def fit_uniform(task: Task) -> Fit:
    """Spread the events evenly over the sea, or as the prior map says."""
    share = normalised(task.shape, task.cells)
    return Fit(share=share, history=task.history, again=lambda _history, _rng: share, facts={})
