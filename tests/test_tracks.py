"""Hand-made plans as people send them: read right, or refused with the line and the way out."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import PlanError
from planner.evaluation.stays import Stay, stays
from planner.outputs.export import export
from planner.tracks import read_drawing
from planner.tracks.drawn import Drafts
from planner.tracks.markup import DEEPEST, parse
from tests.plans import small_plan

if TYPE_CHECKING:
    from pathlib import Path

    from planner.tracks import Drawing

PLAN = small_plan()
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
STOP = """<Folder><name>p3c-naha-1</name><description>take-off 2020-02-17T06:00+09:00</description>
<Placemark><name>north, dwell 90 min</name><Point><coordinates>124.5,30.5,0</coordinates></Point>
</Placemark></Folder>"""
TRACK = """<Placemark><name>P-3C</name><gx:Track xmlns:gx="http://www.google.com/kml/ext/2.2">
<when>2020-02-17T00:00:00Z</when><when>2020-02-17T01:00:00Z</when>
<gx:coord>127.6 26.2 0</gx:coord><gx:coord>124.5 30.5 0</gx:coord></gx:Track></Placemark>"""


def read(folder: Path, name: str, content: str | bytes) -> Drawing:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_drawing(path)


@pytest.mark.parametrize("to", ["kml", "kmz", "gpx", "geojson", "csv"])
def test_an_exported_plan_is_read_back_as_it_was(to: str, tmp_path: Path) -> None:
    """Each sortie comes back with its aircraft, times, cells and dwells."""
    found = read(tmp_path, f"plan.{to}", export(PLAN, to)).sorties
    assert len(found) == len(PLAN.sorties)
    for drawn, sortie in zip(found, PLAN.sorties, strict=True):
        assert any(sortie.aircraft in word for word in drawn.words)
        assert drawn.takeoff == sortie.takeoff
        assert [stop.start for stop in drawn.stops] == [visit.start for visit in sortie.visits]
        dwells = [stop.dwell_h for stop in drawn.stops]
        assert dwells == pytest.approx([visit.dwell_h for visit in sortie.visits], abs=1e-3)
        if to in {"kml", "kmz", "geojson", "csv"}:
            assert [stop.cell for stop in drawn.stops] == [visit.cell for visit in sortie.visits]


def test_points_with_a_dwell_in_words_are_a_sortie(tmp_path: Path) -> None:
    """A folder named after an aircraft, with a take-off and points to search, needs no more."""
    (sortie,) = read(tmp_path, "mine.kml", KML.format(STOP)).sorties
    assert sortie.takeoff == datetime(2020, 2, 16, 21, tzinfo=UTC)
    assert [(stop.lon, stop.lat, stop.dwell_h) for stop in sortie.stops] == [(124.5, 30.5, 1.5)]
    assert "p3c-naha-1" in sortie.words


def test_a_recorded_track_is_a_sortie(tmp_path: Path) -> None:
    """A moving track gives fixes in order of time."""
    (sortie,) = read(tmp_path, "mine.kml", KML.format(TRACK)).sorties
    assert [(fix.lon, fix.lat) for fix in sortie.fixes] == [(127.6, 26.2), (124.5, 30.5)]


def test_a_track_and_the_searches_in_its_folder_are_one_sortie(tmp_path: Path) -> None:
    """Whatever the track is called; tracks of one name beside each other are two sorties."""
    both = STOP.replace("</Folder>", f"{TRACK}</Folder>")
    (sortie,) = read(tmp_path, "mine.kml", KML.format(both)).sorties
    assert (len(sortie.fixes), len(sortie.stops)) == (2, 1)
    assert len(read(tmp_path, "mine.kml", KML.format(TRACK + TRACK)).sorties) == 2


def test_a_route_takes_off_at_its_first_point(tmp_path: Path) -> None:
    """A GPX route with times and dwells is a sortie, loose waypoints are counted."""
    gpx = """<gpx version="1.1"><wpt lat="1" lon="2"/><rte><name>p3c-naha-1</name>
