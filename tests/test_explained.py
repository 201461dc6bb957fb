"""Every cell of value is searched or explained, in shipped scenarios and in random ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.cache import Cache
from planner.errors import PlanError, PlannerError
from planner.pipeline import run
from planner.scenario import read_scenario
from tests.random_scenarios import random_scenario

if TYPE_CHECKING:
    from planner.plan import Plan

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


def unexplained(plan: Plan) -> list[str]:
    """Return the cells where transfers are expected, nobody looks, and nothing is said."""
    searched = {visit.cell for sortie in plan.sorties for visit in sortie.visits}
    return [
        cell.id
        for cell in plan.cells
        if cell.transfers > 0
        and cell.id not in searched
        and not (cell.reason and cell.reason.text and cell.reason.change)
    ]


def left_out(seed: int, folder: Path) -> int:
    """Plan a random scenario; return how many cells are explained, all of those not searched."""
    scenario = random_scenario(np.random.default_rng(seed), folder)
    try:
        plan = run(scenario, name="random", cache=Cache(folder / "kept")).plan
    except PlanError:
        raise
    except PlannerError:
        return 0  # refused with a reason
    assert unexplained(plan) == [], seed
    return sum(cell.reason is not None for cell in plan.cells)


def test_random_scenarios_are_explained(tmp_path: Path) -> None:
    """A few scenarios of all sorts leave no cell without a reason."""
    assert sum(left_out(seed, tmp_path) for seed in range(10_000, 10_006)) > 0


@pytest.mark.nightly
@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_random_scenarios_are_explained(hundred: int, tmp_path: Path) -> None:
    """Nor do a thousand."""
    assert sum(left_out(10_000 + 100 * hundred + each, tmp_path) for each in range(100)) > 0


@pytest.mark.nightly
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_are_explained(path: Path) -> None:
    """Every cell of value of every shipped scenario is searched or has its reason."""
    scenario = read_scenario(path, settings=("solver.seconds=2",))
    plan = run(scenario, name=path.stem, cache=Cache(None)).plan
    assert unexplained(plan) == []
