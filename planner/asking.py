"""Ask one thing of a written plan: why not this cell, and what if it were, or were never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.errors import Fault, PlanError, nearest
from planner.evaluation.obstacles import obstacles
from planner.evaluation.prices import forbid, force, prices
from planner.evaluation.reasons import reasons, sortie_ids
from planner.explaining import effort_of, forbidden
from planner.looks import expected_seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.evaluation.obstacles import Obstacle
    from planner.plan import Cell, Plan
    from planner.problem import Problem, Route, Routes
    from planner.recalling import Recalled
    from planner.scenario.model import Scenario


Wish = Literal["force", "forbid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    What one change does to a plan.

    Parameters
    ----------
    what
        The change, in words.
    unit
        What is counted: transfers or barrels.
    score
        The plan's score without the change, searched for as long.
    lost
        What the change costs of it.
    noise
        What the plan itself still gained by that search.
    cells
        Seen in each cell before and after, by id.
    sorties
        Cells that each changed sortie drops and adds, by the sortie in words.
    """

    what: str
    unit: str
    score: float
    lost: float
    noise: float
    cells: Mapping[str, tuple[float, float]]
    sorties: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


def cell_of(plan: Plan, name: str) -> Cell:
    """
    Return a cell of a plan.

    Raises
    ------
    PlanError
        When there is none of that name; the nearest one is told.
    """
    cells = {cell.id: cell for cell in plan.cells}
    if name not in cells:
        fault = Fault(plan.name, f"cell {name!r}", "a cell of the plan", nearest(name, cells))
        raise PlanError([fault])
    return cells[name]


def why(scenario: Scenario, recalled: Recalled, cell: Cell) -> Cell:
    """Return the cell with its reason, reckoned again from the problem; prices told stay."""
    place = place_of(recalled, cell.id)
    found = {} if place is None else {place: obstacle_of(scenario, recalled, place)}
    told = reasons(scenario, recalled.theatre, recalled.formulation, recalled.routes, found, {})
    return cell.model_copy(update={"reason": told.get(cell.id)})


def changed(
    scenario: Scenario, recalled: Recalled, cell: str, wish: Wish, *, seconds: float
) -> Difference | None:
    """
    Return what searching a cell, or never searching it, does to the plan.

    Nothing when it cannot be searched, or is not searched anyway.

    Parameters
    ----------
    scenario, recalled
        The plan's scenario, and its problem.
    cell
        Id of the cell.
    wish
        ``force`` or ``forbid``.
    seconds
        Wall clock for the search.
    """
    problem, routes, place = recalled.formulation.problem, recalled.routes, place_of(recalled, cell)
    if place is None:
        return None
    searched = any(look.cell == place for route in routes for look in route.looks)
    if wish == "forbid" and searched:
        question = forbid(problem, place, routes)
    else:
        obstacle = None if searched else obstacle_of(scenario, recalled, place)
        edit = (obstacle.swap or obstacle.edit) if obstacle else None
        if wish == "forbid" or edit is None or edit.rule:
            return None
        question = force(problem, place, routes, edit)
    (price,) = prices(problem, routes, [question], effort_of(scenario, seconds=seconds))
    verb = "Searching" if wish == "force" else "Never searching"
    return Difference(
        what=f"{verb} {cell}",
        unit=scenario.solver.objective,
        score=problem.value(routes) + price.noise,
        lost=price.lost,
        noise=price.noise,
        cells=_seen_by_cell(recalled, price.routes),
        sorties=_moved(recalled, price.routes),
    )


def place_of(recalled: Recalled, cell: str) -> int | None:
    """Return the problem's index of a cell, if the problem has it."""
    at = list(recalled.theatre.grid.ids).index(cell)
    found = np.flatnonzero(recalled.formulation.cells == at)
    return int(found[0]) if len(found) else None


def obstacle_of(scenario: Scenario, recalled: Recalled, place: int) -> Obstacle:
    """Return what keeps one cell of the problem from being searched."""
    never = forbidden(scenario, recalled.theatre, recalled.formulation)
    problem = recalled.formulation.problem
    return obstacles(problem, recalled.routes, never=never, only=[place])[place]


def _seen_by_cell(recalled: Recalled, after: Routes) -> dict[str, tuple[float, float]]:
    problem, before = recalled.formulation.problem, recalled.routes
    ids = [recalled.theatre.grid.ids[cell] for cell in recalled.formulation.cells]
    was, now = _seen(problem, before), _seen(problem, after)
    return {ids[c]: (was.get(c, 0.0), now.get(c, 0.0)) for c in sorted({*was, *now})}


def _seen(problem: Problem, routes: Routes) -> dict[int, float]:
    return {
        cell: expected_seen(problem.demand(cell), looks)
        for cell, looks in problem.looks(routes).items()
    }


def _moved(recalled: Recalled, after: Routes) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the cells that each changed sortie drops and adds."""
    ids = [recalled.theatre.grid.ids[cell] for cell in recalled.formulation.cells]
    was = {route.slot: route for route in recalled.routes}
    now = {route.slot: route for route in after}
    names = sortie_ids(recalled.routes)
    moved = {}
    for slot in sorted({*was, *now}):
        old, new = _cells(was.get(slot)), _cells(now.get(slot))
        out = tuple(ids[cell] for cell in sorted(old - new))
        added = tuple(ids[cell] for cell in sorted(new - old))
        if out or added:
            airframe = recalled.formulation.openings[slot].airframe
            moved[f"{names.get(slot, 'a new sortie')} ({airframe})"] = (out, added)
    return moved


def _cells(route: Route | None) -> set[int]:
    return {look.cell for look in route.looks} if route else set()
