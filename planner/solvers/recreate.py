"""Filling routes: the best look to add, again and again, compiled."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.solvers.draft import Draft, insert, is_met, landing_limit_h, lengthen, price_of
from planner.solvers.kernels import (
    TOUCH_H,
    Terms,
    compiled,
    gain_of,
    inlined,
    meets,
    pod_at,
    unseen_at,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 10
PACE = 0.004
NEARLY_ALL = 0.999999
BY_GAIN = 0
SLOTS_OVERLOOKED = 0.05
LEVELS_OVERLOOKED = 0.1


@inlined
def roll(dice: NDArray[np.uint64]) -> float:
    """Return a number in [0, 1) and advance the dice (splitmix64; Steele et al. 2014)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@inlined
def pick(dice: NDArray[np.uint64], count: int) -> int:
    """Return a whole number below `count`."""
    return int(roll(dice) * count)


@inlined
def best_place(
    terms: Terms,
    draft: Draft,
    slot: int,
    cell: int,
    power: int,
    blink: float,
    dice: NDArray[np.uint64],
) -> tuple[float, int, int]:
    """
    Return score, place and dwell level of the best way to add a look at a cell to a route.

    The score is gain over extra hours to half of `power`; it takes later looks of the route as they
    are, though they will happen a little later. Some places are overlooked at random
    ("blinks").
    """
    best = (0.0, -1, 0)
    if not terms.allowed[slot, cell] or (terms.once and draft.place[slot, cell] >= 0):
        return best
    count = draft.slots[slot].count
    room_h = draft.limit_h[slot] - draft.slots[slot].landing_h + TOUCH_H
    if terms.steady:
        at, leg_h = _nearest_place(terms, draft, slot, cell, room_h, blink, dice)
        if leg_h + terms.dwell_h[terms.slots[slot].kind, cell, 0] > room_h:
            return best
        return _best_level(
            terms, draft, slot, cell, at, leg_h, 0.0, room_h, power, best, blink, dice
        )
    for at in range(count + 1):
        if blink > 0 and roll(dice) < blink:
            continue
        leg_h = extra_leg_h(terms, draft, slot, cell, at)
        if leg_h + terms.dwell_h[terms.slots[slot].kind, cell, 0] < room_h:
            begin_h = _arrival_h(terms, draft, slot, cell, at)
            best = _best_level(
                terms, draft, slot, cell, at, leg_h, begin_h, room_h, power, best, blink, dice
            )
    return best


@inlined
def extra_leg_h(terms: Terms, draft: Draft, slot: int, cell: int, at: int) -> float:
    """Return the hours of flight a detour to a cell costs, search not counted."""
    legs_h, looks, count = (
        terms.legs_h[terms.slots[slot].legs],
        draft.looks[slot],
        draft.slots[slot].count,
    )
    before = looks[at - 1].cell if at > 0 else terms.slots[slot].start
    if at < count:
        return legs_h[before, cell] + legs_h[cell, looks[at].cell] - looks[at].leg_h
    home_h = legs_h[cell, terms.slots[slot].end] - draft.slots[slot].home_h
    return legs_h[before, cell] + home_h


@inlined
def _nearest_place(
    terms: Terms,
    draft: Draft,
    slot: int,
    cell: int,
    room_h: float,
    blink: float,
    dice: NDArray[np.uint64],
) -> tuple[int, float]:
    """
    Return the place with the least detour; in long routes only beside the cell's neighbours.

    A detour is at least twice the way to the nearer neighbour less the leg it replaces, so those
    too far away for what there is room for need no look.
    """
    count = draft.slots[slot].count
    if count <= FAR:
        return _nearest_of_all(terms, draft, slot, cell, blink, dice)
    best_at, best_h = -1, room_h
    for at in (0, count):
        leg_h = extra_leg_h(terms, draft, slot, cell, at)
        if leg_h < best_h:
            best_at, best_h = at, leg_h
    legs_h, longest_h = terms.legs_h[terms.slots[slot].legs], draft.slots[slot].longest_h
    for other in terms.near[cell, 1:]:
        if 2 * legs_h[cell, other] > best_h + longest_h:
            break
        place = draft.place[slot, other]
        for at in range(place, place + 2 if place >= 0 else 0):
            leg_h = extra_leg_h(terms, draft, slot, cell, at)
            if leg_h < best_h and not (blink > 0 and roll(dice) < blink):
                best_at, best_h = at, leg_h
    return (best_at, best_h) if best_at >= 0 else (-1, math.inf)


