"""What to ask for first: what one more hour, sortie, aircraft or mile would add."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.evaluation.edits import look_gains
from planner.evaluation.prices import Question, affordable, answer, every_slot, on_days
from planner.problem import Margins, Slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.evaluation.prices import Effort
    from planner.formulation import Formulation
    from planner.problem import Problem, Routes
    from planner.scenario.model import Scenario
    from planner.solvers import Solver

FARTHER_NM = 50.0
EARLIER_H = 1.0
SEEDS = 3
MOST_CONFIRMED = 5
SHARE_TO_ESTIMATE = 0.2
FEWEST_SEEDS = 2
QUICK_S = 60.0


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
    own
        Slots that it adds or widens.
    free
        Slots whose sorties it may change.
    proof
        What it would add to the bound, as the proof reckons; zero where that does not say.
    """

    what: str
    problem: Problem
    own: frozenset[int]
    free: frozenset[int]
    proof: float = 0.0


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
        How far the searches with it, and without it, differ among themselves; zero of an estimate.
    how
        How it was found out, in words.
    proof
        What it would add to the bound, as the proof reckons; zero where that does not say.
    """

    what: str
    gain: float
    noise: float
    how: str = ""
    proof: float = 0.0


def asks(
    scenario: Scenario, formulation: Formulation, routes: Routes, margins: Margins | None = None
) -> list[Ask]:
    """Return everything one might ask for: aircraft first, then sorties, then the rest."""
    proof = margins or _unknown(formulation.problem)
    by_kind = [
        list(_asks(scenario, formulation, routes, kind, proof)) for kind in _flying(formulation)
    ]
    sorts = zip_longest(*by_kind)
    rest = [ask for sort in sorts for ask in sort if ask is not None]
    return [*more_aircraft(formulation, margins), *rest]


def more_aircraft(formulation: Formulation, margins: Margins | None = None) -> list[Ask]:
    """Return the asks for one more aircraft of each detachment, for the whole period."""
    problem, found = formulation.problem, []
    slots = problem.slots
    for kind in _flying(formulation):
        mine = np.flatnonzero(slots.kind == kind)
        busiest = mine[slots.aircraft[mine] == np.bincount(slots.aircraft[mine]).argmax()]
        what = f"one more {_who(formulation, kind)} for the period"
        proof = margins or _unknown(problem)
        found.append(_added(what, problem, busiest, every_slot(problem), proof))
    return found


def quick_gains(
    problem: Problem, routes: Routes, asked: Sequence[Ask], solve: Solver
) -> list[Gain]:
    """
    Return what each ask for new slots adds at once, most first: all else stays as it is flown.

    Parameters
    ----------
    problem, routes
        The problem, and the plan's sorties.
    asked
        What is asked for; each adds slots of its own.
    solve
        A solver that takes no time to speak of.
    """
    value = problem.value(routes)
    found = []
    for ask in asked:
        question = Question(problem=ask.problem, start=routes, free=ask.own)
        filled = solve(question.focused(), seconds=QUICK_S, start=routes).value
        found.append(_guess(ask, max(0.0, filled - value)))
    return sorted(found, key=_most_first)


def gains(
    problem: Problem,
    routes: Routes,
    asked: Sequence[Ask],
    effort: Effort,
    *,
    seeds: int = SEEDS,
    most: int = MOST_CONFIRMED,
) -> list[Gain]:
    """
    Return what each ask adds, most first: the best of them solved again, the rest as estimated.

    An estimate leaves all as it is flown but the slots that are asked for. Then the plan is solved
    with each of the best, by estimate and by proof in turn, and without it, from the same start,
    with the same seeds and for as long. As whatever is flown without an ask can be flown with it,
    no gain is below zero.

    Parameters
    ----------
    problem, routes
        The problem, and the plan's sorties, best already `polished`.
    asked
        What is asked for.
    effort
        How to solve; seconds are shared among all.
    seeds
        How many searches of each.
    most
        How many asks are solved again.
    """
    if not asked:
        return []
    ends = time.monotonic() + effort.seconds
    rough = _estimates(problem, routes, asked, effort)
    order = _ranked(asked, rough)
    left = replace(effort, seconds=max(0.0, ends - time.monotonic()))
    most = max(0, min(most, affordable(left) // FEWEST_SEEDS - 1))
    chosen = [(ask, rough[ask.what][1]) for ask in order[:most]]
    sure = _confirmed(problem, routes, chosen, left, seeds)
    guessed = [_guess(ask, rough[ask.what][0]) for ask in order[most:]]
    return [each for part in (sure, guessed) for each in sorted(part, key=_most_first)]


def _ranked(asked: Sequence[Ask], rough: dict[str, tuple[float, Routes]]) -> list[Ask]:
    """Return the asks by estimate and, where the proof says anything of them, by it in turn."""
    by_estimate = sorted(asked, key=lambda ask: (-rough[ask.what][0], ask.what))
    by_proof = sorted((ask for ask in asked if ask.proof), key=lambda ask: (-ask.proof, ask.what))
    turns = zip_longest(by_estimate, by_proof)
    first = {ask.what: ask for turn in turns for ask in turn if ask is not None}
    return list(first.values())


def _most_first(gain: Gain) -> tuple[float, float, str]:
    return -gain.gain, -gain.proof, gain.what


def _guess(ask: Ask, gain: float) -> Gain:
    how = "estimated" if gain > 0 else "nothing found in a short search"
    return Gain(what=ask.what, gain=gain, noise=0.0, how=how, proof=ask.proof)


def _estimates(
    problem: Problem, routes: Routes, asked: Sequence[Ask], effort: Effort
) -> dict[str, tuple[float, Routes]]:
    """
    Return what each ask gains when only its own slots change, and its sorties, by what it asks.

    New slots are filled by the quick solver; those of the plan are searched with and without.
    """
    known = every_slot(problem)
    added = [ask for ask in asked if ask.own.isdisjoint(known)]
    widened = [ask for ask in asked if not ask.own.isdisjoint(known)]
    quick = replace(effort, solve=effort.quick or effort.solve, seconds=QUICK_S)
    short = replace(effort, seconds=SHARE_TO_ESTIMATE * effort.seconds)
    return _tried(problem, routes, added, quick) | _tried(problem, routes, widened, short)


def _tried(
    problem: Problem, routes: Routes, asked: Sequence[Ask], effort: Effort
) -> dict[str, tuple[float, Routes]]:
    known = every_slot(problem)
    spans = list(dict.fromkeys(ask.own & known for ask in asked))
    plain = [Question(problem=problem, start=routes, free=each) for each in spans]
    changed = [Question(problem=ask.problem, start=routes, free=ask.own) for ask in asked]
    found = answer([*plain, *changed], effort)
    without = {each: value for each, (value, _) in zip(spans, found, strict=False)}
    return {
        ask.what: (max(0.0, value - without[ask.own & known]), sorties)
        for ask, (value, sorties) in zip(asked, found[len(spans) :], strict=True)
    }


def _confirmed(
    problem: Problem,
    routes: Routes,
    chosen: Sequence[tuple[Ask, Routes]],
    effort: Effort,
    seeds: int,
) -> list[Gain]:
    """Return what each ask gains when all that it may change is solved again, with some seeds."""
    if not chosen:
        return []
    spans = list(dict.fromkeys(ask.free & every_slot(problem) for ask, _ in chosen))
    plain = [Question(problem=problem, start=routes, free=each) for each in spans]
    changed = [Question(problem=ask.problem, start=found, free=ask.free)
               for ask, found in chosen]  # fmt: skip
    most = affordable(effort) // (len(plain) + len(changed))
    seeds = max(FEWEST_SEEDS, min(seeds, most))
    share = replace(effort, seconds=effort.seconds / seeds)
    values = np.array(
        [
            [value for value, _ in answer([*plain, *changed], replace(share, seed=effort.seed + k))]
            for k in range(seeds)
        ]
    )
    without = dict(zip(spans, values.T[: len(spans)], strict=True))
    return [
        _gain(ask, with_it, without[ask.free & every_slot(problem)])
        for (ask, _), with_it in zip(chosen, values.T[len(spans) :], strict=True)
    ]


def _gain(ask: Ask, with_it: NDArray[np.float64], without: NDArray[np.float64]) -> Gain:
    return Gain(
        what=ask.what,
        gain=max(0.0, float(with_it.max() - without.max())),
        noise=float(np.ptp(with_it) + np.ptp(without)),
        how=f"solved again, {len(with_it)} times",
        proof=ask.proof,
    )


def _flying(formulation: Formulation) -> list[int]:
    """Return the kinds of aircraft that have any slot."""
    return [int(kind) for kind in np.unique(formulation.problem.slots.kind)]


def _who(formulation: Formulation, kind: int) -> str:
    each = formulation.detachments[kind]
    return f"{each.terms.type} at {each.terms.station} ({each.name})"


def _unknown(problem: Problem) -> Margins:
    """Return what is known without a proof."""
    return Margins(slot=np.zeros(len(problem.slots)), hour=np.zeros(len(problem.fleet.budget_h)))


def _asks(
    scenario: Scenario, formulation: Formulation, routes: Routes, kind: int, margins: Margins
) -> Iterator[Ask]:
    problem, each = formulation.problem, formulation.detachments[kind]
    slots, terms, who = problem.slots, each.terms, _who(formulation, kind)
    mine = np.flatnonzero(slots.kind == kind)
    every, own = every_slot(problem), frozenset(mine.tolist())
    day = _best_day(problem, routes, kind)
    date = scenario.period.start + timedelta(days=day)
    once = mine[slots.day[mine] == day]
    once = once[slots.aircraft[once] == slots.aircraft[once[0]]]
    yield _added(
        f"one more sortie of {who}, on {date:%a %d %b}",
        problem,
        once,
        on_days(problem, {day}),
        margins,
    )
    yield Ask(
        what=f"{FARTHER_NM:.0f} nm more endurance for {who}",
        problem=with_endurance(problem, kind, FARTHER_NM / each.transit_kn),
        own=own,
        free=every,
    )
    if np.isfinite(problem.fleet.budget_h[kind]):
        yield Ask(
            what=f"one more flying hour for {who}",
            problem=with_hours(problem, kind, 1.0),
            own=own,
            free=every,
            proof=float(margins.hour[kind]),
        )
    station = scenario.stations.get(terms.station)
    if terms.hours or (station and station.hours):
        yield Ask(
            what=f"{who} open {EARLIER_H:.0f} h earlier",
            problem=with_earlier(problem, mine, EARLIER_H),
            own=own,
            free=every,
        )


def _added(
    what: str,
    problem: Problem,
    like: NDArray[np.int64],
    free: frozenset[int],
    margins: Margins,
) -> Ask:
    """Ask for one more aircraft in slots like some of another one."""
    own = frozenset(range(len(problem.slots), len(problem.slots) + len(like)))
    return Ask(
        what=what,
        problem=with_aircraft(problem, like),
        own=own,
        free=free | own,
        proof=proof_of_aircraft(problem, like, margins),
    )


def proof_of_aircraft(problem: Problem, like: NDArray[np.int64], margins: Margins) -> float:
    """
    Return what one more aircraft in slots like some of another one would add to the bound.

    As many of the best a day as it may fly; its own hours are worth what those of the other are.
    """
    slots, fleet = problem.slots, problem.fleet
    aircraft = slots.aircraft[like[0]]
    hours = slots.endurance_h[like] + slots.ferry_h[like]
    hours = np.where(np.isfinite(hours), hours, 0.0)  # who cannot come home flies none
    worth = margins.slot[like] + margins.hour[fleet.detachment[aircraft]] * hours
    most = int(fleet.sorties_per_day[aircraft])
    days = slots.day[like]
    return float(sum(np.sort(worth[days == day])[-most:].sum() for day in np.unique(days)))


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
