"""Searching one more cell by editing one sortie: what fits, what it replaces, what it gains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from planner.looks import expected_seen, first_seen
from planner.problem import Look, Route
from planner.rules import SLACK_H, broken_rules, flown_h

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes

    Floats = NDArray[np.float64]
    Flown = tuple[int, float, float]

MOST_TAKEOFFS = 49
MOST_JUDGED = {"room": 20, "blocked": 3, "swap": 5}
LEVELS = {"room": "level", "blocked": "blocked_level", "swap": "level"}
ORDERS, HOURS, MEETING = "standing orders", "flying hours", "two aircraft in one cell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """
    One sortie changed so that it searches a cell.

    Parameters
    ----------
    before
        The sortie as it was flown; nothing when it was not.
    after
        The sortie as it would be flown.
    gain
        Objective gained by the whole plan; negative when it loses.
    rule
        The rule between sorties that it would break; empty when none.
    over_h
        By how many hours it breaks it, where hours are its measure.
    """

    before: Route | None
    after: Route
    gain: float
    rule: str = ""
    over_h: float = 0.0

    def applied(self, routes: Routes) -> Routes:
        """Return the sorties with this one changed."""
        others = tuple(route for route in routes if route is not self.before)
        return tuple(sorted((*others, self.after), key=lambda route: route.slot))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """
    The best edits that search a cell.

    Parameters
    ----------
    best_look
        Objective seen by the best look at the cell by any slot, whatever else is flown.
    room
        Nothing is left out and every rule is kept.
    blocked
        Nothing is left out, but a rule between sorties is broken.
    ordered
        There is room in a sortie that must be flown as it is.
    swap
        Other looks of the same sortie are left out, and every rule is kept.
    """

    best_look: float
    room: Edit | None = None
    blocked: Edit | None = None
    ordered: Edit | None = None
    swap: Edit | None = None


def best_edits(
    problem: Problem, routes: Routes, cells: NDArray[np.int64], usable: NDArray[np.bool_]
) -> dict[int, Choices]:
    """
    Return the best ways to search each cell by editing one sortie.

    A look is put anywhere into a sortie as it is flown, in place of none, some or all of its looks,
    or flown alone in a slot that is free. Edits are ranked by the look's own gain less that of the
    looks left out; the first of them are judged by their true value.

    Parameters
    ----------
    problem, routes
        The problem, and sorties that obey its rules.
    cells
        Cells that no route searches, rising.
    usable
        Whether each slot could search each cell and nothing else, shape (T, len(cells)).
    """
    if not len(cells):
        return {}
    ledger = _Ledger.of(problem, routes)
    tried = [each for host in _hosts(problem, routes) for each in ledger.tried(host, cells, usable)]
    best = _best_looks(problem, cells, usable)
    return dict(_choices(ledger, tried, cells, best))


def landing_limits(
    problem: Problem, others: Sequence[Flown], slot: int, takeoff_h: float
) -> dict[str, float]:
    """
    Return by when a sortie must land for the other sorties' sake, by rule, in hours.

    Minus infinity means that it may not take off then at all.

    Parameters
    ----------
    problem
        The problem.
    others
        Slot, take-off and flying hours of the other sorties.
    slot, takeoff_h
        The sortie's slot and take-off.
    """
    slots, fleet = problem.slots, problem.fleet
    hull, ferry_h = slots.aircraft[slot], slots.ferry_h[slot]
    group = fleet.detachment[hull]
    flown = sorted((each for each in others if slots.aircraft[each[0]] == hull), key=itemgetter(1))
    takeoffs_h = [each[1] for each in flown]
    ready_h = [each[1] + each[2] for each in flown]
    waits = {
        "turnaround": (1, fleet.turnaround_h[hull]),
        "crew rest": (fleet.crews[hull], fleet.rest_h[hull]),
    }
    limits = {
        rule: _limit_h(takeoffs_h, ready_h, takeoff_h, int(after), float(pause_h)) - ferry_h
        for rule, (after, pause_h) in waits.items()
    }
    same_day = sum(slots.day[each[0]] == slots.day[slot] for each in flown)
    full = same_day >= fleet.sorties_per_day[hull]
    spent_h = sum(
        hours for other, _, hours in others if fleet.detachment[slots.aircraft[other]] == group
    )
    limits["sorties a day"] = -np.inf if full else np.inf
    limits[HOURS] = takeoff_h + fleet.budget_h[group] - spent_h - ferry_h
    return {rule: float(limit_h) for rule, limit_h in limits.items()}


def _limit_h(
    takeoffs_h: list[float], ready_h: list[float], takeoff_h: float, after: int, pause_h: float
) -> float:
    """Return when a sortie must be ready again if each waits for the one `after` places before."""
    at = sum(each <= takeoff_h for each in takeoffs_h)
    takeoffs = [*takeoffs_h[:at], takeoff_h, *takeoffs_h[at:]]
    ready = [*ready_h[:at], -np.inf, *ready_h[at:]]
    pairs = zip(ready, takeoffs[after:], strict=False)
    if any(later < before + pause_h - SLACK_H for before, later in pairs):
        return -np.inf
    return takeoffs[at + after] - pause_h if at + after < len(takeoffs) else np.inf


@dataclass(frozen=True, slots=True)
class _Tried:
    """
    One place in one sortie tried for every cell.

    `room` and `blocked` rank a look there by what it gains, minus infinity where it does not fit or
    does not break a rule; `level` and `blocked_level` are its dwell levels. Shape (cells,).
    """

    host: Route
    first: int
    last: int
    room: Floats
    blocked: Floats
    level: NDArray[np.int64]
    blocked_level: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The sorties as flown: hours, searches and looks by cell, gains by look, which are ordered."""

    problem: Problem
    routes: Routes
    flown: tuple[Flown, ...]
    searches: dict[int, list[tuple[float, float, int]]]
    looks: dict[int, list[tuple[float, float]]]
    gains: dict[tuple[int, int], float]
    ordered: frozenset[int]

    @classmethod
    def of(cls, problem: Problem, routes: Routes) -> _Ledger:
        """Note everything down once."""
        return cls(
            problem,
            routes,
            tuple((r.slot, r.takeoff_h, flown_h(problem, r)) for r in routes),
            _searches(problem, routes),
            problem.looks(routes),
            look_gains(problem, routes),
            frozenset(route.slot for route in problem.fixed),
        )

    def tried(
        self, host: Route, cells: NDArray[np.int64], usable: NDArray[np.bool_]
    ) -> Iterator[_Tried]:
        """Yield every place in a sortie, with what looking from there is worth at each cell."""
        slot = host.slot
        if not usable[slot].any():
            return
        limits = self.limits(host)
        limit_h = min(limits.values())
        # A free slot whose aircraft or crew flies or rests is no free aircraft.
        idle_h = np.inf if host.looks else min(h for k, h in limits.items() if k != HOURS)
        place = _Place.of(self.problem, host)
        for first in range(len(host.looks) + 1):
            for last in range(first, len(host.looks) + 1):
                if slot in self.ordered and last > first:
                    break
                middle_h, landing_h = place.timed(first, last, cells)
                rank = place.seen(cells, middle_h) - place.price(first, last, cells)
                rank -= sum(self.gains[slot, order] for order in range(first, last))
                fits = usable[slot][:, None] & (landing_h <= place.latest_h + SLACK_H)
                free = fits & (landing_h <= limit_h + SLACK_H)
                room = np.where(free, rank, -np.inf)
                blocked = np.where(
                    fits & ~free & (first == last) & (landing_h <= idle_h), rank, -np.inf
                )
                yield _Tried(
                    host, first, last,
                    room.max(axis=1), blocked.max(axis=1),
                    room.argmax(axis=1), blocked.argmax(axis=1),
                )  # fmt: skip

    def limits(self, route: Route) -> dict[str, float]:
        """Return by when a sortie must land for the sake of those in other slots."""
        others = [each for each in self.flown if each[0] != route.slot]
        return landing_limits(self.problem, others, route.slot, route.takeoff_h)

    def judged(self, tried: _Tried, cell: int, level: int) -> Edit:
        """Return an edit with its true gain and the rule it breaks."""
        host = tried.host
        looks = (*host.looks[: tried.first], Look(cell, level), *host.looks[tried.last :])
        after = Route(host.slot, host.takeoff_h, looks)
        before = host if host.looks else None
        edit = Edit(before=before, after=after, gain=self._gain(before, after))
        rule, over_h = self._rule(edit)
        return replace(edit, rule=rule, over_h=over_h)

    def _gain(self, before: Route | None, after: Route) -> float:
        problem = self.problem
        old = problem.looks((before,)) if before else {}
        new = problem.looks((after,))
        gain = (problem.cost(before) if before else 0.0) - problem.cost(after)
        for cell in sorted({*old, *new}):
            now = list(self.looks.get(cell, ()))
            kept = list(now)
            for look in old.get(cell, ()):
                kept.remove(look)
            demand = problem.demand(cell)
            gain += expected_seen(demand, sorted([*kept, *new.get(cell, ())]))
            gain -= expected_seen(demand, now)
        return gain

    def _rule(self, edit: Edit) -> tuple[str, float]:
        """Return the rule that an edit breaks, and by how many hours; nothing when it may be."""
        problem = self.problem
        if edit.after.slot in self.ordered:
            return ORDERS, 0.0
        landing_h = problem.clock(edit.after).landing_h
        for rule, limit_h in self.limits(edit.after).items():
            if landing_h > limit_h + SLACK_H:
                return rule, landing_h - limit_h if np.isfinite(limit_h) else 0.0
        if problem.exclusive and self._meets(edit.after):
            return MEETING, 0.0
        if len(problem.required):
            broken = broken_rules(problem, edit.applied(self.routes))
            if set(broken) - set(broken_rules(problem, self.routes)):
                return ORDERS, 0.0
        return "", 0.0

    def _meets(self, route: Route) -> bool:
        return any(
            start_h < other_end_h - SLACK_H and other_start_h < end_h - SLACK_H
            for cell, mine in _searches(self.problem, (route,)).items()
            for start_h, end_h, _ in mine
            for other_start_h, other_end_h, slot in self.searches.get(cell, ())
            if slot != route.slot
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """
    A sortie's stops, when it leaves each, and how long from reaching each until it has landed.

    `latest_h` is when it must land, by its window and its endurance.
    """

    problem: Problem
    slot: int
    stops: tuple[int, ...]
    leave_h: tuple[float, ...]
    left_h: tuple[float, ...]
    latest_h: float

    @classmethod
    def of(cls, problem: Problem, host: Route) -> _Place:
        """Clock a sortie."""
        slots, slot = problem.slots, host.slot
        timed, kind = problem.clock(host), slots.kind[slot]
        start, end = int(slots.start[slot]), int(slots.end[slot])
        return cls(
            problem,
            slot,
            (start, *(look.cell for look in host.looks), end),
            (host.takeoff_h + float(problem.departure_h[kind]), *timed.end_h),
            (
                *(timed.landing_h - start_h for start_h in timed.start_h),
                float(problem.arrival_h[kind]),
            ),
            min(float(slots.latest_h[slot]), host.takeoff_h + float(slots.endurance_h[slot])),
        )

    def timed(self, first: int, last: int, cells: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """
        Return mid-search and landing with a look in place of looks `first` to before `last`.

        Both in hours, shape (cells, levels).
        """
        problem, kind = self.problem, self.problem.slots.kind[self.slot]
        here, there = self.stops[first], self.stops[last + 1]
        legs_nm = problem.distance_nm[problem.slots.airspace[self.slot]]
        dwell_h, speed_kn = problem.dwell_h[kind, cells], problem.speed_kn[kind]
        reach_h = (self.leave_h[first] + legs_nm[here, cells] / speed_kn)[:, None]
        home_h = (legs_nm[cells, there] / speed_kn)[:, None] + self.left_h[last]
        return reach_h + dwell_h / 2, reach_h + dwell_h + home_h

    def seen(self, cells: NDArray[np.int64], middle_h: Floats) -> Floats:
        """Return what looks at unsearched cells would see, shape (cells, levels)."""
        return look_values(self.problem, int(self.problem.slots.kind[self.slot]), cells, middle_h)

    def price(self, first: int, last: int, cells: NDArray[np.int64]) -> Floats:
        """Return what such a look would cost more, shape (cells, levels)."""
        problem, kind = self.problem, self.problem.slots.kind[self.slot]
        price = problem.price_per_h[cells][:, None] * problem.dwell_h[kind, cells]
        legs = problem.price[problem.slots.airspace[self.slot]]
        if legs.size == 1:
            return np.asarray(price)
        here, there = self.stops[first], self.stops[last + 1]
        flown = pairwise(self.stops[first : last + 2])
        saved = sum(float(legs[leave, reach]) for leave, reach in flown)
        return np.asarray(price + (legs[here, cells] + legs[cells, there])[:, None] - saved)


def look_values(problem: Problem, kind: int, cells: NDArray[np.int64], middle_h: Floats) -> Floats:
    """
    Return what looks at cells nobody else searches would see, shape (cells, levels).

    Parameters
    ----------
    problem, kind
        The problem, and the kind of aircraft.
    cells
        The cells.
    middle_h
        Mid-search, in hours, shape (cells, levels); not finite where it cannot be reached.
    """
    hours = np.where(np.isfinite(middle_h), middle_h, 0.0)
    step = np.clip(hours // problem.step_h, 0, problem.rate_per_h.shape[1] - 1).astype(np.int64)
    elapsed_h, column = hours - step * problem.step_h, cells[:, None]
    rate, begun = problem.rate_per_h[column, step], problem.under_way[column, step]
    if problem.decay_per_h == 0:
        now = begun + rate * elapsed_h
    else:
        settled = rate / problem.decay_per_h
        now = settled + (begun - settled) * np.exp(-problem.decay_per_h * elapsed_h)
    level = np.arange(middle_h.shape[1])
    pod = problem.pod[kind, column, level, problem.condition[column, step]]
    return np.asarray(np.where(np.isfinite(middle_h), pod * now, 0.0))


def look_gains(problem: Problem, routes: Routes) -> dict[tuple[int, int], float]:
    """Return the objective first seen by each look, by slot and order in its sortie."""
    looks: dict[int, list[tuple[float, float, int, int]]] = {}
    for route in routes:
        timed = problem.clock(route)
        for order, look in enumerate(route.looks):
            middle_h = (timed.start_h[order] + timed.end_h[order]) / 2
            pod = problem.look_pod(route.slot, look, middle_h)
            looks.setdefault(look.cell, []).append((middle_h, pod, route.slot, order))
    gains = {}
    for cell, found in looks.items():
        found.sort()
        values = first_seen(problem.demand(cell), [each[:2] for each in found])
        for (_, _, slot, order), gain in zip(found, values, strict=True):
            gains[slot, order] = gain
    return gains


def _searches(problem: Problem, routes: Routes) -> dict[int, list[tuple[float, float, int]]]:
    """Return when each search begins and ends and the slot it is flown in, by cell."""
    searches: dict[int, list[tuple[float, float, int]]] = {}
    for route in routes:
        timed = problem.clock(route)
        for look, start_h, end_h in zip(route.looks, timed.start_h, timed.end_h, strict=True):
            searches.setdefault(look.cell, []).append((start_h, end_h, route.slot))
    return searches


def takeoffs_h(problem: Problem, slot: int) -> Floats:
    """Return the allowed take-offs of a slot, in hours; samples where any time will do."""
    slots, step_h = problem.slots, problem.takeoff_step_h
    first = float(slots.earliest_h[slot])
    last = min(float(slots.last_takeoff_h[slot]), float(slots.latest_h[slot]))
    if last < first:
        return np.zeros(0)
    if step_h > 0:
        return np.asarray(first + step_h * np.arange(int((last - first) / step_h + 1e-9) + 1))
    return np.asarray(np.linspace(first, last, MOST_TAKEOFFS if last > first else 1))


def _hosts(problem: Problem, routes: Routes) -> Iterator[Route]:
    """Yield the sorties as flown, and an empty one for each take-off of each free slot."""
    yield from routes
    taken = {route.slot for route in routes}
    for slot in range(len(problem.slots)):
        if slot not in taken:
            for takeoff_h in takeoffs_h(problem, slot).tolist():
                yield Route(slot, takeoff_h, ())


def _best_looks(problem: Problem, cells: NDArray[np.int64], usable: NDArray[np.bool_]) -> Floats:
    """Return what the best lone look at each cell by any slot would see."""
    best: Floats = np.zeros(len(cells))
    for slot in _distinct(problem):
        if not usable[slot].any():
            continue
        for takeoff_h in takeoffs_h(problem, slot).tolist():
            place = _Place.of(problem, Route(slot, takeoff_h, ()))
            middle_h, landing_h = place.timed(0, 0, cells)
            fits = usable[slot][:, None] & (landing_h <= place.latest_h + SLACK_H)
            best = np.maximum(best, np.where(fits, place.seen(cells, middle_h), 0.0).max(axis=1))
    return best


def _distinct(problem: Problem) -> list[int]:
    """Return one slot of each sort: slots that differ by their aircraft only are alike."""
    slots = problem.slots
    traits = np.column_stack(
        [
            slots.kind, slots.airspace, slots.start, slots.end, slots.earliest_h,
            slots.last_takeoff_h, slots.latest_h, slots.endurance_h,
        ]
    )  # fmt: skip
    keys = [(*row.tolist(), problem.allowed[k].tobytes()) for k, row in enumerate(traits)]
    return sorted({key: k for k, key in reversed(list(enumerate(keys)))}.values())


def _choices(
    ledger: _Ledger, tried: list[_Tried], cells: NDArray[np.int64], best: Floats
) -> Iterator[tuple[int, Choices]]:
    """Yield each cell with its best edits."""
    if not tried:
        yield from ((int(cell), Choices(best_look=0.0)) for cell in cells)
        return
    swaps = np.array([each.first < each.last for each in tried])[:, None]
    room = np.stack([each.room for each in tried])
    ranks = {
        "room": np.where(swaps, -np.inf, room),
        "blocked": np.stack([each.blocked for each in tried]),
        "swap": np.where(swaps, room, -np.inf),
    }
    for column, cell in enumerate(cells.tolist()):
        edits = {
            name: [
                ledger.judged(tried[k], cell, int(getattr(tried[k], LEVELS[name])[column]))
                for k in _highest(rank[:, column], MOST_JUDGED[name])
            ]
            for name, rank in ranks.items()
        }
        put = [*edits["room"], *edits["blocked"]]
        yield (
            cell,
            Choices(
                best_look=float(best[column]),
                room=_dearest([each for each in edits["room"] if not each.rule]),
                blocked=_dearest([each for each in put if each.rule not in {"", ORDERS}]),
                ordered=_dearest([each for each in put if each.rule == ORDERS]),
                swap=_dearest([each for each in edits["swap"] if not each.rule]),
            ),
        )


def _highest(rank: Floats, most: int) -> list[int]:
    """Return the places of the highest ranks that are finite."""
    if len(rank) > most:
        order = np.argpartition(-rank, most)[:most]
        order = order[np.lexsort((order, -rank[order]))]
    else:
        order = np.argsort(-rank, kind="stable")
    return [int(k) for k in order if np.isfinite(rank[k])]


def _dearest(edits: list[Edit]) -> Edit | None:
    return max(edits, key=lambda edit: edit.gain, default=None)
