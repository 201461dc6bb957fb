"""Random and extreme scenarios through the whole stream: whatever is asked for, the plan holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.cache import Cache
from planner.pipeline import run
from tests.random_scenarios import (
    EXTREMES,
    LARGE,
    ONE,
    Case,
    extreme_cases,
    laid_over,
    outcome,
    random_case,
    scenario_of,
)

if TYPE_CHECKING:
    from pathlib import Path


ONCE_WRONG = (402, 428, 574, 667, 1250, 1874, 9314)


@pytest.mark.parametrize(
    "case",
    [random_case(seed) for seed in (*range(30), *ONCE_WRONG)],
    ids=lambda case: case.name,
)
def test_a_random_scenario_has_a_plan_that_holds(case: Case) -> None:
    """Check, rules, greedy, bound (every tenth) and simulation agree; the nightly run has more."""
    assert outcome(case).wrong is None


@pytest.mark.parametrize("case", extreme_cases(EXTREMES), ids=lambda case: case.name)
def test_an_extreme_scenario_has_a_plan_that_holds(case: Case) -> None:
    """One cell, no demand, a million, poles, antimeridian, leap days and midnight."""
    assert outcome(case).wrong is None


def test_a_start_told_in_utc_or_in_japan_time_gives_the_same_plan(tmp_path: Path) -> None:
    """Midnight in Japan is 15:00Z of the day before; no day, night or sortie moves."""
    starts = ("2020-02-29T00:00:00+09:00", "2020-02-28T15:00:00Z")
    scenarios = (scenario_of(laid_over(ONE, {"period": {"start": t}}), tmp_path) for t in starts)
    japan, utc = (run(each, name="clock", cache=Cache(None)).plan for each in scenarios)
    assert japan.value == utc.value
    assert [(s.takeoff, s.visits) for s in japan.sorties] == [
        (s.takeoff, s.visits) for s in utc.sorties
    ]


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
