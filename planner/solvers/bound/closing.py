"""Closing a proof: the best plan of all sorties that could still be part of a better one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, lil_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from planner.solvers.bound.cuts import Cut
    from planner.solvers.bound.flights import Flight, Pool
    from planner.solvers.bound.program import Sortie

LEAST_GAIN = 1e-9
SLACK = 1e-6
OPTIMAL = 0


def best_plan(
    sorties: Sequence[tuple[int, Sortie]],
    flights: Sequence[Flight],
    pools: Sequence[Pool],
    budget_h: NDArray[np.float64],
    gains: NDArray[np.float64],
    cuts: Iterable[Cut],
    *,
    seconds: float,
) -> tuple[float, list[int], bool]:
    """
    Return a limit on what some of the given sorties can be worth together, and which to fly.

    Parameters
    ----------
    sorties
        Index of the flight, and sortie. Its value is what its looks see alone, less prices.
    flights, pools, budget_h
        What binds them.
    gains
        What the first, second, ... look at each cell adds, shape (n, k); falls along k.
    cuts
        What plans obey anyway, to make the choice quicker.
    seconds
        Wall clock to use.

    Returns
    -------
    most
        Proven limit, infinite when there was no time for any.
    chosen
        Sorties of the best plan found, each as often as it is flown.
    best
        Whether there is none better.
    """
    count, cells = len(sorties), len(gains)
    used = gains > LEAST_GAIN
    cell_of, depth = np.nonzero(used)
    price = np.array([_alone(sortie, gains) - sortie.value for _, sortie in sorties])
    cuts = list(cuts)
    spare = sorted({each for cut in cuts for each in zip(cut.cells, cut.base, strict=True)})
    cost = np.concatenate([price, -gains[cell_of, depth], np.zeros(len(spare))])
    limits = [len(flights[k].slots) for k, _ in sorties]
    looks = [(look.cell, row) for row, (_, sortie) in enumerate(sorties) for look in sortie.looks]
    looked = coo_array((np.ones(len(looks)), np.array(looks).T), shape=(cells, len(cost))).tocsr()
    met = count + np.arange(len(cell_of))
    seen = coo_array((np.ones(len(met)), (cell_of, met)), shape=looked.shape) - looked
    shared, most = _shared(sorties, flights, pools, budget_h, len(cost))
    constraints = [
        LinearConstraint(seen.tocsr(), ub=np.zeros(cells)),
        LinearConstraint(shared.tocsr(), ub=most),
    ]
    if cuts:
        paired, beyond = _cut_rows(sorties, cuts, spare, looked)
        constraints += [
            LinearConstraint(paired, ub=[cut.most for cut in cuts]),
            LinearConstraint(beyond, ub=[base for _, base in spare]),
        ]
    upper = np.concatenate([limits, np.ones(len(cell_of)), np.full(len(spare), np.inf)])
    found = milp(
        cost,
        integrality=np.concatenate([np.ones(count), np.zeros(len(cost) - count)]),
        bounds=Bounds(0, upper),
        constraints=constraints,
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": 0.0},
    )
    limit = found.mip_dual_bound
    if limit is None or not np.isfinite(limit):
        return np.inf, [], False
    flown = np.zeros(count) if found.x is None else found.x[:count].round()
    proven = -limit + SLACK * max(1.0, abs(limit))
    chosen = np.repeat(np.arange(count), flown.astype(np.int64)).tolist()
    return float(proven), chosen, found.status == OPTIMAL


def _alone(sortie: Sortie, gains: NDArray[np.float64]) -> float:
    return float(sum(gains[look.cell, 0] for look in sortie.looks))


def _cut_rows(
    sorties: Sequence[tuple[int, Sortie]],
    cuts: Sequence[Cut],
    spare: list[tuple[int, int]],
    looked: csr_array,
) -> tuple[csr_array, csr_array]:
    """Return rows of pairs of looks under cuts, and of looks beyond the bases of their cells."""
    paired, columns = lil_array((len(cuts), looked.shape[1])), looked.shape[1] - len(spare)
    place = {each: columns + k for k, each in enumerate(spare)}
    for row, cut in enumerate(cuts):
        for column, (_, sortie) in enumerate(sorties):
            if pairs := cut.pairs(sortie.looks):
                paired[row, column] = pairs
        for each in zip(cut.cells, cut.base, strict=True):
            paired[row, place[each]] = -1.0
    beyond = lil_array(looked[[cell for cell, _ in spare]])
    beyond[np.arange(len(spare)), columns + np.arange(len(spare))] = -1.0
    return paired.tocsr(), beyond.tocsr()


def _shared(
    sorties: Sequence[tuple[int, Sortie]],
    flights: Sequence[Flight],
    pools: Sequence[Pool],
    budget_h: NDArray[np.float64],
    columns: int,
) -> tuple[coo_array, NDArray[np.float64]]:
    """Return the rows, and their limits, of flights, shared limits and budgets of hours."""
    rows, entries = len(flights) + len(pools), []
    for column, (k, sortie) in enumerate(sorties):
        flight = flights[k]
        entries.append((k, column, 1.0))
        if flight.pool >= 0:
            entries.append((len(flights) + flight.pool, column, 1.0))
        entries.append((rows + flight.detachment, column, sortie.hours))
    row, column, value = np.array(entries).T
    most = [*(len(flight.slots) for flight in flights), *(pool.most for pool in pools)]
    shape = (rows + len(budget_h), columns)
    matrix = coo_array((value, (row.astype(np.int64), column.astype(np.int64))), shape=shape)
    return matrix, np.concatenate([np.array(most, float), budget_h])
