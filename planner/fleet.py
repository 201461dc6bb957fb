"""Who can fly: stations, airframes and the sorties they may be given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING, TypeVar

from planner import catalogue
from planner.errors import Fault, ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import time

    from planner.scenario.model import Aircraft, Scenario

    Interval = tuple[float, float]

Made = TypeVar("Made")

BRIEF_H = 2.0
DEBRIEF_H = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A station that the scenario uses, with its place on the map."""

    id: str
    name: str
    icao: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detachment:
    """
    Like aircraft at one station, every figure resolved.

    Parameters
    ----------
    name
        Its key in the scenario.
    terms
        What the scenario says of it.
    transit_kn
        Transit speed in knots.
    endurance_h
        Longest sortie in hours: endurance less reserve, and no longer than a crew's duty allows.
    airframes
        Ids of its aircraft.
    """

    name: str
    terms: Aircraft
    transit_kn: float
    endurance_h: float
    airframes: tuple[str, ...]

    @property
    def rest_h(self) -> float:
        """Least time from a crew's landing to its next take-off, in hours."""
        return DEBRIEF_H + self.terms.rest_h + BRIEF_H


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """
    One sortie that an aircraft may fly.

    Parameters
    ----------
    airframe
        Id of the aircraft.
    detachment
        Name of its detachment.
    recovery
        Id of the station where it lands.
    day
        Day of the period, from 0.
    earliest_h, last_takeoff_h, latest_h
        First and last take-off and last landing, in hours from the period's start.
    """

    airframe: str
    detachment: str
    recovery: str
    day: int
    earliest_h: float
    last_takeoff_h: float
    latest_h: float


def muster(scenario: Scenario) -> tuple[tuple[Base, ...], tuple[Detachment, ...]]:
    """
    Return the stations and detachments of a scenario, every figure resolved.

    A figure comes from the scenario, or else from the catalogue's published ones.

    Raises
    ------
    ScenarioError
        With a fault for each station or type that is not known, each figure that neither the
        scenario nor the catalogue gives, and each order to an aircraft that does not exist.
    """
    faults: list[Fault] = []
    bases = _gathered(faults, (partial(_base, scenario, name) for name in _stations(scenario)))
    detachments = _gathered(
        faults,
        (
            partial(_detachment, scenario, name, terms)
            for name, terms in scenario.aircraft.items()
            if terms.count
        ),
    )
    frames = {frame for each in detachments for frame in each.airframes}
    faults += _unknown_airframes(scenario, frames) if not faults else []
    if not detachments and not faults:
        where = scenario.where("aircraft")
        faults.append(Fault(where, "no aircraft at all", "a detachment with count above 0"))
    if faults:
        raise ScenarioError(faults)
    return tuple(bases), tuple(detachments)


def airframe_ids(name: str, count: int) -> tuple[str, ...]:
    """
    Name the aircraft of a detachment.

    Examples
    --------
    >>> airframe_ids("p3c-naha", 2)
    ('p3c-naha-1', 'p3c-naha-2')
    """
    return tuple(f"{name}-{number}" for number in range(1, count + 1))


def openings(
    scenario: Scenario, detachments: Sequence[Detachment], changes_h: Sequence[float] = ()
) -> list[Opening]:
    """
    Return every sortie that may be flown in the period, by detachment, day and airframe.

    An airframe flies only while its detachment is in Japan, on days it is available and not
    grounded, while its own hours and those of both stations allow. Windows are also offered in
    parts, cut at the hours `changes_h` when the closed airspace changes.
    """
    return [
        opening
        for detachment in detachments
        for day in range(scenario.period.days)
        for airframe in available(scenario, detachment, day)
        for recovery in (detachment.terms.station, *detachment.terms.recovery)
        for whole in _windows(scenario, detachment, recovery, day)
        for window in split_at(whole, changes_h)
        for opening in [_opening(airframe, detachment, recovery, day, window)]
        for _ in range(detachment.terms.sorties_per_day)
    ]


