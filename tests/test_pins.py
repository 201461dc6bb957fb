"""Standing orders: kept by every solver, proved by the check, refused when they cannot be."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from planner.cache import Cache
from planner.check import check
from planner.commands.why import command
from planner.errors import PlanError, ScenarioError
from planner.outputs.folder import plan_json
from planner.outputs.tables import sorties_csv
from planner.pins import (
    keep_orders,
    lifted,
    reachable,
    routes_of,
    translated,
    warning,
    without_orders,
)
from planner.pipeline import run
from planner.recalling import recall
from planner.rules import broken_rules
from planner.scenario import read_scenario
from planner.scenario.model import Pins
from planner.solving import solver
from tests.instances import brute_force, tiny
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path

    from planner.pipeline import Run
    from planner.scenario.model import Scenario

START = datetime(2020, 2, 16, 15, tzinfo=UTC)
DAYS = ("2020-02-17", "2020-02-18")
QUICK = ("solver.iterations=40", "hotspots.surfaces=0", "hotspots.estimator=uniform")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of the small theatre without orders."""
    scenario = read_scenario(small(tmp_path_factory.mktemp("plain")), settings=QUICK)
    return run(scenario, name="plain", cache=Cache(None))


def ordered(plain: Run, **pins: object) -> Scenario:
    """Return the small theatre's scenario with orders."""
    orders = Pins.model_validate(pins)
    return plain.scenario.model_copy(update={"pins": orders})


def refused(plain: Run, **pins: object) -> str:
    """Return how orders are refused."""
    with pytest.raises(ScenarioError) as refusal:
        keep_orders(ordered(plain, **pins), plain.theatre, plain.formulation)
    return str(refusal.value)


def set_aside(plain: Run, **pins: object) -> str:
    """Return which orders are set aside, and why."""
    kept = keep_orders(ordered(plain, **pins), plain.theatre, plain.formulation)
    return "; ".join(f"{each.where}: {each.why}" for each in kept.aside)


def as_pin(plain: Run, number: int) -> dict[str, object]:
    """Return an order to fly one of the plan's sorties as it is."""
    sortie = plain.plan.sorties[number]
    visits = [{"cell": v.cell, "dwell_h": round(v.dwell_h, 6)} for v in sortie.visits]
    return {"aircraft": sortie.aircraft, "takeoff": sortie.takeoff, "visits": visits,
            "recovery": sortie.recovery}  # fmt: skip


def test_a_plan_is_known_again_by_its_names(plain: Run) -> None:
    """Sorties read back from a plan are the solver's routes, and worth as much to the bit."""
    assert routes_of(plain.plan, plain.theatre, plain.formulation) == tuple(
        sorted(plain.result.routes, key=lambda route: route.slot)
    )
    again = recall(plain.plan, plain.scenario, Cache(None))
    assert again.formulation.problem.value(again.routes) == pytest.approx(
        plain.plan.value.score, rel=1e-12
    )
    home = translated(again.routes, again.formulation, plain.formulation)
    assert set(home) == set(again.routes)


def test_ordered_sorties_and_looks_are_flown_and_pass_the_check(plain: Run) -> None:
    """A sortie as it is, a cell at its time, a cell never, an airframe grounded: all are kept."""
    flown = {visit.cell for sortie in plain.plan.sorties for visit in sortie.visits}
    first = plain.plan.sorties[0]
    ids = [plain.theatre.grid.ids[cell] for cell in plain.formulation.cells]
    wanted = next(
        name
        for name in ids
        if reachable(plain.formulation.problem, ids.index(name), 30.0, 40.0).any()
        and name not in {visit.cell for visit in first.visits}
    )
    never = min(flown - {visit.cell for visit in first.visits} - {wanted})
    scenario = ordered(
        plain,
        sorties=[as_pin(plain, 0)],
        looks=[{"cell": wanted, "from_time": START + timedelta(hours=30),
                "to_time": START + timedelta(hours=40)}],
        never=[never],
        grounded=[{"aircraft": "p3c-naha-2", "day": "2020-02-18"}],
    )  # fmt: skip
    kept = run(scenario, name="kept", cache=Cache(None))
    assert check(kept.plan, scenario) == ()
    assert broken_rules(kept.formulation.problem, kept.result.routes) == []
    assert any(sortie.pinned for sortie in kept.plan.sorties)
    reason = next(cell.reason for cell in kept.plan.cells if cell.id == never)
    assert reason is not None
    assert (reason.code, reason.change) == ("pinned", f"Taking {never} out of pins.never.")


