"""Maps: plans in space and time, in one offline page."""

from __future__ import annotations

from planner.outputs.maps.notebook import plan_html
from planner.outputs.maps.page import build_map
from planner.outputs.maps.surface import surface_html

__all__ = ["build_map", "plan_html", "surface_html"]
