"""Good sorties for the pays of the moment: what they search, when, and for how long they fly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.problem import Look, Route

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.solvers.bound.flights import Flight

FUZZ = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    Good sorties of a flight, one for each of k take-offs; those without looks earn nothing.

    Parameters
    ----------
    flight
        Whose sorties they are.
    takeoffs
        Which of its take-offs, shape (k,).
    earns
        What each is paid at most, shape (k,).
    count
        Its looks, shape (k,).
    cell, level
        Which of the flight's cells it searches, and at what level, shape (k, m); meaningless
        beyond its looks.
    """

    flight: Flight
    takeoffs: NDArray[np.int64]
    earns: NDArray[np.float64]
    count: NDArray[np.int64]
    cell: NDArray[np.int64]
    level: NDArray[np.int64]

    def route(self, k: int) -> Route:
        """Return the k-th sortie as a route of the flight's first slot."""
        looks = [
            Look(int(self.flight.cells[cell]), int(level))
            for cell, level in zip(self.cell[k], self.level[k], strict=True)
        ]
        takeoff_h = float(self.flight.takeoff_h[self.takeoffs[k]])
        return Route(self.flight.slots[0], takeoff_h, tuple(looks[: self.count[k]]))

    def clocked(
        self, chosen: NDArray[np.int64], ranks: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """
        Return mid-search times and ranks of the looks of some sorties, and the hours they fly.

        Times are as the flight has them, shape (c, m); a look's rank is how many looks of its
        sortie ended at its cell just before it, `ranks` - 1 at most.
        """
        flight, cell, level = self.flight, self.cell[chosen], self.level[chosen]
        ways_h = np.empty(cell.shape)
        ways_h[:, 0] = flight.out_h[cell[:, 0]]
        ways_h[:, 1:] = flight.leg_h[cell[:, :-1], cell[:, 1:]]
        ways_h[:, 0] += flight.takeoff_h[self.takeoffs[chosen]]
        dwell_h = flight.dwell_h[cell, level]
        ends_h = np.cumsum(ways_h + dwell_h, axis=1)
        rank = np.zeros(cell.shape, np.int64)
        for look in range(1, cell.shape[1]):
            follows = (cell[:, look] == cell[:, look - 1]) & (ways_h[:, look] < FUZZ)
            rank[:, look] = np.where(follows, np.minimum(rank[:, look - 1] + 1, ranks - 1), 0)
        rows, last = np.arange(len(chosen)), np.maximum(self.count[chosen] - 1, 0)
        landing_h = ends_h[rows, last] + flight.back_h[cell[rows, last]]
        hours = landing_h - flight.takeoff_h[self.takeoffs[chosen]] + flight.fixed_h
        return ends_h - dwell_h / 2, rank, hours
