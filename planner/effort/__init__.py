"""Past effort: where patrols have looked, when, and how well."""

from __future__ import annotations

from planner.effort.reading import read_effort
from planner.effort.searched import Searched, Terms
from planner.effort.seen import exposure_of

__all__ = ["Searched", "Terms", "exposure_of", "read_effort"]
