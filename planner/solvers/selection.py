"""Filling routes beyond their limits and keeping the best of it, compiled; for steady problems."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.solvers.draft import Draft, landing_limit_h, price_of, remove
from planner.solvers.kernels import TOUCH_H, Terms, compiled, loss_of
from planner.solvers.recreate import fill, pick, roll
from planner.solvers.ruin import trim

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SKIPPED = 8
MOST_LABELS = 32
MOST_PRICES = 20
HARDLY = 1e-9
LEAST_STRETCH, MOST_STRETCH = 1.01, 1.1


class Sheet(NamedTuple):
    """
    What a selection is worked out on; stops are take-off, the looks in order, and landing.

    `hours` and `worth` (stops, skips) are those of the way from a stop to the one after so many
    skipped, the search there included; `bound` (stops,) is the most worth less priced hours of the
    ways to landing, `onward` the skips it takes; `kept` says which stops the best selection keeps.
    Labels (stops, labels) are ways from take-off: their hours, worth, the stop and label before.
    """

    hours: NDArray[np.float64]
    worth: NDArray[np.float64]
    bound: NDArray[np.float64]
    onward: NDArray[np.int64]
    kept: NDArray[np.int64]
    labels: NDArray[np.int64]
    label_hours: NDArray[np.float64]
    label_worth: NDArray[np.float64]
    label_before: NDArray[np.int64]


def sheet(looks: int) -> Sheet:
    """Return a sheet for routes of up to so many looks."""
    stops = looks + 2
    return Sheet(
        hours=np.zeros((stops, MOST_SKIPPED + 1)),
        worth=np.zeros((stops, MOST_SKIPPED + 1)),
        bound=np.zeros(stops),
        onward=np.zeros(stops, np.int64),
        kept=np.zeros(stops, np.int64),
        labels=np.zeros(stops, np.int64),
        label_hours=np.zeros((stops, MOST_LABELS)),
        label_worth=np.zeros((stops, MOST_LABELS)),
        label_before=np.zeros((stops, MOST_LABELS), np.int64),
    )


def roomy(terms: Terms) -> Terms:
    """Return the terms without budgets and latest landings, with endurances to be stretched."""
    slots = terms.slots.copy()
    slots["latest_h"] = np.inf
    return terms._replace(slots=slots, budget_h=np.full_like(terms.budget_h, np.inf))


@compiled
def overfill(
    terms: Terms,
    roomy: Terms,
    draft: Draft,
    slots: NDArray[np.int64],
    cells: NDArray[np.int64],
    power: int,
    noise: float,
    hour_weight: float,
    sheet: Sheet,
    dice: NDArray[np.uint64],
) -> None:
    """
    Fill each of the slots with looks at `cells` beyond its limit, and keep the best of them.

    One look gained may so cost others anywhere in the route, which filling by itself never does
    (selection within a given order, in the manner of [1]_).

    References
    ----------
    .. [1] Vidal, Maculan, Ochi, Vaz Penna (2016). Large neighborhoods with implicit customer
       selection for vehicle routing problems with profits. *Transportation Science* 50(2), arXiv
       1401.3794.
    """
    stretch = LEAST_STRETCH + (MOST_STRETCH - LEAST_STRETCH) * roll(dice)
    first = pick(dice, len(slots))
    for k in range(len(slots)):
        at = (first + k) % len(slots)
        slot = slots[at]
        roomy.slots[slot].endurance_h = terms.slots[slot].endurance_h * stretch
        fill(roomy, draft, slots[at : at + 1], cells, power, noise, 0.0, dice)
        select(terms, draft, slot, hour_weight, sheet)
        trim(terms, draft, slot, dice)


@compiled
def select(terms: Terms, draft: Draft, slot: int, hour_weight: float, sheet: Sheet) -> None:
    """
    Keep of a route's looks, in their order, those worth most that may be flown.

    A route stays as it is when none that skips no more than `MOST_SKIPPED` looks in a row may be.
    """
    count, kind = draft.slots[slot].count, terms.slots[slot].kind
    room_h = landing_limit_h(terms, draft, slot) - draft.slots[slot].takeoff_h + TOUCH_H
    room_h -= terms.kinds[kind].departure_h + terms.kinds[kind].arrival_h
    _lay_out(terms, draft, slot, hour_weight, sheet)
    if keep_best(sheet, count + 1, room_h):
        for at in range(count - 1, -1, -1):
            if not sheet.kept[at + 1]:
                remove(terms, draft, slot, at)


@compiled
def _lay_out(terms: Terms, draft: Draft, slot: int, hour_weight: float, sheet: Sheet) -> None:
    """Write down hours and worth of each way from a stop to one of the next."""
    count, kind = draft.slots[slot].count, terms.slots[slot].kind
    legs_h = terms.legs_h[terms.slots[slot].legs]
    for stop in range(1, count + 1):
        cell = draft.looks[slot, stop - 1].cell
        k = 0
        while draft.book.looks[cell, k].slot != slot:
            k += 1
        sheet.bound[stop] = loss_of(terms, draft.book, cell, k)
    for stop in range(count + 1):
        here = draft.looks[slot, stop - 1].cell if stop > 0 else terms.slots[slot].start
        for skip in range(min(MOST_SKIPPED, count - stop) + 1):
            to = stop + skip + 1
            there, dwell_h, worth = terms.slots[slot].end, 0.0, 0.0
            if to <= count:
                there = draft.looks[slot, to - 1].cell
                dwell_h = terms.dwell_h[kind, there, draft.looks[slot, to - 1].level]
                worth = sheet.bound[to] - terms.price_per_h[there] * dwell_h
            hours = legs_h[here, there] + dwell_h
            sheet.hours[stop, skip] = hours
            sheet.worth[stop, skip] = (
                worth - price_of(terms, slot, here, there) - hour_weight * hours
            )


@compiled
def keep_best(sheet: Sheet, last: int, room_h: float) -> bool:
    """
    Mark the stops of the way from stop 0 to `last` worth most within `room_h`; False if none is.

    Hours are priced so that the best priced way just fits; what the priced hours leave bounds
    every way from above, so that few ways need be followed further.
    """
    over_worth, over_h = _priced(sheet, last, 1.0, 0.0)
    if over_h <= room_h:
        _follow(sheet, last)
        return True
    worth, under_h = _priced(sheet, last, 0.0, 1.0)
    if under_h > room_h:
        return False
    _follow(sheet, last)
    price = 0.0
    for _ in range(MOST_PRICES):
        price = (over_worth - worth) / (over_h - under_h)
        new_worth, new_h = _priced(sheet, last, 1.0, price)
        if new_worth - price * new_h <= worth - price * under_h + HARDLY:
            break
        if new_h <= room_h:
            worth, under_h = new_worth, new_h
            _follow(sheet, last)
        else:
            over_worth, over_h = new_worth, new_h
    _extend(sheet, last, room_h, price, worth)
    return True


@compiled
def _priced(sheet: Sheet, last: int, share: float, price: float) -> tuple[float, float]:
    """Return worth and hours of the way with most of a share of worth less priced hours."""
    sheet.bound[last] = 0.0
    for stop in range(last - 1, -1, -1):
        best, onward = -np.inf, 0
        for skip in range(min(MOST_SKIPPED + 1, last - stop)):
            left = share * sheet.worth[stop, skip] - price * sheet.hours[stop, skip]
            left += sheet.bound[stop + skip + 1]
            if left > best:
                best, onward = left, skip
        sheet.bound[stop], sheet.onward[stop] = best, onward
    worth, hours, stop = 0.0, 0.0, 0
    while stop < last:
        skip = sheet.onward[stop]
        worth += sheet.worth[stop, skip]
        hours += sheet.hours[stop, skip]
        stop += skip + 1
    return worth, hours


@compiled
def _follow(sheet: Sheet, last: int) -> None:
    """Keep the stops of the best priced way."""
    sheet.kept[: last + 1] = 0
    stop = 0
    while stop < last:
        stop += sheet.onward[stop] + 1
        sheet.kept[stop] = 1


@compiled
def _extend(sheet: Sheet, last: int, room_h: float, price: float, worth: float) -> None:
    """Follow all ways that may be worth more than `worth`, and keep the stops of the best."""
    sheet.labels[: last + 1] = 0
    sheet.labels[0] = 1
    sheet.label_hours[0, 0] = sheet.label_worth[0, 0] = 0.0
    best, found = worth + HARDLY, -1
    for stop in range(last):
        for label in range(sheet.labels[stop]):
            hours, gained = sheet.label_hours[stop, label], sheet.label_worth[stop, label]
            for skip in range(min(MOST_SKIPPED + 1, last - stop)):
                to = stop + skip + 1
                to_h = hours + sheet.hours[stop, skip]
                value = gained + sheet.worth[stop, skip]
                if to_h > room_h or value + sheet.bound[to] + price * (room_h - to_h) <= best:
                    continue
                if to < last:
                    _note(sheet, to, to_h, value, stop * MOST_LABELS + label)
                elif value > best:
                    best, found = value, stop * MOST_LABELS + label
    if found >= 0:
        sheet.kept[:last] = 0
        while found > 0:
            stop, label = found // MOST_LABELS, found % MOST_LABELS
            sheet.kept[stop] = 1
            found = sheet.label_before[stop, label]


@compiled
def _note(sheet: Sheet, stop: int, hours: float, worth: float, before: int) -> None:
    """Add a label to a stop unless another is no longer and worth no less, or there is no room."""
    count = sheet.labels[stop]
    label = 0
    while label < count:
        other_h, other = sheet.label_hours[stop, label], sheet.label_worth[stop, label]
        if other_h <= hours and other >= worth:
            return
        if other_h >= hours and other <= worth:
            count -= 1
            sheet.label_hours[stop, label] = sheet.label_hours[stop, count]
            sheet.label_worth[stop, label] = sheet.label_worth[stop, count]
            sheet.label_before[stop, label] = sheet.label_before[stop, count]
        else:
            label += 1
    if count < MOST_LABELS:
        sheet.label_hours[stop, count] = hours
        sheet.label_worth[stop, count] = worth
        sheet.label_before[stop, count] = before
        count += 1
    sheet.labels[stop] = count
