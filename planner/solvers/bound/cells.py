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
FADED = 4.5

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
    pod
        Greatest POD of a search of each length at each step, shape (n, O, B).
    first_h, last_h
        First and last time at which anyone may be half through a search, shape (n,).
    together
        How many looks may fall together.
    """

    under_way: NDArray[np.float64]
    rate_per_h: NDArray[np.float64]
    decay_per_h: float
    dwell_h: NDArray[np.float64]
    pod: NDArray[np.float64]
    first_h: NDArray[np.float64]
    last_h: NDArray[np.float64]
    together: int


class Clock(NamedTuple):
    """
    Bins of time, and the grid of what has been seen and is still under way.

    What has been seen is kept as it will be at the end of its block of `block` bins, on a grid
    whose neighbours differ by what fades in ``1 / shift`` of a block. `slack_h` is how far into
    its bin a search may begin: the whole bin for a bound, nothing for looks on the bins' edges.
    """

    first_h: float
    bin_h: float
    bins: int
    block: int
    shift: int
    grid: NDArray[np.float64]
    slack_h: float


def waters_of(problem: Problem, flights: list[Flight], pod: NDArray[np.float64]) -> Waters:
    """Return what may be seen, given the POD by kind, cell, level and step."""
    first_h = np.full(problem.cells, np.inf)
    last_h = np.full(problem.cells, -np.inf)
    choices: dict[float, NDArray[np.float64]] = {}
    for flight in flights:
        own, kind = flight.cells, flight.kind
        first_h[own] = np.minimum(first_h[own], flight.earliest_h + flight.out_h)
        most_h = min(
            float(flight.takeoff_h[-1]) + flight.spread_h + flight.endurance_h, flight.latest_h
        )
        last_h[own] = np.maximum(last_h[own], most_h - flight.back_h)
        for level in range(flight.dwell_h.shape[1]):
            for dwell_h in np.unique(flight.dwell_h[:, level]).tolist():
                at = own[flight.dwell_h[:, level] == dwell_h]
                length_h = dwell_h if problem.exclusive else 0.0
                best = choices.setdefault(length_h, np.zeros((problem.cells, pod.shape[3])))
                best[at] = np.maximum(best[at], pod[kind, at, level])
    lengths_h = sorted(choices)
    return Waters(
        np.ascontiguousarray(problem.under_way),
        np.ascontiguousarray(problem.rate_per_h),
        problem.decay_per_h,
        np.array(lengths_h),
        np.ascontiguousarray(np.stack([choices[h] for h in lengths_h], axis=1)),
        first_h - TOUCH_H,
        last_h + TOUCH_H,
        len(set(problem.slots.aircraft.tolist())),
    )


def clock_of(waters: Waters, bin_h: float, *, bound: bool) -> Clock:
    """Return bins of about `bin_h`, for a bound or for looks on the bins' edges."""
    seen = np.isfinite(waters.first_h)
    first_h = max(0.0, float(waters.first_h[seen].min(initial=np.inf)) - waters.dwell_h[-1])
    last_h = float(waters.last_h[seen].max(initial=0.0))
    if waters.dwell_h[0] > 4 * TOUCH_H:
        shortest_h = waters.dwell_h[0] - 2 * TOUCH_H
        bin_h = shortest_h / math.ceil(shortest_h / bin_h)
    fading = waters.decay_per_h * bin_h
    block = max(1, round(GRAIN / fading)) if fading else 1
    shift = max(1, round(fading * block / GRAIN)) if fading else 0
    grain = fading * block / shift if fading else GRAIN
    steps = int(FADED / grain) + 1
    grid = np.concatenate([[0.0], np.exp(-grain * np.arange(steps, -1, -1.0))])
    bins = max(1, int((last_h - first_h) / bin_h) + 2)
    return Clock(first_h, bin_h, bins, block, shift, grid, bin_h if bound else 0.0)


def room_of(waters: Waters, clock: Clock) -> NDArray[np.float64]:
    """Return memory for `best_looks`."""
    longest = int(waters.dwell_h[-1] / clock.bin_h) + 2
    return np.empty((clock.bins + longest, len(clock.grid)))


@compiled
def _under_way(waters: Waters, cell: int, step_h: float, hour: float) -> float:
    step = min(max(int(hour / step_h), 0), waters.rate_per_h.shape[1] - 1)
    hours, begun = hour - step * step_h, waters.under_way[cell, step]
    if waters.decay_per_h == 0:
        return begun + waters.rate_per_h[cell, step] * hours
    settled = waters.rate_per_h[cell, step] / waters.decay_per_h
    return settled + (begun - settled) * math.exp(-waters.decay_per_h * hours)


