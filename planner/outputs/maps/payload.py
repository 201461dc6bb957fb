"""What the page carries: plans packed small, each repeated piece once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from planner.plan import Cell, Plan, Report, Sortie, Zone

    Ring = Sequence[tuple[float, float]]
    Json = Any

STEPS_PER_DEGREE = 10_000
LAND_STEPS_PER_DEGREE = 1_000
REPORT_TOLERANCE = 0.01  # of the region's width


class Shared:
    """Pieces that several plans or records have in common, each stored once."""

    def __init__(self) -> None:
        self.pieces: list[Json] = []
        self._places: dict[str, int] = {}

    def put(self, piece: Json) -> int:
        """Store a piece unless it is there, and return its place."""
        # The text of anything but a text begins with a sign, so the two kinds of key never meet.
        key = "=" + piece if isinstance(piece, str) else json.dumps(piece, ensure_ascii=False)
        if key not in self._places:
            self._places[key] = len(self.pieces)
            self.pieces.append(piece)
        return self._places[key]


def payload(plans: Sequence[Plan], land: Mapping[str, Json]) -> str:
    """
    Return the page's data as JSON.

    Coordinates are whole steps of 1/10,000 degree (11 m; land 1/1,000, 110 m) from one to the
    next; times are whole seconds since 1970. Sections that plans share appear once.
    """
    shared = Shared()
    packed = {
        "steps": STEPS_PER_DEGREE,
        "land": _land(land),
        "plans": [_plan(plan, shared) for plan in plans],
        "shared": shared.pieces,
    }
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plan(plan: Plan, shared: Shared) -> Json:
    return {
        "name": plan.name,
        "title": plan.title,
        "question": plan.question,
        "start": _seconds(plan.start),
        "end": _seconds(plan.end),
        "seed": plan.seed,
        "status": plan.status,
        "solver": plan.solver,
        "hash": plan.hash,
        "value": plan.value.model_dump(),
        "notes": plan.notes,
        "card": plan.model_card,
        "waterfall": [part.model_dump() for part in plan.waterfall],
        "asks": [ask.model_dump() for ask in plan.asks],
        "assumptions": shared.put([each.model_dump() for each in plan.assumptions]),
        "stations": shared.put([each.model_dump() for each in plan.stations]),
        "aircraft": shared.put([each.model_dump() for each in plan.aircraft]),
        "zones": shared.put([_zone(zone) for zone in plan.zones]),
        "reports": shared.put(_reports(plan.reports, shared)),
        "grid": shared.put(_grid(plan.cells)),
        "belief": shared.put(_belief(plan.cells)),
        "seen": [_short(cell.seen) for cell in plan.cells],
        "reasons": _reasons(plan.cells, shared),
        "sorties": [_sortie(sortie) for sortie in plan.sorties],
    }


def _grid(cells: Sequence[Cell]) -> Json:
    return {
        "id": [cell.id for cell in cells],
        "at": _steps([(cell.lon, cell.lat) for cell in cells], every=True),
        "rings": [_rings(cell.rings) for cell in cells],
        "area": [_short(cell.area_nm2) for cell in cells],
        "share": [_short(cell.share) for cell in cells],
    }


def _belief(cells: Sequence[Cell]) -> Json:
    columns = ("transfers", "barrels", "low", "high", "unknown")
    return {name: [_short(getattr(cell, name)) for cell in cells] for name in columns}


def _reasons(cells: Sequence[Cell], shared: Shared) -> Json:
    """Return, for each cell, the place of its words and its price."""
    return [
        [
            shared.put([cell.reason.code, cell.reason.text, cell.reason.change]),
            None if cell.reason.price is None else _short(cell.reason.price),
        ]
        if cell.reason
        else 0
        for cell in cells
    ]


def _reports(reports: Sequence[Report], shared: Shared) -> Json:
    outlines = iter(_outlines([ring for report in reports for ring in report.rings]))
    return [
        [
            report.id,
            report.when,
            _short(report.age_days),
            _short(report.weight),
            report.count,
            [next(outlines) for _ in report.rings],
            *(shared.put(text) for text in (report.basis, report.vessels, report.source)),
        ]
        for report in reports
    ]


def _outlines(rings: Sequence[Ring]) -> list[list[int]]:
    """Thin the outlines of regions: they are known to tens of kilometres, and drawn no better."""
    drawable = [ring if len(ring) > 1 else (*ring, *ring) or ((0, 0), (0, 0)) for ring in rings]
    lengths = [len(ring) for ring in drawable]
    points = np.array([point for ring in drawable for point in ring], dtype=float).reshape(-1, 2)
    lines = shapely.linestrings(points, indices=np.repeat(np.arange(len(lengths)), lengths))
    west, south, east, north = shapely.bounds(lines).reshape(-1, 4).T
    reach = np.maximum(east - west, north - south)
    thin = shapely.simplify(lines, reach * REPORT_TOLERANCE, preserve_topology=False)
    thinned, owner = shapely.get_coordinates(thin, return_index=True)
    steps = np.rint(thinned * STEPS_PER_DEGREE).astype(int)
    deltas = np.diff(steps, axis=0, prepend=0)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    deltas[first] = steps[first]
    return [part.ravel().tolist() for part in np.split(deltas, first[1:])] if len(first) else []


def _zone(zone: Zone) -> Json:
    times = {"from_time": zone.from_time, "to_time": zone.to_time}
    return {
        **zone.model_dump(exclude={"rings", *times}),
        **{name: None if time is None else _seconds(time) for name, time in times.items()},
        "rings": _rings(zone.rings),
    }


def _sortie(sortie: Sortie) -> Json:
    return {
        **sortie.model_dump(exclude={"takeoff", "landing", "legs", "visits"}),
        "takeoff": _seconds(sortie.takeoff),
        "landing": _seconds(sortie.landing),
        "legs": [
            {
                **leg.model_dump(exclude={"depart", "arrive", "points"}),
                "depart": _seconds(leg.depart),
                "arrive": _seconds(leg.arrive),
                "points": _steps(leg.points),
            }
            for leg in sortie.legs
        ],
        "visits": [
            {
                **visit.model_dump(exclude={"start", "end", "pattern"}),
                "start": _seconds(visit.start),
                "end": _seconds(visit.end),
                "pattern": visit.pattern
                and {
                    "kind": visit.pattern.kind,
                    "spacing_nm": visit.pattern.spacing_nm,
                    "track": _steps(visit.pattern.track),
                },
            }
            for visit in sortie.visits
        ],
    }


def _land(land: Mapping[str, Json]) -> Json:
    """Return the outlines of land, as rings a country, from any GeoJSON mapping."""
    return [
        {"name": str((feature.get("properties") or {}).get("name", "")), "rings": rings}
        for feature in _features(land)
        if (
            rings := [
                _steps(r, LAND_STEPS_PER_DEGREE) for r in _geometry_rings(feature["geometry"])
            ]
        )
    ]


def _features(land: Mapping[str, Json]) -> Iterable[Mapping[str, Json]]:
    if land["type"] == "FeatureCollection":
        yield from (each for each in land["features"] if each["geometry"])
    elif land["type"] == "Feature":
        yield land
    else:
        yield {"geometry": land}


def _geometry_rings(geometry: Mapping[str, Json]) -> Iterable[Ring]:
    kind = geometry["type"]
    if kind == "Polygon":
        yield from geometry["coordinates"]
    elif kind == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon
    elif kind == "GeometryCollection":
        for each in geometry["geometries"]:
            yield from _geometry_rings(each)


def _rings(rings: Iterable[Ring]) -> list[list[int]]:
    return [_steps(ring) for ring in rings]


def _steps(
    points: Ring, steps_per_degree: int = STEPS_PER_DEGREE, *, every: bool = False
) -> list[int]:
    """Return ``x, y, dx, dy, dx, dy, …`` in whole steps; points that fall together are one."""
    whole = np.rint(np.asarray(points, dtype=float).reshape(-1, 2) * steps_per_degree).astype(int)
    deltas = np.diff(whole, axis=0)
    moved = deltas if every or len(deltas) < 3 else deltas[deltas.any(axis=1)]
    flat: list[int] = np.concatenate([whole[:1], moved]).ravel().tolist()
    return flat


def _short(number: float) -> float:
    """Keep four significant digits, and whole numbers whole."""
    rounded = float(f"{number:.4g}")
    return int(rounded) if rounded == int(rounded) else rounded


def _seconds(moment: datetime) -> int:
    return round(moment.timestamp())