@pytest.mark.parametrize("name", ["greedy", "search"])
def test_every_solver_keeps_orders(name: str) -> None:
    """Fixed sorties are flown as they are; a look that must happen, happens."""
    for seed in range(12):
        problem = tiny(seed)
        _, best = brute_force(problem)
        if not best:
            continue
        bound = replace(problem, fixed=best[:1])
        found = solver(name)(bound, seconds=5, iterations=100)
        assert best[0] in found.routes
        assert broken_rules(bound, found.routes) == []


def test_an_ordered_look_happens_where_brute_force_finds_one() -> None:
    """The search keeps a required look wherever some plan does."""
    for seed in range(12):
        problem = tiny(seed)
        _, best = brute_force(problem)
        looks = problem.looks(best)
        cell = next((c for c in range(problem.cells) if c in looks), None)
        if cell is None:
            continue
        hour = looks[cell][0][0]
        row = np.array([[cell, hour - 0.01, hour + 0.01]])
        bound = replace(problem, required=row)
        found = solver("search")(bound, seconds=5, iterations=200, start=best)
        assert broken_rules(bound, found.routes) == []


def test_orders_that_make_no_sense_are_refused_with_the_nearest_right_name(plain: Run) -> None:
    """Each wrong order is a fault of its own: where, what was found, what was expected."""
    cell = plain.plan.sorties[0].visits[0].cell
    pin = as_pin(plain, 0)
    takeoff = plain.plan.sorties[0].takeoff
    assert f"did you mean '{cell}'?" in refused(plain, never=[f"{cell}0"])
    assert f"did you mean '{cell}'?" in refused(plain, looks=[look(f"{cell}0", 1, 30)])
    assert "within the period" in refused(plain, looks=[look(cell, 40, 80)])
    assert "a day from 2020-02-17" in refused(
        plain, grounded=[{"aircraft": "p3c-naha-1", "day": "2020-03-01"}]
    )
    assert "one of rules.dwell_h" in refused(
        plain, sorties=[pin | {"visits": [{"cell": cell, "dwell_h": 0.7}]}]
    )
    both = refused(plain, never=["XX"], sorties=[pin | {"takeoff": takeoff + timedelta(days=9)}])
    assert len(both.splitlines()) == 2
    assert "may take off" in both


def test_orders_that_cannot_be_kept_are_set_aside_with_the_reason(plain: Run) -> None:
    """A closed cell, an hour too early, a forbidden cell, a second sortie of one aircraft."""
    cell = plain.plan.sorties[0].visits[0].cell
    closed = next(c.id for c in plain.plan.cells if c.reason and c.reason.code == "legal")
    pin, takeoff = as_pin(plain, 0), plain.plan.sorties[0].takeoff
    assert "lawfully" in set_aside(plain, looks=[look(closed, 1, 30)])
    assert "no aircraft can reach it" in set_aside(plain, looks=[look(cell, 0, 0.1)])
    assert "multiple of 30 min" in set_aside(
        plain, sorties=[pin | {"takeoff": takeoff + timedelta(minutes=7)}]
    )
    assert "pins.sorties[0]: " in set_aside(plain, sorties=[pin], never=[cell])
    assert "looks[0]: " in set_aside(plain, looks=[look(cell, 1, 30)], never=[cell])
    late = pin | {"takeoff": takeoff + timedelta(hours=1)}
    told = set_aside(plain, sorties=[pin, late])
    assert told.startswith("pins.sorties[1]: ")
    assert "cannot take off then" in told
    assert set_aside(plain, sorties=[late]) == ""


def test_a_plan_sets_aside_the_fewest_orders_and_says_so(plain: Run) -> None:
    """Two cells at the same half hour by one aircraft: one is searched, the other is set aside."""
    far_apart = two_at_once(plain)
    scenario = ordered(plain, looks=far_apart, grounded=all_but_one(plain))
    partial = run(scenario, name="partial", cache=Cache(None)).plan
    (aside,) = partial.relaxed
    assert aside.where in {"pins.looks[0]", "pins.looks[1]"}
    assert partial.status == "partial"
    assert aside.where in partial.notes[0]
    assert check(partial, scenario) == ()
    assert check(partial.model_copy(update={"relaxed": ()}), scenario) != ()
    header, *rows = csv.reader(io.StringIO(sorties_csv(partial)))
    assert header[-1] == "orders_set_aside"
    assert {row[-1] for row in rows} == {f"{aside.where}: {aside.found}"}
    eased = lifted(scenario, partial.relaxed)
    whole = run(eased, name="whole", cache=Cache(None)).plan
    assert (whole.relaxed, whole.status) == ((), "feasible")
    assert check(whole, eased) == ()
    assert recall(partial, scenario, Cache(None)).routes


