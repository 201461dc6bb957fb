"""One chain of ruin and recreate with annealing, compiled; it keeps its best and a pool."""

# Fields of numpy records have no static type.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.solvers.answer import Paper, answer, paper, write
from planner.solvers.draft import (
    LOOK,
    ROUTE,
    Draft,
    clock,
    exchange,
    land,
    landing_limit_h,
    lift,
    loaded,
    merit,
    route,
    settle_hours,
)
from planner.solvers.kernels import Terms, compiled
from planner.solvers.recreate import BY_GAIN, fill, linger, pick, roll
from planner.solvers.ruin import LONGEST_STRING, beside, choose, retime, ruin_slot, trim
from planner.solvers.selection import Sheet, overfill, roomy, sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Route, Routes

MOST_TOUCHED = 16
MOST_POOLED = 1 << 13
POOL_BYTES = 40_000_000
FEW_CELLS = 256
CANDIDATES = 96
STRAYS = 8
CHOOSY = 0.2
BLINK = 0.01
POWERS, WEIGHED = 4, 0.6
ANSWERS = 0.2
TAKEOFFS = 3
OVERFILLED, COOL = 0.3, 0.5


class Chain(NamedTuple):
    """
    A search under way.

    `free` (T,) says which slots may change, `touched` which a step changes and `ready` which it
    fills again; `score` holds the objective now and at its best; `best_slots` and `best_looks` are
    the best draft's records; `pool_*` are good routes, each at the place its key gives it, a later
    one in place of an earlier one. `paper` is what answers are worked out on, `roomy` and `sheet`
    what overfilling needs, which `eager` chains do while they are hot too.
    """

    draft: Draft
    free: NDArray[np.int64]
    dice: NDArray[np.uint64]
    score: NDArray[np.float64]
    touched: NDArray[np.int64]
    ready: NDArray[np.int64]
    mark: NDArray[np.int64]
    cells: NDArray[np.int64]
    saved_slots: NDArray[np.void]
    saved_looks: NDArray[np.void]
    best_slots: NDArray[np.void]
    best_looks: NDArray[np.void]
    pool_key: NDArray[np.uint64]
    pool_slot: NDArray[np.int64]
    pool_score: NDArray[np.float64]
    pool_slots: NDArray[np.void]
    pool_looks: NDArray[np.void]
    paper: Paper
    roomy: Terms
    sheet: Sheet
    eager: bool


def chain(
    terms: Terms, routes: Routes, *, free: NDArray[np.bool_], seed: int, eager: bool = False
) -> Chain:
    """Return a chain that starts from `routes` and may change the `free` slots."""
    draft = loaded(terms, routes)
    most = draft.looks.shape[1]
    pooled_count = max(64, min(MOST_POOLED, POOL_BYTES // (most * LOOK.itemsize)))
    touched = min(MOST_TOUCHED, len(terms.slots))
    return Chain(
        draft=draft,
        free=free.astype(np.int64),
        dice=np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]]),
        score=np.array([merit(terms, draft)] * 2),
        touched=np.zeros(touched + 1, np.int64),
        ready=np.zeros(touched + 1, np.int64),
        mark=np.zeros(len(terms.under_way), np.int64),
        cells=np.zeros(len(terms.under_way), np.int64),
        saved_slots=np.zeros(touched + 1, ROUTE),
        saved_looks=np.zeros((touched + 1, most), LOOK),
        best_slots=draft.slots.copy(),
        best_looks=draft.looks.copy(),
        pool_key=np.zeros(pooled_count, np.uint64),
        pool_slot=np.zeros(pooled_count, np.int64),
        pool_score=np.zeros(pooled_count),
        pool_slots=np.zeros(pooled_count, ROUTE),
        pool_looks=np.zeros((pooled_count, most), LOOK),
        paper=paper(),
        roomy=roomy(terms),
        sheet=sheet(most),
        eager=eager,
    )


def best_routes(chain: Chain) -> Routes:
    """Return the best routes the chain has met."""
    return tuple(
        route(int(slot), chain.best_slots[slot], chain.best_looks[slot])
        for slot in np.flatnonzero(chain.best_slots["count"])
    )


def pooled(chain: Chain, most: int) -> list[tuple[float, Route]]:
    """Return up to `most` good routes of a chain, each with the score of the draft it was in."""
    kept = np.flatnonzero(chain.pool_slots["count"])
    kept = kept[np.argsort(-chain.pool_score[kept], kind="stable")[:most]]
    return [
        (
            float(chain.pool_score[k]),
            route(int(chain.pool_slot[k]), chain.pool_slots[k], chain.pool_looks[k]),
        )
        for k in kept
    ]


