"""Sorties listed one by one, and what each earns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.solvers.bound.flights import Flight
    from planner.solvers.bound.program import Duals


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """
    Sorties of a flight that come back to no cell, where all looks at a cell are alike.

    Once all that could be part of a better plan are listed, they are priced one by one, whatever
    cuts there are [1]_.

    Parameters
    ----------
    flight
        Whose sorties.
    cells
        Which of its cells each searches, in order, shape (k, longest); the number of its cells
        stands for none.
    searched
        The same as bits, shape (k, words).
    alone
        What a look at each of the flight's cells is worth if it is the only one, shape (c,).
    hours
        From take-off to landing, shape (k,).

    References
    ----------
    .. [1] Contardo, C., Martinelli, R. (2014). A new exact algorithm for the multi-depot vehicle
       routing problem under capacity and route length constraints. *Discrete Optimization*, 12,
       129-146.
    """

    flight: Flight
    cells: NDArray[np.int16]
    searched: NDArray[np.uint64]
    alone: NDArray[np.float64]
    hours: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.cells)

    def earned(self, duals: Duals) -> NDArray[np.float64]:
        """Return what each earns beyond what its looks, hours and cuts are charged, shape (k,)."""
        worth = np.append(self.alone - duals.charge[2 * self.flight.cells], 0.0)
        earned = np.zeros(len(self))
        for cells in self.cells.T:
            earned += worth[cells]
        earned -= duals.hour[self.flight.detachment] * self.hours
        place = {cell: k for k, cell in enumerate(self.flight.cells.tolist())}
        for cut, dual in duals.cut.items():
            looks = sum(self._searches(place[cell]) for cell in cut.cells if cell in place)
            earned -= dual * (looks // 2)
        return earned

    def _searches(self, cell: int) -> NDArray[np.int64]:
        bit = self.searched[:, cell >> 6] >> np.uint64(cell & 63) & np.uint64(1)
        return bit.astype(np.int64)

    def above(self, duals: Duals, floor: float) -> Listed:
        """Return those that earn more than `floor`."""
        kept = self.earned(duals) > floor
        return replace(
            self, cells=self.cells[kept], searched=self.searched[kept], hours=self.hours[kept]
        )

    def path(self, sortie: int) -> list[int]:
        """Return which of the flight's cells a sortie searches, in order."""
        return [cell for cell in self.cells[sortie].tolist() if cell < len(self.alone)]
