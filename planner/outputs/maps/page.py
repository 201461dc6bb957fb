"""The map of one plan, or of several to compare, as one page that needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.outputs.maps.offline import own_assets, self_contained
from planner.outputs.maps.payload import payload
from planner.outputs.maps.shore import land_around, places_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import folium

    from planner.plan import Plan

MOST_PLANS = 8


def build_map(plans: Sequence[Plan], *, land: Mapping[str, Any] | None = None) -> str:
    """
    Return a self-contained HTML page that shows plans in space and time.

    Parameters
    ----------
    plans
        One plan to review, two to swipe between, up to eight as small multiples.
    land
        Land as a GeoJSON mapping (a geometry, feature or collection), lon/lat degrees; the
        shipped coast round the plans when not given.

    Returns
    -------
    html
        The page. The same plans and land give the same bytes.

    Raises
    ------
    ValueError
        When there are no plans, or more than eight.
    OfflineError
        When an asset of the page has no local source.
    """
    if not 1 <= len(plans) <= MOST_PLANS:
        msg = f"{len(plans)} plans, expected 1 to {MOST_PLANS}"
        raise ValueError(msg)
    page = _folium_map()
    return self_contained(
        page,
        title=" / ".join(plan.title or plan.name for plan in plans)[:300],
        head=own_assets(".css"),
        body="<noscript>This map needs JavaScript; it runs without a network.</noscript>",
        script=f"(() => {{\n'use strict';\n{own_assets('.js')}\nstart(map_00);\n}})();",
        data=payload(plans, land or land_around(places_of(plans))),
    )


def _folium_map() -> folium.Map:
    import folium

    return folium.Map(
        location=(30, 128),
        zoom_start=5,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_animation=False,
        fade_animation=False,
        marker_zoom_animation=False,
        zoom_snap=0.25,
        keyboard=False,
        min_zoom=3,
        max_zoom=13,
    )
