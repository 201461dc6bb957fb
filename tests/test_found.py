"""The proof's good sorties fly when, and for as long as, the rules say they do."""

from __future__ import annotations

import numpy as np
import pytest

from planner.rules import flown_h
from planner.solvers.bound.flights import gather
from planner.solvers.bound.found import Found
from tests.instances import tiny

PADDING = 2


@pytest.mark.parametrize("seed", range(20))
def test_looks_are_timed_as_the_problem_has_them(seed: int) -> None:
    """Legs in the plane are closed under detours, so the times are the same."""
    problem, rng = tiny(seed, decay_per_h=0.3), np.random.default_rng(seed)
    flight = gather(problem, spread_h=0.25)[0][0]
    shape = (len(flight.takeoff_h), 3 + PADDING)
    found = Found(
        flight=flight,
        takeoffs=np.arange(shape[0]),
        earns=np.ones(shape[0]),
        count=rng.integers(1, 4, shape[0]),
        cell=rng.integers(0, len(flight.cells), shape),
        level=rng.integers(0, flight.dwell_h.shape[1], shape),
    )
    mid_h, _, hours = found.clocked(np.arange(shape[0]), 2)
    for k in range(shape[0]):
        route = found.route(k)
        timed = problem.clock(route)
        middles = (np.array(timed.start_h) + np.array(timed.end_h)) / 2
        assert mid_h[k, : found.count[k]] == pytest.approx(middles)
        assert hours[k] == pytest.approx(flown_h(problem, route))


def test_ranks_count_the_looks_that_ended_just_before() -> None:
    """A stay of three looks has ranks 0, 1 and, of two told apart, 1; elsewhere it is 0 again."""
    flight = gather(tiny(1, decay_per_h=0.3), spread_h=0.25)[0][0]
    found = Found(
        flight=flight,
        takeoffs=np.zeros(1, np.int64),
        earns=np.ones(1),
        count=np.array([5]),
        cell=np.array([[0, 0, 0, 1, 0]]),
        level=np.zeros((1, 5), np.int64),
    )
    assert found.clocked(np.zeros(1, np.int64), 2)[1].tolist() == [[0, 1, 1, 0, 0]]
