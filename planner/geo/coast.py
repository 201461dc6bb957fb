"""Land and countries: the shipped coast, read once, whole for checking and thinned for display."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.geo.geodesic import near_longitude
from planner.geo.plane import middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

Bounds = tuple[float, float, float, float]

# Finest first; the first file that covers the bounds is used.
COASTS = ("coast-near.json.gz", "coast-world.json.gz")
TILE_DEG = 2.0
KEPT = 64
SHEET_DEG = 5.0
REACH_DEG = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """
    The land of one country.

    Parameters
    ----------
    code
        Two letters as in ISO 3166-1 for the countries of the theatres, else its three digits.
    name
        As Natural Earth has it.
    land
        Valid multipolygon in lon/lat degrees, not simplified. Longitudes run on from the middle
        of the bounds asked for, so they may pass 180.
    """

    code: str
    name: str
    land: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Land:
    """
    The coast within some bounds.

    Natural Earth draws borders as they are held: Taiwan, Kinmen, Hong Kong and Macao are features
    of their own, the southern Kurils are Russia's, Dokdo is the ROK's and the Paracels China's.
    Its 10 m coast is good to about 0.2 nm, and 12 nm limits can be no better.

    Parameters
    ----------
    countries
        In order of their codes.
    source
        Where the coast comes from.
    bounds
        West, south, east, north in degrees; east may exceed 180.
    """

    countries: tuple[Country, ...]
    source: str
    bounds: Bounds

    def of(self, codes: Iterable[str]) -> shapely.Geometry:
        """Return the land of some countries as one geometry, empty when there is none here."""
        return _joined(self, frozenset(codes))

    def whole(self) -> shapely.Geometry:
        """Return all land as one geometry."""
        return _joined(self, frozenset(each.code for each in self.countries))

    def display(self, tolerance_deg: float = 0.01) -> tuple[Country, ...]:
        """Return the countries thinned for drawing; never for checking."""
        return tuple(
            Country(
                code=each.code,
                name=each.name,
                land=shapely.simplify(each.land, tolerance_deg, preserve_topology=True),
            )
            for each in self.countries
        )


def load_land(bounds: Bounds) -> Land:
    """
    Return the coast within bounds, from the finest shipped file that covers them.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees. East is beyond west: 170 to 190 crosses the
        antimeridian.

    Raises
    ------
    ValueError
        When the bounds are not in that order, or span more than the globe.
    """
    west, south, east, north = (float(x) for x in bounds)
    if not (west < east <= west + 360 and -90 <= south < north <= 90 and -360 <= west <= 180):
        msg = f"bounds = {bounds}, expected west < east and south < north in degrees"
        raise ValueError(msg)
    return _land_within((west, south, east, north))


def charts_around(bounds: Bounds, middle_deg: float) -> Bounds:
    """
    Return the bounds of whole 5° sheets that reach 360 nm beyond some bounds.

    No leg leaves them, and theatres near each other share them.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees, within 180 degrees of the middle.
    middle_deg
        Longitude that the charts run to 180 degrees of at most.

    Examples
    --------
    >>> charts_around((121.0, 25.3, 139.45, 38.5), 124.0)
    (110.0, 15.0, 150.0, 45.0)
    """
    west, south, east, north = bounds
    room = REACH_DEG / max(np.cos(np.deg2rad(max(abs(south), abs(north)))), 0.01)
    low = np.floor(np.array([west - room, south - REACH_DEG]) / SHEET_DEG) * SHEET_DEG
    high = np.ceil(np.array([east + room, north + REACH_DEG]) / SHEET_DEG) * SHEET_DEG
    return (
        max(float(low[0]), middle_deg - 180),
        max(float(low[1]), -90.0),
        min(float(high[0]), middle_deg + 180),
        min(float(high[1]), 90.0),
    )


def bounds_round(lonlat: NDArray[np.float64], room_nm: float) -> Bounds:
    """
    Return bounds that hold positions and everything within some distance of them.

    Parameters
    ----------
    lonlat
        Positions in degrees, shape (n, 2), with n at least 1.
    room_nm
        Distance in nm.

    Returns
    -------
    bounds
        West, south, east, north in degrees, the short way round; the whole circle near a pole.

    Examples
    --------
    >>> [round(x) for x in bounds_round(np.array([[179.0, 0.0], [-179.0, 0.0]]), 60.0)]
    [178, -1, 182, 1]
    """
    lon = near_longitude(lonlat, middle(lonlat)[0])[:, 0]
    room_deg = room_nm / 59.7
    south, north = lonlat[:, 1].min() - room_deg, lonlat[:, 1].max() + room_deg
    across = np.cos(np.deg2rad(max(abs(south), abs(north))))
    west, east = lon.min() - room_deg / across, lon.max() + room_deg / across
    if max(-south, north) >= 89 or east - west >= 360:
        return -180.0, max(-90.0, float(south)), 180.0, min(90.0, float(north))
    return float(west), float(south), float(east), float(north)


def tiles(shape: shapely.Geometry, step_deg: float = TILE_DEG) -> NDArray[np.object_]:
    """
    Return a lon/lat geometry cut along a graticule, so that each piece is small and fast.

    Parameters
    ----------
    shape
        Geometry in lon/lat degrees.
    step_deg
        Width and height of a tile, in degrees.

    Returns
    -------
    pieces
        Non-empty polygons, from the south-west, row by row.
    """
    return np.array(list(_tiles(shape, step_deg)), dtype=object)


def _tiles(shape: shapely.Geometry, step_deg: float) -> Iterator[shapely.Geometry]:
    if shapely.is_empty(shape):
        return
    west, south, east, north = shapely.bounds(shape)
    for low in np.arange(np.floor(south / step_deg) * step_deg, north, step_deg):
        row = _cut(shape, west, low, east, low + step_deg)
        for left in np.arange(np.floor(west / step_deg) * step_deg, east, step_deg):
            piece = _cut(row, left, low, left + step_deg, low + step_deg)
            yield from (part for part in shapely.get_parts(piece) if part.area > 0)


def _cut(
    shape: shapely.Geometry, west: float, south: float, east: float, north: float
) -> shapely.Geometry:
    try:
        return shapely.clip_by_rect(shape, west, south, east, north)
    except shapely.GEOSException:  # a spike, which an earlier cut may leave, is no ring
        return shapely.intersection(
            shapely.make_valid(shape), shapely.box(west, south, east, north)
        )


@lru_cache(maxsize=KEPT)
def _joined(land: Land, codes: frozenset[str]) -> shapely.Geometry:
    wanted = [each.land for each in land.countries if each.code in codes]
    return wanted[0] if len(wanted) == 1 else shapely.union_all(wanted)


@lru_cache(maxsize=KEPT)
def _land_within(bounds: Bounds) -> Land:
    content = next(coast for coast in map(_coast, COASTS) if _covers(coast["bounds"], bounds))
    cut = ((each, _around(each["land"], bounds)) for each in content["countries"])
    return Land(
        countries=tuple(
            Country(code=each["code"], name=each["name"], land=land)
            for each, land in cut
            if not shapely.is_empty(land)
        ),
        source=content["source"],
        bounds=bounds,
    )


def _covers(outer: list[float], inner: Bounds) -> bool:
    west, south, east, north = inner
    whole_globe = outer[2] - outer[0] >= 360
    across = whole_globe or (outer[0] <= west and east <= outer[2])
    return across and outer[1] <= south and north <= outer[3]


def _around(land: shapely.Geometry, bounds: Bounds) -> shapely.Geometry:
    turned = [_turned(land, turn) for turn in (-360.0, 0.0, 360.0)]
    parts = shapely.get_parts(shapely.clip_by_rect(np.array(turned), *bounds))
    return shapely.union_all(shapely.make_valid(parts[~shapely.is_empty(parts)]))


def _turned(land: shapely.Geometry, turn_deg: float) -> shapely.Geometry:
    return shapely.transform(land, lambda xy: xy + np.array([turn_deg, 0.0]))


@cache
def _coast(name: str) -> dict[str, Any]:
    packed = files("planner").joinpath("data", name).read_bytes()
    content: dict[str, Any] = json.loads(gzip.decompress(packed))
    for each in content["countries"]:
        polygons = [_polygon(rings, content["step_deg"]) for rings in each.pop("polygons")]
        each["land"] = shapely.MultiPolygon(polygons)
    return content


def _polygon(rings: list[list[int]], step_deg: float) -> shapely.Polygon:
    outer, *holes = (np.cumsum(np.reshape(ring, (-1, 2)), axis=0) * step_deg for ring in rings)
    return shapely.Polygon(outer, holes)
