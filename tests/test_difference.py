"""What changed between two plans, in words and numbers that can be counted again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from planner.commands.diff import command
from planner.evaluation.difference import difference
from planner.evaluation.recount import Recount
from planner.outputs.folder import plan_json
from tests.plans import small_plan

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan, Sortie


def rated(plan: Plan) -> Plan:
    """Return a plan whose cells have rates, so that its visits can be valued."""
    cells = tuple(
        cell.model_copy(update={"rate_per_h": cell.transfers / 24}) for cell in plan.cells
    )
    return plan.model_copy(update={"cells": cells})


PLAN = rated(small_plan())


def with_first(change: dict[str, object]) -> Plan:
    first = PLAN.sorties[0].model_copy(update=change)
    return PLAN.model_copy(update={"sorties": (first, *PLAN.sorties[1:])})


def without(sortie: Sortie, cell: str) -> tuple[object, object]:
    """Return the visits and legs of a sortie less those of a cell."""
    kept = [n for n, visit in enumerate(sortie.visits) if visit.cell != cell]
    legs = (*(sortie.legs[n] for n in kept), sortie.legs[-1])
    return tuple(sortie.visits[n] for n in kept), legs


def test_the_same_plan_differs_in_nothing() -> None:
    """Only the headline is left."""
    (line,) = difference(PLAN, PLAN)
    assert "(+0.0 %)" in line


def test_a_later_takeoff_is_told_in_minutes() -> None:
    """Twenty minutes are twenty minutes, whatever else is the same."""
    later = with_first({"takeoff": PLAN.sorties[0].takeoff + timedelta(minutes=20)})
    assert difference(PLAN, later)[1] == f"S01 {PLAN.sorties[0].aircraft}: takes off 20 min later"
    assert "20 min earlier" in difference(later, PLAN)[1]


def test_a_dropped_visit_has_its_price_and_comes_back_as_added() -> None:
    """The share is what the plan loses without the visit, counted from the plan alone."""
    first = PLAN.sorties[0]
    cell = first.visits[0].cell
    visits, legs = without(first, cell)
    changed = with_first({"visits": visits, "legs": legs})
    count = Recount(PLAN)
    lost = 100 * (count.total - Recount(changed).total) / count.total
    assert f"drops {cell} (−{lost:.1f} %)" in difference(PLAN, changed)[1]
    assert f"adds {cell} (+" in difference(changed, PLAN)[1]


def test_sorties_are_matched_by_aircraft_and_day() -> None:
    """A sortie that is gone, and one that is new, are told with their cells and worth."""
    gone = PLAN.model_copy(update={"sorties": PLAN.sorties[1:]})
    first = PLAN.sorties[0]
    lost = 100 * Recount(PLAN).worth([("S01", n) for n in range(len(first.visits))])
    share = f"(−{lost / Recount(PLAN).total:.1f} %)"
    line = difference(PLAN, gone)[1]
    assert line.startswith(f"S01 {first.aircraft} on 17 Feb is not flown: ")
    assert line.endswith(share)
    assert "is new" in difference(gone, PLAN)[1]


def test_another_order_is_a_difference() -> None:
    """The same cells for the same time, the other way round."""
    first = PLAN.sorties[0]
    turned = with_first({"visits": first.visits[::-1]})
    assert "searches in another order" in difference(PLAN, turned)[1]


def test_other_expectations_are_told_apart_from_other_sorties() -> None:
    """When the surface changed too, the second plan is also counted on the first one's."""
    cells = tuple(
        cell.model_copy(update={"rate_per_h": 2 * cell.rate_per_h}) for cell in PLAN.cells
    )
    richer = PLAN.model_copy(update={"cells": cells})
    headline, surfaces = difference(PLAN, richer)
    assert "(+100.0 %)" in headline
    assert "(+0.0 %)" in surfaces


def test_visits_of_one_cell_are_worth_less_together_than_apart() -> None:
    """What is lost without both visits is at least what each loses alone."""
    count = Recount(PLAN)
    names = [(s.id, n) for s in PLAN.sorties for n in range(len(s.visits))]
    together = count.worth(names)
    assert together == pytest.approx(count.total)
    assert together >= sum(count.worth([name]) for name in names) - 1e-9


def test_the_command_prints_a_line_for_each_change(tmp_path: Path) -> None:
    """`planner diff A B` reads two files and speaks in words."""
    later = with_first({"takeoff": PLAN.sorties[0].takeoff + timedelta(minutes=20)})
    for name, plan in (("a", PLAN), ("b", later)):
        (tmp_path / name).write_text(plan_json(plan), encoding="utf-8")
    done = CliRunner().invoke(command, [str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.exit_code == 0
    assert "takes off 20 min later" in done.output
