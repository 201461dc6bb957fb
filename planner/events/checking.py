"""Turn one row of a file into a checked event, or say why it cannot be one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from planner.events.collection import Event
from planner.events.places import read_region
from planner.events.regions import Circle, Point
from planner.events.rows import DoubtError
from planner.events.times import EXPECTED, TimeError, When, time_zone, when

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from planner.events.regions import Region
    from planner.events.rows import Row
    from planner.events.waters import Waters

LONGEST = timedelta(days=366)
LONGEST_WITH_HOUR = timedelta(hours=12)
LIGHT = {"night": True, "day": False, "mixed": None, "unknown": None}
_SAMPLE = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    What every row of a file is checked against.

    Parameters
    ----------
    now
        Nothing later is known.
    zone
        Time zone of times without an offset; None when the rows must say.
    waters
        Where reports can be.
    """

    now: datetime
    zone: tzinfo | None
    waters: Waters


def to_event(row: Row, terms: Terms) -> Event:
    """
    Return the event a row tells of.

    Raises
    ------
    DoubtError
        For the first thing about it that cannot be.
    """
    start = _when(row, "start", terms.zone)
    end = _when(row, "end", terms.zone) if row.text("end") else start
    published = _when(row, "published", terms.zone).end if row.text("published") else None
    _check_span(row, start, end)
    _check_known(row, When(start.start, end.end), published, terms.now)
    region = read_region(row)
    if region is not None:
        terms.waters.check(region)
    return Event(
        id=_printable(row.text("id")) or row.where.rpartition("/")[2],
        where=row.where,
        start=start.start,
        end=end.end,
        published=published,
        local_hour=_local_hour(start, end, region),
        night=row.choice("light", LIGHT),
        count=_count(row),
        weight=row.number("weight", 1.0, above=0.0),
        volume_bbl=row.number("volume_bbl", math.nan, above=0.0, at_most=1e7),
        region=region,
        high_seas=bool(row.choice("high_seas", {"yes": True, "no": False})),
        series=_printable(row.text("series")),
        basis=_printable(row.text("basis")),
        vessels=_printable(row.text("vessels")),
        source=_printable(row.text("source")),
    )


def _when(row: Row, name: str, zone: tzinfo | None) -> When:
    try:
        return when(row.text(name), time_zone(row.text("zone")) if row.text("zone") else zone)
    except TimeError as error:
        why = "impossible dates" if error.expected == EXPECTED else "no time zone"
        found = f"{name} = {row.text(name)!r}"
        raise DoubtError(found=found, expected=error.expected, why=why) from None


def _check_span(row: Row, start: When, end: When) -> None:
    if end.end < start.start:
        found, expected = f"end = {row.text('end')}", f"not before start = {row.text('start')}"
        raise DoubtError(found=found, expected=expected, why="impossible dates")
    if end.end - start.start > LONGEST:
        found, expected = f"{row.text('start')} to {row.text('end')}", f"<= {LONGEST.days} days"
        raise DoubtError(found=found, expected=expected, why="impossible dates")


def _check_known(row: Row, span: When, published: datetime | None, now: datetime) -> None:
    expected = f"before {now:%Y-%m-%dT%H:%M%z}"
    if span.end > now or span.start >= now:
        name = "end" if row.text("end") else "start"
        found = f"{name} = {row.text(name)}"
        raise DoubtError(found=found, expected=expected, why="in the future")
    if published is not None and published > now:
        found = f"published = {row.text('published')}"
        raise DoubtError(found=found, expected=expected, why="not yet published")


def _local_hour(start: When, end: When, region: Region | None) -> float:
    """Return mean solar time at mid-event: within 17 minutes of the sun's own."""
    length = end.end - start.start
    if region is None or not start.exact or length > LONGEST_WITH_HOUR:
        return math.nan
    middle = start.start + length / 2
    hour = middle.hour + middle.minute / 60 + middle.second / 3600
    return (hour + _centre_lon(region) / 15) % 24


def _centre_lon(region: Region) -> float:
    if isinstance(region, Point | Circle):
        return region.lon
    spread = region.spread(_SAMPLE)
    return float(spread.lonlat[:, 0] @ spread.share)


def _printable(text: str) -> str:
    """Return a text without control characters, which could upset a terminal or a file."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _count(row: Row) -> int:
    count = row.number("count", 1.0, at_least=1.0, at_most=10_000.0)
    if count != int(count):
        found, expected = f"count = {row.text('count')}", "a whole number"
        raise DoubtError(found=found, expected=expected, why="impossible count")
    return int(count)
