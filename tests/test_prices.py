"""Prices and gains, recomputed by solving the changed problem independently."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.evaluation.marginal import (
    Ask,
    gains,
    proof_of_aircraft,
    quick_gains,
    with_aircraft,
    with_earlier,
    with_endurance,
    with_hours,
)
from planner.evaluation.obstacles import obstacles
from planner.evaluation.prices import (
    Effort,
    every_slot,
    forbid,
    force,
    improved,
    polished,
    prices,
)
from planner.problem import Margins
from planner.rules import broken_rules
from planner.solvers import greedy, search
from planner.solvers.bound import prove
from tests.instances import brute_force, one_cell, tiny

if TYPE_CHECKING:
    from planner.problem import Problem, Routes

EFFORT = Effort(solve=search.solve, seconds=600.0, iterations=3_000, seed=3)


def best(problem: Problem) -> tuple[float, Routes]:
    """Return the best plan of a tiny problem, which keeps its orders."""
    value, routes = brute_force(replace(problem, required=np.zeros((0, 3))))
    if not broken_rules(problem, routes):
        return value, routes
    return brute_force(problem)


@pytest.mark.parametrize("seed", range(20))
def test_forcing_a_cell_in_costs_what_an_independent_solution_loses(seed: int) -> None:
    """The price is the best value without the demand less the best value with it."""
    problem = tiny(seed)
    value, routes = best(problem)
    found = obstacles(problem, routes)
    for cell, each in found.items():
        edit = each.swap or (each.edit if each.code == "price" else None)
        if edit is None:
            continue
        question = force(problem, cell, routes, edit)
        (price,), better = prices(problem, routes, [question], EFFORT)
        forced, _ = brute_force(question.problem)
        assert any(look.cell == cell for route in price.routes for look in route.looks)
        assert broken_rules(problem, price.routes) == []
        assert (price.lost, better) == (pytest.approx(max(price.lost, 0.0)), routes)
        assert price.lost <= -edit.gain + 1e-9
        if len(set(problem.slots.day.tolist())) == 1:
            assert price.lost == pytest.approx(value - forced, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_forbidding_a_cell_costs_what_an_independent_solution_loses(seed: int) -> None:
    """A plan without the cell is the best of those that never search it."""
    problem = tiny(seed)
    value, routes = best(problem)
    for cell in sorted({look.cell for route in routes for look in route.looks}):
        question = forbid(problem, cell, routes)
        assert broken_rules(question.problem, question.start) == []
        (price,), _ = prices(problem, routes, [question], EFFORT)
        without, _ = brute_force(question.problem)
        assert not any(look.cell == cell for route in price.routes for look in route.looks)
        assert price.lost == pytest.approx(value - without, abs=1e-6)


def test_what_is_fixed_or_demanded_can_be_forbidden() -> None:
    """Orders to search a cell are lifted when it is asked what never searching it costs."""
    problem = one_cell()
    _, routes = brute_force(problem)
    demanded = replace(problem, fixed=routes, required=np.array([[0.0, 0.0, 9.0]]))
    lifted = forbid(demanded, 0, routes).problem
    assert (lifted.fixed, len(lifted.required)) == ((), 0)


def test_gains_agree_with_finite_differences() -> None:
    """One thing more is worth what the best plan with it is worth more."""
    for seed in range(12):
        problem = tiny(seed)
        value, routes = brute_force(problem)
        slots = np.array([0])
        changed = {
            "aircraft": with_aircraft(problem, slots),
            "hours": with_hours(problem, 0, 0.5),
            "endurance": with_endurance(problem, 0, 0.5),
        }
        asked = [
            Ask(what=what, problem=each, own=every_slot(each), free=every_slot(each))
            for what, each in changed.items()
        ]
        told = {gain.what: gain for gain in gains(problem, routes, asked, EFFORT, seeds=2)}
        for what, each in changed.items():
            more, _ = brute_force(each)
            assert told[what].gain >= 0
            assert told[what].gain == pytest.approx(more - value, abs=1e-6 + told[what].noise)


def test_an_estimate_is_never_more_than_the_ask_adds() -> None:
    """With nothing but its own slots changed, an ask adds no more than when all is solved again."""
    for seed in range(8):
        problem = tiny(seed)
        value, routes = brute_force(problem)
        more = with_aircraft(problem, np.array([0]))
        own = frozenset({len(problem.slots)})
        asked = [Ask(what="aircraft", problem=more, own=own, free=every_slot(more))]
        (rough,) = gains(problem, routes, asked, EFFORT, most=0)
        (quick,) = quick_gains(problem, routes, asked, greedy.solve)
        best, _ = brute_force(more)
        assert 0 <= quick.gain <= best - value + 1e-9
        assert rough.how == ("estimated" if rough.gain else "nothing found in a short search")
        assert 0 <= rough.gain <= best - value + 1e-9


@pytest.mark.parametrize("seed", range(16))
def test_the_proof_limits_what_one_thing_more_can_bring(seed: int) -> None:
    """No plan with it exceeds the bound by more than the proof's price of it, by brute force."""
    problem = tiny(seed, decay_per_h=0.4)
    _, routes = brute_force(problem)
    bound = prove(problem, seconds=600.0, iterations=20, start=routes)
    margins = Margins(slot=bound.slot_value, hour=bound.hour_value)
    for slot in range(len(problem.slots)):
        like = np.array([slot])
        most, _ = brute_force(with_aircraft(problem, like))
        assert most <= bound.value + proof_of_aircraft(problem, like, margins) + 1e-6
    most, _ = brute_force(with_hours(problem, 0, 0.5))
    assert most <= bound.value + 0.5 * float(margins.hour[0]) + 1e-6