@compiled
def _extremes(
    waters: Waters, sea: Sea, cell: int, option: int, hour: float, slack_h: float
) -> tuple[float, float, float, float, float]:
    """Return most and least POD and under way, and least pay, within `slack_h` of an hour."""
    last = waters.rate_per_h.shape[1] - 1
    step = min(int(hour / sea.step_h), last)
    most = least = waters.pod[cell, option, step]
    high = low = _under_way(waters, cell, sea.step_h, hour)
    pay = pay_at(sea, cell, hour)
    if slack_h > 0:
        until_h = hour + slack_h
        for each in range(step + 1, int(until_h / sea.step_h) + 1):
            there = _under_way(waters, cell, sea.step_h, each * sea.step_h)
            high, low = max(high, there), min(low, there)
            pod = waters.pod[cell, option, min(each, last)]
            most, least = max(most, pod), min(least, pod)
        there = _under_way(waters, cell, sea.step_h, until_h)
        high, low = max(high, there), min(low, there)
        pay = min(pay, pay_at(sea, cell, until_h))
        for knot in range(int(hour / sea.knot_h) + 1, int(until_h / sea.knot_h) + 1):
            pay = min(pay, pay_at(sea, cell, knot * sea.knot_h))
    return most, least, high, low, pay


@compiled
def _block_end_h(clock: Clock, bin_: int) -> float:
    return clock.first_h + (bin_ // clock.block + 1) * clock.block * clock.bin_h


@compiled
def _look(
    waters: Waters, sea: Sea, clock: Clock, cell: int, option: int, bin_: int
) -> tuple[int, float, float, float, float, float]:
    """
    Return what a search begun in a bin does, none when it pays nothing.

    The bin it ends in; its gain when nothing was seen; what it loses of what was seen; how much of
    that is left and how much is added afterwards; its POD.
    """
    hour = clock.first_h + bin_ * clock.bin_h
    dwell_h, decay = waters.dwell_h[option], waters.decay_per_h
    mid_h = hour + dwell_h / 2
    if mid_h + clock.slack_h < waters.first_h[cell] or mid_h > waters.last_h[cell]:
        return -1, 0.0, 0.0, 0.0, 0.0, 0.0
    most, least, high, low, pay = _extremes(waters, sea, cell, option, mid_h, clock.slack_h)
    if most * (high - pay) <= 0:
        return -1, 0.0, 0.0, 0.0, 0.0, 0.0
    end = bin_ + int(max(0.0, dwell_h - TOUCH_H) / clock.bin_h)
    fades_h = _block_end_h(clock, end) - _block_end_h(clock, bin_)
    overlap = math.exp(-decay * (mid_h + clock.slack_h - _block_end_h(clock, bin_)))
    return (
        end,
        most * (high - pay),
        most * overlap,
        (1 - least) * math.exp(-decay * fades_h),
        least * low * math.exp(-decay * (_block_end_h(clock, end) - mid_h)),
        most,
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
) -> bool:
    """Let a look begin where it pays; return whether it does anywhere."""
    _, gain, loses, keeps, adds, _ = look
    raised, k = False, 0
    for v in range(len(grid)):
        if gain <= loses * grid[v] * peak:
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
    it is never understated. Fills `made`, shape (n,), and adds to `looked`, shape (n, T), the POD
    of the looks that make it, shared between knots.
    """
    grid = clock.grid
    options = len(waters.dwell_h)
    for cell in cells:
        peak = 1e-12
        for step in range(waters.under_way.shape[1]):
            peak = max(peak, waters.under_way[cell, step])
        room[clock.bins :] = 0.0
        for b in range(clock.bins - 1, -1, -1):
            row = room[b]
            _wait(row, room[b + 1], clock, b)
            for option in range(options):
                look = _look(waters, sea, clock, cell, option, b)
                if look[0] > b:
                    _raise(row, room[look[0]], grid, peak, look)
                elif look[0] == b:
                    for _ in range(waters.together):
                        for v in range(len(grid)):
                            spare[v] = row[v]
                        if not _raise(row, spare, grid, peak, look):
                            break
        made[cell] = room[0, 0]
        if clock.slack_h == 0 and made[cell] > 0:
            _recall(waters, sea, clock, cell, peak, room, looked)


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
    grid, seen, b, again = clock.grid, 0.0, 0, 0
    fading = math.exp(-waters.decay_per_h * clock.bin_h * clock.block)
    while b < clock.bins:
        last = (b + 1) % clock.block == 0
        later = seen * fading if last else seen
        best, chosen = _read(room[b + 1], grid, later), -1
        for option in range(len(waters.dwell_h)):
            look = _look(waters, sea, clock, cell, option, b)
            if look[0] < 0 or again >= waters.together:
                continue
            gain = look[1] - look[2] * seen * peak
            after = _read(room[look[0]], grid, look[3] * seen + look[4] / peak)
            if gain > 0 and gain + after > best:
                best, chosen = gain + after, option
        if chosen < 0:
            seen, b, again = later, b + 1, 0
            continue
        look = _look(waters, sea, clock, cell, chosen, b)
        hour = clock.first_h + b * clock.bin_h + waters.dwell_h[chosen] / 2
        at = min(max(hour / sea.knot_h, 0.0), looked.shape[1] - 1.000001)
        looked[cell, int(at)] += look[5] * (1 - (at - int(at)))
        looked[cell, int(at) + 1] += look[5] * (at - int(at))
        seen = look[3] * seen + look[4] / peak
        again = again + 1 if look[0] == b else 0
        b = look[0]


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
