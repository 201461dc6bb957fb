"""Searching one more cell by editing one sortie: what fits, what it replaces, what it gains."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice
from typing import TYPE_CHECKING

import numpy as np

from planner.evaluation.places import Places, takeoffs_h
from planner.looks import Demand, expected_seen, first_seen
from planner.problem import Look, Route
from planner.rules import SLACK_H, broken_rules, flown_h

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes

    Floats = NDArray[np.float64]
    Flown = tuple[int, float, float]
    Search = tuple[float, float, int]

MOST_JUDGED = {"room": 20, "blocked": 3}
MOST_TESTED, ENOUGH = 60, 4
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

    best_look: float = 0.0
    room: Edit | None = None
    blocked: Edit | None = None
    ordered: Edit | None = None
    swap: Edit | None = None


def best_edits(
    problem: Problem,
    routes: Routes,
    cells: NDArray[np.int64],
    usable: NDArray[np.bool_],
    *,
    least: float = 0.0,
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
    least
        Cells whose best look sees no more are given no edits.
    """
    best = _best_looks(problem, cells, usable)
    found = {
        c: Choices(best_look=look) for c, look in zip(cells.tolist(), best.tolist(), strict=True)
    }
    wanted = best > least
    if wanted.any():
        ledger = _Ledger.of(problem, routes)
        for cell, choices in _choices(ledger, cells[wanted], usable[:, wanted]):
            found[cell] = replace(choices, best_look=found[cell].best_look)
    return found


