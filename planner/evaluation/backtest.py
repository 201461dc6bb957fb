"""Would the surface have foretold the past? Rolling forecasts, nothing from the future."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.evaluation.scores import (
    AREAS,
    REGIONS,
    Interval,
    Outcome,
    Reliability,
    block_interval,
    containment,
    hit_rate,
    information,
    information_at,
    prediction_accuracy,
    recalibrated,
    reliability,
    score,
    unseen,
)
from planner.hotspots.counts import Count, forecast_count
from planner.hotspots.estimators import ESTIMATORS
from planner.hotspots.fitting import Task
from planner.hotspots.history import on_sea
from planner.hotspots.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.hotspots.history import Cells, Exposure, History

LEAST_PAST = 20
LEAST_EVENTS = 30
LEAST_PERIODS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A named estimator with its settings changed as told."""

    name: str
    estimator: str
    changes: Mapping[str, object]


LADDER = (
    Contender(name="uniform", estimator="uniform", changes={}),
    Contender(name="last year's grid", estimator="grid", changes={}),
    Contender(name="Silverman", estimator="kde", changes={"bandwidth": "silverman"}),
    Contender(name="leave-one-out", estimator="kde", changes={"bandwidth": "loo"}),
    Contender(name="Abramson", estimator="adaptive", changes={}),
    Contender(name="ours", estimator="stack", changes={}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """
    One period forecast.

    Parameters
    ----------
    from_days, to_days
        Days before the end of the history at which it begins and ends.
    past, events
        Events known when it was forecast, and events in it.
    count
        Forecast number of events.
    """

    from_days: float
    to_days: float
    past: int
    events: int
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    How one contender did.

    Parameters
    ----------
    name
        Its name.
    information
        Information gain over a uniform map, in nats per event.
    unseen
        The same at events in cells where nothing had been seen before; NaN when there were none.
    over_uniform_by_period
        Information gain of each period, in nats, shape (periods,).
    accuracy, hits
        Prediction accuracy index and hit rate by share of the area.
    contained
        Share of events inside the smallest region forecast to hold 50, 80 and 95 % of them.
    reliability, recalibrated
        Forecast and observed events by density bin, raw and corrected by earlier periods.
    """

    name: str
    information: Interval
    unseen: Interval
    over_uniform_by_period: NDArray[np.float64]
    accuracy: Mapping[float, float]
    hits: Mapping[float, float]
    contained: Mapping[float, float]
    reliability: tuple[Reliability, ...]
    recalibrated: tuple[Reliability, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """
    A back-test.

    Parameters
    ----------
    verdict
        What it says, in a sentence or two.
    enough
        Whether there were enough events to score; without, `standings` is empty.
    periods
        The periods forecast, oldest first.
    count_coverage
        Share of periods whose number of events lay in the 95 % interval (the N-test).
    standings
        The contenders, in the order of the ladder.
    lead
        Information gain of the last contender over the best other, in nats per event.
    """

    verdict: str
    enough: bool
    periods: tuple[Period, ...]
    count_coverage: float
    standings: tuple[Standing, ...]
    lead: Interval | None


def run_backtest(
    history: History,
    cells: Cells,
    *,
    seed: int,
    settings: Settings | None = None,
    exposure: Exposure | None = None,
    ladder: Sequence[Contender] = LADDER,
    periods: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Backtest:
    """
    Forecast period after period from the events before it, and score the forecasts.

    Parameters
    ----------
    history
        All events, ages as of the end of the last period.
    cells
        Cells of the area.
    seed
        Seed of all chance.
    settings
        The choices made; `settings.horizon_days` is the length of a period.
    exposure
        Past looks; only those before a period are known to its forecast.
    ladder
        The contenders; the last is measured against the best other.
    periods
        How many of the last periods to forecast; all with enough past when not given.
    progress
        Told how many of how many periods are done.
    """
    settings = replace(settings or Settings(), scenarios=0)
    history, _ = on_sea(history, cells)
    tested = _tested_periods(history, settings.horizon_days, periods)
    enough = len(tested) >= LEAST_PERIODS and sum(p.events for p in tested) >= LEAST_EVENTS
    if not enough:
        return _too_few(tested)
    outcomes: dict[str, list[Outcome]] = {contender.name: [] for contender in ladder}
    corrected: dict[str, list[Outcome]] = {contender.name: [] for contender in ladder}
    new: list[NDArray[np.bool_]] = []
    for done, period in enumerate(tested):
        past, future = _split(history, period)
        new.append(unseen(past, future, cells))
        seen = _known(exposure, period.from_days)
        for contender in ladder:
            share = _forecast(contender, past, cells, settings, seen, seed)
            before = outcomes[contender.name]
            corrected[contender.name].append(
                score(recalibrated(share, cells, before), cells, future)
            )
            before.append(score(share, cells, future))
        progress(done + 1, len(tested))
    rng = np.random.default_rng(seed)
    standings = tuple(
        _standing(name, outcomes[name], corrected[name], new, rng) for name in outcomes
    )
    lead = _lead(standings, tested, rng)
    return Backtest(
        verdict=_verdict(standings, lead, tested),
        enough=True,
        periods=tested,
        count_coverage=_coverage(tested),
        standings=standings,
        lead=lead,
    )


def _tested_periods(
    history: History, horizon_days: float, wanted: int | None
) -> tuple[Period, ...]:
    whole = int(history.age_days.max(initial=0.0) // horizon_days)
    numbers = range(whole if wanted is None else min(wanted, whole))
    every = [_period(history, number, horizon_days) for number in reversed(numbers)]
    return tuple(period for period in every if period.past >= LEAST_PAST)


def _period(history: History, number: int, horizon_days: float) -> Period:
    to_days, from_days = number * horizon_days, (number + 1) * horizon_days
    past = history.at(from_days)
    inside = (history.age_days > to_days) & (history.age_days <= from_days)
    return Period(
        from_days=from_days,
        to_days=to_days,
        past=len(past),
        events=int(inside.sum()),
        count=forecast_count(past, horizon_days),
    )


def _split(history: History, period: Period) -> tuple[History, History]:
    """Return what was known when the period was forecast, and what then happened."""
    age = history.age_days
    inside = (age > period.to_days) & (age <= period.from_days)
    return history.at(period.from_days), history.keep(inside)


def _known(exposure: Exposure | None, days: float) -> Exposure | None:
    if exposure is None:
        return None
    past = exposure.age_days > days
    return replace(
        exposure,
        cell=exposure.cell[past],
        pod=exposure.pod[past],
        age_days=exposure.age_days[past] - days,
    )


def _forecast(
    contender: Contender,
    past: History,
    cells: Cells,
    settings: Settings,
    exposure: Exposure | None,
    seed: int,
) -> NDArray[np.float64]:
    task = Task(
        history=past,
        cells=cells,
        settings=replace(settings, **contender.changes),  # type: ignore[arg-type]
        exposure=exposure,
        shape=np.ones(len(cells)),
        rng=np.random.default_rng(seed),
    )
    return ESTIMATORS[contender.estimator](task).share


def _standing(
    name: str,
    outcomes: list[Outcome],
    corrected: list[Outcome],
    new: list[NDArray[np.bool_]],
    rng: np.random.Generator,
) -> Standing:
    return Standing(
        name=name,
        information=information(outcomes, rng),
        unseen=information_at(outcomes, new, rng),
        over_uniform_by_period=np.array([outcome.nats.sum() for outcome in outcomes]),
        accuracy={area: prediction_accuracy(outcomes, area) for area in AREAS},
        hits={area: hit_rate(outcomes, area) for area in AREAS},
        contained={region: containment(outcomes, region) for region in REGIONS},
        reliability=reliability(outcomes),
        recalibrated=reliability(corrected),
    )


def _lead(
    standings: tuple[Standing, ...], tested: tuple[Period, ...], rng: np.random.Generator
) -> Interval | None:
    if len(standings) < 2:
        return None
    ours = standings[-1]
    best = max(standings[:-1], key=lambda each: each.information.value)
    events = np.array([period.events for period in tested], dtype=float)
    return block_interval(ours.over_uniform_by_period - best.over_uniform_by_period, events, rng)


def _coverage(tested: tuple[Period, ...]) -> float:
    inside = [p.count.low <= p.events <= p.count.high for p in tested]
    return float(np.mean(inside)) if inside else float("nan")


def _too_few(tested: tuple[Period, ...]) -> Backtest:
    events = sum(period.events for period in tested)
    verdict = (
        f"Too few events to score: {events} in {len(tested)} periods with at least {LEAST_PAST} "
        f"events before them, where {LEAST_EVENTS} in {LEAST_PERIODS} are needed. Any score would "
        "be noise; trust the bands, not the ranking of models."
    )
    return Backtest(
        verdict=verdict,
        enough=False,
        periods=tested,
        count_coverage=_coverage(tested),
        standings=(),
        lead=None,
    )


def _verdict(
    standings: tuple[Standing, ...], lead: Interval | None, tested: tuple[Period, ...]
) -> str:
    ours = standings[-1]
    events = sum(period.events for period in tested)
    told = (
        f"{events} events in {len(tested)} periods. {ours.name.capitalize()}: "
        f"{ours.information.value:.2f} nats per event over a uniform map "
        f"({ours.information.low:.2f} to {ours.information.high:.2f})"
    )
    if lead is None:
        return f"{told}."
    better = "ahead of" if lead.low > 0 else "behind" if lead.high < 0 else "not clearly apart from"
    return (
        f"{told}, {better} the best other by {lead.value:.2f} ({lead.low:.2f} to {lead.high:.2f})."
    )
