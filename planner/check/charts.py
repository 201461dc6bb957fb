"""Coast and closed airspace as the check reads them: from the shipped files, nothing thinned."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.check.earth import ECCENTRICITY2, METRES_PER_NM, POLE_M, geocentric_nm

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.spatial import cKDTree

    from planner.scenario.model import Scenario

    Floats = NDArray[np.float64]

TOGETHER = {"CN": ("CN", "HK", "MO")}
"""China's airspace includes that of its special administrative regions."""

NEAR, WORLD = "coast-near.json.gz", "coast-world.json.gz"
COAST_STEP_NM = 0.3
AT_ONCE = 1_000_000
DPRK_ZONES = ("dprk-military-east", "dprk-military-west")


@dataclass(frozen=True, slots=True)
class Region:
    """
    Polygons in lon/lat degrees; an edge is straight in degrees (RFC 7946).

    Parameters
    ----------
    rings
        Closed rings, holes among them, each of shape (k, 2). What lies inside an odd number of
        them is inside.
    """

    rings: tuple[Floats, ...]
    boxes: Floats = field(init=False)

    def __post_init__(self) -> None:
        boxes = [[*ring.min(axis=0), *ring.max(axis=0)] for ring in self.rings]
        object.__setattr__(self, "boxes", np.reshape(boxes, (len(boxes), 4)))

    def holds(self, lonlat: Floats) -> NDArray[np.bool_]:
        """Return which points lie inside, shape (n,); longitudes count modulo 360."""
        inside = np.zeros(len(lonlat), dtype=bool)
        for ring, box in zip(self.rings, self.boxes, strict=True):
            middle = (box[0] + box[2]) / 2
            lon = middle + (lonlat[:, 0] - middle + 180) % 360 - 180
            near = np.flatnonzero(
                (box[0] <= lon)
                & (lon <= box[2])
                & (box[1] <= lonlat[:, 1])
                & (lonlat[:, 1] <= box[3])
            )
            if len(near):
                inside[near] ^= _crossings_odd(ring, lon[near], lonlat[near, 1])
        return inside

    def area_nm2(self) -> float:
        """
        Return the area of rings that do not overlap, holes not taken off.

        Trapezia under each edge on the authalic sphere: Snyder (1987), eq. 3-12.
        """
        return sum(abs(_signed_area_nm2(ring)) for ring in self.rings)

    def edge_nm(self, lonlat: Floats) -> Floats:
        """Return how far points lie from the nearest edge, in nm, on a plane about each."""
        starts = np.concatenate([ring[:-1] for ring in self.rings])
        ends = np.concatenate([ring[1:] for ring in self.rings])
        return np.array([_nearest_edge_nm(place, starts, ends) for place in lonlat])


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed airspace, and when it is in force."""

    name: str
    region: Region
    from_time: datetime | None = None
    to_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """Priced airspace, and what an hour inside costs."""

    id: str
    region: Region
    price_per_h: float


@dataclass(frozen=True, slots=True, eq=False)
class Coast:
    """
    The land of each country, whole.

    Parameters
    ----------
    land
        By the country's code.
    """

    land: dict[str, Region]

    def shore(self, *codes: str) -> cKDTree:
        """Return the shores of some countries, or of all, as points in earth-centred nm."""
        return _shore(self, codes or tuple(self.land))

    def islands_nm2(self, sea: Region) -> float:
        """Return the area of islands that lie wholly within a region."""
        low, high = sea.boxes[:, :2].min(axis=0), sea.boxes[:, 2:].max(axis=0)
        area_nm2 = 0.0
        for region in self.land.values():
            within = (region.boxes[:, :2] >= low) & (region.boxes[:, 2:] <= high)
            for ring in (region.rings[each] for each in np.flatnonzero(within.all(axis=1))):
                area_nm2 += abs(_signed_area_nm2(ring)) if sea.holds(ring).all() else 0.0
        return area_nm2

    def land_of_others(self, lonlat: Floats, codes: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which points lie on land of other countries than these, shape (n,)."""
        others = [region for code, region in self.land.items() if code not in codes]
        on_land = np.zeros(len(lonlat), dtype=bool)
        for region in others:
            on_land |= region.holds(lonlat)
        return on_land


@cache
def _shore(coast: Coast, codes: tuple[str, ...]) -> cKDTree:
    from scipy.spatial import cKDTree

    rings = [ring for code in codes if code in coast.land for ring in coast.land[code].rings]
    points = [_divided(ring) for ring in rings]
    return cKDTree(geocentric_nm(np.concatenate([np.zeros((0, 2)), *points])))


def coast_around(west: float, south: float, east: float, north: float) -> Coast:
    """Return the finest shipped coast that reaches around some bounds, in degrees."""
    from_lon, from_lat, to_lon, to_lat = _coast_file(NEAR)["bounds"]
    near = from_lon <= west and east <= to_lon and from_lat <= south and north <= to_lat
    return _coast(NEAR if near else WORLD)


@cache
def _coast(name: str) -> Coast:
    content = _coast_file(name)
    step = content["step_deg"]
    land: dict[str, Region] = {}
    for country in content["countries"]:
        rings = [ring for polygon in country["polygons"] for ring in polygon]
        points = (np.cumsum(np.reshape(ring, (-1, 2)), axis=0) * step for ring in rings)
        land[country["code"]] = Region(tuple(np.concatenate([p, p[:1]]) for p in points))
    return Coast(land)


