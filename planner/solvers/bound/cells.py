"""What looks at a cell see beyond what they are paid: the cells' half of the bound."""

# Fields of tuples in compiled functions have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit
from planner.solvers.bound.sorties import pay_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem
    from planner.solvers.bound.flights import Flight
    from planner.solvers.bound.sorties import Sea

TOUCH_H = 2e-6
GRAIN = 0.08
COARSE = 0.16
FADED = 4.5
MOST_SENSORS = 3
NEVER = -1.0

# Counting references to the arrays in a tuple is slow, so compiled functions allocate nothing.
compiled = njit(_nrt=False)


class Waters(NamedTuple):
    """
    What may be seen at each cell, and by what kinds of look.

    Parameters
    ----------
    under_way, rate_per_h, decay_per_h
        As `Problem` has them.
    dwell_h
        Lengths of search that matter, shape (O,): where aircraft keep apart, each that any of
        them may choose; elsewhere zero, for looks may then fall together.
    level
        Dwell level of each, shape (O,).
    pod
        Greatest POD of a search of each length at each step, shape (n, O, B); below zero where
        nobody searches so.
    first_h, last_h
        First and last time at which anyone may be half through a search, shape (n,).
    together
        How many looks may fall together.
    exact
        Whether every look has the POD told here, not just none above it.
    """

    under_way: NDArray[np.float64]
    rate_per_h: NDArray[np.float64]
    decay_per_h: float
    dwell_h: NDArray[np.float64]
    level: NDArray[np.int64]
    pod: NDArray[np.float64]
    first_h: NDArray[np.float64]
    last_h: NDArray[np.float64]
    together: int
    exact: bool


class Clock(NamedTuple):
    """
    Bins of time, and the grid of what has been seen and is still under way.

    What has been seen is kept as it will be at the end of its block of `block` bins, on a grid
    whose neighbours differ by what fades in ``1 / shift`` of a block. `slack_h` is how far into
    its bin a search may begin: the whole bin for a bound, nothing for looks on the bins' edges;
    `drift_h` how far beyond when it follows others of its sortie at once.
    """

    first_h: float
    bin_h: float
    bins: int
    block: int
    shift: int
    grid: NDArray[np.float64]
    slack_h: float
    drift_h: float


def waters_of(problem: Problem, flights: list[Flight], pod: NDArray[np.float64]) -> Waters:
    """Return what may be seen, given the POD by kind, cell, level and step."""
    first_h = np.full(problem.cells, np.inf)
    last_h = np.full(problem.cells, -np.inf)
    choices: dict[tuple[float, int, int], NDArray[np.float64]] = {}
    like = _like_sensors(flights, pod) if problem.exclusive else np.zeros(len(pod), np.int64)
    for flight in flights:
        own, kind = flight.cells, flight.kind
        first_h[own] = np.minimum(first_h[own], flight.earliest_h + flight.out_h)
        last_h[own] = np.maximum(last_h[own], flight.last_landing_h - flight.back_h)
        for level in range(flight.dwell_h.shape[1]):
            for dwell_h in np.unique(flight.dwell_h[:, level]).tolist():
                at = own[flight.dwell_h[:, level] == dwell_h]
                choice = (dwell_h if problem.exclusive else 0.0, level, int(like[kind]))
                best = choices.setdefault(choice, np.full((problem.cells, pod.shape[3]), NEVER))
                best[at] = np.maximum(best[at], pod[kind, at, level])
    ordered = sorted(choices)
    return Waters(
        np.ascontiguousarray(problem.under_way),
        np.ascontiguousarray(problem.rate_per_h),
        problem.decay_per_h,
        np.array([dwell_h for dwell_h, _, _ in ordered]),
        np.array([level for _, level, _ in ordered]),
        np.ascontiguousarray(np.stack([choices[choice] for choice in ordered], axis=1)),
        first_h - TOUCH_H,
        last_h + TOUCH_H,
        len(set(problem.slots.aircraft.tolist())),
        _are_exact(flights, pod, like),
    )


def _are_exact(flights: list[Flight], pod: NDArray[np.float64], like: NDArray[np.int64]) -> bool:
    return all(np.array_equal(pod[flight.kind], pod[like[flight.kind]]) for flight in flights)


