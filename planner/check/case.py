"""What is checked: the plan beside the scenario it answers, with names looked up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.check.charts import Coast, coast_around

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from planner import plan as paper
    from planner.scenario import model

MARGIN_DEG = 6.0


@dataclass(frozen=True)
class Case:
    """A plan and the scenario it answers."""

    plan: paper.Plan
    scenario: model.Scenario

    @cached_property
    def cells(self) -> dict[str, paper.Cell]:
        """Cells by id."""
        return {cell.id: cell for cell in self.plan.cells}

    @cached_property
    def stations(self) -> dict[str, paper.Station]:
        """Stations by id."""
        return {station.id: station for station in self.plan.stations}

    @cached_property
    def aircraft(self) -> dict[str, paper.Aircraft]:
        """Airframes by id."""
        return {aircraft.id: aircraft for aircraft in self.plan.aircraft}

    @cached_property
    def searched(self) -> list[paper.Cell]:
        """The cells that the plan searches, in order of their ids."""
        names = {visit.cell for sortie in self.plan.sorties for visit in sortie.visits}
        return [self.cells[name] for name in sorted(names)]

    @cached_property
    def coast(self) -> Coast:
        """The coast round the area and its stations."""
        return coast_of(self.scenario, [self.place(name) for name in self.stations])

    def terms(self, sortie: paper.Sortie) -> model.Aircraft:
        """Return what the scenario says of a sortie's aircraft."""
        return self.scenario.aircraft[detachment(sortie.aircraft)]

    def hour(self, moment: datetime) -> float:
        """Return a moment in hours from the period's start."""
        return hours(self.scenario.period.start, moment)

    def place(self, name: str) -> tuple[float, float]:
        """Return the position of a station or cell."""
        each = self.stations.get(name) or self.cells[name]
        return (each.lon, each.lat)


def coast_of(scenario: model.Scenario, stations: Iterable[tuple[float, float]]) -> Coast:
    """Return the finest coast that reaches 360 nm beyond the area and its stations."""
    places = np.array([*scenario.area.polygon, *stations])
    across = MARGIN_DEG / max(np.cos(np.deg2rad(np.abs(places[:, 1]).max())), 0.01)
    margin = np.array([across, MARGIN_DEG])
    west, south = places.min(axis=0) - margin
    east, north = places.max(axis=0) + margin
    return coast_around(west, max(-90.0, south), east, min(90.0, north))


def detachment(airframe: str) -> str:
    """
    Return the detachment of an airframe by its id.

    Examples
    --------
    >>> detachment("p3c-naha-2")
    'p3c-naha'
    """
    return airframe.rpartition("-")[0]


def hours(start: datetime, end: datetime) -> float:
    """Return the hours between two moments."""
    return (end - start).total_seconds() / 3600


def overlapping(spans: list[tuple[datetime, datetime, str]]) -> list[tuple[str, str]]:
    """Return the names of neighbouring spans of time that overlap."""
    in_order = sorted(spans)
    return [(a[2], b[2]) for a, b in pairwise(in_order) if b[0] < a[1]]
