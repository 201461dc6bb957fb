"""What a route takes and costs, what a look sees, and how far a plan is from its bound: by hand."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from planner.problem import TOLERANCE_H, Look, Problem, Result, Route
from tests.instances import build, one_cell

ALONE = Route(0, 2.0, (Look(0, 0),))


def two_cells(**changes: Any) -> Problem:
    """Return cells 100 and 200 nm out on one line, two dwell levels, and two steps of 6 h."""
    there = np.array([[[0.0, 100.0, 100.0], [100.0, 0.0, 200.0], [100.0, 200.0, 0.0]]])
    plain: dict[str, Any] = {
        "rate_per_h": np.ones((2, 2)),
        "under_way": np.array([[2.0, 3.0], [4.0, 5.0]]),
        "decay_per_h": 0.5,
        "step_h": 6.0,
        "condition": np.array([[0, 1], [0, 1]]),
        "pod": np.array([[[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]]]),
        "dwell_h": np.array([[[1.0, 2.0], [0.5, 1.5]]]),
        "distance_nm": there,
        "price_per_h": np.array([0.25, 0.5]),
        "endurance_h": 20.0,
    }
    return build(**(plain | changes))


BOTH = Route(0, 1.0, (Look(0, 1), Look(1, 0)))


def test_the_clock_of_a_route() -> None:
    """Departure, an hour out, two searched, an hour on, half searched, two home, arrival."""
    problem = two_cells(departure_h=np.array([0.25]), arrival_h=np.array([0.75]))
    timed = problem.clock(BOTH)
    assert timed.start_h == (2.25, 5.25)
    assert timed.end_h == (4.25, 5.75)
    assert timed.landing_h == 8.5


def test_the_looks_of_routes_are_in_order_of_time() -> None:
    """Each is half done at its time, with the POD of its level and of that time's condition."""
    later = replace(BOTH, takeoff_h=7.0, looks=BOTH.looks[:1])
    assert two_cells().looks((later, BOTH)) == {
        0: [(3.0, 0.3), (9.0, 0.4)],
        1: [(5.25, 0.5)],
    }


@pytest.mark.parametrize(("mid_h", "pod"), [(5.99, 0.1), (6.0, 0.2), (11.0, 0.2), (40.0, 0.2)])
def test_after_the_last_step_its_condition_goes_on(mid_h: float, pod: float) -> None:
    """A search that ends after the period is flown in the light of the last step."""
    assert two_cells().look_pod(0, Look(0, 0), mid_h) == pod


def test_a_route_costs_its_searches_and_its_legs() -> None:
    """Two hours at 0.25 and half an hour at 0.5; then legs out, on and home besides."""
    price = np.array([[[0.0, 0.01, 9.0], [9.0, 0.0, 0.02], [0.04, 9.0, 0.0]]])
    assert two_cells().cost(BOTH) == 0.75
    assert two_cells(price=price).cost(BOTH) == pytest.approx(0.75 + 0.04 + 0.01 + 0.02)


def test_the_value_is_what_is_seen_less_what_it_costs() -> None:
    """A cell in balance at three under way, looked at once with POD 0.5, at a price of 0.2."""
    assert one_cell().value((ALONE,)) == pytest.approx(1.5)
    assert one_cell(price_per_h=np.array([0.2])).value((ALONE,)) == pytest.approx(1.3)
    assert one_cell().value(()) == 0


def test_the_demand_of_a_cell() -> None:
    """Its own rates, its own transfers under way."""
    demand = two_cells().demand(1)
    assert demand.under_way.tolist() == [4.0, 5.0]
    assert (demand.decay_per_h, demand.step_h) == (0.5, 6.0)
    assert two_cells().cells == 2


def test_nothing_of_a_problem_can_be_changed() -> None:
    """Every array is read-only, that of its slots and fleet too."""
    problem = two_cells()
    for record in (problem, problem.slots, problem.fleet):
        arrays = [getattr(record, each.name) for each in fields(record)]
        assert not any(each.flags.writeable for each in arrays if isinstance(each, np.ndarray))
    assert len(problem.slots) == 1
    assert problem.required.shape == (0, 3)


@pytest.mark.parametrize(
    ("value", "bound", "gap"),
    [(3.0, 4.0, 0.25), (4.0, 4.0, 0.0), (4.1, 4.0, 0.0), (0.5, 0.5, 0.0), (0.25, 0.5, 0.5),
     (0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (-2.0, -1.0, 0.0), (1.0, math.inf, math.inf)],
)  # fmt: skip
def test_the_gap_is_a_share_of_the_bound(value: float, bound: float, gap: float) -> None:
    """Never negative; infinite without a bound, none where there is nothing to gain."""
    assert Result(routes=(), value=value, bound=bound).gap == gap


def test_a_result_says_little_unless_told() -> None:
    """No bound, no steps; and hours that differ by less than rounding are the same."""
    plain = Result(routes=(), value=0.0)
    assert (plain.bound, plain.status, plain.iterations) == (math.inf, "feasible", 0)
    assert 0 < TOLERANCE_H < 1e-6
