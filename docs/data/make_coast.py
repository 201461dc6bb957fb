"""
Make the coast files that ship with the planner.

Usage: ``python docs/data/make_coast.py WORLD_ATLAS_FOLDER planner/data``, where the first folder is
an unpacked copy of the npm package ``world-atlas`` 2.0.2: Natural Earth 4.1.0, public domain, as
TopoJSON. The same input gives the same bytes.

Small islands that Natural Earth's 10 m land lacks and that matter for a 12 nm limit are added here
as discs, each with its source.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_DEG = 1e-4
NEAR = (105.0, 10.0, 165.0, 60.0)

# Natural Earth's numeric ISO 3166-1 code, told as the two letters scenarios use.
CODES = {
    "036": "AU", "116": "KH", "144": "LK", "156": "CN", "158": "TW", "316": "GU", "344": "HK",
    "356": "IN", "360": "ID", "392": "JP", "408": "KP", "410": "KR", "418": "LA", "446": "MO",
    "458": "MY", "496": "MN", "580": "MP", "608": "PH", "643": "RU", "702": "SG", "704": "VN",
    "764": "TH", "840": "US",
}  # fmt: skip

BASELINE = "PRC declaration on the baselines of the territorial sea, 15 May 1996"
CHART = "position known to about 1 nm from general charts; not surveyed"

# Country, name, lon, lat, radius in nm, source.
ISLANDS = (
    ("JP", "Danjo Gunto", 128.40, 32.00, 1.5, CHART),
    ("JP", "Hegurajima", 136.92, 37.85, 0.6, CHART),
    ("JP", "Okinotorishima", 136.08, 20.42, 1.0, CHART),
    ("KP", "Sokto", 125.00, 38.64, 0.8, "GLOBE land mask, as read from global-land-mask 1.0.0"),
    ("KR", "Hongdo", 128.73, 34.53, 0.3, CHART),
    ("KR", "Eocheongdo", 125.98, 36.12, 0.6, CHART),
    ("KR", "Oeyeondo", 126.08, 36.23, 0.5, CHART),
    ("KR", "Marado", 126.27, 33.12, 0.4, CHART),
    ("TW", "Matsu", 119.95, 26.16, 2.0, CHART),
    ("TW", "Dongyin", 120.4933, 26.3767, 1.0, BASELINE + ", point 19"),
    ("TW", "Pengjia Yu", 122.07, 25.63, 0.5, CHART),
    ("TW", "Pratas", 116.72, 20.70, 1.5, CHART),
    ("CN", "Sushandao", 122.2633, 36.7467, 0.3, BASELINE + ", point 6"),
    ("CN", "Chaoliandao", 120.8850, 35.8933, 0.3, BASELINE + ", point 7"),
    ("CN", "Dashandao", 119.9033, 35.0033, 0.3, BASELINE + ", point 8"),
    ("CN", "Sheshandao", 122.2433, 31.4217, 0.3, BASELINE + ", point 11"),
    ("CN", "Haijiao", 123.1567, 30.7350, 0.3, BASELINE + ", point 12"),
    ("CN", "Dongnanjiao", 123.1617, 30.7250, 0.3, BASELINE + ", point 13"),
    ("CN", "Liangxiongdiyu", 122.9450, 30.1683, 0.3, BASELINE + ", point 14"),
    ("CN", "Yushanliedao", 122.2750, 28.8883, 0.3, BASELINE + ", point 15"),
    ("CN", "Taizhouliedao", 121.9167, 28.3983, 0.3, BASELINE + ", point 16"),
    ("CN", "Daotiaoshan", 121.1300, 27.4650, 0.3, BASELINE + ", point 18"),
    ("CN", "Niushandao", 119.9383, 25.4300, 0.3, BASELINE + ", point 21"),
)

Countries = dict[tuple[str, str], shapely.Geometry]


def main(atlas: Path, out: Path) -> None:
    """Write both coast files into `out`."""
    near = with_islands(clipped(countries(atlas / "countries-10m.json"), shapely.box(*NEAR)))
    write(out / "coast-near.json.gz", near, "Natural Earth 4.1.0, 1:10 million", NEAR)
    world = countries(atlas / "countries-50m.json")
    write(
        out / "coast-world.json.gz",
        world,
        "Natural Earth 4.1.0, 1:50 million",
        (-180, -90, 180, 90),
    )


def countries(path: Path) -> Countries:
    """Return every country of a TopoJSON file as a valid geometry in lon/lat degrees."""
    topology = json.loads(path.read_text())
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    found: Countries = {}
    for each in topology["objects"]["countries"]["geometries"]:
        if "arcs" in each:
            name, number = each["properties"]["name"], each.get("id", "")
            found[CODES.get(number, number), name] = shapely.make_valid(land(each, arcs))
    return found


def land(country: dict[str, Any], arcs: list[NDArray[np.float64]]) -> shapely.Geometry:
    """Return the polygons of one TopoJSON country."""
    rings = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    outlines = [[joined(ring, arcs) for ring in polygon] for polygon in rings]
    return shapely.MultiPolygon(
        [(outer, [hole for hole in holes if len(hole) > 3])
         for outer, *holes in outlines if len(outer) > 3]
    )  # fmt: skip


def joined(ring: list[int], arcs: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the points of a ring; a negative index is an arc walked backwards."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    return np.vstack([parts[0], *(part[1:] for part in parts[1:])])


def clipped(countries: Countries, window: shapely.Geometry) -> Countries:
    """Return the countries inside a window of lon/lat."""
    cut = {key: shapely.intersection(shape, window) for key, shape in countries.items()}
    return {key: shape for key, shape in cut.items() if not shape.is_empty}


def with_islands(countries: Countries) -> Countries:
    """Return the countries with the islands that Natural Earth lacks."""
    grown = dict(countries)
    for code, _, lon, lat, radius_nm, _ in ISLANDS:
        key = next(key for key in grown if key[0] == code)
        grown[key] = shapely.union(grown[key], disc(lon, lat, radius_nm))
    return grown


def disc(lon: float, lat: float, radius_nm: float) -> shapely.Geometry:
    """Return a twelve-sided island of the given radius."""
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    stretch = radius_nm / 60 / np.array([np.cos(np.deg2rad(lat)), 1.0])
    return shapely.Polygon(np.array([lon, lat]) + stretch * np.c_[np.cos(angle), np.sin(angle)])


def write(path: Path, countries: Countries, source: str, bounds: tuple[float, ...]) -> None:
    """Write countries as rings of whole steps, each the difference to the point before."""
    content = {
        "source": f"{source} (public domain), through world-atlas 2.0.2",
        "bounds": bounds,
        "step_deg": STEP_DEG,
        "islands_added": [list(island) for island in ISLANDS] if bounds == NEAR else [],
        "countries": [
            {"code": code, "name": name, "polygons": polygons(countries[code, name])}
            for code, name in sorted(countries)
        ],
    }
    text = json.dumps(content, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def polygons(shape: shapely.Geometry) -> list[list[list[int]]]:
    """Return the polygons of a shape, largest first, as rings of flat coordinate differences."""
    snapped = shapely.normalize(shapely.set_precision(shape, STEP_DEG))
    parts = [part for part in shapely.get_parts(snapped) if part.geom_type == "Polygon"]
    parts.sort(key=lambda part: (-part.area, part.bounds))
    return [[steps(ring) for ring in (part.exterior, *part.interiors)] for part in parts]


def steps(ring: shapely.LinearRing) -> list[int]:
    """Return a ring without its closing point as differences in whole steps."""
    whole = np.rint(shapely.get_coordinates(ring)[:-1] / STEP_DEG).astype(int)
    return [int(x) for x in np.diff(whole, axis=0, prepend=0).ravel()]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
