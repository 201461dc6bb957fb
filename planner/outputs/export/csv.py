"""CSV: one row for every visit, safe to open in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.outputs.tables import sorties_csv

if TYPE_CHECKING:
    from planner.plan import Plan


def write(plan: Plan) -> bytes:
    """Return a plan as CSV, with the mark by which spreadsheets know UTF-8."""
    return b"\xef\xbb\xbf" + sorties_csv(plan).encode()
