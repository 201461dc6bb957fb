"""Airspace: the zones that ship, and those users bring, with all their faults."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.airspace import (
    Zone,
    ZonesError,
    airspaces,
    closed_airspace,
    read_zones,
    standing_zones,
    with_rules,
)
from planner.cache import Cache
from planner.geo.coast import load_land
from planner.geo.limits import kept_territorial_sea, territorial_sea

THEATRE = (115.0, 22.0, 142.0, 45.0)
SQUARE = [[125.0, 30.0], [126.0, 30.0], [126.0, 31.0], [125.0, 31.0], [125.0, 30.0]]
NOON = datetime(2020, 2, 17, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def zones():
    """Make the zones of the theatre."""
    return standing_zones(load_land(THEATRE))


def danger(geometry=None, **properties):
    """Return a feature, as a user would write it."""
    given = {"id": "r1", "name": "R1", "rule": "closed", "source": "NOTAM A1/20", **properties}
    polygon = {"type": "Polygon", "coordinates": [SQUARE]}
    return {"type": "Feature", "properties": given, "geometry": geometry or polygon}


def polygon(*ring):
    """Return a polygon of one ring, as it stands."""
    return {"type": "Polygon", "coordinates": [list(ring)]}


def written(tmp_path, *features):
    """Write features, one a line, and return the file."""
    path = tmp_path / "zones.geojson"
    lines = ",\n".join(json.dumps(feature) for feature in features)
    path.write_text('{"type": "FeatureCollection", "features": [\n' + lines + "\n]}")
    return path


def faults_of(path, **keywords):
    """Return the faults of a file as text."""
    with pytest.raises(ZonesError) as raised:
        read_zones(path, **keywords)
    return [str(fault) for fault in raised.value.faults]


def test_every_shipped_zone_names_its_source_and_date(zones):
    """National airspace is dated by its baseline or not at all; every other line is dated."""
    assert [zone.id for zone in zones] == sorted(zone.id for zone in zones)
    assert all(zone.source and shapely.is_valid(zone.geometry) for zone in zones)
    assert all(zone.dated for zone in zones if not zone.id.startswith("sea-"))


def test_the_theatres_hard_lines_are_closed_and_the_adiz_is_not(zones):
    """Territorial seas, the FIR and the claimed zones are walls; identification zones are not."""
    rules = {zone.id: zone.rule for zone in zones}
    closed = {name for name, rule in rules.items() if rule == "closed"}
    seas = {"sea-CN", "sea-KP", "sea-KR", "sea-RU", "sea-TW"}
    assert closed == seas | {"pyongyang-fir", "dprk-military-east", "dprk-military-west"}
    assert rules["china-adiz"] == rules["kadiz"] == "priced"
    assert rules["japan-adiz"] == "shown"


@pytest.mark.parametrize(
    ("place", "lon", "lat", "is_closed"),
    [
        ("Chodo", 124.847, 38.525, True),
        ("Bohai", 119.5, 38.8, True),
        ("Cheju Strait", 126.6, 33.8, True),
        ("Kadena", 127.77, 26.36, False),
        ("Kanoya", 130.85, 31.37, False),
        ("240 km east of Shanghai", 124.0, 31.2, False),
        ("410 km south of Shanghai", 122.2, 27.5, False),
    ],
)
def test_known_places_are_on_the_right_side(zones, place, lon, lat, is_closed):
    """Japan's stations and published reports lie in the open, DPRK waters do not."""
    assert shapely.contains_xy(closed_airspace(zones), lon, lat) == is_closed, place


def test_rings_are_closed_and_lines_are_not(zones):
    """What is drawn is what is meant."""
    by_id = {zone.id: zone for zone in zones}
    assert all((ring[0] == ring[-1]).all() for ring in by_id["sea-KR"].rings())
    (line,) = by_id["japan-adiz"].rings()
    assert line.shape == (7, 2)


