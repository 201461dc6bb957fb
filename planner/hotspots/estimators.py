"""The named estimators a scenario may choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.hotspots.adaptive import fit_adaptive
from planner.hotspots.grid import fit_grid
from planner.hotspots.kde import fit_kde
from planner.hotspots.stack import fit_cascade, fit_stack
from planner.hotspots.uniform import fit_uniform

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.hotspots.fitting import Fit, Task

ESTIMATORS: dict[str, Callable[[Task], Fit]] = {
    "uniform": fit_uniform,
    "grid": fit_grid,
    "kde": fit_kde,
    "adaptive": fit_adaptive,
    "cascade": fit_cascade,
    "stack": fit_stack,
}
