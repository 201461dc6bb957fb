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
MEANING = {
    "uniform": "all sea alike",
    "grid": "last year's reports counted in squares",
    "kde": "one bump of one width round every report",
    "adaptive": "bumps round reports, narrower where they crowd",
    "cascade": "rates refined from wide waters to narrow ones",
    "stack": "many maps averaged, each counting by how well it would have forecast the past",
}


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
        "estimator": f"{estimator}, {MEANING[estimator]}" if estimator in MEANING else estimator,
        **_window(history, rejected),
        "positions": _positions(history, cells),
        "prior map": "given by the scenario" if prior else "none given: all sea starts alike",
        "past effort": _exposure(exposure),
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
        "data window": f"from {span(oldest)} to {span(newest)} before the period",
        "age of newest": span(newest),
        "effective number of events": (
            f"{effective_events(history):.1f}; reports of unequal weight tell as much as so many "
            "equal ones"
        ),
    }


def span(days: float) -> str:
    """Return a number of days in words, in years when there are many."""
    return f"{days:.0f} days" if days < 2 * OLD_DAYS else f"{days / 365.25:.1f} years"


def _rejected(rejected: int) -> str:
    return f"{rejected}, wholly on land or outside the area" if rejected else "none"


def _positions(history: History, cells: Cells) -> str:
    if not len(history):
        return "none"
    points = np.bincount(history.owner)
    vague = int((points > 1).sum())
    known = f"{len(history) - vague} known to a point, {vague} only to a region"
    return f"{known}; cells are {cells.spacing_nm:.3g} nm apart"


def _exposure(exposure: Exposure | None) -> str:
    if exposure is None:
        return "not given, so the map is partly a map of where patrols looked"
    looks = f"{len(exposure.cell)} looks at cells, worth {exposure.pod.sum():.1f} that miss nothing"
    passive = f"{exposure.passive_per_day:.3g} such looks a day at every cell"
    return f"{looks}; what comes to light without a patrol counts as {passive}"


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
