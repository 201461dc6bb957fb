"""When transfers begin in each cell, and how many are under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.light import solar_hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS_A_YEAR = 365.25 * 24


def begun_per_h(
    mean_per_h: NDArray[np.float64],
    lon: NDArray[np.float64],
    profile: NDArray[np.float64],
    middles: NDArray[np.datetime64],
) -> NDArray[np.float64]:
    """
    Spread each cell's mean rate over the day.

    Parameters
    ----------
    mean_per_h
        Transfers beginning per hour in each cell, averaged over the day, shape (n,).
    lon
        Longitude of each cell in degrees, shape (n,).
    profile
        Weight of each local solar hour, mean 1, shape (24,).
    middles
        Moment in the middle of each time step, UTC, shape (B,).

    Returns
    -------
    rate
        Transfers beginning per hour in each cell and step, shape (n, B); each step has the weight
        of the solar hour at its middle.
    """
    hour = solar_hour(lon, middles).astype(np.int64) % 24
    rate: NDArray[np.float64] = mean_per_h[:, None] * profile[hour]
    return rate


def under_way_at_steps(
    rate_per_h: NDArray[np.float64], *, duration_h: float, step_h: float
) -> NDArray[np.float64]:
    r"""
    Return the expected transfers under way at the start of each step, shape (n, steps).

    Each step relaxes towards rate times duration. The first value is that of a day that repeats:
    whatever begins in the period's first day began likewise on the days before, so
    :math:`m_0 = c / (1 - e^{-24 / D})` with `c` what a day leaves under way at its end.
    """
    keep = np.exp(-step_h / duration_h)
    settled = rate_per_h * duration_h
    day = max(1, min(rate_per_h.shape[1], round(24 / step_h)))
    left = np.zeros(len(rate_per_h))
    for step in range(day):
        left = settled[:, step] + (left - settled[:, step]) * keep
    under_way = np.empty_like(rate_per_h)
    now = left / -np.expm1(-day * step_h / duration_h)
    for step in range(rate_per_h.shape[1]):
        under_way[:, step] = now
        now = settled[:, step] + (now - settled[:, step]) * keep
    return under_way
