"""Routes under construction: compiled edits that keep clocks, looks and budgets in step."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.problem import Look, Route
from planner.solvers.kernels import (
    MOST_LOOKS_OF_A_CELL,
    MOST_LOOKS_OF_A_SORTIE,
    TOUCH_H,
    Ledger,
    Terms,
    compiled,
    enter,
    inlined,
    ledger,
    loss_of,
    meets,
    pod_at,
    strike,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Routes

NEVER = -math.inf
NOTHING = 1e-9
KEPT = -2


ROUTE = np.dtype(
    [
        ("count", np.int64),
        *((name, np.float64) for name in ("takeoff_h", "landing_h", "home_h", "longest_h", "cost")),
    ]
)
LOOK = np.dtype(
    [("cell", np.int64), ("level", np.int64), ("mid_h", np.float64), ("leg_h", np.float64)]
)


class Draft(NamedTuple):
    """
    Routes by slot, as the search edits them.

    `slots` (T,) holds the count of looks, take-off, landing, last and longest leg and cost;
    `looks` (T, most looks) the cell, level, mid-search time and the leg flown to it; `place`
    (T, n) where a cell stands in a route, or -1; `spent_h` (G,) hours flown by detachment; `total`
    the value less prices, and the hours flown. `order` and `limit_h` (T,), `key` and `turn` (n,)
    are paper to work on.
    """

    slots: NDArray[np.void]
    looks: NDArray[np.void]
    place: NDArray[np.int32]
    spent_h: NDArray[np.float64]
    total: NDArray[np.float64]
    order: NDArray[np.int64]
    limit_h: NDArray[np.float64]
    key: NDArray[np.float64]
    turn: NDArray[np.int64]
    book: Ledger


def empty(terms: Terms, routes: Routes = ()) -> Draft:
    """Return a draft without looks that has room for `routes`; slots take off when they may."""
    slots, cells = np.zeros(len(terms.slots), ROUTE), len(terms.under_way)
    slots["takeoff_h"] = slots["landing_h"] = terms.slots["earliest_h"]
    often = Counter(look.cell for route in routes for look in route.looks)
    longest = max((len(route.looks) for route in routes), default=0)
    of_a_sortie = max(most_looks(terms), longest + 1)
    of_a_cell = min(MOST_LOOKS_OF_A_CELL, len(slots) * (1 if terms.once else most_looks(terms)))
    of_a_cell = max(of_a_cell, *often.values(), 0)
    return Draft(
        slots=slots,
        looks=np.zeros((len(slots), of_a_sortie), LOOK),
        place=np.full((len(slots), cells), -1, np.int32),
        spent_h=np.zeros(len(terms.budget_h)),
        total=np.zeros(2),
        order=np.zeros(len(slots), np.int64),
        limit_h=np.zeros(len(slots)),
        key=np.zeros(cells),
        turn=np.zeros(cells, np.int64),
        book=ledger(cells, of_a_cell + 1),
    )


def most_looks(terms: Terms) -> int:
    """Return how many looks a sortie may hold: as many as its endurance allows, within reason."""
    cells = len(terms.under_way)
    if terms.once:
        return min(cells, MOST_LOOKS_OF_A_SORTIE) + 1
    shortest_h = max(float(terms.dwell_h.min(initial=1.0)), 0.05)
    longest_h = float(terms.slots["endurance_h"].max(initial=1.0))
    return min(int(longest_h / shortest_h) + 1, MOST_LOOKS_OF_A_SORTIE) + 1


def loaded(terms: Terms, routes: Routes) -> Draft:
    """Return a draft that holds `routes`, which must obey the problem's rules."""
    draft = empty(terms, routes)
    for route in routes:
        _write(draft, route)
        clock(terms, draft, route.slot)
        land(terms, draft, route.slot)
    return draft


def _write(draft: Draft, route: Route) -> None:
    slot, looks = route.slot, route.looks
    draft.slots[slot]["takeoff_h"], draft.slots[slot]["count"] = route.takeoff_h, len(looks)
    draft.looks[slot, : len(looks)]["cell"] = [look.cell for look in looks]
    draft.looks[slot, : len(looks)]["level"] = [look.level for look in looks]


def routes_of(draft: Draft) -> Routes:
    """Return the routes that search something, by slot."""
    flown = np.flatnonzero(draft.slots["count"])
    return tuple(route(int(slot), draft.slots[slot], draft.looks[slot]) for slot in flown)


