"""Sorties drawn in a table: rows of places searched, or rows of timed fixes."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest
from typing import TYPE_CHECKING

from planner.errors import nearest
from planner.tracks.drawn import Fix, Stop

if TYPE_CHECKING:
    from datetime import datetime

    from planner.tracks.drawn import Draft, Drafts

COLUMNS = (
    "sortie", "aircraft", "takeoff", "landing", "time", "start", "end", "dwell_h", "dwell_min",
    "cell", "lon", "lat", "recovery",
)  # fmt: skip


def gather(text: str, drafts: Drafts) -> None:
    """
    Gather sorties from CSV text.

    Rows with `dwell_h`, `dwell_min` or `start` and `end` are searches of a `cell` or of `lon`,
    `lat`; rows with a `time` are fixes. Rows of one `sortie` (or else of one aircraft and
    take-off) belong together. Times are ISO 8601 with their offset; columns whose name ends in
    ``_utc`` need none.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        _check(header, drafts)
        for row in rows if not drafts.faults else ():
            if len(row) > len(header):
                found = f"{len(row)} values in a row"
                drafts.fault(rows.line_num, found, f"{len(header)}, as in the header")
            elif any(row):
                _row(_facts(header, row), rows.line_num, drafts)
    except csv.Error as problem:
        drafts.fault(rows.line_num, str(problem), "comma-separated values")


def _check(header: list[str], drafts: Drafts) -> None:
    known = [name.removesuffix("_utc") for name in header]
    missing = [name for name in ("aircraft",) if name not in known]
    if "cell" not in known and not {"lon", "lat"} <= set(known):
        missing.append("cell, or lon and lat,")
    for name in missing:
        found = f"columns {', '.join(header)}"
        drafts.fault(1, found, f"a column {name}", nearest(name, header))
    others = [name for name in known if name not in COLUMNS]
    if others:
        drafts.unused[f"columns ({', '.join(others)[:300]})"] = len(others)


def _facts(header: list[str], row: list[str]) -> dict[str, str]:
    """Return a row by column, times of UTC columns made whole, spreadsheets' guards taken off."""
    facts = {}
    for name, value in zip_longest(header, row, fillvalue=""):
        plain = value.strip().removeprefix("'")
        utc = name.endswith("_utc") and plain and not plain.endswith(("Z", "+00:00"))
        facts[name.removesuffix("_utc")] = f"{plain}Z" if utc else plain
    return facts


def _row(facts: dict[str, str], line: int, drafts: Drafts) -> None:
    name = facts.get("sortie") or f"{facts['aircraft']} {facts.get('takeoff', '')}".strip()
    draft = drafts.of(name, line)
    draft.words.append(facts["aircraft"])
    for key in ("takeoff", "landing"):
        if facts.get(key) and getattr(draft, key) is None:
            setattr(draft, key, drafts.moment(facts[key], line))
    draft.recovery = draft.recovery or facts.get("recovery", "")
    place = _place(facts, line, drafts)
    if facts.get("time"):
        when = drafts.moment(facts["time"], line)
        if when and place:
            draft.fixes.append(Fix(when=when, lon=place[0], lat=place[1]))
    else:
        _stop(facts, place, line, draft, drafts)


def _stop(
    facts: dict[str, str],
    place: tuple[float, float] | None,
    line: int,
    draft: Draft,
    drafts: Drafts,
) -> None:
    start, end = (_moment(facts.get(key, ""), line, drafts) for key in ("start", "end"))
    dwell_h = drafts.dwell_h({key: facts.get(key, "") for key in ("dwell_h", "dwell_min")}, line)
    if start and end and start < end:
        dwell_h = (end - start).total_seconds() / 3600
    if dwell_h is None:
        drafts.fault(line, "a place without a dwell", "dwell_h, or start before end, or time")
    elif place or facts.get("cell"):
        lon, lat = place or (float("nan"), float("nan"))
        stop = Stop(
            where=drafts.at(line),
            cell=facts.get("cell", ""),
            lon=lon,
            lat=lat,
            dwell_h=dwell_h,
            start=start,
        )
        draft.stops.append(stop)
    elif not (facts.get("lon") or facts.get("lat")):
        drafts.fault(line, "a row without a place", "cell, or lon and lat")


def _moment(text: str, line: int, drafts: Drafts) -> datetime | None:
    return drafts.moment(text, line) if text else None


def _place(facts: dict[str, str], line: int, drafts: Drafts) -> tuple[float, float] | None:
    if not (facts.get("lon") or facts.get("lat")):
        return None
    return drafts.place(facts.get("lon", ""), facts.get("lat", ""), line)
