"""Files of reports in every form, and what is wrong with them."""

from __future__ import annotations

import json
import os
import struct
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import EventsError
from planner.events import Events, read_events

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 1, 1, tzinfo=UTC)
AREA = shapely.box(118.0, 24.0, 131.0, 39.0)
LAND = shapely.box(118.0, 24.0, 121.0, 31.0)
HEADER = "id,start,zone,lon,lat"


def read(path: Path, text: str | bytes, **terms: Any) -> Events:
    """Write a file and read it."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    expected: dict[str, Any] = {"now": NOW, "area": AREA, "land": LAND}
    return read_events(path, **(expected | terms))


def faults(path: Path, text: str | bytes, **terms: Any) -> str:
    """Return the faults of a file, one a line."""
    with pytest.raises(EventsError) as caught:
        read(path, text, **terms)
    return str(caught.value)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Return where to put a CSV file."""
    return tmp_path / "reports.csv"


@pytest.fixture
def geojson(tmp_path: Path) -> Path:
    """Return where to put a GeoJSON file."""
    return tmp_path / "reports.geojson"


def test_plain_csv_is_read(csv: Path) -> None:
    """A time and a position are enough."""
    events = read(csv, f"{HEADER}\na,2020-01-02,UTC,124.5,30.5\n")
    assert events.table.loc[0, ["id", "count", "weight"]].tolist() == ["a", 1, 1.0]
    assert events.table.loc[0, "where"] == f"{csv}:2"


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_manners_do_not_matter(
    csv: Path, ending: str, mark: str, separator: str
) -> None:
    """Byte order marks, line endings and separators change nothing."""
    lines = [HEADER, "a,2020-01-02,UTC,124.5,30.5", "", "b,2020-01-03,UTC,125.5,30.5", ""]
    events = read(csv, mark + ending.join(lines).replace(",", separator))
    assert events.table["id"].tolist() == ["a", "b"]
    assert events.table.loc[1, "where"].endswith(":4")


def test_doubtful_rows_are_turned_away_counted_and_listed(csv: Path) -> None:
    """Each doubtful row is listed with its line, what stands there and what should."""
    rows = [
        "a,2020-01-02,124.5,30.5,1",
        "a,2020-01-03,124.5,30.5,1",
        "c,2025-01-02,124.5,30.5,1",
        "d,2020-01-02,119.0,28.0,1",
        "e,2020-01-02,140.0,30.5,1",
        "f,2020-02-30,124.5,30.5,1",
        "g,2020-01-02,nan,30.5,1",
        "h,2020-01-02,124.5,30.5,0",
        "i,2020-01-02,124.5,30.5,-2",
        "j,2020-01-02,124.5,30.5,nan",
        "k,2020-01-02,124.5,95,1",
        "l,2020-01-02,124.5",
        "m,2020-01-02,121.01,28.0,1",
        "n,2020-01-02,120.99,28.0,1",
    ]
    events = read(csv, "\n".join(["id,start,lon,lat,weight", *rows]), timezone="UTC")
    assert events.table["id"].tolist() == ["a", "m", "n"]
    assert events.reasons == {
        "impossible weight": 3,
        "no such position": 2,
        "duplicate id": 1,
        "impossible dates": 1,
        "in the future": 1,
        "on land": 1,
        "outside the area": 1,
        "unreadable": 1,
    }
    assert str(events.rejected[0]) == (f"{csv}:3: id = 'a', as on {csv}:2, expected each id once")
    assert "weight = '-2', expected a number > 0" in str(events.rejected[7])


def test_how_well_the_coast_is_known_decides_what_is_on_land(csv: Path) -> None:
    """A report two miles inland is at sea when the coast is only known to three."""
    text = f"{HEADER}\na,2020-01-02,UTC,120.96,28\nb,2020-01-02,UTC,124,28"
    assert len(read(csv, text)) == 1
    assert len(read(csv, text, coast_error_nm=3.0)) == 2


def test_swapped_coordinates_stop_the_reading(csv: Path) -> None:
    """Latitudes beyond 90 degrees that are good longitudes are swapped; all such rows are told."""
    told = faults(csv, f"{HEADER}\na,2020-01-02,UTC,30.5,124.5\nb,2020-01-02,UTC,30.5,124.6")
    assert (
        f"{csv}:2: lon = '30.5', lat = '124.5', expected longitude and latitude the other" in told
    )
    assert f"{csv}:3" in told


