"""Ruining routes: strings of looks near one cell, take-offs and dwell levels, compiled."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.solvers.draft import Draft, landing_limit_h, meeting, remove
from planner.solvers.kernels import TOUCH_H, Terms, compiled
from planner.solvers.recreate import pick, roll

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOKS_RUINED = 10
LONGEST_STRING = 10
SPLIT = 0.5
DEPTH = 0.01
ANYWHERE = 0.05
SHORTENED = 0.2
RETIMED = 0.3
NEARBY = 0.6
FREE_STEP_H = 0.25
ALONE, EMPTY, ANY = 0.5, 0.3, 0.2


@compiled
def choose_slots(
    terms: Terms,
    draft: Draft,
    free: NDArray[np.int64],
    seed: int,
    strings: int,
    touched: NDArray[np.int64],
    dice: NDArray[np.uint64],
) -> int:
    """List in `touched` the free slots that search cells near `seed`, and return how many."""
    count = 0
    for cell in terms.near[seed]:
        looks = draft.book.cells[cell].count
        first = pick(dice, looks) if looks > 0 else 0
        for k in range(looks):
            slot = draft.book.looks[cell, (first + k) % looks].slot
            if count < strings and free[slot] and not _has(touched, count, slot):
                touched[count] = slot
                count += 1
                break
        if count >= strings:
            break
    return count


@compiled
def _has(touched: NDArray[np.int64], count: int, slot: int) -> bool:
    found = False
    for k in range(count):
        found = found or touched[k] == slot
    return found


@compiled
def choose(
    terms: Terms,
    draft: Draft,
    free: NDArray[np.int64],
    touched: NDArray[np.int64],
    seed: int,
    dice: NDArray[np.uint64],
) -> int:
    """
    List slots to change in `touched` and return how many: near `seed`, now and then anywhere.

    How many strings, and how long, follows [1]_ with its average of ten looks ruined.

    References
    ----------
    .. [1] Christiaens, Vanden Berghe (2020). Slack induction by string removals for vehicle
       routing problems. *Transportation Science* 54(2), doi 10.1287/trsc.2019.0914.
    """
    flown, looks = 0, 0
    for slot in range(len(draft.slots)):
        flown += draft.slots[slot].count > 0
        looks += draft.slots[slot].count
    longest = min(float(LONGEST_STRING), looks / max(flown, 1))
    strings = 1 + pick(dice, int(max(4 * LOOKS_RUINED / (1 + longest) - 1, 1.0)))
    count = choose_slots(terms, draft, free, seed, strings, touched, dice)
    if count == 0 or roll(dice) < ANYWHERE:
        slot = pick(dice, len(free))
        for k in range(len(free)):
            other = (slot + k) % len(free)
            if free[other] and not _has(touched, count, other):
                touched[count] = other
                count += 1
                break
    return count


@compiled
def beside(
    draft: Draft,
    free: NDArray[np.int64],
    touched: NDArray[np.int64],
    dice: NDArray[np.uint64],
) -> int:
    """
    List in `touched` a free slot, often with another, in any order; return how many are listed.

    The other searches one of its cells just before or after it, or is any: it may need the hours,
    or the crew.
    """
    slot = pick(dice, len(free))
    for _ in range(len(free)):
        if free[slot] and (draft.slots[slot].count > 0 or roll(dice) < EMPTY):
            break
        slot = (slot + 1) % len(free)
    other = slot
    if roll(dice) < ANY:
        other = pick(dice, len(free))
    elif draft.slots[slot].count > 0 and roll(dice) > ALONE:
        other = _neighbour(draft, slot, dice)
    if not free[slot]:
        return 0
    if not free[other]:
        other = slot
    first = pick(dice, 2)
    touched[first], touched[1 - first] = slot, other
    return 1 + (other != slot)


@compiled
def _neighbour(draft: Draft, slot: int, dice: NDArray[np.uint64]) -> int:
    """Return who searches a cell of a slot just before or after it."""
    look = draft.looks[slot, pick(dice, draft.slots[slot].count)]
    looks, at = draft.book.looks[look.cell], 0
    while looks[at].slot != slot or looks[at].mid_h != look.mid_h:
        at += 1
    at += 1 - 2 * pick(dice, 2)
    inside = 0 <= at < draft.book.cells[look.cell].count
    return looks[at].slot if inside else slot


@compiled
def ruin_slot(
    terms: Terms, draft: Draft, slot: int, seed: int, longest: int, dice: NDArray[np.uint64]
) -> None:
    """Take a string of looks near `seed` out of a lifted slot, and shake what is left."""
    count = draft.slots[slot].count
    if count > 0:
        length = 1 + pick(dice, min(longest, count))
        spared = 0
        if length > 1 and roll(dice) < SPLIT:
            while length + spared < count and roll(dice) > DEPTH:
                spared += 1
        _cut(draft, slot, _nearest_place(terms, draft, slot, seed), length, spared, dice)
    if terms.dwell_h.shape[2] > 1:
        _shake_levels(draft, slot, dice)
    if terms.retimed and roll(dice) < RETIMED:
        retime(terms, draft, slot, dice)


@compiled
def _nearest_place(terms: Terms, draft: Draft, slot: int, seed: int) -> int:
    legs_h, best = terms.legs_h[terms.slots[slot].legs], 0
    for k in range(draft.slots[slot].count):
        if legs_h[seed, draft.looks[slot, k].cell] < legs_h[seed, draft.looks[slot, best].cell]:
            best = k
    return best


@compiled
def _cut(
    draft: Draft, slot: int, at: int, length: int, spared: int, dice: NDArray[np.uint64]
) -> None:
    """Remove `length` looks around place `at`, leaving `spared` ones standing between them."""
    count, span = draft.slots[slot].count, length + spared
    earliest, last = max(0, at - span + 1), min(at, count - span)
    first = earliest + pick(dice, last - earliest + 1)
    kept_from = first + 1 + pick(dice, length) if spared > 0 else first + span
    to = first
    for k in range(first, count):
        if kept_from <= k < kept_from + spared or k >= first + span:
            draft.looks[slot, to] = draft.looks[slot, k]
            to += 1
    draft.slots[slot].count = to


@compiled
def _shake_levels(draft: Draft, slot: int, dice: NDArray[np.uint64]) -> None:
    for k in range(draft.slots[slot].count):
        if draft.looks[slot, k].level > 0 and roll(dice) < SHORTENED:
            draft.looks[slot, k].level = pick(dice, draft.looks[slot, k].level)


@compiled
def retime(terms: Terms, draft: Draft, slot: int, dice: NDArray[np.uint64]) -> None:
    """Choose another take-off, near or anywhere in the window, unless its aircraft is away."""
    old_h, first_h = draft.slots[slot].takeoff_h, terms.slots[slot].earliest_h
    last_h = min(terms.slots[slot].last_takeoff_h, terms.slots[slot].latest_h)
    step_h = terms.takeoff_step_h if terms.takeoff_step_h > 0 else FREE_STEP_H
    new_h = first_h + roll(dice) * (last_h - first_h)
    if roll(dice) < NEARBY:
        new_h = old_h + (2 * roll(dice) - 1) * 3 * step_h
    if terms.takeoff_step_h > 0:
        new_h = first_h + round((new_h - first_h) / step_h) * step_h
    if first_h <= new_h <= last_h:
        draft.slots[slot].takeoff_h = new_h
        if landing_limit_h(terms, draft, slot) < new_h:
            draft.slots[slot].takeoff_h = old_h


@compiled
def trim(terms: Terms, draft: Draft, slot: int, dice: NDArray[np.uint64]) -> None:
    """Remove looks from a landed route until it may be flown."""
    while draft.slots[slot].count > 0:
        at = meeting(terms, draft, slot, 0) if terms.exclusive else -1
        late = draft.slots[slot].landing_h > landing_limit_h(terms, draft, slot) + TOUCH_H
        if at < 0 and not late:
            break
        remove(terms, draft, slot, at if at >= 0 else pick(dice, draft.slots[slot].count))
