"""What the best sortie earns at most when looks are paid by the hour of the day."""

# Fields of tuples in compiled functions have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING = -1e18
PAD_H = 4e-6
FUZZ = 1e-7

# Counting references to the arrays in a tuple is slow, so compiled functions allocate nothing.
compiled = njit(_nrt=False)


class Sea(NamedTuple):
    """
    What looks earn, whoever flies them.

    Sizes: cells n, kinds K, levels L, steps B, ranks R, knots T. A look's rank is how many looks
    of its sortie at its cell ended just before it, one at the end of the next, R - 1 at most.

    `pod` is the POD by kind, cell, level and step, shape (K, n, L, B); `pay` what a look earns
    per unit of POD at each knot of time, linear between them, shape (n, R, L, T).
    """

    pod: NDArray[np.float64]
    step_h: float
    pay: NDArray[np.float64]
    knot_h: float


class Wings(NamedTuple):
    """
    What the sorties of a flight may do, as `flights.Flight` has it, in bins of time.

    Bins are counted from the period's start. Legs and searches take a number of whole bins; what
    is begun in a bin ends so many bins later or one more, and no more where `sharp`. `again` tells
    whether a search may follow at the same cell at once. Prices hold hours too, at what a flying
    hour costs.

    Poor cells may stand together as one place, as near as the nearest of them and as rich as the
    richest: where they do (`wide`), one may also wait, so that each sortie is there when it was.
    `place` tells the place of each cell; all that follows it but `dwell_h` and `dwell_price` is by
    place.
    """

    kind: int
    bin_h: float
    cells: NDArray[np.int64]
    dwell_h: NDArray[np.float64]
    dwell_price: NDArray[np.float64]
    place: NDArray[np.int64]
    wide: NDArray[np.bool_]
    out_h: NDArray[np.float64]
    leg_bins: NDArray[np.int64]
    back_h: NDArray[np.float64]
    again: NDArray[np.bool_]
    out_price: NDArray[np.float64]
    leg_price: NDArray[np.float64]
    back_price: NDArray[np.float64]
    dwell_bins: NDArray[np.int64]
    sharp: NDArray[np.bool_]


class Chart(NamedTuple):
    """
    What can still be earned from each cell and bin on: c cells, N bins.

    After a search, shape (c, N); on beginning one, by its rank, shape (R, c, N), and on coming
    from another cell, shape (c, N).
    """

    after: NDArray[np.float64]
    search: NDArray[np.float64]
    arrival: NDArray[np.float64]


def new_chart(ranks: int, cells: int, bins: int) -> Chart:
    """Return room for what can still be earned."""
    return Chart(np.empty((cells, bins)), np.empty((ranks, cells, bins)), np.empty((cells, bins)))


@compiled
def pay_at(sea: Sea, cell: int, rank: int, level: int, hour: float) -> float:
    """Return what a look at a cell earns per unit of POD at some hour."""
    return _between_knots(sea.pay[cell, rank, level], sea.knot_h, hour)


@compiled
def _between_knots(pays: NDArray[np.float64], knot_h: float, hour: float) -> float:
    at = min(max(hour / knot_h, 0.0), len(pays) - 1.000001)
    knot = int(at)
    share = at - knot
    return pays[knot] * (1 - share) + pays[knot + 1] * share


@compiled
def fill_gains(sea: Sea, wings: Wings, first: int, gains: NDArray[np.float64]) -> None:
    """Fill in the most that searches begun in each bin from `first` on earn, (R, c, L, N)."""
    ranks, _, levels, bins = gains.shape
    gains[:] = NOTHING
    for j in range(len(wings.cells)):
        place = wings.place[j]
        for level in range(levels):
            for rank in range(ranks):
                row = gains[0 if wings.wide[place] else rank, place, level]
                _gains(sea, wings, first, rank, j, level, row)
    for place in range(len(wings.wide)):
        for rank in range(1, ranks if wings.wide[place] else 1):
            for level in range(levels):
                for b in range(bins):
                    gains[rank, place, level, b] = gains[0, place, level, b]


