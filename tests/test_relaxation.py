"""When nothing can be flown, the reader is told which limits must give way."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.cache import Cache
from planner.evaluation.relaxation import limits, loosened, relaxation, to_relax, unkept
from planner.flyable import flyable
from planner.pipeline import run
from planner.rules import broken_rules
from planner.scenario.model import Scenario
from planner.scenario.model import Solver as Terms
from planner.solving import search_on
from tests.instances import brute_force, tiny
from tests.random_scenarios import ONE, laid_over

if TYPE_CHECKING:
    from pathlib import Path

    from planner.problem import Problem

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


def test_files_of_airspace_give_way_one_by_one(tmp_path: Path) -> None:
    """Of two files the one that closes the station is named; who drops the other flies no more."""
    for name, lon in (("round-naha", 127.6), ("far-away", 150.0)):
        ring = [[lon - 1, 25.5], [lon + 1, 25.5], [lon + 1, 27], [lon - 1, 27], [lon - 1, 25.5]]
        fields = {"id": name, "name": name, "rule": "closed", "source": "drawn by hand"}
        feature = {"type": "Feature", "properties": fields,
                   "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
        drawn = json.dumps({"type": "FeatureCollection", "features": [feature]})
        (tmp_path / f"{name}.geojson").write_text(drawn, encoding="utf-8")
    names = ["far-away.geojson", "round-naha.geojson"]
    stuck = scenario(tmp_path, {"airspace": {"files": names}})
    fly = partial(flyable, cache=Cache(tmp_path / "cache"))
    (found,) = to_relax(stuck, fly)
    assert (found.where, found.found) == ("airspace.files", "round-naha.geojson")
    assert loosened(stuck, relaxation(stuck, fly)).airspace.files == ("far-away.geojson",)


def test_nothing_is_named_when_nothing_would_help(tmp_path: Path) -> None:
    """A reason that is no limit of the scenario is not put down to one."""
    assert relaxation(scenario(tmp_path), lambda _: False) == ()


def test_limits_that_are_loose_already_are_not_tried(tmp_path: Path) -> None:
    """Only what binds is loosened: the plain scenario keeps its own values."""
    plain = scenario(tmp_path)
    kept = [limit for limit in limits(plain) if limit.value == limit.loose]
    assert loosened(plain, kept) == plain


@pytest.mark.parametrize("seed", range(8))
def test_no_ordered_look_is_set_aside_to_spare(seed: int) -> None:
    """Brute force finds a plan that makes all other looks, and none that makes one more of them."""
    problem = tiny(seed)
    ordered = replace(problem, required=all_at_once(problem))
    again = partial(search_on, terms=Terms(seconds=5), seed=seed)
    rows, found = unkept(ordered, again(ordered, ()), again)
    eased = replace(ordered, required=np.delete(ordered.required, rows, axis=0))
    assert broken_rules(eased, found.routes) == []
    for row in rows:
        others = [each for each in rows if each != row]
        harder = replace(ordered, required=np.delete(ordered.required, others, axis=0))
        assert brute_force(harder) == (0.0, ())


def all_at_once(problem: Problem) -> np.ndarray:
    """Return orders to search, within an hour, each cell that can be searched then."""
    _, best = brute_force(problem)
    hour = min(hour for looks in problem.looks(best).values() for hour, _ in looks)
    rows = [[cell, hour - 0.5, hour + 0.5] for cell in range(problem.cells)]
    alone = [brute_force(replace(problem, required=np.array([row])))[1] for row in rows]
    return np.array([row for row, routes in zip(rows, alone, strict=True) if routes])


def test_a_run_that_can_fly_nothing_says_what_to_relax(tmp_path: Path) -> None:
    """It is told in the plan and in its notes; a plan that flies has neither."""
    plan = run(scenario(tmp_path, CLOSED), name="stuck", cache=Cache(None), relax=True).plan
    assert [each.where for each in plan.relaxed] == ["stations.naha.open"]
    assert "Nothing can be flown" in plan.notes[0]
    assert (plan.sorties, plan.status) == ((), "empty")
    opened = scenario(tmp_path, CLOSED, {"stations": {"naha": {"open": True}}})
    assert run(opened, name="free", cache=Cache(None), relax=True).plan.relaxed == ()
