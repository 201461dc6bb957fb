"""GeoJSON from people: features read whole, or every fault in them told with its line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import shapely

from planner.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.geo.coast import Bounds

MOST_FEATURES = 1_000
MOST_VERTICES = 20_000
DEPTH = {"LineString": 1, "Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """
    One feature of a GeoJSON file.

    Parameters
    ----------
    where
        File and line it begins on.
    properties
        As they stand in the file, not yet checked.
    geometry
        Valid line, polygon or multipolygon in lon/lat degrees; absent when it has faults.
    """

    where: str
    properties: dict[str, Any]
    geometry: shapely.Geometry | None


def parse_outlines(
    text: str, name: str, *, near: Bounds | None = None
) -> tuple[tuple[Outline, ...], tuple[Fault, ...]]:
    """
    Return the features of a GeoJSON text and all faults in them.

    Parameters
    ----------
    text
        A FeatureCollection of lines, polygons and multipolygons in lon/lat degrees (RFC 7946).
    name
        File name for the faults.
    near
        West, south, east, north in degrees: an outline outside it whose swapped coordinates lie
        inside is taken for lat/lon.

    Returns
    -------
    outlines, faults
        Either may be empty. A feature whose geometry has faults is still returned, without it.
    """
    try:
        content = _parse(text)
    except (ValueError, RecursionError) as error:
        return (), (Fault(_not_json(name, error), f"not JSON: {error}", "a GeoJSON file"),)
    faults = list(_collection_faults(content, name))
    if faults:
        return (), tuple(faults)
    outlines = []
    for index, (feature, line) in enumerate(
        zip(content["features"], _feature_lines(text), strict=True)
    ):
        where = f"{name}:{line}"
        outline, found = _outline(feature, where, f"features[{index}]", near)
        outlines.append(outline)
        faults += found
    return tuple(outlines), tuple(faults)


def _parse(text: str) -> Any:
    return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no coordinate"
    raise ValueError(msg)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = sorted({key for key in names if names.count(key) > 1})
        msg = f"keys {twice} stand twice in one object"
        raise ValueError(msg)
    return found


def _not_json(name: str, error: Exception) -> str:
    return f"{name}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else name


def _collection_faults(content: Any, name: str) -> Iterator[Fault]:
    kind = content.get("type") if isinstance(content, dict) else type(content).__name__
    if kind != "FeatureCollection" or not isinstance(content.get("features"), list):
        yield Fault(f"{name}:1", f"type = {kind!r}", "a FeatureCollection with features")
        return
    if len(content["features"]) > MOST_FEATURES:
        count = f"{len(content['features']):,} features"
        yield Fault(f"{name}:1", count, f"at most {MOST_FEATURES:,}")
    crs = json.dumps(content.get("crs", "CRS84"))
    if not any(known in crs for known in ("CRS84", "EPSG::4326", "EPSG:4326")):
        yield Fault(f"{name}:1", f"crs = {crs[:80]}", "WGS84 lon/lat", "export it as EPSG:4326")


def _feature_lines(text: str) -> list[int]:
    """Return the line each feature begins on, walking the text feature by feature."""
    decoder = json.JSONDecoder()
    at, lines = _features_start(text, decoder), []
    while (at := _past_space(text, at)) < len(text) and text[at] != "]":
        lines.append(text.count("\n", 0, at) + 1)
        at = _past_space(text, decoder.raw_decode(text, at)[1])
        at += text[at] == ","
    return lines


def _features_start(text: str, decoder: json.JSONDecoder) -> int:
    at = _past_space(text, 0) + 1
    while True:
        key, at = decoder.raw_decode(text, _past_space(text, at))
        at = _past_space(text, _past_space(text, at) + 1)
        if key == "features":
            return at + 1
        at = _past_space(text, decoder.raw_decode(text, at)[1]) + 1


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _outline(
    feature: Any, where: str, label: str, near: Bounds | None
) -> tuple[Outline, list[Fault]]:
    is_feature = isinstance(feature, dict) and feature.get("type") == "Feature"
    properties = feature.get("properties") if is_feature else None
    properties = {} if properties is None else properties
    if not is_feature or not isinstance(properties, dict):
        fault = Fault(where, f"{label} = {_shorten(feature)}", "a Feature with properties")
        return Outline(where=where, properties={}, geometry=None), [fault]
    geometry, faults = _geometry(feature.get("geometry"), where, f"{label}.geometry", near)
    return Outline(where=where, properties=properties, geometry=geometry), faults


def _geometry(
    content: Any, where: str, label: str, near: Bounds | None
) -> tuple[shapely.Geometry | None, list[Fault]]:
    kind = content.get("type") if isinstance(content, dict) else type(content).__name__
    if not isinstance(kind, str) or kind not in DEPTH or "coordinates" not in content:
        expected = "a LineString, Polygon or MultiPolygon with coordinates"
        return None, [Fault(where, f"{label}.type = {_shorten(kind)}", expected)]
    paths = list(_paths(content["coordinates"], DEPTH[kind]))
    count = sum(len(path) for path in paths if isinstance(path, list))
    if not paths or count > MOST_VERTICES:
        expected = f"1 to {MOST_VERTICES:,}"
        return None, [Fault(where, f"{label} has {count:,} vertices", expected, "simplify it")]
    faults = [
        fault for path in paths for fault in _path_faults(path, where, label, kind != "LineString")
    ]
    if faults:
        return None, faults
    shape = _shape(kind, content["coordinates"])
    faults = [*_shape_faults(shape, where, label), *_place_faults(shape, where, label, near)]
    return (None if faults else shape), faults


def _shape(kind: str, coordinates: list[Any]) -> shapely.Geometry:
    if kind == "LineString":
        return shapely.LineString(_flat(coordinates))
    polygons = [coordinates] if kind == "Polygon" else coordinates
    shapes = [
        shapely.Polygon(_flat(rings[0]), [_flat(hole) for hole in rings[1:]])
        for rings in polygons
        if rings
    ]
    return shapes[0] if kind == "Polygon" else shapely.MultiPolygon(shapes)


def _flat(path: list[list[float]]) -> list[tuple[float, float]]:
    return [(float(position[0]), float(position[1])) for position in path]


def _paths(coordinates: Any, depth: int) -> Iterator[Any]:
    if depth <= 1 or not isinstance(coordinates, list):
        yield coordinates
        return
    for each in coordinates:
        yield from _paths(each, depth - 1)


def _path_faults(path: Any, where: str, label: str, closed: bool) -> Iterator[Fault]:
    if not isinstance(path, list) or not all(_is_position(each) for each in path):
        odd = path if not isinstance(path, list) else next(p for p in path if not _is_position(p))
        yield Fault(where, f"{label}: {_shorten(odd)}", "positions of two numbers, lon then lat")
        return
    xy = [(each[0], each[1]) for each in path]
    least = 4 if closed else 2
    if len(xy) < least:
        yield Fault(where, f"{label} has {len(xy)} positions", f"at least {least}")
        return
    outside = next((p for p in xy if not (abs(p[0]) <= 180 and abs(p[1]) <= 90)), None)
    if outside is not None:
        swapped = abs(outside[1]) <= 180 and abs(outside[0]) <= 90
        hint = "these look like lat, lon: swap them" if swapped else ""
        yield Fault(where, f"{label}: {_shorten(outside)}", "lon -180..180, lat -90..90", hint)
        return
    if closed and xy[0] != xy[-1]:
        hint = "repeat the first position at the end"
        yield Fault(where, f"{label} is not closed", "last position = first", hint)
    if _jumps(np.array(xy, dtype=float)):
        expected = "no edge over 180 degrees of longitude"
        yield Fault(where, f"{label} crosses the antimeridian", expected, "split it at 180")


def _is_position(position: Any) -> bool:
    return (
        isinstance(position, list)
        and 2 <= len(position) <= 3
        and all(isinstance(x, int | float) and not isinstance(x, bool) for x in position)
    )


def _jumps(xy: NDArray[np.float64]) -> bool:
    return bool((np.abs(np.diff(xy[:, 0])) > 180).any())


def _shape_faults(shape: shapely.Geometry, where: str, label: str) -> Iterator[Fault]:
    if shapely.get_dimensions(shape) == 2 and not shapely.area(shapely.convex_hull(shape)) > 0:
        yield Fault(where, f"{label} has no area", "a polygon with an inside")
    elif not shapely.is_valid(shape):
        reason = shapely.is_valid_reason(shape)
        hint = "an outline must not cross itself"
        yield Fault(where, f"{label}: {reason}", "a simple polygon", hint)


def _place_faults(
    shape: shapely.Geometry, where: str, label: str, near: Bounds | None
) -> Iterator[Fault]:
    if near is None:
        return
    here = shapely.box(*near)
    swapped = shapely.transform(shape, lambda xy: xy[:, ::-1])
    if not shapely.intersects(shape, here) and shapely.intersects(swapped, here):
        west, south, east, north = shapely.bounds(shape)
        found = f"{label} spans lon {west:g}..{east:g}, lat {south:g}..{north:g}"
        yield Fault(where, found, "near the theatre", "these look like lat, lon: swap them")


def _shorten(found: Any) -> str:
    text = repr(found)
    return text if len(text) <= 60 else f"{text[:57]}..."
