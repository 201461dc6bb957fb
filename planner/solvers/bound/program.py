"""The linear program of the bound: sorties on one side, looks at each cell on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.linear_solver import pywraplp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Look
    from planner.solvers.bound.cuts import Cut

WARM = "use_dual_simplex: false"
ROBUST = "use_dual_simplex: true perturb_costs_in_dual_simplex: true"
TINY = 1e-9
WAYS = ((WARM, False), (ROBUST, False), (ROBUST, True), (WARM, True))

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


@dataclass(frozen=True, slots=True)
class Duals:
    """
    What the program's rows are worth.

    `charge` is what a look pays to its cell, by look row; `flight` a slot of each flight, `pool`
    a sortie under each shared limit, `hour` a flying hour of each detachment, `cut` a pair of looks
    under each cut.
    """

    charge: NDArray[np.float64]
    flight: NDArray[np.float64]
    pool: NDArray[np.float64]
    hour: NDArray[np.float64]
    cut: dict[Cut, float]

    def towards(self, other: Duals, share: float) -> Duals:
        """Return duals the given share of the way to others."""
        mine = (self.charge, self.flight, self.pool, self.hour)
        its = (other.charge, other.flight, other.pool, other.hour)
        cuts = {
            cut: (1 - share) * self.cut.get(cut, 0.0) + share * other.cut.get(cut, 0.0)
            for cut in self.cut | other.cut
        }
        charge, flight, pool, hour = (
            (1 - share) * a + share * b for a, b in zip(mine, its, strict=True)
        )
        cuts = {cut: dual for cut, dual in cuts.items() if dual > TINY}
        return Duals(charge, flight, pool, hour, cuts)


class Program:
    """
    Which sorties to fly, in fractions, when every charged look must be covered at its cell.

    Rows: one per kind of look (`charge`), per cell, per flight, per shared limit on sorties and
    per detachment with a budget, and per cut. Columns: sorties, and sets of looks at one cell,
    which cost the overlap of those looks. Values are multiplied by `scale` inside, so that none is
    tiny.
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
        self._inf = self._solver.infinity()
        row = self._solver.Constraint
        self._charge = [row(-self._inf, 0.0) for _ in range(look_rows)]
        self._cell = [row(-self._inf, 1.0) for _ in range(cells)]
        self._flight = [row(-self._inf, float(count)) for count in flights]
        self._pool = [row(-self._inf, float(most)) for most in pools]
        self._hour = [row(-self._inf, min(float(most), 1e9)) for most in budget_h]
        self._solver.Objective().SetMaximization()
        self._cut: list[pywraplp.Constraint] = []
        self._cuts: list[Cut] = []
        self._sorties: list[pywraplp.Variable] = []
        self._flown_looks: list[tuple[Look, ...]] = []
        self._sets: list[pywraplp.Variable] = []
        self._set_looks: list[tuple[int, int | None]] = []
        self._flown = np.zeros(0)

    def add_sortie(self, sortie: Sortie, *, flight: int, pool: int, detachment: int) -> None:
        """Offer a sortie of a flight."""
        column = self._column(sortie.value, sortie.charged, 1.0)
        self._flight[flight].SetCoefficient(column, 1.0)
        if pool >= 0:
            self._pool[pool].SetCoefficient(column, 1.0)
        self._hour[detachment].SetCoefficient(column, sortie.hours)
        for row, cut in zip(self._cut, self._cuts, strict=True):
            row.SetCoefficient(column, cut.pairs(sortie.looks))
        self._sorties.append(column)
        self._flown_looks.append(sortie.looks)

    def add_looks(self, cell: int, overlap: float, covered: Entries) -> None:
        """Offer a set of looks at a cell, at the price of their overlap."""
        column = self._column(-overlap, covered, -1.0)
        self._cell[cell].SetCoefficient(column, 1.0)
        self._note_set(column, cell, round(sum(weight for _, weight in covered)))

    def add_spare(self, cell: int, row: int, loss: float) -> None:
        """Let looks of a row be worth nothing: no charge need exceed what a look sees."""
        self._note_set(self._column(-loss, ((row, 1.0),), -1.0), cell, None)

    def _note_set(self, column: pywraplp.Variable, cell: int, times: int | None) -> None:
        for row, cut in zip(self._cut, self._cuts, strict=True):
            row.SetCoefficient(column, -cut.excess(cell, times))
        self._sets.append(column)
        self._set_looks.append((cell, times))

    def add_cut(self, cut: Cut) -> None:
        """Let sorties fly no more pairs of looks at three cells than the cut allows."""
        row = self._solver.Constraint(-self._inf, float(cut.most))
        for column, looks in zip(self._sorties, self._flown_looks, strict=True):
            row.SetCoefficient(column, cut.pairs(looks))
        for column, (cell, times) in zip(self._sets, self._set_looks, strict=True):
            row.SetCoefficient(column, -cut.excess(cell, times))
        self._cut.append(row)
        self._cuts.append(cut)

    def withdraw(self, sortie: int) -> None:
        """Take a sortie off the program for good."""
        self._sorties[sortie].SetUb(0.0)

    def solve(self, seconds: float) -> tuple[float, Duals] | None:
        """Return value and duals of the program, or nothing when time ran out."""
        self._solver.SetTimeLimit(max(1, int(seconds * 1000)))
        if not any(self._solved(*way) for way in WAYS):
            return None
        charge, flight, pool, hour, cut = (
            np.maximum(0.0, np.array([row.dual_value() for row in rows]) / self._scale)
            for rows in (self._charge, self._flight, self._pool, self._hour, self._cut)
        )
        paid = {each: dual for each, dual in zip(self._cuts, cut.tolist(), strict=True) if dual}
        duals = Duals(charge, flight, pool, hour, paid)
        self._flown = np.array([column.solution_value() for column in self._sorties])
        return float(self._solver.Objective().Value()) / self._scale, duals

    def _solved(self, terms: str, afresh: bool) -> bool:
        """Solve from the last basis, or afresh; return whether that came to an end."""
        self._solver.SetSolverSpecificParametersAsString(terms)
        how = pywraplp.MPSolverParameters()
        if afresh:
            how.SetIntegerParam(how.INCREMENTALITY, how.INCREMENTALITY_OFF)
        return bool(self._solver.Solve(how) == pywraplp.Solver.OPTIMAL)

    def flown(self) -> NDArray[np.float64]:
        """Return how much of each sortie is flown in the last solution."""
        return self._flown

    def _column(self, value: float, entries: Entries, sign: float) -> pywraplp.Variable:
        column = self._solver.NumVar(0.0, self._inf, "")
        self._solver.Objective().SetCoefficient(column, value * self._scale)
        for row, weight in entries:
            self._charge[row].SetCoefficient(column, sign * weight)
        return column
