"""From a solver's routes to the plan that people read: names, times, tracks and numbers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner import plan as paper
from planner.formulation import SEA_STATES
from planner.geo.crossing import inside_nm
from planner.light import Light
from planner.looks import first_seen
from planner.patterns import lay_pattern
from planner.scenario.assumptions import assumptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.airspace import Zone
    from planner.belief import Belief
    from planner.events.collection import Events
    from planner.explaining import Explanation
    from planner.formulation import Formulation
    from planner.problem import Look, Result, Route, Routes
    from planner.scenario.model import Scenario
    from planner.theatre import Theatre


def describe(
    scenario: Scenario,
    theatre: Theatre,
    belief: Belief,
    formulation: Formulation,
    result: Result,
    explanation: Explanation,
    *,
    name: str,
    content_hash: str,
) -> paper.Plan:
    """Return the plan in the words of its readers; times are whole seconds."""
    teller = _Teller(scenario, theatre, belief, formulation, result.routes)
    return paper.Plan(
        name=name,
        title=scenario.title,
        question=scenario.question,
        start=scenario.period.start,
        end=scenario.period.end,
        seed=scenario.seed,
        status=result.status,
        solver=scenario.solver.name,
        hash=content_hash,
        value=teller.value(result),
        demand=paper.Demand(
            duration_h=scenario.demand.duration_h,
            step_h=formulation.problem.step_h,
            profile=tuple(map(float, belief.profile)),
            pod_law=scenario.rules.pod_law,
        ),
        assumptions=tuple(
            paper.Assumption(what=what, value=value, why=why)
            for what, value, why in assumptions(scenario)
        ),
        notes=(*theatre.notes, *belief.notes, *explanation.notes),
        model_card=belief.card,
        waterfall=tuple(
            paper.Part(what=what, transfers=value * teller.per_unit)
            for what, value in explanation.waterfall.steps()
        ),
        asks=tuple(paper.Ask(**asdict(each)) for each in explanation.gains),
        stations=tuple(
            paper.Station(id=b.id, name=b.name, icao=b.icao, lon=b.lon, lat=b.lat)
            for b in formulation.bases
        ),
        aircraft=tuple(teller.aircraft()),
        zones=tuple(_zone(zone) for zone in theatre.zones),
        reports=tuple(_reports(belief.events)),
        cells=tuple(teller.cells(explanation.reasons)),
        sorties=tuple(teller.sorties()),
    )


class _Teller:
    """Names and numbers of one set of routes."""

    def __init__(
        self,
        scenario: Scenario,
        theatre: Theatre,
        belief: Belief,
        formulation: Formulation,
        routes: Routes,
    ) -> None:
        self.scenario, self.theatre, self.belief = scenario, theatre, belief
        self.formulation, self.problem = formulation, formulation.problem
        self.routes = sorted(routes, key=lambda route: (route.takeoff_h, route.slot))
        self.ids = [theatre.grid.ids[cell] for cell in formulation.cells]
        self.places = [*self.ids, *(base.id for base in formulation.bases)]
        self.per_unit = _transfers_per_unit(scenario, belief)
        self.priced = [zone for zone in theatre.zones if zone.rule == "priced"]
        self.zone_nm = {
            (zone.id, airspace): inside_nm(legs, zone.geometry, flown=self._flown(airspace))
            for zone in self.priced
            for airspace, legs in enumerate(formulation.legs)
        }
        self.sea = theatre.grid.plane.flatten(theatre.sea.polygons[formulation.cells])
        self.patterns: dict[tuple[int, float, float, float], paper.Pattern | None] = {}
        self.looks = self._looks()
        self.gains = self._gains()
        self.seen = self._seen()

    def value(self, result: Result) -> paper.Value:
        """Return what the plan is worth, in transfers and in barrels."""
        under_way = self._under_way()
        transfers = sum(self.seen.values())
        total = float(under_way.sum())
        bound = float(result.bound) if np.isfinite(result.bound) else None
        closed_per_h = self.belief.rate_per_h - self.belief.open_rate_per_h
        unreachable = float(np.maximum(closed_per_h, 0.0).sum())
        hours = self.scenario.period.hours + self.scenario.demand.duration_h
        bands = self._bands()
        return paper.Value(
            objective=self.scenario.solver.objective,
            transfers=transfers,
            barrels=transfers * self.belief.barrels,
            score=result.value,
            bound=bound,
            gap=None if bound is None else result.gap,
            total=total + unreachable * hours,
            total_barrels=(total + unreachable * hours) * self.belief.barrels,
            unreachable=unreachable * hours,
            band50=bands and bands[0],
            band90=bands and bands[1],
        )

    def aircraft(self) -> Iterator[paper.Aircraft]:
        """Yield every airframe."""
        for each in self.formulation.detachments:
            for frame in each.airframes:
                yield paper.Aircraft(
                    id=frame,
                    type=each.terms.type,
                    operator=each.terms.operator,
                    station=each.terms.station,
                    endurance_h=each.endurance_h,
                    transit_kn=each.transit_kn,
                    search_kn=each.terms.search_kn,
                )

    def cells(self, reasons: Mapping[str, paper.Reason]) -> Iterator[paper.Cell]:
        """Yield every cell of the grid, searchable or not."""
        grid, sea, belief = self.theatre.grid, self.theatre.sea, self.belief
        seen = {self.formulation.cells[cell]: gain for cell, gain in self.seen.items()}
        under_way = dict(zip(self.formulation.cells, self._under_way(), strict=True))
        hours = self.scenario.period.hours + self.scenario.demand.duration_h
        low, high = belief.spread()
        for cell, cell_id in enumerate(grid.ids):
            transfers = float(under_way.get(cell, belief.rate_per_h[cell] * hours))
            yield paper.Cell(
                id=cell_id,
                lon=float(grid.lonlat[cell, 0]),
                lat=float(grid.lonlat[cell, 1]),
                rings=tuple(_ring(ring) for ring in grid.rings(cell)),
                area_nm2=float(sea.area_nm2[cell]),
                share=min(1.0, float(sea.area_nm2[cell] / grid.area_nm2[cell])),
                open_nm=0.0 if sea.open[cell] else float(sea.nearest_open_nm[cell]),
                rate_per_h=float(belief.open_rate_per_h[cell]) if sea.open[cell] else 0.0,
                transfers=transfers,
                barrels=transfers * belief.barrels,
                low=transfers * float(low[cell]),
                high=transfers * float(high[cell]),
                unknown=float(np.clip(belief.unknown[cell], 0, 1)),
                seen=float(seen.get(cell, 0.0)),
                reason=reasons.get(cell_id),
            )

    def sorties(self) -> Iterator[paper.Sortie]:
        """Yield the sorties in order of take-off."""
        for number, route in enumerate(self.routes, start=1):
            yield self._sortie(f"S{number:02d}", number - 1, route)

    def _sortie(self, sortie_id: str, index: int, route: Route) -> paper.Sortie:
        problem, slot = self.problem, route.slot
        timed = problem.clock(route)
        legs = tuple(self._legs(route))
        visits = tuple(self._visits(index, route))
        detachment = self.formulation.detachments[problem.slots.kind[slot]]
        seen = sum(visit.seen for visit in visits)
        return paper.Sortie(
            id=sortie_id,
            aircraft=self.formulation.openings[slot].airframe,
            station=detachment.terms.station,
            recovery=self.formulation.openings[slot].recovery,
            takeoff=self._moment(route.takeoff_h),
            landing=self._moment(timed.landing_h),
            airborne_h=timed.landing_h - route.takeoff_h,
            endurance_h=float(problem.slots.endurance_h[slot]),
            search_h=sum(visit.dwell_h for visit in visits),
            ferry_h=float(problem.slots.ferry_h[slot]),
            seen=seen,
            barrels=seen * self.belief.barrels,
            alone=(problem.value((route,)) + problem.cost(route)) * self.per_unit,
            lost=self._lost(route),
            inside_h=self._inside_h(route),
            pinned=route in problem.fixed,
            legs=legs,
            visits=visits,
        )

    def _legs(self, route: Route) -> Iterator[paper.Leg]:
        problem, slot = self.problem, route.slot
        kind = problem.slots.kind[slot]
        timed = problem.clock(route)
        stops = self._stops(route)
        leaves = [route.takeoff_h + problem.departure_h[kind], *timed.end_h]
        reaches = [*timed.start_h, timed.landing_h - problem.arrival_h[kind]]
        airspace = problem.slots.airspace[slot]
        for here, there, depart_h, arrive_h in zip(stops, stops[1:], leaves, reaches, strict=False):
            path = self.formulation.legs[airspace].path(int(here), int(there))
            yield paper.Leg(
                start=self.places[here],
                end=self.places[there],
                depart=self._moment(depart_h),
                arrive=self._moment(arrive_h),
                distance_nm=float(problem.distance_nm[airspace, here, there]),
                points=_ring(path),
            )

    def _visits(self, index: int, route: Route) -> Iterator[paper.Visit]:
        problem, slot = self.problem, route.slot
        kind = int(problem.slots.kind[slot])
        timed = problem.clock(route)
        for order, (look, start_h, end_h) in enumerate(
            zip(route.looks, timed.start_h, timed.end_h, strict=True)
        ):
            middle_h = (start_h + end_h) / 2
            step = min(int(middle_h / problem.step_h), problem.condition.shape[1] - 1)
            condition = int(problem.condition[look.cell, step])
            width_nm = float(self.formulation.sweep_width_nm[kind, condition])
            light = Light(condition // SEA_STATES).name.lower()
            yield paper.Visit(
                cell=self.ids[look.cell],
                start=self._moment(start_h),
                end=self._moment(end_h),
                dwell_h=end_h - start_h,
                pod=problem.look_pod(slot, look, middle_h),
                sweep_width_nm=width_nm,
                condition=f"{light}, sea state {condition % SEA_STATES}",
                seen=max(0.0, self.gains[index, order]),
                pattern=self._pattern(look, kind, width_nm, end_h - start_h),
            )

    def _flown(self, airspace: int) -> NDArray[np.bool_]:
        """Return which legs of an airspace the routes fly, shape (P, P)."""
        flown = np.zeros_like(self.formulation.legs[airspace].distance_nm, dtype=bool)
        for route in self.routes:
            if self.problem.slots.airspace[route.slot] == airspace:
                stops = self._stops(route)
                flown[stops[:-1], stops[1:]] = True
        return flown

    def _stops(self, route: Route) -> list[int]:
        slots = self.problem.slots
        cells = (look.cell for look in route.looks)
        return [int(slots.start[route.slot]), *cells, int(slots.end[route.slot])]

    def _pattern(
        self, look: Look, kind: int, width_nm: float, dwell_h: float
    ) -> paper.Pattern | None:
        """Lay the pattern of a visit; the same search of the same cell is laid once."""
        speed_kn = self.formulation.detachments[kind].terms.search_kn
        key = (look.cell, width_nm, round(dwell_h, 9), speed_kn)
        if key not in self.patterns:
            self.patterns[key] = self._laid(*key) if width_nm > 0 else None
        return self.patterns[key]

    def _laid(
        self, cell: int, width_nm: float, dwell_h: float, speed_kn: float
    ) -> paper.Pattern | None:
        plane = self.theatre.grid.plane
        x, y = plane.xy(self.formulation.points[cell])
        try:
            track = lay_pattern(
                self.sea[cell],
                (float(x), float(y)),
                kind=self.scenario.rules.pattern,
                sweep_width_nm=width_nm,
                dwell_h=dwell_h,
                speed_kn=speed_kn,
            )
        except ValueError:
            return None
        return paper.Pattern(
            kind=track.kind,
            spacing_nm=max(track.spacing_nm, 1e-6),
            track=_ring(plane.lonlat(track.xy_nm)),
        )

    def _inside_h(self, route: Route) -> dict[str, float]:
        """Return the hours inside each priced zone: along legs, and over cells searched in it."""
        problem, slot = self.problem, route.slot
        kind, airspace = problem.slots.kind[slot], int(problem.slots.airspace[slot])
        stops = self._stops(route)
        inside = {}
        for zone in self.priced:
            flown_nm = float(self.zone_nm[zone.id, airspace][stops[:-1], stops[1:]].sum())
            searched_h = sum(
                float(problem.dwell_h[kind, look.cell, look.level])
                for look in route.looks
                if shapely.contains_xy(zone.geometry, *self.formulation.points[look.cell])
            )
            inside[zone.id] = flown_nm / float(problem.speed_kn[kind]) + searched_h
        return {zone: hours for zone, hours in inside.items() if hours > 0}

    def _lost(self, route: Route) -> float:
        """Return what the objective loses without a route, over the cells it searches."""
        index = self.routes.index(route)
        lost = -self.problem.cost(route) * self.per_unit
        for cell in {look.cell for look in route.looks}:
            others = [each[:2] for each in self.looks[cell] if each[2] != index]
            seen = sum(first_seen(self.problem.demand(cell), others))
            lost += self.seen[cell] - seen * self.per_unit
        return max(0.0, lost)

    def _looks(self) -> dict[int, list[tuple[float, float, int, int]]]:
        """Return mid-search, POD, route and order in it of each look, by cell and time."""
        looks: dict[int, list[tuple[float, float, int, int]]] = {}
        for index, route in enumerate(self.routes):
            timed = self.problem.clock(route)
            for order, look in enumerate(route.looks):
                middle_h = (timed.start_h[order] + timed.end_h[order]) / 2
                pod = self.problem.look_pod(route.slot, look, middle_h)
                looks.setdefault(look.cell, []).append((middle_h, pod, index, order))
        return {cell: sorted(found) for cell, found in looks.items()}

    def _gains(self) -> dict[tuple[int, int], float]:
        """Return the transfers first seen by each look, by route and order in it."""
        gains = {}
        for cell, found in self.looks.items():
            values = first_seen(self.problem.demand(cell), [each[:2] for each in found])
            for (_, _, index, order), gain in zip(found, values, strict=True):
                gains[index, order] = gain * self.per_unit
        return gains

    def _seen(self) -> dict[int, float]:
        """Return the transfers seen in each cell of the problem that is searched."""
        seen: dict[int, float] = {}
        for (index, order), gain in self.gains.items():
            cell = self.routes[index].looks[order].cell
            seen[cell] = seen.get(cell, 0.0) + gain
        return seen

    def _under_way(self) -> NDArray[np.float64]:
        """Return the transfers under way at some time in the period, by cell of the problem."""
        problem = self.problem
        begun = problem.rate_per_h.sum(axis=1) * problem.step_h
        return np.asarray((problem.under_way[:, 0] + begun) * self.per_unit)

    def _bands(self) -> tuple[paper.Band, paper.Band] | None:
        """Return 50 % and 90 % bands of transfers seen over the equally likely surfaces."""
        ratios = self.belief.ratios
        if not len(ratios):
            return None
        cells = self.formulation.cells
        seen = np.zeros(len(cells))
        seen[list(self.seen)] = list(self.seen.values())
        values = (ratios[:, cells] @ seen) * self.belief.count_factors
        low90, low50, high50, high90 = np.quantile(values, [0.05, 0.25, 0.75, 0.95])
        return (float(low50), float(high50)), (float(low90), float(high90))

    def _moment(self, hours: float) -> datetime:
        return self.scenario.period.start + timedelta(seconds=round(hours * 3600))


def _transfers_per_unit(scenario: Scenario, belief: Belief) -> float:
    """Return transfers for one unit of the problem's demand: barrels when those are maximised."""
    return 1.0 / belief.barrels if scenario.solver.objective == "barrels" else 1.0


