"""What an estimator is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from planner.hotspots.history import Cells, Exposure, History
    from planner.hotspots.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """
    What an estimator is given.

    Parameters
    ----------
    history
        Events at sea in the area; may be none.
    cells
        Cells of the area.
    settings
        The choices made.
    exposure
        Past looks, if known.
    shape
        Prior map over its mean at sea, shape (n,); ones when there is no prior map.
    rng
        The source of chance.
    """

    history: History
    cells: Cells
    settings: Settings
    exposure: Exposure | None
    shape: NDArray[np.float64]
    rng: np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """
    What an estimator gives back.

    Parameters
    ----------
    share
        Share of all events expected in each cell, shape (n,); sums to one, zero on land.
    history
        The events as used, position regions moved towards the surface if the estimator does that.
    again
        Returns the share for other weights and shares of the same events, with hyper-parameters
        drawn from what the events leave open.
    facts
        What the model card says of the fit: names and values as text.
    """

    share: NDArray[np.float64]
    history: History
    again: Callable[[History, np.random.Generator], NDArray[np.float64]]
    facts: Mapping[str, str]


def normalised(rate: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Turn a rate per nm² into the share of each cell, shape (..., n); even where all is zero."""
    total = rate * cells.sea_nm2
    whole = total.sum(axis=-1, keepdims=True)
    even = cells.sea_nm2 / cells.sea_nm2.sum()
    share: NDArray[np.float64] = total / whole if (whole > 0).all() else even + 0 * total
    return share


def floored(rate: NDArray[np.float64], cells: Cells, floor: float) -> NDArray[np.float64]:
    """Return the share with a part of it spread evenly, so that no sea is ruled out."""
    even = cells.sea_nm2 / cells.sea_nm2.sum()
    share: NDArray[np.float64] = (1 - floor) * normalised(rate, cells) + floor * even
    return share