def route(slot: int, head: np.void, looks: NDArray[np.void]) -> Route:
    """Return one route from its records."""
    chosen = looks[: int(head["count"])]
    levels = zip(chosen["cell"].tolist(), chosen["level"].tolist(), strict=True)
    return Route(slot, float(head["takeoff_h"]), tuple(Look(*each) for each in levels))


@inlined
def price_of(terms: Terms, slot: int, here: int, there: int) -> float:
    """Return what a leg costs."""
    if terms.price.shape[1] == 1:
        return 0.0
    return terms.price[terms.slots[slot].airspace, here, there]


@compiled
def clock(terms: Terms, draft: Draft, slot: int) -> None:
    """Set mid-search times, landing, cost and places of a slot from its looks and take-off."""
    kind, here = terms.slots[slot].kind, terms.slots[slot].start
    legs_h = terms.legs_h[terms.slots[slot].legs]
    now, cost = draft.slots[slot].takeoff_h + terms.kinds[kind].departure_h, 0.0
    longest_h = 0.0
    for k in range(draft.slots[slot].count):
        cell = draft.looks[slot, k].cell
        dwell_h = terms.dwell_h[kind, cell, draft.looks[slot, k].level]
        draft.looks[slot, k].leg_h = legs_h[here, cell]
        now += legs_h[here, cell]
        longest_h = max(longest_h, legs_h[here, cell])
        draft.looks[slot, k].mid_h = 0.0 if terms.steady else now + dwell_h / 2
        now += dwell_h
        cost += price_of(terms, slot, here, cell) + terms.price_per_h[cell] * dwell_h
        draft.place[slot, cell] = k
        here = cell
    draft.slots[slot].home_h = 0.0
    if draft.slots[slot].count > 0:
        draft.slots[slot].home_h = legs_h[here, terms.slots[slot].end]
        now += draft.slots[slot].home_h
        cost += price_of(terms, slot, here, terms.slots[slot].end)
    draft.slots[slot].landing_h = now + terms.kinds[kind].arrival_h
    draft.slots[slot].longest_h = max(longest_h, draft.slots[slot].home_h)
    draft.slots[slot].cost = cost


@compiled
def land(terms: Terms, draft: Draft, slot: int) -> None:
    """Enter all looks of a clocked slot into the ledger, and its hours and cost."""
    enter_looks(terms, draft, slot, 0, draft.slots[slot].count)
    settle_hours(terms, draft, slot, 1.0)


@compiled
def lift(terms: Terms, draft: Draft, slot: int) -> None:
    """Take all looks of a slot out of the ledger, and its hours and cost; the looks stay listed."""
    strike_looks(terms, draft, slot, 0, draft.slots[slot].count)
    settle_hours(terms, draft, slot, -1.0)
    for k in range(draft.slots[slot].count):
        draft.place[slot, draft.looks[slot, k].cell] = -1


@compiled
def exchange(
    terms: Terms,
    draft: Draft,
    slot: int,
    old: NDArray[np.void],
    before: int,
    new: NDArray[np.void],
    after: int,
) -> None:
    """
    Have the ledger hold the `after` first of `new` looks of a slot, not the `before` of `old`.

    For steady problems, where a look is worth the same wherever in its route it stands; `place`
    must be that of the old looks.
    """
    for k in range(after):
        at = draft.place[slot, new[k].cell]
        if at >= 0 and old[at].level == new[k].level:
            draft.place[slot, new[k].cell] = KEPT
    for k in range(before):
        if draft.place[slot, old[k].cell] != KEPT:
            draft.place[slot, old[k].cell] = -1
            draft.total[0] += strike(terms, draft.book, old[k].cell, slot, 0.0)
    for k in range(after):
        if draft.place[slot, new[k].cell] != KEPT:
            pod = pod_at(terms, slot, new[k].cell, new[k].level, 0.0)
            draft.total[0] += enter(terms, draft.book, new[k].cell, slot, 0.0, 0.0, pod)


@compiled
def enter_looks(terms: Terms, draft: Draft, slot: int, first: int, last: int) -> None:
    """Enter a slot's looks from place `first` to before `last` into the ledger."""
    for k in range(first, last):
        cell, level, mid_h = (
            draft.looks[slot, k].cell,
            draft.looks[slot, k].level,
            draft.looks[slot, k].mid_h,
        )
        half_h = terms.dwell_h[terms.slots[slot].kind, cell, level] / 2
        pod = pod_at(terms, slot, cell, level, mid_h)
        draft.total[0] += enter(terms, draft.book, cell, slot, mid_h, half_h, pod)


@compiled
def strike_looks(terms: Terms, draft: Draft, slot: int, first: int, last: int) -> None:
    """Strike a slot's looks from place `first` to before `last` from the ledger."""
    for k in range(first, last):
        cell = draft.looks[slot, k].cell
        draft.total[0] += strike(terms, draft.book, cell, slot, draft.looks[slot, k].mid_h)


