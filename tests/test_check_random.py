"""Random and extreme scenarios through the whole stream: whatever is asked for, the plan holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.random_scenarios import (
    EXTREMES,
    LARGE,
    ONE,
    laid_over,
    random_scenario,
    scenario_of,
    trouble,
)

if TYPE_CHECKING:
    from pathlib import Path

BOUND_S = 2.0


@pytest.mark.parametrize("seed", range(30))
def test_a_random_scenario_has_a_plan_that_holds(seed: int, tmp_path: Path) -> None:
    """Check, rules, greedy, bound (every tenth) and simulation agree; the nightly run has more."""
    scenario = random_scenario(np.random.default_rng(seed), tmp_path)
    assert trouble(scenario, bound_s=BOUND_S if seed % 10 == 0 else 0.0) is None


@pytest.mark.parametrize("name", EXTREMES)
def test_an_extreme_scenario_has_a_plan_that_holds(name: str, tmp_path: Path) -> None:
    """One cell, no demand, a million, poles, antimeridian, leap days and midnight."""
    assert trouble(scenario_of(laid_over(ONE, EXTREMES[name]), tmp_path)) is None


@pytest.mark.nightly
@pytest.mark.parametrize("name", LARGE)
def test_a_large_scenario_has_a_plan_that_holds(name: str, tmp_path: Path) -> None:
    """Two thousand cells, two hundred sorties, thirty days."""
    assert trouble(scenario_of(laid_over(ONE, LARGE[name]), tmp_path)) is None


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(0, 10_000, 100))
def test_a_hundred_random_scenarios_hold(first: int, tmp_path: Path) -> None:
    """The long form, ten thousand in all; other seeds give as many more as one likes."""
    wrong = {}
    for seed in range(first, first + 100):
        scenario = random_scenario(np.random.default_rng(seed), tmp_path)
        wrong[seed] = trouble(scenario, bound_s=BOUND_S if seed % 10 == 0 else 0.0)
    assert {seed: each for seed, each in wrong.items() if each} == {}
