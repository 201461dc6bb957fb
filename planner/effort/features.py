"""Past effort in GeoJSON: areas, lines flown, places, and cells by id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.effort.searched import Searched, check_place, pod_of
from planner.effort.table import place_searched, refuse_near_names, renamed
from planner.effort.tracks import Passed, ways
from planner.errors import EventsError, ScenarioError
from planner.events.features import as_text, element_lines, listed_features, read_json
from planner.events.rows import DoubtError, Row

if TYPE_CHECKING:
    from pathlib import Path

    from planner.effort.searched import Gathered, Terms

MOST_CORNERS = 100_000
TIMES = ("coordTimes", "times")


def gather_features(path: Path, gathered: Gathered) -> None:
    """
    Gather searches from a GeoJSON FeatureCollection.

    Polygons, points and features without a shape but with a `cell` have `date` and `pod`; lines
    have `coordTimes`, or a `date`, and perhaps `pod` and `sweep_width_nm`.

    Raises
    ------
    ScenarioError
        When the file is no such collection.
    """
    try:
        document, text = read_json(path, str(path))
        features = listed_features(document, str(path))
    except EventsError as problem:
        raise ScenarioError(problem.faults) from None
    lines = element_lines(text, "features", len(features))
    for feature, line in zip(features, lines, strict=True):
        where = f"{path}:{line}"
        try:
            gathered.searched += _searched(feature, where, gathered.terms)
        except DoubtError as doubt:
            gathered.doubt(where, doubt)
        except ScenarioError as problem:
            gathered.faults += problem.faults


def _searched(feature: Any, where: str, terms: Terms) -> list[Searched]:
    facts = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(facts, dict):
        raise DoubtError(found="no properties", expected="date, pod and the like", why="feature")
    refuse_near_names(where, facts.keys() - set(TIMES))
    values = renamed(
        {k: as_text(value) for k, value in facts.items() if not isinstance(value, list)}
    )
    shape, row = _shape(feature.get("geometry")), Row(where=where, values=values)
    times = next((facts[key] for key in TIMES if isinstance(facts.get(key), list)), None)
    match shape:
        case shapely.LineString() if times is not None:
            return _timed(shape, times, row, terms)
        case shapely.LineString() | shapely.MultiLineString():
            return [_whole(shape, row, terms, pod_of(row, 1.0), terms.width_nm(row))]
        case shapely.Polygon() | shapely.MultiPolygon():
            return [_whole(shape, row, terms, pod_of(row))]
        case shapely.Point():
            values |= {"lon": repr(shape.x), "lat": repr(shape.y)}
            return [place_searched(row, terms)]
        case None if row.text("cell"):
            return [place_searched(row, terms)]
    found = type(shape).__name__ if shape else "no shape"
    raise DoubtError(found=found, expected="an area, a line, a point or a cell", why="feature")


def _shape(geometry: Any) -> shapely.Geometry | None:
    """Return a sound geometry in lon/lat degrees."""
    if geometry is None:
        return None
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.GEOSException, ValueError, TypeError, RecursionError):
        raise DoubtError(found="no geometry", expected="GeoJSON", why="feature") from None
    if not 0 < (corners := shapely.get_num_coordinates(shape)) <= MOST_CORNERS:
        found, expected = f"a shape of {corners:,} places", f"1 to {MOST_CORNERS:,}"
        raise DoubtError(found=found, expected=expected, why="feature")
    for lon, lat in shapely.get_coordinates(shape):
        check_place(lon, lat)
    if not shapely.is_valid(shape):
        found = f"a shape with a fault: {shapely.is_valid_reason(shape)}"
        raise DoubtError(found=found, expected="outlines that do not cross", why="feature")
    return shape


def _whole(
    shape: shapely.Geometry, row: Row, terms: Terms, pod: float, sweep_width_nm: float = 0.0
) -> Searched:
    return Searched(
        where=row.where,
        age_days=terms.age_days(terms.moment(row.text("date"))),
        pod=pod,
        shape=shape,
        sweep_width_nm=sweep_width_nm,
    )


def _timed(line: shapely.LineString, times: list[Any], row: Row, terms: Terms) -> list[Searched]:
    places: list[list[float]] = np.asarray(line.coords)[:, :2].tolist()
    if len(places) != len(times):
        found = f"{len(times)} times for {len(places)} places"
        raise DoubtError(found=found, expected="as many times as places", why="feature")
    pod, width_nm = pod_of(row, 1.0), terms.width_nm(row)
    fixes = [
        Passed(
            track=row.text("track") or row.text("name"),
            where=row.where,
            moment=terms.moment(as_text(time)),
            lon=lon,
            lat=lat,
            pod=pod,
            sweep_width_nm=width_nm,
        )
        for (lon, lat), time in zip(places, times, strict=True)
    ]
    return ways(fixes, terms)
