"""Events summed at every width of kernel and every length of memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.kernels import kernel_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.exposure import Places
    from planner.hotspots.history import Cells, History
    from planner.hotspots.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """
    Kernels from wide to narrow, memories from long to short.

    Parameters
    ----------
    widths_nm
        Standard deviations of the kernels once averaged over a cell, in nm, shape (K,), falling.
    memories_days
        Mean lives of the memory, in days, shape (T,), falling; may begin with infinity.
    """

    widths_nm: NDArray[np.float64]
    memories_days: NDArray[np.float64]

    @property
    def full_nm2(self) -> NDArray[np.float64]:
        """Area under each kernel of peak one in the open sea, in nm², shape (K,)."""
        area: NDArray[np.float64] = 2 * np.pi * self.widths_nm**2
        return area

    def decay(self, age_days: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return what is left of something of some age in each memory, shape (..., T)."""
        age = np.asarray(age_days, dtype=float)[..., None]
        left: NDArray[np.float64] = np.exp(-age / self.memories_days)
        return left

    def lasting(self, days: float) -> NDArray[np.float64]:
        """Return the days remembered of a window that ends now, in each memory, shape (T,)."""
        known = np.isfinite(self.memories_days)
        memory = np.where(known, self.memories_days, 1.0)
        return np.where(known, memory * -np.expm1(-days / memory), days)


def build_ladder(cells: Cells, settings: Settings) -> Ladder:
    """Return the ladder that suits a size of cell: kernels halving down to a quarter of it."""
    halvings = int(np.ceil(np.log2(max(4 * settings.widest_nm / cells.spacing_nm, 1.0))))
    widths_nm = settings.widest_nm / 2.0 ** np.arange(1 + halvings)
    return Ladder(
        # A cell's own extent widens a kernel: a square's variance along an axis is area / 12.
        widths_nm=np.sqrt(widths_nm**2 + cells.sea_nm2.max() / 12),
        memories_days=np.array(settings.memories_days),
    )


def event_sums(places: Places, history: History, ladder: Ladder) -> NDArray[np.float64]:
    """
    Return the events near each place by rung and memory, shape (K, T, P).

    A vague event is convolved with its position region: it counts for less than one where the
    kernel is narrower than the region.
    """
    weight = (history.share * history.mass[history.owner])[:, None]
    weight = weight * ladder.decay(history.age_days)[history.owner]
    smear_nm = point_smear(history)
    sums = np.zeros((len(ladder.widths_nm), len(ladder.memories_days), len(places.cell)))
    for smear in np.unique(smear_nm):
        alike = smear_nm == smear
        xy_nm = history.xy_nm[alike]
        for k, width in enumerate(ladder.widths_nm):
            wide_2 = width**2 + smear**2
            near = kernel_sums(places.xy_nm, xy_nm, weight[alike], float(np.sqrt(wide_2)))
            sums[k] += near * (width**2 / wide_2)
    return sums


def region_spread(history: History) -> NDArray[np.float64]:
    """Return the standard deviation along an axis of each position region, in nm, shape (E,)."""
    middle = np.zeros((len(history), 2))
    np.add.at(middle, history.owner, history.share[:, None] * history.xy_nm)
    away_2 = ((history.xy_nm - middle[history.owner]) ** 2).sum(axis=1)
    spread: NDArray[np.float64] = np.sqrt(
        np.bincount(history.owner, history.share * away_2, len(history)) / 2
    )
    return spread


def known_vaguely(history: History, cells: Cells) -> NDArray[np.bool_]:
    """Return which events' position regions are wider than a cell, shape (E,)."""
    wide: NDArray[np.bool_] = region_spread(history) > cells.spacing_nm / 2
    return wide


def point_smear(history: History) -> NDArray[np.float64]:
    """
    Return the width in nm that turns each event's points back into a smooth region, shape (m,).

    About half the distance between neighbours, were the points a lattice; rounded to half octaves
    so that few widths occur; zero for an event known to a point.
    """
    points = np.bincount(history.owner, minlength=len(history))
    smear = 2 * region_spread(history) / np.sqrt(np.maximum(points, 1))
    smear = np.where((points > 1) & (smear > 1e-6), smear, 0.0)
    halves = np.round(2 * np.log2(np.where(smear > 0, smear, 1.0)))
    rounded: NDArray[np.float64] = np.where(smear > 0, 2.0 ** (halves / 2), 0.0)
    return rounded[history.owner]
