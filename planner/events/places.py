"""Turn what a row says of a place into a position region."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.events.coordinates import CoordinateError, angle, position
from planner.events.regions import Area, Circle, Point, Region, Sector
from planner.events.rows import FIELDS, DoubtError

if TYPE_CHECKING:
    from planner.events.rows import Row

MOST_CORNERS = 10_000
_FARTHEST_KM = 10_000.0


def read_region(row: Row) -> Region | None:
    """
    Return where a row says it was, or None when it does not say.

    Raises
    ------
    DoubtError
        When it cannot be read; a fault of the file when coordinates are swapped or ambiguous.
    """
    if row.region is not None:
        return row.region
    kind = row.text("region") or _kind(row)
    if kind == "none":
        return None
    if kind in {"point", "circle"}:
        return _round_region(row, kind)
    if kind == "range_bearing":
        return _sector(row)
    if kind == "area":
        return area_region(_polygon(row))
    raise DoubtError(found=f"region = {kind!r}", expected=FIELDS["region"], why="unreadable")


def _kind(row: Row) -> str:
    """Return the one kind of region that a row's fields tell of."""
    told = (
        ("area", row.text("area")),
        ("range_bearing", row.text("distance_km")),
        ("point", row.text("lon") or row.text("lat")),
        ("point", row.text("position")),
    )
    kinds = [kind for kind, text in told if text]
    if len(kinds) > 1:
        found = f"places told in {len(kinds)} ways"
        raise DoubtError(found=found, expected="one, or a region that says which", why="unreadable")
    return kinds[0] if kinds else "none"


def _round_region(row: Row, kind: str) -> Region:
    lon, lat = _position(row) if row.text("position") else _lonlat(row, "lon", "lat")
    radius_km = row.number("radius_km", 0.0, at_least=0.0, at_most=_FARTHEST_KM)
    if kind == "point":
        return Point(lon=lon, lat=lat, radius_km=radius_km)
    if radius_km == 0:
        raise DoubtError(found="radius_km = 0", expected="> 0 for a circle", why="unreadable")
    return Circle(lon=lon, lat=lat, radius_km=radius_km)


def _sector(row: Row) -> Sector:
    lon, lat = _lonlat(row, "ref_lon", "ref_lat")
    distance_km = row.number("distance_km", math.nan, above=0.0, at_most=_FARTHEST_KM)
    bearing_deg = row.number("bearing_deg", math.nan, at_least=0.0, at_most=360.0)
    if math.isnan(distance_km + bearing_deg):
        raise DoubtError(
            found="no distance_km or no bearing_deg", expected="both", why="unreadable"
        )
    return Sector(
        ref_lon=lon,
        ref_lat=lat,
        distance_km=distance_km,
        rounding_km=row.number("rounding_km", 0.0, at_least=0.0, at_most=_FARTHEST_KM),
        bearing_deg=bearing_deg,
        half_width_deg=row.number("half_width_deg", 0.0, at_least=0.0, at_most=180.0),
        ref_sd_km=row.number("ref_sd_km", 0.0, at_least=0.0, at_most=_FARTHEST_KM),
    )


def _position(row: Row) -> tuple[float, float]:
    try:
        return position(row.text("position"))
    except CoordinateError as error:
        found = f"position = {row.text('position')!r}"
        raise _coordinate_doubt(found, error) from None


def _lonlat(row: Row, lon_name: str, lat_name: str) -> tuple[float, float]:
    lon, lat = row.text(lon_name), row.text(lat_name)
    found = f"{lon_name} = {lon!r}, {lat_name} = {lat!r}"
    try:
        return angle(lon, "lon"), angle(lat, "lat")
    except CoordinateError as error:
        if not error.ambiguous and _reads(lat, lon):
            expected = "longitude and latitude the other way round"
            raise DoubtError(found=found, expected=expected, why="swapped", fault=True) from None
        raise _coordinate_doubt(found, error) from None


def _reads(lon: str, lat: str) -> bool:
    try:
        angle(lon, "lon")
        angle(lat, "lat")
    except CoordinateError:
        return False
    return True


def _coordinate_doubt(found: str, error: CoordinateError) -> DoubtError:
    why = "ambiguous position" if error.ambiguous else "no such position"
    return DoubtError(found=found, expected=error.expected, why=why, fault=error.ambiguous)


def _polygon(row: Row) -> shapely.Geometry:
    try:
        with np.errstate(invalid="ignore"):
            polygon = shapely.from_wkt(row.text("area"))
    except (shapely.GEOSException, ValueError, TypeError):
        polygon = None
    if polygon is None:
        raise DoubtError(
            found=f"area = {row.text('area')[:40]!r}", expected=FIELDS["area"], why="unreadable"
        )
    return polygon


def area_region(shape: shapely.Geometry) -> Area:
    """
    Return a polygon as a position region.

    Raises
    ------
    DoubtError
        When it is no polygon, is empty, crosses itself, has too many corners, or lies partly
        outside longitudes -180 to 180 and latitudes -90 to 90.
    """
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        raise DoubtError(
            found=f"a shape of type {type(shape).__name__}", expected="a polygon", why="unreadable"
        )
    if shapely.get_num_coordinates(shape) > MOST_CORNERS:
        raise DoubtError(
            found="a polygon of too many corners",
            expected=f"at most {MOST_CORNERS:,}",
            why="unreadable",
        )
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise DoubtError(found="a polygon with no number", expected="numbers", why="unreadable")
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        raise DoubtError(
            found=f"an invalid polygon ({reason})", expected="one that is simple", why="unreadable"
        )
    west, south, east, north = shapely.bounds(shape)
    if max(-west, east) > 180 or max(-south, north) > 90:
        found = f"a polygon from {west:g}, {south:g} to {east:g}, {north:g}"
        expected = "longitude, then latitude, from -180 to 180 and -90 to 90"
        raise DoubtError(found=found, expected=expected, why="no such position")
    return Area(polygon=shape)
