"""Where an aircraft is and when: one sortie as a line of timed fixes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import numpy as np

from planner.geo.geodesic import distance_nm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from planner.plan import LonLat, Sortie


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """
    A place and the moment it is passed.

    Parameters
    ----------
    when
        In UTC, whole seconds.
    lon, lat
        In degrees, longitude in [-180, 180).
    name
        Id of the station or cell reached or left here; empty at a turn point.
    dwell_h
        Time searched from here on, in hours.
    """

    when: datetime
    lon: float
    lat: float
    name: str = ""
    dwell_h: float = 0.0


def course(sortie: Sortie) -> list[Fix]:
    """Return every fix of a sortie in order of time, search patterns included."""
    fixes = [*_flown(sortie)]
    return [fix for fix, before in zip(fixes, [None, *fixes], strict=False) if fix != before]


def turn_points(sortie: Sortie) -> list[Fix]:
    """Return the fixes where legs begin, turn and end; searches are a dwell, not a track."""
    points = []
    for number, leg in enumerate(sortie.legs):
        fixes = [*_timed(leg.points, leg.depart, leg.arrive)]
        if number == 0:
            points.append(_fix(leg.points[0], sortie.takeoff, leg.start))
        points += fixes[1:-1]
        last = number == len(sortie.legs) - 1
        dwell_h = 0.0 if last else sortie.visits[number].dwell_h
        when = sortie.landing if last else leg.arrive
        points.append(_fix(leg.points[-1], when, leg.end, dwell_h))
    return points


def line(sortie: Sortie) -> list[tuple[float, float]]:
    """Return the points of all legs in order, in degrees as the plan has them."""
    points = [point for leg in sortie.legs for point in leg.points]
    return [
        point for point, before in zip(points, [None, *points], strict=False) if point != before
    ]


def stamp(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, whole seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def wrapped(lon: float) -> float:
    """Return a longitude in [-180, 180), to a decimetre."""
    return round((lon + 180) % 360 - 180, 6)


def _flown(sortie: Sortie) -> Iterator[Fix]:
    for number, leg in enumerate(sortie.legs):
        if number == 0:
            yield _fix(leg.points[0], sortie.takeoff, leg.start)
        yield from _timed(leg.points, leg.depart, leg.arrive)
        if number < len(sortie.visits):
            visit = sortie.visits[number]
            track = visit.pattern.track if visit.pattern else ()
            yield from _timed((leg.points[-1], *track, leg.points[-1]), visit.start, visit.end)
        else:
            yield _fix(leg.points[-1], sortie.landing, leg.end)


def _timed(points: Sequence[LonLat], start: datetime, end: datetime) -> Iterator[Fix]:
    """Yield points flown at a steady speed between two moments."""
    lonlat = np.array(points, dtype=np.float64)
    flown = np.concatenate([[0.0], np.cumsum(distance_nm(lonlat[:-1], lonlat[1:]))])
    even = np.linspace(0, 1, len(flown))
    share = flown / flown[-1] if flown[-1] > 0 else even
    span_s = (end - start).total_seconds()
    for point, part in zip(points, share.tolist(), strict=True):
        yield _fix(point, start + timedelta(seconds=round(part * span_s)))


def _fix(point: LonLat, when: datetime, name: str = "", dwell_h: float = 0.0) -> Fix:
    lon, lat = wrapped(point[0]), round(point[1], 6)
    return Fix(when=when.astimezone(UTC), lon=lon, lat=lat, name=name, dwell_h=dwell_h)
