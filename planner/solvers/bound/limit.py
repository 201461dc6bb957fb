"""What a proof hands back, and the limit that needs no proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem, Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """
    A limit on the value of any plan, and what its proof knows.

    The marginal values say by how much the bound would rise or fall, at what looks were last
    charged, in the objective's unit (transfers or barrels). What a plan gains or loses by the same
    change may be more or less: they are estimates.

    Parameters
    ----------
    value
        No routes that obey the rules are worth more.
    columns
        Sorties that may be flown on their own, as the proof found them.
    cell_value
        By how much each cell raises the bound, shape (n,); zero where it could be left out.
    slot_value
        What one more sortie like each slot's would add to the bound, with room for it among the
        aircraft's sorties of that day, shape (T,); zero where nothing could be flown.
    hour_value
        What one more flying hour of each detachment would add to the bound, shape (G,); zero where
        its hours are not limited, or not short.
    history
        Seconds and bound of each improvement.
    """

    value: float
    columns: Routes
    cell_value: NDArray[np.float64]
    slot_value: NDArray[np.float64]
    hour_value: NDArray[np.float64]
    history: tuple[tuple[float, float], ...]


def within_reason(problem: Problem) -> Problem:
    """
    Return the problem with no price above all that can be seen at all.

    Nobody pays more than that, so any plan worth flying is worth the same; sums stay exact.
    """
    most = everything(problem) + 1.0
    shortest_h = float(problem.dwell_h[problem.dwell_h > 0].min(initial=1.0))
    return replace(
        problem,
        price=np.minimum(problem.price, most),
        price_per_h=np.minimum(problem.price_per_h, most / shortest_h),
    )


def everything(problem: Problem) -> float:
    """Return the transfers (or barrels) that are ever under way while a sortie may be flown."""
    slots = problem.slots
    if not len(slots):
        return 0.0
    first_h, last_h = max(0.0, float(slots.earliest_h.min())), float(slots.latest_h.max()) + 1.0
    total = 0.0
    for cell in np.flatnonzero(problem.allowed.any(axis=0)).tolist():
        total += problem.demand(cell).under_way_at(first_h)
        edges = np.arange(problem.rate_per_h.shape[1] + 1) * problem.step_h
        edges[-1] = max(edges[-1], last_h)
        within = np.clip(np.minimum(edges[1:], last_h) - np.maximum(edges[:-1], first_h), 0, None)
        total += float(problem.rate_per_h[cell] @ within)
    return total


def grain(problem: Problem) -> float:
    """
    Return a number that the value of every plan is a multiple of; zero when none is known.

    That is so where each look sees all there is, all cells hold whole numbers, and nothing is
    priced.
    """
    mass = problem.under_way[:, 0]
    priced = bool(problem.price.any()) or bool(problem.price_per_h.any())
    whole = bool((mass == np.round(mass)).all()) and 0 < float(mass.max(initial=0.0)) < 1e9
    if priced or not whole or bool((problem.pod != 1).any()):
        return 0.0
    return float(np.gcd.reduce(mass.astype(np.int64)))