@compiled
def settle_hours(terms: Terms, draft: Draft, slot: int, sign: float) -> None:
    """Add (or take back) a slot's flying hours and cost."""
    if draft.slots[slot].count == 0:
        return
    hours = draft.slots[slot].landing_h - draft.slots[slot].takeoff_h + terms.slots[slot].ferry_h
    draft.spent_h[terms.hulls[terms.slots[slot].aircraft].detachment] += sign * hours
    draft.total[0] -= sign * draft.slots[slot].cost
    draft.total[1] += sign * hours


@compiled
def landing_limit_h(terms: Terms, draft: Draft, slot: int) -> float:
    """Return the latest landing that every rule allows a slot at its take-off, or never."""
    takeoff_h, aircraft = draft.slots[slot].takeoff_h, terms.slots[slot].aircraft
    if takeoff_h > terms.slots[slot].last_takeoff_h + TOUCH_H:
        return NEVER
    left_h = (
        terms.budget_h[terms.hulls[aircraft].detachment]
        - draft.spent_h[terms.hulls[aircraft].detachment]
    )
    if draft.slots[slot].count > 0:
        left_h += draft.slots[slot].landing_h - takeoff_h + terms.slots[slot].ferry_h
    limit_h = takeoff_h + min(terms.slots[slot].endurance_h, left_h - terms.slots[slot].ferry_h)
    limit_h = min(limit_h, terms.slots[slot].latest_h)
    if terms.hulls[aircraft].last - terms.hulls[aircraft].first > 1:
        limit_h = min(limit_h, _turnaround_limit_h(terms, draft, slot))
        if limit_h > takeoff_h and terms.hulls[aircraft].rest_h > 0:
            limit_h = min(limit_h, _rest_limit_h(terms, draft, slot))
    return limit_h


@compiled
def _turnaround_limit_h(terms: Terms, draft: Draft, slot: int) -> float:
    aircraft, takeoff_h = terms.slots[slot].aircraft, draft.slots[slot].takeoff_h
    limit_h, same_day = math.inf, 1
    for k in range(terms.hulls[aircraft].first, terms.hulls[aircraft].last):
        other = terms.slots_of[k]
        if other == slot or draft.slots[other].count == 0:
            continue
        same_day += terms.slots[other].day == terms.slots[slot].day
        if draft.slots[other].takeoff_h >= takeoff_h:
            ready_h = terms.hulls[aircraft].turnaround_h + terms.slots[slot].ferry_h
            limit_h = min(limit_h, draft.slots[other].takeoff_h - ready_h)
        elif (
            _ready_h(terms, draft, other) + terms.hulls[aircraft].turnaround_h > takeoff_h + TOUCH_H
        ):
            return NEVER
    return limit_h if same_day <= terms.hulls[aircraft].sorties_per_day else NEVER


@compiled
def _ready_h(terms: Terms, draft: Draft, slot: int) -> float:
    return draft.slots[slot].landing_h + terms.slots[slot].ferry_h


@compiled
def _rest_limit_h(terms: Terms, draft: Draft, slot: int) -> float:
    """Return the limit that crews flying in turn set: crew i flies again `crews` sorties later."""
    aircraft, limit_h, order = terms.slots[slot].aircraft, math.inf, draft.order
    crews, rest_h = terms.hulls[aircraft].crews, terms.hulls[aircraft].rest_h
    for i in range(_list_flown(terms, draft, slot) - crews):
        first, again = order[i], order[i + crews]
        if first == slot:
            limit_h = draft.slots[again].takeoff_h - rest_h - terms.slots[slot].ferry_h
        elif _ready_h(terms, draft, first) + rest_h > draft.slots[again].takeoff_h + TOUCH_H:
            return NEVER
    return limit_h


@compiled
def _list_flown(terms: Terms, draft: Draft, slot: int) -> int:
    """List the aircraft's flown slots, and `slot`, by take-off in `order`; return how many."""
    hull, order, count = terms.hulls[terms.slots[slot].aircraft], draft.order, 0
    for k in range(hull.first, hull.last):
        other = terms.slots_of[k]
        if other != slot and draft.slots[other].count == 0:
            continue
        at = count
        while at > 0 and draft.slots[order[at - 1]].takeoff_h > draft.slots[other].takeoff_h:
            order[at] = order[at - 1]
            at -= 1
        order[at] = other
        count += 1
    return count


