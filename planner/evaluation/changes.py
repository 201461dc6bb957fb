"""What to change first in a hand-made plan: the single changes that gain most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.evaluation.breaches import fleet_breaches
from planner.evaluation.flown import Flight, Hop
from planner.evaluation.handmade import as_plan
from planner.evaluation.stays import Stay
from planner.evaluation.worth import Valuer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.pipeline import Run
    from planner.plan import Plan

    Stops = tuple[tuple[int, float], ...]

MOST_CELLS = 15
MOST_SHIFTS = 48
CLOSE_H = 1e-6
SHIFT_H = 0.5
LEAST_SHARE = 5e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One change to one sortie.

    Parameters
    ----------
    text
        The change in words.
    gain
        Transfers gained, expected; prices counted in.
    flights
        The plan with the change made.
    """

    text: str
    gain: float
    flights: tuple[Flight, ...]


def best_changes(
    flights: Sequence[Flight], theirs: Sequence[Flight], run: Run, *, most: int = 5
) -> list[Change]:
    """
    Return the single changes that gain most, each for another sortie or of another kind.

    A visit is dropped, added, moved or made longer, a take-off shifted, or a sortie flown as the
    plan of the run flies that aircraft that day. The changed sortie is flown along legal legs at
    transit speed, the others as they are. Changes that break a rule are left out.

    Parameters
    ----------
    flights
        As flown.
    theirs
        The planner's sorties.
    run
        The run of the scenario.
    most
        How many to return.
    """
    critic = _Critic(flights, theirs, run)
    plan = as_plan(flights, run, name="mine", title="")
    faults = len(fleet_breaches(plan, run))
    chosen: list[Change] = []
    kinds: set[tuple[int, str]] = set()
    for trial in sorted(critic.trials(), key=lambda each: (-each.gain, each.number, each.text)):
        kind = (trial.number, trial.text.split(" ")[0])
        if len(chosen) == most or trial.gain < LEAST_SHARE * critic.total:
            break
        if kind in kinds:
            continue
        flight = critic.drawn(trial)
        if len(fleet_breaches(_with(plan, trial.number, flight, run), run)) <= faults:
            kinds.add(kind)
            change = Change(
                text=f"{critic.name(trial)}: {trial.text}",
                gain=trial.gain * critic.valuer.transfers,
                flights=critic.changed(trial.number, flight),
            )
            chosen.append(change)
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """A sortie flown otherwise: along legal legs of a slot, from a take-off, by its stops."""

    text: str
    slot: int
    takeoff_h: float
    stops: Stops


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A change and its gain; which sortie it is of, or one past the last for a new one."""

    text: str
    gain: float
    number: int
    flight: Flight
    edit: _Edit | None = None


def _with(plan: Plan, number: int, flight: Flight, run: Run) -> Plan:
    """Return a plan with one sortie flown otherwise, or one more; what it is worth stays as is."""
    (sortie,) = as_plan([flight], run, name="", title="").sorties
    others = [each for index, each in enumerate(plan.sorties) if index != number]
    changed = sortie.model_copy(update={"id": f"S{number + 1:02d}"})
    return plan.model_copy(update={"sorties": (*others, changed)})


class _Critic:
    """Tries changes to one sortie at a time and values them beside the rest."""

    def __init__(self, flights: Sequence[Flight], theirs: Sequence[Flight], run: Run) -> None:
        self.flights, self.theirs, self.run = tuple(flights), theirs, run
        self.formulation, self.problem = run.formulation, run.formulation.problem
        self.valuer = Valuer(run)
        self.ids = [run.theatre.grid.ids[cell] for cell in run.formulation.cells]
        self.points = self.valuer.points
        self.total = self._value(self.flights)
        worth = self.problem.under_way.mean(axis=1)
        self.cells = [int(cell) for cell in np.argsort(-worth, kind="stable")[:MOST_CELLS]]

    def trials(self) -> Iterator[_Trial]:
        """Yield every change that can be flown, with its gain in the objective's unit."""
        for number, flight in enumerate(self.flights):
            others = [each for each in self.flights if each is not flight]
            beside = _Beside(self.valuer, others, self.total)
            for edit in self._edits(flight):
                changed = self._timed(flight, edit)
                if self._lasts(changed, edit, flight) and self._fits(changed, others):
                    gain = beside.gain(changed, self._cost(edit))
                    yield _Trial(
                        text=edit.text, gain=gain, number=number, flight=changed, edit=edit
                    )
        yield from self._as_the_plan()

    def drawn(self, trial: _Trial) -> Flight:
        """Return the sortie of a trial with the legs it flies."""
        if trial.edit is None:
            return trial.flight
        return replace(trial.flight, hops=tuple(self._hops(trial.flight, trial.edit)))

    def changed(self, number: int, flight: Flight) -> tuple[Flight, ...]:
        """Return all sorties with one changed or added."""
        others = [each for index, each in enumerate(self.flights) if index != number]
        return tuple(sorted([*others, flight], key=lambda each: (each.takeoff_h, each.name)))

    def name(self, trial: _Trial) -> str:
        """Return what a sortie is called: by number and aircraft."""
        if trial.number == len(self.flights):
            return "New"
        return f"S{trial.number + 1:02d} {trial.flight.airframe}"

    def _value(self, flights: Sequence[Flight]) -> float:
        return self.valuer.value(self.valuer.looks(flights)) - sum(map(self.valuer.cost, flights))

    def _edits(self, flight: Flight) -> Iterator[_Edit]:
        """Yield every change to one sortie whose cells its slot may search."""
        slot, stops = self._slot(flight), self._stops(flight)
        if slot is None or not stops:
            return
        for hour in self._takeoffs(slot):
            shift_h = hour - flight.takeoff_h
            if abs(shift_h) > CLOSE_H:
                late = "later" if shift_h > 0 else "earlier"
                text = f"take off {round(60 * abs(shift_h))} min {late}"
                yield _Edit(text=text, slot=slot, takeoff_h=hour, stops=stops)
        for text, edited in self._restops(slot, stops):
            if self.problem.allowed[slot, [cell for cell, _ in edited]].all():
                yield _Edit(text=text, slot=slot, takeoff_h=flight.takeoff_h, stops=edited)

    def _restops(self, slot: int, stops: Stops) -> Iterator[tuple[str, Stops]]:
        kind = int(self.problem.slots.kind[slot])
        allowed = [cell for cell in self.cells if self.problem.allowed[slot, cell]]
        for at, (cell, dwell_h) in enumerate(stops):
            name, rest = self._search(stops, at), stops[at + 1 :]
            if len(stops) > 1:
                yield f"drop {name}", stops[:at] + rest
            for longer_h in self.problem.dwell_h[kind, cell]:
                if longer_h > dwell_h + 0.05:
                    text = f"stay in {name} for {longer_h:.1f} h, not {dwell_h:.1f} h"
                    yield text, (*stops[:at], (cell, float(longer_h)), *rest)
            for other in allowed:
                if other != cell:
                    text = f"search {self.ids[other]} instead of {name}"
                    yield text, (*stops[:at], (other, dwell_h), *rest)
        for at in range(len(stops) + 1):
            after = f"after {self._search(stops, at - 1)}" if at else "first"
            for cell in allowed:
                for dwell_h in {self.problem.dwell_h[kind, cell, level] for level in (0, -1)}:
                    text = f"add {self.ids[cell]} for {dwell_h:.1f} h {after}"
                    yield text, (*stops[:at], (cell, float(dwell_h)), *stops[at:])

    def _search(self, stops: Stops, at: int) -> str:
        """Return what a search is called: its cell, and which one when there are several."""
        cells = [cell for cell, _ in stops]
        name = self.ids[cells[at]]
        return f"{name} (search {at + 1})" if cells.count(cells[at]) > 1 else name

    def _as_the_plan(self) -> Iterator[_Trial]:
        """Yield each sortie of the planner's, in place of the one of that aircraft that day."""
        for planned in self.theirs:
            day = int(planned.takeoff_h // 24)
            same = [
                number
                for number, each in enumerate(self.flights)
                if each.airframe == planned.airframe and int(each.takeoff_h // 24) == day
            ]
            if len(same) > 1:
                continue
            number = same[0] if same else len(self.flights)
            others = [each for index, each in enumerate(self.flights) if index != number]
            if self._fits(planned, others):
                date = self.run.scenario.period.start + timedelta(days=day)
                who = f"{planned.airframe} on {date:%d %b}"
                text = f"fly {who} as the planner does ({self._told(planned)})"
                beside = _Beside(self.valuer, others, self.total)
                gain = beside.gain(planned, self.valuer.cost(planned))
                yield _Trial(text=text, gain=gain, number=number, flight=planned)

    def _told(self, flight: Flight) -> str:
        """Return the cells of a sortie in words, each once where it follows itself."""
        names = [self.run.theatre.grid.ids[search.cell] for search in flight.searches]
        return ", ".join(n for n, before in zip(names, ["", *names], strict=False) if n != before)

    def _slot(self, flight: Flight) -> int | None:
        """Return the slot a sortie fills: of its aircraft, else of its detachment, that day."""
        slots, openings = self.problem.slots, self.formulation.openings
        day = int(flight.takeoff_h // 24)
        same = [
            n
            for n, each in enumerate(openings)
            if each.day == day
            and int(slots.kind[n]) == flight.kind
            and each.recovery == flight.recovery
        ]
        own = [n for n in same if openings[n].airframe == flight.airframe]
        return next(iter(own or same), None)

    def _stops(self, flight: Flight) -> Stops:
        return tuple(
            (self.points[s.cell], s.end_h - s.start_h)
            for s in flight.searches
            if s.cell in self.points
        )

    def _takeoffs(self, slot: int) -> list[float]:
        """Return the take-offs of a slot, spread evenly when there are too many."""
        slots = self.problem.slots
        first = float(slots.earliest_h[slot])
        step_h = self.problem.takeoff_step_h or SHIFT_H
        count = int((slots.last_takeoff_h[slot] - first) / step_h + CLOSE_H) + 1
        thin = max(1, -(-count // MOST_SHIFTS))
        return [first + step_h * number for number in range(0, count, thin)]

    def _legs_h(self, edit: _Edit) -> list[float]:
        airspace, kind, points = self._points(edit)
        lengths = self.problem.distance_nm[airspace][points[:-1], points[1:]]
        hours: list[float] = (lengths / self.problem.speed_kn[kind]).tolist()
        return hours

    def _points(self, edit: _Edit) -> tuple[int, int, list[int]]:
        """Return airspace, kind and the points flown to."""
        slots, slot = self.problem.slots, edit.slot
        points = [int(slots.start[slot]), *(cell for cell, _ in edit.stops), int(slots.end[slot])]
        return int(slots.airspace[slot]), int(slots.kind[slot]), points

    def _timed(self, flight: Flight, edit: _Edit) -> Flight:
        """Return a sortie flown along legal legs at transit speed, without drawing them."""
        legs_h = self._legs_h(edit)
        now = edit.takeoff_h + float(self.problem.departure_h[flight.kind])
        searches = []
        for (cell, dwell_h), leg_h in zip(edit.stops, legs_h, strict=False):
            start_h, now = now + leg_h, now + leg_h + dwell_h
            searches.append(Stay(int(self.formulation.cells[cell]), start_h, now))
        return replace(
            flight,
            takeoff_h=edit.takeoff_h,
            landing_h=now + legs_h[-1] + float(self.problem.arrival_h[flight.kind]),
            searches=tuple(searches),
            hops=(),
        )

    def _hops(self, flight: Flight, edit: _Edit) -> Iterator[Hop]:
        """Yield the legs of a sortie as they are flown."""
        airspace, _, points = self._points(edit)
        legs, now = (
            self.formulation.legs[airspace],
            flight.takeoff_h + float(self.problem.departure_h[flight.kind]),
        )
        ends_h = [search.end_h for search in flight.searches]
        hours = zip([now, *ends_h], self._legs_h(edit), strict=True)
        for (here, there), (start_h, leg_h) in zip(pairwise(points), hours, strict=True):
            yield Hop(points=legs.path(here, there), start_h=start_h, end_h=start_h + leg_h)

    def _cost(self, edit: _Edit) -> float:
        """Return what legs and searches cost, in the objective's unit, as the solvers pay it."""
        airspace, _, points = self._points(edit)
        price = self.problem.price[airspace]
        searching = sum(float(self.problem.price_per_h[cell]) * h for cell, h in edit.stops)
        return searching + (float(price[points[:-1], points[1:]].sum()) if price.size > 1 else 0.0)

    def _lasts(self, changed: Flight, edit: _Edit, flight: Flight) -> bool:
        """Return whether a sortie lands in time, or breaks no limit more than it did."""
        slots = self.problem.slots
        most_h = max(float(slots.endurance_h[edit.slot]), flight.landing_h - flight.takeoff_h)
        latest_h = max(float(slots.latest_h[edit.slot]), flight.landing_h)
        airborne_h = changed.landing_h - changed.takeoff_h
        return changed.landing_h <= latest_h + CLOSE_H and airborne_h <= most_h + CLOSE_H

    def _fits(self, flight: Flight, others: Sequence[Flight]) -> bool:
        """Return whether a sortie leaves its aircraft and its cells to the others in time."""
        turnaround_h = self.formulation.detachments[flight.kind].terms.turnaround_h
        for other in others:
            apart_h = max(other.takeoff_h - flight.landing_h, flight.takeoff_h - other.landing_h)
            if other.airframe == flight.airframe and apart_h < turnaround_h - CLOSE_H:
                return False
            if self.problem.exclusive and apart_h < 0 and _meet(flight, other):
                return False
        return True


class _Beside:
    """Values one sortie beside others that stay as they are."""

    def __init__(self, valuer: Valuer, others: Sequence[Flight], total: float) -> None:
        self.valuer, self.total = valuer, total
        self.looks = valuer.looks(others)
        self.worth = {cell: valuer.cell_value(cell, each) for cell, each in self.looks.items()}
        self.rest = sum(self.worth.values()) - sum(map(valuer.cost, others))

    def gain(self, flight: Flight, cost: float) -> float:
        """Return what the plan gains by flying a sortie so at a cost, in the objective's unit."""
        added = 0.0
        for cell, looks in self.valuer.looks([flight]).items():
            both = [*self.looks.get(cell, []), *looks]
            added += self.valuer.cell_value(cell, both) - self.worth.get(cell, 0.0)
        return self.rest + added - cost - self.total


def _meet(one: Flight, other: Flight) -> bool:
    """Return whether two sorties search a cell at the same time."""
    return any(
        a.cell == b.cell and a.start_h < b.end_h - CLOSE_H and b.start_h < a.end_h - CLOSE_H
        for a in one.searches
        for b in other.searches
    )
