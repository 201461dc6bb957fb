"""What the best sortie earns when looks are paid by the hour of the day: exact, or never less."""

# Fields of tuples in compiled functions have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING = -1e18
TOUCH = 2e-6

# Counting references to the arrays in a tuple is slow, so compiled functions allocate nothing.
compiled = njit(_nrt=False)


class Sea(NamedTuple):
    """
    What looks earn, whoever flies them: shapes in cells n, kinds K, levels L, steps B, knots T.

    `pod` is the POD by kind, cell, level and step, shape (K, n, L, B); `pay` what a look earns
    per unit of POD at each knot of time, linear between them, shape (n, T).
    """

    pod: NDArray[np.float64]
    step_h: float
    pay: NDArray[np.float64]
    knot_h: float


class Wings(NamedTuple):
    """
    What the sorties of a flight may do, as `flights.Flight` has it.

    `price` and `dwell_price` hold hours too, at what a flying hour costs.
    """

    kind: int
    cells: NDArray[np.int64]
    out_h: NDArray[np.float64]
    leg_h: NDArray[np.float64]
    back_h: NDArray[np.float64]
    out_price: NDArray[np.float64]
    leg_price: NDArray[np.float64]
    back_price: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    dwell_price: NDArray[np.float64]


class Ledger(NamedTuple):
    """
    Partial sorties by bin of time and cell: at the end of a search, and on arrival.

    The most earned, the least and greatest time they may have come by, and where they came from.
    """

    worth: NDArray[np.float64]
    early_h: NDArray[np.float64]
    late_h: NDArray[np.float64]
    before: NDArray[np.int64]


def new_ledger(bins: int, cells: int) -> Ledger:
    """Return room for partial sorties."""
    shape = (bins, cells)
    return Ledger(np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape, np.int64))


@compiled
def pay_at(sea: Sea, cell: int, hour: float) -> float:
    """Return what a look at a cell earns per unit of POD at some hour."""
    at = min(max(hour / sea.knot_h, 0.0), sea.pay.shape[1] - 1.000001)
    knot = int(at)
    share = at - knot
    return sea.pay[cell, knot] * (1 - share) + sea.pay[cell, knot + 1] * share


@compiled
def earned(sea: Sea, kind: int, cell: int, level: int, early_h: float, late_h: float) -> float:
    """Return the most a look earns when its search is half done at some time in an interval."""
    last = sea.pod.shape[3] - 1
    pod = sea.pod[kind, cell, level, min(max(int(early_h / sea.step_h), 0), last)]
    pay = pay_at(sea, cell, early_h)
    if late_h > early_h:
        for step in range(int(early_h / sea.step_h) + 1, int(late_h / sea.step_h) + 1):
            pod = max(pod, sea.pod[kind, cell, level, min(step, last)])
        pay = max(pay, pay_at(sea, cell, late_h))
        for knot in range(int(early_h / sea.knot_h) + 1, int(late_h / sea.knot_h) + 1):
            pay = max(pay, pay_at(sea, cell, knot * sea.knot_h))
    return pod * pay


@compiled
def _enter(
    ledger: Ledger,
    bin_: int,
    cell: int,
    worth: float,
    early_h: float,
    late_h: float,
    before: int,
    exact: bool,
) -> None:
    """Let a partial sortie into a bin: beside those there, or instead of them when it is better."""
    there = ledger.worth[bin_, cell]
    if there <= NOTHING or (exact and worth > there):
        ledger.worth[bin_, cell] = worth
        ledger.early_h[bin_, cell] = early_h
        ledger.late_h[bin_, cell] = late_h
        ledger.before[bin_, cell] = before
    elif not exact:
        ledger.early_h[bin_, cell] = min(ledger.early_h[bin_, cell], early_h)
        ledger.late_h[bin_, cell] = max(ledger.late_h[bin_, cell], late_h)
        if worth > there:
            ledger.worth[bin_, cell] = worth
            ledger.before[bin_, cell] = before


@compiled
def _spread(
    ledger: Ledger,
    first_h: float,
    bin_h: float,
    least: int,
    cell: int,
    worth: float,
    early_h: float,
    late_h: float,
    before: int,
    exact: bool,
) -> None:
    """Let a partial sortie into every bin it may fall in, cut where the bins meet."""
    bin_ = max(int((early_h - first_h) / bin_h), least)
    while True:
        edge_h = first_h + (bin_ + 1) * bin_h
        if late_h <= edge_h:
            _enter(ledger, bin_, cell, worth, early_h, late_h, before, exact)
            return
        _enter(ledger, bin_, cell, worth, early_h, max(early_h, edge_h), before, exact)
        early_h = max(early_h, edge_h)
        bin_ += 1


@compiled
def _bin(hour: float, first_h: float, bin_h: float) -> int:
    """Return the bin of an hour, the earlier one when it is on the edge."""
    return max(0, int((hour - first_h) / bin_h - TOUCH / 2))


