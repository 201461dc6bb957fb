"""GeoPackage: nine layers for a GIS, each with the style QGIS opens it in."""

from __future__ import annotations

import tempfile
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from planner.outputs.export.course import line
from planner.outputs.export.markup import text
from planner.outputs.export.styles import LAYERS, SHAPES, WHEN, WORDS, styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from planner.plan import LonLat, Plan

Row = dict[str, Any]

# Written into the file in place of the time of writing, so that equal plans give equal bytes.
WRITTEN = "2000-01-01T00:00:00.000Z"
GEOMETRY = "geom"
# Later versions are "partially supported" by GIS of a few years ago, and say so.
VERSION = "1.2"
SETTINGS = {"OGR_CURRENT_DATE": WRITTEN, "OGR_SQLITE_SYNCHRONOUS": "OFF"}


def write(plan: Plan) -> bytes:
    """Return a plan as a GeoPackage in lon/lat degrees on WGS84, times in UTC."""
    import pyogrio

    pyogrio.set_gdal_config_options(SETTINGS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.gpkg"
            for layer, rows in _layers(plan).items():
                _write_layer(path, layer, rows)
            _write_styles(path, plan)
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(SETTINGS))


def _write_layer(path: Path, layer: str, rows: Sequence[Row]) -> None:
    import geopandas as gpd
    import pandas as pd

    columns = {name: _column([row[name] for row in rows], kind) for name, kind in LAYERS[layer]}
    shapes = [row[GEOMETRY] for row in rows]
    frame = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs="EPSG:4326")
    frame.to_file(
        path,
        layer=layer,
        driver="GPKG",
        engine="pyogrio",
        geometry_type=SHAPES[layer],
        dataset_options={} if path.exists() else {"VERSION": VERSION},
        layer_options={"GEOMETRY_NAME": GEOMETRY},
    )


def _column(values: list[Any], kind: str) -> Any:
    import pandas as pd

    if kind == WORDS:
        return pd.Series([text(each) for each in values], dtype=object)
    column: Any = pd.to_datetime(pd.Series(values), utc=True) if kind == WHEN else values
    return pd.Series(column).astype(kind)  # type: ignore[call-overload]


def _write_styles(path: Path, plan: Plan) -> None:
    """Add the table in which QGIS keeps and finds the styles of a GeoPackage's layers."""
    import pandas as pd
    import pyogrio

    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer,
            "f_geometry_column": GEOMETRY,
            "styleName": layer,
            "styleQML": qml,
            "styleSLD": "",
            "useAsDefault": True,
            "description": f"Style of {layer}",
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(WRITTEN),
        }
        for layer, qml in styles(plan).items()
    ]
    pyogrio.write_dataframe(
        pd.DataFrame(rows), path, layer="layer_styles", driver="GPKG", append=True,
        layer_options={"FID": "id"},
    )  # fmt: skip


def _layers(plan: Plan) -> dict[str, list[Row]]:
    return {
        "zones": [*_zones(plan, lines=False)],
        "lines": [*_zones(plan, lines=True)],
        "cells": [*_cells(plan)],
        "reports": [*_reports(plan)],
        "sorties": [*_sorties(plan)],
        "legs": [*_legs(plan)],
        "patterns": [*_patterns(plan)],
        "visits": [*_visits(plan)],
        "stations": [*_stations(plan)],
    }


def _sorties(plan: Plan) -> Iterator[Row]:
    types = {each.id: each.type for each in plan.aircraft}
    for sortie in plan.sorties:
        yield {
            **sortie.model_dump(exclude={"legs", "visits"}),
            "sortie": sortie.id,
            "type": types.get(sortie.aircraft, ""),
            "takeoff": _utc(sortie.takeoff),
            "landing": _utc(sortie.landing),
            "visits": len(sortie.visits),
            GEOMETRY: shapely.LineString(line(sortie)),
        }


def _legs(plan: Plan) -> Iterator[Row]:
    for sortie in plan.sorties:
        for number, leg in enumerate(sortie.legs, start=1):
            yield {
                **leg.model_dump(exclude={"points"}),
                "sortie": sortie.id,
                "aircraft": sortie.aircraft,
                "leg": number,
                "from": leg.start,
                "to": leg.end,
                "depart": _utc(leg.depart),
                "arrive": _utc(leg.arrive),
                GEOMETRY: shapely.LineString(leg.points),
            }


def _visits(plan: Plan) -> Iterator[Row]:
    places = {cell.id: (cell.lon, cell.lat) for cell in plan.cells}
    for sortie in plan.sorties:
        for number, visit in enumerate(sortie.visits, start=1):
            yield {
                **visit.model_dump(exclude={"pattern"}),
                "sortie": sortie.id,
                "aircraft": sortie.aircraft,
                "visit": number,
                "start": _utc(visit.start),
                "end": _utc(visit.end),
                GEOMETRY: shapely.Point(places[visit.cell]),
            }


def _patterns(plan: Plan) -> Iterator[Row]:
    for sortie in plan.sorties:
        for visit in sortie.visits:
            if visit.pattern:
                yield {
                    "sortie": sortie.id,
                    "cell": visit.cell,
                    "pattern": visit.pattern.kind,
                    "spacing_nm": visit.pattern.spacing_nm,
                    GEOMETRY: shapely.LineString(visit.pattern.track),
                }


def _cells(plan: Plan) -> Iterator[Row]:
    for cell in plan.cells:
        yield {
            **cell.model_dump(exclude={"rings", "reason"}),
            "cell": cell.id,
            "reason": cell.reason.text if cell.reason else "",
            "change": cell.reason.change if cell.reason else "",
            GEOMETRY: _areas(cell.rings),
        }


def _zones(plan: Plan, *, lines: bool) -> Iterator[Row]:
    for zone in plan.zones:
        if zone.lines == lines:
            shape = shapely.MultiLineString(zone.rings) if lines else _areas(zone.rings)
            yield {
                **zone.model_dump(exclude={"rings"}),
                "zone": zone.id,
                "from": zone.from_time and _utc(zone.from_time),
                "to": zone.to_time and _utc(zone.to_time),
                GEOMETRY: shape,
            }


def _reports(plan: Plan) -> Iterator[Row]:
    for report in plan.reports:
        yield {
            **report.model_dump(exclude={"rings"}),
            "report": report.id,
            GEOMETRY: _areas(report.rings),
        }


def _stations(plan: Plan) -> Iterator[Row]:
    for station in plan.stations:
        yield {
            **station.model_dump(),
            "station": station.id,
            GEOMETRY: shapely.Point(station.lon, station.lat),
        }


def _areas(rings: Iterable[tuple[LonLat, ...]]) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
