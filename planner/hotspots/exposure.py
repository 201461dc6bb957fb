"""How much every place has been looked at: the denominator of every rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.kernels import kernel_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.history import Cells, Exposure
    from planner.hotspots.ladder import Ladder

SEA_AT_LEAST = 0.05  # least share of sea under a kernel; keeps narrow inlets from exploding


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """
    Cells at which the surface is wanted.

    Parameters
    ----------
    cell
        Their indices, shape (P,).
    xy_nm
        Their centres, in nm, shape (P, 2).
    sea
        Share of sea under each kernel, shape (K, P): the edge correction.
    """

    cell: NDArray[np.int64]
    xy_nm: NDArray[np.float64]
    sea: NDArray[np.float64]

    def some(self, cell: NDArray[np.int64]) -> Places:
        """Return the places at some of the cells, given that these are at all of them."""
        return Places(cell=cell, xy_nm=self.xy_nm[cell], sea=self.sea[:, cell])


def everywhere(cells: Cells, ladder: Ladder) -> Places:
    """Return all cells as places."""
    sea = np.stack(
        [
            _average(cells.xy_nm, cells, np.arange(len(cells)), cells.sea_nm2[:, None], width)[0]
            for width in ladder.widths_nm
        ]
    )
    return Places(
        cell=np.arange(len(cells)), xy_nm=cells.xy_nm, sea=np.clip(sea, SEA_AT_LEAST, 1.0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """
    Exposure as it stood on one day, in looks (or days, where no looks are known).

    Parameters
    ----------
    near
        Exposure under each kernel times its sea in nm², shape (K, T, P).
    mean
        Mean exposure over all sea in each memory, shape (T,).
    """

    near: NDArray[np.float64]
    mean: NDArray[np.float64]


def effort_then(
    places: Places,
    cells: Cells,
    ladder: Ladder,
    exposure: Exposure | None,
    *,
    window_days: float,
    now_days: float = 0.0,
) -> Effort:
    """
    Return the exposure as it stood `now_days` ago, smoothed as the events are.

    Parameters
    ----------
    places
        Where.
    cells, ladder
        The cells of the looks, and the kernels and memories.
    exposure
        Past looks; without them every day counts alike everywhere.
    window_days
        Days in which events could be reported until then.
    now_days
        Days before the forecast at which the exposure is wanted; later looks are left out.
    """
    passive = ladder.lasting(window_days) * (exposure.passive_per_day if exposure else 1.0)
    near = (ladder.full_nm2[:, None] * places.sea)[:, None, :] * passive[None, :, None]
    if exposure is None or not (exposure.age_days > now_days).any():
        return Effort(near=near, mean=passive)
    looked, faded = _looks(cells, ladder, exposure, now_days)
    for k, width in enumerate(ladder.widths_nm):
        near[k] += ladder.full_nm2[k] * _average(places.xy_nm, cells, looked, faded, width)
    return Effort(near=near, mean=passive + faded.sum(axis=0) / cells.sea_nm2.sum())


def looked_at(
    cells: Cells, exposure: Exposure | None, *, from_days: float, to_days: float
) -> NDArray[np.float64]:
    """Return the exposure of each cell from `from_days` to `to_days` ago, shape (n,)."""
    if exposure is None:
        return np.ones(len(cells))
    then = (exposure.age_days <= from_days) & (exposure.age_days > to_days)
    looks = np.bincount(exposure.cell[then], exposure.pod[then], len(cells))
    return (exposure.passive_per_day * (from_days - to_days) + looks).astype(float)


def _looks(
    cells: Cells, ladder: Ladder, exposure: Exposure, now_days: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the cells looked at and what is remembered there, in looks times nm² of sea."""
    past = exposure.age_days > now_days
    cell = exposure.cell[past]
    faded = ladder.decay(exposure.age_days[past] - now_days) * exposure.pod[past, None]
    looked = np.unique(cell)
    total = np.stack([np.bincount(cell, each, len(cells))[looked] for each in faded.T], axis=1)
    return looked, total * cells.sea_nm2[looked, None]


def _average(
    at_nm: NDArray[np.float64],
    cells: Cells,
    cell: NDArray[np.int64],
    weight: NDArray[np.float64],
    width_nm: float,
) -> NDArray[np.float64]:
    """
    Average weights of cells under a kernel.

    A kernel about as narrow as a cell meets few centres: the sum is divided by that over a full
    lattice (Poisson summation, first term).
    """
    total = kernel_sums(at_nm, cells.xy_nm[cell], weight, width_nm)
    lattice = (1 + 2 * np.exp(-2 * np.pi**2 * width_nm**2 / cells.sea_nm2.max())) ** 2
    average: NDArray[np.float64] = total / (2 * np.pi * width_nm**2 * lattice)
    return average
