"""Standing orders: what a scenario demands of every plan, in the problem's terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, ScenarioError, nearest
from planner.plan import Relaxed
from planner.problem import Look, Route
from planner.rules import SLACK_H, broken_rules
from planner.scenario.model import Pins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.formulation import Formulation
    from planner.plan import Plan
    from planner.problem import Problem, Routes
    from planner.scenario.model import PinnedLook, PinnedSortie, Scenario
    from planner.theatre import Theatre

    Place = tuple[str | int, ...]

SAME_H = 1 / 3600
SAME_DWELL_H = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """
    A formulation and its standing orders.

    Parameters
    ----------
    formulation
        With the orders that can be kept.
    looks
        Number in the scenario of each look that the problem requires, shape (m,).
    aside
        Orders that cannot be kept, alone or beside those before them.
    """

    formulation: Formulation
    looks: tuple[int, ...]
    aside: tuple[Relaxed, ...]


def keep_orders(scenario: Scenario, theatre: Theatre, formulation: Formulation) -> Kept:
    """
    Return the formulation with its standing orders: sorties as they are, cells at their times.

    Cells never to be searched and airframes on the ground are kept by the formulation already. An
    order that cannot be kept is set aside; each one is tried beside those kept before it, so none
    is set aside that could be kept beside the others.

    Raises
    ------
    ScenarioError
        With a fault for each order that makes no sense: of a cell or dwell that there is not, or
        outside the period.
    """
    orders = _Orders(scenario, theatre, formulation)
    faults = [*orders.never(), *orders.grounded(), *orders.senseless()]
    if faults:
        raise ScenarioError(faults)
    fixed: Routes = ()
    rows: dict[int, list[float]] = {}
    aside: list[Relaxed] = []
    for number, pin in enumerate(scenario.pins.sorties):
        route = orders.sortie(pin, fixed)
        if isinstance(route, str):
            aside.append(_set_aside(scenario, "sorties", number, route))
        else:
            fixed = (*fixed, route)
    for number, pinned in enumerate(scenario.pins.looks):
        row = orders.look(pinned)
        if isinstance(row, str):
            aside.append(_set_aside(scenario, "looks", number, row))
        else:
            rows[number] = row
    problem = replace(formulation.problem, fixed=fixed, required=_stacked(rows.values()))
    return Kept(
        formulation=replace(formulation, problem=problem), looks=tuple(rows), aside=tuple(aside)
    )


def without_looks(scenario: Scenario, kept: Kept, rows: Collection[int], why: str) -> Kept:
    """Return the orders with some of the required looks set aside too, by row."""
    problem = kept.formulation.problem
    left = [row for row in range(len(problem.required)) if row not in rows]
    smaller = replace(problem, required=problem.required[left])
    more = [_set_aside(scenario, "looks", kept.looks[row], why) for row in sorted(rows)]
    return Kept(
        formulation=replace(kept.formulation, problem=smaller),
        looks=tuple(kept.looks[row] for row in left),
        aside=(*kept.aside, *more),
    )


def _stacked(rows: Iterable[list[float]]) -> NDArray[np.float64]:
    return np.array(list(rows), dtype=np.float64).reshape(-1, 3)


def _set_aside(scenario: Scenario, kind: str, number: int, why: str) -> Relaxed:
    pin = getattr(scenario.pins, kind)[number]
    if kind == "looks":
        found = f"{pin.cell} from {pin.from_time:%d %b %H:%M} to {pin.to_time:%d %b %H:%M}"
    else:
        found = f"{pin.aircraft} at {pin.takeoff:%d %b %H:%M}"
    return Relaxed(where=f"pins.{kind}[{number}]", found=found, why=why)


def lifted(scenario: Scenario, relaxed: Iterable[Relaxed]) -> Scenario:
    """Return the scenario without the orders that were set aside."""
    gone = {each.where for each in relaxed}
    left = {
        kind: tuple(
            pin
            for number, pin in enumerate(getattr(scenario.pins, kind))
            if f"pins.{kind}[{number}]" not in gone
        )
        for kind in ("sorties", "looks")
    }
    return scenario.model_copy(update={"pins": scenario.pins.model_copy(update=left)})


def without_orders(scenario: Scenario) -> Scenario:
    """Return the scenario with its standing orders lifted."""
    return scenario.model_copy(update={"pins": Pins()})


def warning(scenario: Scenario, *, lost: float, score: float) -> str:
    """
    Return what to tell of the orders' price, or nothing when it is small.

    Parameters
    ----------
    scenario
        Its `pins.warn_share` says what is small.
    lost
        Objective that the best plan found without orders gains.
    score
        Objective of the plan with them.
    """
    free = score + lost
    if free <= 0 or lost <= scenario.pins.warn_share * free:
        return ""
    return (
        f"The standing orders together cost {lost:.3g} of {free:.3g} {scenario.solver.objective} "
        f"({100 * lost / free:.1f} %) or more: a short search found that much without them. "
        "They are kept."
    )


def routes_of(plan: Plan, theatre: Theatre, formulation: Formulation) -> Routes:
    """
    Return the sorties of a plan as the problem knows them.

    Raises
    ------
    ScenarioError
        When a sortie is not one that the formulation could fly.
    """
    names = _Names(theatre, formulation)
    routes: Routes = ()
    faults = []
    for sortie in plan.sorties:
        found = names.fitting(
            sortie.aircraft,
            sortie.recovery,
            _hours(plan.start, sortie.takeoff),
            tuple((visit.cell, visit.dwell_h) for visit in sortie.visits),
            taken={route.slot for route in routes},
            landing_h=_hours(plan.start, sortie.landing),
        )
        if isinstance(found, str):
            faults.append(Fault(f"sortie {sortie.id}", found, "a sortie of this scenario"))
        else:
            routes = (*routes, found)
    if faults:
        raise ScenarioError(faults)
    return tuple(sorted(routes, key=lambda route: route.slot))


def translated(routes: Routes, before: Formulation, after: Formulation) -> Routes:
    """Return routes of one formulation in the slots of another one of the same cells."""
    found: Routes = ()
    for route in routes:
        opening = before.openings[route.slot]
        taken = {each.slot for each in found}
        for slot, other in enumerate(after.openings):
            same = (opening.airframe, opening.recovery, opening.day) == (
                other.airframe, other.recovery, other.day,
            )  # fmt: skip
            moved = replace(route, slot=slot)
            if same and slot not in taken and not broken_rules(_free(after.problem), (moved,)):
                found = (*found, moved)
                break
    return found


def _free(problem: Problem) -> Problem:
    """Return the problem without orders."""
    return replace(problem, fixed=(), required=np.zeros((0, 3)))


def _hours(start: datetime, moment: datetime) -> float:
    return (moment - start) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Names:
    """Cells and slots by the names that people use."""

    theatre: Theatre
    formulation: Formulation

    def cell(self, name: str) -> int | str:
        """Return the problem's index of a cell, or what is wrong with the name."""
        ids = self.theatre.grid.ids
        if name not in ids:
            return f"a cell of this area{_or_hint(nearest(name, ids))}"
        at = np.flatnonzero(self.formulation.cells == list(ids).index(name))
        if not len(at):
            return "a cell where an aircraft may lawfully search"
        return int(at[0])

    def fitting(
        self,
        airframe: str,
        recovery: str,
        takeoff_h: float,
        visits: Sequence[tuple[str, float]],
        *,
        taken: set[int],
        landing_h: float | None = None,
    ) -> Route | str:
        """Return the sortie in the slot that fits it best, or why there is none."""
        problem = _free(self.formulation.problem)
        slots = [s for s in self._slots(airframe, recovery, takeoff_h) if s not in taken]
        if not slots:
            return f"{airframe} cannot take off then to land at {recovery}"
        options = []
        for slot in slots:
            route, wrong = self._route(slot, takeoff_h, visits)
            if route is None:
                return wrong
            broken = broken_rules(problem, (route,))
            late_h = abs(problem.clock(route).landing_h - landing_h) if landing_h else 0.0
            options.append((len(broken), late_h, slot, route, broken))
        _, _, slot, route, broken = min(options, key=lambda each: each[:3])
        return broken[0].replace(f"slot {slot}", airframe) if broken else route

    def _slots(self, airframe: str, recovery: str, takeoff_h: float) -> Iterator[int]:
        for slot, each in enumerate(self.formulation.openings):
            open_then = each.earliest_h - SAME_H <= takeoff_h <= each.last_takeoff_h + SAME_H
            if open_then and (each.airframe, each.recovery) == (airframe, recovery):
                yield slot

    def _route(
        self, slot: int, takeoff_h: float, visits: Sequence[tuple[str, float]]
    ) -> tuple[Route | None, str]:
        problem = self.formulation.problem
        step_h, first_h = problem.takeoff_step_h, float(problem.slots.earliest_h[slot])
        if step_h > 0:
            exact_h = first_h + step_h * round((takeoff_h - first_h) / step_h)
            if abs(exact_h - takeoff_h) > SAME_H:
                return None, f"take-off is not a multiple of {60 * step_h:g} min after the first"
            takeoff_h = exact_h
        looks = []
        for name, dwell_h in visits:
            cell = self.cell(name)
            if isinstance(cell, str):
                return None, f"{name} is not {cell}"
            levels_h = problem.dwell_h[problem.slots.kind[slot], cell]
            level = int(np.abs(levels_h - dwell_h).argmin())
            looks.append(Look(cell, level))
        return Route(slot, float(takeoff_h), tuple(looks)), ""


