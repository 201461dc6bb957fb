"""The plan as CSV: one row for every visit, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from planner.check import Meeting
    from planner.plan import Plan, Sortie

HEADER = (
    "sortie", "aircraft", "type", "station", "recovery", "takeoff_utc", "landing_utc",
    "airborne_h", "endurance_h", "sortie_seen", "sortie_barrels", "visit", "cell", "lon", "lat",
    "start_utc", "end_utc", "dwell_h", "pod", "sweep_width_nm", "condition", "seen",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@")
UNSEEN = dict.fromkeys([*range(32), 0x7F, 0x85, 0x2028, 0x2029], " ")


def sorties_csv(plan: Plan) -> str:
    """
    Return one row for every visit of every sortie, times in UTC.

    The last columns are the whole sortie's hours inside each zone that can be priced, and the
    standing orders that the plan sets aside, in each row: who sees only some rows sees them too.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    inside = (plain(f"inside_{zone}_h") for zone in _priced(plan))
    writer.writerow([*HEADER, *inside, "orders_set_aside"])
    for sortie in plan.sorties:
        writer.writerows([plain(value) for value in row] for row in _rows(plan, sortie))
    return text.getvalue()


def cells_csv(plan: Plan) -> str:
    """Return one row for every cell: what is expected, what is seen, and why not more."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        ["cell", "lon", "lat", "area_nm2", "transfers", "low", "high", "barrels", "unknown",
         "seen", "reason", "why", "change", "price"]
    )  # fmt: skip
    for cell in plan.cells:
        reason = cell.reason
        why = (reason.code, reason.text, reason.change, reason.price) if reason else ("",) * 4
        row = [cell.id, cell.lon, cell.lat, cell.area_nm2, cell.transfers, cell.low, cell.high,
               cell.barrels, cell.unknown, cell.seen, *why]  # fmt: skip
        writer.writerow([plain(value) for value in row])
    return text.getvalue()


def meetings_csv(meetings: Sequence[Meeting]) -> str:
    """Return one row for each near meeting of two sorties; heights where they search."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        ["sortie", "other_sortie", "aircraft", "other_aircraft", "at_utc", "other_at_utc",
         "lon", "lat", "distance_nm", "height_ft", "other_height_ft"]
    )  # fmt: skip
    for each in meetings:
        times = (_utc(moment) for moment in each.times)
        row = [*each.sorties, *each.aircraft, *times, *each.lonlat, each.distance_nm,
               *each.heights_ft]  # fmt: skip
        writer.writerow([plain(value) for value in row])
    return text.getvalue()


def plain(value: object) -> str:
    """
    Return a value as one line of text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> plain("=cmd|x"), plain(-1.25), plain(None)
    ("'=cmd|x", '-1.25', '')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value).translate(UNSEEN)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def _rows(plan: Plan, sortie: Sortie) -> Iterator[list[object]]:
    types = {aircraft.id: aircraft.type for aircraft in plan.aircraft}
    places = {cell.id: (cell.lon, cell.lat) for cell in plan.cells}
    flight = [
        sortie.id, sortie.aircraft, types[sortie.aircraft], sortie.station, sortie.recovery,
        _utc(sortie.takeoff), _utc(sortie.landing), sortie.airborne_h, sortie.endurance_h,
        sortie.seen, sortie.barrels,
    ]  # fmt: skip
    inside_h = [sortie.inside_h.get(zone, 0.0) for zone in _priced(plan)]
    aside = "; ".join(f"{each.where}: {each.found}" for each in plan.relaxed if each.why)
    for number, visit in enumerate(sortie.visits, start=1):
        yield [
            *flight, number, visit.cell, *places[visit.cell], _utc(visit.start), _utc(visit.end),
            visit.dwell_h, visit.pod, visit.sweep_width_nm, visit.condition, visit.seen, *inside_h,
            aside,
        ]  # fmt: skip


def _priced(plan: Plan) -> list[str]:
    return [zone.id for zone in plan.zones if zone.rule == "priced"]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
