"""Partial sorties when time of day does not matter: ng-route labels, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit
from planner.solvers.bound.graph import tolls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.solvers.bound.graph import Graph
    from planner.solvers.bound.rest import Rest

BUCKETS = 48
TABLE = 1 << 20
FULL = -1
NEARLY = 1e-9
SCATTER = np.uint64(0x9E3779B97F4A7C15)


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
    odd: NDArray[np.uint64]
    like: NDArray[np.int32]
    table: NDArray[np.int32]
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
        np.empty(most, np.uint64),
        np.empty(most, np.int32),
        np.empty(TABLE, np.int32),
        np.empty((cells + 1, BUCKETS), np.int32),
        np.empty((cells + 1, BUCKETS)),
        np.empty((cells + 1, BUCKETS)),
    )


@njit
def grow(
    graph: Graph,
    labels: Labels,
    rest: Rest,
    most_h: float,
    reach_h: float,
    floor: float,
    alike: bool,
    halt: NDArray[np.bool_],
) -> int:
    """
    Extend labels from one end until none is left that may go on, or arrives within `reach_h`.

    Labels that earn no more than `floor` with all that `rest` says they can still earn are left
    out; so are labels that remember no less than a better one (with `alike`: exactly as much), and
    looks that cost more than they earn (with `alike`: none).
    Setting `halt` from another thread gives up.

    Returns
    -------
    count
        Labels made, or `FULL` when there is no room for more.
    """
    cells = len(graph.tail_h)
    labels.head[:] = -1
    if alike:
        labels.table[:] = -1
    labels.best[:] = -np.inf
    labels.poorest[:] = np.inf
    labels.hour[0], labels.value[0], labels.cell[0] = 0.0, 0.0, cells
    labels.parent[0], labels.after[0], labels.alive[0] = -1, -1, True
    labels.memory[0] = 0
    labels.odd[0] = 0
    labels.head[cells, 0] = 0
    count = 1
    fresh = np.zeros((cells + 1, BUCKETS), np.int32)
    fresh[:] = -1
    for bucket in range(BUCKETS):
        changed = True
        while changed:
            changed = False
            for cell in range(cells, -1, -1):
                label = labels.head[cell, bucket]
                newest, stop = label, fresh[cell, bucket]
                while label != stop:
                    if labels.alive[label]:
                        count = _extend(
                            graph,
                            labels,
                            rest,
                            label,
                            count,
                            most_h,
                            reach_h,
                            floor,
                            alike,
                            halt,
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
    rest: Rest,
    label: int,
    count: int,
    most_h: float,
    reach_h: float,
    floor: float,
    alike: bool,
    halt: NDArray[np.bool_],
) -> int:
    cells, levels = graph.worth.shape
    here, hour, value = labels.cell[label], labels.hour[label], labels.value[label]
    words = labels.memory.shape[1]
    for cell in range(cells):
        arrival_h = hour + graph.step_h[here, cell]
        if arrival_h > reach_h:
            continue
        if arrival_h + graph.dwell_h[cell, 0] + graph.tail_h[cell] > most_h:
            continue
        if (labels.memory[label, cell >> 6] >> np.uint64(cell & 63)) & np.uint64(1):
            continue
        arrived = value - graph.step_price[here, cell]
        dues = tolls(labels.odd[label] & graph.tolled[cell], graph.toll)
        for level in range(levels):
            worth = graph.worth[cell, level] - dues
            end_h = arrival_h + graph.dwell_h[cell, level]
            if (graph.worth[cell, level] <= 0 and not alike) or end_h + graph.tail_h[cell] > most_h:
                continue
            left = min(int((most_h - end_h) / rest.width_h + NEARLY), len(rest.first) - 1)
            last = rest.second if rest.via[left, cell] == here else rest.first
            if arrived + worth + last[left, cell] <= floor:
                continue
            if count == len(labels.hour) or halt[0]:
                return FULL
            for word in range(words):
                labels.memory[count, word] = labels.memory[label, word] & graph.near[cell, word]
            labels.memory[count, cell >> 6] |= np.uint64(1) << np.uint64(cell & 63)
            labels.odd[count] = labels.odd[label] & graph.minded[cell] ^ graph.tolled[cell]
            labels.hour[count], labels.value[count] = end_h, arrived + worth
            labels.cell[count], labels.level[count] = cell, level
            labels.parent[count], labels.alive[count] = label, True
            if _enter(labels, count, reach_h / BUCKETS, graph.toll, alike):
                count += 1
    return count


@njit
def _enter(
    labels: Labels, new: int, width_h: float, toll: NDArray[np.float64], alike: bool
) -> bool:
    """File a label under its cell and time unless another is as good; strike those it beats."""
    if alike:
        return _enter_alike(labels, new, width_h, toll)
    cell, hour, value = labels.cell[new], labels.hour[new], labels.value[new]
    bucket = min(int(hour / width_h), BUCKETS - 1)
    for early in range(bucket, -1, -1):
        if labels.best[cell, early] < value:
            continue
        other = labels.head[cell, early]
        while other >= 0:
            if (
                labels.value[other] >= value
                and labels.alive[other]
                and labels.hour[other] <= hour
                and _beats(labels, other, new, toll)
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
                    and _beats(labels, new, other, toll)
                ):
                    labels.alive[other] = False
                else:
                    poorest = min(poorest, labels.value[other])
            other = labels.after[other]
        labels.poorest[cell, late] = poorest
    labels.best[cell, bucket] = max(labels.best[cell, bucket], value)
    labels.poorest[cell, bucket] = min(labels.poorest[cell, bucket], value)
    _file(labels, new, bucket)
    return True


@njit
def _enter_alike(labels: Labels, new: int, width_h: float, toll: NDArray[np.float64]) -> bool:
    """File a label unless one that remembers the same is as good; strike those it beats."""
    cell, hour, value = labels.cell[new], labels.hour[new], labels.value[new]
    place = np.int64(scattered(labels.memory[new], np.uint64(cell)) >> np.uint64(33)) % TABLE
    other = labels.table[place]
    while other >= 0:
        if labels.alive[other] and labels.cell[other] == cell and _same(labels, new, other):
            if (
                labels.value[other] >= value
                and labels.hour[other] <= hour
                and _beats(labels, other, new, toll)
            ):
                return False
            if (
                labels.value[other] <= value
                and labels.hour[other] >= hour
                and _beats(labels, new, other, toll)
            ):
                labels.alive[other] = False
        other = labels.like[other]
    labels.like[new] = labels.table[place]
    labels.table[place] = new
    _file(labels, new, min(int(hour / width_h), BUCKETS - 1))
    return True


@njit
def scattered(bits: NDArray[np.uint64], seed: np.uint64) -> np.uint64:
    """Return a number that is hardly ever the same for other bits."""
    mixed = seed
    for word in bits:
        mixed = (mixed ^ word) * SCATTER
        mixed ^= mixed >> np.uint64(29)
    return mixed


@njit
def _same(labels: Labels, one: int, other: int) -> bool:
    """Return whether two labels remember the same."""
    for word in range(labels.memory.shape[1]):
        if labels.memory[one, word] != labels.memory[other, word]:
            return False
    return True


@njit
def _file(labels: Labels, new: int, bucket: int) -> None:
    """Put a label first among those of its cell and time."""
    cell = labels.cell[new]
    labels.after[new] = labels.head[cell, bucket]
    labels.head[cell, bucket] = new


@njit
def _beats(labels: Labels, one: int, other: int, toll: NDArray[np.float64]) -> bool:
    """Return whether one, not poorer and not later, can go on at least as well as the other."""
    for word in range(labels.memory.shape[1]):
        if labels.memory[one, word] & ~labels.memory[other, word]:
            return False
    dearer = labels.odd[one] & ~labels.odd[other]
    return not dearer or labels.value[one] - tolls(dearer, toll) >= labels.value[other]


@njit
def middles(labels: Labels, some: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return where some labels were after half of their time."""
    cells = np.empty(len(some), np.int32)
    for k, label in enumerate(some):
        half_h = labels.hour[label] / 2
        while labels.hour[label] > half_h and labels.parent[label] > 0:
            label = labels.parent[label]  # noqa: PLW2901
        cells[k] = labels.cell[label]
    return cells


def trace(labels: Labels, label: int) -> list[tuple[int, int]]:
    """Return the cells and levels a label has been through, first to last."""
    looks = []
    while label > 0:
        looks.append((int(labels.cell[label]), int(labels.level[label])))
        label = int(labels.parent[label])
    return looks[::-1]