def test_the_proof_and_estimates_choose_in_turn_what_is_solved_again() -> None:
    """What an estimate sees nothing in is solved again where the proof sees most in it."""
    problem = tiny(4)
    _, routes = brute_force(problem)
    every = every_slot(problem)
    asked = [
        Ask(what=what, problem=problem, own=every, free=every, proof=proof)
        for what, proof in (("a", 0.0), ("b", 0.1), ("c", 0.3))
    ]
    told = gains(problem, routes, asked, EFFORT, seeds=2, most=2)
    assert {gain.what for gain in told if gain.how.startswith("solved again")} == {"a", "c"}
    assert [gain.what for gain in told] == ["c", "a", "b"]


def test_what_questions_find_makes_a_poor_plan_better() -> None:
    """From a plan that is not the best, no price is below zero, and the better plan is kept."""
    kept = 0
    for seed in range(12):
        problem = tiny(seed)
        routes = greedy.solve(problem, seconds=5).routes[:1]
        cells = [cell for cell, each in obstacles(problem, routes).items() if each.swap]
        for cell in cells:
            edit = obstacles(problem, routes)[cell].swap
            assert edit is not None
            (price,), better = prices(problem, routes, [force(problem, cell, routes, edit)], EFFORT)
            assert price.lost >= 0
            assert broken_rules(problem, better) == []
            assert problem.value(better) >= max(problem.value(routes), problem.value(price.routes))
            kept += problem.value(better) > problem.value(routes)
    assert kept > 0


def test_only_what_is_better_and_lawful_is_taken_over() -> None:
    """Sorties found for some slots replace the plan's where the whole gains and keeps its rules."""
    problem = tiny(5)
    value, routes = brute_force(problem)
    every = every_slot(problem)
    assert improved(problem, (), [(every, routes)]) == routes
    assert improved(problem, routes, [(every, ())]) == routes
    assert improved(problem, (), [(frozenset(), routes)]) == ()
    twice = (*routes, *routes)
    assert improved(problem, (), [(every, twice)]) == ()
    assert problem.value(polished(problem, (), every, EFFORT)) == pytest.approx(value)


def test_more_of_anything_never_hurts() -> None:
    """What could be flown without it can be flown with it."""
    for seed in range(20):
        problem = tiny(seed)
        _, routes = brute_force(problem)
        for more in (
            with_aircraft(problem, np.array([0])),
            with_hours(problem, 0, 1.0),
            with_endurance(problem, 0, 1.0),
            with_earlier(problem, np.arange(len(problem.slots)), 2.0),
        ):
            assert broken_rules(more, routes) == []
            assert more.value(routes) == problem.value(routes)


def test_answers_by_steps_are_repeatable() -> None:
    """Same problem, seed and steps give the same price, however the threads run."""
    problem = tiny(5)
    _, routes = brute_force(problem)
    cell = routes[0].looks[0].cell
    one, other = (prices(problem, routes, [forbid(problem, cell, routes)], EFFORT) for _ in "12")
    assert one == other


def test_without_time_the_start_is_the_answer() -> None:
    """A question that comes too late is answered by the routes it begins from."""
    problem = tiny(5)
    _, routes = brute_force(problem)
    cell = routes[0].looks[0].cell
    question = forbid(problem, cell, routes)
    late = replace(EFFORT, iterations=None, seconds=0.0)
    (price,), _ = prices(problem, routes, [question], late)
    assert price.routes == question.start
