"""Read past effort, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.effort.features import gather_features
from planner.effort.searched import Gathered
from planner.effort.table import gather_table
from planner.effort.tracks import gather_drawing
from planner.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.effort.searched import Searched, Terms

MOST_FAULTS = 100
READERS = {
    ".csv": gather_table,
    ".geojson": gather_features,
    ".json": gather_features,
    ".gpx": gather_drawing,
    ".kml": gather_drawing,
    ".kmz": gather_drawing,
}


def read_effort(path: Path, terms: Terms) -> tuple[Searched, ...]:
    """
    Read where patrols looked in the past, when, and how well.

    Parameters
    ----------
    path
        CSV of cells, discs or tracks; GeoJSON of areas, lines, points or cells; GPX, KML or KMZ of
        timed tracks.
    terms
        What it is read against.

    Raises
    ------
    ScenarioError
        With each row that is no search, up to a hundred of them.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        expected = f"one of {', '.join(READERS)}"
        raise ScenarioError([Fault(str(path), f"ends in {path.suffix!r}", expected)])
    gathered = Gathered(terms)
    read(path, gathered)
    if gathered.faults:
        more = len(gathered.faults) - MOST_FAULTS
        rest = [Fault(str(path), f"{more} more faults", "none")] if more > 0 else []
        raise ScenarioError([*gathered.faults[:MOST_FAULTS], *rest])
    return tuple(gathered.searched)