@compiled
def _still(
    sea: Sea,
    wings: Wings,
    use: NDArray[np.int64],
    first_h: float,
    bins: int,
    bin_h: float,
    rest: NDArray[np.float64],
) -> None:
    """Fill in what can still be earned from each bin on, if legs took no time, or more."""
    rest[bins] = 0.0
    for b in range(bins - 1, -1, -1):
        most, hour = rest[b + 1], first_h + b * bin_h
        for j in use:
            for level in range(wings.dwell_h.shape[1]):
                dwell_h = wings.dwell_h[j, level]
                mid_h = hour + dwell_h / 2
                gain = earned(
                    sea, wings.kind, wings.cells[j], level, mid_h, mid_h + bin_h * (1 + TOUCH)
                )
                later = b + int(dwell_h / bin_h)
                after = np.inf if later == b else rest[min(later, bins)]
                most = max(most, gain + after)
        rest[b] = most


@compiled
def fly(
    sea: Sea,
    wings: Wings,
    use: NDArray[np.int64],
    takeoff_h: NDArray[np.float64],
    land_by_h: float,
    bin_h: float,
    exact: bool,
    floor: float,
    rest: NDArray[np.float64],
    there: Ledger,
    done: Ledger,
) -> tuple[float, int, int]:
    """
    Return what the best sortie of one take-off earns, and the bin and cell it ends at.

    Parameters
    ----------
    sea, wings
        What looks earn, and what a sortie may do.
    use
        Which of the flight's cells to search, as indices into `wings.cells`.
    takeoff_h
        Earliest and latest hour of take-off, shape (2,).
    land_by_h
        No landing after this hour.
    bin_h
        Length of a bin, in hours. Partial sorties that meet in a bin go on as one.
    exact
        Whether only the best of them goes on, at its exact time: then the answer is what a real
        sortie earns. Otherwise they go on as the best of all of them: then it is a bound.
    floor
        What is already known to be earned: what cannot earn more is left out.
    rest
        Room for what can still be earned at most, one value a bin.
    there, done
        Room for partial sorties on arrival and after the search, at least
        ``(land_by_h - takeoff_h[0]) / bin_h + 2`` bins.
    """
    first_h, levels = takeoff_h[0], wings.dwell_h.shape[1]
    bins = int((land_by_h - first_h) / bin_h) + 2
    there.worth[:bins] = NOTHING
    done.worth[:bins] = NOTHING
    for j in use:
        early_h = takeoff_h[0] + wings.out_h[j]
        late_h = min(takeoff_h[1] + wings.out_h[j], land_by_h)
        if early_h + wings.dwell_h[j, 0] + wings.back_h[j] <= land_by_h:
            worth = -wings.out_price[j]
            _spread(there, first_h, bin_h, 0, j, worth, early_h, late_h, -1, exact)
    best, best_bin, best_cell = floor, -1, -1
    if not exact:
        _still(sea, wings, use, first_h, bins, bin_h, rest)
    cells = there.worth.shape[1]
    for b in range(bins):
        for j in use:
            if there.worth[b, j] <= NOTHING:
                continue
            if (
                not exact
                and there.worth[b, j] + rest[_bin(there.early_h[b, j], first_h, bin_h)] <= best
            ):
                continue
            early_h, late_h = there.early_h[b, j], there.late_h[b, j]
            for level in range(levels):
                dwell_h = wings.dwell_h[j, level]
                latest_h = land_by_h - wings.back_h[j] - dwell_h
                if early_h > latest_h:
                    break
                by_h = min(late_h, latest_h)
                gain = earned(
                    sea,
                    wings.kind,
                    wings.cells[j],
                    level,
                    early_h + dwell_h / 2,
                    by_h + dwell_h / 2,
                )
                if gain > 0 or not exact:
                    worth = there.worth[b, j] + gain - wings.dwell_price[j, level]
                    before = b * levels + level
                    _spread(
                        done,
                        first_h,
                        bin_h,
                        b,
                        j,
                        worth,
                        early_h + dwell_h,
                        by_h + dwell_h,
                        before,
                        exact,
                    )
        for i in use:
            worth = done.worth[b, i]
            if worth <= NOTHING:
                continue
            if worth - wings.back_price[i] > best:
                best, best_bin, best_cell = worth - wings.back_price[i], b, i
            early_h, late_h = done.early_h[b, i], done.late_h[b, i]
            if not exact and worth + rest[_bin(early_h, first_h, bin_h)] <= best:
                continue
            for j in use:
                leg_h = wings.leg_h[i, j]
                latest_h = land_by_h - wings.back_h[j] - wings.dwell_h[j, 0]
                if early_h + leg_h <= latest_h:
                    _spread(
                        there,
                        first_h,
                        bin_h,
                        b + 1,
                        j,
                        worth - wings.leg_price[i, j],
                        early_h + leg_h,
                        min(late_h + leg_h, latest_h),
                        b * cells + i,
                        exact,
                    )
    return best, best_bin, best_cell


def retrace(
    levels: int, there: Ledger, done: Ledger, end_bin: int, end_cell: int
) -> list[tuple[int, int]]:
    """Return cells and levels of the sortie that ends at a bin and cell, first look first."""
    looks = []
    b, cell, cells = end_bin, end_cell, there.worth.shape[1]
    while b >= 0:
        b, level = divmod(int(done.before[b, cell]), levels)
        looks.append((cell, level))
        before = int(there.before[b, cell])
        b, cell = divmod(before, cells) if before >= 0 else (-1, -1)
    return looks[::-1]
