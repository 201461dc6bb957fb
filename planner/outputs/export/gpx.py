"""GPX 1.1: each sortie as a route for the flight deck and as a timed track."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from planner.outputs.export.course import course, stamp, turn_points
from planner.outputs.export.markup import add, document, text
from planner.outputs.export.names import Waypoints

if TYPE_CHECKING:
    from planner.outputs.export.course import Fix
    from planner.plan import Plan, Sortie

GPX = "http://www.topografix.com/GPX/1/1"


def write(plan: Plan) -> bytes:
    """Return a plan as GPX: routes with names of five characters, then tracks."""
    root = ET.Element("gpx", {"xmlns": GPX, "version": "1.1", "creator": "patrol planner"})
    about = add(root, "metadata")
    add(about, "name", text(plan.title or plan.name))
    add(about, "time", stamp(plan.start))
    names = Waypoints()
    for sortie in plan.sorties:
        _route(root, sortie, names)
    for sortie in plan.sorties:
        _track(root, sortie)
    return document(root)


def _route(root: ET.Element, sortie: Sortie, names: Waypoints) -> None:
    route = add(root, "rte")
    _titles(route, sortie)
    for fix in turn_points(sortie):
        point = _point(route, "rtept", fix)
        add(point, "name", names.of_fix(fix))
        if fix.dwell_h:
            add(point, "cmt", f"dwell {fix.dwell_h:.4f} h")
        add(point, "desc", text(fix.name or "turn point"))


def _track(root: ET.Element, sortie: Sortie) -> None:
    track = add(root, "trk")
    _titles(track, sortie)
    segment = add(track, "trkseg")
    for fix in course(sortie):
        _point(segment, "trkpt", fix)


def _titles(parent: ET.Element, sortie: Sortie) -> None:
    add(parent, "name", text(f"{sortie.id} {sortie.aircraft}"))
    add(parent, "desc", f"{stamp(sortie.takeoff)} to {stamp(sortie.landing)}")


def _point(parent: ET.Element, tag: str, fix: Fix) -> ET.Element:
    point = add(parent, tag, lat=fix.lat, lon=fix.lon)
    add(point, "time", stamp(fix.when))
    return point
