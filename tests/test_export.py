"""Plans written for other programs: each file keeps its format's rules, whatever the names."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.commands.export import command
from planner.errors import PlanError
from planner.geo.geodesic import distance_nm
from planner.outputs.export import FORMATS, export, only
from planner.outputs.export.course import course, turn_points
from planner.outputs.export.markup import FORBIDDEN, text
from planner.outputs.export.names import Waypoints
from planner.outputs.folder import plan_json
from tests.plans import small_plan

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan

PLAN = small_plan()
ONE = only(PLAN, {"S01"})
KML, GX, GPX, FPL = (
    "{http://www.opengis.net/kml/2.2}",
    "{http://www.google.com/kml/ext/2.2}",
    "{http://www.topografix.com/GPX/1/1}",
    "{http://www8.garmin.com/xmlschemas/FlightPlan/v1}",
)
NASTY = ("</script>", "<!--", "]]>", "{{ }}", "`", '"', "'", "&", "<b>", "=cmd|' /C calc'!A0",
         "\u2028", "\u202e", "\x00", "\x0b", "\ufffe", "\r\n", "鹿屋", "🛩", "\\",
         "&#0;", ",", "%s")  # fmt: skip


def written(to: str, plan: Plan = PLAN) -> bytes:
    return export(only(plan, {plan.sorties[0].id}) if to == "fpl" else plan, to)


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_plan_gives_the_same_bytes(to: str) -> None:
    """Nothing of the hour, the machine or the order of sets is in a file."""
    assert written(to) == written(to, small_plan())


def test_a_course_is_flown_at_a_steady_speed_and_stops_where_the_plan_does() -> None:
    """Times rise, the first and last fixes are take-off and landing, searches fill their dwell."""
    for sortie in PLAN.sorties:
        fixes = course(sortie)
        times = [fix.when for fix in fixes]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (sortie.takeoff, sortie.landing)
        for visit in sortie.visits:
            assert visit.start in times
            assert visit.end in times


def test_turn_points_tell_each_dwell_once() -> None:
    """Points of a route are the ends of its legs, with the dwell where there is one."""
    (sortie,) = ONE.sorties
    points = turn_points(sortie)
    assert [p.name for p in points if p.dwell_h] == [visit.cell for visit in sortie.visits]
    assert sum(p.dwell_h for p in points) == pytest.approx(sortie.search_h)
    assert points[0].name == points[-1].name == sortie.station


PLACEMARK = ("name", "visibility", "open", "description", "TimeStamp", "TimeSpan", "styleUrl",
             "ExtendedData", "Point", "LineString", "MultiGeometry", "Track")  # fmt: skip


def test_kml_keeps_the_order_and_the_references_of_its_schema() -> None:
    """Elements of a placemark stand in the order of OGC KML 2.2, and every style exists."""
    root = ET.fromstring(written("kml"))
    assert root.tag == f"{KML}kml"
    styles = {style.get("id") for style in root.iter(f"{KML}Style")}
    for mark in root.iter(f"{KML}Placemark"):
        order = [PLACEMARK.index(child.tag.rpartition("}")[2]) for child in mark]
        assert order == sorted(order)
        style = mark.find(f"{KML}styleUrl")
        assert style is None or str(style.text)[1:] in styles
    for colour in root.iter(f"{KML}color"):
        assert re.fullmatch(r"[0-9a-f]{8}", str(colour.text))
    for folder in root.iter(f"{KML}Folder"):
        assert folder[0].tag == f"{KML}name"


def test_kml_tracks_have_a_time_for_each_place() -> None:
    """Each sortie is a moving track in the folder of its day and aircraft."""
    root = ET.fromstring(written("kml"))
    tracks = [*root.iter(f"{GX}Track")]
    assert len(tracks) == len(PLAN.sorties)
    for track in tracks:
        times = [str(when.text) for when in track.iter(f"{KML}when")]
        places = [str(at.text).split() for at in track.iter(f"{GX}coord")]
        assert len(times) == len(places)
        assert times == sorted(times)
        assert all(-180 <= float(lon) < 180 and abs(float(lat)) <= 90 for lon, lat, _ in places)
    day = root[0].find(f"{KML}Folder")
    assert day is not None
    assert [folder[0].text for folder in day.findall(f"{KML}Folder")] == [
        f"{sortie.id} {sortie.aircraft}" for sortie in PLAN.sorties
    ]


def test_kmz_is_a_zip_of_the_kml_alone() -> None:
    """The zip bears no time of writing."""
    with zipfile.ZipFile(io.BytesIO(written("kmz"))) as archive:
        (entry,) = archive.infolist()
        assert (entry.filename, entry.date_time) == ("doc.kml", (1980, 1, 1, 0, 0, 0))
        assert archive.read(entry) == written("kml")


def test_gpx_has_five_character_names_one_for_each_place() -> None:
    """Names of waypoints are unique, of letters and digits, and the same wherever a place is."""
    root = ET.fromstring(written("gpx"))
    names: dict[tuple[str, str], str] = {}
    for point in root.iter(f"{GPX}rtept"):
        name = str(point.findtext(f"{GPX}name"))
        assert re.fullmatch(r"[A-Z0-9]{5}", name)
        assert names.setdefault((point.attrib["lat"], point.attrib["lon"]), name) == name
    assert len(set(names.values())) == len(names) > 4


def test_gpx_keeps_the_order_of_its_schema() -> None:
    """Metadata, then routes, then tracks; every point has its position and time."""
    root = ET.fromstring(written("gpx"))
    assert root.get("version") == "1.1"
    assert root.get("creator")
    kinds = [child.tag.removeprefix(GPX) for child in root]
    assert kinds == ["metadata", *["rte"] * len(PLAN.sorties), *["trk"] * len(PLAN.sorties)]
    order = ("ele", "time", "name", "cmt", "desc")
    for point in (*root.iter(f"{GPX}rtept"), *root.iter(f"{GPX}trkpt")):
        assert -180 <= float(point.attrib["lon"]) < 180
        places = [order.index(child.tag.removeprefix(GPX)) for child in point]
        assert places == sorted(places)
        assert str(point.findtext(f"{GPX}time")).endswith("Z")


@given(st.lists(st.tuples(st.text(max_size=8), st.integers(0, 40)), max_size=60))
def test_names_of_places_never_clash(places: list[tuple[str, int]]) -> None:
    """Whatever places are called, each has one name of five characters of its own."""
    names = Waypoints()
    found = {place: names.of(name, float(place), 0.0) for name, place in places}
    assert len(set(found.values())) == len(found)
    assert all(re.fullmatch(r"[A-Z0-9]{5}", name) for name in found.values())


def test_a_flight_plan_keeps_to_what_avionics_can_hold() -> None:
    """Identifiers, comments and the route's name are short capitals; all points are known."""
    root = ET.fromstring(written("fpl"))
    assert [child.tag.removeprefix(FPL) for child in root] == ["created", "waypoint-table", "route"]
    known = [str(each.text) for each in root.iter(f"{FPL}identifier")]
    assert len(set(known)) == len(known)
    assert all(re.fullmatch(r"[A-Z0-9]{1,6}", name) for name in known)
    route = [str(each.text) for each in root.iter(f"{FPL}waypoint-identifier")]
    assert set(route) == set(known)
    assert all(one != other for one, other in pairwise(route))
    for tag in ("comment", "route-name"):
        for each in root.iter(f"{FPL}{tag}"):
            assert re.fullmatch(r"[A-Z0-9 /]{0,25}", each.text or "")
    for each in root.iter(f"{FPL}waypoint"):
        assert abs(float(str(each.findtext(f"{FPL}lat")))) <= 90


