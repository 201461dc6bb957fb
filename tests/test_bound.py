"""The bound never lies, whenever it is stopped, and gets tight where it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.looks import expected_seen
from planner.problem import Problem, Route
from planner.rules import broken_rules
from planner.solvers.bound import prove
from planner.solvers.bound.clocked import SPREAD_H
from planner.solvers.bound.flights import gather
from planner.solvers.bound.relaxed import FINE_H, Pay, Relaxed
from planner.solvers.bound.steady import Steady
from tests.instances import brute_force, build, one_cell, tiny

LONG = 1e6


def relaxed(problem: Problem) -> Relaxed:
    """Return the problem with its looks paid for."""
    return Relaxed(
        problem=problem,
        flights=gather(problem, spread_h=SPREAD_H)[0],
        families=[],
        budget_h=problem.fleet.budget_h,
        ordered=0.0,
        out_of_time=lambda: False,
    )


@pytest.mark.parametrize("seed", range(120))
def test_no_routes_beat_the_bound(seed: int) -> None:
    """Brute force finds nothing above the bound, with any number of rounds."""
    problem = tiny(seed)
    best, _ = brute_force(problem)
    assert best <= prove(problem, seconds=LONG, iterations=1 + seed % 7).value + 1e-9


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(120, 4000))
def test_no_routes_beat_the_bound_on_thousands(seed: int) -> None:
    """The long form of the same."""
    test_no_routes_beat_the_bound(seed)


@pytest.mark.parametrize("seed", range(12))
def test_steady_bounds_are_tight_after_many_rounds(seed: int) -> None:
    """Where time does not matter and nothing but endurance binds, little gap is left."""
    problem = tiny(seed, decay_per_h=0.0)
    free = replace(
        problem,
        exclusive=False,
        fleet=replace(
            problem.fleet,
            turnaround_h=np.full_like(problem.fleet.turnaround_h, -99.0),
            rest_h=np.full_like(problem.fleet.rest_h, -99.0),
            budget_h=np.full_like(problem.fleet.budget_h, np.inf),
        ),
    )
    best, _ = brute_force(free)
    assert best <= prove(free, seconds=LONG, iterations=40).value <= 1.05 * best + 1e-6


def test_one_cell_one_sortie_is_proved() -> None:
    """The only sortie there is bounds itself."""
    problem = one_cell(rate_per_h=np.zeros((1, 1)), decay_per_h=0.0)
    assert prove(problem, seconds=LONG, iterations=9).value == pytest.approx(1.5, abs=1e-6)


def test_a_bound_is_there_at_once() -> None:
    """Stopped before it began, the bound is everything there is to see."""
    bound = prove(tiny(3), seconds=LONG, stop=lambda: True)
    assert np.isfinite(bound.value)
    assert brute_force(tiny(3))[0] <= bound.value


def test_rounds_alone_decide_the_result() -> None:
    """The same rounds give the same bound and columns."""
    one, other = (prove(tiny(5), seconds=LONG, iterations=6) for _ in range(2))
    assert one.value == other.value
    assert one.columns == other.columns


def test_history_only_falls() -> None:
    """Each entry of the history is better than the one before."""
    values = [value for _, value in prove(tiny(8), seconds=LONG, iterations=9).history]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("seed", range(20))
def test_columns_may_be_flown_alone(seed: int) -> None:
    """Each column obeys the rules by itself, budgets and repeated cells aside."""
    problem = tiny(seed)
    alone = replace(problem, fleet=replace(problem.fleet, budget_h=np.array([np.inf])))
    for route in prove(problem, seconds=LONG, iterations=5).columns:
        assert not broken_rules(alone, (route,))


def test_known_routes_begin_the_proof() -> None:
    """Routes given as a start come back as columns."""
    problem = tiny(2)
    _, routes = brute_force(problem)
    columns = prove(problem, seconds=LONG, iterations=1, start=routes).columns
    assert {route.looks for route in routes} <= {route.looks for route in columns}


def test_nothing_to_fly_is_bounded_by_nothing() -> None:
    """Where no cell may be searched, nothing can be seen."""
    problem = tiny(1)
    idle = replace(problem, allowed=np.zeros_like(problem.allowed))
    assert prove(idle, seconds=LONG).value == pytest.approx(0.0, abs=1e-8)


def test_hours_are_worth_something_only_when_they_bind() -> None:
    """With hours to spare, one more is worth nothing."""
    problem = tiny(4)
    plenty = replace(problem, fleet=replace(problem.fleet, budget_h=np.array([1e3])))
    assert prove(plenty, seconds=LONG, iterations=20).hour_value.max() <= 1e-9


@given(st.integers(0, 100_000))
@settings(max_examples=100, deadline=None)
def test_cells_never_understate_what_looks_make(seed: int) -> None:
    """Whatever looks are paid, looks at any lawful times make no more than the cell's bound."""
    rng = np.random.default_rng(seed)
    problem = tiny(seed % 50, decay_per_h=float(rng.choice([0.2, 0.7, 2.0])))
    if not gather(problem, spread_h=SPREAD_H)[0]:
        return
    half = relaxed(problem)
    pay = Pay(rng.uniform(0, 3, (problem.cells, half.knots)), np.zeros(1))
    made, _ = half.make(pay, FINE_H, bound=True)
    cell = int(rng.integers(problem.cells))
    first_h, last_h = float(half.waters.first_h[cell]), float(half.waters.last_h[cell])
    if not np.isfinite(first_h):
        return
    apart_h = float(problem.dwell_h.max()) if problem.exclusive else 0.0
    for _ in range(20):
        hours = np.sort(rng.uniform(first_h, last_h, rng.integers(1, 4)))
        hours = hours[np.concatenate([[True], np.diff(hours) >= apart_h])]
        looks = [(h, some_pod(problem, rng, cell, h)) for h in hours.tolist()]
        knots = np.arange(half.knots) * half.knot_h
        paid = sum(pod * float(np.interp(hour, knots, pay.look[cell])) for hour, pod in looks)
        assert expected_seen(problem.demand(cell), looks) - paid <= made[cell] + 1e-9


