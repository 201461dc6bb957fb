"""Pose again the problem that a written plan answers, to ask more of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, PlanError
from planner.fleet import muster
from planner.formulation import formulate
from planner.pins import keep_orders, lifted, routes_of
from planner.theatre import lay_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.cache import Cache
    from planner.formulation import Formulation
    from planner.plan import Plan
    from planner.problem import Routes
    from planner.scenario.model import Scenario
    from planner.theatre import Theatre


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """
    What a plan says was believed: `planner.formulation.Believed`.

    Parameters
    ----------
    open_rate_per_h
        Transfers beginning per hour in each cell's searchable sea, shape (n,).
    profile
        Weight of each local solar hour, shape (24,).
    barrels
        Mean barrels of a transfer.
    """

    open_rate_per_h: NDArray[np.float64]
    profile: NDArray[np.float64]
    barrels: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A written plan's problem, posed again, and its sorties as the problem knows them."""

    theatre: Theatre
    formulation: Formulation
    routes: Routes


def recall(plan: Plan, scenario: Scenario, cache: Cache) -> Recalled:
    """
    Pose the problem of a plan again, from its scenario and from what it says was believed.

    Raises
    ------
    PlanError
        When the plan's cells are not those of the scenario.
    ScenarioError
        When a sortie is not one that could be flown in the scenario.
    """
    bases, detachments = muster(scenario)
    theatre = lay_out(scenario, bases, cache)
    if [cell.id for cell in plan.cells] != list(theatre.grid.ids):
        fault = Fault(plan.name, f"{len(plan.cells)} cells", "the cells of its scenario")
        raise PlanError([fault])
    belief = Written(
        open_rate_per_h=np.array([cell.rate_per_h for cell in plan.cells]),
        profile=np.array(plan.demand.profile),
        barrels=scenario.demand.barrels,
    )
    posed = formulate(scenario, theatre, belief, bases, detachments, cache)
    formulation = keep_orders(lifted(scenario, plan.relaxed), theatre, posed).formulation
    return Recalled(
        theatre=theatre,
        formulation=formulation,
        routes=routes_of(plan, theatre, formulation),
    )
