"""Best sorties when time of day does not matter: ng-route labels from both ends, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUCKETS = 48
FULL = -1


class Graph(NamedTuple):
    """
    One flight seen from one of its ends.

    Row c of `step_h` and `step_price` is that end; `tail_h` is the least time to the other end.
    `worth` is what searching a cell at a level earns. `near` has a bit for each cell a cell
    remembers (its ng-set), shape (c, words).
    """

    step_h: NDArray[np.float64]
    step_price: NDArray[np.float64]
    tail_h: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    worth: NDArray[np.float64]
    near: NDArray[np.uint64]


class Labels(NamedTuple):
    """Partial sorties: where they are, since when, what they earned and what they remember."""

    hour: NDArray[np.float64]
    value: NDArray[np.float64]
    cell: NDArray[np.int32]
    level: NDArray[np.int32]
    parent: NDArray[np.int32]
    after: NDArray[np.int32]
    alive: NDArray[np.bool_]
    memory: NDArray[np.uint64]
    head: NDArray[np.int32]
    best: NDArray[np.float64]
    poorest: NDArray[np.float64]


def new_labels(most: int, cells: int, words: int) -> Labels:
    """Return room for `most` labels over so many cells."""
    return Labels(
        np.empty(most),
        np.empty(most),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.bool_),
        np.empty((most, words), np.uint64),
        np.empty((cells + 1, BUCKETS), np.int32),
        np.empty((cells + 1, BUCKETS)),
        np.empty((cells + 1, BUCKETS)),
    )


@njit
def grow(
    graph: Graph,
    labels: Labels,
    most_h: float,
    half_h: float,
    compare: NDArray[np.uint64],
    rest: NDArray[np.float64],
    floor: float,
    halt: NDArray[np.bool_],
) -> int:
    """
    Extend labels from one end until none is left that ends within `half_h`.

    Labels that earn no more than `floor` with all that `rest` says they can still earn are left
    out. So are labels that remember no less than a better one, of the cells in `compare` (bits for
    each cell, shape (c, words)); unless those are all cells, a good sortie may be missed.
    Setting `halt` from another thread gives up.

    Returns
    -------
    count
        Labels made, or `FULL` when there was no room for all.
    """
    cells = len(graph.tail_h)
    labels.head[:] = -1
    labels.best[:] = -np.inf
    labels.poorest[:] = np.inf
    labels.hour[0], labels.value[0], labels.cell[0] = 0.0, 0.0, cells
    labels.parent[0], labels.after[0], labels.alive[0] = -1, -1, True
    labels.memory[0] = 0
    labels.head[cells, 0] = 0
    count = 1
    fresh = np.zeros((cells + 1, BUCKETS), np.int32)
    fresh[:] = -1
    width_h = most_h / BUCKETS
    for bucket in range(BUCKETS):
        changed = True
        while changed:
            changed = False
            for cell in range(cells, -1, -1):
                label = labels.head[cell, bucket]
                newest, stop = label, fresh[cell, bucket]
                while label != stop:
                    if labels.alive[label] and labels.hour[label] <= half_h:
                        count = _extend(
                            graph, labels, label, count, most_h, width_h, compare, rest, floor, halt
                        )
                        if count == FULL:
                            return FULL
                    label = labels.after[label]
                if newest != stop:
                    fresh[cell, bucket] = newest
                    changed = True
    return count


@njit
def _extend(
    graph: Graph,
    labels: Labels,
    label: int,
    count: int,
    most_h: float,
    width_h: float,
    compare: NDArray[np.uint64],
    rest: NDArray[np.float64],
    floor: float,
    halt: NDArray[np.bool_],
) -> int:
    cells, levels = graph.worth.shape
    steps = rest.shape[1]
    here, hour, value = labels.cell[label], labels.hour[label], labels.value[label]
    words = labels.memory.shape[1]
    for cell in range(cells):
        arrival_h = hour + graph.step_h[here, cell]
        if arrival_h + graph.dwell_h[cell, 0] + graph.tail_h[cell] > most_h:
            continue
        if (labels.memory[label, cell >> 6] >> np.uint64(cell & 63)) & np.uint64(1):
            continue
        arrived = value - graph.step_price[here, cell]
        for level in range(levels):
            worth = graph.worth[cell, level]
            end_h = arrival_h + graph.dwell_h[cell, level]
            if worth <= 0 or end_h + graph.tail_h[cell] > most_h:
                continue
            left = min(int((most_h - end_h) / most_h * steps), steps - 1)
            if arrived + worth + rest[cell, left] <= floor:
                continue
            if count == len(labels.hour) or halt[0]:
                return FULL
            for word in range(words):
                labels.memory[count, word] = labels.memory[label, word] & graph.near[cell, word]
            labels.memory[count, cell >> 6] |= np.uint64(1) << np.uint64(cell & 63)
            labels.hour[count], labels.value[count] = end_h, arrived + worth
            labels.cell[count], labels.level[count] = cell, level
            labels.parent[count], labels.alive[count] = label, True
            if _enter(labels, count, width_h, compare):
                count += 1
    return count


@njit
def _enter(labels: Labels, new: int, width_h: float, compare: NDArray[np.uint64]) -> bool:
    """File a label under its cell and time unless another is as good; strike those it beats."""
    cell, hour, value = labels.cell[new], labels.hour[new], labels.value[new]
    bucket = min(int(hour / width_h), BUCKETS - 1)
    for early in range(bucket, -1, -1):
        if labels.best[cell, early] < value:
            continue
        other = labels.head[cell, early]
        while other >= 0:
            if (
                labels.alive[other]
                and labels.value[other] >= value
                and labels.hour[other] <= hour
                and _within(labels, other, new, compare[cell])
            ):
                return False
            other = labels.after[other]
    for late in range(bucket, BUCKETS):
        if labels.poorest[cell, late] > value:
            continue
        other, poorest = labels.head[cell, late], np.inf
        while other >= 0:
            if labels.alive[other]:
                if (
                    labels.value[other] <= value
                    and labels.hour[other] >= hour
                    and _within(labels, new, other, compare[cell])
                ):
                    labels.alive[other] = False
                else:
                    poorest = min(poorest, labels.value[other])
            other = labels.after[other]
        labels.poorest[cell, late] = poorest
    labels.after[new] = labels.head[cell, bucket]
    labels.head[cell, bucket] = new
    labels.best[cell, bucket] = max(labels.best[cell, bucket], value)
    labels.poorest[cell, bucket] = min(labels.poorest[cell, bucket], value)
    return True


@njit
def _within(labels: Labels, one: int, other: int, compare: NDArray[np.uint64]) -> bool:
    """Return whether one remembers nothing that the other has forgotten."""
    for word in range(labels.memory.shape[1]):
        if labels.memory[one, word] & ~labels.memory[other, word] & compare[word]:
            return False
    return True


@njit
def still_to_earn(
    graph: Graph,
    tail_price: NDArray[np.float64],
    others: Labels,
    count: int,
    most_h: float,
    steps: int,
) -> NDArray[np.float64]:
    """
    Return the most that can still be earned from each cell in the time that is left.

    `others` are labels from the other end, over the whole time and with no memory that a label of
    `graph` lacks. Column k holds for at most (k + 1) / steps of `most_h`; shape (c, steps).
    """
    cells = len(graph.tail_h)
    best = np.full((cells, steps), -np.inf)
    for label in range(1, count):
        if others.alive[label]:
            used = min(int(others.hour[label] / most_h * steps), steps - 1)
            cell = others.cell[label]
            best[cell, used] = max(best[cell, used], others.value[label])
    for used in range(1, steps):
        for cell in range(cells):
            best[cell, used] = max(best[cell, used], best[cell, used - 1])
    rest = np.full((cells, steps), -np.inf)
    for here in range(cells):
        for left in range(steps):
            left_h = (left + 1) / steps * most_h
            if graph.tail_h[here] <= left_h:
                rest[here, left] = -tail_price[here]
        for cell in range(cells):
            for left in range(steps):
                spare_h = (left + 1) / steps * most_h - graph.step_h[here, cell]
                if spare_h >= 0:
                    used = min(int(spare_h / most_h * steps), steps - 1)
                    earned = best[cell, used] - graph.step_price[here, cell]
                    rest[here, left] = max(rest[here, left], earned)
    return rest


@njit
def join(
    graph: Graph,
    back_h: NDArray[np.float64],
    back_price: NDArray[np.float64],
    ahead: Labels,
    ahead_count: int,
    behind: Labels,
    behind_count: int,
    most_h: float,
    half_h: float,
    floor: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """
    Join sorties from both ends where the first passes half time.

    Returns
    -------
    value
        Best value of a sortie whose first half ends in each cell (the last entry: in none), or
        `floor` when none is better, shape (c + 1,).
    pair
        The labels it is joined from; -1 for a second half that only flies home.
    """
    cells = len(back_h)
    value = np.full(cells + 1, floor)
    pair = np.full((cells + 1, 2), -1, np.int32)
    first, order = _by_cell(behind, behind_count, cells)
    for one in range(ahead_count):
        if not ahead.alive[one] or ahead.hour[one] > half_h:
            continue
        here = ahead.cell[one]
        if (
            here < cells
            and ahead.hour[one] + back_h[here] <= most_h
            and ahead.value[one] - back_price[here] > value[here]
        ):
            value[here] = ahead.value[one] - back_price[here]
            pair[here] = one, -1
        for cell in range(cells):
            left_h = most_h - ahead.hour[one] - graph.step_h[here, cell]
            so_far = ahead.value[one] - graph.step_price[here, cell]
            for k in range(first[cell], first[cell + 1]):
                other = order[k]
                if so_far + behind.value[other] <= value[here]:
                    break
                if behind.hour[other] <= left_h and _apart(ahead, one, behind, other):
                    value[here] = so_far + behind.value[other]
                    pair[here] = one, other
                    break
    return value, pair


@njit
def _by_cell(labels: Labels, count: int, cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the living labels of each cell, best first, and where each cell's begin."""
    order = np.argsort(-labels.value[:count], kind="mergesort")
    first = np.zeros(cells + 2, np.int64)
    for label in range(count):
        if labels.alive[label] and labels.cell[label] < cells:
            first[labels.cell[label] + 1] += 1
    first = np.cumsum(first)
    at, filed = first[:-1].copy(), np.empty(first[-1], np.int64)
    for label in order:
        cell = labels.cell[label]
        if labels.alive[label] and cell < cells:
            filed[at[cell]] = label
            at[cell] += 1
    return first, filed


@njit
def _apart(ahead: Labels, one: int, behind: Labels, other: int) -> bool:
    for word in range(ahead.memory.shape[1]):
        if ahead.memory[one, word] & behind.memory[other, word]:
            return False
    return True


def trace(labels: Labels, label: int) -> list[tuple[int, int]]:
    """Return the cells and levels a label has been through, first to last."""
    looks = []
    while label > 0:
        looks.append((int(labels.cell[label]), int(labels.level[label])))
        label = int(labels.parent[label])
    return looks[::-1]
