"""Each sortie by itself: its clock, its limits, and whether its figures are the scenario's."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from planner import catalogue
from planner.check.case import detachment, hours
from planner.check.earth import geodesic_nm, path_nm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, time

    from planner.check.case import Case
    from planner.plan import Leg, Sortie

CLOCK_H = 3 / 3600
"""Times in a plan are whole seconds."""

PLACE_NM = 0.05
LENGTH = 1e-4
BRIEF_H, DEBRIEF_H = 2.0, 1.0


def names(case: Case, sortie: Sortie) -> Iterator[str]:
    """Yield every name a sortie bears that stands for nothing."""
    terms = case.scenario.aircraft.get(detachment(sortie.aircraft))
    numbers = range(1, terms.count + 1) if terms else ()
    frames = {f"{detachment(sortie.aircraft)}-{number}" for number in numbers}
    if sortie.aircraft not in frames & set(case.aircraft):
        yield f"aircraft {sortie.aircraft!r} is not in the scenario"
    elif sortie.station != case.terms(sortie).station:
        yield f"leaves {sortie.station!r}, but its station is {case.terms(sortie).station!r}"
    elif sortie.recovery not in {sortie.station, *case.terms(sortie).recovery}:
        yield f"lands at {sortie.recovery!r}, where the scenario does not let it"
    for station in sorted({sortie.station, sortie.recovery} - set(case.stations)):
        yield f"station {station!r} is not in the plan"
    for visit in sortie.visits:
        if visit.cell not in case.cells:
            yield f"cell {visit.cell!r} is not in the plan"


def stations(case: Case) -> Iterator[str]:
    """Yield every station that does not lie where the scenario or the catalogue has it."""
    for station in case.plan.stations:
        terms = case.scenario.stations.get(station.id)
        if terms is not None and terms.lon is not None and terms.lat is not None:
            place = (terms.lon, terms.lat)
        else:
            known = {each.id: each for each in catalogue.stations()}.get(station.id)
            place = (known.lon, known.lat) if known else (station.lon, station.lat)
        away_nm = geodesic_nm(place, (station.lon, station.lat))
        if away_nm > PLACE_NM:
            yield f"station {station.id} lies {away_nm:.1f} nm from where it is"


def figures(case: Case, sortie: Sortie) -> Iterator[str]:
    """Yield every figure of a sortie's aircraft that neither scenario nor catalogue gives."""
    aircraft, terms = case.aircraft[sortie.aircraft], case.terms(sortie)
    transit_kn = terms.transit_kn or _published(terms.type, "cruise_kn")
    for name, found, expected in (
        ("search_kn", aircraft.search_kn, terms.search_kn),
        ("transit_kn", aircraft.transit_kn, transit_kn),
    ):
        if abs(found - expected) > LENGTH * expected:
            yield f"{name} is {found:g}, but the scenario says {expected:g}"
    endurance_h = terms.endurance_h or _published(terms.type, "endurance_h")
    most_h = min(terms.duty_h - BRIEF_H - DEBRIEF_H, endurance_h - terms.reserve_h)
    for found in (aircraft.endurance_h, sortie.endurance_h):
        if found > most_h + CLOCK_H:
            yield f"endurance_h is {found:g}, but endurance, reserve and duty leave {most_h:g}"


def _published(aircraft_type: str, name: str) -> float:
    """Return a published figure of a type of aircraft; zero when there is none."""
    for each in catalogue.aircraft_types():
        if aircraft_type.casefold() in {each.id.casefold(), each.name.casefold()}:
            return each.value(name) or 0.0
    return 0.0


def route(sortie: Sortie) -> Iterator[str]:
    """Yield every break in the chain of legs and visits."""
    stops = [sortie.station, *(visit.cell for visit in sortie.visits), sortie.recovery]
    flown = [(leg.start, leg.end) for leg in sortie.legs]
    if not sortie.visits:
        yield "flies without searching anything"
    if flown != list(pairwise(stops)):
        yield f"has legs {flown}, expected one between each two of {stops}"
    for leg in sortie.legs:
        if len(leg.points) < 2:
            yield f"leg {leg.start} to {leg.end} has {len(leg.points)} points, expected 2 or more"
    for visit in sortie.visits:
        if visit.pattern and len(visit.pattern.track) < 2:
            found = len(visit.pattern.track)
            yield f"pattern in {visit.cell} has {found} points, expected 2 or more"


