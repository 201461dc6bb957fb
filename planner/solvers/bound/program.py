"""The linear program of the bound: sorties on one side, looks at each cell on the other."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.linear_solver import pywraplp
from scipy.optimize import linprog
from scipy.sparse import coo_array

from planner.solvers.bound.centre import central_duals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from planner.problem import Look
    from planner.solvers.bound.cuts import Cut

WARM = "use_dual_simplex: false"
ROBUST = "use_dual_simplex: true perturb_costs_in_dual_simplex: true"
TINY = 1e-9
LARGE = 1e9
OPTIMAL = 0
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


def blended(one: Duals, other: Duals) -> Duals:
    """Return duals half way between two."""
    cuts = {
        cut: (one.cut.get(cut, 0.0) + other.cut.get(cut, 0.0)) / 2 for cut in one.cut | other.cut
    }
    return Duals(
        (one.charge + other.charge) / 2,
        (one.flight + other.flight) / 2,
        (one.pool + other.pool) / 2,
        (one.hour + other.hour) / 2,
        cuts,
    )


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
        self._solver.Objective().SetMaximization()
        self._rows: list[pywraplp.Constraint] = []
        self._most: list[float] = []
        self._columns: list[pywraplp.Variable] = []
        self._worth: list[float] = []
        self._places = array("i")
        self._weights = array("d")
        self._charge = self._new_rows([0.0] * look_rows)
        self._cell = self._new_rows([1.0] * cells)
        self._flight = self._new_rows(flights)
        self._pool = self._new_rows(pools)
        self._hour = self._new_rows(np.minimum(budget_h, LARGE).tolist())
        self._cuts: dict[Cut, int] = {}
        self._sorties: list[int] = []
        self._flown_looks: list[tuple[Look, ...]] = []
        self._sets: list[tuple[int, int, int | None]] = []
        self._withdrawn: set[int] = set()
        self._idle: list[int] = []
        self._flown = np.zeros(0)

    def add_sortie(self, sortie: Sortie, *, flight: int, pool: int, detachment: int) -> None:
        """Offer a sortie of a flight."""
        column = self._column(sortie.value, sortie.charged, 1.0)
        self._set(self._flight[flight], column, 1.0)
        if pool >= 0:
            self._set(self._pool[pool], column, 1.0)
        self._set(self._hour[detachment], column, sortie.hours)
        for cut, row in self._cuts.items():
            self._set(row, column, cut.pairs(sortie.looks))
        self._sorties.append(column)
        self._flown_looks.append(sortie.looks)

    def add_looks(self, cell: int, overlap: float, covered: Entries) -> None:
        """Offer a set of looks at a cell, at the price of their overlap."""
        column = self._column(-overlap, covered, -1.0)
        self._set(self._cell[cell], column, 1.0)
        self._note_set(column, cell, round(sum(weight for _, weight in covered)))

    def add_spare(self, cell: int, row: int, loss: float) -> None:
        """Let looks of a row be worth nothing: no charge need exceed what a look sees."""
        self._note_set(self._column(-loss, ((row, 1.0),), -1.0), cell, None)

    def _note_set(self, column: int, cell: int, times: int | None) -> None:
        for cut, row in self._cuts.items():
            self._set(row, column, -cut.excess(cell, times))
        self._sets.append((column, cell, times))

    def add_cut(self, cut: Cut) -> None:
        """Let sorties fly no more pairs of looks at three cells than the cut allows."""
        (row,) = self._new_rows([cut.most])
        for column, looks in zip(self._sorties, self._flown_looks, strict=True):
            self._set(row, column, cut.pairs(looks))
        for column, cell, times in self._sets:
            self._set(row, column, -cut.excess(cell, times))
        self._cuts[cut] = row

    def withdraw(self, sortie: int) -> None:
        """Take a sortie off the program for good."""
        self._columns[self._sorties[sortie]].SetUb(0.0)
        self._withdrawn.add(self._sorties[sortie])

    def solve(self, seconds: float) -> tuple[float, Duals] | None:
        """
        Return value and duals of the program, or nothing when time ran out.

        Where the simplex method gives out, as it now and then does of so many equally good
        solutions, another solver begins afresh.
        """
        self._solver.SetTimeLimit(max(1, int(seconds * 1000)))
        if not any(self._solved(*way) for way in WAYS):
            return self._solved_afresh(seconds)
        duals = np.array([row.dual_value() for row in self._rows]) / self._scale
        self._idle = [row for row in self._cuts.values() if duals[row] <= TINY]
        self._flown = np.array([self._columns[k].solution_value() for k in self._sorties])
        return float(self._solver.Objective().Value()) / self._scale, self._named(duals)

    def centre(self, accuracy: float) -> Duals | None:
        """
        Return duals from the middle of those that are about so good, or nothing.

        Cuts that bound nothing in the last solution are left out.
        """
        matrix, kept, most = self._matrix(), self._kept(), np.array(self._most)
        binds = np.flatnonzero((most < LARGE) & (matrix.max(axis=1).toarray().ravel() > 0))
        binds = np.setdiff1d(binds, self._idle)
        worth = np.array(self._worth)[kept] * self._scale
        found = central_duals(matrix[binds][:, kept], most[binds], worth, accuracy)
        if found is None:
            return None
        duals = np.zeros(len(self._rows))
        duals[binds] = found / self._scale
        return self._named(duals)

    def _matrix(self) -> csr_array:
        places = np.array(self._places, np.int32).reshape(-1, 2).T
        shape = (len(self._rows), len(self._columns))
        return coo_array((np.array(self._weights), tuple(places)), shape=shape).tocsr()

    def _kept(self) -> NDArray[np.int64]:
        """Return the columns that were not withdrawn."""
        return np.setdiff1d(np.arange(len(self._columns)), list(self._withdrawn))

    def _solved_afresh(self, seconds: float) -> tuple[float, Duals] | None:
        most, kept = np.array(self._most), self._kept()
        binds = np.flatnonzero(most < LARGE)
        found = linprog(  # type: ignore[call-overload]  # it takes sparse matrices too
            -np.array(self._worth)[kept] * self._scale,
            A_ub=self._matrix()[binds][:, kept],
            b_ub=most[binds],
            method="highs",
            options={"time_limit": max(seconds, 0.01)},
        )
        if found.status != OPTIMAL:
            return None
        duals, amount = np.zeros(len(self._rows)), np.zeros(len(self._columns))
        duals[binds], amount[kept] = -found.ineqlin.marginals / self._scale, found.x
        self._idle = [row for row in self._cuts.values() if duals[row] <= TINY]
        self._flown = amount[self._sorties]
        return float(-found.fun) / self._scale, self._named(duals)

    def _named(self, duals: NDArray[np.float64]) -> Duals:
        """Return duals of rows by what the rows are about."""
        duals = np.maximum(0.0, duals)
        charge, flight, pool, hour = (
            duals[rows.start : rows.stop]
            for rows in (self._charge, self._flight, self._pool, self._hour)
        )
        paid = {cut: float(duals[row]) for cut, row in self._cuts.items() if duals[row] > TINY}
        return Duals(charge, flight, pool, hour, paid)

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

    def _new_rows(self, most: Sequence[float]) -> range:
        """Add rows with limits and return their numbers."""
        begin = len(self._rows)
        self._rows += [self._solver.Constraint(-self._inf, float(each)) for each in most]
        self._most += [float(each) for each in most]
        return range(begin, len(self._rows))

    def _column(self, value: float, entries: Entries, sign: float) -> int:
        """Add a column with what it is worth and its weights in rows of looks."""
        column = self._solver.NumVar(0.0, self._inf, "")
        self._solver.Objective().SetCoefficient(column, value * self._scale)
        self._columns.append(column)
        self._worth.append(value)
        for row, weight in entries:
            self._set(self._charge[row], len(self._columns) - 1, sign * weight)
        return len(self._columns) - 1

    def _set(self, row: int, column: int, weight: float) -> None:
        if weight:
            self._rows[row].SetCoefficient(self._columns[column], weight)
            self._places.extend((row, column))
            self._weights.append(weight)
