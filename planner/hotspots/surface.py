"""The surface: where, when and how many transfers to expect, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, ScenarioError, nearest
from planner.hotspots.card import model_card
from planner.hotspots.counts import forecast_count
from planner.hotspots.daytime import daily_profile
from planner.hotspots.estimators import ESTIMATORS
from planner.hotspots.fitting import Task
from planner.hotspots.history import History, on_sea
from planner.hotspots.ladder import point_smear
from planner.hotspots.settings import Settings
from planner.hotspots.unknown import unknown_share
from planner.hotspots.volume import mean_volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from planner.hotspots.counts import Count
    from planner.hotspots.fitting import Fit
    from planner.hotspots.history import Cells, Exposure
    from planner.hotspots.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """
    The belief about transfers in n cells.

    Parameters
    ----------
    share
        Share of all transfers expected in each cell, shape (n,); sums to one, positive at sea,
        zero on land.
    profile
        Rate in each local solar hour over the mean rate, shape (24,), mean one.
    scenarios
        Equally likely shares, shape (S, n); each sums to one.
    count
        Events to be reported in the next `settings.horizon_days`.
    volume
        Mean volume of a transfer.
    unknown
        Share of the belief in each cell that rests on no event and no look, shape (n,).
    card
        The model card: names and values as text, in order.
    cells
        The cells it was estimated for.
    """

    share: NDArray[np.float64]
    profile: NDArray[np.float64]
    scenarios: NDArray[np.float64]
    count: Count
    volume: Volume
    unknown: NDArray[np.float64]
    card: Mapping[str, str]
    cells: Cells

    def _repr_html_(self) -> str:
        """Show the surface in a notebook; drawing is loaded only then."""
        from planner.outputs.maps import surface_html

        return surface_html(self.share, self.cells.outlines(), card=self.card)


def estimate(
    history: History,
    cells: Cells,
    *,
    rng: np.random.Generator,
    estimator: str = "stack",
    settings: Settings | None = None,
    exposure: Exposure | None = None,
    prior: NDArray[np.float64] | None = None,
) -> Surface:
    """
    Estimate the surface from past events.

    Parameters
    ----------
    history
        Past events, ages as of the forecast.
    cells
        Cells of the area.
    rng
        The source of chance; the same state gives the same bytes.
    estimator
        A name in `ESTIMATORS`.
    settings
        The choices made; the defaults when not given.
    exposure
        Past looks. Without them the surface is partly a map of where patrols looked.
    prior
        Prior map, per nm² in any unit, shape (n,); even when not given.

    Raises
    ------
    ScenarioError
        When no estimator has that name, or the prior map is negative, not finite or zero.

    Examples
    --------
    >>> import numpy as np
    >>> from planner.hotspots.history import Cells, precise
    >>> xy_nm = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2) * 10
    >>> cells = Cells(xy_nm=xy_nm, sea_nm2=np.full(25, 100.0), spacing_nm=10.0)
    >>> events = precise(np.array([[20.0, 20.0], [21.0, 19.0]]), np.array([30.0, 200.0]))
    >>> surface = estimate(events, cells, rng=np.random.default_rng(1))
    >>> int(surface.share.argmax()), round(float(surface.share.sum()), 9)
    (12, 1.0)
    """
    settings = settings or Settings()
    fit_share = _named(estimator)
    used, rejected = on_sea(history, cells)
    task = Task(
        history=used,
        cells=cells,
        settings=settings,
        exposure=exposure,
        shape=_prior_shape(prior, cells),
        rng=rng,
    )
    fit = fit_share(task)
    return Surface(
        share=fit.share,
        profile=daily_profile(used),
        scenarios=draw_scenarios(fit, settings.scenarios, rng),
        count=forecast_count(used, settings.horizon_days),
        volume=mean_volume(used, rng),
        unknown=unknown_share(used, cells, exposure),
        card=model_card(
            used, rejected, cells, exposure, estimator=estimator, fit=fit, prior=prior is not None
        ),
        cells=cells,
    )


def draw_scenarios(fit: Fit, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """
    Return equally likely shares, shape (draws, n).

    Each gives every event a random weight (Rubin's Bayesian bootstrap), draws where in its region
    it was, and draws the hyper-parameters.
    """
    shares = np.empty((draws, len(fit.share)))
    for share in shares:
        share[:] = fit.again(_redrawn(fit.history, rng), rng)
    return shares


def _redrawn(history: History, rng: np.random.Generator) -> History:
    events = len(history)
    weight = rng.exponential(size=events)
    # The point of each event at which its running share passes a random mark.
    order = np.argsort(history.owner, kind="stable")
    running = np.cumsum(history.share[order])
    point = order[np.searchsorted(running, np.arange(events) + rng.uniform(0, 1 - 1e-9, events))]
    jitter = rng.normal(size=(events, 2)) * point_smear(history)[point, None]
    return History(
        xy_nm=history.xy_nm[point] + jitter,
        owner=np.arange(events),
        share=np.ones(events),
        age_days=history.age_days,
        count=history.count,
        solar_hour=history.solar_hour,
        volume_bbl=history.volume_bbl,
        weight=np.maximum(history.weight * weight / max(weight.mean(), 1e-12), 1e-9)
        if events
        else history.weight,
    )


def _named(estimator: str) -> Callable[[Task], Fit]:
    if estimator not in ESTIMATORS:
        expected = ", ".join(ESTIMATORS)
        fault = Fault(
            "hotspots.estimator",
            repr(estimator),
            f"one of {expected}",
            nearest(estimator, ESTIMATORS),
        )
        raise ScenarioError([fault])
    return ESTIMATORS[estimator]


def _prior_shape(prior: NDArray[np.float64] | None, cells: Cells) -> NDArray[np.float64]:
    """Return the prior map over its mean at sea; nowhere below a thousandth of it."""
    if prior is None:
        return np.ones(len(cells))
    mean = float(prior @ cells.sea_nm2 / cells.sea_nm2.sum()) if np.isfinite(prior).all() else 0.0
    if not (mean > 0 and (prior >= 0).all()):
        found = "a prior map with values that are negative, not finite, or all zero"
        raise ScenarioError([Fault("hotspots.prior", found, "values ≥ 0, some > 0")])
    return np.maximum(prior / mean, 1e-3)
