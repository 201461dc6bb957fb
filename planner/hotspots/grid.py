"""The estimator most offices use: last year's events counted in squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.fitting import Fit, floored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.fitting import Task
    from planner.hotspots.history import History


def fit_grid(task: Task) -> Fit:
    """Count the events of the last `settings.grid_days` in squares of `settings.grid_cells`."""
    cells, settings = task.cells, task.settings
    side_nm = settings.grid_cells * cells.spacing_nm
    low = cells.xy_nm.min(axis=0) - cells.spacing_nm / 2

    def squares(xy_nm: NDArray[np.float64]) -> NDArray[np.int64]:
        column, row = np.floor((xy_nm - low) / side_nm).astype(np.int64).T
        return np.asarray(row * 1_000_000 + column)

    known, square = np.unique(squares(cells.xy_nm), return_inverse=True)
    sea_nm2 = np.bincount(square, cells.sea_nm2)

    def count(history: History) -> NDArray[np.float64]:
        point = (history.age_days <= settings.grid_days)[history.owner]
        mine = squares(history.xy_nm[point])
        place = np.minimum(np.searchsorted(known, mine), len(known) - 1)
        mass = (history.share * history.mass[history.owner])[point] * (known[place] == mine)
        events = np.bincount(place, mass, len(known))
        return floored((events / np.maximum(sea_nm2, 1e-12))[square], cells, settings.floor)

    facts = {"grid": f"{side_nm:.3g} nm squares, last {settings.grid_days:.0f} days"}
    return Fit(
        share=count(task.history),
        history=task.history,
        again=lambda history, _rng: count(history),
        facts=facts,
    )