def available(scenario: Scenario, detachment: Detachment, day: int) -> tuple[str, ...]:
    """
    Return the airframes that can fly on a day of the period.

    A mission-capable rate of 0.65 on two airframes gives 1.3 lines a day; the fraction is
    carried over from day to day, and the airframes take turns.
    """
    terms, frames = detachment.terms, detachment.airframes
    date = (scenario.period.start + timedelta(days=day)).date()
    if (terms.from_date and date < terms.from_date) or (terms.to_date and date > terms.to_date):
        return ()
    daily = len(frames) * terms.available
    before, after = floor(day * daily + 0.5), floor((day + 1) * daily + 0.5)
    grounded = {pin.aircraft for pin in scenario.pins.grounded if pin.day == date}
    on_call = {frames[turn % len(frames)] for turn in range(before, after)}
    return tuple(frame for frame in frames if frame in on_call - grounded)


def _gathered(faults: list[Fault], makers: Iterable[Callable[[], Made]]) -> list[Made]:
    """Make what can be made, and gather the faults of the rest."""
    made = []
    for make in makers:
        try:
            made.append(make())
        except ScenarioError as problem:
            faults += problem.faults
    return made


def _stations(scenario: Scenario) -> list[str]:
    used = [
        station
        for terms in scenario.aircraft.values()
        if terms.count
        for station in (terms.station, *terms.recovery)
    ]
    return list(dict.fromkeys(used))


def _base(scenario: Scenario, name: str) -> Base:
    terms = scenario.stations.get(name)
    if terms is not None and terms.lon is not None and terms.lat is not None:
        return Base(id=name, name=terms.name or name, icao="", lon=terms.lon, lat=terms.lat)
    users = (
        key for key, each in scenario.aircraft.items() if name in {each.station, *each.recovery}
    )
    found = catalogue.station(name, where=scenario.where("aircraft", next(users), "station"))
    if found.id != name:
        where = scenario.where("aircraft")
        raise ScenarioError([Fault(where, f"station {name!r}", f"its id {found.id!r}")])
    return Base(
        id=name,
        name=(terms and terms.name) or found.name,
        icao=found.icao,
        lon=found.lon,
        lat=found.lat,
    )


def _detachment(scenario: Scenario, name: str, terms: Aircraft) -> Detachment:
    faults: list[Fault] = []
    figures = _gathered(
        faults,
        (
            partial(_figure, scenario, name, terms, *each)
            for each in (("transit_kn", "cruise_kn"), ("endurance_h", "endurance_h"))
        ),
    )
    if faults:
        raise ScenarioError(faults)
    transit_kn, endurance_h = figures
    duty_h = terms.duty_h - BRIEF_H - DEBRIEF_H
    usable_h = min(endurance_h - terms.reserve_h, duty_h)
    if usable_h <= terms.departure_h + terms.arrival_h:
        where = scenario.where("aircraft", name, "endurance_h")
        found = f"aircraft.{name}: {usable_h:g} h left of endurance and duty"
        raise ScenarioError([Fault(where, found, "time to fly after reserve, climb and approach")])
    return Detachment(
        name=name,
        terms=terms,
        transit_kn=transit_kn,
        endurance_h=usable_h,
        airframes=airframe_ids(name, terms.count),
    )


def _figure(scenario: Scenario, name: str, terms: Aircraft, key: str, published: str) -> float:
    given: float | None = getattr(terms, key)
    if given is not None:
        return given
    where = scenario.where("aircraft", name, "type")
    try:
        return catalogue.figure(terms.type, published, where=where).value
    except ScenarioError as problem:
        hint = f"give aircraft.{name}.{key}; it is an assumption"
        known = problem.faults[0].found.startswith("no published")
        raise ScenarioError(
            [replace(fault, hint=hint) if known else fault for fault in problem.faults]
        ) from None