def test_a_flight_plan_of_several_sorties_is_refused() -> None:
    """A flight plan holds one route; the way out is told."""
    with pytest.raises(PlanError, match=r"one sortie .*--sortie"):
        export(PLAN, "fpl")


def test_geojson_is_wound_as_its_standard_wants() -> None:
    """Outer rings turn counter-clockwise; every sortie, visit and cell is there."""
    found = json.loads(written("geojson"))
    kinds = [feature["properties"]["kind"] for feature in found["features"]]
    assert kinds.count("sortie") == kinds.count("track") == len(PLAN.sorties)
    assert kinds.count("visit") == sum(len(sortie.visits) for sortie in PLAN.sorties)
    assert kinds.count("cell") == len(PLAN.cells)
    for feature in found["features"]:
        if feature["geometry"]["type"] == "MultiPolygon":
            for (ring,) in feature["geometry"]["coordinates"]:
                assert shapely.LinearRing(ring).is_ccw


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a GeoPackage of the small plan."""
    path = tmp_path_factory.mktemp("export") / "plan.gpkg"
    path.write_bytes(written("gpkg"))
    return path


def test_each_layer_of_the_geopackage_opens(package: Path) -> None:
    """Layers have their rows and reference system; numbers are those of the plan."""
    layers = {name for name, _ in pyogrio.list_layers(package)}
    sizes = {"sorties": len(PLAN.sorties), "cells": len(PLAN.cells), "reports": len(PLAN.reports)}
    for layer in layers - {"layer_styles"}:
        frame = gpd.read_file(package, layer=layer)
        assert frame.crs == "EPSG:4326"
        assert len(frame) == sizes.get(layer, len(frame)) > 0
    sorties = gpd.read_file(package, layer="sorties")
    assert sorties["seen"].sum() == pytest.approx(sum(s.seen for s in PLAN.sorties))
    assert list(sorties["takeoff"]) == [sortie.takeoff for sortie in PLAN.sorties]


def test_each_layer_has_its_style(package: Path) -> None:
    """The styles are XML of a renderer whose symbols are all defined."""
    layers = {name for name, _ in pyogrio.list_layers(package)}
    styles = pyogrio.read_dataframe(package, layer="layer_styles")
    assert set(styles["f_table_name"]) == layers - {"layer_styles"}
    assert styles["useAsDefault"].all()
    for qml in styles["styleQML"]:
        renderer = ET.fromstring(qml.partition("\n")[2])[0]
        defined = {symbol.get("name") for symbol in renderer.iter("symbol")}
        used = {each.get("symbol") for each in renderer.iter() if each.get("symbol")}
        assert used <= defined
        assert defined


@pytest.mark.parametrize("to", ["kml", "gpx", "gpkg", "geojson"])
def test_gdal_opens_the_file_without_a_word(to: str, tmp_path: Path) -> None:
    """A program in use out there reads every feature and warns of nothing."""
    if shutil.which("ogrinfo") is None:
        pytest.skip("ogrinfo (gdal-bin) is not installed")
    path = tmp_path / f"plan.{to}"
    path.write_bytes(written(to))
    ended = subprocess.run(
        ["ogrinfo", "-al", "-ro", path], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert ended.stderr == ""
    assert "OGRFeature" in ended.stdout


def hostile(name: str) -> Plan:
    """Return the small plan with a name wherever a file may hold one."""
    return PLAN.model_copy(
        update={
            "title": name,
            "question": name,
            "stations": tuple(s.model_copy(update={"name": name}) for s in PLAN.stations),
            "zones": tuple(z.model_copy(update={"name": name, "source": name}) for z in PLAN.zones),
            "reports": tuple(r.model_copy(update={"vessels": name}) for r in PLAN.reports),
            "aircraft": tuple(
                a.model_copy(update={"id": f"{name}{n}"}) for n, a in enumerate(PLAN.aircraft)
            ),
            "sorties": tuple(s.model_copy(update={"aircraft": f"{name}0"}) for s in PLAN.sorties),
        }
    )


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=8).map("".join))
def test_no_name_breaks_a_file(name: str) -> None:
    """XML and JSON stay well formed, and say the name less what XML forbids."""
    plan = hostile(name)
    for to in ("kml", "gpx"):
        root = ET.fromstring(export(plan, to))
        said = {each.text or "" for each in root.iter()}
        tidy = text(name).replace("\r\n", "\n").replace("\r", "\n")
        assert not tidy.strip() or tidy in said
    ET.fromstring(written("fpl", plan))
    features = json.loads(export(plan, "geojson"))["features"]
    assert any(each["properties"].get("name") == name for each in features)
    rows = export(plan, "csv").decode("utf-8-sig").splitlines()
    assert not any(row.startswith(("=", "+", "-", "@")) for row in rows)


def test_the_table_has_the_hours_inside_each_priced_zone() -> None:
    """One column a zone, the whole sortie's hours in each of its rows."""
    rows = list(csv.DictReader(io.StringIO(export(PLAN, "csv").decode("utf-8-sig"))))
    (zone,) = (each.id for each in PLAN.zones if each.rule == "priced")
    inside_h = {each.id: each.inside_h.get(zone, 0.0) for each in PLAN.sorties}
    assert {row["sortie"]: float(row[f"inside_{zone}_h"]) for row in rows} == inside_h


