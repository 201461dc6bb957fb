"""What the terminal says of a plan: why, at what cost, what would help, how far from best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from planner.outputs.explanation import best_missed, how_far, left_out, visits_of
from planner.plan import Ask, Part, Plan, Reason
from tests.plans import small_plan

if TYPE_CHECKING:
    from rich.console import RenderableType

PLAN = small_plan()
REASON = Reason(code="busy", text="All are busy.", change="One more sortie.")


def said(what: RenderableType) -> str:
    """Return what is printed, on one line."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(what)
    return " ".join(captured.get().split())


def left(**price: float) -> Plan:
    """Return the plan with one cell left out for a reason, at a price."""
    first, *others = (cell.model_copy(update={"reason": None}) for cell in PLAN.cells)
    cell = first.model_copy(update={"reason": REASON.model_copy(update=price)})
    return PLAN.model_copy(update={"cells": (cell, *others)})


def test_a_cost_that_was_not_solved_for_is_told_as_a_limit() -> None:
    """A price is a number, what one sortie edited costs is at most that, else nothing is said."""
    assert "≤ 0.0012" in said(left_out(left(at_most=0.00123)))
    assert "≤" not in said(left_out(left(price=0.0042)))
    assert "0.0042" in said(left_out(left(price=0.0042)))
    assert f"planner why <plan.json> {PLAN.cells[0].id} --force" in said(left_out(left()))


def test_what_to_ask_for_is_told_with_its_noise_or_how_to_know() -> None:
    """Confirmed gains bear their noise, estimates none; without either the way to them is told."""
    asks = (
        Ask(what="one more P-3C", gain=0.03, noise=0.002, how="solved again, 3 times"),
        Ask(what="one more P-1", gain=0.02, noise=0.0, how="estimated"),
    )
    told = said(left_out(PLAN.model_copy(update={"asks": asks})))
    assert "one more P-3C" in told
    assert "0.002 │ solved again, 3 times" in told
    assert "│ estimated" in told
    assert "Limit rises" not in told
    asks = (asks[0].model_copy(update={"proof": 0.041}), asks[1])
    told = said(left_out(PLAN.model_copy(update={"asks": asks})))
    assert "Limit rises" in told
    assert "│ 0.041 │" in told
    assert "solver.explain_seconds" in said(left_out(PLAN.model_copy(update={"asks": ()})))


def test_the_end_of_a_run_tells_why_the_best_cell_is_not_searched() -> None:
    """Of those that might be: one that is closed by law is not missed."""
    cells = sorted(PLAN.cells, key=lambda cell: -cell.transfers)
    reasons = [
        Reason(code=code, text=f"Why {code}.", change="This.") for code in ("legal", "endurance")
    ]
    two = tuple(
        cell.model_copy(update={"reason": each})
        for cell, each in zip(cells[:2], reasons, strict=True)
    )
    (told,) = best_missed(PLAN.model_copy(update={"cells": two}))
    assert f"{two[1].id} (" in told
    assert told.endswith("Why endurance. What would change it: This.")


def test_how_far_from_best_is_a_limit_or_the_way_to_one() -> None:
    """With a bound, the gap; without, what can be said all the same and how to prove more."""
    value = PLAN.value.model_copy(update={"bound": 2.0, "gap": 0.25, "score": 1.5})
    told = how_far(PLAN.model_copy(update={"value": value}))
    assert "at most 25.0 %" in told
    assert "solver.bound_seconds=60" in told
    tight = value.model_copy(update={"gap": 0.02, "transfers": 1.5})
    told = how_far(PLAN.model_copy(update={"value": tight}))
    assert told.endswith("No plan can see more than 2.000 transfers, this one sees 1.500.")
    bare = PLAN.model_copy(
        update={
            "value": value.model_copy(update={"bound": None, "gap": None}),
            "waterfall": (Part(what="out of range", transfers=9), Part(what="seen", transfers=3)),
        }
    )
    assert "solver.bound_seconds=60" in how_far(bare)
    assert "3.00 transfers that are lawfully in range" in how_far(bare)


def test_a_searched_cell_names_its_sorties_once_each() -> None:
    """All searches of a sortie are one line."""
    name = PLAN.sorties[0].visits[0].cell
    cell = next(each for each in PLAN.cells if each.id == name)
    told = said(visits_of(PLAN, cell))
    assert told.startswith(f"{name} is searched: ")
    assert told.count(f"{PLAN.sorties[0].id} (") == 1
