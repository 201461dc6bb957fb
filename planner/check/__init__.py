"""
Check a plan before anyone flies it.

Nothing here is shared with what made the plan: distances, polygons, the clock, PODs and values are
reckoned again from the plan, the scenario and the shipped files. Sun and moon alone are common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.check import fleets, flights, tracks, worth
from planner.check.case import Case, coast_of
from planner.check.meetings import Meeting, near_meetings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planner.plan import Plan
    from planner.scenario.model import Scenario

__all__ = ["Meeting", "check", "near_meetings", "read_coasts"]


def check(plan: Plan, scenario: Scenario) -> tuple[str, ...]:
    """
    Return every rule that a plan breaks, in words; nothing when it may be flown.

    A plan whose sorties do not hang together is told first, and nothing else then.
    """
    case = Case(plan, scenario)
    broken = tuple(_named(case)) or tuple(_routed(case))
    return broken or tuple(_flown(case))


def read_coasts(scenario: Scenario, stations: Iterable[tuple[float, float]]) -> None:
    """Read what the check of any plan of a scenario will need, so that it need not wait then."""
    coast = coast_of(scenario, stations)
    for codes in tracks.guarded(scenario).values():
        coast.shore(*codes)


def _named(case: Case) -> Iterator[str]:
    period = case.scenario.period
    if (case.plan.start, case.plan.end) != (period.start, period.end):
        yield f"the plan runs from {case.plan.start} to {case.plan.end}, the scenario does not"
    for what, records in (
        ("sorties", case.plan.sorties),
        ("cells", case.plan.cells),
        ("stations", case.plan.stations),
        ("aircraft", case.plan.aircraft),
    ):
        ids = [each.id for each in records]
        yield from (
            f"two {what} are named {name}" for name in sorted(set(ids)) if ids.count(name) > 1
        )
    for sortie in case.plan.sorties:
        yield from (f"{sortie.id}: {fault}" for fault in flights.names(case, sortie))


def _routed(case: Case) -> Iterator[str]:
    for sortie in case.plan.sorties:
        yield from (f"{sortie.id}: {fault}" for fault in flights.route(sortie))
    for cell in case.searched:
        yield from (f"cell {cell.id}: {fault}" for fault in worth.outline(cell))


def _flown(case: Case) -> Iterator[str]:
    yield from flights.stations(case)
    for sortie in case.plan.sorties:
        for rule in (flights.figures, flights.clock, flights.lengths, flights.limits):
            yield from (f"{sortie.id}: {fault}" for fault in rule(case, sortie))
    for rules in (fleets.airframes, fleets.detachments, fleets.deconfliction, fleets.orders,
                  fleets.set_aside):  # fmt: skip
        yield from rules(case)
    flown = tracks.fly(case)
    for where in (tracks.territorial_seas, tracks.zones, tracks.overland):
        yield from where(case, flown)
    yield from tracks.patterns(case, flown)
    inside_h = tracks.hours_inside(case, flown)
    yield from tracks.stated_hours(case, inside_h)
    yield from worth.areas(case)
    yield from worth.searches(case)
    yield from worth.values(case, inside_h)
