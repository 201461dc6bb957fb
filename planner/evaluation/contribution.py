"""From everything that happens to what is seen: where the transfers are lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.looks import expected_seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.evaluation.obstacles import Obstacle
    from planner.problem import Problem, Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """
    Expected transfers (or barrels) under way in the period, by what becomes of them.

    Parameters
    ----------
    unlawful
        Where no aircraft may lawfully search.
    out_of_range
        Out of range of every aircraft.
    unlooked
        Never looked at while under way.
    missed
        Looked at, and not seen.
    seen
        Seen at least once.
    """

    unlawful: float
    out_of_range: float
    unlooked: float
    missed: float
    seen: float

    @property
    def total(self) -> float:
        """Everything; the parts add up to it."""
        return self.unlawful + self.out_of_range + self.unlooked + self.missed + self.seen

    def steps(self) -> tuple[tuple[str, float], ...]:
        """Return the parts in order, each with its name in words."""
        return (
            ("never legally reachable", self.unlawful),
            ("out of range", self.out_of_range),
            ("never looked at while under way", self.unlooked),
            ("looked at but missed", self.missed),
            ("seen", self.seen),
        )


def waterfall(
    problem: Problem, routes: Routes, obstacles: Mapping[int, Obstacle], *, closed: float = 0.0
) -> Waterfall:
    """
    Return what becomes of everything that is under way at some time in the period.

    A look that sees all that is under way tells what is looked at; the same looks with their own
    POD tell what of it is seen.

    Parameters
    ----------
    problem, routes
        The problem, and the sorties flown.
    obstacles
        What keeps each cell that is not searched from being so.
    closed
        Expected where the problem has no cell, as no aircraft may lawfully search.
    """
    begun = problem.under_way[:, 0] + problem.rate_per_h.sum(axis=1) * problem.step_h
    lost = {"legal": 0.0, "endurance": 0.0}
    for cell, obstacle in obstacles.items():
        if obstacle.code in lost:
            lost[obstacle.code] += float(begun[cell])
    looks = problem.looks(routes)
    seen = sum(expected_seen(problem.demand(cell), each) for cell, each in looks.items())
    met = sum(
        expected_seen(problem.demand(cell), [(hour, 1.0) for hour, _ in each])
        for cell, each in looks.items()
    )
    return Waterfall(
        unlawful=closed + lost["legal"],
        out_of_range=lost["endurance"],
        unlooked=float(begun.sum()) - lost["legal"] - lost["endurance"] - met,
        missed=met - seen,
        seen=seen,
    )


def alone(problem: Problem, routes: Routes) -> dict[int, tuple[float, float]]:
    """
    Return what each sortie is worth by slot: if it flew alone, and what the plan loses without it.

    Nothing else changes; the second never exceeds the first by more than what the sortie pays.
    """
    whole = problem.value(routes)
    return {
        route.slot: (
            problem.value((route,)),
            whole - problem.value(tuple(each for each in routes if each is not route)),
        )
        for route in routes
    }
