"""The model card: what the surface rests on, told to someone who has never seen the tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.hotspots.fitting import Fit
    from planner.hotspots.history import Cells, Exposure, History

FEW_EVENTS = 20
OLD_DAYS = 365.25


def model_card(
    history: History,
    rejected: int,
    cells: Cells,
    exposure: Exposure | None,
    *,
    estimator: str,
    fit: Fit,
    prior: bool,
) -> Mapping[str, str]:
    """Return the model card: names and values as text, in order."""
    return {
        "estimator": estimator,
        **_window(history, rejected),
        "positions": _positions(history, cells),
        "prior map": "given by the scenario" if prior else "none: all sea starts alike",
        "exposure": _exposure(exposure),
        **fit.facts,
        "blind spots": _blind_spots(history, exposure),
    }


def effective_events(history: History) -> float:
    """
    Return how many equally trusted events would weigh as much.

    Kish, L. (1965). *Survey Sampling*, section 11.7: squared sum over sum of squares.
    """
    mass = history.mass
    return float(mass.sum() ** 2 / (mass**2).sum()) if len(mass) else 0.0


def _window(history: History, rejected: int) -> dict[str, str]:
    if not len(history):
        return {"events used": "none", "events rejected": _rejected(rejected)}
    oldest, newest = history.age_days.max(), history.age_days.min()
    return {
        "events used": f"{len(history)} reports of {history.count.sum():.0f} transfers",
        "events rejected": _rejected(rejected),
        "data window": f"{oldest:.0f} to {newest:.0f} days before the forecast",
        "age of newest": f"{newest:.0f} days ({newest / 365.25:.1f} years)",
        "effective number of events": f"{effective_events(history):.1f}",
    }


def _rejected(rejected: int) -> str:
    return f"{rejected}, wholly on land or outside the area" if rejected else "none"


def _positions(history: History, cells: Cells) -> str:
    if not len(history):
        return "none"
    points = np.bincount(history.owner)
    vague = int((points > 1).sum())
    known = f"{len(history) - vague} known to a point, {vague} as regions"
    return f"{known}; cells {cells.spacing_nm:.3g} nm apart"


def _exposure(exposure: Exposure | None) -> str:
    if exposure is None:
        return "not given: the map is partly a map of past patrols"
    looks = f"{len(exposure.cell)} looks, {exposure.pod.sum():.1f} expected full looks"
    return f"{looks}; reports without a patrol worth {exposure.passive_per_day:.3g} looks a day"


def _blind_spots(history: History, exposure: Exposure | None) -> str:
    spots = []
    if len(history) < FEW_EVENTS:
        spots.append(f"fewer than {FEW_EVENTS} reports: the bands matter more than the map")
    if len(history) and history.age_days.min() > OLD_DAYS:
        spots.append("no report for over a year: traffic may have moved")
    if exposure is None:
        spots.append("where nobody looked, nothing was reported")
    if not np.isfinite(history.solar_hour).any():
        spots.append("no report tells the hour: all hours alike")
    if not np.isfinite(history.volume_bbl).any():
        spots.append("no report tells the volume")
    return "; ".join(spots) if spots else "none known"