def test_the_rok_is_opened_by_its_switch(zones):
    """One rule changes, nothing else."""
    opened = with_rules(zones, rules={"sea-KR": "shown"}, prices_per_h={"china-adiz": 0.1})
    assert not shapely.contains_xy(closed_airspace(opened), 126.6, 33.8)
    assert next(z for z in opened if z.id == "china-adiz").price_per_h == 0.1
    assert len(opened) == len(zones)


def test_switches_of_unknown_zones_and_of_lines_are_refused(zones):
    """A typo must not be ignored, and a line has no inside."""
    with pytest.raises(ValueError, match="sea-KX"):
        with_rules(zones, rules={"sea-KX": "shown"})
    with pytest.raises(ValueError, match="japan-adiz"):
        with_rules(zones, rules={"japan-adiz": "closed"})


def test_windows_share_an_airspace_when_the_same_zones_bind_them():
    """A danger area in force for a morning binds every window that touches the morning."""
    area = shapely.Polygon(SQUARE)
    always = Zone(id="a", name="A", rule="closed", geometry=area, source="s")
    morning = Zone(
        id="b",
        name="B",
        rule="closed",
        geometry=area,
        source="s",
        from_time=NOON - timedelta(hours=6),
        to_time=NOON,
    )
    hours = [(NOON + timedelta(hours=h), NOON + timedelta(hours=h + 4)) for h in (-24, -8, -2, 0)]
    sets, index = airspaces((always, morning), hours)
    assert index == (0, 1, 1, 0)
    assert [[zone.id for zone in zones] for zones in sets] == [["a"], ["a", "b"]]


def test_a_sound_file_is_read_whole(tmp_path):
    """Times, prices and rules arrive as written."""
    path = written(
        tmp_path,
        danger(**{"from": "2020-02-17T06:00:00Z", "to": "2020-02-17T12:00:00+00:00"}),
        danger(id="r2", rule="priced", price_per_h=0.5, note="n", dated="2020"),
    )
    first, second = read_zones(path)
    assert first.to_time == NOON
    assert first.geometry.area == pytest.approx(1)
    assert (second.rule, second.price_per_h, second.from_time) == ("priced", 0.5, None)


BROKEN = {
    "crosses itself": (polygon([0, 0], [1, 1], [1, 0], [0, 1], [0, 0]), "Self-intersection"),
    "is not closed": (polygon([0, 0], [1, 0], [1, 1], [0, 1]), "is not closed"),
    "is lat, lon": (polygon([30, 125], [30, 126], [31, 126], [30, 125]), "swap them"),
    "crosses 180": (polygon([179, 0], [-179, 0], [-179, 1], [179, 0]), "antimeridian"),
    "has no area": (polygon([0, 0], [1, 1], [2, 2], [0, 0]), "has no area"),
    "has text in it": (polygon([0, 0], [1, "1"], [2, 2], [0, 0]), "positions of two numbers"),
    "has true in it": (polygon([0, 0], [1, True], [2, 2], [0, 0]), "positions of two numbers"),
    "is huge": (polygon([0, 0], [1, 10**400], [2, 2], [0, 0]), "lat -90..90"),
    "is too short": (polygon([0, 0], [1, 1], [0, 0]), "at least 4"),
    "is empty": ({"type": "Polygon", "coordinates": []}, "vertices"),
    "is not nested": ({"type": "Polygon", "coordinates": 7}, "positions of two numbers"),
    "is a point": ({"type": "Point", "coordinates": [1, 2]}, "a LineString, Polygon or"),
    "is a list": ([1, 2], "a LineString, Polygon or"),
    "is a line": ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "for a line"),
    "is too long": (polygon(*[[0, 0]] * 20_001), "at most|1 to 20,000"),
}


