"""KML 2.2: sorties that move with Google Earth's time slider, in folders by day and aircraft."""

from __future__ import annotations

import html
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from planner.outputs.export.course import course, line, stamp, wrapped
from planner.outputs.export.markup import add, document, text
from planner.outputs.export.palette import RAMP, ZONES, aabbggrr, hues, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from planner.plan import LonLat, Plan, Sortie, Visit

KML = "http://www.opengis.net/kml/2.2"
GX = "http://www.google.com/kml/ext/2.2"


def write(plan: Plan) -> bytes:
    """Return a plan as KML; the order of elements is that of the OGC schema."""
    root = ET.Element("kml", {"xmlns": KML, "xmlns:gx": GX})
    sheet = add(root, "Document")
    add(sheet, "name", text(plan.title or plan.name))
    add(sheet, "open", 1)
    add(sheet, "description", _told({"Question": plan.question, "Hash": plan.hash}))
    _styles(sheet, plan)
    flown = sorted(plan.sorties, key=lambda sortie: (sortie.takeoff, sortie.id))
    for day, sorties in groupby(flown, lambda sortie: _day(plan, sortie)):
        folder = _folder(sheet, day)
        for sortie in sorties:
            _sortie(folder, plan, sortie)
    _stations(_folder(sheet, "Stations"), plan)
    _cells(_folder(sheet, "Cells", shown=False), plan)
    _zones(_folder(sheet, "Airspace", shown=False), plan)
    _reports(_folder(sheet, "Reports", shown=False), plan)
    return document(root)


def _sortie(day: ET.Element, plan: Plan, sortie: Sortie) -> None:
    """Add the folder of one sortie: the moving aircraft, its path, its searches."""
    folder = _folder(day, f"{sortie.id} {sortie.aircraft}")
    facts = {
        "sortie": sortie.id,
        "aircraft": sortie.aircraft,
        "station": sortie.station,
        "recovery": sortie.recovery,
        "takeoff": stamp(sortie.takeoff),
        "landing": stamp(sortie.landing),
        "seen": f"{sortie.seen:.4f}",
    }
    style = _style_id(plan, sortie.aircraft)
    track = add(_placemark(folder, f"{sortie.id} {sortie.aircraft}", style, facts), "gx:Track")
    fixes = course(sortie)
    for fix in fixes:
        add(track, "when", stamp(fix.when))
    for fix in fixes:
        add(track, "gx:coord", f"{fix.lon} {fix.lat} 0")
    path = _placemark(folder, f"{sortie.id} path", style, span=(sortie.takeoff, sortie.landing))
    _line(path, line(sortie))
    searched = {visit.cell for visit in sortie.visits}
    places = {cell.id: (cell.lon, cell.lat) for cell in plan.cells if cell.id in searched}
    for visit in sortie.visits:
        _visit(folder, style, sortie, visit, places[visit.cell])


def _visit(folder: ET.Element, style: str, sortie: Sortie, visit: Visit, place: LonLat) -> None:
    facts = {
        "sortie": sortie.id,
        "aircraft": sortie.aircraft,
        "cell": visit.cell,
        "dwell_h": f"{visit.dwell_h:.4f}",
        "pod": f"{visit.pod:.4f}",
        "condition": visit.condition,
        "seen": f"{visit.seen:.4f}",
    }
    span = (visit.start, visit.end)
    mark = _placemark(folder, f"{visit.cell} {visit.dwell_h:.1f} h", style, facts, span=span)
    add(add(mark, "Point"), "coordinates", _coordinates([place]))
    if visit.pattern:
        searched = _placemark(folder, f"{visit.cell} {visit.pattern.kind}", style, span=span)
        _line(searched, visit.pattern.track)


def _stations(folder: ET.Element, plan: Plan) -> None:
    for station in plan.stations:
        mark = _placemark(folder, station.name, told={"ICAO": station.icao})
        add(add(mark, "Point"), "coordinates", _coordinates([(station.lon, station.lat)]))


def _cells(folder: ET.Element, plan: Plan) -> None:
    most = max((cell.transfers for cell in plan.cells), default=0.0)
    for cell in plan.cells:
        told = {
            "Transfers expected": f"{cell.transfers:.4f} ({cell.low:.4f} to {cell.high:.4f})",
            "Barrels": f"{cell.barrels:.0f}",
            "Transfers seen": f"{cell.seen:.4f}",
            "Not searched because": cell.reason.text if cell.reason else "",
        }
        style = f"cell{rank(cell.transfers, most)}"
        _areas(_placemark(folder, cell.id, style, told=told, shown=False), cell.rings)


