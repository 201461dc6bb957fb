"""What to ask for first: what one more hour, sortie, aircraft or mile would add."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.evaluation.edits import look_gains
from planner.evaluation.prices import Question, affordable, answer
from planner.problem import Slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.evaluation.prices import Effort
    from planner.formulation import Formulation
    from planner.problem import Problem, Routes
    from planner.scenario.model import Scenario

FARTHER_NM = 50.0
EARLIER_H = 1.0
SEEDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """
    One thing more to fly with.

    Parameters
    ----------
    what
        What is asked for, in words.
    problem
        The problem with it. Slots of the plan keep their numbers.
    days
        Days whose sorties it may change.
    """

    what: str
    problem: Problem
    days: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """
    What one ask adds.

    Parameters
    ----------
    what
        What is asked for, in words.
    gain
        Objective gained by the best plan found with it. At least zero.
    noise
        How far the searches with it, and without it, differ among themselves.
    """

    what: str
    gain: float
    noise: float


def asks(scenario: Scenario, formulation: Formulation, routes: Routes) -> list[Ask]:
    """Return everything one might ask for: aircraft first, then sorties, then the rest."""
    by_kind = [
        list(_asks(scenario, formulation, routes, kind))
        for kind in range(len(formulation.detachments))
    ]
    return [ask for sort in zip_longest(*by_kind) for ask in sort if ask is not None]


def gains(
    problem: Problem, routes: Routes, asked: Sequence[Ask], effort: Effort, *, seeds: int = SEEDS
) -> list[Gain]:
    """
    Return what each ask adds, most first, by solving with it and without it from the same plan.

    Each is solved with several seeds, fewer when time is short, and the last asks are left out when
    there is no time for them; the best of each counts. As whatever is flown without an ask can be
    flown with it, no gain is below zero.

    Parameters
    ----------
    problem, routes
        The problem, and the plan's sorties.
    asked
        What is asked for.
    effort
        How to solve; seconds are shared among all.
    seeds
        How many searches of each.
    """
    days = list(dict.fromkeys(ask.days for ask in asked))
    most = affordable(effort)
    asked = asked[: max(0, most - len(days))]
    seeds = max(1, min(seeds, most // max(1, len(asked) + len(days))))
    if not asked:
        return []
    plain = [Question(problem=problem, start=routes, days=each) for each in days]
    changed = [Question(problem=ask.problem, start=routes, days=ask.days) for ask in asked]
    share = replace(effort, seconds=effort.seconds / seeds)
    found = np.array(
        [
            [value for value, _ in answer([*plain, *changed], replace(share, seed=effort.seed + k))]
            for k in range(seeds)
        ]
    )
    without = dict(zip(days, found.T[: len(days)], strict=True))
    told = [
        Gain(
            what=ask.what,
            gain=max(0.0, float(values.max() - without[ask.days].max())),
            noise=float(np.ptp(values) + np.ptp(without[ask.days])),
        )
        for ask, values in zip(asked, found.T[len(days) :], strict=True)
    ]
    return sorted(told, key=lambda gain: (-gain.gain, gain.what))


def _asks(scenario: Scenario, formulation: Formulation, routes: Routes, kind: int) -> Iterator[Ask]:
    problem, each = formulation.problem, formulation.detachments[kind]
    slots, terms = problem.slots, each.terms
    mine = np.flatnonzero(slots.kind == kind)
    if not len(mine):
        return
    who = f"{terms.type} at {terms.station} ({each.name})"
    every = frozenset(slots.day.tolist())
    busiest = mine[slots.aircraft[mine] == np.bincount(slots.aircraft[mine]).argmax()]
    day = _best_day(problem, routes, kind)
    once = mine[slots.day[mine] == day]
    once = once[slots.aircraft[once] == slots.aircraft[once[0]]]
    yield Ask(
        what=f"one more {who} for the period",
        problem=with_aircraft(problem, busiest),
        days=every,
    )
    yield Ask(
        what=f"one more sortie of {who}, on day {day + 1}",
        problem=with_aircraft(problem, once),
        days=frozenset({day}),
    )
    yield Ask(
        what=f"{FARTHER_NM:.0f} nm more endurance for {who}",
        problem=with_endurance(problem, kind, FARTHER_NM / each.transit_kn),
        days=every,
    )
    if np.isfinite(problem.fleet.budget_h[kind]):
        yield Ask(
            what=f"one more flying hour for {who}",
            problem=with_hours(problem, kind, 1.0),
            days=every,
        )
    station = scenario.stations.get(terms.station)
    if terms.hours or (station and station.hours):
        yield Ask(
            what=f"{who} open {EARLIER_H:.0f} h earlier",
            problem=with_earlier(problem, mine, EARLIER_H),
            days=every,
        )


def with_aircraft(problem: Problem, like: NDArray[np.int64]) -> Problem:
    """
    Return the problem with one more aircraft, its slots like some of another one.

    It brings its own flying hours.
    """
    slots, fleet = problem.slots, problem.fleet
    model = slots.aircraft[like[0]]
    more = {each.name: _longer(getattr(slots, each.name), like) for each in fields(slots)}
    more["aircraft"][len(slots) :] = len(fleet.turnaround_h)
    rows = {
        each.name: _longer(getattr(fleet, each.name), np.array([model]))
        for each in fields(fleet)
        if each.name != "budget_h"
    }
    rows["detachment"][-1] = len(fleet.budget_h)
    return replace(
        problem,
        slots=Slots(**more),
        fleet=replace(fleet, budget_h=np.append(fleet.budget_h, np.inf), **rows),
        allowed=np.concatenate([problem.allowed, problem.allowed[like]]),
    )


def with_hours(problem: Problem, detachment: int, hours: float) -> Problem:
    """Return the problem with more flying hours for a detachment."""
    budget_h = problem.fleet.budget_h.copy()
    budget_h[detachment] += hours
    return replace(problem, fleet=replace(problem.fleet, budget_h=budget_h))


def with_endurance(problem: Problem, kind: int, hours: float) -> Problem:
    """
    Return the problem with more endurance for a kind of aircraft.

    Cells out of reach until now may be searched where the rest lies within reach; cells kept from
    a slot for another reason stay so.
    """
    slots = problem.slots
    longer = slots.endurance_h + hours * (slots.kind == kind)
    allowed = problem.allowed | (
        ~_in_reach(problem, slots.endurance_h) & _in_reach(problem, longer)
    )
    return replace(problem, slots=replace(slots, endurance_h=longer), allowed=allowed)


def with_earlier(problem: Problem, slots: NDArray[np.int64], hours: float) -> Problem:
    """Return the problem with some slots open earlier, by whole take-off steps, in the period."""
    step_h = problem.takeoff_step_h or hours
    earliest_h = problem.slots.earliest_h.copy()
    room_h = np.minimum(np.ceil(hours / step_h - 1e-9) * step_h, earliest_h[slots])
    earliest_h[slots] -= np.floor(np.maximum(room_h, 0.0) / step_h + 1e-9) * step_h
    return replace(problem, slots=replace(problem.slots, earliest_h=earliest_h))


def _in_reach(problem: Problem, endurance_h: NDArray[np.float64]) -> NDArray[np.bool_]:
    slots, kind, cells = problem.slots, problem.slots.kind, np.arange(problem.cells)
    airspace = slots.airspace[:, None]
    flown_nm = (
        problem.distance_nm[airspace, slots.start[:, None], cells]
        + problem.distance_nm[airspace, cells, slots.end[:, None]]
    )
    fixed_h = (problem.departure_h + problem.arrival_h)[kind][:, None]
    need_h = flown_nm / problem.speed_kn[kind][:, None] + fixed_h + problem.dwell_h[kind][:, :, 0]
    return np.asarray(need_h <= endurance_h[:, None])


def _best_day(problem: Problem, routes: Routes, kind: int) -> int:
    """Return the day of the sortie that sees most, of a kind of aircraft; its first without any."""
    slots = problem.slots
    seen: dict[int, float] = {}
    for (slot, _), gain in look_gains(problem, routes).items():
        if slots.kind[slot] == kind:
            seen[slot] = seen.get(slot, 0.0) + gain
    if not seen:
        return int(slots.day[slots.kind == kind].min())
    return int(slots.day[max(seen, key=lambda slot: (seen[slot], -slot))])


def _longer(values: NDArray[Any], like: NDArray[np.int64]) -> Any:
    return np.concatenate([values, values[like]])
