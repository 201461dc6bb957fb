"""Every solver's routes may be flown, are worth what it says, and reach the best on small ones."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import FaultsError
from planner.problem import Look, Problem, Route
from planner.rules import broken_rules
from planner.solvers import greedy, local_search, master, routing, search
from planner.solvers.kernels import flatten
from planner.solvers.top import read_patrol_day, read_top
from planner.solvers.watch import Watch
from tests.instances import brute_force, build, one_cell, tiny

if TYPE_CHECKING:
    from pathlib import Path

SEARCHES = {"local_search": local_search, "search": search}
SOLVERS: dict[str, Any] = {"greedy": greedy, "routing": routing, **SEARCHES}
TINY = st.integers(0, 10**6)


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("seed", range(12))
def test_routes_may_be_flown_and_are_worth_what_is_said(name: str, seed: int) -> None:
    """No rule is broken, and the value is the true one, never below greedy's."""
    problem = tiny(seed)
    result = SOLVERS[name].solve(
        problem, seconds=60.0 if name != "routing" else 0.6, iterations=200
    )
    assert broken_rules(problem, result.routes) == []
    assert result.value == pytest.approx(problem.value(result.routes))
    assert result.value >= greedy.solve(problem, seconds=60.0).value - 1e-9


@pytest.mark.parametrize("seed", range(100, 160))
def test_ruin_and_recreate_finds_what_brute_force_finds(seed: int) -> None:
    """On problems of a few cells the search reaches the best value there is."""
    problem = tiny(seed)
    best, _ = brute_force(problem)
    result = local_search.solve(problem, seconds=60.0, iterations=12000)
    assert result.value == pytest.approx(best, abs=1e-9)


@given(seed=TINY)
@settings(max_examples=20, deadline=None)
def test_no_solver_beats_brute_force(seed: int) -> None:
    """A value above the best there is would be a lie."""
    problem = tiny(seed)
    best, _ = brute_force(problem)
    result = local_search.solve(problem, seconds=60.0, iterations=400)
    assert greedy.solve(problem, seconds=60.0).value - 1e-9 <= result.value <= best + 1e-9
    assert broken_rules(problem, result.routes) == []


@given(seed=TINY, more_h=st.floats(0.1, 1.0))
@settings(max_examples=6, deadline=None)
def test_longer_endurance_never_lowers_the_best(seed: int, more_h: float) -> None:
    """What could be flown can still be flown."""
    problem = tiny(seed)
    slots = replace(problem.slots, endurance_h=problem.slots.endurance_h + more_h * 0.2)
    assert brute_force(replace(problem, slots=slots))[0] >= brute_force(problem)[0] - 1e-9


@given(seed=TINY)
@settings(max_examples=15, deadline=None)
def test_renumbering_cells_leaves_the_best_alone(seed: int) -> None:
    """The order in which cells are listed means nothing."""
    problem = tiny(seed)
    found = local_search.solve(problem, seconds=60.0, iterations=8000).value
    turned = local_search.solve(renumbered(problem), seconds=60.0, iterations=8000).value
    assert turned == pytest.approx(found, abs=1e-9)


