"""GeoJSON (RFC 7946): everything of a plan as one collection, told apart by `kind`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import shapely

from planner.outputs.export.course import course, line, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.plan import LonLat, Plan, Sortie, Visit, Zone

Feature = dict[str, Any]
CELL_FIGURES = {"area_nm2", "transfers", "barrels", "low", "high", "unknown", "seen"}


def write(plan: Plan) -> bytes:
    """
    Return a plan as a FeatureCollection.

    Longitudes run on across the antimeridian, as in the plan, so that no shape is torn.
    """
    collection = {"type": "FeatureCollection", "name": plan.name, "features": [*_features(plan)]}
    return (json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _features(plan: Plan) -> Iterator[Feature]:
    cells = {cell.id: (cell.lon, cell.lat) for cell in plan.cells}
    for sortie in plan.sorties:
        yield _sortie(sortie)
        yield _track(sortie)
        for visit in sortie.visits:
            yield _visit(sortie, visit, cells[visit.cell])
            if visit.pattern:
                facts = {"sortie": sortie.id, "cell": visit.cell, "pattern": visit.pattern.kind}
                yield _feature("pattern", facts, _lines([visit.pattern.track]))
    for station in plan.stations:
        facts = {"station": station.id, "name": station.name, "icao": station.icao}
        yield _feature("station", facts, _point((station.lon, station.lat)))
    for cell in plan.cells:
        reason = cell.reason.text if cell.reason else None
        figures = cell.model_dump(include=CELL_FIGURES)
        yield _feature("cell", {"cell": cell.id, **figures, "reason": reason}, _areas(cell.rings))
    for zone in plan.zones:
        yield _zone(zone)
    for report in plan.reports:
        facts = report.model_dump(include={"id", "when", "weight", "count", "vessels", "source"})
        yield _feature("report", facts, _areas(report.rings))


def _sortie(sortie: Sortie) -> Feature:
    facts = {
        "sortie": sortie.id,
        "aircraft": sortie.aircraft,
        "station": sortie.station,
        "recovery": sortie.recovery,
        "takeoff": stamp(sortie.takeoff),
        "landing": stamp(sortie.landing),
        "airborne_h": sortie.airborne_h,
        "search_h": sortie.search_h,
        "seen": sortie.seen,
        "barrels": sortie.barrels,
    }
    return _feature("sortie", facts, _lines([line(sortie)]))


def _track(sortie: Sortie) -> Feature:
    """Return the timed track; `coordTimes` is what other programs call the times of points."""
    fixes = course(sortie)
    facts = {
        "sortie": sortie.id,
        "aircraft": sortie.aircraft,
        "coordTimes": [stamp(fix.when) for fix in fixes],
    }
    return _feature("track", facts, _lines([[(fix.lon, fix.lat) for fix in fixes]]))


def _visit(sortie: Sortie, visit: Visit, place: LonLat) -> Feature:
    facts = {
        "sortie": sortie.id,
        "aircraft": sortie.aircraft,
        "cell": visit.cell,
        "start": stamp(visit.start),
        "end": stamp(visit.end),
        "dwell_h": visit.dwell_h,
        "pod": visit.pod,
        "condition": visit.condition,
        "seen": visit.seen,
    }
    return _feature("visit", facts, _point(place))


def _zone(zone: Zone) -> Feature:
    facts = {
        "zone": zone.id,
        "name": zone.name,
        "rule": zone.rule,
        "source": zone.source,
        "dated": zone.dated,
        "from": zone.from_time and stamp(zone.from_time),
        "to": zone.to_time and stamp(zone.to_time),
    }
    return _feature("zone", facts, _lines(zone.rings) if zone.lines else _areas(zone.rings))


def _feature(kind: str, facts: dict[str, Any], geometry: Feature) -> Feature:
    return {"type": "Feature", "properties": {"kind": kind, **facts}, "geometry": geometry}


def _point(place: LonLat) -> Feature:
    return {"type": "Point", "coordinates": list(place)}


def _lines(lines: Sequence[Sequence[LonLat]]) -> Feature:
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    return {"type": "MultiLineString", "coordinates": lines}


def _areas(rings: Sequence[Sequence[LonLat]]) -> Feature:
    """Return outer rings as areas, counter-clockwise as the standard wants them."""
    turned = [ring if shapely.LinearRing(ring).is_ccw else ring[::-1] for ring in rings]
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in turned]}
