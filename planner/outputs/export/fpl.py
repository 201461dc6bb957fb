"""Garmin flight plan, version 1: the legs of one sortie as user waypoints."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from planner.errors import Fault, PlanError
from planner.outputs.export.course import stamp, turn_points
from planner.outputs.export.markup import add, document
from planner.outputs.export.names import Waypoints, plain_capitals

if TYPE_CHECKING:
    from planner.outputs.export.course import Fix
    from planner.plan import Plan

FPL = "http://www8.garmin.com/xmlschemas/FlightPlan/v1"
LONGEST_NAME = 25
KIND = "USER WAYPOINT"


def write(plan: Plan) -> bytes:
    """
    Return a plan of one sortie as a flight plan; a dwell is told in the waypoint's comment.

    Raises
    ------
    PlanError
        When the plan has no sortie or more than one: a flight plan holds one route.
    """
    if len(plan.sorties) != 1:
        found = f"{len(plan.sorties)} sorties"
        raise PlanError([Fault("plan", found, "one sortie for a flight plan", "give --sortie")])
    (sortie,) = plan.sorties
    names, points = Waypoints(), _joined(turn_points(sortie))
    root = ET.Element("flight-plan", {"xmlns": FPL})
    add(root, "created", stamp(sortie.takeoff))
    table = add(root, "waypoint-table")
    listed = {names.of_fix(fix): fix for fix in reversed(points)}
    for name in dict.fromkeys(map(names.of_fix, points)):
        _waypoint(table, name, listed[name])
    route = add(root, "route")
    add(route, "route-name", plain_capitals(f"{sortie.id} {sortie.aircraft}", LONGEST_NAME))
    add(route, "flight-plan-index", 1)
    for fix in points:
        _route_point(route, names.of_fix(fix))
    return document(root)


def _joined(points: list[Fix]) -> list[Fix]:
    """Return points with searches of one place, one after another, as one."""
    joined = []
    for _, same in groupby(points, lambda fix: (fix.lon, fix.lat)):
        first, *more = same
        dwell_h = first.dwell_h + sum(fix.dwell_h for fix in more)
        joined.append(replace(first, dwell_h=dwell_h))
    return joined


def _waypoint(table: ET.Element, name: str, fix: Fix) -> None:
    point = add(table, "waypoint")
    add(point, "identifier", name)
    add(point, "type", KIND)
    add(point, "country-code", "")
    add(point, "lat", f"{fix.lat:.6f}")
    add(point, "lon", f"{fix.lon:.6f}")
    dwell = f"SEARCH {round(60 * fix.dwell_h)} MIN" if fix.dwell_h else ""
    add(point, "comment", plain_capitals(f"{dwell} {fix.name}", LONGEST_NAME))


def _route_point(route: ET.Element, name: str) -> None:
    point = add(route, "route-point")
    add(point, "waypoint-identifier", name)
    add(point, "waypoint-type", KIND)
    add(point, "waypoint-country-code", "")
