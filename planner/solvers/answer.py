"""One sortie's best answer to all the others: its cells and hours, by dynamic programming."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.solvers.draft import Draft, price_of
from planner.solvers.kernels import (
    TOUCH_H,
    Terms,
    compiled,
    inlined,
    kept,
    pod_at,
    under_way_at,
    unseen_at,
)
from planner.solvers.recreate import roll, urgency

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CELLS = 14
MOST_BINS = 128
SHORTEST_BIN_H = 0.2
KNOTS_A_BIN = 2

PARTIAL = np.dtype(
    [
        *((name, np.float64) for name in ("worth", "end_h", "seen", "fades")),
        *((name, np.int64) for name in ("count", "level", "from_bin", "from_cell")),
        ("met", np.uint64),
    ]
)
WATER = np.dtype(
    [(name, np.float64) for name in ("unseen", "later", "fades", "busy_from_h", "busy_until_h")]
)


class Paper(NamedTuple):
    """
    Paper to work on.

    `cells` and `promise` (`MOST_CELLS`,) hold the cells an answer may search, best first; `waters`
    (cells, knots) what the other sorties leave there; `partials` (bins, cells) the best partial
    sortie that ends a search of each cell in each bin of time.
    """

    cells: NDArray[np.int64]
    promise: NDArray[np.float64]
    waters: NDArray[np.void]
    partials: NDArray[np.void]


class Flown(NamedTuple):
    """A slot at one take-off: when it may fly, and the bins its time is cut into."""

    slot: int
    kind: int
    takeoff_h: float
    latest_h: float
    bin_h: float
    bins: int


def paper() -> Paper:
    """Return blank paper."""
    return Paper(
        np.zeros(MOST_CELLS, np.int64),
        np.zeros(MOST_CELLS),
        np.zeros((MOST_CELLS, KNOTS_A_BIN * (MOST_BINS + 2)), WATER),
        np.zeros((MOST_BINS, MOST_CELLS), PARTIAL),
    )


@compiled
def answer(
    terms: Terms,
    draft: Draft,
    paper: Paper,
    slot: int,
    limit_h: float,
    noise: float,
    hour_weight: float,
    dice: NDArray[np.uint64],
) -> tuple[float, int, int]:
    """
    Find the sortie of an empty slot that adds most to all others at its take-off.

    Partial sorties that end a search of the same cell in the same bin of time are taken to be
    alike but for what they are worth, so it may not be the very best. Each look is worth what it
    adds to the others' looks, and to the sortie's own earlier ones: the recursion of
    `planner.looks.expected_seen`, carried along.

    Parameters
    ----------
    slot
        The slot, with its take-off.
    limit_h
        Its latest landing.
    noise
        Cells are chosen by what they promise, times one plus up to so much.
    hour_weight
        What an hour of flight costs besides.

    Returns
    -------
    worth, bin, cell
        Of the partial sortie to land after, for `write`; worth nothing when none adds anything.
    """
    takeoff_h, kind = draft.slots[slot].takeoff_h, terms.slots[slot].kind
    span_h = limit_h - takeoff_h
    bin_h = max(SHORTEST_BIN_H, span_h / (MOST_BINS - 1))
    latest_h = limit_h - terms.kinds[kind].arrival_h + TOUCH_H
    flown = Flown(slot, kind, takeoff_h, latest_h, bin_h, int(span_h / bin_h) + 1)
    cells = _promising(terms, draft, paper, flown, noise, dice)
    for j in range(cells):
        _survey(terms, draft, paper.cells[j], flown, paper.waters[j])
    _begin(terms, draft, paper, flown, cells)
    best, best_bin, best_cell = 0.0, -1, -1
    for b in range(flown.bins):
        for i in range(cells):
            if paper.partials[b, i].count > 0:
                worth = _landed(terms, paper, flown, b, i, hour_weight)
                if worth > best:
                    best, best_bin, best_cell = worth, b, i
                _extend(terms, draft, paper, flown, cells, b, i)
    return best, best_bin, best_cell


@compiled
def write(draft: Draft, paper: Paper, slot: int, b: int, i: int) -> int:
    """List the looks of a partial sortie, given by bin and cell, for a slot; return how many."""
    count = paper.partials[b, i].count
    for k in range(count - 1, -1, -1):
        draft.looks[slot, k].cell = paper.cells[i]
        draft.looks[slot, k].level = paper.partials[b, i].level
        b, i = paper.partials[b, i].from_bin, paper.partials[b, i].from_cell
    return int(count)


@compiled
def _promising(
    terms: Terms,
    draft: Draft,
    paper: Paper,
    flown: Flown,
    noise: float,
    dice: NDArray[np.uint64],
) -> int:
    """List the cells where most is left to see for longest, and return how many."""
    legs_h, slot = terms.legs_h[terms.slots[flown.slot].legs], terms.slots[flown.slot]
    begin_h, longest = flown.takeoff_h + terms.kinds[flown.kind].departure_h, draft.looks.shape[1]
    count = 0
    for cell in range(len(terms.under_way)):
        early_h = begin_h + legs_h[slot.start, cell]
        room_h = flown.latest_h - legs_h[cell, slot.end] - early_h
        crowded = draft.book.cells[cell].count + longest > draft.book.looks.shape[1]
        if (
            not terms.allowed[flown.slot, cell]
            or room_h < terms.dwell_h[flown.kind, cell, 0]
            or crowded
        ):
            continue
        promise = unseen_at(terms, draft.book, cell, early_h + 0.25 * room_h)
        promise += unseen_at(terms, draft.book, cell, early_h + 0.75 * room_h)
        count = _list(paper, count, cell, promise * room_h * (1 + noise * roll(dice)))
    return count


@inlined
def _list(paper: Paper, count: int, cell: int, promise: float) -> int:
    """Keep a cell among the most promising, best first; return how many there are."""
    at = count
    while at > 0 and paper.promise[at - 1] < promise:
        at -= 1
    if at == len(paper.cells):
        return count
    count = min(count + 1, len(paper.cells))
    for k in range(count - 1, at, -1):
        paper.promise[k], paper.cells[k] = paper.promise[k - 1], paper.cells[k - 1]
    paper.promise[at], paper.cells[at] = promise, cell
    return count


@compiled
def _survey(terms: Terms, draft: Draft, cell: int, flown: Flown, waters: NDArray[np.void]) -> None:
    """
    Note what the looks of the others leave at each knot of time.

    `unseen` is what is under way and was not seen before, `later` the share of it that will not be
    seen later, `fades` the share of what is under way at take-off that still is and was not seen
    since; the next search that is not over lasts from `busy_from_h` to `busy_until_h`.
    """
    looks, count = draft.book.looks[cell], draft.book.cells[cell].count
    knot_h = flown.bin_h / KNOTS_A_BIN
    at, busy, fades, last_h = 0, 0, 1.0, flown.takeoff_h
    while at < count and looks[at].mid_h <= last_h:
        at += 1
    for k in range(KNOTS_A_BIN * (flown.bins + 1)):
        hour = flown.takeoff_h + k * knot_h
        while at < count and looks[at].mid_h <= hour:
            fades *= kept(terms, looks[at].mid_h - last_h) * (1 - looks[at].pod)
            last_h = looks[at].mid_h
            at += 1
        fades *= kept(terms, hour - last_h)
        last_h = hour
        unseen, later = under_way_at(terms, cell, hour), 1.0
        if at > 0:
            unseen -= looks[at - 1].seen * kept(terms, hour - looks[at - 1].mid_h)
        if at < count:
            later -= kept(terms, looks[at].mid_h - hour) * looks[at].again
        waters[k].unseen, waters[k].later, waters[k].fades = unseen, later, max(fades, 1e-300)
        while busy < count and looks[busy].mid_h + looks[busy].half_h <= hour + TOUCH_H:
            busy += 1
        waters[k].busy_from_h, waters[k].busy_until_h = math.inf, math.inf
        if busy < count and terms.exclusive:
            waters[k].busy_from_h = looks[busy].mid_h - looks[busy].half_h
            waters[k].busy_until_h = looks[busy].mid_h + looks[busy].half_h


@compiled
def _begin(terms: Terms, draft: Draft, paper: Paper, flown: Flown, cells: int) -> None:
    """Begin a partial sortie at each cell."""
    legs_h, start = terms.legs_h[terms.slots[flown.slot].legs], terms.slots[flown.slot].start
    begin_h = flown.takeoff_h + terms.kinds[flown.kind].departure_h
    for b in range(flown.bins):
        for j in range(cells):
            paper.partials[b, j].count = 0
    for j in range(cells):
        cost = price_of(terms, flown.slot, start, paper.cells[j])
        arrival_h = begin_h + legs_h[start, paper.cells[j]]
        _look(terms, draft, paper, flown, -1, -1, j, arrival_h, cost)


@compiled
def _extend(
    terms: Terms, draft: Draft, paper: Paper, flown: Flown, cells: int, b: int, i: int
) -> None:
    """Go on from a partial sortie to each cell."""
    legs_h, here = terms.legs_h[terms.slots[flown.slot].legs], paper.cells[i]
    if paper.partials[b, i].count + 2 >= draft.looks.shape[1]:
        return
    for j in range(cells):
        cost = price_of(terms, flown.slot, here, paper.cells[j])
        arrival_h = paper.partials[b, i].end_h + legs_h[here, paper.cells[j]]
        _look(terms, draft, paper, flown, b, i, j, arrival_h, cost)


@compiled
def _landed(terms: Terms, paper: Paper, flown: Flown, b: int, i: int, hour_weight: float) -> float:
    """Return what a partial sortie is worth when it goes home."""
    here, home = paper.cells[i], terms.slots[flown.slot].end
    back_h = terms.legs_h[terms.slots[flown.slot].legs, here, home]
    hours = paper.partials[b, i].end_h + back_h - flown.takeoff_h
    price = price_of(terms, flown.slot, here, home)
    return paper.partials[b, i].worth - hour_weight * hours - price


@inlined
def _look(
    terms: Terms,
    draft: Draft,
    paper: Paper,
    flown: Flown,
    b: int,
    i: int,
    j: int,
    arrival_h: float,
    cost: float,
) -> None:
    """Look at a cell after a partial sortie (or none), and keep what is best so far."""
    cell, home, waters = paper.cells[j], terms.slots[flown.slot].end, paper.waters[j]
    late_h = flown.latest_h - terms.legs_h[terms.slots[flown.slot].legs, cell, home]
    late_h = min(late_h, _free_until_h(flown, waters, arrival_h))
    if arrival_h + terms.dwell_h[flown.kind, cell, 0] > late_h:
        return
    worth, count, met, bit = -cost, 1, np.uint64(0), np.uint64(1) << np.uint64(j)
    if b >= 0:
        worth += paper.partials[b, i].worth
        count, met = paper.partials[b, i].count + 1, paper.partials[b, i].met
    last_b, last_i, again = b, i, met & bit != 0
    if again and terms.once:
        return
    while again and last_i != j:
        last_b, last_i = (
            paper.partials[last_b, last_i].from_bin,
            paper.partials[last_b, last_i].from_cell,
        )
    for level in range(terms.dwell_h.shape[2]):
        dwell_h = terms.dwell_h[flown.kind, cell, level]
        end_h, mid_h = arrival_h + dwell_h, arrival_h + dwell_h / 2
        if end_h > late_h:
            break
        water = waters[int((mid_h - flown.takeoff_h) / flown.bin_h * KNOTS_A_BIN + 0.5)]
        seen = 0.0
        if again:
            last = paper.partials[last_b, last_i]
            seen = last.seen * water.fades / last.fades
        new = pod_at(terms, flown.slot, cell, level, mid_h) * (water.unseen - seen)
        value = worth + new * water.later - terms.price_per_h[cell] * dwell_h
        if len(terms.required) > 0:
            value += urgency(terms, draft, cell, mid_h)
        end = min(int((end_h - flown.takeoff_h) / flown.bin_h), flown.bins - 1)
        partial = paper.partials[end, j]
        if partial.count == 0 or value > partial.worth:
            partial.worth, partial.end_h, partial.seen = value, end_h, seen + new
            partial.fades, partial.level, partial.count = water.fades, level, count
            partial.from_bin, partial.from_cell, partial.met = b, i, met | bit


@inlined
def _free_until_h(flown: Flown, waters: NDArray[np.void], arrival_h: float) -> float:
    """Return until when a cell may be searched from an arrival on; never, when it may not be."""
    knot = int((arrival_h - flown.takeoff_h) / flown.bin_h * KNOTS_A_BIN)
    if arrival_h >= waters[knot].busy_until_h - TOUCH_H:
        knot += 1
    return waters[knot].busy_from_h + TOUCH_H
