"""A piece of sea that a patrol has searched, and what a file must say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from planner.errors import Fault
from planner.events.rows import DoubtError, Row
from planner.events.times import TimeError, when

if TYPE_CHECKING:
    from datetime import tzinfo

    import shapely

DAY = timedelta(days=1)
EXPECTED = "a day or a moment with its offset, such as 2020-01-31 or 2020-01-31T09:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """
    A piece of sea searched on one day.

    Parameters
    ----------
    where
        Where the file says so, as ``file:line``.
    age_days
        Days from the search to the period; positive.
    pod
        Chance that a transfer under way in what was searched was seen, in [0, 1]. Of a way: of one
        within the width swept.
    cell
        Id of the cell; empty when there is a shape.
    shape
        An area, a way flown or the middle of a disc, in lon/lat degrees; None when a cell is named.
    radius_nm
        Radius of a disc, in nm; zero stands for the cell that holds its middle.
    sweep_width_nm
        Width swept along a way, in nm.
    """

    where: str
    age_days: float
    pod: float
    cell: str = ""
    shape: shapely.Geometry | None = None
    radius_nm: float = 0.0
    sweep_width_nm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    What past effort is read against.

    Parameters
    ----------
    start
        First moment of the period; every search is of before it.
    zone
        Time zone of moments without an offset; None when they must say.
    sweep_width_nm
        Width swept by tracks that tell none, in nm; None when they must say.
    """

    start: datetime
    zone: tzinfo | None = None
    sweep_width_nm: float | None = None

    def moment(self, text: str) -> datetime:
        """
        Return the moment or the beginning of the day that a text tells; days are the period's.

        Raises
        ------
        DoubtError
            When it is neither, or not before the period.
        """
        try:
            told = when(text, self.zone or (self.start.tzinfo if len(text) <= 10 else None))
        except TimeError:
            told = None
        if told is None or told.end - told.start > DAY:
            raise DoubtError(found=f"time {text!r}", expected=EXPECTED, why="time")
        if told.start >= self.start:
            expected = f"a time before the period, which starts {self.start:%Y-%m-%d %H:%M%z}"
            raise DoubtError(found=f"time {text!r}", expected=expected, why="time")
        return told.start

    def age_days(self, moment: datetime) -> float:
        """Return the days from a moment to the period."""
        return (self.start - moment) / DAY

    def width_nm(self, row: Row) -> float:
        """
        Return the width that a track swept.

        Raises
        ------
        DoubtError
            When neither the row nor the scenario tells it.
        """
        width = row.number("sweep_width_nm", self.sweep_width_nm or 0.0, above=0.0, at_most=200.0)
        if not width:
            expected = "sweep_width_nm here, or history.effort_sweep_width_nm in the scenario"
            raise DoubtError(
                found="a track without its sweep width", expected=expected, why="width"
            )
        return width


@dataclass(slots=True)
class Gathered:
    """Searches of a file while it is read, with the faults met."""

    terms: Terms
    searched: list[Searched] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def doubt(self, where: str, doubt: DoubtError) -> None:
        """Note a fault."""
        self.faults.append(Fault(where, doubt.found, doubt.expected))


def pod_of(row: Row, default: float | None = None) -> float:
    """
    Return the probability of detection that a row tells.

    Raises
    ------
    DoubtError
        When it is outside [0, 1], or missing where there is no default.
    """
    if default is None and not row.text("pod"):
        raise DoubtError(found="no pod", expected="a probability of detection", why="pod")
    return row.number("pod", default or 0.0, at_least=0.0, at_most=1.0)


def place_of(row: Row) -> tuple[float, float]:
    """
    Return the longitude and latitude that a row tells.

    Raises
    ------
    DoubtError
        When it is no place on Earth.
    """
    lonlat = [row.number(name, 1e9) for name in ("lon", "lat")]
    check_place(*lonlat)
    return lonlat[0], lonlat[1]


def check_place(lon: float, lat: float) -> None:
    """Raise `DoubtError` unless a longitude and a latitude are a place on Earth."""
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        found = f"position {lon:g}, {lat:g}"
        expected = "longitude and latitude in degrees, longitude first"
        raise DoubtError(found=found, expected=expected, why="place")