def _unknown_airframes(scenario: Scenario, frames: set[str]) -> list[Fault]:
    orders = [
        *((("pins", "sorties", n), pin.aircraft) for n, pin in enumerate(scenario.pins.sorties)),
        *((("pins", "grounded", n), pin.aircraft) for n, pin in enumerate(scenario.pins.grounded)),
    ]
    return [
        Fault(scenario.where(*path), f"aircraft {frame!r}", "an airframe", nearest(frame, frames))
        for path, frame in orders
        if frame not in frames
    ]


def _windows(
    scenario: Scenario, detachment: Detachment, recovery: str, day: int
) -> list[tuple[float, float, float]]:
    """Return first take-off, last take-off and last landing for each window of a day."""
    hours = scenario.period.hours
    flying = [
        _daily(detachment.terms.hours, scenario),
        *(_station_hours(scenario, station) for station in {detachment.terms.station, recovery}),
    ]
    common = flying[0]
    for each in flying[1:]:
        common = _intersection(common, each)
    step_h = scenario.rules.takeoff_step_min / 60
    day_end_h = 24.0 * (day + 1)
    return [
        (max(start, 24.0 * day), min(end, day_end_h - step_h), min(end, hours))
        for start, end in common
        if max(start, 24.0 * day) <= min(end, day_end_h - step_h)
    ]


def _opening(
    airframe: str,
    detachment: Detachment,
    recovery: str,
    day: int,
    window: tuple[float, float, float],
) -> Opening:
    earliest_h, last_takeoff_h, latest_h = window
    return Opening(
        airframe=airframe,
        detachment=detachment.name,
        recovery=recovery,
        day=day,
        earliest_h=earliest_h,
        last_takeoff_h=last_takeoff_h,
        latest_h=latest_h,
    )


def _station_hours(scenario: Scenario, station: str) -> list[Interval]:
    terms = scenario.stations.get(station)
    if terms is not None and not terms.open:
        return []
    return _daily(terms.hours if terms else None, scenario)


def _daily(hours: tuple[time, time] | None, scenario: Scenario) -> list[Interval]:
    """Return daily local hours as intervals in hours from the period's start."""
    whole = (-48.0, scenario.period.hours + 48.0)
    if hours is None or hours[0] == hours[1]:
        return [whole]
    start_of_day = _hours_of_day(scenario.period.start.timetz())
    opens, closes = (_hours_of_day(each) for each in hours)
    closes += 24.0 if closes < opens else 0.0
    days = range(-2, scenario.period.days + 2)
    return [(24.0 * d + opens - start_of_day, 24.0 * d + closes - start_of_day) for d in days]


def _hours_of_day(moment: time) -> float:
    return moment.hour + moment.minute / 60 + moment.second / 3600


def _intersection(some: list[Interval], others: list[Interval]) -> list[Interval]:
    """
    Return the parts common to two lists of intervals.

    Examples
    --------
    >>> _intersection([(0, 10)], [(-5, 2), (8, 12)])
    [(0, 2), (8, 10)]
    """
    both = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return sorted((start, end) for start, end in both if start < end)


def split_at(
    window: tuple[float, float, float], changes_h: Sequence[float]
) -> list[tuple[float, float, float]]:
    """
    Split a window at the hours when airspace changes, keeping the whole window first.

    Flying the whole window means keeping clear of everything in force at any time in it; each part
    needs to heed only what is in force in that part.

    Examples
    --------
    >>> split_at((0.0, 20.0, 24.0), [8.0])
    [(0.0, 20.0, 24.0), (0.0, 8.0, 8.0), (8.0, 20.0, 24.0)]
    >>> split_at((0.0, 20.0, 24.0), [30.0])
    [(0.0, 20.0, 24.0)]
    """
    earliest_h, last_takeoff_h, latest_h = window
    inner = [hour for hour in changes_h if earliest_h < hour < latest_h]
    if not inner:
        return [window]
    parts = [
        (start, min(last_takeoff_h, end), end)
        for start, end in pairwise([earliest_h, *inner, latest_h])
        if start <= min(last_takeoff_h, end)
    ]
    return [window, *parts]
