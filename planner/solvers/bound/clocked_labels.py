"""Best sorties when time of day matters: labels that stand for a short spell, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL = -1
NUDGE_H = 1e-9


class Outing(NamedTuple):
    """
    One flight at one take-off.

    `worth` is the most a search earns by cell, level and bin of its middle, shape (c, L, bins),
    and nothing is worth less than zero; bins are `bin_h` long and the first begins at
    `origin_h`. Row c of `near` (where to go next, shape (c + 1, k)), `leg_h` and `leg_price` is the
    way out.
    """

    worth: NDArray[np.float64]
    near: NDArray[np.int64]
    leg_h: NDArray[np.float64]
    leg_price: NDArray[np.float64]
    back_h: NDArray[np.float64]
    back_price: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    takeoff_h: float
    spread_h: float
    land_by_h: float
    origin_h: float
    bin_h: float


class Spells(NamedTuple):
    """Partial sorties that each stand for all that end within `late_h` after `hour`."""

    hour: NDArray[np.float64]
    late_h: NDArray[np.float64]
    value: NDArray[np.float64]
    cell: NDArray[np.int32]
    level: NDArray[np.int32]
    parent: NDArray[np.int32]
    after: NDArray[np.int32]


def new_spells(most: int) -> Spells:
    """Return room for `most` labels."""
    return Spells(
        np.empty(most),
        np.empty(most),
        np.empty(most),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
    )


@njit(cache=True, nogil=True)
def rest_of(outing: Outing) -> NDArray[np.float64]:
    """
    Bound what can still be earned after ending a search (or taking off) in a bin.

    A search takes at least one bin.

    Returns
    -------
    rest
        Shape (c + 1, bins from take-off on); the last row is the way out.
    """
    cells, levels, bins = outing.worth.shape
    first = int((outing.takeoff_h - outing.origin_h) / outing.bin_h)
    last = min(bins - 1, int((outing.land_by_h - outing.origin_h) / outing.bin_h) + 1)
    span = max(1, last - first + 1)
    rest = np.full((cells + 1, span + 2), -np.inf)
    for k in range(span - 1, -1, -1):
        begin_h = outing.origin_h + (first + k) * outing.bin_h
        for here in range(cells + 1):
            if here == cells and k > 1 + int(outing.spread_h / outing.bin_h):
                continue
            best = -np.inf
            if here < cells and begin_h + outing.back_h[here] <= outing.land_by_h:
                best = -outing.back_price[here]
            for cell in range(cells):
                arrival = outing.leg_h[here, cell] / outing.bin_h
                if arrival + k > span:
                    continue
                for level in range(levels):
                    dwell = outing.dwell_h[cell, level] / outing.bin_h
                    end = k + max(1, int(arrival + dwell - 1e-9))
                    if end >= span:
                        break
                    later = max(rest[cell, end], rest[cell, end + 1])
                    if later == -np.inf:
                        continue
                    middle = first + k + int(arrival + dwell / 2 - 1e-9)
                    worth = 0.0
                    for at in range(middle, min(middle + 2, bins)):
                        worth = max(worth, outing.worth[cell, level, at])
                    earned = worth + later - outing.leg_price[here, cell]
                    best = max(best, earned)
            rest[here, k] = best
    return rest


@njit(cache=True, nogil=True)
def grow_clocked(
    outing: Outing,
    spells: Spells,
    rest: NDArray[np.float64],
    most_late_h: float,
    floor: float,
    halt: NDArray[np.bool_],
) -> tuple[int, NDArray[np.int32], NDArray[np.float64]]:
    """
    Extend labels in order of time, leaving out those that cannot earn more than `floor`.

    A label stands for later ones that earned no more; it is worth what the best of the times it
    stands for is worth, so what it earns bounds all of them. With `most_late_h` below zero only
    the best label of each cell and bin is kept, which is fast and bounds nothing. Setting `halt`
    from another thread gives up.

    Returns
    -------
    count
        Labels made, or `FULL`.
    last, value
        By last cell: the label that earns most after landing, and what it earns, shape (c,).
    """
    cells, levels, bins = outing.worth.shape
    span = rest.shape[1]
    first = int((outing.takeoff_h - outing.origin_h) / outing.bin_h)
    head = np.full((cells + 1, span), -1, np.int32)
    last, earned = np.full(cells, -1, np.int32), np.full(cells, floor)
    spells.hour[0], spells.late_h[0], spells.value[0] = outing.takeoff_h, outing.spread_h, 0.0
    spells.cell[0], spells.parent[0], spells.after[0] = cells, -1, -1
    head[cells, 0] = 0
    count = 1
    for bucket in range(span):
        for here in range(cells + 1):
            label = head[here, bucket]
            while label >= 0:
                hour, late_h, value = spells.hour[label], spells.late_h[label], spells.value[label]
                if here < cells and hour + outing.back_h[here] <= outing.land_by_h:
                    home = value - outing.back_price[here]
                    if home > earned[here]:
                        last[here], earned[here] = label, home
                for cell in outing.near[here]:
                    arrival_h = hour + outing.leg_h[here, cell]
                    if arrival_h + outing.back_h[cell] > outing.land_by_h:
                        continue
                    arrived = value - outing.leg_price[here, cell]
                    for level in range(levels):
                        dwell_h = outing.dwell_h[cell, level]
                        end_h = arrival_h + dwell_h
                        if end_h + outing.back_h[cell] > outing.land_by_h:
                            break
                        middle_h = arrival_h + dwell_h / 2 - outing.origin_h
                        worth = 0.0
                        since = int((middle_h - NUDGE_H) / outing.bin_h)
                        until = int((middle_h + late_h + NUDGE_H) / outing.bin_h)
                        for at in range(max(0, since), min(until + 1, bins)):
                            worth = max(worth, outing.worth[cell, level, at])
                        if worth <= 0:
                            continue
                        at = int((end_h - outing.origin_h) / outing.bin_h) - first
                        until = int((end_h + late_h - outing.origin_h) / outing.bin_h) - first
                        still = -np.inf
                        for each in range(at, min(until + 1, span)):
                            still = max(still, rest[cell, each])
                        if arrived + worth + still <= floor:
                            continue
                        if count == len(spells.hour) or halt[0]:
                            return FULL, last, earned
                        spells.hour[count], spells.late_h[count] = end_h, late_h
                        spells.value[count], spells.cell[count] = arrived + worth, cell
                        spells.level[count], spells.parent[count] = level, label
                        if _enter(spells, count, head, max(at, bucket + 1), most_late_h):
                            count += 1
                label = spells.after[label]
    return count, last, earned


@njit(cache=True, nogil=True)
def _enter(
    spells: Spells,
    new: int,
    head: NDArray[np.int32],
    bucket: int,
    most_late_h: float,
) -> bool:
    """File a label unless an earlier one of its bucket can stand for it."""
    cell, hour, value = spells.cell[new], spells.hour[new], spells.value[new]
    if most_late_h < 0:
        if head[cell, bucket] >= 0 and spells.value[head[cell, bucket]] >= value:
            return False
        head[cell, bucket], spells.after[new] = new, -1
        return True
    until_h = hour + spells.late_h[new]
    before = -1
    other = head[cell, bucket]
    while other >= 0:
        following = spells.after[other]
        other_until_h = spells.hour[other] + spells.late_h[other]
        if spells.hour[other] <= hour and spells.value[other] >= value:
            if until_h - spells.hour[other] <= most_late_h or until_h <= other_until_h:
                spells.late_h[other] = max(spells.late_h[other], until_h - spells.hour[other])
                return False
        elif (
            spells.hour[other] >= hour
            and spells.value[other] <= value
            and other_until_h - hour <= most_late_h
        ):
            until_h = max(until_h, other_until_h)
            spells.late_h[new] = until_h - hour
            if before < 0:
                head[cell, bucket] = following
            else:
                spells.after[before] = following
            other = following
            continue
        before = other
        other = following
    spells.after[new] = head[cell, bucket]
    head[cell, bucket] = new
    return True
