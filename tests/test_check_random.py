"""Random and extreme scenarios through the whole stream: whatever is asked for, the plan holds."""

from __future__ import annotations

import pytest

from tests.random_scenarios import EXTREMES, LARGE, Case, extreme_cases, outcome, random_case


@pytest.mark.parametrize(
    "case", [random_case(seed) for seed in range(30)], ids=lambda case: case.name
)
def test_a_random_scenario_has_a_plan_that_holds(case: Case) -> None:
    """Check, rules, greedy, bound (every tenth) and simulation agree; the nightly run has more."""
    assert outcome(case).wrong is None


@pytest.mark.parametrize("case", extreme_cases(EXTREMES), ids=lambda case: case.name)
def test_an_extreme_scenario_has_a_plan_that_holds(case: Case) -> None:
    """One cell, no demand, a million, poles, antimeridian, leap days and midnight."""
    assert outcome(case).wrong is None


@pytest.mark.nightly
@pytest.mark.parametrize("case", extreme_cases(LARGE), ids=lambda case: case.name)
def test_a_large_scenario_has_a_plan_that_holds(case: Case) -> None:
    """Two thousand cells, two hundred sorties, thirty days."""
    assert outcome(case).wrong is None


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(0, 10_000, 100))
def test_a_hundred_random_scenarios_hold(first: int) -> None:
    """The long form, ten thousand in all; other seeds give as many more as one likes."""
    found = [outcome(random_case(seed)) for seed in range(first, first + 100)]
    assert [each for each in found if each.wrong] == []
