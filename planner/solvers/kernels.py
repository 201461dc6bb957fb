"""The problem as flat arrays, and what one look is worth, compiled."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem

MOST_LOOKS_OF_A_CELL = 256
MOST_LOOKS_OF_A_SORTIE = 512
NEIGHBOURS = 48
TOUCH_H = 1e-9
LN_2, PARTS = math.log(2.0), 64
HALVINGS, SIXTY_FOURTHS = 0.5 ** np.arange(60.0), 0.5 ** (np.arange(PARTS) / PARTS)

Scalar = TypeVar("Scalar", bound=np.generic)

# Counting references to the arrays in a tuple takes twenty times as long as the search itself, so
# compiled functions neither count nor allocate: all their memory comes from Python.
compiled = njit(_nrt=False)
inlined = njit(_nrt=False, forceinline=True)


SLOT = np.dtype(
    [
        *((name, np.int64) for name in ("aircraft", "kind", "airspace", "start", "end", "day")),
        *((name, np.float64) for name in ("earliest_h", "last_takeoff_h", "latest_h")),
        *((name, np.float64) for name in ("endurance_h", "ferry_h")),
        *((name, np.int64) for name in ("legs", "like", "fixed")),
    ]
)
HULL = np.dtype(
    [
        *((name, np.float64) for name in ("turnaround_h", "rest_h")),
        *((name, np.int64) for name in ("sorties_per_day", "crews", "detachment", "first", "last")),
    ]
)
KIND = np.dtype([("departure_h", np.float64), ("arrival_h", np.float64)])
CELL = np.dtype([("count", np.int64), ("worth", np.float64)])
ENTRY = np.dtype(
    [
        *((name, np.float64) for name in ("mid_h", "pod", "half_h", "gain", "seen")),
        *((name, np.float64) for name in ("under_way", "kept", "again")),
        ("slot", np.int64),
    ]
)


class Terms(NamedTuple):
    """
    A `Problem` as the compiled search reads it; see `Problem` for what the fields mean.

    Records keep what belongs together in one array: a slot (with `legs`, its matrix in `legs_h`,
    `like`, the first slot whose routes it could fly, and whether it is `fixed`), an aircraft's hull
    (with `first` and `last`, its slots' range in `slots_of`), and a kind. `near` are each cell's
    nearest cells by leg, itself leading. `once` says that transfers never end: a sortie then
    searches a cell at most once, longer rather than again. `steady` says besides that it does not
    matter when a look happens; take-offs then matter (`retimed`) only where an aircraft flies
    twice. `urgency` is what the search pays for a required look, more than any routes can be worth.
    """

    rate_per_h: NDArray[np.float64]
    under_way: NDArray[np.float64]
    decay_per_h: float
    step_h: float
    condition: NDArray[np.int64]
    pod: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    legs_h: NDArray[np.float64]
    price: NDArray[np.float64]
    price_per_h: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    near: NDArray[np.int64]
    slots: NDArray[np.void]
    hulls: NDArray[np.void]
    kinds: NDArray[np.void]
    slots_of: NDArray[np.int64]
    budget_h: NDArray[np.float64]
    required: NDArray[np.float64]
    takeoff_step_h: float
    exclusive: bool
    once: bool
    steady: bool
    retimed: bool
    urgency: float


def flatten(problem: Problem) -> Terms:
    """Return the problem as flat arrays; nothing in them is scaled or rounded."""
    legs_h, legs_of = _legs(problem)
    return Terms(
        rate_per_h=_plain(problem.rate_per_h),
        under_way=_plain(problem.under_way),
        decay_per_h=float(problem.decay_per_h),
        step_h=float(problem.step_h),
        condition=_plain(problem.condition),
        pod=_plain(problem.pod),
        dwell_h=_plain(problem.dwell_h),
        legs_h=legs_h,
        price=_plain(problem.price),
        price_per_h=_plain(problem.price_per_h),
        allowed=_plain(problem.allowed),
        near=_near(problem, legs_h),
        slots=_slots(problem, legs_of),
        hulls=_hulls(problem),
        kinds=_records(KIND, len(problem.speed_kn), problem),
        slots_of=np.argsort(problem.slots.aircraft, kind="stable").astype(np.int64),
        budget_h=_plain(problem.fleet.budget_h),
        required=_plain(problem.required),
        takeoff_step_h=float(problem.takeoff_step_h),
        exclusive=bool(problem.exclusive),
        once=problem.decay_per_h == 0,
        steady=_is_steady(problem),
        retimed=not _is_steady(problem) or len(problem.slots) > len(set(problem.slots.aircraft)),
        urgency=_urgency(problem),
    )


def _slots(problem: Problem, legs_of: NDArray[np.int64]) -> NDArray[np.void]:
    slots = _records(SLOT, len(problem.slots), problem.slots)
    slots["legs"] = legs_of
    slots["like"] = _alike(problem)
    slots["fixed"][[route.slot for route in problem.fixed]] = 1
    return slots


def _alike(problem: Problem) -> list[int]:
    """Return for each slot the first one that differs from it in its aircraft's name only."""
    slots, fleet = problem.slots, problem.fleet
    first: dict[tuple[object, ...], int] = {}
    detachment = fleet.detachment[slots.aircraft]
    names = [name for name in type(slots).__slots__ if name != "aircraft"]
    columns = [getattr(slots, name) for name in names] + [detachment]
    alike = []
    for slot, values in enumerate(zip(*columns, strict=True)):
        key = (*values, problem.allowed[slot].tobytes())
        alike.append(first.setdefault(key, slot))
    return alike


def _hulls(problem: Problem) -> NDArray[np.void]:
    hulls = _records(HULL, len(problem.fleet.crews), problem.fleet)
    slots_of = np.bincount(problem.slots.aircraft, minlength=len(hulls))
    hulls["last"] = np.cumsum(slots_of)
    hulls["first"] = hulls["last"] - slots_of
    return hulls


def _records(kind: np.dtype[np.void], count: int, source: object) -> NDArray[np.void]:
    records = np.zeros(count, kind)
    for name in kind.names or ():
        if hasattr(source, name):
            records[name] = getattr(source, name)
    return records


def _urgency(problem: Problem) -> float:
    most = float(problem.under_way.max(axis=1, initial=0.0).sum())
    return 1.0 + 10 * most * max(len(problem.slots), 1)


def _plain(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return a contiguous, writable copy, so that compiled code meets one type only."""
    return np.array(array, order="C")


def _legs(problem: Problem) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    slots = problem.slots
    pairs = np.column_stack([slots.airspace, problem.speed_kn[slots.kind]])
    used, legs_of = np.unique(pairs, axis=0, return_inverse=True)
    if not len(used):
        return np.zeros((1, *problem.distance_nm.shape[1:])), np.zeros(0, np.int64)
    legs_h = np.stack([problem.distance_nm[int(air)] / speed_kn for air, speed_kn in used])
    return np.ascontiguousarray(legs_h), legs_of.ravel().astype(np.int64)


def _near(problem: Problem, legs_h: NDArray[np.float64]) -> NDArray[np.int64]:
    cells = problem.cells
    between = legs_h[0, :cells, :cells] + legs_h[0, :cells, :cells].T
    nearest = np.argsort(between, axis=1, kind="stable")[:, : NEIGHBOURS + 1]
    return np.ascontiguousarray(nearest).astype(np.int64)


def _is_steady(problem: Problem) -> bool:
    same = bool((problem.condition == problem.condition[:, :1]).all())
    timed = problem.exclusive or len(problem.required) > 0
    return problem.decay_per_h == 0 and not problem.rate_per_h.any() and same and not timed


@inlined
def under_way_at(terms: Terms, cell: int, hour: float) -> float:
    """Return the expected transfers under way in a cell; the twin of `Demand.under_way_at`."""
    if terms.steady:
        return terms.under_way[cell, 0]
    step = min(int(hour / terms.step_h), terms.rate_per_h.shape[1] - 1)
    elapsed = hour - step * terms.step_h
    begun, rate = terms.under_way[cell, step], terms.rate_per_h[cell, step]
    if terms.decay_per_h == 0:
        return begun + rate * elapsed
    settled = rate / terms.decay_per_h
    return settled + (begun - settled) * fade(terms.decay_per_h * elapsed)


@inlined
def fade(x: float) -> float:
    """
    Return ``exp(-x)`` for `x` of at least zero, to 1e-13 of itself.

    The same on every machine, without a call: a power of two, one of its 64ths, a short series.
    """
    parts = x * PARTS / LN_2
    whole = int(parts + 0.5)
    if whole >= PARTS * len(HALVINGS):
        return 0.0
    rest = (whole - parts) * (LN_2 / PARTS)
    series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1 / 6 + rest / 24)))
    return HALVINGS[whole >> 6] * SIXTY_FOURTHS[whole & 63] * series


@inlined
def kept(terms: Terms, hours: float) -> float:
    """Return the share of transfers under way that still are after some hours."""
    return 1.0 if terms.decay_per_h == 0 else fade(terms.decay_per_h * hours)


@inlined
def pod_at(terms: Terms, slot: int, cell: int, level: int, mid_h: float) -> float:
    """Return the POD of a look; the twin of `Problem.look_pod`."""
    step = min(int(mid_h / terms.step_h), terms.condition.shape[1] - 1)
    return terms.pod[terms.slots[slot].kind, cell, level, terms.condition[cell, step]]


class Ledger(NamedTuple):
    """
    Every cell's looks in order of time, and what they see together.

    `cells` (n,) holds how many looks there are and their worth; `looks` (n, most looks) holds the
    time and POD of a look, half its dwell, its slot, the transfers under way, the share of them
    `kept` since the look before, what it adds to the looks before it (`gain`), the transfers seen
    and still under way just after it (`seen`), and the chance that it or a later look sees one
    under way (`again`).
    """

    cells: NDArray[np.void]
    looks: NDArray[np.void]


def ledger(cells: int, looks: int) -> Ledger:
    """Return a ledger without looks, with room for `looks` looks a cell."""
    return Ledger(np.zeros(cells, CELL), np.zeros((cells, looks), ENTRY))


@inlined
def place_in(book: Ledger, cell: int, mid_h: float) -> int:
    """Return where a look at `mid_h` stands among the cell's looks."""
    at = book.cells[cell].count
    while at > 0 and book.looks[cell, at - 1].mid_h > mid_h:
        at -= 1
    return at


@inlined
def share_new(terms: Terms, book: Ledger, cell: int, at: int, mid_h: float) -> float:
    """
    Return which share of what a look sees at `mid_h` no look from place `at` on sees as well.

    A transfer seen one look earlier is missed by the next ones: looks are linear in what was seen
    before them, so the loss is a product and needs no demand.
    """
    if at == book.cells[cell].count:
        return 1.0
    return 1 - kept(terms, book.looks[cell, at].mid_h - mid_h) * book.looks[cell, at].again


@inlined
def unseen_at(terms: Terms, book: Ledger, cell: int, mid_h: float) -> float:
    """Return what one more look that misses nothing would add to the value of a cell."""
    at = place_in(book, cell, mid_h)
    fresh = under_way_at(terms, cell, mid_h)
    if at > 0:
        fresh -= book.looks[cell, at - 1].seen * kept(terms, mid_h - book.looks[cell, at - 1].mid_h)
    return fresh * share_new(terms, book, cell, at, mid_h)


@inlined
def gain_of(terms: Terms, book: Ledger, cell: int, mid_h: float, pod: float) -> float:
    """Return what one more look adds to the value of a cell."""
    return pod * unseen_at(terms, book, cell, mid_h)


@compiled
def sure_gains(terms: Terms, book: Ledger, mid_h: float, gains: NDArray[np.float64]) -> None:
    """Write what one more look that misses nothing would add at each cell, shape (n,)."""
    for cell in range(len(gains)):
        gains[cell] = unseen_at(terms, book, cell, mid_h)


@compiled
def loss_of(terms: Terms, book: Ledger, cell: int, at: int) -> float:
    """Return what the cell's value loses without its look at place `at`."""
    return book.looks[cell, at].gain * share_new(
        terms, book, cell, at + 1, book.looks[cell, at].mid_h
    )


@compiled
def enter(
    terms: Terms, book: Ledger, cell: int, slot: int, mid_h: float, half_h: float, pod: float
) -> float:
    """Write a look into the ledger and return what the cell's value gains."""
    at = place_in(book, cell, mid_h)
    for k in range(book.cells[cell].count, at, -1):
        book.looks[cell, k] = book.looks[cell, k - 1]
    book.looks[cell, at].mid_h, book.looks[cell, at].half_h = mid_h, half_h
    book.looks[cell, at].pod, book.looks[cell, at].slot = pod, slot
    book.looks[cell, at].under_way = under_way_at(terms, cell, mid_h)
    book.looks[cell, at].gain = 0.0
    book.cells[cell].count += 1
    _part(terms, book, cell, at)
    _part(terms, book, cell, at + 1)
    return _revalue(book, cell, at, 0.0)


@compiled
def strike(terms: Terms, book: Ledger, cell: int, slot: int, mid_h: float) -> float:
    """Strike a slot's look at `mid_h` from the ledger and return how the cell's value changes."""
    at = book.cells[cell].count - 1
    while book.looks[cell, at].slot != slot or book.looks[cell, at].mid_h != mid_h:
        at -= 1
    lost = book.looks[cell, at].gain
    book.cells[cell].count -= 1
    for k in range(at, book.cells[cell].count):
        book.looks[cell, k] = book.looks[cell, k + 1]
    _part(terms, book, cell, at)
    return _revalue(book, cell, at, lost)


@inlined
def _part(terms: Terms, book: Ledger, cell: int, at: int) -> None:
    """Note which share of transfers under way at the look before place `at` still are at it."""
    if 0 < at < book.cells[cell].count:
        hours = book.looks[cell, at].mid_h - book.looks[cell, at - 1].mid_h
        book.looks[cell, at].kept = kept(terms, hours)


@inlined
def _revalue(book: Ledger, cell: int, at: int, lost: float) -> float:
    """
    Recompute gains from place `at` on, and return how the cell's value changes.

    The recursion is that of `planner.looks.expected_seen`; `again`, the chance that what is under
    way at a look is seen by it or a later one, is the same recursion backwards.
    """
    seen, change = book.looks[cell, at - 1].seen if at > 0 else 0.0, -lost
    for k in range(at, book.cells[cell].count):
        seen = seen * book.looks[cell, k].kept if k > 0 else 0.0
        gain = book.looks[cell, k].pod * (book.looks[cell, k].under_way - seen)
        change += gain - book.looks[cell, k].gain
        seen += gain
        book.looks[cell, k].gain, book.looks[cell, k].seen = gain, seen
    _look_again(book, cell, at)
    book.cells[cell].worth += change
    return change


@inlined
def _look_again(book: Ledger, cell: int, at: int) -> None:
    last = book.cells[cell].count - 1
    again = book.looks[cell, at + 1].kept * book.looks[cell, at + 1].again if at < last else 0.0
    for k in range(min(at, last), -1, -1):
        again = book.looks[cell, k].pod + (1 - book.looks[cell, k].pod) * again
        book.looks[cell, k].again = again
        again *= book.looks[cell, k].kept


@inlined
def meets(book: Ledger, cell: int, slot: int, mid_h: float, half_h: float) -> bool:
    """Return whether another slot searches the cell at some time of a search."""
    for k in range(book.cells[cell].count):
        apart_h = abs(book.looks[cell, k].mid_h - mid_h)
        if (
            book.looks[cell, k].slot != slot
            and apart_h < book.looks[cell, k].half_h + half_h - TOUCH_H
        ):
            return True
    return False
