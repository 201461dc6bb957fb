"""Which rules a hand-made plan breaks, in words; it is valued all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.check import fleets, flights, tracks
from planner.check.case import Case
from planner.evaluation.flown import OUTSIDE
from planner.geo.geodesic import distance_nm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.evaluation.flown import Flight
    from planner.pipeline import Run
    from planner.plan import Plan

FASTER = 1.02
SHORTEST_H = 0.05
BASE_NM = 5.0


def breaches(plan: Plan, flown: Sequence[Flight], run: Run) -> list[str]:
    """
    Return every rule that a hand-made plan breaks.

    Rules of flying are those of `planner.check`, which shares nothing with the planner. How a
    plan is written down (times to the second, patterns, stated lengths) is not asked of a hand.

    Parameters
    ----------
    plan, flown
        The same sorties, as a plan and as flown.
    run
        The run of the scenario.
    """
    case = Case(plan, run.scenario)
    return [*_together(case), *_along(case), *_by_hand(plan, flown, run)]


def fleet_breaches(plan: Plan, run: Run) -> list[str]:
    """Return the rules of aircraft and fleets that a plan breaks, without looking at tracks."""
    return [*_together(Case(plan, run.scenario))]


def _together(case: Case) -> Iterator[str]:
    for sortie in case.plan.sorties:
        for fault in (*flights.names(case, sortie), *flights.limits(case, sortie)):
            yield f"{sortie.id}: {fault}"
    for rule in (fleets.airframes, fleets.detachments, fleets.deconfliction, fleets.orders):
        yield from rule(case)


def _along(case: Case) -> Iterator[str]:
    flown = tracks.fly(case)
    for rule in (tracks.territorial_seas, tracks.zones, tracks.overland):
        yield from rule(case, flown)


def _by_hand(plan: Plan, flown: Sequence[Flight], run: Run) -> Iterator[str]:
    """Yield what only a hand-made plan can do wrong."""
    for sortie, flight in zip(plan.sorties, flown, strict=True):
        for fault in (*_places(flight, run), *_speeds(flight, run), *_ends(flight, run)):
            yield f"{sortie.id}: {fault}"


def _places(flight: Flight, run: Run) -> Iterator[str]:
    sea = run.theatre.sea
    outside_h = sum(s.end_h - s.start_h for s in flight.searches if s.cell == OUTSIDE)
    if outside_h:
        yield f"searches {outside_h:.1f} h outside every cell, which is worth nothing"
    for cell in sorted({s.cell for s in flight.searches if s.cell != OUTSIDE}):
        if not sea.open[cell]:
            yield f"searches {run.theatre.grid.ids[cell]}, where no sea may be searched"
    if not flight.searches:
        yield "flies without searching anything"


def _speeds(flight: Flight, run: Run) -> Iterator[str]:
    """Yield hops that no such aircraft can fly, turning points and rounded seconds allowed for."""
    limit_kn = run.formulation.detachments[flight.kind].transit_kn
    for number, hop in enumerate(flight.hops, start=1):
        span_h = hop.end_h - hop.start_h
        if hop.length_nm > FASTER * limit_kn * max(span_h, SHORTEST_H):
            speed = f"{hop.length_nm:.0f} nm in {span_h:.2f} h"
            yield f"leg {number} covers {speed}, faster than {limit_kn:g} kn"


def _ends(flight: Flight, run: Run) -> Iterator[str]:
    station = run.formulation.detachments[flight.kind].terms.station
    places = {base.id: np.array([base.lon, base.lat]) for base in run.formulation.bases}
    ends = (("begins", station, flight.hops[0].points[0]),
            ("ends", flight.recovery, flight.hops[-1].points[-1]))  # fmt: skip
    for what, base, point in ends:
        away_nm = float(distance_nm(places[base], point))
        if away_nm > BASE_NM:
            yield f"its track {what} {away_nm:.0f} nm from {base}"