def renumbered(problem: Problem) -> Problem:
    """Return the problem with its cells listed backwards."""
    back = np.arange(problem.cells)[::-1]
    points = np.array([*back, *range(problem.cells, problem.distance_nm.shape[1])])
    return replace(
        problem,
        rate_per_h=problem.rate_per_h[back],
        under_way=problem.under_way[back],
        condition=problem.condition[back],
        pod=problem.pod[:, back],
        dwell_h=problem.dwell_h[:, back],
        distance_nm=problem.distance_nm[:, points][:, :, points],
        price_per_h=problem.price_per_h[back],
        allowed=problem.allowed[:, back],
    )


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("seed", [4, 9])
def test_iterations_alone_decide_whatever_the_threads(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread or four, the same seed and steps give the same routes."""
    problem, found = tiny(seed), []
    for count in (1, 4):
        monkeypatch.setattr(local_search, "cores", lambda count=count: count)
        monkeypatch.setattr(search, "cores", lambda count=count: count)
        found.append(SOLVERS[name].solve(problem, seconds=60.0, iterations=600, seed=7).routes)
    assert found[0] == found[1]


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"under_way": np.zeros((1, 1)), "rate_per_h": np.zeros((1, 1))}, "no transfers"),
        ({"allowed": np.zeros((1, 1), bool)}, "no sortie may search"),
        ({"endurance_h": 1.5}, "no sortie can reach"),
        ({"last_takeoff_h": -1.0}, "window ever opens"),
        ({"distance_nm": np.array([[[0, np.inf], [np.inf, 0]]])}, "no sortie can reach"),
        ({"price_per_h": np.array([9.0])}, "worth its price"),
    ],
)
def test_hopeless_problems_get_an_empty_plan_and_a_reason(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    """Nothing to gain is an answer, not a failure."""
    result = SOLVERS[name].solve(one_cell(**changes), seconds=0.5)
    assert (result.routes, result.status) == ((), "empty")
    assert reason in result.reason


def test_no_slots_at_all_is_empty() -> None:
    """A fleet without sorties is told so."""
    none = one_cell(earliest_h=np.zeros(0), allowed=np.zeros((0, 1), bool))
    assert search.solve(none, seconds=0.5).reason == "there is no sortie to fly"


def test_stop_returns_the_best_so_far() -> None:
    """Told to stop, the search gives what it has and says so."""
    result = search.solve(tiny(9), seconds=30.0, stop=lambda: True)
    assert result.status == "interrupted" or result.routes == ()


@pytest.mark.parametrize("told", [False, True])
def test_no_sortie_stays_at_home_for_want_of_time(
    monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    """On a clock that stands still after the last second, or told to stop, each day is flown."""
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    problem = one_cell(earliest_h=np.arange(5.0) * 24)
    watch = Watch(seconds=60.0 * told, began=now, stop=lambda: told)
    routes = greedy.built(problem, flatten(problem), watch)
    assert [route.slot for route in routes] == [0, 1, 2, 3, 4]
    assert broken_rules(problem, routes) == []


def test_fixed_routes_are_flown_as_they_are() -> None:
    """A pinned sortie stays, however poor."""
    pinned = Route(0, 3.0, (Look(0, 0),))
    problem = one_cell(fixed=(pinned,), earliest_h=np.zeros(2))
    for solver in SOLVERS.values():
        routes = solver.solve(problem, seconds=0.5, iterations=100).routes
        assert pinned in routes
        assert broken_rules(problem, routes) == []


def test_required_looks_happen_when_they_can() -> None:
    """A look ordered late in the day is made, though an earlier one is as good."""
    problem = one_cell(required=np.array([[0.0, 15.0, 16.0]]), takeoff_step_h=1.0)
    result = local_search.solve(problem, seconds=20.0, iterations=4000)
    assert broken_rules(problem, result.routes) == []


def test_two_aircraft_never_meet_where_that_is_forbidden() -> None:
    """Exclusive cells are searched one after the other."""
    problem = one_cell(earliest_h=np.zeros(2), exclusive=True, last_takeoff_h=2.0)
    result = search.solve(problem, seconds=20.0, iterations=2000)
    assert broken_rules(problem, result.routes) == []
    assert len(result.routes) == 2


def test_set_packing_finds_the_pair_hidden_in_a_pool() -> None:
    """From sorties that are each good, it takes the two that do not look at the same cells."""
    line = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))[None]
    problem = build(
        under_way=np.array([[4.0], [3.0], [3.0], [4.0]]),
        rate_per_h=np.zeros((4, 1)),
        decay_per_h=0.0,
        pod=np.ones((1, 4, 1, 1)),
        dwell_h=np.ones((1, 4, 1)),
        distance_nm=line,
        earliest_h=np.zeros(2),
    )
    pool = tuple(
        Route(0, 0.0, (Look(one, 0), Look(other, 0))) for one, other in [(0, 1), (1, 2), (2, 3)]
    )
    start = (Route(0, 0.0, (Look(1, 0), Look(2, 0))),)
    routes = master.recombine(problem, flatten(problem), pool, start, seconds=5.0)
    assert problem.value(routes) == pytest.approx(14.0)
    assert broken_rules(problem, routes) == []


def test_two_weeks_are_searched_window_by_window() -> None:
    """Sixteen days of one aircraft obey budget and rest and beat greedy."""
    days = np.arange(16.0) * 24
    problem = build(
        under_way=np.array([[3.0], [2.0], [1.0]]),
        rate_per_h=np.array([[1.5], [1.0], [0.5]]),
        decay_per_h=0.5,
        pod=np.full((1, 3, 1, 1), 0.5),
        dwell_h=np.full((1, 3, 1), 0.5),
        distance_nm=np.array(
            [[0, 50, 60, 90], [50, 0, 40, 80], [60, 40, 0, 70], [90, 80, 70, 0.0]]
        )[None],
        aircraft=np.zeros(16, np.int64),
        earliest_h=days,
        last_takeoff_h=days + 12,
        crews=1,
        rest_h=20.0,
        budget_h=30.0,
    )
    result = search.solve(problem, seconds=60.0, iterations=3000)
    assert broken_rules(problem, result.routes) == []
    assert result.value >= greedy.solve(problem, seconds=5.0).value


def test_team_orienteering_files_are_read_as_they_stand(tmp_path: Path) -> None:
    """Two points of ten on a line, and room for both."""
    file = tmp_path / "line.txt"
    file.write_text("n 4\nm 1\ntmax 3.0\n0 0 0\n1 0 10\n2 0 10\n3 0 0\n", encoding="utf-8")
    result = search.solve(read_top(file), seconds=20.0, iterations=400)
    assert result.value == pytest.approx(20.0)


def test_faults_of_a_team_orienteering_file_come_together(tmp_path: Path) -> None:
    """Each bad line is named with what it should hold."""
    file = tmp_path / "bad.txt"
    file.write_text("n 3\nm two\ntmax 3.0\n0 0 0\n1 0 -10\n3 0\n", encoding="utf-8")
    with pytest.raises(FaultsError) as error:
        read_top(file)
    assert [fault.where.rsplit(":", 1)[1] for fault in error.value.faults] == ["2", "5", "6"]


def test_a_patrol_day_is_read_as_falling_values(tmp_path: Path) -> None:
    """Two sorties over one cell see its first and its second value."""
    file = tmp_path / "day.json"
    hours = [[[0, 9, 1], [1, 0, 0], [9, 9, 0]]]
    day = {"value": [[4.0, 1.0]], "hours": hours, "sortie_class": [0, 0], "endurance_h": [3, 3]}
    file.write_text(json.dumps(day), encoding="utf-8")
    result = search.solve(read_patrol_day(file), seconds=20.0, iterations=400)
    assert result.value == pytest.approx(5.0)
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(FaultsError, match="patrol-day 1"):
        read_patrol_day(file)