def landing_limits(
    problem: Problem, flown: Sequence[Flown], slot: int, takeoff_h: float, spent_h: float
) -> dict[str, float]:
    """
    Return by when a sortie must land for the other sorties' sake, by rule, in hours.

    Minus infinity means that it may not take off then at all.

    Parameters
    ----------
    problem
        The problem.
    flown
        The aircraft's other sorties by take-off: slot, take-off and flying hours.
    slot, takeoff_h
        The sortie's slot and take-off.
    spent_h
        Flying hours of all other sorties of the detachment.
    """
    slots, fleet = problem.slots, problem.fleet
    hull, ferry_h = slots.aircraft[slot], float(slots.ferry_h[slot])
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
    limits["sorties a day"] = -np.inf if full else np.inf
    limits[HOURS] = takeoff_h + float(fleet.budget_h[fleet.detachment[hull]]) - spent_h - ferry_h
    return limits


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
class _Remembering(Demand):
    """A cell's transfers; what is under way at some hour is worked out once."""

    known: dict[float, float] = field(default_factory=dict)

    def under_way_at(self, hour: float) -> float:
        """Return the expected number under way."""
        if hour not in self.known:
            self.known[hour] = Demand.under_way_at(self, hour)
        return self.known[hour]


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The sorties as flown: hours by aircraft, searches and looks by cell, gains by look."""

    problem: Problem
    routes: Routes
    flown: dict[int, list[Flown]]
    spent_h: dict[int, float]
    searches: dict[int, list[Search]]
    looks: dict[int, list[tuple[float, float]]]
    gains: dict[tuple[int, int], float]
    demands: dict[int, Demand]
    seen: dict[int, float]

    @classmethod
    def of(cls, problem: Problem, routes: Routes) -> _Ledger:
        """Note everything down once."""
        looks = problem.looks(routes)
        demands = {cell: _remembering(problem.demand(cell)) for cell in range(problem.cells)}
        flown: dict[int, list[Flown]] = {}
        spent_h: dict[int, float] = {}
        for route in sorted(routes, key=lambda each: each.takeoff_h):
            hull, hours = int(problem.slots.aircraft[route.slot]), flown_h(problem, route)
            flown.setdefault(hull, []).append((route.slot, route.takeoff_h, hours))
            group = int(problem.fleet.detachment[hull])
            spent_h[group] = spent_h.get(group, 0.0) + hours
        return cls(
            problem,
            routes,
            flown,
            spent_h,
            _searches(problem, routes),
            looks,
            look_gains(problem, routes),
            demands,
            {cell: expected_seen(demands[cell], each) for cell, each in looks.items()},
        )

    @property
    def ordered(self) -> frozenset[int]:
        """Slots whose sorties must be flown as they are."""
        return frozenset(route.slot for route in self.problem.fixed)

    def limits(self, route: Route) -> dict[str, float]:
        """Return by when a sortie must land for the sake of those in other slots."""
        hull = int(self.problem.slots.aircraft[route.slot])
        mine = self.flown.get(hull, [])
        own_h = sum(each[2] for each in mine if each[0] == route.slot)
        spent_h = self.spent_h.get(int(self.problem.fleet.detachment[hull]), 0.0) - own_h
        others = [each for each in mine if each[0] != route.slot]
        return landing_limits(self.problem, others, route.slot, route.takeoff_h, spent_h)

    def hosts(self, usable: NDArray[np.bool_]) -> Iterator[tuple[Route, float, float]]:
        """
        Yield the sorties as flown, and an empty one for each take-off of each free slot.

        With each by when it must land, and by when for the sake of aircraft and crew alone: a free
        slot whose aircraft or crew flies or rests is no free aircraft, and left out.
        """
        taken = {route.slot for route in self.routes}
        for route in self.routes:
            if usable[route.slot].any():
                yield route, min(self.limits(route).values()), np.inf
        for slot in np.flatnonzero(usable.any(axis=1)).tolist():
            for takeoff_h in [] if slot in taken else takeoffs_h(self.problem, slot).tolist():
                route = Route(slot, takeoff_h, ())
                limits = self.limits(route)
                idle_h = min(limit_h for rule, limit_h in limits.items() if rule != HOURS)
                if np.isfinite(idle_h) or idle_h > 0:
                    yield route, min(limits.values()), idle_h

    def judged(self, host: Route, span: tuple[int, int], look: Look) -> Edit:
        """Return an edit with its true gain and the rule it breaks."""
        edit = self.tested(host, span, look)
        return replace(edit, gain=self._gain(edit.before, edit.after))

    def tested(self, host: Route, span: tuple[int, int], look: Look) -> Edit:
        """Return an edit with the rule it breaks; what it gains is not known yet."""
        looks = (*host.looks[: span[0]], look, *host.looks[span[1] :])
        before = host if host.looks else None
        edit = Edit(before=before, after=Route(host.slot, host.takeoff_h, looks), gain=-np.inf)
        rule, over_h = self._rule(edit)
        return replace(edit, rule=rule, over_h=over_h)

    def lawful(self, edits: Iterable[tuple[Route, tuple[int, int], Look]]) -> list[Edit]:
        """Return the first few edits that break no rule, with their true gains."""
        kept = (edit for each in edits if not (edit := self.tested(*each)).rule)
        return [
            replace(edit, gain=self._gain(edit.before, edit.after)) for edit in islice(kept, ENOUGH)
        ]

    def _gain(self, before: Route | None, after: Route) -> float:
        problem = self.problem
        old = problem.looks((before,)) if before else {}
        new = problem.looks((after,))
        gain = (problem.cost(before) if before else 0.0) - problem.cost(after)
        for cell in sorted({*old, *new}):
            if old.get(cell) == new.get(cell):
                continue
            kept = list(self.looks.get(cell, ()))
            for look in old.get(cell, ()):
                kept.remove(look)
            gain += expected_seen(self.demands[cell], sorted([*kept, *new.get(cell, ())]))
            gain -= self.seen.get(cell, 0.0)
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
            for other_start_h, other_end_h, slot in self._near(cell, start_h, end_h)
            if slot != route.slot
        )

    def _near(self, cell: int, start_h: float, end_h: float) -> list[Search]:
        """Return searches of a cell, all that fall into a span of time among them."""
        searches = self.searches.get(cell, [])
        longest_h = float(self.problem.dwell_h[:, cell].max())
        return searches[
            bisect_left(searches, (start_h - longest_h,)) : bisect_left(searches, (end_h,))
        ]


def _remembering(demand: Demand) -> Demand:
    return _Remembering(demand.rate_per_h, demand.under_way, demand.decay_per_h, demand.step_h)


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


def _searches(problem: Problem, routes: Routes) -> dict[int, list[Search]]:
    """Return when each search begins and ends and the slot it is flown in, by cell, in order."""
    searches: dict[int, list[Search]] = {}
    for route in routes:
        timed = problem.clock(route)
        for look, start_h, end_h in zip(route.looks, timed.start_h, timed.end_h, strict=True):
            searches.setdefault(look.cell, []).append((start_h, end_h, route.slot))
    return {cell: sorted(found) for cell, found in searches.items()}


def _best_looks(problem: Problem, cells: NDArray[np.int64], usable: NDArray[np.bool_]) -> Floats:
    """Return what the best lone look at each cell by any slot would see."""
    hosts = [
        Route(slot, takeoff_h, ())
        for slot in _distinct(problem)
        if usable[slot].any()
        for takeoff_h in takeoffs_h(problem, slot).tolist()
    ]
    places = Places.of(problem, hosts)
    best: Floats = np.zeros(len(cells))
    for part, some in places.chunks(cells) if hosts else ():
        middle_h, landing_h = places.timed(some)
        fits = landing_h <= places.latest_h[:, None, None] + SLACK_H
        fits &= usable[places.slot][:, part, None]
        best[part] = places.seen(some, middle_h, fits).max(axis=(0, 2), initial=0.0)
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
    ledger: _Ledger, cells: NDArray[np.int64], usable: NDArray[np.bool_]
) -> Iterator[tuple[int, Choices]]:
    """Yield each cell with its best edits."""
    tried = _Tried.of(ledger, usable)
    for part, some in tried.places.chunks(cells) if len(tried.places) else ():
        ranks = tried.ranks(some, usable[:, part])
        for column, cell in enumerate(some.tolist()):
            tries = {
                name: [
                    (*tried.place(k), Look(cell, int(level[k, column])))
                    for k in _highest(rank[:, column], MOST_JUDGED.get(name, MOST_TESTED))
                ]
                for name, (rank, level) in ranks.items()
            }
            room = [ledger.judged(*each) for each in tries["room"]]
            put = [*room, *(ledger.judged(*each) for each in tries["blocked"])]
            yield (
                cell,
                Choices(
                    room=_dearest([each for each in room if not each.rule]),
                    blocked=_dearest([each for each in put if each.rule not in {"", ORDERS}]),
                    ordered=_dearest([each for each in put if each.rule == ORDERS]),
                    swap=_dearest(ledger.lawful(tries["swap"])),
                ),
            )


@dataclass(frozen=True, slots=True)
class _Tried:
    """
    Every place in every sortie.

    `limit_h` is by when the sortie of each place must land, `idle_h` by when for the sake of
    aircraft and crew alone, `lost` what the looks left out there see; shape (N,).
    """

    hosts: list[Route]
    places: Places
    limit_h: Floats
    idle_h: Floats
    lost: Floats

    @classmethod
    def of(cls, ledger: _Ledger, usable: NDArray[np.bool_]) -> _Tried:
        """Find the places, and what holds there."""
        found = list(ledger.hosts(usable))
        hosts = [host for host, _, _ in found]
        places = Places.of(ledger.problem, hosts, whole=ledger.ordered)
        limit_h, idle_h = np.array([each[1:] for each in found]).reshape(-1, 2)[places.host].T
        sums = {host.slot: _sums(ledger, host) for host in ledger.routes}
        spans = zip(places.slot.tolist(), places.first.tolist(), places.last.tolist(), strict=True)
        lost = [
            sums[slot][last] - sums[slot][first] if last > first else 0.0
            for slot, first, last in spans
        ]
        return cls(hosts, places, limit_h, idle_h, np.array(lost))

    def place(self, number: int) -> tuple[Route, tuple[int, int]]:
        """Return the sortie of a place, and the span of looks it replaces."""
        places = self.places
        span = int(places.first[number]), int(places.last[number])
        return self.hosts[places.host[number]], span

    def ranks(
        self, cells: NDArray[np.int64], usable: NDArray[np.bool_]
    ) -> dict[str, tuple[Floats, NDArray[np.int64]]]:
        """
        Return what a look from each place at each cell gains, and its best dwell level.

        Minus infinity where it does not fit (``room``, ``swap``), or where it breaks no rule
        between sorties (``blocked``). Shape (N, cells).
        """
        places = self.places
        limit_h, idle_h = self.limit_h[:, None, None], self.idle_h[:, None, None]
        put = (places.first == places.last)[:, None, None]
        middle_h, landing_h = places.timed(cells)
        fits = landing_h <= places.latest_h[:, None, None] + SLACK_H
        fits &= usable[places.slot][:, :, None]
        rank = places.seen(cells, middle_h, fits) - places.price(cells)
        rank -= self.lost[:, None, None]
        free = fits & (landing_h <= limit_h + SLACK_H)
        masks = {
            "room": free & put,
            "blocked": fits & ~free & put & (landing_h <= idle_h),
            "swap": free & ~put,
        }
        return {name: _over_levels(np.where(mask, rank, -np.inf)) for name, mask in masks.items()}


def _sums(ledger: _Ledger, host: Route) -> list[float]:
    """Return what the first looks of a sortie see together, from none to all."""
    return [0.0, *accumulate(ledger.gains[host.slot, k] for k in range(len(host.looks)))]


def _over_levels(rank: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the best rank over the dwell levels, and the level."""
    return rank.max(axis=2), rank.argmax(axis=2)


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
