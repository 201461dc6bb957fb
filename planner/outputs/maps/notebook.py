"""Plans in a notebook: the map itself, in a frame that can reach nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from planner.outputs.maps.page import build_map

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.plan import Plan


def plan_html(plan: Plan, *, land: Mapping[str, Any] | None = None, height_px: int = 680) -> str:
    """
    Return a plan's map as a frame for a notebook's output cell.

    The page travels inside the frame's own attribute and runs without the notebook's rights, so
    it works offline and a name in the plan can do no harm.

    Parameters
    ----------
    plan
        The plan to show.
    land
        Land as a GeoJSON mapping; the shipped coast when not given.
    height_px
        Height of the frame in pixels.

    Returns
    -------
    html
        One `iframe` element, fit for `_repr_html_`.
    """
    page = escape(build_map([plan], land=land), quote=True)
    return (
        f'<iframe title="Patrol plan" sandbox="allow-scripts allow-downloads allow-modals" '
        f'style="width:100%;height:{height_px:d}px;border:0" srcdoc="{page}"></iframe>'
    )