@dataclass(frozen=True, slots=True)
class _Orders:
    """The scenario's orders, one by one."""

    scenario: Scenario
    theatre: Theatre
    formulation: Formulation

    @property
    def names(self) -> _Names:
        """Cells and slots by name."""
        return _Names(self.theatre, self.formulation)

    def never(self) -> Iterator[Fault]:
        """Yield a fault for each forbidden cell that there is not."""
        for number, name in enumerate(self.scenario.pins.never):
            yield from self._cell_faults(("pins", "never", number), name)

    def grounded(self) -> Iterator[Fault]:
        """Yield a fault for each order to stay on the ground on a day that is not planned."""
        period = self.scenario.period
        first, last = period.start.date(), (period.end - timedelta(seconds=1)).date()
        for number, pin in enumerate(self.scenario.pins.grounded):
            if not first <= pin.day <= last:
                place = ("pins", "grounded", number, "day")
                yield self._fault(place, f"day {pin.day}", f"a day from {first} to {last}")

    def senseless(self) -> Iterator[Fault]:
        """Yield a fault for each order of something that there is not, or not in the period."""
        for number, pin in enumerate(self.scenario.pins.sorties):
            place: Place = ("pins", "sorties", number)
            for k, visit in enumerate(pin.visits):
                yield from self._cell_faults((*place, "visits", k, "cell"), visit.cell)
                yield from self._dwell_faults((*place, "visits", k, "dwell_h"), visit.dwell_h)
            if not self.scenario.period.start <= pin.takeoff <= self.scenario.period.end:
                found, expected = f"takeoff = {pin.takeoff}", "a time within the period"
                yield self._fault(place, found, expected, self._windows(pin.aircraft))
        for number, look in enumerate(self.scenario.pins.looks):
            yield from self._cell_faults(("pins", "looks", number, "cell"), look.cell)
            from_h, to_h = self._span_h(look)
            if not 0 <= from_h <= to_h <= self.scenario.period.hours:
                found = f"from {look.from_time} to {look.to_time}"
                expected = "a span of time within the period"
                yield self._fault(("pins", "looks", number), found, expected)

    def sortie(self, pin: PinnedSortie, before: Routes) -> Route | str:
        """Return the sortie ordered, or why it cannot be flown beside those before it."""
        never = sorted({visit.cell for visit in pin.visits} & set(self.scenario.pins.never))
        if never:
            return f"{never[0]} is in pins.never"
        found = self.names.fitting(
            pin.aircraft,
            pin.recovery or self._home(pin.aircraft),
            _hours(self.scenario.period.start, pin.takeoff),
            tuple((visit.cell, visit.dwell_h) for visit in pin.visits),
            taken={route.slot for route in before},
        )
        if isinstance(found, str):
            return f"{found} ({self._windows(pin.aircraft)})"
        broken = broken_rules(_free(self.formulation.problem), (*before, found))
        return f"with the orders before it, {broken[0]}" if broken else found

    def look(self, pin: PinnedLook) -> list[float] | str:
        """Return the row that demands a look, or why no aircraft can take it."""
        if pin.cell in self.scenario.pins.never:
            return f"{pin.cell} is in pins.never"
        cell = self.names.cell(pin.cell)
        if isinstance(cell, str):
            return f"{pin.cell} is not {cell}"
        from_h, to_h = self._span_h(pin)
        if not reachable(self.formulation.problem, cell, from_h, to_h).any():
            return "no aircraft can reach it, search it and return then"
        return [float(cell), from_h, to_h]

    def _span_h(self, pin: PinnedLook) -> tuple[float, float]:
        start = self.scenario.period.start
        return _hours(start, pin.from_time), _hours(start, pin.to_time)

    def _cell_faults(self, place: Place, name: str) -> Iterator[Fault]:
        ids = self.theatre.grid.ids
        if name not in ids:
            yield self._fault(place, f"cell {name!r}", "a cell of this area", nearest(name, ids))

    def _dwell_faults(self, place: Place, dwell_h: float) -> Iterator[Fault]:
        levels = self.scenario.rules.dwell_h
        if min(abs(dwell_h - each) for each in levels) > SAME_DWELL_H:
            listed = ", ".join(f"{each:g}" for each in levels)
            yield self._fault(place, f"dwell_h = {dwell_h:g}", f"one of rules.dwell_h: {listed}")

    def _home(self, airframe: str) -> str:
        owners = (d for d in self.formulation.detachments if airframe in d.airframes)
        return next(owners).terms.station

    def _windows(self, airframe: str) -> str:
        """Return when an airframe may take off, as a hint."""
        start = self.scenario.period.start
        spans = [
            f"{start + timedelta(hours=each.earliest_h):%d %b %H:%M} to "
            f"{start + timedelta(hours=each.last_takeoff_h):%d %b %H:%M}"
            for each in self.formulation.openings
            if each.airframe == airframe
        ]
        told = "; ".join(dict.fromkeys(spans)) or "on no day"
        return f"{airframe} may take off: {told}"

    def _fault(self, place: Place, found: str, expected: str, hint: str = "") -> Fault:
        return Fault(self.scenario.where(*place), found, expected, hint)


