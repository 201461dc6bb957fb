"""Stations and aircraft types that come with the planner, every figure with its source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.errors import Fault, ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIGURES = {
    "cruise_kn": "cruise speed, in knots",
    "loiter_kn": "speed on search, in knots",
    "max_speed_kn": "greatest speed, in knots",
    "endurance_h": "longest flight, in hours",
    "range_nm": "greatest distance flown, in nm",
    "radius_nm": "distance out and back with time on station, in nm",
    "on_station_at_radius_h": "time on station at that radius, in hours",
    "search_altitude_ft": "height on search, in feet",
    "least_altitude_ft": "least height, in feet",
    "ceiling_ft": "greatest height, in feet",
    "radar_range_nm": "distance at which large ships are detected by radar, in nm",
    "crew": "people aboard",
    "sortie_h": "length of a documented sortie, in hours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """
    An aerodrome in Japan.

    Parameters
    ----------
    id
        Short name, for scenarios.
    name, icao, operator
        Name, ICAO code and who runs it.
    lon, lat
        Position in degrees.
    elevation_ft
        Height above the sea, in feet.
    runway_m
        Length of the longest runway, in metres.
    use
        ``mission`` when a source names it for patrols against these transfers, ``usable`` when
        patrol aircraft are based there, ``divert`` when it only suits landing elsewhere.
    detachments
        Who was there and when, as published.
    aerodrome_source, source
        Where position and runway, and where its use is told.
    note
        What else to know.
    """

    id: str
    name: str
    icao: str
    lon: float
    lat: float
    elevation_ft: float
    runway_m: float
    operator: str
    use: str
    detachments: str
    aerodrome_source: str
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A published figure, where it is published, and what it leaves open."""

    value: float
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AircraftType:
    """
    A type of aircraft and what is published of it.

    Parameters
    ----------
    id, name
        Short name and full name; scenarios may use either.
    operator
        Who flies it on this mission.
    documented
        Whether a source names it on this mission.
    radar, radar_source
        Radar as named, and where; empty when not published.
    figures
        Published figures by the names of `FIGURES`; what is not published is absent.
    note
        What else to know.
    """

    id: str
    name: str
    operator: str
    documented: bool
    radar: str
    radar_source: str
    figures: Mapping[str, Figure]
    note: str

    def value(self, figure: str) -> float | None:
        """Return a published figure's value, or None when there is none."""
        published = self.figures.get(figure)
        return published.value if published else None


@cache
def stations() -> tuple[Station, ...]:
    """Return all stations, the documented ones first."""
    return tuple(
        Station(
            id=row["id"],
            name=row["name"],
            icao=row["icao"],
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            elevation_ft=float(row["elevation_ft"]),
            runway_m=float(row["runway_m"]),
            operator=row["operator"],
            use=row["use"],
            detachments=row["detachments"],
            aerodrome_source=row["aerodrome_source"],
            source=row["source"],
            note=row["note"],
        )
        for row in _table("stations.csv")
    )


@cache
def aircraft_types() -> tuple[AircraftType, ...]:
    """Return all aircraft types."""
    figures: dict[str, dict[str, Figure]] = {}
    for row in _table("aircraft.csv"):
        figure = Figure(value=float(row["value"]), source=row["source"], note=row["note"])
        figures.setdefault(row["type"], {})[row["figure"]] = figure
    return tuple(
        AircraftType(
            id=row["id"],
            name=row["name"],
            operator=row["operator"],
            documented=row["documented"] == "yes",
            radar=row["radar"],
            radar_source=row["radar_source"],
            figures=MappingProxyType(figures.get(row["id"], {})),
            note=row["note"],
        )
        for row in _table("aircraft_types.csv")
    )


def station(name: str, *, where: str = "station") -> Station:
    """
    Return a station by its id, ICAO code or name, in any case.

    Parameters
    ----------
    name
        What the user wrote.
    where
        Where the user wrote it, for the message.

    Raises
    ------
    ScenarioError
        When there is none, with the nearest right name.

    Examples
    --------
    >>> station("RODN").name
    'Kadena Air Base'
    >>> station("Kanoia")
    Traceback (most recent call last):
    ...
    planner.errors.ScenarioError: station: 'Kanoia', expected a known station (did you mean 'kanoya'?)
    """  # noqa: E501
    names = {each: s for s in stations() for each in (s.id, s.icao, s.name)}
    return names[_known(name, names, where, "a known station")]


def aircraft_type(name: str, *, where: str = "type") -> AircraftType:
    """
    Return an aircraft type by its id or name, in any case; see `station`.

    Examples
    --------
    >>> aircraft_type("p-8a").name
    'P-8A'
    """
    names = {each: t for t in aircraft_types() for each in (t.id, t.name)}
    return names[_known(name, names, where, "a known aircraft type")]


def figure(type_name: str, name: str, *, where: str = "aircraft") -> Figure:
    """
    Return a published figure of an aircraft type.

    Parameters
    ----------
    type_name
        Id or name of the type.
    name
        Name of the figure, one of `FIGURES`.
    where
        Where the scenario asks for it, for the message.

    Raises
    ------
    ScenarioError
        When the type or figure is unknown; or when no figure is published, so that the scenario
        must give one, labelled as an assumption.

    Examples
    --------
    >>> figure("P-3C", "endurance_h").value
    10.0
    >>> figure("P-1", "endurance_h")
    Traceback (most recent call last):
    ...
    planner.errors.ScenarioError: aircraft: no published endurance_h for P-1, expected longest flight, in hours (give endurance_h in the scenario; it is an assumption)
    """  # noqa: E501
    each = aircraft_type(type_name, where=where)
    name = _known(name, FIGURES, where, "a known figure")
    if name not in each.figures:
        hint = f"give {name} in the scenario; it is an assumption"
        found = f"no published {name} for {each.name}"
        raise ScenarioError([Fault(where, found, FIGURES[name], hint)])
    return each.figures[name]


def _known(name: str, known: Iterable[str], where: str, expected: str) -> str:
    """Return the known word that a word means, whatever its case."""
    words = {word.casefold(): word for word in known}
    if name.casefold() not in words:
        hint = nearest(name.casefold(), words)
        raise ScenarioError([Fault(where, repr(name), expected, hint)])
    return words[name.casefold()]


def _table(name: str) -> list[dict[str, str]]:
    text = (resources.files("planner") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
