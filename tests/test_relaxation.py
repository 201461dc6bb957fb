"""When nothing can be flown, the reader is told which limits must give way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from planner.cache import Cache
from planner.evaluation.relaxation import limits, loosened, relaxation
from planner.flyable import flyable
from planner.scenario.model import Scenario
from tests.random_scenarios import ONE, laid_over

if TYPE_CHECKING:
    from pathlib import Path

CLOSED = {"stations": {"naha": {"open": False}}}


def scenario(folder: Path, *changes: dict[str, Any]) -> Scenario:
    values: dict[str, Any] = ONE
    for change in changes:
        values = laid_over(values, change)
    return Scenario.model_validate(values).placed(folder, {})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([CLOSED], {"stations.naha.open"}),
        ([CLOSED, {"aircraft": {"d0": {"to_date": "2019-01-01"}}}],
         {"stations.naha.open", "aircraft.d0.to_date"}),
        ([{"aircraft": {"d0": {"budget_h": 0.5, "endurance_h": 1.8}}}],
         {"aircraft.d0.budget_h", "aircraft.d0.endurance_h"}),
        ([{"pins": {"grounded": [{"aircraft": "d0-1", "day": "2020-01-05"}]}}], {"pins.grounded"}),
        ([{"weather": {"default_state": 9}}], {"weather.default_state"}),
        ([{"demand": {"transfers_per_year": 0.0}}], {"demand.transfers_per_year"}),
    ],
)  # fmt: skip
def test_the_limits_that_must_give_way_are_named(
    changes: list[dict[str, Any]], told: set[str], tmp_path: Path
) -> None:
    """Loosening all of them makes it flyable, loosening all but one does not."""
    stuck, fly = scenario(tmp_path, *changes), partial(flyable, cache=Cache(tmp_path / "cache"))
    assert not fly(stuck)
    found = relaxation(stuck, fly)
    assert {".".join(map(str, limit.path)) for limit in found} == told
    assert fly(loosened(stuck, found))
    for limit in found:
        assert not fly(loosened(stuck, [each for each in found if each is not limit]))


def test_nothing_is_named_when_nothing_would_help(tmp_path: Path) -> None:
    """A reason that is no limit of the scenario is not put down to one."""
    assert relaxation(scenario(tmp_path), lambda _: False) == ()


def test_limits_that_are_loose_already_are_not_tried(tmp_path: Path) -> None:
    """Only what binds is loosened: the plain scenario keeps its own values."""
    plain = scenario(tmp_path)
    kept = [limit for limit in limits(plain) if limit.value == limit.loose]
    assert loosened(plain, kept) == plain