def reachable(problem: Problem, cell: int, from_h: float, to_h: float) -> NDArray[np.bool_]:
    """Return which slots could be half through a search of a cell in a span of time, shape (T,)."""
    slots, kind = problem.slots, problem.slots.kind
    legs_nm, speed_kn = problem.distance_nm, problem.speed_kn[kind]
    out_h = legs_nm[slots.airspace, slots.start, cell] / speed_kn + problem.departure_h[kind]
    back_h = legs_nm[slots.airspace, cell, slots.end] / speed_kn + problem.arrival_h[kind]
    dwell_h = problem.dwell_h[kind, cell, 0]
    latest_h = np.minimum(slots.latest_h, slots.last_takeoff_h + slots.endurance_h)
    first_h = np.maximum(slots.earliest_h + out_h + dwell_h / 2, from_h)
    last_h = np.minimum(latest_h - back_h - dwell_h / 2, to_h)
    flown_h = out_h + dwell_h + back_h
    in_time = (flown_h <= slots.endurance_h + SLACK_H) & (first_h <= last_h + SLACK_H)
    opens = slots.earliest_h <= slots.last_takeoff_h
    return np.asarray(problem.allowed[:, cell] & in_time & opens)


def _or_hint(hint: str) -> str:
    return f" ({hint})" if hint else ""
