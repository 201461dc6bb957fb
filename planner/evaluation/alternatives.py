"""Plans nearly as good as the best, as unlike it and each other as possible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.evaluation.prices import Question, answer, every_slot
from planner.looks import expected_seen
from planner.rules import flown_h

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.evaluation.prices import Effort
    from planner.problem import Problem, Routes

MOST_LOSS = 0.02
TRIES = 2
WEIGHT, DEARER, CHEAPER = 0.05, 1.4, 0.6


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

    Hours spent where the plans met so far search are priced, by chance more in some cells than in
    others, and the problem is solved again from the best plan; prices rise while what is found
    stays within the loss, and fall when it does not. Of all that does, the plan least like the best
    and those taken before is taken, again and again.

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
    best, rng = problem.value(routes), np.random.default_rng(effort.seed)
    share = replace(effort, seconds=effort.seconds / (TRIES * count))
    weight, met = WEIGHT, [routes]
    for number in range(TRIES * count):
        question = _elsewhere(problem, routes, met, weight * 2 * rng.random(problem.cells))
        ((_, found),) = answer([question], replace(share, seed=effort.seed + number))
        near = best - problem.value(found) <= loss * best + 1e-12
        weight *= DEARER if near else CHEAPER
        met += [found] if near else []
    return _spread(problem, met, count)


def _spread(problem: Problem, met: list[Routes], count: int) -> list[Alternative]:
    """Return plans of those met, each the least like the first of them and those before it."""
    best, known = problem.value(met[0]), [_seen_where(problem, met[0])]
    seen = [_seen_where(problem, each) for each in met]
    found: list[Alternative] = []
    while len(found) < count:
        unlike = [min(_unlike(each, other) for other in known) for each in seen]
        most = int(np.argmax(unlike))
        if unlike[most] <= 0:
            break
        value = problem.value(met[most])
        found.append(
            Alternative(
                routes=met[most], value=value, lost=best - value, unlike=float(unlike[most])
            )
        )
        known.append(seen[most])
    return found


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
    moved_share = _unlike(_seen_where(problem, best), _seen_where(problem, other.routes))
    moved = {cell: now.get(cell, 0.0) - was.get(cell, 0.0) for cell in {*was, *now}}
    order = sorted(moved, key=lambda cell: (moved[cell], cell))
    less = [ids[cell] for cell in order[:3] if moved[cell] < 0]
    more = [ids[cell] for cell in order[:-4:-1] if moved[cell] > 0]
    hours = [sum(flown_h(problem, route) for route in each) for each in (best, other.routes)]
    share = 100 * other.lost / max(problem.value(best), 1e-12)
    parts = [
        f"{abs(share):.1f} % {'less' if share >= 0 else 'more'}",
        f"{100 * moved_share:.0f} % of it in other cells or on other days",
        f"more of {', '.join(more)}" if more else "",
        f"less of {', '.join(less)}" if less else "",
        _count("sortie", len(other.routes) - len(best)),
        _count("flying hour", round(hours[1] - hours[0])),
    ]
    return "; ".join(filter(None, parts))


def _elsewhere(
    problem: Problem, routes: Routes, met: list[Routes], weight: NDArray[np.float64]
) -> Question:
    """Ask for a plan that pays for hours where plans met before see something, by cell."""
    seen, looks = np.zeros(problem.cells), np.zeros(problem.cells)
    for plan in met:
        for (cell, _), value in _seen_where(problem, plan).items():
            seen[cell] += value
            looks[cell] += 1
    price = weight * seen / np.maximum(looks, 1) / float(np.median(problem.dwell_h))
    priced = replace(problem, price_per_h=problem.price_per_h + price)
    return Question(problem=priced, start=routes, free=every_slot(problem))


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
