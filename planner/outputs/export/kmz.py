"""KMZ: the KML in a zip, with the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from planner.outputs.export import kml

if TYPE_CHECKING:
    from planner.plan import Plan

# The earliest moment a zip can hold, in place of the time of writing.
WRITTEN = (1980, 1, 1, 0, 0, 0)


def write(plan: Plan) -> bytes:
    """Return a plan as KMZ: a zip whose only file is `doc.kml`."""
    entry = zipfile.ZipInfo("doc.kml", WRITTEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, kml.write(plan), compresslevel=9)
    return packed.getvalue()