def _like_sensors(flights: list[Flight], pod: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first kind with the same sensor, by kind; that of all where there are many."""
    kinds = sorted({flight.kind for flight in flights})
    like = np.zeros(len(pod), np.int64)
    for kind in kinds:
        like[kind] = next(each for each in kinds if np.array_equal(pod[each], pod[kind]))
    return like if len(set(like[kinds].tolist())) <= MOST_SENSORS else np.zeros_like(like)


def clock_of(waters: Waters, bin_h: float, *, looks: int) -> Clock:
    """
    Return bins of about `bin_h`, for a bound or for looks on the bins' edges.

    `looks` is the most that can follow each other at a cell at once; none on the bins' edges.
    """
    seen = np.isfinite(waters.first_h)
    first_h = max(0.0, float(waters.first_h[seen].min(initial=np.inf)) - waters.dwell_h[-1])
    last_h = float(waters.last_h[seen].max(initial=0.0))
    if waters.dwell_h[0] > 4 * TOUCH_H:
        shortest_h = waters.dwell_h[0] - 2 * TOUCH_H
        bin_h = shortest_h / math.ceil(shortest_h / bin_h)
    fading = waters.decay_per_h * bin_h
    grain = GRAIN if looks else COARSE
    block = max(1, round(grain / fading)) if fading else 1
    shift = max(1, round(fading * block / grain)) if fading else 0
    grain = fading * block / shift if fading else grain
    steps = int(FADED / grain) + 1
    grid = np.concatenate([[0.0], np.exp(-grain * np.arange(steps, -1, -1.0))])
    bins = max(1, int((last_h - first_h) / bin_h) + 2)
    ends_h = np.floor(np.maximum(0.0, waters.dwell_h - TOUCH_H) / bin_h) * bin_h
    drift_h = looks * float((waters.dwell_h - ends_h).max())
    return Clock(first_h, bin_h, bins, block, shift, grid, bin_h if looks else 0.0, drift_h)


def room_of(waters: Waters, clock: Clock, ranks: int) -> NDArray[np.float64]:
    """Return memory for `best_looks`."""
    longest = int(waters.dwell_h[-1] / clock.bin_h) + 2
    return np.empty((ranks, clock.bins + longest, len(clock.grid)))


@compiled
def _under_way(waters: Waters, cell: int, step_h: float, hour: float) -> float:
    step = min(max(int(hour / step_h), 0), waters.rate_per_h.shape[1] - 1)
    hours, begun = hour - step * step_h, waters.under_way[cell, step]
    if waters.decay_per_h == 0:
        return begun + waters.rate_per_h[cell, step] * hours
    settled = waters.rate_per_h[cell, step] / waters.decay_per_h
    return settled + (begun - settled) * math.exp(-waters.decay_per_h * hours)


@compiled
def _least_pay(sea: Sea, cell: int, rank: int, level: int, early_h: float, late_h: float) -> float:
    pay = pay_at(sea, cell, rank, level, early_h)
    if late_h > early_h:
        pay = min(pay, pay_at(sea, cell, rank, level, late_h))
        for knot in range(int(early_h / sea.knot_h) + 1, int(late_h / sea.knot_h) + 1):
            pay = min(pay, pay_at(sea, cell, rank, level, knot * sea.knot_h))
    return pay


@compiled
def _block_end_h(clock: Clock, bin_: int) -> float:
    return clock.first_h + (bin_ // clock.block + 1) * clock.block * clock.bin_h


@compiled
def _parts(sea: Sea, clock: Clock) -> int:
    """Return how many parts of a bin to tell apart: as `_part` has them."""
    return 3 if clock.slack_h == 0 else 2 + int((clock.slack_h + clock.drift_h) / sea.step_h)


@compiled
def _part(
    sea: Sea, clock: Clock, early_h: float, late_h: float, last: int, part: int
) -> tuple[int, float, float]:
    """
    Return the step of a part of an interval, and when it begins and ends; -1 when there is none.

    For a bound, each step is a part. For looks on the bins' edges the parts are the edge itself,
    and the beginning of a step within the bin, just after it and just before.
    """
    step = min(int(early_h / sea.step_h), last)
    if clock.slack_h == 0:
        edge_h = (step + 1) * sea.step_h
        if part == 0:
            return step, early_h, early_h
        if step == last or edge_h > early_h + clock.bin_h:
            return -1, 0.0, 0.0
        return step + 2 - part, edge_h, edge_h
    step += part
    if part and (step > last or step * sea.step_h > late_h):
        return -1, 0.0, 0.0
    from_h = max(early_h, step * sea.step_h) if part else early_h
    return step, from_h, late_h if step == last else min(late_h, (step + 1) * sea.step_h)


@compiled
def _look(
    waters: Waters,
    sea: Sea,
    clock: Clock,
    cell: int,
    rank: int,
    option: int,
    bin_: int,
    part: int,
) -> tuple[int, float, float, float, float, float]:
    """
    Return what a search begun in a bin and half done in a part of it does, if it may be.

    The bin it ends in; its gain when nothing was seen; what it loses of what was seen; how much of
    that is left and how much is added afterwards; its POD.
    """
    nothing = -1, 0.0, 0.0, 0.0, 0.0, 0.0
    decay, last = waters.decay_per_h, waters.rate_per_h.shape[1] - 1
    early_h = clock.first_h + bin_ * clock.bin_h + waters.dwell_h[option] / 2
    late_h = early_h + clock.slack_h + (clock.drift_h if rank else 0.0)
    if late_h < waters.first_h[cell] or early_h > waters.last_h[cell]:
        return nothing
    if waters.pod[cell, option, 0] < 0:
        return nothing
    step, early_h, late_h = _part(sea, clock, early_h, late_h, last, part)
    if step < 0:
        return nothing
    pod = waters.pod[cell, option, step]
    one = _under_way(waters, cell, sea.step_h, early_h)
    other = _under_way(waters, cell, sea.step_h, late_h)
    pay = _least_pay(sea, cell, rank, waters.level[option], early_h, late_h)
    end = bin_ + int(max(0.0, waters.dwell_h[option] - TOUCH_H) / clock.bin_h)
    begin_h, end_h = _block_end_h(clock, bin_), _block_end_h(clock, end)
    return (
        end,
        pod * (max(one, other) - pay),
        pod * math.exp(-decay * (late_h - begin_h)),
        (1 - pod) * math.exp(-decay * (end_h - begin_h)),
        pod * min(one, other) * math.exp(-decay * (end_h - early_h)),
        pod,
    )


@compiled
def _between(row: NDArray[np.float64], grid: NDArray[np.float64], k: int, at: float) -> float:
    """Return a convex function between grid points `k` and `k + 1`: never too little."""
    if at >= grid[-1]:
        return row[len(grid) - 1]
    share = (at - grid[k]) / (grid[k + 1] - grid[k])
    return row[k] * (1 - share) + row[k + 1] * share


@compiled
def _raise(
    row: NDArray[np.float64],
    after: NDArray[np.float64],
    grid: NDArray[np.float64],
    peak: float,
    look: tuple[int, float, float, float, float, float],
    alone: bool,
) -> bool:
    """
    Let a look begin where it pays; return whether it does anywhere.

    One that pays nothing itself may pay for what follows it, unless looks are all alike.
    """
    _, gain, loses, keeps, adds, _ = look
    raised, k = False, 0
    for v in range(len(grid)):
        if alone and gain <= loses * grid[v] * peak:
            break
        at = keeps * grid[v] + adds / peak
        while k < len(grid) - 2 and grid[k + 1] <= at:
            k += 1
        worth = gain - loses * grid[v] * peak + _between(after, grid, k, at)
        if worth > row[v]:
            row[v] = worth
            raised = True
    return raised


@compiled
def best_looks(
    waters: Waters,
    sea: Sea,
    clock: Clock,
    cells: NDArray[np.int64],
    room: NDArray[np.float64],
    spare: NDArray[np.float64],
    made: NDArray[np.float64],
    looked: NDArray[np.float64],
) -> None:
    r"""
    Find what looks at each cell make at most: what they see, less what they are paid.

    With what was seen and is still under way :math:`V`, what the rest of the period can make is
    the greatest of functions linear and falling in :math:`V`, hence convex: between grid points
    it is never understated. It is kept by the rank of the look that may follow at once. Fills
    `made`, shape (n,), and adds to `looked`, shape (n, R, L, T), the POD of the looks that make
    it, shared between knots.
    """
    for cell in cells:
        peak = 1e-12
        for step in range(waters.under_way.shape[1]):
            peak = max(peak, waters.under_way[cell, step])
        room[:, clock.bins :] = 0.0
        for b in range(clock.bins - 1, -1, -1):
            _wait(room[0, b], room[0, b + 1], clock, b)
            for rank in range(len(room)):
                if rank:
                    _copy(room[0, b], room[rank, b])
                _begin(waters, sea, clock, cell, rank, b, peak, room, spare)
        made[cell] = room[0, 0, 0]
        if clock.slack_h == 0 and made[cell] > 0:
            _recall(waters, sea, clock, cell, peak, room, looked)


@compiled
def _begin(
    waters: Waters,
    sea: Sea,
    clock: Clock,
    cell: int,
    rank: int,
    bin_: int,
    peak: float,
    room: NDArray[np.float64],
    spare: NDArray[np.float64],
) -> None:
    """Let looks of a rank begin in a bin."""
    row, then = room[rank, bin_], room[min(rank + 1, len(room) - 1)]
    for option in range(len(waters.dwell_h)):
        for part in range(_parts(sea, clock)):
            look = _look(waters, sea, clock, cell, rank, option, bin_, part)
            if look[0] > bin_:
                _raise(row, then[look[0]], clock.grid, peak, look, len(room) == 1)
            elif look[0] == bin_:
                for _ in range(waters.together):
                    _copy(row, spare)
                    if not _raise(row, spare, clock.grid, peak, look, True):
                        break


@compiled
def _copy(row: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    for v in range(len(row)):
        other[v] = row[v]


@compiled
def _wait(row: NDArray[np.float64], after: NDArray[np.float64], clock: Clock, bin_: int) -> None:
    fades = 0 if (bin_ + 1) % clock.block else clock.shift
    for v in range(len(row)):
        row[v] = after[max(0, v - fades)]


@compiled
def _recall(
    waters: Waters,
    sea: Sea,
    clock: Clock,
    cell: int,
    peak: float,
    room: NDArray[np.float64],
    looked: NDArray[np.float64],
) -> None:
    """Follow the looks that make the most of a cell, and count them at their knots."""
    grid, seen, b, again, follows = clock.grid, 0.0, 0, 0, 0
    fading = math.exp(-waters.decay_per_h * clock.bin_h * clock.block)
    while b < clock.bins:
        later = seen * fading if (b + 1) % clock.block == 0 else seen
        best = _read(room[0, b + 1], grid, later)
        ends, adds, rank, option, pod = -1, 0.0, 0, 0, 0.0
        for each in range(0, follows + 1, max(1, follows)):
            for other in range(len(waters.dwell_h)):
                for part in range(_parts(sea, clock)):
                    look = _look(waters, sea, clock, cell, each, other, b, part)
                    if look[0] < 0 or again >= waters.together:
                        continue
                    gain, then = look[1] - look[2] * seen * peak, look[3] * seen + look[4] / peak
                    after = _read(room[min(each + 1, len(room) - 1), look[0]], grid, then)
                    if gain + after > best:
                        best, ends, adds = gain + after, look[0], then
                        rank, option, pod = each, other, look[5]
        if ends < 0:
            seen, b, again, follows = later, b + 1, 0, 0
            continue
        hour = clock.first_h + b * clock.bin_h + waters.dwell_h[option] / 2
        at = min(max(hour / sea.knot_h, 0.0), looked.shape[3] - 1.000001)
        paid = looked[cell, rank, waters.level[option]]
        paid[int(at)] += pod * (1 - (at - int(at)))
        paid[int(at) + 1] += pod * (at - int(at))
        seen, again, follows = adds, again + 1 if ends == b else 0, min(rank + 1, len(room) - 1)
        b = ends


@compiled
def _read(row: NDArray[np.float64], grid: NDArray[np.float64], at: float) -> float:
    low, high = 0, len(grid) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if grid[middle] <= at:
            low = middle
        else:
            high = middle
    return _between(row, grid, low, at)
