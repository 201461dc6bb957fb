"""Read rows from GeoJSON and GeoPackage files, which hold shapes beside the text."""

from __future__ import annotations

import json
import math
import re
import warnings
from typing import TYPE_CHECKING, Any

import shapely

from planner.errors import EventsError, Fault
from planner.events.places import area_region
from planner.events.rows import DoubtError, Row
from planner.events.tables import LONGEST_FIELD, MOST_BYTES, MOST_ROWS
from planner.files import read_bytes, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from planner.events.regions import Region

_WGS84 = re.compile(r"CRS84|EPSG:+(?:[\d.]*:)?4326$", re.IGNORECASE)
_SQLITE = b"SQLite format 3\0"
_GEOPACKAGE = (b"GPKG", b"GP10", b"GP11")
_UNREADABLE = (RuntimeError, ValueError, OSError, shapely.GEOSException)

Shapes = list[tuple[str, dict[str, str] | DoubtError, shapely.Geometry | None]]


def read_json(path: Path, name: str) -> tuple[Any, str]:
    """
    Return a JSON document and its text.

    Raises
    ------
    EventsError
        When the file is no JSON, is too large or is nested too deeply.
    """
    text = read_text(path, limit=MOST_BYTES, error=EventsError)
    try:
        return json.loads(text), text
    except json.JSONDecodeError as problem:
        fault = Fault(f"{name}:{problem.lineno}", f"no JSON ({problem.msg})", "JSON")
    except (RecursionError, ValueError):
        fault = Fault(name, "JSON nested too deeply or with too long a number", "plain JSON")
    raise EventsError([fault])


def element_lines(text: str, key: str | None, count: int) -> list[int]:
    """
    Return the line on which each element of a list in a JSON text begins.

    Parameters
    ----------
    text
        A valid JSON text.
    key
        The list's key; None when the text is the list itself.
    count
        How many elements it has; when they cannot be told apart, each is said to be on line 1.
    """
    opening = r"\s*\[" if key is None else rf'"{key}"\s*:\s*\['
    match = re.search(opening, text)
    lines: list[int] = []
    decoder, space = json.JSONDecoder(), re.compile(r"[\s,]*")
    at, line = (match.end(), text.count("\n", 0, match.end()) + 1) if match else (len(text), 1)
    while len(lines) < count and at < len(text):
        begin = space.match(text, at).end()  # type: ignore[union-attr]
        line += text.count("\n", at, begin)
        lines.append(line)
        try:
            _, at = decoder.raw_decode(text, begin)
        except ValueError:
            break
        line += text.count("\n", begin, at)
    return lines if len(lines) == count else [1] * count


def geojson_shapes(document: Any, text: str, name: str) -> tuple[list[str], Shapes]:
    """
    Return the property names of a GeoJSON document, and each feature's properties and shape.

    Raises
    ------
    EventsError
        When it is no FeatureCollection, or not in WGS84 longitude and latitude.
    """
    features = listed_features(document, name)
    lines = element_lines(text, "features", len(features))
    shapes = [_feature(f"{name}:{line}", each) for line, each in zip(lines, features, strict=True)]
    return _names(shapes), shapes


def listed_features(document: Any, name: str) -> list[Any]:
    """
    Return the features of a GeoJSON document.

    Raises
    ------
    EventsError
        When it is no FeatureCollection, or not in WGS84 longitude and latitude.
    """
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise EventsError([Fault(name, "no list of features", "a GeoJSON FeatureCollection")])
    _check_crs(document, name)
    _check_count(len(features), name)
    return features


def geopackage_shapes(path: Path, name: str) -> tuple[list[str], Shapes]:
    """
    Return the column names of a GeoPackage's only layer, and each feature's values and shape.

    Raises
    ------
    EventsError
        When the file is no GeoPackage, has several layers or does not say where its places are.
    """
    data = read_bytes(path, limit=MOST_BYTES, error=EventsError)
    # Offset 68 of an SQLite file names the application that defined it.
    if not (data.startswith(_SQLITE) and data[68:72] in _GEOPACKAGE):
        raise EventsError([Fault(name, "no GeoPackage", "a file written as one")])
    frame = _layer(path, name)
    columns = [column for column in frame.columns if column != frame.geometry.name]
    table = {column: _column_texts(frame[column]) for column in columns}
    shapes: Shapes = [
        (f"{name}:{number + 1}", _texts({c: table[c][number] for c in columns}), shape)
        for number, shape in enumerate(frame.geometry)
    ]
    return columns, shapes


