"""Read a hand-made plan, whatever its format."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from planner.errors import Fault, PlanError
from planner.files import MEGABYTE, read_bytes
from planner.tracks import features, gpx, kml, table
from planner.tracks.drawn import MOST_FIXES, MOST_SORTIES, Drafts
from planner.tracks.markup import parse

if TYPE_CHECKING:
    from pathlib import Path

    from planner.tracks.drawn import Drawing

MOST_BYTES = 50 * MEGABYTE
MOST_FAULTS = 50
ENDINGS = (".kml", ".kmz", ".gpx", ".csv", ".geojson", ".json")


def read_drawing(path: Path) -> Drawing:
    """
    Read the sorties of a hand-made plan.

    A sortie is a track of timed fixes, or places searched, each with its dwell, and a take-off.

    Parameters
    ----------
    path
        A KML, KMZ, GPX, CSV or GeoJSON file.

    Raises
    ------
    PlanError
        With each time, place or dwell that makes no sense, or when nothing in it is a sortie.
    """
    data = read_bytes(path, limit=MOST_BYTES, error=PlanError)
    drafts, ending = Drafts(str(path)), path.suffix.lower()
    if ending == ".kmz":
        data = _unpacked(data, str(path))
    match ending:
        case ".kml" | ".kmz":
            kml.gather(parse(data, str(path)), drafts)
        case ".gpx":
            gpx.gather(parse(data, str(path)), drafts)
        case ".csv":
            table.gather(_text(data, str(path)), drafts)
        case ".geojson" | ".json":
            features.gather(_text(data, str(path)), drafts)
        case _:
            raise PlanError(
                [Fault(str(path), f"ends in {ending!r}", f"one of {', '.join(ENDINGS)}")]
            )
    return _finished(drafts)


def _finished(drafts: Drafts) -> Drawing:
    drawing = drafts.drawing()
    faults = drafts.faults[:MOST_FAULTS]
    if len(drafts.faults) > MOST_FAULTS:
        more = f"{len(drafts.faults) - MOST_FAULTS} more faults"
        faults.append(Fault(drafts.file, more, "none"))
    if not drawing.sorties and not faults:
        expected = "timed tracks, or places with a dwell"
        faults.append(Fault(drafts.file, "no sortie in it", expected))
    fixes = sum(len(each.fixes) + len(each.stops) for each in drawing.sorties)
    if fixes > MOST_FIXES or len(drawing.sorties) > MOST_SORTIES:
        found = f"{len(drawing.sorties):,} sorties of {fixes:,} fixes"
        most = f"at most {MOST_SORTIES:,} of {MOST_FIXES:,}"
        faults.append(Fault(drafts.file, found, most))
    if faults:
        raise PlanError(faults)
    return drawing


def _unpacked(data: bytes, name: str) -> bytes:
    """Return the KML in a KMZ, no larger than a KML may be; what it is called does not matter."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = sorted(e for e in archive.namelist() if e.lower().endswith(".kml"))
            if not inside:
                raise PlanError([Fault(name, "no KML inside", "a doc.kml")])
            chosen = "doc.kml" if "doc.kml" in inside else inside[0]
            with archive.open(chosen) as file:
                content = file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as problem:
        if isinstance(problem, PlanError):
            raise
        raise PlanError([Fault(name, f"cannot be unpacked ({problem})", "a KMZ file")]) from None
    if len(content) > MOST_BYTES:
        raise PlanError([Fault(name, "too large inside", f"at most {MOST_BYTES / MEGABYTE:g} MB")])
    return content


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        found = f"byte 0x{data[problem.start]:02x}"
        raise PlanError([Fault(f"{name}:{line}", found, "UTF-8 text")]) from None
