"""Solving as a scenario says: how long for, and what is proved by default."""

from __future__ import annotations

import numpy as np
import pytest

from planner.scenario.model import Solver
from planner.solving import proof_seconds, solve, wall_seconds
from tests.instances import brute_force, tiny


def test_a_plan_found_by_the_clock_has_a_bound_by_default() -> None:
    """No plan at all exceeds it, and it costs nothing beyond the seconds asked for."""
    terms = Solver(seconds=1.0)
    result = solve(tiny(2), terms, seed=1)
    assert result.value <= brute_force(tiny(2))[0] + 1e-9 <= result.bound + 2e-9
    assert wall_seconds(terms) == 1.0


@pytest.mark.parametrize("terms", [Solver(seconds=0.5, bound_seconds=0.0), Solver(iterations=20)])
def test_nothing_is_proved_where_that_is_not_wanted(terms: Solver) -> None:
    """Neither where the proof is given no time, nor where a plan is to be the same byte by byte."""
    assert proof_seconds(terms) == 0.0
    assert np.isinf(solve(tiny(2), terms, seed=1).bound)


def test_a_recorded_proof_is_the_same_every_time() -> None:
    """With steps for the search and rounds for the proof nothing depends on the clock."""
    terms = Solver(iterations=20, bound_seconds=1.0, bound_iterations=2)
    one, other = (solve(tiny(3), terms, seed=1) for _ in range(2))
    assert (one.bound, one.routes) == (other.bound, other.routes)
