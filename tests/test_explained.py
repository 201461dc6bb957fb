"""Every cell of value of the shipped scenarios is searched or explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.cache import Cache
from planner.pipeline import run
from planner.scenario import read_scenario
from tests.random_scenarios import unexplained

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


@pytest.mark.nightly
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_are_explained(path: Path) -> None:
    """No cell where transfers are expected is left out without a word."""
    scenario = read_scenario(path, settings=("solver.seconds=2", "solver.iterations=100"))
    plan = run(scenario, name=path.stem, cache=Cache(None)).plan
    assert unexplained(plan) == []