def test_swapped_coordinates_are_seen_by_the_area(csv: Path) -> None:
    """Where both numbers could be latitudes, the area tells."""
    gulf = shapely.box(38, 10, 75, 30)
    told = faults(csv, f"{HEADER}\na,2020-01-02,UTC,12,50\n", area=gulf, land=None)
    assert "expected the coordinates the other way round?" in told


def test_ambiguous_coordinates_stop_the_reading(csv: Path) -> None:
    """A coordinate that could be read in two ways is refused with both readings."""
    told = faults(csv, f"{HEADER}\na,2020-01-02,UTC,124 05 49,31 12 13\n")
    assert "expected marks that tell 124°05'49\" from 124°05.49'" in told


def test_any_notation_of_coordinates_is_read(csv: Path) -> None:
    """Degrees and minutes, and MGRS in one column, end as longitude and latitude."""
    text = "id,start,position\na,2020-01-02Z,x\n"
    rows = ["a,2020-01-02T00:00Z,30°30.0'N 124°30.0'E", "b,2020-01-03T00:00Z,51R VQ 12345 67890"]
    events = read(csv, "\n".join([text.split("\n", 1)[0], *rows]))
    assert events.table.loc[0, "region"].lon == pytest.approx(124.5)
    assert 118 < events.table.loc[1, "region"].lon < 124


def test_foreign_columns_are_mapped_and_the_rest_is_named(csv: Path) -> None:
    """A mapping names columns, same-named ones need none, and unread ones are told."""
    text = "date,lon,lat,attack_type\n2020-01-02,124.5,30.5,boarded\n"
    events = read(csv, text, columns={"start": "date"}, timezone="Asia/Tokyo")
    assert events.table.loc[0, "start"].isoformat() == "2020-01-01T15:00:00+00:00"
    assert events.unused_columns == ("attack_type",)


def test_wrong_mapping_is_told_whole(csv: Path) -> None:
    """Fields we do not know and columns the file lacks are all told, with the nearest names."""
    columns = {"strat": "date", "lat": "latitud"}
    told = faults(csv, "date,lon,latitude\n", columns=columns)
    assert "columns.strat, expected one of our fields (did you mean 'start'?)" in told
    assert "no column 'latitud', expected it for lat (did you mean 'latitude'?)" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no header"),
        ("id,start,lon,lat\n", "no reports"),
        ("id,lon,lat\na,1,2\n", "no column start"),
        ("id,start\na,2020\n", "no position"),
        ("id,start,lon,lat,wieght\n", "did you mean 'weight'?"),
        ("id,start,lon,lat,lat\n", "two columns 'lat'"),
        ('id,start,lon,lat\n"a,2020\n', "expected CSV"),
        ("id,start,lon,lat\na,2020-01-02,124,30\n", "expected an offset from UTC"),
        (b"id,start,lon,lat\n\xff\xfe,2020\n", ":2: byte 0xff, expected UTF-8"),
        ("id,start,lon,lat\n".encode("utf-16"), "expected UTF-8"),
        (b"id,start,lon,lat\n\x00\n", ":2: a NUL character"),
        ("x" * 200_000 + ",start", "expected CSV"),
        (",".join(f"c{n}" for n in range(1_001)), "1,001 columns, expected at most 1,000"),
        ('{"type": "FeatureCollection"}', "no column start"),
    ],
)
def test_file_that_is_no_csv_of_reports_is_refused(csv: Path, text: str | bytes, told: str) -> None:
    """Each way a file can fail as a whole has its message, with the line where there is one."""
    assert told in faults(csv, text)


def test_too_many_faults_are_shortened(csv: Path) -> None:
    """Ten thousand faults are told as fifty and a count."""
    told = faults(csv, HEADER + "\n" + "a,2020-01-02,UTC,30.5,124.5\n" * 10_000)
    assert len(told.splitlines()) == 51
    assert "9,950 more faults like these" in told