def _zones(folder: ET.Element, plan: Plan) -> None:
    for zone in plan.zones:
        told = {"Rule": zone.rule, "Source": zone.source, "Dated": zone.dated}
        span = (zone.from_time, zone.to_time)
        mark = _placemark(folder, zone.name, zone.rule, told=told, span=span, shown=False)
        if zone.lines:
            many = add(mark, "MultiGeometry")
            for ring in zone.rings:
                _line(many, ring)
        else:
            _areas(mark, zone.rings)


def _reports(folder: ET.Element, plan: Plan) -> None:
    for report in plan.reports:
        told = {
            "When": report.when,
            "Vessels": report.vessels,
            "Position": report.basis,
            "Source": report.source,
            "Weight": f"{report.weight:.3f}",
        }
        _areas(_placemark(folder, report.id, "report", told=told, shown=False), report.rings)


def _styles(sheet: ET.Element, plan: Plan) -> None:
    for airframe, colour in hues(plan).items():
        _style(sheet, _style_id(plan, airframe), aabbggrr(colour), 3)
    for step, colour in enumerate(RAMP):
        _style(sheet, f"cell{step}", aabbggrr("#000000", 0.25), 1, aabbggrr(colour, 0.5))
    for rule, colour in ZONES.items():
        _style(sheet, rule, aabbggrr(colour), 2, aabbggrr(colour, 0.15 * (rule == "closed")))
    _style(sheet, "report", aabbggrr("#333333"), 1, aabbggrr("#333333", 0.1))


def _style(sheet: ET.Element, name: str, line: str, width: int, fill: str = "") -> None:
    style = add(sheet, "Style", id=name)
    if not fill:
        add(add(style, "IconStyle"), "color", line)
    stroke = add(style, "LineStyle")
    add(stroke, "color", line)
    add(stroke, "width", width)
    if fill:
        add(add(style, "PolyStyle"), "color", fill)


def _style_id(plan: Plan, airframe: str) -> str:
    airframes = [each.id for each in plan.aircraft]
    return f"aircraft{airframes.index(airframe)}" if airframe in airframes else ""


def _folder(parent: ET.Element, name: str, *, shown: bool = True) -> ET.Element:
    folder = add(parent, "Folder")
    add(folder, "name", text(name))
    add(folder, "visibility", int(shown))
    return folder


def _placemark(
    folder: ET.Element,
    name: str,
    style: str = "",
    facts: Mapping[str, str] | None = None,
    *,
    told: Mapping[str, str] | None = None,
    span: tuple[datetime | None, datetime | None] = (None, None),
    shown: bool = True,
) -> ET.Element:
    """Add a placemark without its geometry."""
    mark = add(folder, "Placemark")
    add(mark, "name", text(name))
    add(mark, "visibility", int(shown))
    if told and (words := _told(told)):
        add(mark, "description", words)
    if any(span):
        time = add(mark, "TimeSpan")
        for tag, moment in zip(("begin", "end"), span, strict=True):
            if moment:
                add(time, tag, stamp(moment))
    if style:
        add(mark, "styleUrl", f"#{style}")
    if facts:
        data = add(mark, "ExtendedData")
        for key, value in facts.items():
            add(add(data, "Data", name=key), "value", text(value))
    return mark


def _told(told: Mapping[str, str]) -> str:
    """Return facts as the lines of a description, which viewers take for HTML."""
    return "<br/>".join(f"{key}: {html.escape(text(each))}" for key, each in told.items() if each)


def _line(parent: ET.Element, points: Iterable[LonLat]) -> None:
    string = add(parent, "LineString")
    add(string, "tessellate", 1)
    add(string, "coordinates", _coordinates(points))


def _areas(mark: ET.Element, rings: Iterable[tuple[LonLat, ...]]) -> None:
    many = add(mark, "MultiGeometry")
    for ring in rings:
        outer = add(add(many, "Polygon"), "outerBoundaryIs")
        add(add(outer, "LinearRing"), "coordinates", _coordinates(ring))


def _coordinates(points: Iterable[LonLat]) -> str:
    return " ".join(f"{wrapped(lon)},{round(lat, 6)}" for lon, lat in points)


def _day(plan: Plan, sortie: Sortie) -> str:
    return f"{sortie.takeoff.astimezone(plan.start.tzinfo):%a %d %b %Y}"