@cache
def _coast_file(name: str) -> dict[str, Any]:
    packed = files("planner").joinpath("data", name).read_bytes()
    content: dict[str, Any] = json.loads(gzip.decompress(packed))
    return content


def shores_of(state: str) -> tuple[str, ...]:
    """Return the codes of all land that belongs to a state's airspace."""
    return TOGETHER.get(state, (state,))


def closed_zones(scenario: Scenario) -> list[Closed]:
    """Return what the scenario closes besides territorial seas: shipped zones and its own files."""
    open_ids = {"pyongyang-fir"} if scenario.airspace.pyongyang_fir != "closed" else set()
    open_ids |= set(DPRK_ZONES) if scenario.airspace.dprk_zones != "closed" else set()
    return [
        Closed(
            name=properties["name"],
            region=region,
            from_time=_moment(properties.get("from")),
            to_time=_moment(properties.get("to")),
        )
        for properties, region in _all_zones(scenario)
        if properties["rule"] == "closed" and properties["id"] not in open_ids
    ]


def priced_zones(scenario: Scenario) -> list[Priced]:
    """Return the zones whose hours inside are counted, with the scenario's prices."""
    prices = {
        "china-adiz": scenario.airspace.china_adiz_price,
        "kadiz": scenario.airspace.kadiz_price,
    }
    return [
        Priced(
            id=properties["id"],
            region=region,
            price_per_h=prices.get(properties["id"], properties.get("price_per_h", 0.0)),
        )
        for properties, region in _all_zones(scenario)
        if properties["rule"] == "priced"
    ]


def _all_zones(scenario: Scenario) -> list[tuple[dict[str, Any], Region]]:
    own = [zone for name in scenario.airspace.files for zone in _zones(scenario.folder / name)]
    return [*_shipped_zones(), *own]


@cache
def _shipped_zones() -> tuple[tuple[dict[str, Any], Region], ...]:
    text = files("planner").joinpath("data", "airspace.geojson").read_text(encoding="utf-8")
    return tuple(_features(text))


def _zones(path: Path) -> list[tuple[dict[str, Any], Region]]:
    return _features(path.read_text(encoding="utf-8-sig"))


def _features(text: str) -> list[tuple[dict[str, Any], Region]]:
    """Return properties and region of each polygon of a GeoJSON file that was read before."""
    found = []
    for feature in json.loads(text)["features"]:
        shape = feature["geometry"]
        polygons = {"Polygon": [shape["coordinates"]], "MultiPolygon": shape["coordinates"]}
        rings = [ring for polygon in polygons.get(shape["type"], []) for ring in polygon]
        if rings:
            region = Region(tuple(np.array(ring, dtype=np.float64)[:, :2] for ring in rings))
            found.append((feature["properties"], region))
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _crossings_odd(ring: Floats, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return which points a ray to the east leaves through an odd number of edges."""
    low, high = np.minimum(ring[:-1, 1], ring[1:, 1]), np.maximum(ring[:-1, 1], ring[1:, 1])
    near = np.flatnonzero((low <= lat.max()) & (high >= lat.min()) & (low < high))
    (x0, y0), (x1, y1) = ring[near].T, ring[near + 1].T
    slope = (x1 - x0) / (y1 - y0)
    odd = np.zeros(len(lon), dtype=bool)
    few = max(1, AT_ONCE // max(1, len(near)))
    for some in (slice(first, first + few) for first in range(0, len(lon), few)):
        x, y = lon[some, None], lat[some, None]
        odd[some] = (((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * slope)).sum(axis=1) % 2 == 1
    return odd


def _signed_area_nm2(ring: Floats) -> float:
    sin = np.sin(np.deg2rad(ring[:, 1]))
    e = np.sqrt(ECCENTRICITY2)
    below = sin / (1 - ECCENTRICITY2 * sin**2) + np.arctanh(e * sin) / e
    width = np.diff(np.deg2rad(ring[:, 0]))
    pole_nm = POLE_M / METRES_PER_NM
    return float((width * (below[1:] + below[:-1])).sum() * pole_nm**2 / 4)


def _nearest_edge_nm(place: Floats, starts: Floats, ends: Floats) -> float:
    scale = np.array([60 * np.cos(np.deg2rad(place[1])), 60.0])
    shift = [(starts[:, 0] - place[0] + 180) % 360 - 180, starts[:, 1] - place[1]]
    start = np.stack(shift, axis=1) * scale
    edge = (ends - starts) * scale
    length2 = np.maximum((edge**2).sum(axis=1), 1e-18)
    share = np.clip(-(start * edge).sum(axis=1) / length2, 0, 1)
    return float(np.hypot(*(start + share[:, None] * edge).T).min())


def _divided(ring: Floats) -> Floats:
    """Return a ring's points with more of them put between where they lie far apart."""
    corners = geocentric_nm(ring)
    gaps_nm = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    parts = np.maximum(1, np.ceil(gaps_nm / COAST_STEP_NM)).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts)
    first = np.cumsum(parts) - parts
    share = (np.arange(parts.sum()) - first[edge]) / parts[edge]
    divided: Floats = ring[edge] + share[:, None] * (ring[edge + 1] - ring[edge])
    return divided