@pytest.mark.parametrize(("geometry", "told"), BROKEN.values(), ids=BROKEN)
def test_broken_outlines_are_told_with_their_line(tmp_path, geometry, told):
    """One clear fault each, at the line the feature stands on."""
    (fault,) = faults_of(written(tmp_path, danger(), danger(geometry, id="r2")))
    assert "zones.geojson:3: " in fault
    assert any(part in fault for part in told.split("|"))


def test_all_faults_come_together(tmp_path):
    """Properties and outlines of several features are told at once, in order of line."""
    told = faults_of(
        written(
            tmp_path,
            danger(rule="close", colour="red"),
            danger(name="", id="r2"),
            danger(**{"from": "2020-02-17T06:00:00", "price_per_h": -1}, id="r3"),
            danger(**{"from": "2020-02-18T06:00:00Z", "to": "2020-02-17T06:00:00Z"}, id="r4"),
            danger(BROKEN["is not closed"][0], id="r5"),
        )
    )
    lines = [fault.split(": ")[0].rpartition(":")[2] for fault in told]
    assert lines == ["2", "2", "3", "4", "4", "5", "6"]
    text = "\n".join(told)
    for part in ("did you mean 'closed'", "'colour'", "name = ''", "a time with its zone"):
        assert part in text
    assert "price_per_h = -1" in text
    assert "an end after the start" in text


def test_an_id_used_twice_is_a_fault(tmp_path):
    """Zones are switched by id, so it must be one's own."""
    (fault,) = faults_of(written(tmp_path, danger(), danger()))
    assert "zones.geojson:3: id = 'r1', expected a new id" in fault


def test_swapped_coordinates_are_noticed_near_the_theatre(tmp_path):
    """Where both orders are possible, the theatre decides."""
    swapped = polygon(*[[lat, lon] for lon, lat in [[60, 30], [61, 30], [61, 31], [60, 30]]])
    (fault,) = faults_of(written(tmp_path, danger(swapped)), near=(55.0, 25.0, 65.0, 35.0))
    assert "swap them" in fault


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "UTF-8 text"),
        (b"[]", "a FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": 3}', "a FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN is no coordinate"),
        (b'{"type": "FeatureCollection", "type": "x", "features": []}', "stand twice"),
        (b"[" * 100_000, "not JSON"),
        (b'{"type": "FeatureCollection", "features": [1]}', "a Feature with properties"),
        (b'{"crs": "EPSG:3857", "type": "FeatureCollection", "features": []}', "EPSG:4326"),
    ],
)
def test_files_that_are_not_geojson_are_told(tmp_path, content, told):
    """No file, however odd, ends in a traceback."""
    path = tmp_path / "zones.geojson"
    path.write_bytes(content)
    assert told in faults_of(path)[0]


def test_a_missing_file_is_told(tmp_path):
    """The name is given back."""
    assert "nowhere.geojson" in faults_of(tmp_path / "nowhere.geojson")[0]


anything = st.recursive(
    st.none() | st.booleans() | st.floats(-400, 400) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "id"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(anything, st.sampled_from(["LineString", "Polygon", "MultiPolygon"]))
def test_no_outline_ends_in_a_traceback(tmp_path_factory, coordinates, kind):
    """Whatever stands where coordinates should, it is read or told."""
    geometry = {"type": kind, "coordinates": coordinates}
    path = written(tmp_path_factory.mktemp("zones"), danger(geometry))
    with pytest.raises(ZonesError, match=r"zones.geojson:2: "):
        read_zones(path)


def test_a_remembered_territorial_sea_is_the_same_sea(tmp_path):
    """The second time it is read, not computed, and equal to the last bit."""
    land, cache = load_land((139.0, 43.0, 146.0, 50.0)), Cache(tmp_path)
    first = kept_territorial_sea(cache, land, "RU")
    entries = list(tmp_path.iterdir())
    assert kept_territorial_sea(cache, land, "RU") == first == territorial_sea(land, "RU")
    assert list(tmp_path.iterdir()) == entries
    assert kept_territorial_sea(cache, land, "RU", margin_nm=5.0) != first
