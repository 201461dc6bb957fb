"""What sorties as flown are worth, on the same surface and with the same sensor as the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from planner.detection import coverage_factor, probability_of_detection
from planner.evaluation.flown import OUTSIDE
from planner.geo.crossing import hours_inside
from planner.looks import expected_seen, first_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.evaluation.flown import Flight
    from planner.evaluation.stays import Stay
    from planner.pipeline import Run


@dataclass(frozen=True, slots=True)
class Seen:
    """A search with its POD, its sweep width in nm, its condition and what it is first to see."""

    pod: float
    sweep_width_nm: float
    condition: int
    seen: float


class Valuer:
    """
    Values searches of any length at any time.

    Values are in the objective's unit; `transfers` turns them into transfers.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.problem = run, run.formulation.problem
        self.points = {int(cell): n for n, cell in enumerate(run.formulation.cells)}
        barrels = run.scenario.solver.objective == "barrels"
        self.transfers = 1.0 / run.belief.barrels if barrels else 1.0
        self._pods: dict[tuple[int, int, float, float], float] = {}
        self._costs: dict[int, tuple[Flight, float]] = {}

    def look(self, kind: int, search: Stay) -> tuple[float, float]:
        """Return time in the middle and POD of a search; none where no search is possible."""
        pod, _, _ = self.search(kind, search)
        return (search.start_h + search.end_h) / 2, pod

    def search(self, kind: int, search: Stay) -> tuple[float, float, int]:
        """Return POD, sweep width in nm and condition of a search."""
        point = self.points.get(search.cell)
        if search.cell == OUTSIDE or point is None:
            return 0.0, 0.0, 0
        middle_h = (search.start_h + search.end_h) / 2
        steps = self.problem.condition.shape[1]
        step = min(max(int(middle_h / self.problem.step_h), 0), steps - 1)
        condition = int(self.problem.condition[point, step])
        width_nm = float(self.run.formulation.sweep_width_nm[kind, condition])
        return (
            self._pod(kind, search.cell, width_nm, search.end_h - search.start_h),
            width_nm,
            condition,
        )

    def _pod(self, kind: int, cell: int, width_nm: float, dwell_h: float) -> float:
        key = (kind, cell, width_nm, dwell_h)
        if key not in self._pods:
            terms = self.run.formulation.detachments[kind].terms
            area_nm2 = self.run.theatre.sea.area_nm2[cell]
            covered = coverage_factor(width_nm, terms.search_kn, dwell_h, area_nm2)
            law = self.run.scenario.rules.pod_law
            self._pods[key] = float(probability_of_detection(covered, law=law, cap=terms.pod_cap))
        return self._pods[key]

    def value(self, looks: dict[int, list[tuple[float, float]]]) -> float:
        """Return what looks are worth together, by cell."""
        return sum(self.cell_value(cell, found) for cell, found in looks.items())

    def cell_value(self, cell: int, looks: Sequence[tuple[float, float]]) -> float:
        """Return what looks at one cell, by grid index, are worth together."""
        point = self.points.get(cell)
        if point is None:
            return 0.0
        return expected_seen(self.problem.demand(point), sorted(looks))

    def looks(self, flights: Sequence[Flight]) -> dict[int, list[tuple[float, float]]]:
        """Return middle and POD of every search, by cell."""
        looks: dict[int, list[tuple[float, float]]] = {}
        for flight in flights:
            for search in flight.searches:
                if search.cell in self.points:
                    looks.setdefault(search.cell, []).append(self.look(flight.kind, search))
        return looks

    def seen(self, flights: Sequence[Flight]) -> dict[tuple[int, int], Seen]:
        """Return what each search sees first, in transfers, by flight and order in it."""
        by_cell: dict[int, list[tuple[float, float, int, int]]] = {}
        found: dict[tuple[int, int], Seen] = {}
        for number, flight in enumerate(flights):
            for order, search in enumerate(flight.searches):
                found[number, order] = Seen(*self.search(flight.kind, search), 0.0)
                if search.cell in self.points:
                    look = self.look(flight.kind, search)
                    by_cell.setdefault(search.cell, []).append((*look, number, order))
        for cell, looks in by_cell.items():
            looks.sort()
            gains = first_seen(self.problem.demand(self.points[cell]), [look[:2] for look in looks])
            for (_, _, number, order), gain in zip(looks, gains, strict=True):
                old = found[number, order]
                gained = max(0.0, gain) * self.transfers
                found[number, order] = Seen(old.pod, old.sweep_width_nm, old.condition, gained)
        return found

    def inside_h(self, flight: Flight) -> dict[str, float]:
        """Return the hours of a flight inside each priced zone, by zone id."""
        inside = {}
        for zone in self.run.theatre.zones:
            if zone.rule != "priced":
                continue
            hours = sum(
                hours_inside(hop.points, zone.geometry, hop.length_nm) * (hop.end_h - hop.start_h)
                for hop in flight.hops
                if hop.length_nm > 0
            )
            hours += sum(
                search.end_h - search.start_h
                for search, hop in zip(flight.searches, flight.hops, strict=False)
                if shapely.contains_xy(zone.geometry, *hop.points[-1])
            )
            if hours > 0:
                inside[zone.id] = float(hours)
        return inside

    def cost(self, flight: Flight) -> float:
        """Return what a flight's hours in priced zones cost, in the objective's unit."""
        prices = {zone.id: zone.price_per_h for zone in self.run.theatre.zones}
        if not any(prices.values()):
            return 0.0
        if id(flight) not in self._costs:
            inside_h = self.inside_h(flight)
            self._costs[id(flight)] = flight, sum(h * prices[zone] for zone, h in inside_h.items())
        return self._costs[id(flight)][1]
