"""What a hand-made plan says, before anything is made of it."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from planner.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SORTIES = 1_000
MOST_FIXES = 500_000
LONGEST_DWELL_H = 48.0
DWELL = re.compile(r"(?i)\bdwell\b[ :=]*([0-9]+(?:[.,][0-9]+)?) *(h|min|m)\b")
TAKEOFF = re.compile(
    r"(?i)\btake-?off\b[ :=]*([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{4,8})"
    r"(?: ?(UTC|Z|[+-][0-9]{2}:?[0-9]{2})\b)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A place passed at a moment; lon/lat in degrees, the moment with its offset from UTC."""

    when: datetime
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """
    A place searched.

    Parameters
    ----------
    where
        Where the file says so, as ``file:line``.
    cell
        Id of the cell; empty when only a position is given.
    lon, lat
        Position in degrees; not a number when only a cell is given.
    dwell_h
        Time searched, in hours.
    start
        When the search begins; follows from the flight when absent.
    """

    where: str
    cell: str = ""
    lon: float = math.nan
    lat: float = math.nan
    dwell_h: float
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """
    One sortie as drawn: a track of fixes, places searched, or both.

    Parameters
    ----------
    name
        What the file calls it.
    where
        Where it stands, as ``file:line``.
    words
        Texts that may name its aircraft, surest first.
    takeoff, landing
        When the file says so.
    recovery
        Id of the station where it lands, when the file says so.
    fixes
        In order of time.
    stops
        In order of flight.
    """

    name: str
    where: str
    words: tuple[str, ...]
    takeoff: datetime | None = None
    landing: datetime | None = None
    recovery: str = ""
    fixes: tuple[Fix, ...] = ()
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The sorties of a file, and what of it was not used."""

    sorties: tuple[Drawn, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A sortie while its parts are gathered from all over a file."""

    name: str
    where: str
    words: list[str] = field(default_factory=list)
    takeoff: datetime | None = None
    landing: datetime | None = None
    recovery: str = ""
    fixes: list[Fix] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    def drawn(self) -> Drawn:
        """Return the sortie, its parts in order of time."""
        return Drawn(
            name=self.name,
            where=self.where,
            words=tuple(dict.fromkeys(word for word in [*self.words, self.name] if word)),
            takeoff=self.takeoff,
            landing=self.landing,
            recovery=self.recovery,
            fixes=tuple(sorted(self.fixes, key=lambda fix: fix.when)),
            stops=_in_order(self.stops),
        )


class Drafts:
    """The sorties of a file by name, with the faults met while they are gathered."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.unused: dict[str, int] = defaultdict(int)
        self._drafts: dict[str, Draft] = {}
        self._refused: set[str] = set()

    def of(self, name: str, line: int) -> Draft:
        """Return the sortie of a name, begun at a line when it is new."""
        if name not in self._drafts:
            self._drafts[name] = Draft(name=name, where=self.at(line))
        return self._drafts[name]

    def of_track(self, name: str, line: int) -> Draft:
        """Return the sortie of a track; tracks of one name are sorties of their own."""
        found = self._drafts.get(name)
        return self.of(f"{name} (line {line})" if found and found.fixes else name, line)

    def at(self, line: int) -> str:
        """Return a place in the file."""
        return f"{self.file}:{line}"

    def fault(self, line: int, found: str, expected: str, hint: str = "") -> None:
        """Note a fault."""
        self.faults.append(Fault(self.at(line), found[:200], expected, hint))

    def moment(self, text: str, line: int) -> datetime | None:
        """Return a moment with its offset from UTC; nothing and one fault when it is none."""
        text, expected = text.strip(), "a time such as 2020-02-17T09:00:00+09:00"
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        else:
            expected = "a time with its offset, such as Z or +09:00"
        if moment is not None and moment.tzinfo is not None:
            return moment
        if text not in self._refused:
            self.fault(line, f"time {text!r}", expected)
        self._refused.add(text)
        return None

    def place(self, lon: str, lat: str, line: int) -> tuple[float, float] | None:
        """Return a position in degrees; nothing and a fault when it is none."""
        try:
            place = (float(lon), float(lat))
        except ValueError:
            place = (math.nan, math.nan)
        if abs(place[0]) <= 180 and abs(place[1]) <= 90:
            return place
        swapped = abs(place[1]) <= 180 and abs(place[0]) <= 90
        hint = "longitude comes first" if swapped else ""
        self.fault(line, f"position {lon!s}, {lat!s}", "longitude and latitude in degrees", hint)
        return None

    def dwell_h(self, facts: Mapping[str, str], line: int) -> float | None:
        """Return how long a place is searched: a value in hours or minutes, or told in words."""
        told = DWELL.search(" ".join(facts.get(key, "") for key in ("cmt", "desc", "name")))
        if facts.get("dwell_h"):
            text, unit_h = facts["dwell_h"], 1.0
        elif facts.get("dwell_min"):
            text, unit_h = facts["dwell_min"], 1 / 60
        elif told:
            text, unit_h = told[1].replace(",", "."), 1.0 if told[2].lower() == "h" else 1 / 60
        else:
            return None
        try:
            dwell_h = float(text) * unit_h
        except ValueError:
            dwell_h = math.nan
        if 0 < dwell_h <= LONGEST_DWELL_H:
            return dwell_h
        self.fault(line, f"dwell {text!r}", f"a time above 0 and at most {LONGEST_DWELL_H:g} h")
        return None

    def drawing(self) -> Drawing:
        """Return all sorties that hold something."""
        sorties = tuple(each.drawn() for each in self._drafts.values() if each.fixes or each.stops)
        notes = (f"{self.file}: {n} {what} not used" for what, n in sorted(self.unused.items()))
        return Drawing(sorties=sorties, notes=tuple(notes))


def _in_order(stops: list[Stop]) -> tuple[Stop, ...]:
    """Return stops by time when all have one, else as they stand in the file."""
    times = [stop.start for stop in stops if stop.start]
    if len(times) < len(stops):
        return tuple(stops)
    order = sorted(range(len(stops)), key=times.__getitem__)
    return tuple(stops[number] for number in order)


def takeoff_told(*texts: str) -> str:
    """
    Return the take-off time that some text tells, or nothing.

    Examples
    --------
    >>> takeoff_told("p3c-naha-1", "take-off 2020-02-17T09:00+09:00, two searches")
    '2020-02-17T09:00+09:00'
    >>> takeoff_told("take-off: 2020-02-17 09:00 UTC")
    '2020-02-17 09:00Z'
    """
    told = next((found for each in texts if (found := TAKEOFF.search(each))), None)
    return told[1] + (told[2] or "").upper().replace("UTC", "Z") if told else ""
