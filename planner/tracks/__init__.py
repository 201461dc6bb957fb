"""Read plans that people drew by hand: KML, KMZ, GPX, CSV and GeoJSON."""

from __future__ import annotations

from planner.tracks.drawn import Drawing, Drawn, Fix, Stop
from planner.tracks.reading import read_drawing

__all__ = ["Drawing", "Drawn", "Fix", "Stop", "read_drawing"]
