"""One kernel for all events, its width by Silverman's rule or by leaving one event out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.fitting import Fit, floored
from planner.hotspots.kernels import kernel_sums, near_sums
from planner.hotspots.ladder import point_smear

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.hotspots.fitting import Task
    from planner.hotspots.history import Cells, History

MOST_PAIRS = 10_000_000  # beyond so many, events are left out in turn only now and then
LEAST = 1e-30


def fit_kde(task: Task) -> Fit:
    """
    Fit a Gaussian kernel estimate whose width is `settings.bandwidth`.

    Silverman, B. W. (1986). *Density Estimation for Statistics and Data Analysis*, section 4.3;
    leave-one-out likelihood: section 3.4.4 there.
    """
    cells, settings = task.cells, task.settings
    choose = leave_one_out if settings.bandwidth == "loo" else silverman
    width_nm = choose(task.history, cells)

    def spread(history: History, width_nm: float) -> NDArray[np.float64]:
        return floored(kernel_rate(history, cells, width_nm), cells, settings.floor)

    return Fit(
        share=spread(task.history, width_nm),
        history=task.history,
        again=lambda history, rng: spread(history, width_nm * np.exp(rng.normal(0, 0.2))),
        facts={"bandwidth": f"{width_nm:.3g} nm ({settings.bandwidth})"},
    )


def kernel_rate(history: History, cells: Cells, width_nm: float) -> NDArray[np.float64]:
    """Return the kernel estimate at each cell, in events per nm², shape (n,)."""
    widths = np.full(len(history), width_nm)
    return variable_rate(history, cells.xy_nm, widths, cells.sea_nm2.max())


def variable_rate(
    history: History,
    at_nm: NDArray[np.float64],
    width_nm: NDArray[np.float64],
    cell_nm2: float,
) -> NDArray[np.float64]:
    """Return the kernel estimate with a width per event, in events per nm², shape (P,)."""
    mass = history.share * history.mass[history.owner]
    wide = np.sqrt(width_nm[history.owner] ** 2 + point_smear(history) ** 2 + cell_nm2 / 12)
    rate = np.zeros(len(at_nm))
    for width in np.unique(wide):
        alike = wide == width
        near = kernel_sums(at_nm, history.xy_nm[alike], mass[alike, None], float(width))[0]
        rate += near / (2 * np.pi * width**2)
    return rate


def centres(history: History) -> NDArray[np.float64]:
    """Return the middle of each position region, in nm, shape (E, 2)."""
    centre = np.zeros((len(history), 2))
    np.add.at(centre, history.owner, history.share[:, None] * history.xy_nm)
    return centre


def silverman(history: History, cells: Cells) -> float:
    """Return the width of Silverman's rule in nm; half the area's extent below two events."""
    if len(history) < 2:
        return float(np.ptp(cells.xy_nm, axis=0).max()) / 2
    spread_nm = float(np.sqrt(centres(history).var(axis=0).mean()))
    return max(float(spread_nm * len(history) ** (-1 / 6)), cells.spacing_nm / 2)


def leave_one_out(history: History, cells: Cells) -> float:
    """Return the width in nm under which each event is best foretold by all others."""
    if len(history) < 2:
        return silverman(history, cells)
    widths = trial_widths(cells)
    centre = centres(history)

    def others(width_nm: float, left_out: NDArray[np.int64]) -> NDArray[np.float64]:
        wide = float(np.sqrt(width_nm**2 + cells.sea_nm2.max() / 12))
        total = near_sums(centre[left_out], centre, history.mass[:, None], wide)[0]
        return np.asarray((total - history.mass[left_out]) / (2 * np.pi * wide**2))

    return best_width(history, widths, others)


def trial_widths(cells: Cells) -> NDArray[np.float64]:
    """Return the widths tried, from half a cell upwards, in nm."""
    return np.asarray(cells.spacing_nm / 2 * 1.5 ** np.arange(14), dtype=float)


def best_width(
    history: History,
    widths_nm: NDArray[np.float64],
    others: Callable[[float, NDArray[np.int64]], NDArray[np.float64]],
) -> float:
    """Return the width with the greatest leave-one-out likelihood, in nm."""
    every = 1 + len(history) ** 2 // MOST_PAIRS
    left_out = np.arange(0, len(history), every)
    scores = [
        float(history.mass[left_out] @ np.log(np.maximum(others(float(w), left_out), LEAST)))
        for w in widths_nm
    ]
    return float(widths_nm[int(np.argmax(scores))])