@compiled
def _gains(
    sea: Sea, wings: Wings, first: int, rank: int, j: int, level: int, row: NDArray[np.float64]
) -> None:
    """Raise to the most that searches of one kind earn: the best POD of a bin at its best pay."""
    cell, last = wings.cells[j], sea.pod.shape[3] - 1
    pods, pays = sea.pod[wings.kind, cell, level], sea.pay[cell, rank, level]
    begin_h = wings.dwell_h[j, level] / 2 + first * wings.bin_h
    for b in range(len(row)):
        early_h = begin_h + b * wings.bin_h - PAD_H
        late_h = early_h + wings.bin_h + 2 * PAD_H
        step, until_step = int(early_h / sea.step_h), int(late_h / sea.step_h)
        pod = pods[min(max(step, 0), last)]
        for each in range(step + 1, until_step + 1):
            pod = max(pod, pods[min(each, last)])
        pay = max(
            _between_knots(pays, sea.knot_h, early_h), _between_knots(pays, sea.knot_h, late_h)
        )
        for knot in range(int(early_h / sea.knot_h) + 1, int(late_h / sea.knot_h) + 1):
            pay = max(pay, pays[min(knot, len(pays) - 1)])
        row[b] = max(row[b], pod * pay - wings.dwell_price[j, level])


@compiled
def fill_chart(
    wings: Wings,
    gains: NDArray[np.float64],
    skip: int,
    first: int,
    bins: int,
    land_by_h: float,
    chart: Chart,
) -> None:
    """
    Fill in what can still be earned from each of `bins` bins on, last ones first.

    No search is shorter than a block of bins: what follows the searches begun in a block is known.

    Parameters
    ----------
    wings
        What a sortie may do.
    gains
        What searches earn by rank, cell, level and bin, shape (R, c, L, N).
    skip
        How many of its bins come before the first.
    first
        The first bin, counted from the period's start.
    bins
        How many bins there are until the landing.
    land_by_h
        No landing after this hour.
    chart
        Filled in; room for a bin more.
    """
    ranks, cells = gains.shape[:2]
    block = wings.dwell_bins[0, 0]
    for j in range(cells):
        chart.after[j, bins] = NOTHING
        chart.arrival[j, bins] = NOTHING
        for level in range(wings.dwell_bins.shape[1]):
            block = min(block, wings.dwell_bins[j, level])
        for rank in range(ranks):
            chart.search[rank, j, bins] = NOTHING
    high = bins
    while high > 0:
        low = max(0, high - block)
        for j in range(cells):
            for rank in range(ranks):
                _search(wings, gains, skip, bins, chart, rank, j, low, high)
            search, arrival = chart.search[0, j], chart.arrival[j]
            for b in range(low, high):
                now, soon = search[b], search[b + 1]
                arrival[b] = max(soon, now)
            if wings.wide[j]:
                for b in range(high - 1, low - 1, -1):
                    arrival[b] = max(arrival[b], arrival[b + 1])
        for i in range(cells):
            _leave(wings, first, bins, land_by_h, chart, i, low, high)
        high = low


@compiled
def _search(
    wings: Wings,
    gains: NDArray[np.float64],
    skip: int,
    bins: int,
    chart: Chart,
    rank: int,
    j: int,
    low: int,
    high: int,
) -> None:
    """Fill in what can still be earned on beginning a search."""
    next_rank = min(rank + 1, chart.search.shape[0] - 1)
    search, after, more = chart.search[rank, j], chart.after[j], chart.search[next_rank, j]
    if wings.wide[j]:
        more = chart.arrival[j]
    again = wings.leg_price[j, j] if wings.again[j] else -NOTHING
    for b in range(low, high):
        search[b] = NOTHING
    for level in range(wings.dwell_bins.shape[1]):
        gain = gains[rank, j, level]
        for late in range(1 if wings.sharp[j, level] else 2):
            dwell = wings.dwell_bins[j, level] + late
            stop = max(low, min(high, bins - dwell))
            leaves, stays = after[low + dwell : stop + dwell], more[low + dwell : stop + dwell]
            gains_here, there = gain[skip + low : skip + stop], search[low:stop]
            for b in range(len(there)):
                stay = stays[b] - again
                worth = gains_here[b] + (max(stay, leaves[b]))
                there[b] = max(there[b], worth)


@compiled
def _leave(
    wings: Wings, first: int, bins: int, land_by_h: float, chart: Chart, i: int, low: int, high: int
) -> None:
    """Fill in what can still be earned after a search: land, or fly to the next cell."""
    after = chart.after[i]
    for b in range(low, high):
        landing_h = (first + b) * wings.bin_h + wings.back_h[i]
        after[b] = -wings.back_price[i] if landing_h <= land_by_h + PAD_H else NOTHING
    for j in range(len(wings.wide)):
        if j == i and wings.again[i]:
            continue
        leg, price = wings.leg_bins[i, j], wings.leg_price[i, j]
        stop = max(low, min(high, bins - leg))
        arrival, here = chart.arrival[j, low + leg : stop + leg], after[low:stop]
        for b in range(len(here)):
            worth = arrival[b] - price
            here[b] = max(here[b], worth)
    if wings.wide[i]:
        after = chart.after[i]
        for b in range(high - 1, low - 1, -1):
            after[b] = max(after[b], after[b + 1])


