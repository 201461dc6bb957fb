"""What geometry kept on disk depends on besides its inputs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pyproj
import shapely

from planner.cache import digest


@cache
def geometry_version() -> bytes:
    """Return what changes when this package's geometry, or a library below it, changes."""
    sources = sorted(files("planner.geo").iterdir(), key=lambda each: each.name)
    code = [each.read_bytes() for each in sources if each.name.endswith(".py")]
    libraries = [shapely.geos_version_string, pyproj.proj_version_str, pyproj.__version__]
    return digest([*code, *(name.encode() for name in libraries)]).encode()
