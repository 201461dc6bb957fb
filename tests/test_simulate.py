"""The simulation and the closed form must tell the same story."""

from dataclasses import replace

import numpy as np
import pytest

from planner.evaluation.simulate import simulate
from planner.problem import Look, Problem, Route, Routes
from planner.rules import broken_rules
from tests.instances import brute_force, one_cell, tiny


def free(problem: Problem) -> Problem:
    """Return the problem with nothing priced."""
    return replace(problem, price_per_h=np.zeros(problem.cells), price=np.zeros((1, 1, 1)))


def crowded(problem: Problem) -> Routes:
    """Return routes that look at every cell many times, legal or not."""
    cells = [Look(cell, 0) for cell in range(problem.cells)]
    return tuple(
        Route(0, hour, tuple(cells[turn:] + cells[:turn]))
        for turn, hour in enumerate(np.linspace(0.0, 20.0, problem.cells))
    )


@pytest.mark.parametrize("seed", range(12))
def test_simulation_agrees_with_the_closed_form(seed: int) -> None:
    """On random problems the two lie within Monte-Carlo error, 4 standard errors."""
    problem = free(tiny(seed))
    for routes in (brute_force(problem)[1], crowded(problem)):
        drawn = simulate(problem, routes, draws=20_000, rng=np.random.default_rng(seed))
        assert abs(drawn.mean - problem.value(routes)) <= 4 * drawn.standard_error + 1e-12


def test_a_look_sees_its_share_of_what_is_under_way() -> None:
    """Three transfers under way on average and a POD of one half give 1.5, Poisson."""
    problem = one_cell()
    route = (Route(0, 0.0, (Look(0, 0),)),)
    assert not broken_rules(problem, route)
    drawn = simulate(problem, route, draws=40_000, rng=np.random.default_rng(1))
    assert drawn.mean == pytest.approx(1.5, abs=0.03)
    assert drawn.seen.var() == pytest.approx(1.5, abs=0.06)


def test_looks_after_the_last_step_see_its_rate() -> None:
    """A look two days after a one-day table still finds the steady three."""
    problem = one_cell(last_takeoff_h=72.0, latest_h=80.0)
    route = (Route(0, 60.0, (Look(0, 0),)),)
    drawn = simulate(problem, route, draws=40_000, rng=np.random.default_rng(1))
    assert drawn.mean == pytest.approx(problem.value(route), abs=4 * drawn.standard_error)


def test_no_routes_see_nothing() -> None:
    """Without a sortie every draw is zero."""
    drawn = simulate(one_cell(), (), draws=10, rng=np.random.default_rng(1))
    assert drawn.mean == drawn.standard_error == 0.0


def test_barrels_are_drawn_by_the_transfer() -> None:
    """Rates in barrels give the same draws as rates in transfers, times the barrels of one."""
    problem = one_cell()
    route = (Route(0, 0.0, (Look(0, 0),)),)
    laden = replace(
        problem, rate_per_h=problem.rate_per_h * 1024, under_way=problem.under_way * 1024
    )
    transfers = simulate(problem, route, draws=500, rng=np.random.default_rng(3))
    barrels = simulate(laden, route, draws=500, rng=np.random.default_rng(3), barrels=1024)
    np.testing.assert_array_equal(barrels.seen, 1024 * transfers.seen)


def test_the_band_holds_its_share_of_the_draws() -> None:
    """Nine in ten draws lie in the 90 % band, and the band of nothing is the median."""
    drawn = simulate(
        one_cell(), (Route(0, 0.0, (Look(0, 0),)),), draws=5_000, rng=np.random.default_rng(4)
    )
    low, high = drawn.band(0.9)
    assert ((low <= drawn.seen) & (drawn.seen <= high)).mean() >= 0.9
    assert drawn.band(0.0)[0] == drawn.band(0.0)[1] == np.median(drawn.seen)


def test_the_same_seed_draws_the_same() -> None:
    """Randomness comes from `rng` alone."""
    problem = free(tiny(5))
    routes = crowded(problem)
    one, other = (
        simulate(problem, routes, draws=100, rng=np.random.default_rng(9)) for _ in range(2)
    )
    np.testing.assert_array_equal(one.seen, other.seen)
