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
    from planner.scenario.model import PinnedLook, PinnedSortie


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
    aside = _aside(case)
    for cell in case.scenario.pins.never:
        for sortie in case.plan.sorties:
            if any(visit.cell == cell for visit in sortie.visits):
                yield f"{sortie.id} searches cell {cell}, which is never to be searched"
    for number, look in enumerate(case.scenario.pins.looks):
        if f"pins.looks[{number}]" not in aside and not _looked(case, look, CLOCK_H):
            yield f"order {number + 1}: cell {look.cell} is not searched when it must be"
    for number, pin in enumerate(case.scenario.pins.sorties):
        if f"pins.sorties[{number}]" not in aside and not _flown_as(case, pin):
            when = f"{pin.takeoff:%d %b %H:%M}"
            yield f"the sortie ordered of {pin.aircraft} at {when} is not flown as ordered"


def set_aside(case: Case) -> Iterator[str]:
    """Yield everything wrong with what the plan says of the orders it sets aside."""
    pins, aside = case.scenario.pins, _aside(case)
    looks = {f"pins.looks[{n}]": look for n, look in enumerate(pins.looks)}
    sorties = {f"pins.sorties[{n}]": pin for n, pin in enumerate(pins.sorties)}
    owed = [_flown_as(case, pin) for where, pin in sorties.items() if where not in aside]
    for where in sorted(aside):
        if where in looks:
            kept = _looked(case, looks[where], -CLOCK_H)
        elif where in sorties:
            kept = bool(_flown_as(case, sorties[where]).difference(*owed))
        else:
            yield f"{where} is said to be set aside, but there is no such order"
            continue
        if kept:
            yield f"{where} is said to be set aside, but it is kept"
    if aside and case.plan.sorties and case.plan.status != "partial":
        yield f"orders are set aside, but the status is {case.plan.status}, expected partial"


def _aside(case: Case) -> set[str]:
    """Return the places in the scenario of the orders that the plan sets aside for a reason."""
    return {each.where for each in case.plan.relaxed if each.why}


def _looked(case: Case, look: PinnedLook, slack_h: float) -> bool:
    """Return whether a cell is half searched within the time ordered and some hours around it."""
    slack = timedelta(hours=slack_h)
    return any(
        look.from_time - slack
        <= visit.start + (visit.end - visit.start) / 2
        <= look.to_time + slack
        for sortie in case.plan.sorties
        for visit in sortie.visits
        if visit.cell == look.cell
    )


def _flown_as(case: Case, pin: PinnedSortie) -> set[str]:
    """Return the sorties that are flown as ordered."""
    return {sortie.id for sortie in case.plan.sorties if _as_ordered(sortie, pin)}


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
