"""Write a plan for other programs: one file a format, one line here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from planner.errors import Fault, PlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from planner.plan import Plan

FORMATS = {
    "kml": "Google Earth: timed tracks in folders by day and aircraft",
    "kmz": "the same, zipped",
    "gpx": "navigation units: tracks and routes, names of five characters",
    "gpkg": "QGIS and other GIS: nine layers with their styles",
    "geojson": "web maps and scripts: one collection",
    "csv": "spreadsheets: one row a visit",
    "fpl": "Garmin flight plans: one file a sortie",
}
MOST_FAULTS = 50
ONE_SORTIE_A_FILE = frozenset({"fpl"})


def export(plan: Plan, to: str) -> bytes:
    """
    Return a plan in another format; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan. Formats that hold one sortie a file want a plan of one sortie.
    to
        A key of `FORMATS`.

    Raises
    ------
    PlanError
        When the plan's sorties or outlines do not hang together, as they may in a plan.json that
        somebody changed.
    """
    if faults := [Fault(plan.name, each, "a plan that hangs together") for each in _loose(plan)]:
        raise PlanError(faults[:MOST_FAULTS])
    write: Callable[[Plan], bytes] = importlib.import_module(f"{__name__}.{to}").write
    return write(plan)


def only(plan: Plan, sorties: Collection[str]) -> Plan:
    """Return the plan with some of its sorties, by id."""
    kept = tuple(sortie for sortie in plan.sorties if sortie.id in sorties)
    return plan.model_copy(update={"sorties": kept})


def _loose(plan: Plan) -> Iterator[str]:
    """Yield what of a plan stands for nothing, or is too short to be drawn."""
    cells = {cell.id for cell in plan.cells}
    for sortie in plan.sorties:
        if len(sortie.legs) != len(sortie.visits) + 1:
            yield f"{sortie.id} has {len(sortie.legs)} legs for {len(sortie.visits)} visits"
        if any(len(leg.points) < 2 for leg in sortie.legs):
            yield f"{sortie.id} has a leg of fewer than 2 points"
        for visit in sortie.visits:
            if visit.cell not in cells:
                yield f"{sortie.id} searches {visit.cell!r}, which is no cell of the plan"
            if visit.pattern and len(visit.pattern.track) < 2:
                yield f"{sortie.id} has a pattern of fewer than 2 points in {visit.cell!r}"
    areas = [(cell.id, cell.rings) for cell in plan.cells]
    areas += [(report.id, report.rings) for report in plan.reports]
    areas += [(zone.id, zone.rings) for zone in plan.zones if not zone.lines]
    for name, rings in areas:
        if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
            yield f"{name} has a ring that is not closed"
    for zone in plan.zones:
        if zone.lines and any(len(ring) < 2 for ring in zone.rings):
            yield f"{zone.id} has a line of fewer than 2 points"
