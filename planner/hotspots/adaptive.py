"""Kernels that narrow where events crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.fitting import Fit, floored
from planner.hotspots.kde import best_width, centres, silverman, trial_widths, variable_rate
from planner.hotspots.kernels import near_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.fitting import Task
    from planner.hotspots.history import Cells, History


def fit_adaptive(task: Task) -> Fit:
    """
    Fit an adaptive kernel estimate: each width falls as the root of a pilot estimate there.

    Abramson, I. S. (1982). On bandwidth variation in kernel estimates: a square root law. *Annals
    of Statistics*, 10(4), 1217-1223. The overall width is chosen by leaving one event out.
    """
    cells, settings = task.cells, task.settings
    factor = local_factors(task.history, cells)
    width_nm = _overall(task.history, cells, factor)

    def spread(history: History, width_nm: float) -> NDArray[np.float64]:
        widths = _half_octaves(width_nm * local_factors(history, cells))
        rate = variable_rate(history, cells.xy_nm, widths, cells.sea_nm2.max())
        return floored(rate, cells, settings.floor)

    return Fit(
        share=spread(task.history, width_nm),
        history=task.history,
        again=lambda history, rng: spread(history, width_nm * np.exp(rng.normal(0, 0.2))),
        facts={"bandwidth": f"{width_nm:.3g} nm, narrower where events crowd"},
    )


def local_factors(history: History, cells: Cells) -> NDArray[np.float64]:
    """Return how much wider than the overall width each event's kernel is, shape (E,)."""
    if len(history) < 2:
        return np.ones(len(history))
    width = np.full(len(history), silverman(history, cells))
    pilot = variable_rate(history, centres(history), width, cells.sea_nm2.max())
    typical = np.exp(np.average(np.log(pilot), weights=history.mass))
    factor: NDArray[np.float64] = np.clip(np.sqrt(typical / pilot), 0.05, 20.0)
    return factor


def _overall(history: History, cells: Cells, factor: NDArray[np.float64]) -> float:
    if len(history) < 2:
        return silverman(history, cells)
    centre = centres(history)
    cell_nm2 = cells.sea_nm2.max()

    def others(width_nm: float, left_out: NDArray[np.int64]) -> NDArray[np.float64]:
        wide = np.sqrt(_half_octaves(width_nm * factor) ** 2 + cell_nm2 / 12)
        rate = np.zeros(len(left_out))
        for width in np.unique(wide):
            alike = wide == width
            mass = history.mass[alike, None]
            near = near_sums(centre[left_out], centre[alike], mass, float(width))[0]
            rate += near / (2 * np.pi * width**2)
        own: NDArray[np.float64] = history.mass / (2 * np.pi * wide**2)
        return rate - own[left_out]

    return best_width(history, trial_widths(cells), others)


def _half_octaves(width_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round widths so that few differ; summing is then quick."""
    rounded: NDArray[np.float64] = 2.0 ** (np.round(2 * np.log2(width_nm)) / 2)
    return rounded