def test_two_places_for_one_report_are_not_chosen_between(csv: Path) -> None:
    """A row with a position and a polygon is turned away; the region column can choose."""
    rows = [
        "start,zone,region,lon,lat,position",
        "2020-01-02,UTC,,124,32,124E 33N",
        "2020-01-03,UTC,none,124,32,124E 33N",
    ]
    events = read(csv, "\n".join(rows))
    assert events.reasons == {"unreadable": 1}
    assert "places told in 2 ways" in str(events.rejected[0])


def test_remarks_cannot_carry_control_characters(tmp_path: Path) -> None:
    """Escape sequences, reversed text and lone surrogates become spaces."""
    hostile = "A\x1b[31m\u202eB\ud800\u2028C\0"
    text = collection(
        feature({"type": "Point", "coordinates": [124, 32]}, start="2020-01-02Z", vessels=hostile)
    ).replace("2020-01-02Z", "2020-01-02T00:00Z")
    events = read(tmp_path / "reports.geojson", text)
    assert events.table.loc[0, "vessels"] == "A [31m B  C "


def test_long_value_is_turned_away(csv: Path) -> None:
    """A value longer than any remark costs its row, not the file."""
    events = read(csv, f"{HEADER}\n{'a' * 20_000},2020-01-02,UTC,124,32\nb,2020-01-02,UTC,124,32\n")
    assert events.reasons == {"unreadable": 1}


@pytest.mark.parametrize("name", ["none.csv", ".", "reports.xlsx", "fifo.csv", "no\0name.csv"])
def test_what_is_no_file_of_reports_is_refused(tmp_path: Path, name: str) -> None:
    """A missing file, a folder, an unknown form and a pipe are refused without waiting."""
    os.mkfifo(tmp_path / "fifo.csv")
    with pytest.raises(EventsError):
        read_events(tmp_path / name, now=NOW)


def test_unknown_time_zone_is_refused(csv: Path) -> None:
    """The time zone of a file is checked before the file."""
    assert "expected a time zone such as UTC" in faults(csv, "", timezone="Tokio")


def test_regions_are_told_by_their_columns(csv: Path) -> None:
    """A polygon, a range and bearing, and no position at all need no kind."""
    rows = [
        "start,lon,lat,area,ref_lon,ref_lat,distance_km,bearing_deg",
        '2020-01-02Z,,,"POLYGON ((124 30, 125 30, 125 31, 124 30))",,,,',
        "2020-01-03Z,,,,121.47,31.23,250,90",
        "2020-01-04Z,,,,,,,",
    ]
    events = read(csv, "\n".join(rows).replace("Z", "T00:00Z"))
    assert [region.kind for region in events.table["region"]] == ["area", "range_bearing"]
    assert len(events.unlocated) == 1


@pytest.mark.parametrize(
    "area",
    [
        "POLYGON ((124 30, 125 31, 125 30, 124 31, 124 30))",
        "POINT (124 30)",
        "POLYGON EMPTY",
        "POLYGON ((124 95, 125 95, 125 96, 124 95))",
        "POLYGON ((124 30, 125 nan, 125 31, 124 30))",
        "nonsense",
    ],
)
def test_impossible_polygon_is_turned_away(csv: Path, area: str) -> None:
    """Crossed, empty, misplaced and unreadable polygons cost their row."""
    text = f'start,area\n2020-01-01T00:00Z,"{area}"\n2020-01-02T00:00Z,\n'
    assert len(read(csv, text).rejected) == 1


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any) -> str:
    """Return a GeoJSON text with one feature a line."""
    lines = ",\n".join(json.dumps(each) for each in features)
    return f'{{"type": "FeatureCollection",\n"features": [\n{lines}\n]}}'