def clock(case: Case, sortie: Sortie) -> Iterator[str]:
    """Yield every time of a sortie that does not follow from the one before."""
    terms, speed_kn = case.terms(sortie), case.aircraft[sortie.aircraft].transit_kn
    now, spare_h = sortie.takeoff, terms.departure_h
    for leg, visit in zip(sortie.legs, (*sortie.visits, None), strict=True):
        if abs(hours(now, leg.depart) - spare_h) > CLOCK_H:
            yield f"leg {leg.start} to {leg.end} departs {_off(hours(now, leg.depart) - spare_h)}"
        due = leg.distance_nm / speed_kn
        if abs(hours(leg.depart, leg.arrive) - due) > CLOCK_H:
            late = _off(hours(leg.depart, leg.arrive) - due)
            yield f"leg {leg.start} to {leg.end} arrives {late} for {leg.distance_nm:.1f} nm"
        if visit is None:
            now, spare_h = leg.arrive, terms.arrival_h
            break
        if abs(hours(leg.arrive, visit.start)) > CLOCK_H:
            yield f"visit to {visit.cell} begins {_off(hours(leg.arrive, visit.start))}"
        if abs(hours(visit.start, visit.end) - visit.dwell_h) > CLOCK_H:
            yield f"visit to {visit.cell} does not last its {visit.dwell_h:g} h"
        now, spare_h = visit.end, 0.0
    if abs(hours(now, sortie.landing) - spare_h) > CLOCK_H:
        yield f"lands {_off(hours(now, sortie.landing) - spare_h)}"
    if abs(hours(sortie.takeoff, sortie.landing) - sortie.airborne_h) > CLOCK_H:
        yield f"is not airborne for the {sortie.airborne_h:.3f} h it says"


def lengths(case: Case, sortie: Sortie) -> Iterator[str]:
    """Yield every leg whose length or ends are not what its points say."""
    for leg in sortie.legs:
        measured_nm = path_nm(leg.points)
        if abs(measured_nm - leg.distance_nm) > max(PLACE_NM, LENGTH * measured_nm):
            yield (
                f"leg {leg.start} to {leg.end} measures {measured_nm:.2f} nm, "
                f"but says {leg.distance_nm:.2f} nm"
            )
        yield from _ends(case, leg)
    for before, after in pairwise(sortie.legs):
        if geodesic_nm(before.points[-1], after.points[0]) > PLACE_NM:
            yield f"leaves {after.start} from elsewhere than it arrived at"


def limits(case: Case, sortie: Sortie) -> Iterator[str]:
    """Yield every limit of one sortie that it breaks."""
    period, terms = case.scenario.period, case.terms(sortie)
    takeoff_h, landing_h = case.hour(sortie.takeoff), case.hour(sortie.landing)
    if takeoff_h < -CLOCK_H or landing_h > period.hours + CLOCK_H:
        yield "is not flown within the period"
    most_h = min(sortie.endurance_h, case.aircraft[sortie.aircraft].endurance_h)
    if sortie.airborne_h > most_h + CLOCK_H:
        yield f"flies {sortie.airborne_h:.2f} h, beyond its endurance of {most_h:.2f} h"
    day = (sortie.takeoff - period.start) // timedelta(days=1)
    date = (period.start + timedelta(days=day)).date()
    if (terms.from_date and date < terms.from_date) or (terms.to_date and date > terms.to_date):
        yield f"takes off on {date}, when its detachment is not in Japan"
    if any(
        pin.aircraft == sortie.aircraft and pin.day == date for pin in case.scenario.pins.grounded
    ):
        yield f"takes off on {date}, when its aircraft is grounded"
    if not _together(case, terms.hours, sortie.takeoff, sortie.landing):
        yield f"is not flown within its aircraft's hours {_told(terms.hours)}"
    yield from _openings(case, sortie)


def _openings(case: Case, sortie: Sortie) -> Iterator[str]:
    for station, moment, what in (
        (sortie.station, sortie.takeoff, "takes off"),
        (sortie.recovery, sortie.landing, "lands"),
    ):
        terms = case.scenario.stations.get(station)
        if terms is None:
            continue
        if not terms.open:
            yield f"{what} at {station}, which is closed"
        elif not _together(case, terms.hours, moment, moment):
            yield f"{what} at {station} outside its hours {_told(terms.hours)}"


def _ends(case: Case, leg: Leg) -> Iterator[str]:
    for name, point in ((leg.start, leg.points[0]), (leg.end, leg.points[-1])):
        station = case.stations.get(name)
        if station and geodesic_nm(point, (station.lon, station.lat)) > PLACE_NM:
            yield f"leg {leg.start} to {leg.end} does not touch {name}"


def _together(case: Case, daily: tuple[time, time] | None, first: datetime, last: datetime) -> bool:
    """Return whether one daily opening, in local hours, holds both moments."""
    if daily is None or daily[0] == daily[1]:
        return True
    local = [each.astimezone(case.scenario.period.start.tzinfo) for each in (first, last)]
    opens = local[0].replace(
        hour=daily[0].hour, minute=daily[0].minute, second=daily[0].second, microsecond=0
    )
    lasts = timedelta(
        hours=(daily[1].hour - daily[0].hour) % 24,
        minutes=daily[1].minute - daily[0].minute,
        seconds=daily[1].second - daily[0].second,
    ) % timedelta(days=1)
    slack = timedelta(hours=CLOCK_H)
    return any(
        opens + shift - slack <= local[0] and local[1] <= opens + shift + lasts + slack
        for shift in (timedelta(0), timedelta(days=-1))
    )


def _told(daily: tuple[time, time] | None) -> str:
    return f"{daily[0]:%H:%M}-{daily[1]:%H:%M}" if daily else "at any time"


def _off(late_h: float) -> str:
    return f"{abs(late_h) * 60:.1f} min too {'late' if late_h > 0 else 'early'}"