@compiled
def best_sorties(
    wings: Wings,
    gains: NDArray[np.float64],
    origin: int,
    hours: NDArray[np.float64],
    chart: Chart,
    worth: NDArray[np.float64],
    count: NDArray[np.int64],
    path: NDArray[np.int64],
) -> None:
    """
    Find what sorties of several take-offs earn at most, and which seem to.

    Parameters
    ----------
    wings
        What a sortie may do.
    gains
        What searches earn by rank, cell, level and bin, shape (R, c, L, N).
    origin
        Its first bin, counted from the period's start.
    hours
        First and last hour of each take-off, and its last of landing, shape (k, 3).
    chart
        Room for what can still be earned.
    worth
        Filled with what the best sortie of each take-off earns, shape (k,).
    count, path
        Filled with its number of looks, shape (k,), and their cell, level and bin, shape
        (k, most looks, 3); nothing is when there is no room for looks.
    """
    for k in range(len(hours)):
        from_h, to_h, land_by_h = hours[k, 0], hours[k, 1], hours[k, 2]
        first = int(from_h / wings.bin_h)
        length = int(land_by_h / wings.bin_h) - first + 1
        skip = first - origin
        fill_chart(wings, gains, skip, first, length, land_by_h, chart)
        worth[k], cell, start = best_start(wings, first, length, from_h, to_h, chart)
        count[k] = 0
        if path.shape[1] and worth[k] > 0:
            count[k] = retrace(wings, gains, skip, length, cell, start, chart, path[k])


@compiled
def best_start(
    wings: Wings, first: int, bins: int, from_h: float, to_h: float, chart: Chart
) -> tuple[float, int, int]:
    """Return what a sortie that takes off between two hours earns, its first cell and bin."""
    best, cell, start = NOTHING, -1, -1
    for j in range(len(wings.wide)):
        row = chart.arrival[j] if wings.wide[j] else chart.search[0, j]
        begin = int((from_h + wings.out_h[j]) / wings.bin_h) - first
        until = int((to_h + wings.out_h[j]) / wings.bin_h) - first
        for b in range(max(0, begin), min(until, bins - 1) + 1):
            worth = row[b] - wings.out_price[j]
            if worth > best:
                best, cell, start = worth, j, b
    return best, cell, start


@compiled
def retrace(
    wings: Wings,
    gains: NDArray[np.float64],
    skip: int,
    bins: int,
    cell: int,
    start: int,
    chart: Chart,
    path: NDArray[np.int64],
) -> int:
    """Write cell, level and bin of each look of the best sortie to `path`; return their number."""
    count, rank, b, j = 0, 0, start, cell
    while count < len(path):
        level, b_next, stays = _chosen(wings, gains, skip, bins, chart, rank, j, b)
        path[count, 0], path[count, 1], path[count, 2] = j, level, b
        count += 1
        b = b_next
        if stays:
            rank = min(rank + 1, chart.search.shape[0] - 1)
            continue
        j, b = _next_cell(wings, bins, chart, j, b)
        rank = 0
        if j < 0:
            break
    return count


@compiled
def _chosen(
    wings: Wings,
    gains: NDArray[np.float64],
    skip: int,
    bins: int,
    chart: Chart,
    rank: int,
    j: int,
    b: int,
) -> tuple[int, int, bool]:
    """Return the best level of a search, the bin it ends in and whether another follows at once."""
    next_rank = min(rank + 1, chart.search.shape[0] - 1)
    best, chosen, end, stays = NOTHING, 0, b, False
    for level in range(wings.dwell_bins.shape[1]):
        for late in range(1 if wings.sharp[j, level] else 2):
            at = b + wings.dwell_bins[j, level] + late
            if at >= bins:
                continue
            stay = NOTHING
            if wings.again[j]:
                stay = chart.search[next_rank, j, at] - wings.leg_price[j, j]
            worth = gains[rank, j, level, skip + b] + max(chart.after[j, at], stay)
            if worth > best:
                best, chosen, end, stays = worth, level, at, stay > chart.after[j, at]
    return chosen, end, stays


@compiled
def _next_cell(wings: Wings, bins: int, chart: Chart, i: int, b: int) -> tuple[int, int]:
    """Return the next cell and bin after a search; -1 when it is time to land."""
    for j in range(len(wings.wide)):
        if j == i and wings.again[i]:
            continue
        at = b + wings.leg_bins[i, j]
        if at < bins and chart.arrival[j, at] - wings.leg_price[i, j] >= chart.after[i, b]:
            late = chart.search[0, j, at + 1] > chart.search[0, j, at]
            return j, at + 1 if late else at
    return -1, -1
