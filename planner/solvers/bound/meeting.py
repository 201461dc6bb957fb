"""Whole sorties of labels from both ends, each grown over a part of the time, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit
from planner.solvers.bound.graph import tolls
from planner.solvers.bound.labels import FULL, scattered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.solvers.bound.graph import Graph
    from planner.solvers.bound.labels import Labels

STEPS = 1000


class Met(NamedTuple):
    """
    Whole sorties: a label from either end and the hours they take together, shape (k,).

    Label 0 of the other end stands for flying there straight away. `searched` has a bit for each
    cell, shape (k, words).
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    hours: NDArray[np.float64]
    searched: NDArray[np.uint64]

    def begin(self, count: int) -> Met:
        """Return the first of them, in room of their own."""
        one, other = self.one[:count].copy(), self.other[:count].copy()
        return Met(one, other, self.hours[:count].copy(), self.searched[:count].copy())


def meet(
    graph: Graph,
    ones: tuple[Labels, int],
    others: tuple[Labels, int],
    most_h: float,
    reach_h: float,
    floor: float,
    most: int,
    halt: NDArray[np.bool_],
) -> Met | None:
    """
    Return the shortest sorties that earn more than `floor`, joined where they pass `reach_h`.

    Memories of the two parts have no cell in common, and a look at a cut's cells left over on both
    sides makes a pair: what is joined is what labels over the whole time would be [1]_. Of those
    that search the same cells one is kept.

    Parameters
    ----------
    graph
        The flight, from the end where `ones` begin.
    ones, others
        Labels that remember every cell, and their count: all that arrive within `reach_h`, and
        within the rest of the time from the other end.

    Returns
    -------
    met
        Nothing when they would be more than `most`, or time ran out.

    References
    ----------
    .. [1] Righini, G., Salani, M. (2006). Symmetry helps: bounded bi-directional dynamic
       programming for the elementary shortest path problem with resource constraints. *Discrete
       Optimization*, 3(3), 255-273.
    """
    labels, count = others
    alive = np.flatnonzero(labels.alive[1:count]) + 1
    order = alive[np.lexsort((-labels.value[alive], labels.cell[alive]))]
    begin = np.searchsorted(labels.cell[order], np.arange(len(graph.tail_h) + 1))
    words = labels.memory.shape[1]
    room = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    met = Met(*room, np.empty((most, words), np.uint64))
    found = _meet(graph, *ones, labels, order, begin, most_h, reach_h, floor, met, halt)
    return None if found == FULL else met.begin(found)


@njit
def _meet(
    graph: Graph,
    ones: Labels,
    count: int,
    others: Labels,
    order: NDArray[np.int64],
    begin: NDArray[np.int64],
    most_h: float,
    reach_h: float,
    floor: float,
    met: Met,
    halt: NDArray[np.bool_],
) -> int:
    cells = len(graph.tail_h)
    best, width_h = _best_by_time(others, order, cells, most_h), most_h / STEPS
    table = np.full(2 * len(met.hours) + 1, -1, np.int32)
    found = 0
    for one in range(count):
        if halt[0]:
            return FULL
        if not ones.alive[one]:
            continue
        here = ones.cell[one]
        straight = ones.value[one] - graph.tail_price[here]
        if one > 0 and straight > floor:
            hours = ones.hour[one] + graph.tail_h[here]
            found = _note(met, table, found, ones, one, others, 0, hours)
            if found == FULL:
                return FULL
        for cell in range(cells):
            arrival_h = ones.hour[one] + graph.step_h[here, cell]
            left_h = most_h - arrival_h
            if arrival_h <= reach_h or left_h < 0:
                continue
            if (ones.memory[one, cell >> 6] >> np.uint64(cell & 63)) & np.uint64(1):
                continue
            value = ones.value[one] - graph.step_price[here, cell]
            if value + best[min(int(left_h / width_h), STEPS - 1), cell] <= floor:
                continue
            for place in range(begin[cell], begin[cell + 1]):
                other = order[place]
                whole = value + others.value[other]
                if whole <= floor:
                    break
                if others.hour[other] > left_h or not _apart(ones, one, others, other):
                    continue
                if whole - tolls(ones.odd[one] & others.odd[other], graph.toll) <= floor:
                    continue
                hours = arrival_h + others.hour[other]
                found = _note(met, table, found, ones, one, others, other, hours)
                if found == FULL:
                    return FULL
    return found


@njit
def _note(
    met: Met,
    table: NDArray[np.int32],
    found: int,
    ones: Labels,
    one: int,
    others: Labels,
    other: int,
    hours: float,
) -> int:
    """Note a sortie unless one that searches the same is as short; return how many there are."""
    if found == len(met.hours):
        return FULL
    for word in range(met.searched.shape[1]):
        before = others.memory[other, word] if other else np.uint64(0)
        met.searched[found, word] = ones.memory[one, word] | before
    place = np.int64(scattered(met.searched[found], np.uint64(0)) >> np.uint64(33)) % len(table)
    while table[place] >= 0:
        same = table[place]
        if (met.searched[same] == met.searched[found]).all():
            if hours < met.hours[same]:
                met.one[same], met.other[same], met.hours[same] = one, other, hours
            return found
        place = (place + 1) % len(table)
    table[place] = found
    met.one[found], met.other[found], met.hours[found] = one, other, hours
    return found + 1


@njit
def _best_by_time(
    labels: Labels, order: NDArray[np.int64], cells: int, most_h: float
) -> NDArray[np.float64]:
    """Return the most a label at each cell has earned within so many steps, shape (steps, c)."""
    best, width_h = np.full((STEPS, cells), -np.inf), most_h / STEPS
    for label in order:
        step, cell = min(int(labels.hour[label] / width_h), STEPS - 1), labels.cell[label]
        best[step, cell] = max(best[step, cell], labels.value[label])
    for step in range(1, STEPS):
        best[step] = np.maximum(best[step], best[step - 1])
    return best


@njit
def _apart(ones: Labels, one: int, others: Labels, other: int) -> bool:
    """Return whether two labels remember no cell both."""
    for word in range(ones.memory.shape[1]):
        if ones.memory[one, word] & others.memory[other, word]:
            return False
    return True


@njit
def paths(ones: Labels, others: Labels, met: Met, none: int) -> NDArray[np.int16]:
    """Return the cells of whole sorties in order, shape (k, longest), `none` beyond the last."""
    longest = 0
    for k in range(len(met.one)):
        longest = max(longest, _length(ones, met.one[k]) + _length(others, met.other[k]))
    cells = np.full((len(met.one), longest), none, np.int16)
    for k in range(len(met.one)):
        label = met.one[k]
        begins = _length(ones, label)
        for place in range(begins - 1, -1, -1):
            cells[k, place] = ones.cell[label]
            label = ones.parent[label]
        label, place = met.other[k], begins
        while label > 0:
            cells[k, place] = others.cell[label]
            label, place = others.parent[label], place + 1
    return cells


@njit
def _length(labels: Labels, label: int) -> int:
    """Return how many looks a label has been through."""
    length = 0
    while label > 0:
        label = labels.parent[label]
        length += 1
    return length