<rtept lat="26.2" lon="127.6"><time>2020-02-17T00:00:00Z</time></rtept>
<rtept lat="30.5" lon="124.5"><cmt>dwell 1,5 h</cmt></rtept></rte></gpx>"""
    found = read(tmp_path, "mine.gpx", gpx)
    assert found.sorties[0].takeoff == datetime(2020, 2, 17, tzinfo=UTC)
    assert found.sorties[0].stops[0].dwell_h == 1.5
    assert "1 loose waypoints not used" in found.notes[0]


def test_rows_of_one_aircraft_and_takeoff_are_one_sortie(tmp_path: Path) -> None:
    """A table needs no sortie column; what it does not use it names."""
    rows = (
        "aircraft,takeoff,cell,dwell_min,remark\n"
        "p1,2020-02-17T06:00+09:00,K12,90,x\n"
        "p1,2020-02-17T06:00+09:00,K13,30,y\n"
        "p1,2020-02-18T06:00+09:00,K12,30,z\n"
    )
    found = read(tmp_path, "mine.csv", rows)
    assert [len(sortie.stops) for sortie in found.sorties] == [2, 1]
    assert "remark" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.kml", "<!DOCTYPE kml [<!ENTITY a 'b'>]><kml>&a;</kml>", r"a\.kml:1: declares 'kml'"),
        ("a.kml", "<kml><Document>", r"a\.kml:1: no element found"),
        ("a.kml", "", "no element found"),
        ("a.kml", b"\xff\xfe\x00", "XML"),
        ("a.kml", KML.format(""), "no sortie in it"),
        ("a.kml", KML.format(STOP.replace("90 min", "900 h")), "at most 48 h"),
        ("a.kml", KML.format(STOP.replace("+09:00", "")), "a time with its offset"),
        ("a.kml", KML.format(STOP.replace("124.5,30.5", "30.5,124.5")), "longitude comes first"),
        ("a.kml", KML.format(STOP.replace("124.5,30.5,0", "nan,30.5")), "in degrees"),
        ("a.kml", KML.format(TRACK.replace("<when>2020-02-17T01:00:00Z</when>", "")), "1 times"),
        ("a.kml", KML.format(TRACK.replace("T01", "T25")), r"a\.kml:2: time"),
        ("a.kml", "<a>" * (DEEPEST + 2), "nested"),
        ("a.gpx", '<gpx><trk><trkseg><trkpt lat="1"/></trkseg></trk></gpx>', "without a time"),
        ("a.csv", "aircraft,cell\np1,K12\n", r"a\.csv:2: a place without a dwell"),
        ("a.csv", "aircraf,cell\np1,K12\n", "did you mean 'aircraf'"),
        ("a.csv", "aircraft,cell,dwell_h\np1,K12,-1\n", r"a\.csv:2: dwell '-1'"),
        ("a.csv", b"aircraft,cell\n\xff\n", r"a\.csv:2: byte 0xff"),
        ("a.csv", "aircraft,takeoff,lon,lat,dwell_h\np,2020-02-17,200,3,1\n", "offset"),
        ("a.geojson", '{"features": [\n{"geometry": null}]}', r"a\.geojson:2: a feature without"),
        ("a.geojson", "[" * 100_000, "nested"),
        ("a.geojson", "{}", "no list of features"),
        ("a.kmz", b"PK no zip", "cannot be unpacked"),
        ("a.txt", "hello", r"expected one of \.kml"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_place(
    name: str, content: str | bytes, complaint: str, tmp_path: Path
) -> None:
    """What cannot be read is said with its line, what was found and what was expected."""
    with pytest.raises(PlanError, match=complaint):
        read(tmp_path, name, content)


def test_all_faults_of_a_file_come_together(tmp_path: Path) -> None:
    """Three wrong rows are three faults; a thousand are fifty and a count."""
    row = "p1,2020-02-17T06:00Z,K12,0\n"
    with pytest.raises(PlanError) as caught:
        read(tmp_path, "mine.csv", "aircraft,takeoff,cell,dwell_h\n" + 3 * row)
    assert len(caught.value.faults) == 6
    with pytest.raises(PlanError, match="more faults"):
        read(tmp_path, "mine.csv", "aircraft,takeoff,cell,dwell_h\n" + 1000 * row)


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_a_zip_bomb_is_refused_before_it_bursts(tmp_path: Path) -> None:
    """No more is unpacked than a KML may have; paths inside lead nowhere."""
    with pytest.raises(PlanError, match="too large inside"):
        read(tmp_path, "a.kmz", packed(**{"../../doc.kml": b" " * 60_000_000}))
    with pytest.raises(PlanError, match="no KML inside"):
        read(tmp_path, "a.kmz", packed(**{"doc.txt": b""}))
    found = read(tmp_path, "a.kmz", packed(**{"../evil.kml": KML.format(STOP).encode()}))
    assert len(found.sorties) == 1
    assert [path.name for path in tmp_path.parent.iterdir() if path.name == "evil.kml"] == []


def test_entities_never_expand() -> None:
    """A billion laughs end at the first declaration."""
    lines = "".join(f'<!ENTITY l{n} "&l{n - 1};&l{n - 1};">' for n in range(1, 40))
    with pytest.raises(PlanError, match="no entities"):
        parse(f'<!DOCTYPE a [<!ENTITY l0 "ha">{lines}]><a>&l39;</a>'.encode(), "a.kml")


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(["a.kml", "a.gpx", "a.csv", "a.geojson", "a.kmz"]),
    at=st.integers(0, 4000),
    length=st.integers(0, 40),
    junk=st.binary(max_size=12),
)
def test_a_damaged_file_is_read_or_refused(
    name: str, at: int, length: int, junk: bytes, tmp_path: Path
) -> None:
    """Whatever is cut out of or put into a file, there is a drawing or a fault, never a crash."""
    data = EXPORTED[name]
    with suppress(PlanError):
        assert read(tmp_path, name, data[:at] + junk + data[at + length :]).sorties


EXPORTED = {f"a.{to}": export(PLAN, to) for to in ("kml", "gpx", "csv", "geojson", "kmz")}


def test_what_a_file_says_of_dwell_is_found() -> None:
    """Hours and minutes, in a field or in words; anything else is no dwell."""
    drafts = Drafts("x")
    assert drafts.dwell_h({"dwell_h": "1.5"}, 1) == 1.5
    assert drafts.dwell_h({"dwell_min": "30"}, 1) == 0.5
    assert drafts.dwell_h({"desc": "Dwell: 45 min over the cell"}, 1) == 0.75
    assert drafts.dwell_h({"desc": "nothing"}, 1) is None
    assert not drafts.faults


SQUARES = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)


def stayed(fixes: list[tuple[float, float, float]]) -> list[Stay]:
    hours, lonlat = np.array([f[0] for f in fixes]), np.array([f[1:] for f in fixes])
    return stays(hours, lonlat, SQUARES, search_kn=200, transit_kn=300)


def test_crossing_a_cell_is_no_search() -> None:
    """A straight flight through both squares at transit speed searches neither."""
    assert stayed([(0, -1, 0.5), (240 / 300, 3, 0.5)]) == []


def test_loitering_is_a_search_from_the_first_moment_to_the_last() -> None:
    """Two hours over one place are a search of two hours there."""
    found = stayed([(0, -1, 0.5), (0.3, 0.5, 0.5), (2.3, 0.5, 0.5), (2.8, 3, 0.5)])
    assert found == [Stay(0, 0.3, 2.3)]


def test_a_slow_pattern_is_a_search_even_when_it_leaves_for_a_moment() -> None:
    """Lines at search speed that turn outside the cell are one stay."""
    lines = [(0.2 * n, 0.6 if n % 2 else 0.1, 0.1 + 0.1 * n) for n in range(8)]
    lines[4] = (0.8, -0.01, 0.5)
    (stay,) = stayed(lines)
    assert (stay.cell, stay.start_h, round(stay.end_h, 6)) == (0, 0.0, 1.4)


def test_turning_fast_in_a_cell_counts_the_time_beyond_crossing_it() -> None:
    """At transit speed throughout, going to and fro six times is five crossings of search."""
    edges = [(0.2 * n, float(n % 2), 0.5) for n in range(8)]
    (stay, *_) = [each for each in stayed(edges) if each.cell == 0]
    assert stay.end_h - stay.start_h == pytest.approx(1.2, abs=0.01)
