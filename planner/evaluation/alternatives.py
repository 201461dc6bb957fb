"""Plans nearly as good as the best, as unlike it and each other as possible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.evaluation.prices import Question, answer, every_slot
from planner.looks import expected_seen
from planner.rules import flown_h

if TYPE_CHECKING:
    from planner.evaluation.prices import Effort
    from planner.problem import Problem, Routes

MOST_LOSS = 0.02
WEIGHTS = (0.02, 0.04, 0.06, 0.09)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """
    Another plan.

    Parameters
    ----------
    routes
        Its sorties.
    value
        Its objective.
    lost
        What it loses of the best plan's objective.
    unlike
        How unlike the nearest of the plans before it, in [0, 1]: the share of what both see that
        only one of them sees, cell by cell and day by day.
    """

    routes: Routes
    value: float
    lost: float
    unlike: float


def alternatives(
    problem: Problem,
    routes: Routes,
    effort: Effort,
    *,
    count: int = 5,
    loss: float = MOST_LOSS,
) -> list[Alternative]:
    """
    Return plans within a share of the best, the most unlike first.

    Hours spent where earlier plans search are priced, lightly to heavily, and the problem is solved
    again from the best plan; of what stays within the loss, the plan least like all before it is
    taken.

    Parameters
    ----------
    problem, routes
        The problem, and the best plan's sorties.
    effort
        How to solve; seconds are shared among all.
    count
        Most plans to return.
    loss
        Share of the best plan's objective that a plan may lose.
    """
    best = problem.value(routes)
    known, found = [_seen_where(problem, routes)], []
    share = replace(effort, seconds=effort.seconds / count)
    for number in range(count):
        questions = [_elsewhere(problem, routes, known, weight) for weight in WEIGHTS]
        answers = answer(questions, replace(share, seed=effort.seed + number))
        options = [_as_alternative(problem, taken, best, known) for _, taken in answers]
        near = [each for each in options if each.lost <= loss * best + 1e-12 and each.unlike > 0]
        if not near:
            break
        found.append(max(near, key=lambda each: each.unlike))
        known.append(_seen_where(problem, found[-1].routes))
    return sorted(found, key=lambda each: -each.unlike)


def trade(problem: Problem, best: Routes, other: Alternative, ids: list[str]) -> str:
    """
    Return in one line what an alternative gives up and what it gets.

    Parameters
    ----------
    problem, best
        The problem, and the best plan's sorties.
    other
        The alternative.
    ids
        Names of the cells.
    """
    was, now = _seen_by_cell(problem, best), _seen_by_cell(problem, other.routes)
    moved = {cell: now.get(cell, 0.0) - was.get(cell, 0.0) for cell in {*was, *now}}
    order = sorted(moved, key=lambda cell: (moved[cell], cell))
    less = [ids[cell] for cell in order[:3] if moved[cell] < 0]
    more = [ids[cell] for cell in order[:-4:-1] if moved[cell] > 0]
    hours = [sum(flown_h(problem, route) for route in each) for each in (best, other.routes)]
    share = 100 * other.lost / max(problem.value(best), 1e-12)
    parts = [
        f"{abs(share):.1f} % {'less' if share >= 0 else 'more'}",
        f"more of {', '.join(more)}" if more else "",
        f"less of {', '.join(less)}" if less else "",
        _count("sortie", len(other.routes) - len(best)),
        _count("flying hour", round(hours[1] - hours[0])),
    ]
    return "; ".join(filter(None, parts))


def _elsewhere(
    problem: Problem, routes: Routes, known: list[dict[tuple[int, int], float]], weight: float
) -> Question:
    """Ask for a plan that pays for hours where the known plans see something."""
    seen = np.zeros(problem.cells)
    hours = np.zeros(problem.cells)
    for plan in known:
        for (cell, _), value in plan.items():
            seen[cell] += value
            hours[cell] += 1
    looked = hours > 0
    typical_h = float(np.median(problem.dwell_h))
    price = np.zeros(problem.cells)
    price[looked] = weight * seen[looked] / hours[looked] / typical_h
    priced = replace(problem, price_per_h=problem.price_per_h + price)
    return Question(problem=priced, start=routes, free=every_slot(problem))


def _as_alternative(
    problem: Problem, routes: Routes, best: float, known: list[dict[tuple[int, int], float]]
) -> Alternative:
    value, seen = problem.value(routes), _seen_where(problem, routes)
    unlike = min((_unlike(seen, each) for each in known), default=1.0)
    return Alternative(routes=routes, value=value, lost=best - value, unlike=unlike)


def _unlike(one: dict[tuple[int, int], float], other: dict[tuple[int, int], float]) -> float:
    """Return the share of what two plans see, by cell and day, that only one of them sees."""
    places = sorted({*one, *other})
    both = sum(min(one.get(place, 0.0), other.get(place, 0.0)) for place in places)
    either = sum(max(one.get(place, 0.0), other.get(place, 0.0)) for place in places)
    return 1 - both / either if either > 0 else 0.0


def _seen_where(problem: Problem, routes: Routes) -> dict[tuple[int, int], float]:
    """Return what is seen by cell and day; looks of one cell on one day are taken together."""
    by_day: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for cell, looks in problem.looks(routes).items():
        for hour, pod in looks:
            by_day.setdefault((cell, int(hour // 24)), []).append((hour, pod))
    return {
        place: expected_seen(problem.demand(place[0]), looks) for place, looks in by_day.items()
    }


def _seen_by_cell(problem: Problem, routes: Routes) -> dict[int, float]:
    return {
        cell: expected_seen(problem.demand(cell), looks)
        for cell, looks in problem.looks(routes).items()
    }


def _count(what: str, more: int) -> str:
    if not more:
        return ""
    return f"{abs(more)} {'more' if more > 0 else 'fewer'} {what}{'s' if abs(more) > 1 else ''}"