def test_geojson_points_and_polygons_are_read(geojson: Path) -> None:
    """Points, polygons and features without a place become regions or none."""
    box = shapely.geometry.mapping(shapely.box(124, 30, 125, 31))
    text = collection(
        feature({"type": "Point", "coordinates": [124.5, 30.5]}, start="2020-01-02", radius_km=5),
        feature(box, start="2020-01-03", count=2, vessels=["A", "B"]),
        feature(None, start="2020-01-04"),
        feature({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, start="2020-01-05"),
        feature({"type": "Point", "coordinates": ["x"]}, start="2020-01-05"),
        17,
    )
    events = read(geojson, text, timezone="UTC")
    assert [region.kind for region in events.table["region"]] == ["point", "area"]
    assert events.table.loc[1, "vessels"] == "A; B"
    assert len(events.unlocated) == 1
    assert [each.where.rpartition(":")[2] for each in events.rejected] == ["6", "7", "8"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no JSON"),
        ("{\n\n!", ":3: no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 10_000 + "]", "too long a number"),
        ("17", "no list of features"),
        ('{"type": "FeatureCollection", "features": []}', "no column start"),
        ('{"features": [], "crs": {"name": "EPSG:3857"}}', "expected WGS84"),
    ],
)
def test_file_that_is_no_geojson_is_refused(geojson: Path, text: str, told: str) -> None:
    """Each way a JSON file can fail as a whole has its message."""
    assert told in faults(geojson, text)


def test_swapped_geojson_is_refused(geojson: Path) -> None:
    """Latitude first in GeoJSON is the commonest mistake of all."""
    text = collection(feature({"type": "Point", "coordinates": [30.5, 124.5]}, start="2020-01-02"))
    assert "the other way round" in faults(geojson, text, timezone="UTC")


def test_geopackage_is_read_in_any_projection(tmp_path: Path) -> None:
    """A projected layer comes back as longitude and latitude; a date column has no hour."""
    path = tmp_path / "reports.gpkg"
    frame = gpd.GeoDataFrame(
        {"start": ["2020-01-02", "2020-01-03"], "count": [1, 3]},
        geometry=[shapely.Point(124.5, 30.5), shapely.box(124, 30, 125, 31)],
        crs="EPSG:4326",
    )
    frame.to_crs("EPSG:32651").to_file(path, driver="GPKG")
    events = read_events(path, now=NOW, timezone="UTC", area=AREA)
    assert events.table["count"].tolist() == [1, 3]
    assert events.table.loc[0, "region"].lon == pytest.approx(124.5, abs=1e-6)


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"x" * 5000])
def test_file_that_is_no_geopackage_is_refused(tmp_path: Path, data: bytes) -> None:
    """A file by that name that is none is refused."""
    (tmp_path / "reports.gpkg").write_bytes(data)
    with pytest.raises(EventsError):
        read_events(tmp_path / "reports.gpkg", now=NOW)


def test_geopackage_with_an_open_ring_is_refused(tmp_path: Path) -> None:
    """A polygon whose last point is not its first is told, not fallen over."""
    path = tmp_path / "reports.gpkg"
    shapes = gpd.GeoSeries([shapely.Polygon([(124, 30), (125, 30), (125, 31)])], crs="EPSG:4326")
    shapes.to_frame("geometry").to_file(path, driver="GPKG")
    before, (first, other) = path.read_bytes(), (struct.pack("<2d", x, 30) for x in (124, 126))
    kept, _, after = before.rpartition(first)
    path.write_bytes(kept + other + after)
    with pytest.raises(EventsError, match="cannot be read"):
        read_events(path, now=NOW)


def meeting(event_id: str, ship: str, other: str) -> dict[str, Any]:
    """Return an encounter as the Events API tells it, once for each ship."""
    return {
        "id": event_id,
        "type": "encounter",
        "start": "2020-01-02T10:00:00.000Z",
        "end": "2020-01-02T14:00:00.000Z",
        "position": {"lat": 30.5, "lon": 124.5},
        "regions": {"eez": [], "highSeas": ["x"]},
        "boundingBox": [124.4, 30.4, 124.6, 30.6],
        "vessel": {"id": f"v-{ship}", "name": ship, "ssvid": "1", "flag": "PAN"},
        "encounter": {
            "vessel": {"id": f"v-{other}", "name": other, "ssvid": "2"},
            "medianDistanceKilometers": 0.03,
            "medianSpeedKnots": 0.4,
        },
    }