@compiled
def advance(terms: Terms, chain: Chain, steps: int, hot: float, hour_weight: float) -> None:
    """
    Take some steps at one temperature.

    Each step ruins routes near one cell and fills them again, or, where time matters, now and then
    lets a sortie or two answer all the others afresh; a worse draft is kept with the chance of
    simulated annealing, ``exp(change / hot)``. Hours flown weigh a little, so that of two drafts
    worth the same the one with more room is taken.
    """
    draft, dice = chain.draft, chain.dice
    overfilled = _overfilled(terms, chain, hot)
    chain.score[0] = merit(terms, draft) - hour_weight * draft.total[1]
    for _ in range(steps):
        answers = not terms.steady and roll(dice) < ANSWERS
        seed = pick(dice, len(terms.under_way))
        if answers:
            count = beside(draft, chain.free, chain.touched, dice)
        else:
            count = min(choose(terms, draft, chain.free, chain.touched, seed, dice), MOST_TOUCHED)
        if count == 0:
            return
        slots, total, hours = chain.touched[:count], draft.total[0], draft.total[1]
        _save(chain, slots)
        if answers:
            _answer(terms, chain, slots, hour_weight)
        else:
            cells = _ruin(terms, chain, slots, seed)
            _recreate(terms, chain, slots, chain.cells[:cells], hour_weight, overfilled)
        score = merit(terms, draft) - hour_weight * draft.total[1]
        if score >= chain.score[0] + hot * math.log(roll(dice) + 1e-300):
            if score > chain.score[0] + 1e-9:
                _pool(terms, chain, slots, score)
            chain.score[0] = score
            if merit(terms, draft) > chain.score[1] + 1e-9:
                _keep_best(terms, chain)
        else:
            _restore(terms, chain, slots)
            draft.total[0], draft.total[1] = total, hours


@compiled
def _overfilled(terms: Terms, chain: Chain, hot: float) -> float:
    """
    Return how often to overfill: where nothing is timed, once looks are worth more than the heat.

    While it is hotter only eager chains do: it mostly finds better routes, but now and then settles
    them in the first regions they come to.
    """
    looks = 0
    for slot in range(len(chain.draft.slots)):
        looks += chain.draft.slots[slot].count
    cool = hot * looks < COOL * chain.draft.total[0]
    return OVERFILLED if terms.steady and (chain.eager or cool) else 0.0


@compiled
def _save(chain: Chain, slots: NDArray[np.int64]) -> None:
    draft = chain.draft
    for k in range(len(slots)):
        chain.saved_slots[k] = draft.slots[slots[k]]
        for i in range(draft.slots[slots[k]].count):
            chain.saved_looks[k, i] = draft.looks[slots[k], i]


@compiled
def _restore(terms: Terms, chain: Chain, slots: NDArray[np.int64]) -> None:
    draft = chain.draft
    for slot in slots:
        _lift(terms, draft, slot)
    for k in range(len(slots)):
        slot, before, after = slots[k], draft.slots[slots[k]].count, chain.saved_slots[k].count
        if terms.steady:
            exchange(terms, draft, slot, draft.looks[slot], before, chain.saved_looks[k], after)
        draft.slots[slot] = chain.saved_slots[k]
        for i in range(after):
            draft.looks[slot, i] = chain.saved_looks[k, i]
        _land(terms, draft, slot)


@compiled
def _lift(terms: Terms, draft: Draft, slot: int) -> None:
    """Take a slot's hours out, and its looks unless they can be exchanged one by one."""
    if terms.steady:
        settle_hours(terms, draft, slot, -1.0)
    else:
        lift(terms, draft, slot)


@compiled
def _land(terms: Terms, draft: Draft, slot: int) -> None:
    clock(terms, draft, slot)
    if terms.steady:
        settle_hours(terms, draft, slot, 1.0)
    else:
        land(terms, draft, slot)


@compiled
def _answer(terms: Terms, chain: Chain, slots: NDArray[np.int64], hour_weight: float) -> None:
    """Empty the slots, and let each in turn answer all the others."""
    draft = chain.draft
    for slot in slots:
        _lift(terms, draft, slot)
        draft.slots[slot].count = 0
        clock(terms, draft, slot)
    for k in range(len(slots)):
        _answer_one(terms, chain, slots[k], hour_weight)


@compiled
def _answer_one(terms: Terms, chain: Chain, slot: int, hour_weight: float) -> None:
    """Give an empty slot the best answer of a few take-offs, the one it has among them."""
    draft, dice, noise = chain.draft, chain.dice, roll(chain.dice) ** 2
    best, best_h, count = 0.0, draft.slots[slot].takeoff_h, 0
    for attempt in range(TAKEOFFS):
        if attempt > 0:
            retime(terms, draft, slot, dice)
        takeoff_h, limit_h = draft.slots[slot].takeoff_h, landing_limit_h(terms, draft, slot)
        if limit_h <= takeoff_h or (attempt > 0 and takeoff_h == best_h):
            continue
        worth, b, i = answer(terms, draft, chain.paper, slot, limit_h, noise, hour_weight, dice)
        if worth > best:
            best, best_h = worth, takeoff_h
            count = write(draft, chain.paper, slot, b, i)
    draft.slots[slot].takeoff_h, draft.slots[slot].count = best_h, count
    _land(terms, draft, slot)
    trim(terms, draft, slot, dice)


