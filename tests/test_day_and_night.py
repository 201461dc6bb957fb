"""Crews of the day, and transfers of the night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.cache import Cache
from planner.pipeline import run
from tests.random_scenarios import ONE, laid_over, scenario_of

if TYPE_CHECKING:
    from pathlib import Path

DAY = ["06:30:00", "18:30:00"]
FLAT = [1.0] * 24
BY_NIGHT = [1.0] * 4 + [0.0] * 16 + [1.0] * 4


def seen(folder: Path, hours: list[str] | None, profile: list[float]) -> float:
    """Return the transfers that the best plan sees."""
    change = {"aircraft": {"d0": {"hours": hours, "sorties_per_day": 2, "crews": 3}},
              "demand": {"profile": profile}, "period": {"days": 2}}  # fmt: skip
    scenario = scenario_of(laid_over(ONE, change), folder)
    return run(scenario, name="night", cache=Cache(folder)).plan.value.transfers


def test_a_day_only_fleet_is_worth_less_the_more_happens_by_night(tmp_path: Path) -> None:
    """With all transfers begun from 20 to 4 h it sees a fraction of what others see."""
    by_day, at_any_time = seen(tmp_path, DAY, FLAT), seen(tmp_path, None, FLAT)
    assert by_day <= at_any_time + 1e-9
    by_day_of_night = seen(tmp_path, DAY, BY_NIGHT)
    assert by_day_of_night < 0.5 * seen(tmp_path, None, BY_NIGHT)
    assert by_day_of_night < 0.5 * by_day
