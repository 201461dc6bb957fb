"""A hand-made plan in the words of any other plan: for the map, the check and the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from planner import plan as paper
from planner.evaluation.flown import OUTSIDE
from planner.evaluation.worth import Valuer
from planner.formulation import SEA_STATES
from planner.light import Light

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from planner.evaluation.flown import Flight, Hop
    from planner.evaluation.worth import Seen
    from planner.pipeline import Run


def as_plan(flights: Sequence[Flight], run: Run, *, name: str, title: str) -> paper.Plan:
    """
    Return sorties as flown as a plan, valued on the run's surface with its sensor.

    Parameters
    ----------
    flights
        As flown. Sorties are named in order of take-off.
    run
        The run of the scenario; its cells, zones, reports and assumptions are the plan's.
    name, title
        What the plan is called.
    """
    writer = _Writer(flights, run)
    cells: dict[str, float] = {}
    sorties = tuple(writer.sorties())
    for visit in (visit for sortie in sorties for visit in sortie.visits):
        cells[visit.cell] = cells.get(visit.cell, 0.0) + visit.seen
    return run.plan.model_copy(
        update={
            "name": name,
            "title": title,
            "status": "feasible",
            "solver": "by hand",
            "hash": "",
            "value": writer.value(),
            "sorties": sorties,
            "cells": tuple(
                cell.model_copy(update={"seen": cells.get(cell.id, 0.0), "reason": None})
                for cell in run.plan.cells
            ),
        }
    )


class _Writer:
    """Writes the sorties of one hand-made plan."""

    def __init__(self, flights: Sequence[Flight], run: Run) -> None:
        self.flights, self.run = flights, run
        self.valuer = Valuer(run)
        self.seen = self.valuer.seen(flights)
        self.looks = self.valuer.looks(flights)

    def value(self) -> paper.Value:
        """Return what the plan is worth; it has no bound of its own."""
        whole = self.run.plan.value
        transfers = sum(each.seen for each in self.seen.values())
        score = transfers / self.valuer.transfers - sum(map(self.valuer.cost, self.flights))
        gap = None
        if whole.bound:
            gap = max(0.0, whole.bound - score) / whole.bound
        return whole.model_copy(
            update={
                "transfers": transfers,
                "barrels": transfers * self.run.belief.barrels,
                "score": score,
                "gap": gap,
                "band50": None,
                "band90": None,
            }
        )

    def sorties(self) -> Iterator[paper.Sortie]:
        """Yield the sorties in order of take-off."""
        for number, flight in enumerate(self.flights):
            yield self._sortie(number, flight)

    def _sortie(self, number: int, flight: Flight) -> paper.Sortie:
        detachment = self.run.formulation.detachments[flight.kind]
        visits = tuple(self._visits(number, flight))
        seen = sum(visit.seen for visit in visits)
        takeoff, landing = self._moment(flight.takeoff_h), self._moment(flight.landing_h)
        return paper.Sortie(
            id=f"S{number + 1:02d}",
            aircraft=flight.airframe,
            station=detachment.terms.station,
            recovery=flight.recovery,
            takeoff=takeoff,
            landing=landing,
            airborne_h=max((landing - takeoff) / timedelta(hours=1), 1e-6),
            endurance_h=detachment.endurance_h,
            search_h=sum(visit.dwell_h for visit in visits),
            seen=seen,
            barrels=seen * self.run.belief.barrels,
            alone=self.valuer.value(self.valuer.looks([flight])) * self.valuer.transfers,
            lost=self._lost(flight),
            inside_h=self.valuer.inside_h(flight),
            legs=tuple(self._legs(flight)),
            visits=visits,
        )

    def _lost(self, flight: Flight) -> float:
        """Return the transfers lost without a sortie."""
        lost = 0.0
        for cell, mine in self.valuer.looks([flight]).items():
            others = self.looks[cell].copy()
            for look in mine:
                others.remove(look)
            value = self.valuer.cell_value
            lost += value(cell, self.looks[cell]) - value(cell, others)
        return max(0.0, lost) * self.valuer.transfers

    def _legs(self, flight: Flight) -> Iterator[paper.Leg]:
        """Yield a leg for each hop; those to a search outside every cell run on to the next."""
        ids = self.run.theatre.grid.ids
        here = self.run.formulation.detachments[flight.kind].terms.station
        waiting: list[Hop] = []
        stops = [*(search.cell for search in flight.searches), None]
        for cell, hop in zip(stops, flight.hops, strict=True):
            waiting.append(hop)
            if cell == OUTSIDE:
                continue
            there = flight.recovery if cell is None else ids[cell]
            yield paper.Leg(
                start=here,
                end=there,
                depart=self._moment(waiting[0].start_h),
                arrive=self._moment(waiting[-1].end_h),
                distance_nm=sum(each.length_nm for each in waiting),
                points=tuple(point for each in waiting for point in _points(each.points)),
            )
            here, waiting = there, []

    def _visits(self, number: int, flight: Flight) -> Iterator[paper.Visit]:
        for order, search in enumerate(flight.searches):
            if search.cell != OUTSIDE:
                start, end = self._moment(search.start_h), self._moment(search.end_h)
                found = self.seen[number, order]
                yield paper.Visit(
                    cell=self.run.theatre.grid.ids[search.cell],
                    start=start,
                    end=end,
                    dwell_h=(end - start) / timedelta(hours=1),
                    pod=found.pod,
                    sweep_width_nm=found.sweep_width_nm,
                    condition=_condition(found),
                    seen=found.seen,
                )

    def _moment(self, hours: float) -> datetime:
        return self.run.scenario.period.start + timedelta(seconds=round(hours * 3600))


def _condition(found: Seen) -> str:
    light = Light(found.condition // SEA_STATES).name.lower()
    return f"{light}, sea state {found.condition % SEA_STATES}"


def _points(points: NDArray[np.float64]) -> tuple[paper.LonLat, ...]:
    return tuple((round(float(lon), 6), round(float(lat), 6)) for lon, lat in points)