@pytest.mark.parametrize("seed", range(25))
def test_sorties_never_earn_more_than_their_limit(seed: int) -> None:
    """No real sortie of a flight is paid more than the flight's bound; fine is below rough."""
    rng = np.random.default_rng(seed)
    problem = tiny(seed, decay_per_h=0.7)
    half = relaxed(problem)
    pay = Pay(rng.uniform(0, 3, (problem.cells, half.knots)), np.zeros(1))
    floor = np.zeros(len(half.flights))
    rough = half.rough(pay, floor)
    fine = half.fine(pay, floor, rough)
    for k, flight in enumerate(half.flights):
        found = half.real(flight, pay, list(range(len(flight.takeoff_h))))
        earns = max((each.earns for _, each in found if each), default=0.0)
        assert earns <= fine[k] + 1e-9
        assert fine[k] <= rough[k].max() + 1e-9


def some_pod(problem: Problem, rng: np.random.Generator, cell: int, hour: float) -> float:
    """Return the POD of a random level at that hour."""
    step = min(int(hour / problem.step_h), problem.condition.shape[1] - 1)
    return float(rng.choice(problem.pod[0, cell, :, problem.condition[cell, step]]))


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=4), st.integers(0, 100_000))
@settings(max_examples=150, deadline=None)
def test_steady_cells_never_understate_either(pods: list[float], seed: int) -> None:
    """The same, where time does not matter and several aircraft look with several PODs."""
    rng = np.random.default_rng(seed)
    levels = len(pods)
    problem = build(
        under_way=np.array([[3.0]]),
        rate_per_h=np.zeros((1, 1)),
        decay_per_h=0.0,
        pod=np.array(pods).reshape(1, 1, levels, 1),
        dwell_h=np.full((1, 1, levels), 0.5),
        distance_nm=np.array([[[0.0, 10.0], [10.0, 0.0]]]),
    )
    cells = Steady(problem, gather(problem, spread_h=0.0)[0], np.zeros(1, bool))
    charge = cells.clip(rng.uniform(0, 3, 2))
    made, _ = cells.best_looks(charge)
    paid = cells.charge_of(charge, problem.pod[0, :, :, 0])[0]
    for _ in range(20):
        chosen = rng.integers(0, levels, rng.integers(1, 6))
        seen = 3.0 * (1 - np.prod(1 - np.array(pods)[chosen]))
        earned = sum(pods[k] * 3.0 - paid[k] for k in chosen)
        assert seen <= earned + made[0] + 1e-9


def test_routes_flown_as_ordered_stay_below_the_bound() -> None:
    """A fixed route is worth no more than the bound says."""
    problem = tiny(6)
    _, routes = brute_force(problem)
    fixed = replace(problem, fixed=routes[:1])
    assert problem.value(routes) <= prove(fixed, seconds=LONG, iterations=10).value


def test_a_route_is_a_route() -> None:
    """Columns are plain routes."""
    assert all(isinstance(r, Route) for r in prove(tiny(7), seconds=LONG, iterations=2).columns)


@pytest.mark.parametrize("seed", range(6))
def test_free_legs_beside_priced_ones_stay_free(seed: int) -> None:
    """A leg without a price is no dearer for the prices of others, however large those are."""
    problem = tiny(seed)
    points = problem.distance_nm.shape[1]
    dear = np.random.default_rng(seed).random((len(problem.distance_nm), points, points)) < 0.5
    priced = replace(problem, price=np.where(dear, 1e8, 0.0))
    best, _ = brute_force(priced)
    assert prove(priced, seconds=30.0, iterations=5).value >= best - 1e-9