def shape_rows(
    shapes: Shapes, columns: Mapping[str, str]
) -> Iterator[Row | tuple[str, DoubtError]]:
    """Yield each feature in the words of our fields, or where and why it cannot be one."""
    for where, cells, shape in shapes:
        try:
            if isinstance(cells, DoubtError):
                raise cells
            values = {field: cells.get(column, "") for field, column in columns.items()}
            region = _region(shape, values)
        except DoubtError as doubt:
            yield where, doubt
        else:
            yield Row(where=where, values=values, region=region)


def as_text(value: Any) -> str:
    """
    Return a value of a file as the text a person would have typed.

    Examples
    --------
    >>> as_text(1e-05), as_text(True), as_text(None), as_text(" a ")
    ('0.000010000', 'yes', '', 'a')
    """
    if value is None or value != value:  # noqa: PLR0124
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else f"{value:.9f}"
    if isinstance(value, list):
        return "; ".join(as_text(each) for each in value if not isinstance(each, list | dict))
    return "" if isinstance(value, dict) else str(value).strip()


def _layer(path: Path, name: str) -> gpd.GeoDataFrame:
    """Return the only layer of a GeoPackage, in longitude and latitude."""
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            layers = pyogrio.list_layers(path)
            _check(len(layers) == 1, name, f"{len(layers)} layers", "one")
            frame = pyogrio.read_dataframe(path, max_features=MOST_ROWS + 1)
            _check_count(len(frame), name)
            known = getattr(frame, "crs", None) is not None
            _check(known, name, "no shapes or no coordinate system", "both")
            return frame.to_crs("EPSG:4326")
        except EventsError:
            raise
        except (*_UNREADABLE, pyogrio.errors.DataSourceError) as problem:
            found = f"cannot be read ({problem})"[:300]
    raise EventsError([Fault(name, found, "a GeoPackage with one layer")])


def _check(right: bool, name: str, found: str, expected: str) -> None:
    if not right:
        raise EventsError([Fault(name, found, expected)])


def _column_texts(column: pd.Series[Any]) -> list[str]:
    """Return a column as text; a column of dates has no time of day."""
    texts = [as_text(value) for value in column]
    is_dates = column.dtype.kind == "M" and all(not t or t[10:] == " 00:00:00" for t in texts)
    return [text[:10] for text in texts] if is_dates else texts


def _feature(
    where: str, feature: Any
) -> tuple[str, dict[str, str] | DoubtError, shapely.Geometry | None]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict | None):
        return (
            where,
            DoubtError(found="no feature", expected="a GeoJSON Feature", why="unreadable"),
            None,
        )
    cells = _texts({"id": feature.get("id"), **(properties or {})})
    geometry = feature.get("geometry")
    if geometry is None:
        return where, cells, None
    try:
        return where, cells, shapely.from_geojson(json.dumps(geometry))
    except (shapely.GEOSException, ValueError, TypeError, RecursionError):
        return (
            where,
            DoubtError(found="no geometry", expected="a GeoJSON geometry", why="unreadable"),
            None,
        )


def _texts(values: Mapping[str, Any]) -> dict[str, str] | DoubtError:
    texts = {str(key): as_text(value) for key, value in values.items()}
    if any(len(text) > LONGEST_FIELD for text in texts.values()):
        return DoubtError(
            found="too long a value",
            expected=f"at most {LONGEST_FIELD:,} characters",
            why="unreadable",
        )
    return texts


def _region(shape: shapely.Geometry | None, values: dict[str, str]) -> Region | None:
    """Return an area as it is; leave a point to be read as text, with its radius."""
    if shape is None or shapely.is_empty(shape):
        return None
    if not isinstance(shape, shapely.Point):
        return area_region(shape)
    if not (math.isfinite(shape.x) and math.isfinite(shape.y)):
        raise DoubtError(
            found=f"position {shape.x}, {shape.y}", expected="numbers", why="no such position"
        )
    values["lon"], values["lat"] = as_text(shape.x), as_text(shape.y)
    return None


def _check_crs(document: Mapping[str, Any], name: str) -> None:
    crs = document.get("crs")
    if crs is not None and not _WGS84.search(json.dumps(crs).strip('"{} ')):
        found = f"crs = {json.dumps(crs)}"[:200]
        raise EventsError([Fault(name, found, "WGS84 longitude and latitude, as GeoJSON requires")])


def _check_count(count: int, name: str) -> None:
    _check(count <= MOST_ROWS, name, f"{count:,} features", f"at most {MOST_ROWS:,}")


def _names(shapes: Shapes) -> list[str]:
    names: dict[str, None] = {}
    for _, cells, _ in shapes:
        if isinstance(cells, dict):
            names.update(dict.fromkeys(cells))
    return list(names)
