"""The value of looking at one cell several times, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Demand:
    r"""
    Transfers in one cell: how they begin and how many are under way.

    Transfers begin as a Poisson process whose rate is constant within each time step, and last an
    exponential time of mean ``1 / decay_per_h``. The expected number under way then obeys
    :math:`m' = \lambda - \nu m`, so it is known in closed form at every time.

    Parameters
    ----------
    rate_per_h
        Transfers beginning per hour during each step, shape (steps,).
    under_way
        Expected transfers under way at the start of each step, shape (steps,). Its first value
        carries everything that began before the period.
    decay_per_h
        :math:`\nu`, one over the mean duration in hours. Zero means a transfer never ends.
    step_h
        Length of a step, in hours. Times past the last step see the last step's rate.
    """

    rate_per_h: NDArray[np.float64]
    under_way: NDArray[np.float64]
    decay_per_h: float
    step_h: float

    def under_way_at(self, hour: float) -> float:
        """Return the expected number of transfers under way `hour` hours into the period."""
        step = min(int(hour / self.step_h), len(self.rate_per_h) - 1)
        elapsed = hour - step * self.step_h
        return relax(
            float(self.under_way[step]), float(self.rate_per_h[step]), self.decay_per_h, elapsed
        )


def relax(under_way: float, rate_per_h: float, decay_per_h: float, hours: float) -> float:
    """
    Let transfers begin at a constant rate and end at random, for some hours.

    Examples
    --------
    >>> round(relax(0.0, 2.0, 0.5, 1000.0), 6)  # settles at rate x mean duration
    4.0
    >>> relax(1.0, 2.0, 0.0, 3.0)  # nothing ends
    7.0
    """
    if decay_per_h == 0:
        return under_way + rate_per_h * hours
    settled = rate_per_h / decay_per_h
    return settled + (under_way - settled) * math.exp(-decay_per_h * hours)


def expected_seen(demand: Demand, looks: Sequence[tuple[float, float]]) -> float:
    """
    Return the expected number of distinct transfers seen by several looks at one cell.

    Arguments are those of `first_seen`, whose sum this is.

    Examples
    --------
    >>> import numpy as np
    >>> steady = Demand(np.array([1.0]), np.array([2.0]), 0.5, 24.0)
    >>> expected_seen(steady, [(3.0, 0.5)])
    1.0
    >>> expected_seen(steady, [(3.0, 0.5), (3.0, 0.5)])  # the same transfers, seen again
    1.5
    >>> round(expected_seen(steady, [(3.0, 0.5), (300.0, 0.5)]), 9)  # quite other transfers
    2.0
    """
    return sum(first_seen(demand, looks))


def first_seen(demand: Demand, looks: Sequence[tuple[float, float]]) -> list[float]:
    r"""
    Return how many transfers each look is expected to be the first to see.

    With :math:`V_k` the transfers already seen and still under way just after look *k*, at time
    :math:`t_k` and with POD :math:`p_k`, memoryless durations give

    .. math:: g_k = p_k (m(t_k) - V_{k-1} e^{-\nu (t_k - t_{k-1})}), \qquad
              V_k = V_{k-1} e^{-\nu (t_k - t_{k-1})} + g_k.

    The sum of :math:`g_k` is the sum over first-seeing looks of the usual double sum, in one pass.

    Parameters
    ----------
    demand
        The cell's transfers.
    looks
        Pairs of time in hours and POD in [0, 1], in order of time.

    Returns
    -------
    gains
        Expected distinct transfers first seen by each look, each at least zero.
    """
    gains = []
    seen_under_way = 0.0
    before_h = 0.0
    for hour, pod in looks:
        seen_under_way *= math.exp(-demand.decay_per_h * (hour - before_h))
        gain = pod * (demand.under_way_at(hour) - seen_under_way)
        gains.append(gain)
        seen_under_way += gain
        before_h = hour
    return gains
