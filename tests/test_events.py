"""Reported transfers: the shipped reports, position regions and what is known when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.events import read_events
from planner.events.regions import Area, Circle, Point, Region, Sector
from planner.events.times import TimeError, When, time_zone, when
from planner.geo.geodesic import bearing_deg, distance_nm

SHANGHAI = np.array([121.4737, 31.2304])
FEB_2020 = datetime(2020, 2, 16, tzinfo=UTC)
EAST = Sector(
    ref_lon=121.4737,
    ref_lat=31.2304,
    distance_km=240.0,
    rounding_km=10.0,
    bearing_deg=90.0,
    half_width_deg=22.5,
    ref_sd_km=15.0,
)
BOX = Area(polygon=shapely.box(124.0, 28.0, 126.0, 31.0))
REGIONS: list[Region] = [
    Point(lon=124.0, lat=30.0),
    Point(lon=124.0, lat=30.0, radius_km=20.0),
    Circle(lon=124.0, lat=30.0, radius_km=300.0),
    EAST,
    BOX,
    Circle(lon=179.9, lat=-10.0, radius_km=100.0),
    replace(EAST, half_width_deg=180.0, distance_km=10.0),
]


def test_all_published_reports_are_there() -> None:
    """All 44 reports of 63 transfers are read, none turned away, Japan's 24 among them."""
    events = read_events("builtin", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert events.rejected == ()
    assert len(events) + len(events.unlocated) == 44
    assert sum(each.count for each in (*events.located, *events.unlocated)) == 63
    japan = events.table[events.table["id"].str.startswith("JP")]
    assert japan["count"].sum() == 24
    assert japan["high_seas"].all()
    assert set(events.table["basis"]) & {""} == set()


def test_theatre_week_knows_all_of_japans_contacts_and_nothing_later() -> None:
    """On 16 February 2020 the 24 contacts are known; what was published later is not."""
    events = read_events("builtin", now=FEB_2020)
    assert events.table.loc[events.table["id"].str.startswith("JP"), "count"].sum() == 24
    assert events.reasons == {"in the future": 11, "not yet published": 1}
    assert (events.table["end"] <= FEB_2020).all()


@given(st.datetimes(datetime(2017, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_nothing_from_after_now_is_ever_returned(now: datetime) -> None:
    """Whatever the moment, no event ends or is published after it, and none is lost."""
    events = read_events("builtin", now=now)
    for event in (*events.located, *events.unlocated):
        assert event.end <= now
        assert event.published is None or event.published <= now
    assert len(events) + len(events.unlocated) + len(events.rejected) == 44


def test_time_of_day_is_known_only_where_a_clock_was_read() -> None:
    """JP-24, photographed at 00:10 JST near 124 E, was seen at 23:26 solar time; JP-12 has none."""
    table = read_events("builtin", now=FEB_2020).table.set_index("id")
    assert table["local_hour"].notna().sum() == 9
    assert table.loc["JP-24", "local_hour"] == pytest.approx(23.43, abs=0.02)
    assert np.isnan(table.loc["JP-12", "local_hour"])
    assert table.loc["JP-12", "night"]
    assert table["night"].isna().sum() == 8


def test_words_become_the_places_they_name() -> None:
    """About 250 km east of Shanghai is near 31.2 N 124.1 E, known to some 45 km along one axis."""
    table = read_events("builtin", now=FEB_2020).table.set_index("id")
    spread = table.loc["JP-04", "region"].spread(1000)
    assert spread.share @ spread.lonlat == pytest.approx([124.05, 31.21], abs=0.02)
    assert spread.sigma_nm * 1.852 == pytest.approx(45, abs=2)


def test_points_are_arrays_of_one_length_with_shares_that_sum_to_one() -> None:
    """Each event's points carry its whole belief, and ages count from now."""
    points = read_events("builtin", now=FEB_2020).points(64)
    assert np.bincount(points.owner, points.share) == pytest.approx(np.ones(24))
    assert points.count.sum() == 29
    assert points.age_days.min() == pytest.approx(35.37, abs=0.01)
    assert not points.lonlat.flags.writeable


def test_impossible_points_are_dropped_and_shares_made_whole() -> None:
    """Dropping what lies west of 122 E moves a report eastwards; one with nothing left stays."""
    points = read_events("builtin", now=FEB_2020).points(64)
    kept = points.only(points.lonlat[:, 0] > 122)
    assert np.bincount(kept.owner, kept.share) == pytest.approx(np.ones(24))
    assert len(kept.owner) < len(points.owner)
    none = points.only(np.zeros(len(points.owner), dtype=bool))
    assert np.array_equal(none.lonlat, points.lonlat)
    assert none.share == pytest.approx(points.share)


def test_no_events_make_empty_points() -> None:
    """Before the first report there is nothing, and nothing breaks."""
    events = read_events("builtin", now=datetime(2016, 1, 1, tzinfo=UTC))
    assert len(events) == len(events.points().age_days) == 0
    assert events.points().lonlat.shape == (0, 2)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_spreads_one_belief_the_same_way_every_time(region: Region) -> None:
    """Shares are positive and sum to one; a second call gives the same bytes."""
    spread = region.spread(100)
    assert spread.share.sum() == pytest.approx(1)
    assert len(spread.share) == len(spread.lonlat) in {1, 100}
    assert spread.lonlat.tobytes() == region.spread(100).lonlat.tobytes()


@pytest.mark.parametrize("region", REGIONS[1:])
def test_an_outline_is_a_valid_polygon_that_holds_most_of_the_spread(region: Region) -> None:
    """The outline drawn on a map holds at least 85 % of the belief."""
    outline = shapely.MultiPolygon([shapely.Polygon(ring) for ring in region.outline()])
    assert outline.is_valid
    assert shapely.contains_xy(outline, region.spread(400).lonlat).mean() > 0.85


def test_point_holds_nine_tenths_within_its_radius() -> None:
    """The radius of a point is that of its 90 % circle."""
    away = distance_nm(
        Point(lon=124, lat=30, radius_km=20).spread(2000).lonlat, np.array([124, 30])
    )
    assert np.mean(away * 1.852 <= 20) == pytest.approx(0.9, abs=0.005)


def test_circle_is_even() -> None:
    """Half of a disc's belief lies within its radius over the square root of two."""
    away = distance_nm(
        Circle(lon=124, lat=30, radius_km=20).spread(2000).lonlat, np.array([124, 30])
    )
    assert np.mean(away * 1.852 <= 20 / np.sqrt(2)) == pytest.approx(0.5, abs=0.01)


def test_sector_agrees_with_a_simulation() -> None:
    """The spread of a range and bearing has the moments of random draws of its three errors."""
    rng = np.random.default_rng(1)
    bearing = np.deg2rad(90 + rng.uniform(-22.5, 22.5, 200_000))
    range_km = rng.uniform(235, 245, 200_000)
    drawn = np.stack([np.sin(bearing), np.cos(bearing)]) * range_km + rng.normal(
        0, 15, (2, 200_000)
    )
    lonlat = EAST.spread(4000).lonlat
    towards = np.deg2rad(bearing_deg(SHANGHAI, lonlat))
    flat = np.stack([np.sin(towards), np.cos(towards)]) * distance_nm(SHANGHAI, lonlat) * 1.852
    assert flat.mean(axis=1) == pytest.approx(drawn.mean(axis=1), abs=0.5)
    assert flat.std(axis=1) == pytest.approx(drawn.std(axis=1), rel=0.01)


def test_area_is_even_on_the_globe() -> None:
    """The southern half of a box of degrees is the larger one, and gets the larger share."""
    lat = BOX.spread(4000).lonlat[:, 1]
    south, middle, north = np.sin(np.deg2rad([28.0, 29.5, 31.0]))
    assert np.mean(lat < 29.5) == pytest.approx((middle - south) / (north - south), abs=0.002)


def test_sliver_still_has_a_point() -> None:
    """An area too thin to be met by chance is stood for by a point on it."""
    sliver = shapely.Polygon([(120, 20), (130, 40), (130, 40.0000001)])
    assert len(Area(polygon=sliver).spread(16).share) >= 1


def test_sigma_of_a_normal_point_is_its_standard_deviation() -> None:
    """A 90 % radius of 2.146 standard deviations gives back the standard deviation."""
    sigma_nm = Point(lon=124, lat=30, radius_km=2.146 * 1.852 * 10).spread(4000).sigma_nm
    assert sigma_nm == pytest.approx(10, rel=0.02)


def test_times_are_as_wide_as_they_were_told() -> None:
    """A month is a month of its zone, a day a day, and a moment a moment."""
    tokyo = time_zone("Asia/Tokyo")
    assert when("2018-02", tokyo) == When(
        datetime(2018, 1, 31, 15, tzinfo=UTC), datetime(2018, 2, 28, 15, tzinfo=UTC)
    )
    assert when("2018-12", tokyo).end == datetime(2018, 12, 31, 15, tzinfo=UTC)
    assert when("2018-02-13 01:30:20.5 UTC", tokyo).start.hour == 1
    assert when("2018-02-13T01:30Z", None) == when("2018-02-13T10:30", tokyo)
    assert when("2018-02-13T01:30+0900", None).exact
    assert when("2018/02/13", tokyo) == when("2018-02-13", tokyo)


@pytest.mark.parametrize(
    "text",
    ["", "13/02/2018", "2018-13", "2018-02-30", "2018-02-13T25:00", "0001-01-01", "9999-12", "x"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """Orders that could be mistaken, impossible dates and nonsense are refused."""
    with pytest.raises(TimeError):
        when(text, time_zone("-12:00"))


@pytest.mark.parametrize(
    "name", ["Mars/Base", "../../etc/passwd", "/etc/passwd", "", "+99:00", "\0"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    """A time zone is an offset or a name; a path is neither."""
    with pytest.raises(TimeError):
        time_zone(name)


def test_zone_must_be_told() -> None:
    """A time without an offset, in a file without a zone, is refused."""
    with pytest.raises(TimeError, match="offset from UTC"):
        when("2018-02-13", None)


def test_reading_is_repeatable() -> None:
    """Two readings give the same arrays."""
    first, second = (read_events("builtin", now=FEB_2020).points(32) for _ in range(2))
    assert first.lonlat.tobytes() == second.lonlat.tobytes()
    assert first.age_days.tobytes() == second.age_days.tobytes()


def test_age_grows_by_a_day_a_day() -> None:
    """Planning a day later makes every report a day older."""
    now = read_events("builtin", now=FEB_2020).points(8)
    later = read_events("builtin", now=FEB_2020 + timedelta(days=1)).points(8)
    assert later.age_days == pytest.approx(now.age_days + 1)


def test_the_zone_of_now_does_not_matter() -> None:
    """The same moment told in Tokyo gives the same ages."""
    tokyo = FEB_2020.astimezone(time_zone("Asia/Tokyo"))
    there, here = (read_events("builtin", now=now).points(8) for now in (tokyo, FEB_2020))
    assert there.age_days.tobytes() == here.age_days.tobytes()
