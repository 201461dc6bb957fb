"""Other plans: nearly as good, and unlike."""

from __future__ import annotations

import pytest

from planner.evaluation.alternatives import alternatives, trade
from planner.evaluation.prices import Effort
from planner.rules import broken_rules
from planner.solvers import search
from tests.instances import brute_force, tiny

EFFORT = Effort(solve=search.solve, seconds=600.0, iterations=200, seed=3)


@pytest.mark.parametrize("seed", range(12))
def test_alternatives_keep_the_rules_and_the_loss(seed: int) -> None:
    """Each may be flown, loses no more than was said, and differs from all before it."""
    problem = tiny(seed)
    value, routes = brute_force(problem)
    found = alternatives(problem, routes, EFFORT, count=3, loss=0.2)
    for each in found:
        assert broken_rules(problem, each.routes) == []
        assert each.value == pytest.approx(problem.value(each.routes))
        assert each.lost == pytest.approx(value - each.value)
        assert each.lost <= 0.2 * value + 1e-9
        assert 0 < each.unlike <= 1
    assert len({each.routes for each in found}) == len(found)


def test_no_loss_allows_only_plans_as_good() -> None:
    """Within no loss at all, only ties are left."""
    for seed in range(6):
        problem = tiny(seed)
        value, routes = brute_force(problem)
        for each in alternatives(problem, routes, EFFORT, count=2, loss=0.0):
            assert each.value == pytest.approx(value)


def test_a_line_tells_what_is_traded() -> None:
    """The line names the loss and the cells that get more and less."""
    told = []
    for seed in range(12):
        problem = tiny(seed)
        _, routes = brute_force(problem)
        ids = [f"C{cell}" for cell in range(problem.cells)]
        others = alternatives(problem, routes, EFFORT, count=1, loss=0.5)
        told += [trade(problem, routes, each, ids) for each in others]
    assert told
    assert all("% less" in line for line in told)
    assert any("more of C" in line and "less of C" in line for line in told)
