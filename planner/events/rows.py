"""The rows of a file of reports, in our own words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.events.regions import Region

FIELDS = {
    "id": "name of the report, unique in the file",
    "start": "when it began: 2018-02-13, 2018-02 or 2018-02-13T01:30+09:00",
    "end": "when it ended; the same day, month or moment when left out",
    "zone": "time zone of times without an offset: UTC, +09:00 or Asia/Tokyo",
    "published": "when it became known",
    "light": "night, day, mixed or unknown, as told",
    "count": "transfers told of, 1 when left out",
    "weight": "how far it is trusted, above 0, 1 when left out",
    "series": "name shared by events that are not independent",
    "region": "point, circle, range_bearing, area or none; told by the columns when left out",
    "lon": "longitude of a point or circle",
    "lat": "latitude of a point or circle",
    "position": "longitude and latitude in one text, or MGRS",
    "radius_km": "of a point: holds it with probability 0.9; of a circle: its radius",
    "ref_lon": "longitude of the place a range and bearing start from",
    "ref_lat": "latitude of that place",
    "distance_km": "range from that place",
    "rounding_km": "step the range was rounded to",
    "bearing_deg": "true bearing from that place",
    "half_width_deg": "how far the bearing may be off to either side",
    "ref_sd_km": "standard deviation of that place",
    "area": "polygon as well-known text, longitude first",
    "high_seas": "yes when it was outside any territorial sea",
    "basis": "words the position was derived from",
    "vessels": "ships, as told",
    "volume_bbl": "barrels of one transfer",
    "source": "who told",
}
MARGINALIA = frozenset(
    {
        "flag",
        "cargo",
        "volume_as_reported",
        "time_as_stated",
        "observer",
        "reporter",
        "source_title",
        "note",
    }
)


LONGEST_TOLD = 200


class DoubtError(Exception):
    """
    A row that cannot be taken as it stands.

    Parameters
    ----------
    found, expected
        What stands there, and what should.
    why
        The kind of doubt in a word or two.
    fault
        Whether it shows that the file as a whole is misread, so that reading must stop.
    """

    def __init__(self, *, found: str, expected: str, why: str, fault: bool = False) -> None:
        self.found = found if len(found) <= LONGEST_TOLD else f"{found[:LONGEST_TOLD]}…"
        self.expected, self.why, self.fault = expected, why, fault
        super().__init__(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One row of a file, in the words of `FIELDS`.

    Parameters
    ----------
    where
        File and line.
    values
        Stripped text of each field the row has; empty texts stand for nothing.
    region
        Position region, when the file holds shapes rather than text.
    """

    where: str
    values: Mapping[str, str]
    region: Region | None = None

    def text(self, name: str) -> str:
        """Return a field's text, empty when it has none."""
        return self.values.get(name, "")

    def choice(self, name: str, meaning: Mapping[str, bool | None]) -> bool | None:
        """Return what a word means; None when the field is empty."""
        text = self.text(name).lower()
        if text and text not in meaning:
            found = f"{name} = {self.text(name)!r}"
            raise DoubtError(found=found, expected=" or ".join(meaning), why="unreadable")
        return meaning.get(text)

    def number(
        self,
        name: str,
        default: float,
        *,
        above: float = -math.inf,
        at_least: float = -math.inf,
        at_most: float = 1e9,
    ) -> float:
        """Return a field as a number within its range, or the default when it is empty."""
        if not (text := self.text(name)):
            return default
        try:
            value = float(text) if "_" not in text else math.nan
        except ValueError:
            value = math.nan
        if not (above < value and at_least <= value <= at_most):
            low = f"> {above:g}" if above > -math.inf else f">= {at_least:g}"
            expected = f"a number {low} and <= {at_most:g}"
            raise DoubtError(
                found=f"{name} = {text!r}", expected=expected, why=f"impossible {name}"
            )
        return value
