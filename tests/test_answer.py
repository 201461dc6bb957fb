"""One sortie's answer to the others is worth what it says, and nearly the best there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.problem import Look, Route
from planner.rules import broken_rules
from planner.solvers.answer import answer, paper, write
from planner.solvers.draft import clock, land, landing_limit_h, loaded, merit, routes_of
from planner.solvers.kernels import flatten
from tests.instances import brute_force, build, one_cell, tiny

if TYPE_CHECKING:
    from planner.problem import Problem, Routes

TIMED = [seed for seed in range(120) if tiny(seed).decay_per_h > 0]
ALONE = [seed for seed in TIMED if len(tiny(seed).slots) == 1]


def answered(
    problem: Problem, slot: int, takeoff_h: float, others: Routes = ()
) -> tuple[float, float, Routes]:
    """Return what the answer of a slot says it adds, what it adds, and all routes then."""
    terms = flatten(problem)
    draft, desk, dice = loaded(terms, others), paper(), np.ones(1, np.uint64)
    before = merit(terms, draft)
    draft.slots["takeoff_h"][slot] = takeoff_h
    limit_h = landing_limit_h(terms, draft, slot)
    worth, b, i = answer(terms, draft, desk, slot, limit_h, 0.0, 0.0, dice)
    if worth > 0:
        draft.slots["count"][slot] = write(draft, desk, slot, b, i)
        clock(terms, draft, slot)
        land(terms, draft, slot)
    return worth, merit(terms, draft) - before, routes_of(draft)


def test_one_cell_is_searched_until_it_is_time_to_go_home() -> None:
    """Four hours with an hour out and an hour back leave room for two looks of an hour each."""
    worth, added, routes = answered(one_cell(), 0, 0.0)
    assert routes == (Route(0, 0.0, (Look(0, 0), Look(0, 0))),)
    assert worth == pytest.approx(added)
    # Half of three are seen; of the other half and those begun since, half.
    assert added == pytest.approx(1.5 + 0.5 * (3 - 1.5 * np.exp(-0.5)))


def test_what_others_have_just_seen_is_left_to_them() -> None:
    """Of two cells alike, the answer goes to the one nobody else searches about then."""
    problem = build(
        under_way=np.full((2, 1), 2.0),
        rate_per_h=np.full((2, 1), 0.2),
        decay_per_h=0.1,
        pod=np.full((1, 2, 1, 1), 0.9),
        dwell_h=np.ones((1, 2, 1)),
        distance_nm=np.array([[[0, 300.0, 50], [300, 0, 50], [50, 50, 0]]]),
        earliest_h=np.zeros(2),
        endurance_h=2.0,
    )
    _, _, routes = answered(problem, 1, 0.0, (Route(0, 0.0, (Look(0, 0),)),))
    assert routes[1].looks == (Look(1, 0),)


@pytest.mark.parametrize("seed", TIMED)
def test_an_answer_adds_what_it_says_and_may_be_flown(seed: int) -> None:
    """Looks are read off at knots of time, so a few hundredths are lost or won."""
    problem = tiny(seed)
    slot = len(problem.slots) - 1
    others = tuple(route for route in brute_force(problem)[1] if route.slot != slot)
    takeoff_h = float(problem.slots.earliest_h[slot])
    worth, added, routes = answered(problem, slot, takeoff_h, others)
    assert added == pytest.approx(worth, rel=0.05, abs=1e-3)
    assert broken_rules(problem, routes) == []


def test_a_lone_answer_is_nearly_what_brute_force_finds() -> None:
    """At the best of its take-offs, mostly the very same; never less than nine tenths of it."""
    shares = []
    for seed in ALONE:
        problem = replace(tiny(seed), required=np.zeros((0, 3)))
        best, _ = brute_force(problem)
        first_h, last_h = problem.slots.earliest_h[0], problem.slots.last_takeoff_h[0]
        takeoffs_h = np.arange(first_h, last_h + 1e-9, problem.takeoff_step_h)
        found = max(answered(problem, 0, float(hour))[1] for hour in takeoffs_h)
        shares.append(found / best if best else 1.0)
    assert len(shares) > 10
    assert min(shares) > 0.9
    assert np.mean(np.array(shares) > 1 - 1e-9) > 0.75
