"""How much a transfer moves, in barrels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from planner.hotspots.history import History

DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """
    Mean volume of a transfer.

    Parameters
    ----------
    events
        Events whose volume is known.
    mean_bbl
        Mean volume, in barrels; NaN when no event tells one.
    low_bbl, high_bbl
        90 % band of the mean; NaN below two such events.
    """

    events: int
    mean_bbl: float
    low_bbl: float
    high_bbl: float


def mean_volume(history: History, rng: np.random.Generator) -> Volume:
    """
    Return the mean volume of a transfer with its band.

    The band is a Bayesian bootstrap (Rubin, D. B. (1981). *Annals of Statistics*, 9(1), 130-134);
    with few events it is too narrow rather than too wide, as no bootstrap sees past the largest.
    """
    known = np.isfinite(history.volume_bbl)
    volume_bbl, mass = history.volume_bbl[known], history.mass[known]
    nan = float("nan")
    if not len(volume_bbl):
        return Volume(events=0, mean_bbl=nan, low_bbl=nan, high_bbl=nan)
    mean_bbl = float(np.average(volume_bbl, weights=mass))
    if len(volume_bbl) < 2:
        return Volume(events=1, mean_bbl=mean_bbl, low_bbl=nan, high_bbl=nan)
    weight = rng.exponential(size=(DRAWS, len(mass))) * mass
    means = weight @ volume_bbl / weight.sum(axis=1)
    low_bbl, high_bbl = np.quantile(means, [0.05, 0.95])
    return Volume(
        events=len(mass), mean_bbl=mean_bbl, low_bbl=float(low_bbl), high_bbl=float(high_bbl)
    )
