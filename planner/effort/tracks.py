"""Tracks as searches: the way flown on each day."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.effort.searched import Searched
from planner.errors import PlanError, ScenarioError
from planner.events.rows import DoubtError, Row
from planner.geo.geodesic import distance_nm
from planner.tracks import read_drawing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from planner.effort.searched import Gathered, Terms

FASTEST_KN = 1_000.0
NEAR_NM = 1.0  # fixes of one second may lie this far apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A place a track passed at a moment, and how well it searched the sea from there on."""

    track: str
    where: str
    moment: datetime
    lon: float
    lat: float
    pod: float
    sweep_width_nm: float


def ways(fixes: Sequence[Passed], terms: Terms) -> list[Searched]:
    """
    Return the way flown on each day, a leg being of the day it begins on.

    Parameters
    ----------
    fixes
        Those of one track, in any order; one at least.
    terms
        What they are read against.

    Raises
    ------
    DoubtError
        When there are too few fixes, or the track is faster than any aircraft.
    """
    fixes = sorted(fixes, key=lambda fix: fix.moment)
    if len(fixes) < 2:
        found = f"track {fixes[0].track!r} of one fix"
        raise DoubtError(found=found, expected="two or more", why="track")
    _check_speed(fixes)

    def alike(leg: tuple[Passed, Passed]) -> tuple[date, float, float]:
        return leg[0].moment.date(), leg[0].pod, leg[0].sweep_width_nm

    return [_way(list(legs), terms) for _, legs in groupby(pairwise(fixes), key=alike)]


def _way(legs: Sequence[tuple[Passed, Passed]], terms: Terms) -> Searched:
    first = legs[0][0]
    places = [first, *(end for _, end in legs)]
    return Searched(
        where=first.where,
        age_days=terms.age_days(first.moment),
        pod=first.pod,
        shape=shapely.LineString([(each.lon, each.lat) for each in places]),
        sweep_width_nm=first.sweep_width_nm,
    )


def _check_speed(fixes: Sequence[Passed]) -> None:
    lonlat = np.array([(fix.lon, fix.lat) for fix in fixes])
    hours = np.diff([fix.moment.timestamp() for fix in fixes]) / 3600
    length_nm = distance_nm(lonlat[:-1], lonlat[1:])
    fast = np.flatnonzero((length_nm > NEAR_NM) & (length_nm > FASTEST_KN * hours))
    if len(fast):
        leg = int(fast[0])
        found = f"track {fixes[leg].track!r} covers {length_nm[leg]:.0f} nm in {hours[leg]:.2g} h"
        raise DoubtError(found=found, expected=f"at most {FASTEST_KN:g} kn", why="track")


def gather_drawing(path: Path, gathered: Gathered) -> None:
    """
    Gather the timed tracks of a GPX, KML or KMZ file.

    Raises
    ------
    ScenarioError
        With each time or place that makes no sense, or when nothing in it is a track.
    """
    try:
        drawing = read_drawing(path)
    except PlanError as problem:
        raise ScenarioError(problem.faults) from None
    terms = gathered.terms
    for drawn in drawing.sorties:
        try:
            if not drawn.fixes:
                expected = "a timed track; single places go in CSV or GeoJSON"
                raise DoubtError(found=f"{drawn.name}: no track", expected=expected, why="track")
            width_nm = terms.width_nm(Row(where=drawn.where, values={}))
            fixes = [
                Passed(
                    track=drawn.name,
                    where=drawn.where,
                    moment=terms.moment(fix.when.isoformat(timespec="seconds")),
                    lon=fix.lon,
                    lat=fix.lat,
                    pod=1.0,
                    sweep_width_nm=width_nm,
                )
                for fix in drawn.fixes
            ]
            gathered.searched += ways(fixes, terms)
        except DoubtError as doubt:
            gathered.doubt(drawn.where, doubt)
