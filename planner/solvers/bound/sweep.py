"""Good sorties, found quickly: the best partial one in each cell and step of time, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit
from planner.solvers.bound.graph import tolls
from planner.solvers.bound.rest import NEARLY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.solvers.bound.graph import Graph
    from planner.solvers.bound.rest import Rest


class Sweep(NamedTuple):
    """The best partial sortie met in each step and cell, shape (steps, c)."""

    value: NDArray[np.float64]
    hour: NDArray[np.float64]
    level: NDArray[np.int32]
    parent: NDArray[np.int32]
    memory: NDArray[np.uint64]
    odd: NDArray[np.uint64]


@njit
def sweep(
    graph: Graph, rest: Rest, most_h: float, steps: int, floor: float
) -> tuple[Sweep, NDArray[np.float64], NDArray[np.int32]]:
    """
    Return good sorties that come back to no cell: the best met through each step and cell.

    Returns
    -------
    sweep
        The partial sorties; state (step, cell) has index step x c + cell.
    value
        The best sortie whose last look is at each cell, -inf for none, shape (c,).
    last
        Its state.
    """
    cells, words = graph.near.shape
    width_h = most_h / steps
    met = Sweep(
        np.full((steps, cells), -np.inf),
        np.zeros((steps, cells)),
        np.zeros((steps, cells), np.int32),
        np.full((steps, cells), -1, np.int32),
        np.zeros((steps, cells, words), np.uint64),
        np.zeros((steps, cells), np.uint64),
    )
    value = np.full(cells, -np.inf)
    last = np.full(cells, -1, np.int32)
    richest = np.full(cells, -np.inf)
    for step in range(-1, steps):
        for here in range(cells):
            if step < 0:
                _go_on(graph, rest, met, step, cells, most_h, width_h, floor)
                break
            worth = met.value[step, here]
            if worth <= richest[here]:
                continue
            richest[here] = worth
            if worth - graph.tail_price[here] > value[here]:
                value[here], last[here] = worth - graph.tail_price[here], step * cells + here
            _go_on(graph, rest, met, step, here, most_h, width_h, floor)
    return met, value, last


@njit
def _go_on(
    graph: Graph,
    rest: Rest,
    met: Sweep,
    step: int,
    here: int,
    most_h: float,
    width_h: float,
    floor: float,
) -> None:
    """Extend one partial sortie; step -1 is the beginning."""
    cells, levels = graph.worth.shape
    steps = len(met.value)
    words = met.memory.shape[2]
    begun = step >= 0
    hour = met.hour[step, here] if begun else 0.0
    value = met.value[step, here] if begun else 0.0
    odd = met.odd[step, here] if begun else np.uint64(0)
    for cell in range(cells):
        bit = np.uint64(1) << np.uint64(cell & 63)
        if begun and met.memory[step, here, cell >> 6] & bit:
            continue
        arrival_h = hour + graph.step_h[here, cell]
        for level in range(levels):
            end_h = arrival_h + graph.dwell_h[cell, level]
            if graph.worth[cell, level] <= 0 or end_h + graph.tail_h[cell] > most_h:
                continue
            then = min(int(end_h / width_h), steps - 1)
            worth = value + graph.worth[cell, level] - graph.step_price[here, cell]
            if then <= step or worth <= met.value[then, cell]:
                continue
            worth -= tolls(odd & graph.tolled[cell], graph.toll)
            left = min(int((most_h - end_h) / rest.width_h + NEARLY), len(rest.first) - 1)
            if worth <= met.value[then, cell] or worth + rest.first[left, cell] <= floor:
                continue
            met.value[then, cell], met.hour[then, cell] = worth, end_h
            met.level[then, cell] = level
            met.parent[then, cell] = step * cells + here if begun else -1
            met.odd[then, cell] = odd & graph.minded[cell] ^ graph.tolled[cell]
            for word in range(words):
                before = met.memory[step, here, word] if begun else np.uint64(0)
                met.memory[then, cell, word] = before & graph.near[cell, word]
            met.memory[then, cell, cell >> 6] |= bit


def path_to(met: Sweep, state: int) -> list[tuple[int, int]]:
    """Return the cells and levels a partial sortie has been through, first to last."""
    cells = met.value.shape[1]
    looks = []
    while state >= 0:
        looks.append((state % cells, int(met.level.flat[state])))
        state = int(met.parent.flat[state])
    return looks[::-1]
