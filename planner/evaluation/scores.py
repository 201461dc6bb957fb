"""Scores of forecast maps against the events that followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.history import Cells, History

AREAS = (0.01, 0.05, 0.10)
REGIONS = (0.50, 0.80, 0.95)
BIN_EDGES = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, np.inf)
BLOCK_PERIODS = 4
RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    One forecast map beside the events of its period.

    Each of E events has one or more points (its position region), m in all.

    Parameters
    ----------
    owner
        Event of each point, shape (m,).
    chance
        Chance that the event was at the point, shape (m,); sums to one over each event.
    times_uniform
        Share forecast at the point over that of a uniform map, shape (m,).
    area_above
        Share of the sea forecast denser than the point's cell, shape (m,).
    share_above
        Share of all events forecast in those denser cells, shape (m,).
    forecast
        Share forecast in each density bin of `BIN_EDGES`, shape (bins,).
    """

    owner: NDArray[np.int64]
    chance: NDArray[np.float64]
    times_uniform: NDArray[np.float64]
    area_above: NDArray[np.float64]
    share_above: NDArray[np.float64]
    forecast: NDArray[np.float64]

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.owner.max(initial=-1)) + 1

    @property
    def nats(self) -> NDArray[np.float64]:
        """Information gained over a uniform map by each event, in nats, shape (E,)."""
        expected = np.bincount(self.owner, self.chance * self.times_uniform, self.events)
        nats: NDArray[np.float64] = np.log(np.maximum(expected, 1e-300))
        return nats

    @property
    def observed(self) -> NDArray[np.float64]:
        """Number of events in each density bin, shape (bins,)."""
        return _by_bin(self.times_uniform, self.chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its 95 % block-bootstrap interval."""

    value: float
    low: float
    high: float


def score(share: NDArray[np.float64], cells: Cells, events: History) -> Outcome:
    """
    Compare a forecast with what happened.

    Parameters
    ----------
    share
        Share of all events forecast in each cell, shape (n,).
    cells
        The cells.
    events
        What happened in the period.
    """
    sea = cells.sea_nm2 > 0
    area = cells.sea_nm2 / cells.sea_nm2.sum()
    times = np.where(sea, share / np.where(sea, area, 1.0), 0.0)
    # Cells of one density come in no order, so that a uniform map hits as much as its area.
    mixed = np.random.default_rng(0).permutation(len(cells))
    order = mixed[np.argsort(-times[mixed].astype(np.float32), kind="stable")]
    area_above, share_above = np.empty(len(cells)), np.empty(len(cells))
    area_above[order] = np.cumsum(area[order]) - area[order]
    share_above[order] = np.cumsum(share[order]) - share[order]
    cell, _ = cells.holding(events.xy_nm)
    return Outcome(
        owner=events.owner,
        chance=events.share,
        times_uniform=times[cell],
        area_above=area_above[cell],
        share_above=share_above[cell],
        forecast=_by_bin(times[sea], share[sea]),
    )


def density_bin(times_uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of `BIN_EDGES` of each density, shape as given."""
    return np.searchsorted(BIN_EDGES, times_uniform, side="right").clip(1, len(BIN_EDGES) - 1) - 1


def _by_bin(times_uniform: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.bincount(density_bin(times_uniform), weight, len(BIN_EDGES) - 1)
    return total.astype(float)


def information(outcomes: list[Outcome], rng: np.random.Generator) -> Interval:
    """Return the mean information gain in nats per event, with its interval."""
    return information_at(outcomes, [np.ones(each.events, dtype=bool) for each in outcomes], rng)


def information_at(
    outcomes: list[Outcome], chosen: list[NDArray[np.bool_]], rng: np.random.Generator
) -> Interval:
    """Return the mean information gain at some of the events; `chosen` has shape (E,) each."""
    pairs = list(zip(outcomes, chosen, strict=True))
    total = np.array([outcome.nats[some].sum() for outcome, some in pairs])
    return block_interval(total, np.array([some.sum() for some in chosen], dtype=float), rng)


def unseen(past: History, events: History, cells: Cells) -> NDArray[np.bool_]:
    """Return which events fell where no past event can have been, shape (E,)."""
    seen = np.zeros(len(cells), dtype=bool)
    seen[cells.holding(past.xy_nm)[0]] = True
    known = np.bincount(events.owner, seen[cells.holding(events.xy_nm)[0]], len(events))
    new: NDArray[np.bool_] = known == 0
    return new


def block_interval(
    total: NDArray[np.float64], events: NDArray[np.float64], rng: np.random.Generator
) -> Interval:
    """
    Return a ratio of sums over periods with its 95 % interval.

    Periods are resampled in runs, which keeps what links neighbours (Kuensch, H. R. (1989). The
    jackknife and the bootstrap for general stationary observations. *Annals of Statistics*,
    17(3), 1217-1241). All are NaN when there is no event.
    """
    if not events.any():
        return Interval(value=float("nan"), low=float("nan"), high=float("nan"))
    periods = len(total)
    runs = -(-periods // BLOCK_PERIODS)
    first = rng.integers(0, periods, size=(RESAMPLES, runs, 1))
    drawn = ((first + np.arange(BLOCK_PERIODS)) % periods).reshape(RESAMPLES, -1)[:, :periods]
    ratios = total[drawn].sum(axis=1) / np.maximum(events[drawn].sum(axis=1), 1e-12)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Interval(value=float(total.sum() / events.sum()), low=float(low), high=float(high))


def hit_rate(outcomes: list[Outcome], area: float) -> float:
    """Return the share of events inside the densest `area` (a share) of the sea."""
    return _share_of_events(outcomes, [outcome.area_above < area for outcome in outcomes])


def prediction_accuracy(outcomes: list[Outcome], area: float) -> float:
    """
    Return the prediction accuracy index: hit rate over area.

    Chainey, S., Tompson, L., Uhlig, S. (2008). The utility of hotspot mapping for predicting
    spatial patterns of crime. *Security Journal*, 21, 4-28.
    """
    return hit_rate(outcomes, area) / area


def containment(outcomes: list[Outcome], region: float) -> float:
    """Return the share of events inside the smallest region forecast to hold `region` of them."""
    return _share_of_events(outcomes, [outcome.share_above < region for outcome in outcomes])


def _share_of_events(outcomes: list[Outcome], inside: list[NDArray[np.bool_]]) -> float:
    hits = sum(float(o.chance @ within) for o, within in zip(outcomes, inside, strict=True))
    return hits / sum(outcome.events for outcome in outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """
    Forecast and observed events of one density bin.

    Parameters
    ----------
    low, high
        Edges of the bin, in times a uniform map.
    forecast
        Events forecast there, given how many there were in all.
    observed
        Events there.
    """

    low: float
    high: float
    forecast: float
    observed: float

    @property
    def ratio(self) -> float:
        """Observed over forecast."""
        return self.observed / self.forecast if self.forecast > 0 else float("nan")


def reliability(outcomes: list[Outcome], discount: float = 1.0) -> tuple[Reliability, ...]:
    """Return forecast and observed events by density bin, each earlier period's discounted."""
    worth = discount ** np.arange(len(outcomes))[::-1]
    forecast = worth @ [outcome.forecast * outcome.events for outcome in outcomes]
    observed = worth @ [outcome.observed for outcome in outcomes]
    return tuple(
        Reliability(low=low, high=high, forecast=float(f), observed=float(o))
        for low, high, f, o in zip(BIN_EDGES[:-1], BIN_EDGES[1:], forecast, observed, strict=True)
    )


def recalibrated(
    share: NDArray[np.float64],
    cells: Cells,
    past: list[Outcome],
    *,
    prior_events: float = 10.0,
    discount: float = 0.95,
) -> NDArray[np.float64]:
    """
    Return a forecast corrected by how past forecasts of the same kind turned out.

    Each density bin is scaled by observed over forecast events, drawn towards one by
    `prior_events` and the older a period the less it counts, by `discount` a period, as in the
    stack's own weights; densities between bin centres take a factor in between.
    """
    if not past:
        return share
    bins = reliability(past, discount)
    factor = [(each.observed + prior_events) / (each.forecast + prior_events) for each in bins]
    centre = np.log([0.03, *(np.sqrt(each.low * each.high) for each in bins[1:-1]), 1000.0])
    sea = cells.sea_nm2 > 0
    times = share[sea] / cells.sea_nm2[sea] * cells.sea_nm2.sum()
    scaled = np.zeros(len(share))
    scaled[sea] = share[sea] * np.interp(np.log(np.maximum(times, 1e-12)), centre, factor)
    mended: NDArray[np.float64] = scaled / scaled.sum()
    return mended