def _ring(points: NDArray[np.float64]) -> tuple[paper.LonLat, ...]:
    return tuple((round(float(lon), 6), round(float(lat), 6)) for lon, lat in points)


def _zone(zone: Zone) -> paper.Zone:
    thin = shapely.simplify(zone.geometry, 0.005)
    lines = shapely.get_dimensions(zone.geometry) == 1
    parts = shapely.get_parts(thin)
    rings = parts if lines else shapely.get_exterior_ring(parts)
    return paper.Zone(
        id=zone.id,
        name=zone.name,
        rule=zone.rule,
        rings=tuple(_ring(shapely.get_coordinates(ring)) for ring in rings),
        lines=lines,
        source=" ".join(filter(None, (zone.source, zone.note))),
        dated=zone.dated,
        from_time=zone.from_time,
        to_time=zone.to_time,
    )


def _reports(events: Events) -> Iterator[paper.Report]:
    ages = events.points(1).age_days
    for age_days, event in zip(ages, events.located, strict=True):
        yield paper.Report(
            id=event.id,
            when=f"{event.start:%Y-%m-%d}",
            age_days=float(age_days),
            weight=event.weight,
            count=event.count,
            rings=tuple(_ring(ring) for ring in event.region.outline()) if event.region else (),
            basis=event.basis,
            vessels=event.vessels,
            source=event.source,
        )
