"""Sobol indices: how much of the spread of the answers each factor explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.sweep.trials import Sweep

RESAMPLES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """
    One factor's share of the variance of transfers seen.

    Parameters
    ----------
    path
        The factor.
    first, total
        Share it explains alone, and with everything it acts together with; about 0 to 1.
    first_band, total_band
        Their 90 % bootstrap bands.
    """

    path: str
    first: float
    total: float
    first_band: tuple[float, float]
    total_band: tuple[float, float]


def sobol(sweep: Sweep) -> list[Index]:
    """
    Return the Sobol indices of a Saltelli sample, or nothing when the sample does not allow them.

    Seeds and overrides are averaged over. Needs every run of the design.

    Notes
    -----
    The estimators of Saltelli et al. (2010), "Variance based sensitivity analysis of model output",
    *Computer Physics Communications* 181(2), 259-270, and bands by resampling the rows.
    """
    design = sweep.pinned.design
    if design.sample != "saltelli" or len(sweep.trials) != len(design):
        return []
    values = np.array([trial.value for trial in sweep.trials])
    means = values.reshape(-1, design.settings, len(design.seeds)).mean(axis=(0, 2))
    matrices = means.reshape(len(design.factors) + 2, design.base)
    if np.ptp(matrices) == 0:
        return []
    first, total = _indices(matrices)
    rng = np.random.default_rng(design.seeds[0])
    again = rng.integers(design.base, size=(RESAMPLES, design.base))
    drawn = np.array([_indices(matrices[:, rows]) for rows in again])
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    return [
        Index(
            path=factor.path,
            first=float(first[place]),
            total=float(total[place]),
            first_band=(float(low[0, place]), float(high[0, place])),
            total_band=(float(low[1, place]), float(high[1, place])),
        )
        for place, factor in enumerate(design.factors)
    ]


def _indices(matrices: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return first-order and total indices of matrices A, B, AB of values, shape (d + 2, rows)."""
    one, other, mixed = matrices[0], matrices[1], matrices[2:]
    middle = matrices[:2].mean()
    spread = matrices[:2].var()
    first = ((other - middle) * (mixed - one)).mean(axis=1) / spread
    total = ((one - mixed) ** 2).mean(axis=1) / 2 / spread
    return first, total
