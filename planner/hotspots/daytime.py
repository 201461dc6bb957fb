"""When in the day events happen, by local solar time; flat unless the events say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import i0e

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.history import History

HOURS = 24
CONCENTRATIONS = (0.5, 1.0, 2.0, 4.0, 8.0)
TRUSTS = (0.25, 0.5, 0.75, 0.95)


def daily_profile(history: History) -> NDArray[np.float64]:
    """
    Return the rate in each local solar hour over the mean rate, shape (24,), mean one.

    Notes
    -----
    A von Mises kernel mixed with a flat profile. Its concentration and share are averaged by
    leave-one-out likelihood, and flat alone starts with half of all belief, so a handful of
    hours cannot bend the profile. Kernel: Hall, P., Watson, G. S., Cabrera, J. (1987). Kernel
    density estimation with spherical data. *Biometrika*, 74(4), 751-762.
    """
    known = np.isfinite(history.solar_hour)
    hour, mass = history.solar_hour[known], history.mass[known]
    middle = np.linspace(0.5, HOURS - 0.5, HOURS)
    shapes, scores = [np.ones(HOURS)], [0.0]
    for concentration in CONCENTRATIONS if len(hour) > 1 else ():
        among = _kernel(hour, hour, concentration) * (1 - np.eye(len(hour)))
        others = (among @ mass) / (mass.sum() - mass)
        profile = _kernel(middle, hour, concentration) @ mass / mass.sum()
        for trust in TRUSTS:
            shapes.append(1 - trust + trust * profile / profile.mean())
            scores.append(float(mass @ np.log(1 - trust + trust * others)))
    prior = np.full(len(shapes), 0.5 / max(len(shapes) - 1, 1))
    prior[0] = 0.5
    belief = prior * np.exp(np.array(scores) - max(scores))
    mean: NDArray[np.float64] = belief @ np.array(shapes) / belief.sum()
    return np.asarray(mean / mean.mean())


def _kernel(
    at_hour: NDArray[np.float64], hour: NDArray[np.float64], concentration: float
) -> NDArray[np.float64]:
    """Return the von Mises density over the flat one, shape (at, hours)."""
    angle = 2 * np.pi * (at_hour[:, None] - hour[None, :]) / HOURS
    ratio: NDArray[np.float64] = np.exp(concentration * (np.cos(angle) - 1)) / i0e(concentration)
    return ratio
