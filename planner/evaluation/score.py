"""Score a hand-made plan: what it breaks, what it is worth, what to change first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.evaluation.breaches import breaches
from planner.evaluation.changes import Change, best_changes
from planner.evaluation.flown import fly
from planner.evaluation.handmade import as_plan
from planner.tracks import Drawn, Stop

if TYPE_CHECKING:
    from planner.pipeline import Run
    from planner.plan import Plan
    from planner.scenario.model import Scenario
    from planner.tracks import Drawing

QUICK_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """
    A hand-made plan beside the planner's.

    Parameters
    ----------
    mine
        The hand-made plan, valued on the same surface with the same sensor.
    theirs
        The planner's plan.
    breaches
        Rules the hand-made plan breaks, in words.
    changes
        Single changes that gain most, best first.
    notes
        What of the file was not used.
    """

    mine: Plan
    theirs: Plan
    breaches: tuple[str, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def score(drawing: Drawing, run: Run, *, name: str, most: int = 5) -> Score:
    """
    Score a hand-made plan on the surface and with the sensor of a run.

    A plan that breaks rules is valued as if it were flown all the same.

    Parameters
    ----------
    drawing
        As read.
    run
        The run of the scenario; its plan is put beside.
    name
        Name of the hand-made plan.
    most
        How many changes to propose.

    Raises
    ------
    PlanError
        When an aircraft, cell or take-off of the drawing cannot be told.
    """
    flights = fly(drawing.sorties, run)
    mine = as_plan(flights, run, name=name, title=f"{name}, by hand")
    return Score(
        mine=mine,
        theirs=run.plan,
        breaches=tuple(breaches(mine, flights, run)),
        changes=tuple(best_changes(flights, fly(drawn_of(run.plan), run), run, most=most)),
        notes=drawing.notes,
    )


def drawn_of(plan: Plan) -> tuple[Drawn, ...]:
    """Return the sorties of a plan as if somebody had drawn them."""
    return tuple(
        Drawn(
            name=sortie.id,
            where=plan.name,
            words=(sortie.aircraft,),
            takeoff=sortie.takeoff,
            landing=sortie.landing,
            recovery=sortie.recovery,
            stops=tuple(
                Stop(where=plan.name, cell=visit.cell, dwell_h=visit.dwell_h, start=visit.start)
                for visit in sortie.visits
            ),
        )
        for sortie in plan.sorties
    )


def with_quick_solver(scenario: Scenario) -> Scenario:
    """Return a scenario that is solved at once, for when a better plan is at hand already."""
    terms = {"name": "greedy", "seconds": QUICK_S, "bound_seconds": 0.0, "explain_seconds": 0.0}
    return scenario.model_copy(update={"solver": scenario.solver.model_copy(update=terms)})


def beside(run: Run, plan: Plan) -> Run:
    """Return a run with another plan of the same scenario in place of its own."""
    return replace(run, plan=plan)
