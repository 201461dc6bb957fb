"""Weighing experts by how well they would have forecast the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from planner.hotspots.cascade import descend
from planner.hotspots.exposure import effort_then, looked_at
from planner.hotspots.ladder import event_sums, known_vaguely

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.hotspots.cascade import Path
    from planner.hotspots.exposure import Places
    from planner.hotspots.history import Cells, Exposure, History
    from planner.hotspots.ladder import Ladder
    from planner.hotspots.settings import Settings

EM_STEPS = 60
MOST_SCORED = 3000
LEAST_PRECISE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """
    All that an expert needs besides the events.

    Parameters
    ----------
    cells
        The cells.
    ladder
        Kernels and memories.
    places
        All cells as places.
    shape
        Prior map over its mean at sea, shape (n,).
    exposure
        Past looks, if known.
    window_days
        Days of history before the forecast.
    settings
        The choices made.
    """

    cells: Cells
    ladder: Ladder
    places: Places
    shape: NDArray[np.float64]
    exposure: Exposure | None
    window_days: float
    settings: Settings


def expert_rates(
    ground: Ground,
    paths: Sequence[Path],
    history: History,
    sums: NDArray[np.float64],
    places: Places,
    *,
    now_days: float = 0.0,
) -> NDArray[np.float64]:
    """
    Return every expert's rate as it stood `now_days` ago, shape (J, P).

    Parameters
    ----------
    ground
        Cells, kernels, exposure.
    paths
        The experts.
    history
        Events known by then, with their ages then.
    sums
        Their kernel sums at the places, shape (K, T, P).
    places
        Where the rates are wanted.
    now_days
        Days before the forecast.
    """
    effort = effort_then(
        places,
        ground.cells,
        ground.ladder,
        ground.exposure,
        window_days=ground.window_days - now_days,
        now_days=now_days,
    )
    total = history.mass @ ground.ladder.decay(history.age_days)
    level = np.maximum(total, 1e-12) / (effort.mean * ground.cells.sea_nm2.sum())
    root = np.maximum(level[:, None] * ground.shape[places.cell], 1e-300)
    return descend(paths, sums, effort.near, places.sea, root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadrature:
    """
    Some cells, and how to integrate over the sea with them.

    Parameters
    ----------
    cell
        Indices of the cells, shape (Q,), rising.
    sea_nm2
        Sea each of them stands for, in nm², shape (Q,).
    """

    cell: NDArray[np.int64]
    sea_nm2: NDArray[np.float64]


def quadrature(
    cells: Cells, sums: NDArray[np.float64], most: int, rng: np.random.Generator
) -> Quadrature:
    """
    Return at most about `most` cells that integrate peaked surfaces over the sea well.

    All sea when it has few cells; otherwise a systematic sample, as likely to hold a cell as
    events of any width are near it.
    """
    sea = np.flatnonzero(cells.sea_nm2 > 0)
    if len(sea) <= most:
        return Quadrature(cell=sea, sea_nm2=cells.sea_nm2[sea])
    near = sums[:, 0, sea] * cells.sea_nm2[sea]
    near = near / np.maximum(near.sum(axis=1, keepdims=True), 1e-300)
    likely = 0.5 * near.mean(axis=0) + 0.5 * cells.sea_nm2[sea] / cells.sea_nm2.sum()
    expected = np.minimum(1.0, likely * most / likely.sum())
    picked = np.diff(np.floor(np.cumsum(expected) + rng.uniform()), prepend=0.0) > 0
    return Quadrature(cell=sea[picked], sea_nm2=(cells.sea_nm2[sea] / expected)[picked])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """
    Held-out scores of every expert on past events.

    Parameters
    ----------
    times_uniform
        Share forecast at each event over that of a uniform map, shape (events, J).
    weight
        Worth of each score, shape (events,).
    """

    times_uniform: NDArray[np.float64]
    weight: NDArray[np.float64]


def held_out(
    ground: Ground, paths: Sequence[Path], history: History, integral: Quadrature
) -> Scores:
    """
    Forecast each past period from what came before it, and score the events it held.

    Periods are `settings.horizon_days` long and end at the forecast; the latest
    `settings.blocks` periods with events are scored; vague events are not, where enough are
    known to a cell (Dawid, A. P. (1984). Statistical theory: the
    prequential approach. *Journal of the Royal Statistical Society A*, 147(2), 278-292).
    """
    settings, cells = ground.settings, ground.cells
    period = np.floor(history.age_days / settings.horizon_days).astype(np.int64)
    period[~_telling(history, cells)] = -1
    scored = np.unique(period[period >= 0])[: settings.blocks]
    period = np.where(_thinned(history, np.isin(period, scored)), period, -1)
    cell, _ = cells.holding(history.xy_nm)
    wanted = np.union1d(integral.cell, cell[(period >= 0)[history.owner]])
    places = ground.places.some(wanted)
    sea_nm2 = np.zeros(len(wanted))
    sea_nm2[np.searchsorted(wanted, integral.cell)] = integral.sea_nm2

    found, worth = [np.zeros((0, len(paths)))], [np.zeros(0)]
    for number, past, sums in _origins(ground, history, scored, places):
        now = (number + 1) * settings.horizon_days
        rates = expert_rates(ground, paths, past, sums, places, now_days=now)
        looked = looked_at(
            cells, ground.exposure, from_days=now, to_days=now - settings.horizon_days
        )
        rates *= looked[wanted]
        here = _placing(history, np.flatnonzero(period == number), wanted, cell)
        found.append(here @ (rates / (rates @ sea_nm2)[:, None]).T * sea_nm2.sum())
        worth.append(
            history.mass[period == number] * settings.discount ** np.searchsorted(scored, number)
        )
    return Scores(times_uniform=np.concatenate(found), weight=np.concatenate(worth))


def _origins(
    ground: Ground, history: History, scored: NDArray[np.int64], places: Places
) -> Iterator[tuple[int, History, NDArray[np.float64]]]:
    """Yield each period, the history before it and its kernel sums, carried along."""
    sums = np.zeros((*places.sea.shape[:1], len(ground.ladder.memories_days), len(places.cell)))
    then = np.inf
    for number in scored[::-1]:
        now = (number + 1) * ground.settings.horizon_days
        if np.isfinite(then):
            sums *= ground.ladder.decay(then - now)[:, None]
        past = history.at(now)
        sums += event_sums(places, past.keep(past.age_days <= then - now), ground.ladder)
        then = now
        yield int(number), past, sums


def _telling(history: History, cells: Cells) -> NDArray[np.bool_]:
    """Return which events tell widths: those known to a cell, or all where such are few."""
    known = ~known_vaguely(history, cells)
    return known if known.sum() >= LEAST_PRECISE else np.ones(len(history), dtype=np.bool_)


def _thinned(history: History, event: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of some events to score: all, or evenly by age when they are very many."""
    by_age = np.flatnonzero(event)[np.argsort(history.age_days[event], kind="stable")]
    chosen = np.zeros(len(event), dtype=np.bool_)
    chosen[by_age[:: 1 + len(by_age) // MOST_SCORED]] = True
    return chosen


def _placing(
    history: History,
    event: NDArray[np.int64],
    wanted: NDArray[np.int64],
    cell: NDArray[np.int64],
) -> csr_array:
    """Return the chance that each event was in each place, as a sparse (events, P) matrix."""
    row = np.full(len(history), -1)
    row[event] = np.arange(len(event))
    row = row[history.owner]
    mine = row >= 0
    place = np.searchsorted(wanted, cell[mine])
    return csr_array((history.share[mine], (row[mine], place)), shape=(len(event), len(wanted)))


def weigh(scores: Scores, prior: NDArray[np.float64], prior_events: float) -> NDArray[np.float64]:
    """
    Return the weights of the mixture of experts that would have forecast best, shape (J,).

    Expectation-maximisation with a Dirichlet prior worth `prior_events` events around `prior`, so
    that no expert is ever ruled out.
    """
    weights = prior / prior.sum()
    pseudo = prior_events * weights
    for _ in range(EM_STEPS):
        part = scores.times_uniform * weights
        part *= (scores.weight / np.maximum(part.sum(axis=1), 1e-300))[:, None]
        weights = part.sum(axis=0) + pseudo
        weights /= weights.sum()
    return np.asarray(weights)