def test_ten_thousand_hostile_names_go_in_and_come_out(tmp_path: Path) -> None:
    """Descriptions hold no live HTML, and a GIS gives back each name as it was."""
    rng = np.random.default_rng(5)
    names = ["".join(rng.choice(NASTY, size=rng.integers(1, 6))) for _ in range(10_000)]
    names[0] = "x" * 10_000
    ring = ((124.0, 30.0), (124.1, 30.0), (124.1, 30.1), (124.0, 30.0))
    pattern = PLAN.reports[0].model_copy(update={"rings": (ring,)})
    reports = tuple(
        pattern.model_copy(update={"id": f"R{n}", "vessels": name}) for n, name in enumerate(names)
    )
    plan = PLAN.model_copy(update={"reports": reports})
    root = ET.fromstring(export(plan, "kml"))
    told = [str(each.text) for each in root.iter(f"{KML}description")]
    assert not any(re.search(r"<(?!br/>)", each) for each in told)
    path = tmp_path / "plan.gpkg"
    path.write_bytes(export(plan, "gpkg"))
    frame = pyogrio.read_dataframe(path, layer="reports", read_geometry=False)
    assert list(frame["vessels"]) == [text(name) for name in names]
    assert not any(FORBIDDEN.search(name) for name in frame["vessels"])