@pytest.mark.parametrize("indent", [None, 1])
def test_fishing_watch_answer_is_read_once_an_encounter(tmp_path: Path, indent: int | None) -> None:
    """An encounter told for both its ships is one event; other kinds are turned away."""
    waiting = meeting("c", "C", "") | {"type": "loitering", "loitering": {"totalTimeHours": 4}}
    del waiting["encounter"]
    port = meeting("d", "D", "") | {"type": "port_visit"}
    entries = [meeting("a.1", "A", "B"), meeting("a.2", "B", "A"), waiting, port]
    document = {"metadata": {}, "total": 4, "entries": entries}
    events = read(tmp_path / "answer.json", json.dumps(document, indent=indent))
    assert events.table["id"].tolist() == ["a.1", "c"]
    assert events.table["vessels"].tolist() == ["A / B", "C"]
    assert events.reasons == {"another kind of event": 1, "other ship of an encounter": 1}
    assert events.table.loc[0, "local_hour"] == pytest.approx(12 + 124.5 / 15 - 0, abs=0.01)
    assert (int(events.rejected[0].where.rpartition(":")[2]) > 20) == bool(indent)


def test_fishing_watch_download_is_read(csv: Path) -> None:
    """The CSV of encounters, whose times are UTC, needs no mapping."""
    header = "type,start,end,latitude,longitude,vessel.name,vessel.ssvid,encounter.vessel.name"
    row = "encounter,2020-01-02T10:00:00.000Z,2020-01-02T14:00:00.000Z,30.5,124.5,A,1,B"
    spaced = "encounter,2020-01-03 10:00:00,2020-01-03 14:00:00,30.5,124.5,A,1,B"
    events = read(csv, "\n".join([header, row, spaced]))
    assert events.table["vessels"].tolist() == ["A / B", "A / B"]


def test_fishing_watch_map_report_is_read(csv: Path) -> None:
    """The map's own download of an area's events names its columns otherwise."""
    header = "type,start,end,latitude,longitude,vesselId,vesselName,vesselFlag,vesselType"
    rows = [
        "encounter,2020-01-02T10:00:00.000Z,2020-01-02T14:00:00.000Z,30.5,124.5,1,A,CHN,carrier,B",
        "encounter,2020-01-02T10:00:00.000Z,2020-01-02T14:00:00.000Z,30.5,124.5,2,B,CHN,fishing,A",
        "loitering,2020-01-03T10:00:00.000Z,2020-01-03T14:00:00.000Z,30.5,125.5,1,A,CHN,carrier,",
        "port_visit,2020-01-04T10:00:00.000Z,2020-01-04T14:00:00.000Z,30.5,125.5,1,A,CHN,carrier,",
    ]
    events = read(csv, "\n".join([f"{header},encounteredVesselName", *rows]))
    assert events.table["vessels"].tolist() == ["A / B", "A"]
    assert events.reasons == {"another kind of event": 1, "other ship of an encounter": 1}


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["csv", "json", "geojson", "gpkg"]))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, form: str
) -> None:
    """Whatever a file holds, it is read or refused as a file of reports, never worse."""
    with suppress(EventsError):
        read(tmp_path_factory.getbasetemp() / f"any.{form}", data)


CELL = st.sampled_from(
    ["", "a", "124.5", "30.5", "2020-01-02", "2020-01-02T10:00Z", "UTC", "nan", "1e400", "-1", "٣"]
) | st.text(max_size=6)


@settings(max_examples=150)
@given(st.lists(st.lists(CELL, min_size=8, max_size=8), max_size=4))
def test_any_cells_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """Every row of any cells becomes an event or is told about, and none is lost."""
    header = ["id", "start", "end", "lon", "lat", "count", "weight", "light"]
    cells = [[c.replace('"', "").replace("\0", "") for c in row] for row in rows]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [header, *cells])
    with suppress(EventsError, UnicodeEncodeError):
        events = read(tmp_path_factory.getbasetemp() / "cells.csv", text)
        told = len(events) + len(events.unlocated) + len(events.rejected)
        assert told == sum(any(cell.strip() for cell in row) for row in cells)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(JSON, JSON, st.sampled_from(["features", "entries"]))
def test_any_json_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, geometry: Any, value: Any, key: str
) -> None:
    """Whatever stands where a geometry, a time or an event should, nothing breaks."""
    sure = {"type": "encounter", "start": value, "end": value, "position": geometry}
    items = [feature(geometry, start="2020-01-02"), {**sure, "vessel": value}, sure, value]
    path = tmp_path_factory.getbasetemp() / "any.json"
    with suppress(EventsError):
        read(path, json.dumps({key: items}))
