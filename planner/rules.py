"""What every set of routes must obey, in the problem's own terms."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from planner.problem import Problem, Route, Routes

SLACK_H = 1e-6


def broken_rules(problem: Problem, routes: Routes) -> list[str]:
    """
    Return every rule the routes break, in words; nothing when they may be flown.

    Solvers' tests use it; the plan a user gets is checked again by `planner.check`, which shares
    nothing with this.
    """
    return [
        *(fault for route in routes for fault in _route_faults(problem, route)),
        *_slot_faults(routes),
        *_aircraft_faults(problem, routes),
        *_budget_faults(problem, routes),
        *(_meeting_faults(problem, routes) if problem.exclusive else ()),
        *_standing_faults(problem, routes),
    ]


def flown_h(problem: Problem, route: Route) -> float:
    """Return the flying hours a route draws from its budget, ferry flight included."""
    timed = problem.clock(route)
    return timed.landing_h - route.takeoff_h + float(problem.slots.ferry_h[route.slot])


def _route_faults(problem: Problem, route: Route) -> list[str]:
    slots, slot = problem.slots, route.slot
    timed = problem.clock(route)
    name = f"slot {slot}"
    faults = []
    if not route.looks:
        faults.append(f"{name} flies without searching anything")
    if not np.isfinite(timed.landing_h):
        faults.append(f"{name} flies a leg that does not exist")
    if route.takeoff_h < slots.earliest_h[slot] - SLACK_H:
        faults.append(f"{name} takes off {slots.earliest_h[slot] - route.takeoff_h:.3f} h early")
    if route.takeoff_h > slots.last_takeoff_h[slot] + SLACK_H:
        faults.append(f"{name} takes off {route.takeoff_h - slots.last_takeoff_h[slot]:.3f} h late")
    if timed.landing_h > slots.latest_h[slot] + SLACK_H:
        faults.append(f"{name} lands {timed.landing_h - slots.latest_h[slot]:.3f} h late")
    over_h = timed.landing_h - route.takeoff_h - slots.endurance_h[slot]
    if over_h > SLACK_H:
        faults.append(f"{name} flies {over_h:.3f} h beyond its endurance")
    if problem.takeoff_step_h > 0:
        steps = (route.takeoff_h - slots.earliest_h[slot]) / problem.takeoff_step_h
        if abs(steps - round(steps)) > 1e-6:
            faults.append(f"{name} takes off between the allowed times")
    cells = [look.cell for look in route.looks]
    if problem.decay_per_h == 0 and len(set(cells)) < len(cells):
        faults.append(f"{name} searches a cell twice though nothing there ever ends")
    faults += [
        f"{name} searches cell {look.cell}, which it may not"
        for look in route.looks
        if not problem.allowed[slot, look.cell]
    ]
    return faults


def _slot_faults(routes: Routes) -> list[str]:
    used = [route.slot for route in routes]
    return [f"slot {slot} is flown twice" for slot in sorted(set(used)) if used.count(slot) > 1]


def _aircraft_faults(problem: Problem, routes: Routes) -> list[str]:
    slots, fleet = problem.slots, problem.fleet
    faults = []
    for aircraft in sorted({int(slots.aircraft[route.slot]) for route in routes}):
        flown = sorted(
            (r for r in routes if slots.aircraft[r.slot] == aircraft), key=lambda r: r.takeoff_h
        )
        ready = [problem.clock(route).landing_h + slots.ferry_h[route.slot] for route in flown]
        turnaround_h = fleet.turnaround_h[aircraft]
        for before, ready_h, after in zip(flown, ready, flown[1:], strict=False):
            if after.takeoff_h < ready_h + turnaround_h - SLACK_H:
                faults.append(
                    f"aircraft {aircraft}: slot {after.slot} takes off less than "
                    f"{turnaround_h:g} h after slot {before.slot}"
                )
        crews = int(fleet.crews[aircraft])
        for first, after in zip(range(len(flown)), flown[crews:], strict=False):
            if after.takeoff_h < ready[first] + fleet.rest_h[aircraft] - SLACK_H:
                faults.append(f"aircraft {aircraft}: slot {after.slot} leaves its crew no rest")
        days = [int(slots.day[route.slot]) for route in flown]
        faults += [
            f"aircraft {aircraft} flies {days.count(day)} sorties on day {day}"
            for day in sorted(set(days))
            if days.count(day) > fleet.sorties_per_day[aircraft]
        ]
    return faults


def _budget_faults(problem: Problem, routes: Routes) -> list[str]:
    detachment = problem.fleet.detachment
    spent = np.zeros(len(problem.fleet.budget_h))
    for route in routes:
        spent[detachment[problem.slots.aircraft[route.slot]]] += flown_h(problem, route)
    return [
        f"detachment {each} flies {spent[each]:.2f} h of {problem.fleet.budget_h[each]:.2f} h"
        for each in np.flatnonzero(spent > problem.fleet.budget_h + SLACK_H)
    ]


def _meeting_faults(problem: Problem, routes: Routes) -> list[str]:
    searches: dict[int, list[tuple[float, float, int]]] = {}
    for route in routes:
        timed = problem.clock(route)
        for look, start_h, end_h in zip(route.looks, timed.start_h, timed.end_h, strict=True):
            searches.setdefault(look.cell, []).append((start_h, end_h, route.slot))
    return [
        f"slots {one[2]} and {other[2]} are in cell {cell} at the same time"
        for cell in sorted(searches)
        for one, other in pairwise(sorted(searches[cell]))
        if other[0] < one[1] - SLACK_H
    ]


def _standing_faults(problem: Problem, routes: Routes) -> list[str]:
    faults = [
        f"slot {fixed.slot} is not flown as ordered"
        for fixed in problem.fixed
        if fixed not in routes
    ]
    flown = tuple(route for route in routes if np.isfinite(problem.clock(route).landing_h))
    looks = problem.looks(flown)
    for cell, from_h, to_h in problem.required:
        times = [hour for hour, _ in looks.get(int(cell), [])]
        if not any(from_h - SLACK_H <= hour <= to_h + SLACK_H for hour in times):
            faults.append(f"cell {int(cell)} is not searched between {from_h:g} and {to_h:g} h")
    return faults