@compiled
def _ruin(terms: Terms, chain: Chain, slots: NDArray[np.int64], seed: int) -> int:
    """Ruin the slots, list the cells worth trying there, and return how many."""
    draft, dice = chain.draft, chain.dice
    for slot in slots:
        _lift(terms, draft, slot)
    for k in range(len(slots)):
        slot, before = slots[k], chain.saved_slots[k].count
        ruin_slot(terms, draft, slot, seed, LONGEST_STRING, dice)
        if terms.steady:
            after = draft.slots[slot].count
            exchange(terms, draft, slot, chain.saved_looks[k], before, draft.looks[slot], after)
        _land(terms, draft, slot)
    for slot in slots:
        trim(terms, draft, slot, dice)
    return _candidates(terms, chain, slots, seed)


@compiled
def _candidates(terms: Terms, chain: Chain, slots: NDArray[np.int64], seed: int) -> int:
    cells, count = chain.cells, 0
    if terms.steady and len(cells) <= FEW_CELLS:
        for cell in range(len(cells)):
            count = _add(terms, chain, cell, count, count)
        return count
    chain.mark[:] = 0
    for k in range(len(slots)):
        for i in range(chain.saved_slots[k].count):
            count = _mark(terms, chain, chain.saved_looks[k, i].cell, count)
    for cell in terms.near[seed]:
        count = _mark(terms, chain, cell, count)
        if count >= CANDIDATES:
            break
    for _ in range(STRAYS):
        count = _mark(terms, chain, pick(chain.dice, len(cells)), count)
    return count


@compiled
def _mark(terms: Terms, chain: Chain, cell: int, count: int) -> int:
    if chain.mark[cell]:
        return count
    chain.mark[cell] = 1
    return _add(terms, chain, cell, count, count)


@compiled
def _add(terms: Terms, chain: Chain, cell: int, at: int, count: int) -> int:
    """List a cell unless nothing is left to see in it."""
    looks = chain.draft.book.cells[cell].count
    spent = terms.steady and looks > 0
    if spent and chain.draft.book.looks[cell, looks - 1].seen > terms.under_way[cell, 0] * 0.999999:
        return count
    chain.cells[at] = cell
    return count + 1


@compiled
def _recreate(
    terms: Terms,
    chain: Chain,
    slots: NDArray[np.int64],
    cells: NDArray[np.int64],
    hour_weight: float,
    overfilled: float,
) -> None:
    draft, dice = chain.draft, chain.dice
    power = pick(dice, POWERS) if roll(dice) < WEIGHED else BY_GAIN
    noise = 2 * roll(dice) ** 2
    ready = slots
    if roll(dice) < CHOOSY:
        ready = chain.ready[: _ready(chain, slots)]
    fill(terms, draft, ready, cells, power, noise, BLINK, dice)
    if overfilled > 0 and roll(dice) < overfilled:
        roomy, sheet = chain.roomy, chain.sheet
        overfill(terms, roomy, draft, ready, cells, power, noise, hour_weight, sheet, dice)
        fill(terms, draft, ready, cells, power, noise, BLINK, dice)
    linger(terms, draft, slots)


@compiled
def _ready(chain: Chain, slots: NDArray[np.int64]) -> int:
    """
    List the slots that have looks left and of the empty ones about half, and return how many.

    An empty slot that looks best by itself can stand in the way of better ones, of the same
    aircraft or at the same cells.
    """
    count = 0
    for slot in slots:
        if chain.draft.slots[slot].count > 0 or roll(chain.dice) < 0.5:
            chain.ready[count] = slot
            count += 1
    return count


@compiled
def _keep_best(terms: Terms, chain: Chain) -> None:
    draft = chain.draft
    chain.score[1] = merit(terms, draft)
    for slot in range(len(draft.slots)):
        chain.best_slots[slot] = draft.slots[slot]
        for k in range(draft.slots[slot].count):
            chain.best_looks[slot, k] = draft.looks[slot, k]


@compiled
def _pool(terms: Terms, chain: Chain, slots: NDArray[np.int64], score: float) -> None:
    draft, size = chain.draft, np.uint64(len(chain.pool_key))
    for slot in slots:
        count = draft.slots[slot].count
        if count == 0:
            continue
        key = _key(terms, draft, slot)
        at = int(key % size)
        if key == chain.pool_key[at]:
            now_h = draft.slots[slot].landing_h - draft.slots[slot].takeoff_h
            if chain.pool_slots[at].landing_h - chain.pool_slots[at].takeoff_h <= now_h:
                continue
        chain.pool_key[at], chain.pool_slot[at] = key, slot
        chain.pool_score[at] = score
        chain.pool_slots[at] = draft.slots[slot]
        for k in range(count):
            chain.pool_looks[at, k] = draft.looks[slot, k]


@compiled
def _key(terms: Terms, draft: Draft, slot: int) -> np.uint64:
    """Return a number for a route's cells and levels in any order, its take-off and kind."""
    key = _scramble(np.uint64(terms.slots[slot].like + 1))
    if not terms.steady:
        key += _scramble(np.uint64(draft.slots[slot].takeoff_h * 3600 + 1))
    for k in range(draft.slots[slot].count):
        look = draft.looks[slot, k]
        key += _scramble(np.uint64(look.cell * 64 + look.level + 1_000_003))
    return key


@compiled
def _scramble(number: np.uint64) -> np.uint64:
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))
