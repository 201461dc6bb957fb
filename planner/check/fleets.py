"""Sorties beside each other: turnaround, crews, rates, budgets, meetings and standing orders."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from planner.check.case import detachment, hours, overlapping
from planner.check.earth import geodesic_nm
from planner.check.flights import BRIEF_H, CLOCK_H, DEBRIEF_H

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from planner.check.case import Case
    from planner.plan import Sortie
    from planner.scenario.model import PinnedSortie


def airframes(case: Case) -> Iterator[str]:
    """Yield every rule that binds the sorties of one aircraft and is broken."""
    for name, flown in _grouped(case, lambda sortie: sortie.aircraft).items():
        terms = case.terms(flown[0])
        for before, after in pairwise(flown):
            gap_h = hours(before.landing, after.takeoff) - before.ferry_h
            if gap_h < terms.turnaround_h - CLOCK_H:
                yield (
                    f"{name}: {after.id} takes off {gap_h:.2f} h after {before.id}, "
                    f"expected a turnaround of {terms.turnaround_h:g} h"
                )
        rest_h = DEBRIEF_H + terms.rest_h + BRIEF_H
        for before, after in zip(flown, flown[terms.crews :], strict=False):
            gap_h = hours(before.landing, after.takeoff) - before.ferry_h
            if gap_h < rest_h - CLOCK_H:
                yield (
                    f"{name}: the crew of {before.id} and {after.id} has {gap_h:.2f} h between "
                    f"them, expected {rest_h:g} h"
                )
        days = [_day(case, sortie) for sortie in flown]
        for day in sorted(set(days)):
            if days.count(day) > terms.sorties_per_day:
                most = terms.sorties_per_day
                yield f"{name}: {days.count(day)} sorties on day {day + 1}, expected {most} at most"
        for sortie in flown:
            yield from _ferry(case, sortie)


def detachments(case: Case) -> Iterator[str]:
    """Yield every detachment that flies too many hours or too many aircraft."""
    for name, flown in _grouped(case, lambda sortie: detachment(sortie.aircraft)).items():
        terms = case.scenario.aircraft[name]
        spent_h = sum(hours(s.takeoff, s.landing) + s.ferry_h for s in flown)
        if terms.budget_h is not None and spent_h > terms.budget_h + CLOCK_H * len(flown):
            yield f"{name} flies {spent_h:.2f} h of its budget of {terms.budget_h:g} h"
        daily = terms.count * terms.available
        for day in range(case.scenario.period.days):
            on_call = {sortie.aircraft for sortie in flown if _day(case, sortie) == day}
            if len(on_call) > ceil(daily - 1e-9):
                flies = f"{len(on_call)} aircraft on day {day + 1}"
                yield f"{name} flies {flies}, expected {ceil(daily - 1e-9)} at most"


def deconfliction(case: Case) -> Iterator[str]:
    """Yield every cell that two aircraft search at once, and every aircraft in two places."""
    searched: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for sortie in case.plan.sorties:
        for visit in sortie.visits:
            searched.setdefault(visit.cell, []).append((visit.start, visit.end, sortie.id))
    slack = timedelta(hours=CLOCK_H)
    for cell, spans in sorted(searched.items()):
        if not case.scenario.rules.share_cells:
            for one, other in overlapping([(a, b - slack, name) for a, b, name in spans]):
                yield f"{one} and {other} search cell {cell} at the same time"


def orders(case: Case) -> Iterator[str]:
    """Yield every standing order that is neither kept nor said to be set aside."""
    pins, flown = case.scenario.pins, case.plan.sorties
    aside = {each.where for each in case.plan.relaxed}
    for cell in pins.never:
        for sortie in flown:
            if any(visit.cell == cell for visit in sortie.visits):
                yield f"{sortie.id} searches cell {cell}, which is never to be searched"
    for number, look in enumerate(pins.looks):
        if f"pins.looks[{number}]" in aside:
            continue
        middles = [
            visit.start + (visit.end - visit.start) / 2
            for sortie in flown
            for visit in sortie.visits
            if visit.cell == look.cell
        ]
        slack = timedelta(hours=CLOCK_H)
        if not any(look.from_time - slack <= m <= look.to_time + slack for m in middles):
            yield f"order {number + 1}: cell {look.cell} is not searched when it must be"
    for number, pin in enumerate(pins.sorties):
        if f"pins.sorties[{number}]" in aside:
            continue
        if not any(_as_ordered(sortie, pin) for sortie in flown):
            when = f"{pin.takeoff:%d %b %H:%M}"
            yield f"the sortie ordered of {pin.aircraft} at {when} is not flown as ordered"


def _as_ordered(sortie: Sortie, pin: PinnedSortie) -> bool:
    looks = [(visit.cell, visit.dwell_h) for visit in sortie.visits]
    return (
        sortie.aircraft == pin.aircraft
        and abs(hours(pin.takeoff, sortie.takeoff)) <= CLOCK_H
        and [cell for cell, _ in looks] == [visit.cell for visit in pin.visits]
        and all(
            abs(dwell_h - ordered.dwell_h) <= CLOCK_H
            for (_, dwell_h), ordered in zip(looks, pin.visits, strict=True)
        )
        and sortie.recovery == (pin.recovery or sortie.station)
    )


def _ferry(case: Case, sortie: Sortie) -> Iterator[str]:
    if sortie.recovery == sortie.station:
        return
    home_nm = geodesic_nm(case.place(sortie.recovery), case.place(sortie.station))
    least_h = home_nm / case.aircraft[sortie.aircraft].transit_kn
    if sortie.ferry_h < least_h - CLOCK_H:
        brought = f"{sortie.ferry_h:.2f} h to bring the aircraft home"
        yield f"{sortie.id}: {brought}, expected {least_h:.2f} h at least"


def _day(case: Case, sortie: Sortie) -> int:
    return (sortie.takeoff - case.scenario.period.start) // timedelta(days=1)


def _grouped(case: Case, key: Callable[[Sortie], str]) -> dict[str, list[Sortie]]:
    """Return sorties by some name, in order of take-off."""
    groups: dict[str, list[Sortie]] = {}
    for sortie in sorted(case.plan.sorties, key=lambda each: each.takeoff):
        groups.setdefault(key(sortie), []).append(sortie)
    return dict(sorted(groups.items()))