def two_at_once(plain: Run) -> list[dict[str, object]]:
    """Return orders to search two cells within half an hour, each reachable by itself."""
    problem, ids = plain.formulation.problem, plain.theatre.grid.ids
    cells = [c for c in range(problem.cells) if reachable(problem, c, 30.0, 30.5).any()]
    apart = problem.distance_nm[0][np.ix_(cells, cells)]
    one, other = np.unravel_index(np.where(np.isfinite(apart), apart, 0).argmax(), apart.shape)
    names = [ids[plain.formulation.cells[cells[each]]] for each in (one, other)]
    return [look(name, 30.0, 30.5) for name in names]


def all_but_one(plain: Run) -> list[dict[str, object]]:
    """Return orders that ground all airframes but the first on the second day."""
    frames = plain.formulation.airframes[1:]
    return [{"aircraft": frame, "day": day} for frame in frames for day in DAYS]


def look(cell: str, from_h: float, to_h: float) -> dict[str, object]:
    """Return an order to search a cell between two hours."""
    times = {"from_time": START + timedelta(hours=from_h), "to_time": START + timedelta(hours=to_h)}
    return {"cell": cell, **times}


def test_every_cell_of_a_run_is_searched_or_explained(plain: Run) -> None:
    """The plan gives a reason for each cell where transfers are expected and nobody looks."""
    searched = {visit.cell for sortie in plain.plan.sorties for visit in sortie.visits}
    for cell in plain.plan.cells:
        if cell.transfers > 0:
            assert (cell.reason is None) == (cell.id in searched)
    parts = sum(part.transfers for part in plain.plan.waterfall)
    assert parts == pytest.approx(plain.plan.value.total, rel=1e-9)


def test_the_command_tells_why_and_what_it_would_cost(tmp_path: Path) -> None:
    """Without a cell, the best left out; with one, its reason and price, or who searches it."""
    path, file = tmp_path / "plan.json", small(tmp_path)
    file.write_text(file.read_text("utf-8").replace("nm2 = 4000", "nm2 = 800"), encoding="utf-8")
    plan = run(read_scenario(file, settings=QUICK), name="fine", cache=Cache(None)).plan
    path.write_text(plan_json(plan), encoding="utf-8")
    searched = {visit.cell for sortie in plan.sorties for visit in sortie.visits}
    left = next(c.id for c in plan.cells if c.reason and c.reason.code != "legal")
    closed = next(c.id for c in plan.cells if c.reason and c.reason.code == "legal")
    scenario = ("--scenario", str(file), "--seconds", "0.5")
    assert "The best cells that are not searched" in told(str(path))
    assert "looked at but missed" in told(str(path))
    assert f"Searching {left} costs" in told(str(path), left, "--force", *scenario)
    assert "lawfully" in told(str(path), closed, *scenario)
    assert "There is nothing to force" in told(str(path), closed, "--force", *scenario)
    assert "is searched" in told(str(path), min(searched), *scenario)
    assert f"Never searching {min(searched)} costs" in told(
        str(path), min(searched), "--forbid", *scenario
    )
    with pytest.raises(PlanError, match="a cell of the plan"):
        told(str(path), "nowhere", *scenario)


def told(*arguments: str) -> str:
    """Return what `planner why` says, on one line."""
    ended = CliRunner().invoke(command, arguments, catch_exceptions=False)
    return " ".join(ended.output.split())


def test_dear_orders_warn_with_their_price_and_never_block(plain: Run) -> None:
    """Forbidding the best cells costs more than two per cent, which the plan says."""
    seen = sorted(plain.plan.cells, key=lambda cell: -cell.seen)
    scenario = ordered(plain, never=[cell.id for cell in seen[:6]])
    dear = run(scenario, name="dear", cache=Cache(None))
    told = [note for note in dear.plan.notes if "standing orders" in note]
    assert len(told) == 1
    assert not any("standing orders" in note for note in plain.plan.notes)


def test_the_warning_names_the_price_above_the_share_alone(plain: Run) -> None:
    """Two per cent by default; below it nothing is said."""
    assert warning(plain.scenario, lost=0.019, score=0.981) == ""
    assert "3.0 %" in warning(plain.scenario, lost=0.03, score=0.97)
    assert without_orders(ordered(plain, never=["A1"])).pins == Pins()


@pytest.mark.nightly
def test_explaining_by_steps_is_repeatable(plain: Run) -> None:
    """With an iteration limit, prices and what to ask for are the same to the byte."""
    terms = plain.scenario.solver.model_copy(update={"explain_seconds": 1.0})
    scenario = plain.scenario.model_copy(update={"solver": terms})
    one, other = (run(scenario, name="twice", cache=Cache(None)).plan for _ in "12")
    assert one.asks
    assert plan_json(one) == plan_json(other)
