"""Closing a proof: the best plan of all sorties that could still be part of a better one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.solvers.bound.flights import Flight, Pool
    from planner.solvers.bound.program import Sortie

LEAST_GAIN = 1e-9
SLACK = 1e-6


def best_plan(
    sorties: Sequence[tuple[int, Sortie]],
    flights: Sequence[Flight],
    pools: Sequence[Pool],
    budget_h: NDArray[np.float64],
    gains: NDArray[np.float64],
    *,
    seconds: float,
) -> tuple[float, list[int]]:
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
    seconds
        Wall clock to use.

    Returns
    -------
    most
        Proven limit, infinite when there was no time for any.
    chosen
        Sorties of the best plan found, each as often as it is flown.
    """
    count, cells = len(sorties), len(gains)
    used = gains > LEAST_GAIN
    cell_of, depth = np.nonzero(used)
    price = np.array([_alone(sortie, gains) - sortie.value for _, sortie in sorties])
    cost = np.concatenate([price, -gains[cell_of, depth]])
    limits = [len(flights[k].slots) for k, _ in sorties]
    looks = [(look.cell, row) for row, (_, sortie) in enumerate(sorties) for look in sortie.looks]
    looked, by = np.array(looks).T
    seen = coo_array(
        (
            np.concatenate([-np.ones(len(by)), np.ones(len(cell_of))]),
            (
                np.concatenate([looked, cell_of]),
                np.concatenate([by, count + np.arange(len(cell_of))]),
            ),
        ),
        shape=(cells, len(cost)),
    )
    shared, most = _shared(sorties, flights, pools, budget_h, len(cost))
    found = milp(
        cost,
        integrality=np.concatenate([np.ones(count), np.zeros(len(cell_of))]),
        bounds=Bounds(0, np.concatenate([limits, np.ones(len(cell_of))])),
        constraints=[
            LinearConstraint(seen.tocsr(), ub=np.zeros(cells)),
            LinearConstraint(shared.tocsr(), ub=most),
        ],
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": 0.0},
    )
    limit = found.mip_dual_bound
    if limit is None or not np.isfinite(limit):
        return np.inf, []
    flown = np.zeros(count) if found.x is None else found.x[:count].round()
    proven = -limit + SLACK * max(1.0, abs(limit))
    return float(proven), np.repeat(np.arange(count), flown.astype(np.int64)).tolist()


def _alone(sortie: Sortie, gains: NDArray[np.float64]) -> float:
    return float(sum(gains[look.cell, 0] for look in sortie.looks))


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
