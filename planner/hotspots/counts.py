"""How many events the next period holds: a total that drifts and clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, gammaln, xlog1py

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.history import History

DISCOUNTS = (0.4, 0.6, 0.75, 0.85, 0.92, 0.97, 1.0)
CLUSTERINGS = (0.0, 0.03, 0.08, 0.15, 0.3, 0.6)
PRIOR_EVENTS = 0.5
PRIOR_PERIODS = 0.5
MOST_PERIODS = 500
TAIL = 10.0  # standard deviations above the mean, beyond which a count is not looked for
LEAST_EVENTS = 0.05  # after a long silence events may still begin again


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """
    Forecast number of events in the next period.

    Parameters
    ----------
    mean
        Expected number.
    dispersion
        Variance over mean; one for a Poisson count.
    low, high
        95 % interval: at most 2.5 % lies below the first, at most 2.5 % above the second.
    """

    mean: float
    dispersion: float
    low: int
    high: int


def forecast_count(history: History, horizon_days: float) -> Count:
    """
    Forecast the number of events of the next `horizon_days`.

    Notes
    -----
    The rate is Gamma with its past discounted every period (West, M., Harrison, J. (1997).
    *Bayesian Forecasting and Dynamic Models*, section 14.2), so the count is negative binomial;
    clustering within a period widens it further. Discount and clustering are averaged over a grid
    by how well they foretold each past period.
    """
    return count_from(period_counts(history, horizon_days)[-MOST_PERIODS:])


def period_counts(history: History, horizon_days: float) -> NDArray[np.float64]:
    """Return the events in each whole period up to the forecast, oldest first."""
    periods = int(history.age_days.max(initial=0.0) // horizon_days)
    number = (history.age_days // horizon_days).astype(np.int64)
    whole = number < periods
    return np.bincount(number[whole], history.mass[whole], periods)[::-1].astype(float)


def count_from(counts: NDArray[np.float64]) -> Count:
    """Forecast the next of a series of counts, oldest first."""
    discount, clustering = (each.ravel() for each in np.meshgrid(DISCOUNTS, CLUSTERINGS))
    events = np.full(len(discount), PRIOR_EVENTS)
    periods = np.full(len(discount), PRIOR_PERIODS)
    score = np.zeros(len(discount))
    for count in np.round(counts):
        size, chance = _negative_binomial(events, periods, clustering)
        score += _log_chance(count, size, chance)
        events = np.maximum(discount * events, LEAST_EVENTS) + count
        periods = discount * periods + 1
    belief = np.exp(score - score.max())
    size, chance = _negative_binomial(events, periods, clustering)
    return _mixture(belief / belief.sum(), size, chance)


def _negative_binomial(
    events: NDArray[np.float64], periods: NDArray[np.float64], clustering: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return size and chance: mean events / periods, squared variation 1 / events + clustering."""
    mean = events / periods
    size = 1 / (1 / np.maximum(events, 1e-3) + clustering)
    return size, size / (size + np.maximum(mean, 1e-9))


def _log_chance(
    count: float, size: NDArray[np.float64], chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log probability of a count under negative binomials."""
    ways = gammaln(count + size) - gammaln(size) - gammaln(count + 1)
    return np.asarray(ways + size * np.log(chance) + xlog1py(count, -chance))


def _mixture(
    belief: NDArray[np.float64], size: NDArray[np.float64], chance: NDArray[np.float64]
) -> Count:
    means = size * (1 - chance) / chance
    variances = means / chance
    mean = float(belief @ means)
    variance = float(belief @ (variances + means**2)) - mean**2
    heard = belief > 1e-6
    most = int(np.max(means[heard] + TAIL * np.sqrt(variances[heard]))) + 1
    number = np.arange(most + 1)
    below = belief[heard] @ betainc(size[heard, None], number + 1, chance[heard, None])
    below = below / belief[heard].sum()
    low, high = np.searchsorted(below, [0.025, 0.975])
    return Count(
        mean=mean,
        dispersion=variance / max(mean, 1e-12),
        low=int(low),
        high=int(min(high, most)),
    )