@inlined
def _nearest_of_all(
    terms: Terms, draft: Draft, slot: int, cell: int, blink: float, dice: NDArray[np.uint64]
) -> tuple[int, float]:
    legs_h, looks, count = (
        terms.legs_h[terms.slots[slot].legs],
        draft.looks[slot],
        draft.slots[slot].count,
    )
    onward_h, before = legs_h[cell], terms.slots[slot].start
    best_at, best_h = -1, math.inf
    for at in range(count):
        after = looks[at].cell
        leg_h = legs_h[before, cell] + onward_h[after] - looks[at].leg_h
        if leg_h < best_h and not (blink > 0 and roll(dice) < blink):
            best_at, best_h = at, leg_h
        before = after
    leg_h = legs_h[before, cell] + onward_h[terms.slots[slot].end] - draft.slots[slot].home_h
    return (count, leg_h) if leg_h < best_h else (best_at, best_h)


@inlined
def _arrival_h(terms: Terms, draft: Draft, slot: int, cell: int, at: int) -> float:
    legs_h, kind = terms.legs_h[terms.slots[slot].legs], terms.slots[slot].kind
    if at == 0:
        takeoff_h = draft.slots[slot].takeoff_h + terms.kinds[kind].departure_h
        return takeoff_h + legs_h[terms.slots[slot].start, cell]
    before = draft.looks[slot, at - 1].cell
    half_h = terms.dwell_h[kind, before, draft.looks[slot, at - 1].level] / 2
    return draft.looks[slot, at - 1].mid_h + half_h + legs_h[before, cell]