def test_a_plan_without_sorties_or_zones_is_written_all_the_same() -> None:
    """Empty layers and folders are no fault; a flight plan of nothing is."""
    bare = PLAN.model_copy(update={"sorties": (), "zones": (), "reports": ()})
    for to in ("kml", "kmz", "gpx", "gpkg", "geojson", "csv"):
        assert export(bare, to)
    with pytest.raises(PlanError, match="0 sorties"):
        export(bare, "fpl")


def test_a_plan_that_somebody_took_apart_is_refused_in_words() -> None:
    """Legs, cells, rings that stand for nothing are faults, never a traceback."""
    (sortie,) = ONE.sorties
    torn = sortie.model_copy(update={"legs": sortie.legs[1:]})
    lost = ONE.model_copy(update={"sorties": (torn,), "cells": PLAN.cells[:1]})
    with pytest.raises(PlanError, match="legs for") as caught:
        export(lost, "kml")
    assert "no cell of the plan" in str(caught.value)
    open_ring = PLAN.reports[0].model_copy(update={"rings": (PLAN.reports[0].rings[0][:-1],)})
    with pytest.raises(PlanError, match="not closed"):
        export(PLAN.model_copy(update={"reports": (open_ring,)}), "gpkg")


def test_longitudes_past_the_antimeridian_are_wrapped_for_navigators() -> None:
    """KML and GPX know no 181 degrees east."""
    moved = json.loads(plan_json(ONE))
    for leg in moved["sorties"][0]["legs"]:
        leg["points"] = [[lon + 56, lat] for lon, lat in leg["points"]]
    plan = type(PLAN).model_validate(moved)
    root = ET.fromstring(export(plan, "gpx"))
    assert all(-180 <= float(p.attrib["lon"]) < 180 for p in root.iter(f"{GPX}trkpt"))
    lengths = [fix for fix in course(plan.sorties[0]) if fix.lon < 0]
    assert lengths


def test_the_command_writes_one_flight_plan_a_sortie(tmp_path: Path) -> None:
    """Formats that hold one sortie give several files, each named by its sortie."""
    path = tmp_path / "plan.json"
    path.write_text(plan_json(PLAN), encoding="utf-8")
    done: Any = CliRunner().invoke(command, [str(path), "--to", "fpl"])
    assert done.exit_code == 0, done.output
    assert {each.name for each in tmp_path.glob("*.fpl")} == {
        f"plan-{sortie.id}.fpl" for sortie in PLAN.sorties
    }
    done = CliRunner().invoke(command, [str(path), "--to", "kml", "--sortie", "S1"])
    assert isinstance(done.exception, PlanError)
    assert "did you mean" in str(done.exception)


def test_legs_in_a_track_keep_their_length() -> None:
    """What is flown between the fixes is as long as the plan's legs and patterns."""
    (sortie,) = ONE.sorties
    fixes = np.array([(fix.lon, fix.lat) for fix in course(sortie)])
    length = float(distance_nm(fixes[:-1], fixes[1:]).sum())
    legs = sum(leg.distance_nm for leg in sortie.legs)
    assert length > legs * 0.98
    assert sortie.landing - sortie.takeoff < timedelta(hours=sortie.endurance_h + 10)
