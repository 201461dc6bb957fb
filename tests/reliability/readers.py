"""Every reader of the planner, with a good file for each and one way to call them all."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from planner.airspace import read_zones
from planner.cache import Cache
from planner.effort import Terms, read_effort
from planner.errors import PlannerError
from planner.events import read_events
from planner.outputs.folder import plan_json
from planner.reading import read_plan, scenario_of
from planner.replay import differences
from planner.scenario import read_scenario
from planner.sweep.store import Store
from planner.tracks.reading import read_drawing
from tests.plans import small_plan
from tests.theatres import SMALL, small

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2024, 1, 1, tzinfo=UTC)
CSV = """id,start,zone,lon,lat,count
a,2020-01-02,UTC,124.5,30.5,1
b,2020-01-03T04:00,UTC,124.2,30.1,2
"""
EFFORT_TRACK = """track,time,lon,lat,pod,sweep_width_nm
a,2020-01-02T03:00Z,124.0,30.0,0.9,8
a,2020-01-02T04:00Z,124.0,32.0,0.9,8
"""
EFFORT = "lon,lat,radius_nm,date,pod\n124.5,30.5,40,2020-01-02,0.5\n"
RING = [[124.0, 30.0], [125.0, 30.0], [125.0, 31.0], [124.0, 31.0], [124.0, 30.0]]
EFFORT_AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"date": "2020-01-02", "pod": 0.5},
            "geometry": {"type": "Polygon", "coordinates": [RING]},
        },
        {
            "type": "Feature",
            "properties": {"coordTimes": ["2020-01-02T03:00Z", "2020-01-02T04:00Z"]},
            "geometry": {"type": "LineString", "coordinates": RING[:2]},
        },
    ],
}
GPX = """<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>p3c-naha-1</name><trkseg>
<trkpt lat="26.2" lon="127.6"><time>2020-02-17T00:00:00Z</time></trkpt>
<trkpt lat="29.0" lon="124.0"><time>2020-02-17T01:00:00Z</time></trkpt>
<trkpt lat="26.2" lon="127.6"><time>2020-02-17T03:00:00Z</time></trkpt>
</trkseg></trk></gpx>
"""
KML = """<?xml version="1.0"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">
<Document><Folder><name>p3c-naha-1</name><Placemark><name>track</name><gx:Track>
<when>2020-02-17T00:00:00Z</when><when>2020-02-17T03:00:00Z</when>
<gx:coord>127.6 26.2 0</gx:coord><gx:coord>124.0 29.0 0</gx:coord>
</gx:Track></Placemark></Folder></Document></kml>
"""
TRACK = {
    "type": "Feature",
    "properties": {
        "aircraft": "p3c-naha-1",
        "times": ["2020-02-17T00:00:00Z", "2020-02-17T03:00:00Z"],
    },
    "geometry": {"type": "LineString", "coordinates": [[127.6, 26.2], [124.0, 29.0]]},
}
TRACK_CSV = """aircraft,time,lon,lat
p3c-naha-1,2020-02-17T00:00:00Z,127.6,26.2
p3c-naha-1,2020-02-17T01:00:00Z,124.0,29.0
p3c-naha-1,2020-02-17T03:00:00Z,127.6,26.2
"""
WATCHED = {
    "total": 1,
    "entries": [
        {
            "id": "e1",
            "type": "encounter",
            "start": "2020-01-02T00:00:00Z",
            "end": "2020-01-02T03:00:00Z",
            "position": {"lat": 30.5, "lon": 124.5},
            "encounter": {"vessel": {"ssvid": "1", "name": "x"}},
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Reader:
    """
    A way for a stranger's bytes to come in.

    Parameters
    ----------
    name
        What it reads.
    file
        Name that the file must bear.
    good
        Makes a good file's bytes.
    read
        Reads the file; a bad one is a `PlannerError`.
    """

    name: str
    file: str
    good: Callable[[], bytes]
    read: Callable[[Path], object]


def complaint(reader: Reader, path: Path) -> str | None:
    """Return what is wrong with how a file was read; None when it was read or properly refused."""
    try:
        reader.read(path)
    except PlannerError as problem:
        return None if str(problem).strip() else f"{reader.name}: refused without a reason"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as problem:  # noqa: BLE001 - whatever else comes out is what we look for
        return f"{reader.name}: {type(problem).__name__}: {problem}"[:300]
    return None


def fed(reader: Reader, data: bytes, folder: Path) -> str | None:
    """Write bytes where a reader looks, have them read, and return what was wrong."""
    path = folder / reader.file
    path.write_bytes(data)
    return complaint(reader, path)


def _feature(properties: dict[str, object], geometry: object) -> bytes:
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, indent=1).encode()


def _reports_geojson() -> bytes:
    return _feature(
        {"id": "a", "start": "2020-01-02T00:00:00Z"}, {"type": "Polygon", "coordinates": [RING]}
    )


def _zones_geojson() -> bytes:
    fields: dict[str, object] = {"id": "d", "name": "D", "rule": "closed", "source": "drawn"}
    return _feature(fields, {"type": "Polygon", "coordinates": [RING]})


def _drawn_geojson() -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": [TRACK]}, indent=1).encode()


@cache
def _geopackage() -> bytes:
    frame = gpd.GeoDataFrame(
        {"id": ["a"], "start": ["2020-01-02T00:00:00Z"]},
        geometry=[shapely.Polygon(RING)],
        crs="EPSG:4326",
    )
    with TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / "a.gpkg", driver="GPKG")
        return (Path(folder) / "a.gpkg").read_bytes()


@cache
def _kmz() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", KML)
    return packed.getvalue()


@cache
def _store() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.sqlite"
        Store(path, writing=True).close()
        return path.read_bytes()


@cache
def _plan() -> bytes:
    return plan_json(small_plan()).encode()


@cache
def _manifest() -> bytes:
    with TemporaryDirectory() as folder:
        scenario = read_scenario(small(Path(folder)))
    record = {
        "format": "patrol-manifest 1",
        "name": "small",
        "scenario": scenario.model_dump(mode="json"),
        "versions": {},
        "inputs": {},
        "outputs": {"plan.json": "0"},
    }
    return json.dumps(record, indent=1).encode()


def _replayed(path: Path) -> object:
    return differences(path.parent, path.parent, cache=Cache(None), tell=str)


def _rows_of(path: Path) -> object:
    with Store(path) as store:
        return [store.begun, *store.rows()]


def _reports(path: Path) -> object:
    return read_events(path, now=NOW)


def _effort(path: Path) -> object:
    return read_effort(path, Terms(start=NOW, sweep_width_nm=8.0))


def _cached(path: Path) -> object:
    return Cache(path.parent).arrays([b"x"], lambda: {"a": np.zeros(2)})


@cache
def _kept() -> bytes:
    with TemporaryDirectory() as folder:
        _cached(Path(folder) / "x")
        return next(Path(folder).glob("*")).read_bytes()


READERS = (
    Reader("scenario", "a.toml", SMALL.encode, read_scenario),
    Reader("reports, CSV", "a.csv", CSV.encode, _reports),
    Reader("reports, GeoJSON", "a.geojson", _reports_geojson, _reports),
    Reader("reports, GeoPackage", "a.gpkg", _geopackage, _reports),
    Reader("reports, Global Fishing Watch", "a.json", json.dumps(WATCHED).encode, _reports),
    Reader("past effort, discs", "a.csv", EFFORT.encode, _effort),
    Reader("past effort, tracks", "a.csv", EFFORT_TRACK.encode, _effort),
    Reader("past effort, GeoJSON", "a.geojson", json.dumps(EFFORT_AREAS).encode, _effort),
    Reader("past effort, GPX", "a.gpx", GPX.encode, _effort),
    Reader("airspace", "a.geojson", _zones_geojson, read_zones),
    Reader("plan.json", "plan.json", _plan, read_plan),
    Reader("manifest, its scenario", "manifest.json", _manifest,
           lambda path: scenario_of(path.with_name("plan.json"))),
    Reader("manifest, replayed", "manifest.json", _manifest, _replayed),
    Reader("sweep store", "sweep.sqlite", _store, _rows_of),
    Reader("tracks, GPX", "a.gpx", GPX.encode, read_drawing),
    Reader("tracks, KML", "a.kml", KML.encode, read_drawing),
    Reader("tracks, KMZ", "a.kmz", _kmz, read_drawing),
    Reader("tracks, GeoJSON", "a.geojson", _drawn_geojson, read_drawing),
    Reader("tracks, CSV", "a.csv", TRACK_CSV.encode, read_drawing),
    Reader("cache", hashlib.sha256((1).to_bytes(8, "big") + b"x").hexdigest() + ".arrays", _kept,
           _cached),
)  # fmt: skip
