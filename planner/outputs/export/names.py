"""Names that navigation units accept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.outputs.export.course import Fix

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTH = 5


class Waypoints:
    """
    Unique waypoint names of five letters and digits.

    One place has one name wherever it occurs. The name of a station or cell is its id, cut or
    filled up to five; everything else is numbered.

    Examples
    --------
    >>> names = Waypoints()
    >>> names.of("K12", 124.0, 31.0), names.of("kanoya", 130.8, 31.4), names.of("", 125.0, 32.0)
    ('K0012', 'KANOY', 'P0002')
    """

    def __init__(self) -> None:
        self._names: dict[tuple[float, float], str] = {}

    def of(self, name: str, lon: float, lat: float) -> str:
        """Return the name of a place."""
        place = (lon, lat)
        if place not in self._names:
            wanted = five(name)
            taken = set(self._names.values())
            self._names[place] = wanted if wanted and wanted not in taken else self._next(taken)
        return self._names[place]

    def of_fix(self, fix: Fix) -> str:
        """Return the name of a fix."""
        return self.of(fix.name, fix.lon, fix.lat)

    def _next(self, taken: set[str]) -> str:
        number = len(taken)
        while (name := "P" + _base36(number)) in taken:
            number += 1
        return name


def five(name: str) -> str:
    """
    Return a name cut or filled up to five letters and digits; nothing when it has none.

    Examples
    --------
    >>> five("K12"), five("AB1234"), five("naha"), five("嘉手納")
    ('K0012', 'AB123', 'NAHA0', '')
    """
    letters, digits = re.fullmatch(
        r"([A-Z0-9]*?)([0-9]*)", re.sub(r"[^A-Z0-9]", "", name.upper())
    ).groups()  # type: ignore[union-attr]
    return (letters + digits.rjust(LENGTH - len(letters), "0"))[:LENGTH] if letters + digits else ""


def _base36(number: int) -> str:
    digits = ""
    for _ in range(LENGTH - 1):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits


def plain_capitals(words: str, limit: int) -> str:
    """
    Return words as avionics show them: capitals, digits, spaces and slashes.

    Examples
    --------
    >>> plain_capitals("S01 p3c-naha-1 <b>", 25)
    'S01 P3C NAHA 1 B'
    """
    kept = re.sub(r"[^A-Z0-9/]+", " ", words.upper()).strip()
    return kept[:limit].strip()
