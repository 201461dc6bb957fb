"""What geometry kept on disk depends on besides its inputs."""

from __future__ import annotations

import pyproj
import shapely

from planner.cache import code_version


def geometry_version() -> bytes:
    """Return what changes when this package's geometry, or a library below it, changes."""
    versions = (shapely.geos_version_string, pyproj.proj_version_str, pyproj.__version__)
    return code_version("planner.geo", *versions)