@compiled
def merit(terms: Terms, draft: Draft) -> float:
    """Return the value less prices, and a great deal for each required look that happens."""
    met = 0
    for row in range(len(terms.required)):
        met += is_met(terms, draft, row)
    return draft.total[0] + met * terms.urgency


@compiled
def is_met(terms: Terms, draft: Draft, row: int) -> bool:
    """Return whether a required look happens."""
    cell = int(terms.required[row, 0])
    for k in range(draft.book.cells[cell].count):
        if terms.required[row, 1] <= draft.book.looks[cell, k].mid_h <= terms.required[row, 2]:
            return True
    return False


@compiled
def insert(terms: Terms, draft: Draft, slot: int, at: int, cell: int, level: int) -> bool:
    """
    Put a look into a route if that may be flown and pays, and return whether it was.

    Later looks of the route happen later; the ledger follows, so the value stays exact.
    """
    before, total = merit(terms, draft), draft.total[0]
    _open(terms, draft, slot, at, at)
    _shift(draft, slot, at, 1)
    draft.looks[slot, at].cell, draft.looks[slot, at].level = cell, level
    _close(terms, draft, slot, at, at + 1)
    fits = _pays(terms, draft, slot, at, before)
    if not fits:
        remove(terms, draft, slot, at)
        draft.total[0] = total
    return fits


@compiled
def remove(terms: Terms, draft: Draft, slot: int, at: int) -> None:
    """Take one look out of a route."""
    _open(terms, draft, slot, at, at + 1)
    draft.place[slot, draft.looks[slot, at].cell] = -1
    _shift(draft, slot, at + 1, -1)
    _close(terms, draft, slot, at, at)


@compiled
def lengthen(terms: Terms, draft: Draft, slot: int, at: int, level: int) -> bool:
    """Search at another dwell level if that may be flown and pays, and return whether it was."""
    before, total, old = merit(terms, draft), draft.total[0], draft.looks[slot, at].level
    _set_level(terms, draft, slot, at, level)
    fits = _pays(terms, draft, slot, at, before)
    if not fits:
        _set_level(terms, draft, slot, at, old)
        draft.total[0] = total
    return fits


@compiled
def _set_level(terms: Terms, draft: Draft, slot: int, at: int, level: int) -> None:
    _open(terms, draft, slot, at, at + 1)
    draft.looks[slot, at].level = level
    _close(terms, draft, slot, at, at + 1)


@compiled
def _pays(terms: Terms, draft: Draft, slot: int, at: int, before: float) -> bool:
    if merit(terms, draft) <= before:
        return False
    return not terms.exclusive or meeting(terms, draft, slot, at) < 0


@compiled
def _open(terms: Terms, draft: Draft, slot: int, at: int, last: int) -> None:
    """Take back what an edit at place `at` changes: all that follows, or `last` when steady."""
    settle_hours(terms, draft, slot, -1.0)
    strike_looks(terms, draft, slot, at, last if terms.steady else draft.slots[slot].count)


@compiled
def _close(terms: Terms, draft: Draft, slot: int, at: int, last: int) -> None:
    clock(terms, draft, slot)
    settle_hours(terms, draft, slot, 1.0)
    enter_looks(terms, draft, slot, at, last if terms.steady else draft.slots[slot].count)


@compiled
def _shift(draft: Draft, slot: int, at: int, by: int) -> None:
    count = draft.slots[slot].count
    if by > 0:
        for k in range(count, at, -1):
            draft.looks[slot, k] = draft.looks[slot, k - 1]
    else:
        for k in range(at, count):
            draft.looks[slot, k - 1] = draft.looks[slot, k]
    draft.slots[slot].count = count + by


@compiled
def meeting(terms: Terms, draft: Draft, slot: int, first: int) -> int:
    """Return the first place from `first` on where a look meets another aircraft, or -1."""
    for k in range(first, draft.slots[slot].count):
        cell = draft.looks[slot, k].cell
        half_h = terms.dwell_h[terms.slots[slot].kind, cell, draft.looks[slot, k].level] / 2
        if meets(draft.book, cell, slot, draft.looks[slot, k].mid_h, half_h):
            return k
    return -1


@compiled
def prune(terms: Terms, draft: Draft) -> None:
    """Take out looks that add nothing, where nothing is timed."""
    for slot in range(len(draft.slots) if terms.steady else 0):
        for at in range(draft.slots[slot].count - 1, -1, -1):
            cell = draft.looks[slot, at].cell
            k = 0
            while draft.book.looks[cell, k].slot != slot:
                k += 1
            if loss_of(terms, draft.book, cell, k) <= NOTHING:
                remove(terms, draft, slot, at)
