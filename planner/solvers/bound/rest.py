"""What the rest of a sortie can earn at most, on a grid of time, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.solvers.bound.graph import Graph
    from planner.solvers.bound.labels import Labels

LEAST_STEPS = 250
MOST_STEPS = 1500
NEARLY = 1e-9


class Rest(NamedTuple):
    """
    The most that can still be earned on the way from a cell to the other end.

    Row k holds while at most k + 1 steps of `width_h` are left: the best rest, the cell it goes to
    next (-1: none), and the best rest that does not go there, shape (steps, c).
    """

    first: NDArray[np.float64]
    via: NDArray[np.int32]
    second: NDArray[np.float64]
    width_h: float


def no_rest(cells: int, most_h: float) -> Rest:
    """Return a limit that limits nothing."""
    free = np.full((1, cells), np.inf)
    return Rest(free, np.full((1, cells), -1, np.int32), free, most_h)


def still_to_earn(graph: Graph, most_h: float) -> Rest:
    """
    Return the most that can still be earned from each cell in the time that is left.

    Any cell may be searched again, but not on the way straight back to where one came from; hours
    are rounded down to steps. Where steps would have to be too many it limits nothing.
    """
    least_h = _least_step_h(graph)
    if least_h * MOST_STEPS < most_h:
        return no_rest(len(graph.tail_h), most_h)
    steps = max(LEAST_STEPS, int(np.ceil(most_h / least_h)) + 1)
    return Rest(*_still_to_earn(graph, most_h, steps), most_h / steps)


def at_most(graph: Graph, rest: Rest, most_h: float) -> float:
    """Return the most a whole sortie can earn, by what is said of its rest."""
    begun_h = graph.step_h[-1][:, None] + graph.dwell_h
    in_time = (graph.worth > 0) & (begun_h + graph.tail_h[:, None] <= most_h)
    left = ((most_h - begun_h) / rest.width_h + NEARLY).astype(np.int64)
    left = np.clip(left, 0, len(rest.first) - 1)
    still = rest.first[left, np.arange(len(left))[:, None]]
    earned = graph.worth - graph.step_price[-1][:, None] + still
    return float(earned[in_time].max(initial=0.0))


def _least_step_h(graph: Graph) -> float:
    """Return the shortest time from one look to the next."""
    earns = graph.worth > 0
    cells = np.flatnonzero(earns.any(axis=1))
    if len(cells) < 2:
        return np.inf
    dwell_h = np.where(earns, graph.dwell_h, np.inf).min(axis=1)
    step_h = graph.step_h[np.ix_(cells, cells)] + dwell_h[cells]
    np.fill_diagonal(step_h, np.inf)
    return float(step_h.min())


@njit
def _still_to_earn(
    graph: Graph, most_h: float, steps: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    cells, width_h = len(graph.tail_h), most_h / steps
    used, earns, goes = _ways(graph, most_h, width_h)
    first = np.full((steps, cells), -np.inf)
    second = np.full((steps, cells), -np.inf)
    via = np.full((steps, cells), -1, np.int32)
    for left in range(steps):
        if left > 0:
            first[left], via[left], second[left] = first[left - 1], via[left - 1], second[left - 1]
        for here in range(cells):
            if graph.tail_h[here] <= (left + 1 + NEARLY) * width_h:
                _note(first, via, second, left, here, -graph.tail_price[here], -1)
            _go_on(first, via, second, left, here, used[here], earns[here], goes[here])
    return first, via, second


@njit
def _go_on(
    first: NDArray[np.float64],
    via: NDArray[np.int32],
    second: NDArray[np.float64],
    left: int,
    here: int,
    used: NDArray[np.int64],
    earns: NDArray[np.float64],
    goes: NDArray[np.int64],
) -> None:
    """Note the best rests that go on by each way, but not back to where they came from."""
    one, two, to = first[left, here], second[left, here], via[left, here]
    for way in range(len(used)):
        then, cell = left - used[way], goes[way]
        if then < 0 or earns[way] + first[then, cell] <= two:
            continue
        last = second[then, cell] if via[then, cell] == here else first[then, cell]
        value = earns[way] + last
        if value > one:
            if to != cell:
                two = one
            one, to = value, cell
        elif value > two and to != cell:
            two = value
    first[left, here], second[left, here], via[left, here] = one, two, to


@njit
def _ways(
    graph: Graph, most_h: float, width_h: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return steps, earnings and cell of each way on that earns, for each cell."""
    cells, levels = graph.worth.shape
    never = int(most_h / width_h) + 2
    used = np.full((cells, cells * levels), never)
    earns = np.full((cells, cells * levels), -np.inf)
    goes = np.zeros((cells, cells * levels), np.int64)
    most = 0
    for here in range(cells):
        ways = 0
        for cell in range(cells):
            for level in range(levels):
                hours = graph.step_h[here, cell] + graph.dwell_h[cell, level]
                if cell != here and graph.worth[cell, level] > 0 and hours < most_h:
                    used[here, ways] = max(1, int(hours / width_h - NEARLY))
                    earns[here, ways] = graph.worth[cell, level] - graph.step_price[here, cell]
                    goes[here, ways] = cell
                    ways += 1
        most = max(most, ways)
    return used[:, :most].copy(), earns[:, :most].copy(), goes[:, :most].copy()


def rest_of(graph: Graph, others: Labels, count: int, most_h: float, steps: int) -> Rest:
    """
    Return the most that can still be earned, as labels from the other end have it.

    `others` reach over the whole time; none of their rests comes back to where it is taken up.
    """
    return Rest(*_rest_of(graph, others, count, most_h, steps), most_h / steps)


@njit
def _rest_of(
    graph: Graph, others: Labels, count: int, most_h: float, steps: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    cells, width_h = len(graph.tail_h), most_h / steps
    first = np.full((cells, steps), -np.inf)
    second = np.full((cells, steps), -np.inf)
    via = np.full((cells, steps), -1, np.int32)
    for here in range(cells):
        left = max(0, int(graph.tail_h[here] / width_h - NEARLY))
        if left < steps:
            first[here, left] = -graph.tail_price[here]
        for other in range(1, count):
            cell = others.cell[other]
            hours = others.hour[other] + graph.step_h[here, cell]
            if hours > most_h or here == cell or not others.alive[other]:
                continue
            left = min(int(hours / width_h - NEARLY), steps - 1)
            value = others.value[other] - graph.step_price[here, cell]
            if value <= second[here, left]:
                continue
            if (others.memory[other, here >> 6] >> np.uint64(here & 63)) & np.uint64(1):
                continue
            _note(first, via, second, here, left, value, cell)
        for left in range(1, steps):
            second[here, left] = max(second[here, left], second[here, left - 1])
            _note(first, via, second, here, left, first[here, left - 1], via[here, left - 1])
    return first.T.copy(), via.T.copy(), second.T.copy()


@njit
def _note(
    first: NDArray[np.float64],
    via: NDArray[np.int32],
    second: NDArray[np.float64],
    row: int,
    column: int,
    value: float,
    cell: int,
) -> None:
    """Keep a rest among the best two that begin with different cells."""
    if value > first[row, column]:
        if via[row, column] != cell:
            second[row, column] = max(second[row, column], first[row, column])
        first[row, column], via[row, column] = value, cell
    elif via[row, column] != cell:
        second[row, column] = max(second[row, column], value)