@inlined
def _best_level(
    terms: Terms,
    draft: Draft,
    slot: int,
    cell: int,
    at: int,
    leg_h: float,
    begin_h: float,
    room_h: float,
    power: int,
    best: tuple[float, int, int],
    blink: float,
    dice: NDArray[np.uint64],
) -> tuple[float, int, int]:
    kind = terms.slots[slot].kind
    pace_h = PACE * terms.slots[slot].endurance_h
    levels = terms.dwell_h.shape[2]
    if levels > 1 and blink > 0 and roll(dice) < LEVELS_OVERLOOKED:
        levels = 1 + pick(dice, levels)
    usual_h = begin_h + terms.dwell_h[kind, cell, levels // 2] / 2
    unseen = unseen_at(terms, draft.book, cell, 0.0 if terms.steady else usual_h)
    for level in range(levels):
        dwell_h = terms.dwell_h[kind, cell, level]
        if leg_h + dwell_h > room_h:
            break
        mid_h = 0.0 if terms.steady else begin_h + dwell_h / 2
        gain = unseen * pod_at(terms, slot, cell, level, mid_h)
        gain -= terms.price_per_h[cell] * dwell_h + _detour_price(terms, draft, slot, cell, at)
        if len(terms.required) > 0:
            gain += urgency(terms, draft, cell, mid_h)
        score = gain / _weight(max(leg_h + dwell_h + pace_h, pace_h), power)
        if score > best[0] and not (
            terms.exclusive and meets(draft.book, cell, slot, mid_h, dwell_h / 2)
        ):
            best = (score, at, level)
    return best


@inlined
def _weight(hours: float, power: int) -> float:
    """Return hours to half the power: 1, their root, themselves, or more."""
    weight = hours ** (power // 2) if power > 1 else 1.0
    return weight * math.sqrt(hours) if power % 2 else weight


@inlined
def _detour_price(terms: Terms, draft: Draft, slot: int, cell: int, at: int) -> float:
    if terms.price.shape[1] == 1:
        return 0.0
    count = draft.slots[slot].count
    before = draft.looks[slot, at - 1].cell if at > 0 else terms.slots[slot].start
    after = draft.looks[slot, at].cell if at < count else terms.slots[slot].end
    direct = price_of(terms, slot, before, after) if count > 0 else 0.0
    there = price_of(terms, slot, before, cell) + price_of(terms, slot, cell, after)
    return there - direct


@inlined
def urgency(terms: Terms, draft: Draft, cell: int, mid_h: float) -> float:
    """Return what a look is paid for meeting what is required and not met yet."""
    for row in range(len(terms.required)):
        inside = terms.required[row, 1] <= mid_h <= terms.required[row, 2]
        if inside and int(terms.required[row, 0]) == cell and not is_met(terms, draft, row):
            return terms.urgency
    return 0.0


@compiled
def best_of(
    terms: Terms,
    draft: Draft,
    slots: NDArray[np.int64],
    cell: int,
    power: int,
    blink: float,
    dice: NDArray[np.uint64],
) -> tuple[float, int, int, int]:
    """Return score, slot, place and dwell level of the best way to add a look at a cell."""
    best = (0.0, -1, -1, 0)
    for slot in slots:
        if len(slots) > 1 and blink > 0 and roll(dice) < SLOTS_OVERLOOKED:
            continue
        if draft.slots[slot].count + 1 < draft.looks.shape[1]:
            score, at, level = best_place(terms, draft, slot, cell, power, blink, dice)
            if score > best[0]:
                best = (score, slot, at, level)
    return best


@compiled
def set_limits(terms: Terms, draft: Draft, slots: NDArray[np.int64]) -> None:
    """Note the latest landing of each slot as things stand."""
    for slot in slots:
        draft.limit_h[slot] = landing_limit_h(terms, draft, slot)


@compiled
def fill(
    terms: Terms,
    draft: Draft,
    slots: NDArray[np.int64],
    cells: NDArray[np.int64],
    power: int,
    noise: float,
    blink: float,
    dice: NDArray[np.uint64],
) -> int:
    """
    Add looks at `cells` to the routes of `slots` while that pays, and return how many were added.

    Cells take their turn by the best score each has at the outset (by gain alone, where that is
    all that counts and it does not depend on the hour), times some noise; each then
    goes where it is best by then, and waits for another turn.
    """
    set_limits(terms, draft, slots)
    added, count = 0, 0
    for cell in cells:
        if not _left(terms, draft, cell):
            continue
        if terms.steady and power == BY_GAIN:
            pod = pod_at(terms, slots[0], cell, 0, 0.0)
            score = gain_of(terms, draft.book, cell, 0.0, pod)
        else:
            score = best_of(terms, draft, slots, cell, power, blink, dice)[0]
        if score > 0:
            draft.key[cell] = score * (1 + noise * roll(dice))
            count = _push(draft.turn, count, draft.key, cell)
    while count > 0:
        cell = draft.turn[0]
        count = _pop(draft.turn, count, draft.key)
        _, slot, at, level = best_of(terms, draft, slots, cell, power, blink, dice)
        if at >= 0 and insert(terms, draft, slot, at, cell, level):
            added += 1
            set_limits(terms, draft, slots)
            if _left(terms, draft, cell):
                score = best_of(terms, draft, slots, cell, power, blink, dice)[0]
                draft.key[cell] = score * (1 + noise * roll(dice))
                count = _push(draft.turn, count, draft.key, cell) if score > 0 else count
    return added


@compiled
def _left(terms: Terms, draft: Draft, cell: int) -> bool:
    """Return whether another look at a cell may see something, and has room in the ledger."""
    looks = draft.book.cells[cell].count
    if looks + 1 >= draft.book.looks.shape[1]:
        return False
    seen = draft.book.looks[cell, looks - 1].seen if looks > 0 else 0.0
    return not terms.steady or seen < terms.under_way[cell, 0] * NEARLY_ALL


@compiled
def _push(heap: NDArray[np.int64], count: int, key: NDArray[np.float64], item: int) -> int:
    """Put an item into a heap with the greatest key first; return the new count."""
    at = count
    while at > 0 and key[heap[(at - 1) // 2]] < key[item]:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = item
    return count + 1


@compiled
def _pop(heap: NDArray[np.int64], count: int, key: NDArray[np.float64]) -> int:
    """Take the first item out of a heap; return the new count."""
    item, at, child = heap[count - 1], 0, 1
    while child < count - 1:
        if child + 1 < count - 1 and key[heap[child + 1]] > key[heap[child]]:
            child += 1
        if key[heap[child]] <= key[item]:
            break
        heap[at] = heap[child]
        at, child = child, 2 * child + 1
    heap[at] = item
    return count - 1


@compiled
def linger(terms: Terms, draft: Draft, slots: NDArray[np.int64]) -> int:
    """Search longer wherever there is room and it pays; return how many looks grew."""
    grown, kind_levels = 0, terms.dwell_h.shape[2]
    if kind_levels == 1:
        return 0
    for slot in slots:
        kind = terms.slots[slot].kind
        for at in range(draft.slots[slot].count):
            cell, level = draft.looks[slot, at].cell, draft.looks[slot, at].level
            limit_h = landing_limit_h(terms, draft, slot)
            for longer in range(level + 1, kind_levels):
                more_h = terms.dwell_h[kind, cell, longer] - terms.dwell_h[kind, cell, level]
                if draft.slots[slot].landing_h + more_h > limit_h + TOUCH_H:
                    break
                if lengthen(terms, draft, slot, at, longer):
                    grown += 1
                    break
    return grown
