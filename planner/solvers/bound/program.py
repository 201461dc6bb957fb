"""The linear program of the bound: sorties on one side, looks at each cell on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.linear_solver import pywraplp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Look

ROBUST = "use_dual_simplex: true perturb_costs_in_dual_simplex: true"

Entries = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Sortie:
    """
    A sortie of some flight, as the program sees it.

    `value` is what its looks would see if each were the only one at its cell, less prices;
    `charged` the look rows it counts in; `hours` what it draws from the budget.
    """

    looks: tuple[Look, ...]
    takeoff_h: float
    value: float
    charged: Entries
    hours: float

    def earns(self, duals: Duals, detachment: int) -> float:
        """Return its value less charges and hours."""
        charges = sum(weight * duals.charge[row] for row, weight in self.charged)
        return float(self.value - charges - duals.hour[detachment] * self.hours)


@dataclass(frozen=True, slots=True)
class Duals:
    """
    What the program's rows are worth.

    `charge` is what a look pays to its cell, by look row; `flight` a slot of each flight, `pool`
    a sortie under each shared limit, `hour` a flying hour of each detachment.
    """

    charge: NDArray[np.float64]
    flight: NDArray[np.float64]
    pool: NDArray[np.float64]
    hour: NDArray[np.float64]

    def towards(self, other: Duals, share: float) -> Duals:
        """Return duals the given share of the way to others."""
        return Duals(
            *(
                (1 - share) * getattr(self, name) + share * getattr(other, name)
                for name in ("charge", "flight", "pool", "hour")
            )
        )


class Program:
    """
    Which sorties to fly, in fractions, when every charged look must be covered at its cell.

    Rows: one per kind of look (`charge`), per cell, per flight, per shared limit on sorties and
    per detachment with a budget. Columns: sorties, and sets of looks at one cell, which cost the
    overlap of those looks. Values are multiplied by `scale` inside, so that none is tiny.
    """

    def __init__(
        self,
        *,
        look_rows: int,
        cells: int,
        flights: list[int],
        pools: list[int],
        budget_h: NDArray[np.float64],
        scale: float,
    ) -> None:
        self._scale = scale
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._solver.SetNumThreads(1)
        self._solver.SetSolverSpecificParametersAsString(ROBUST)
        self._inf = self._solver.infinity()
        row = self._solver.Constraint
        self._charge = [row(-self._inf, 0.0) for _ in range(look_rows)]
        self._cell = [row(-self._inf, 1.0) for _ in range(cells)]
        self._flight = [row(-self._inf, float(count)) for count in flights]
        self._pool = [row(-self._inf, float(most)) for most in pools]
        self._hour = [row(-self._inf, min(float(most), 1e9)) for most in budget_h]
        self._solver.Objective().SetMaximization()
        self._sorties: list[pywraplp.Variable] = []

    def add_sortie(self, sortie: Sortie, *, flight: int, pool: int, detachment: int) -> None:
        """Offer a sortie of a flight."""
        column = self._column(sortie.value, sortie.charged, 1.0)
        self._flight[flight].SetCoefficient(column, 1.0)
        if pool >= 0:
            self._pool[pool].SetCoefficient(column, 1.0)
        self._hour[detachment].SetCoefficient(column, sortie.hours)
        self._sorties.append(column)

    def add_looks(self, cell: int, overlap: float, covered: Entries) -> None:
        """Offer a set of looks at a cell, at the price of their overlap."""
        self._cell[cell].SetCoefficient(self._column(-overlap, covered, -1.0), 1.0)

    def add_spare(self, row: int, loss: float) -> None:
        """Let looks of a row be worth nothing: no charge need exceed what a look sees."""
        self._column(-loss, ((row, 1.0),), -1.0)

    def withdraw(self, sortie: int) -> None:
        """Take a sortie off the program for good."""
        self._sorties[sortie].SetUb(0.0)

    def solve(self, seconds: float) -> tuple[float, Duals] | None:
        """Return value and duals of the program, or nothing when time ran out."""
        self._solver.SetTimeLimit(max(1, int(seconds * 1000)))
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            afresh = pywraplp.MPSolverParameters()
            afresh.SetIntegerParam(afresh.INCREMENTALITY, afresh.INCREMENTALITY_OFF)
            if self._solver.Solve(afresh) != pywraplp.Solver.OPTIMAL:
                return None
        duals = Duals(
            *(
                np.maximum(0.0, np.array([row.dual_value() for row in rows]) / self._scale)
                for rows in (self._charge, self._flight, self._pool, self._hour)
            )
        )
        return float(self._solver.Objective().Value()) / self._scale, duals

    def flown(self) -> NDArray[np.float64]:
        """Return how much of each sortie is flown in the last solution."""
        return np.array([column.solution_value() for column in self._sorties])

    def _column(self, value: float, entries: Entries, sign: float) -> pywraplp.Variable:
        column = self._solver.NumVar(0.0, self._inf, "")
        self._solver.Objective().SetCoefficient(column, value * self._scale)
        for row, weight in entries:
            self._charge[row].SetCoefficient(column, sign * weight)
        return column
