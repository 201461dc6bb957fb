"""Ask one thing of a written plan: why not this cell, and what if it were, or were never."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.errors import Fault, PlanError, nearest
from planner.evaluation.obstacles import obstacles
from planner.evaluation.prices import forbid, force, polished, prices
from planner.evaluation.reasons import reasons, sortie_ids
from planner.explaining import effort_of, forbidden
from planner.looks import expected_seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.evaluation.obstacles import Obstacle
    from planner.evaluation.prices import Question
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
        Score of the best plan found without the change.
    gained
        What of it further search gained on the plan as written.
    lost
        What the change costs of it.
    noise
        What of it was gained only while the change was searched: a cost below it says little.
    cells
        Seen in each cell without and with the change, by id.
    sorties
        Cells that each changed sortie drops and adds, by the sortie in words.
    """

    what: str
    unit: str
    score: float
    gained: float
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
    problem, place = recalled.formulation.problem, place_of(recalled, cell)
    effort = effort_of(scenario, seconds=seconds / 2)
    asked = None if place is None else _question(scenario, recalled, place, wish)
    if asked is None or place is None:
        return None
    routes = polished(problem, recalled.routes, asked.free, effort)
    better = replace(recalled, routes=routes)
    if _searched(routes, place) == (wish == "force"):  # the further search granted the wish
        question = replace(asked, start=routes)
    else:
        question = _question(scenario, better, place, wish) or asked
    (price,), _ = prices(problem, routes, [question], effort)
    score = problem.value(price.routes) + price.lost
    return Difference(
        what=f"{'Searching' if wish == 'force' else 'Never searching'} {cell}",
        unit=scenario.solver.objective,
        score=score,
        gained=score - problem.value(recalled.routes),
        lost=price.lost,
        noise=price.noise,
        cells=_seen_by_cell(better, price.routes),
        sorties=_moved(better, price.routes),
    )


def _question(scenario: Scenario, recalled: Recalled, place: int, wish: Wish) -> Question | None:
    """Return what is to be solved for a wish; nothing when it is granted, or cannot be."""
    problem, routes = recalled.formulation.problem, recalled.routes
    searched = _searched(routes, place)
    if wish == "forbid":
        return forbid(problem, place, routes) if searched else None
    obstacle = None if searched else obstacle_of(scenario, recalled, place)
    edit = (obstacle.swap or obstacle.edit) if obstacle else None
    if edit is None or edit.rule:
        return None
    return force(problem, place, routes, edit)


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


def _searched(routes: Routes, place: int) -> bool:
    return any(look.cell == place for route in routes for look in route.looks)


def _cells(route: Route | None) -> set[int]:
    return {look.cell for look in route.looks} if route else set()
