"""What visits are worth, counted again from nothing but a plan."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.demand import begun_per_h, under_way_at_steps
from planner.light import moments
from planner.looks import Demand, expected_seen

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from planner.plan import Plan

Name = tuple[str, int]


class Recount:
    """
    Counts the transfers that a plan's visits see, with any of them left out.

    Parameters
    ----------
    plan
        The plan whose visits are counted.
    surface
        The plan whose surface they are counted on: its own by default.
    """

    def __init__(self, plan: Plan, surface: Plan | None = None) -> None:
        self._surface = surface or plan
        self._start = self._surface.start
        self._rates = {cell.id: cell.rate_per_h for cell in self._surface.cells}
        self._demands: dict[str, Demand] = {}
        self._looks: dict[str, list[tuple[float, float, Name]]] = {}
        for sortie in plan.sorties:
            for number, (visit, leg) in enumerate(zip(sortie.visits, sortie.legs, strict=False)):
                middle_h = self._hour(visit.start) + visit.dwell_h / 2
                look = (middle_h, visit.pod, (sortie.id, number))
                self._looks.setdefault(visit.cell, []).append(look)
                if visit.cell not in self._demands:
                    self._demands[visit.cell] = self._demand(visit.cell, leg.points[-1][0])
        self.total = self.seen()

    def seen(self, without: Collection[Name] = ()) -> float:
        """Return the expected transfers seen without some visits, given by sortie and order."""
        return sum(
            expected_seen(
                self._demands[cell],
                sorted((hour, pod) for hour, pod, name in looks if name not in without),
            )
            for cell, looks in self._looks.items()
        )

    def worth(self, visits: Collection[Name]) -> float:
        """Return what is lost when some visits are not flown and nothing else changes."""
        return self.total - self.seen(without=visits)

    def _demand(self, cell: str, lon: float) -> Demand:
        terms, hours = self._surface.demand, self._hour(self._surface.end)
        steps = ceil(hours / terms.step_h - 1e-9)
        middles = moments(self._start, terms.step_h * np.arange(0.5, steps))
        profile = np.array(terms.profile)
        mean = np.array([self._rates.get(cell, 0.0)])
        rate = begun_per_h(mean, np.array([lon]), profile, middles)
        under_way = under_way_at_steps(rate, duration_h=terms.duration_h, step_h=terms.step_h)
        return Demand(rate[0], under_way[0], 1 / terms.duration_h, terms.step_h)

    def _hour(self, moment: datetime) -> float:
        return (moment - self._start) / timedelta(hours=1)
