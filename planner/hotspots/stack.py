"""The default estimator: cascades, lone kernels and a floor, stacked by their past forecasts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.card import span
from planner.hotspots.cascade import FLOOR, cascades, kernels
from planner.hotspots.exposure import everywhere
from planner.hotspots.fitting import Fit, normalised
from planner.hotspots.ladder import build_ladder, event_sums, known_vaguely
from planner.hotspots.stacking import (
    LEAST_PRECISE,
    Ground,
    expert_rates,
    held_out,
    quadrature,
    weigh,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.hotspots.cascade import Path
    from planner.hotspots.fitting import Task
    from planner.hotspots.history import History
    from planner.hotspots.stacking import Scores

NEGLIGIBLE = 1e-3  # weight below which an expert is left out of the final surface


def fit_stack(task: Task) -> Fit:
    """Fit cascades, the multi-scale kernel mixture and a floor."""
    ladder = build_ladder(task.cells, task.settings)
    return _fit(task, [FLOOR, *cascades(ladder, task.settings), *kernels(ladder)])


def fit_cascade(task: Task) -> Fit:
    """Fit the cascades mixed over hyper-parameters, and a floor."""
    ladder = build_ladder(task.cells, task.settings)
    return _fit(task, [FLOOR, *cascades(ladder, task.settings)])


def _fit(task: Task, paths: Sequence[Path]) -> Fit:
    history, settings = task.history, task.settings
    ground = _survey(task)
    sums = event_sums(ground.places, history, ground.ladder)
    integral = quadrature(task.cells, sums, settings.quadrature, task.rng)
    scores = held_out(ground, paths, history, integral)
    weights = weigh(scores, np.ones(len(paths)), settings.prior_events)
    vague = known_vaguely(history, task.cells)
    if vague.any():
        lasting = np.array([path.shortest == 0 for path in paths], dtype=float)
        of_all_time = weigh(scores, lasting, settings.prior_events)
        history, sums = relocated(ground, paths, of_all_time, history, sums, vague)
    share = blend(ground, paths, weights, history, sums)

    def again(other: History, rng: np.random.Generator) -> NDArray[np.float64]:
        drawn = rng.dirichlet(weights * (scores.weight.sum() + settings.prior_events) + 1e-9)
        other_sums = event_sums(ground.places, other, ground.ladder)
        return blend(ground, paths, drawn, other, other_sums)

    return Fit(
        share=share, history=history, again=again, facts=_facts(ground, paths, weights, scores)
    )


def _facts(
    ground: Ground, paths: Sequence[Path], weights: NDArray[np.float64], scores: Scores
) -> dict[str, str]:
    """Return what the model card says of the stack."""
    kind = np.array([0 if not _rungs(path) else 1 if _rungs(path) > 1 else 2 for path in paths])
    floor, cascade, kernel = (float(weights[kind == each].sum()) for each in range(3))
    widths, memories = ground.ladder.widths_nm, ground.ladder.memories_days
    heard = [weights[[p.shortest == t for p in paths]].sum() for t in range(len(memories))]
    told = [f"{weight:.0%} {_fading(days)}" for weight, days in zip(heard, memories, strict=True)]
    return {
        "what the stack is made of": (
            f"{cascade:.0%} maps refined from wide waters to narrow ones, {kernel:.0%} maps of one "
            f"width, {floor:.1%} an even map"
        ),
        "how fast its maps forget": ", ".join(told),
        "how far a report reaches": (
            f"{widths[-1]:.2g} nm in its finest maps, {widths[0]:.3g} nm in its widest"
        ),
        "past forecasts": _past(scores, weights),
    }


def _past(scores: Scores, weights: NDArray[np.float64]) -> str:
    if not len(scores.weight):
        return "none: too few periods, all maps count alike"
    nats = np.log(np.maximum(scores.times_uniform @ weights, 1e-300))
    mean = float(np.average(nats, weights=scores.weight))
    return (
        f"{len(nats)} reports, each forecast from those before it {np.exp(mean):.1f} times as well "
        f"as by an even map ({mean:+.2f} nats); as the weights were chosen on these, "
        "`planner backtest` is the honest score"
    )


def _fading(days: float) -> str:
    return f"over {span(days)}" if np.isfinite(days) else "never"


def _rungs(path: Path) -> int:
    return path.narrowest - path.widest + 1


def _survey(task: Task) -> Ground:
    ladder = build_ladder(task.cells, task.settings)
    age_days = task.history.age_days
    return Ground(
        cells=task.cells,
        ladder=ladder,
        places=everywhere(task.cells, ladder),
        shape=task.shape,
        exposure=task.exposure,
        window_days=float(age_days.max(initial=0.0)) + 2 * task.settings.horizon_days,
        settings=task.settings,
    )


def blend(
    ground: Ground,
    paths: Sequence[Path],
    weights: NDArray[np.float64],
    history: History,
    sums: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the share of each cell: the experts' shares averaged by weight, shape (n,)."""
    heard = np.flatnonzero((weights >= NEGLIGIBLE) | (np.arange(len(paths)) == 0))
    rates = expert_rates(ground, [paths[int(j)] for j in heard], history, sums, ground.places)
    shares = normalised(rates, ground.cells)
    share: NDArray[np.float64] = weights[heard] @ shares / weights[heard].sum()
    return share


def relocated(
    ground: Ground,
    paths: Sequence[Path],
    weights: NDArray[np.float64],
    history: History,
    sums: NDArray[np.float64],
    vague: NDArray[np.bool_],
) -> tuple[History, NDArray[np.float64]]:
    """
    Return the history, and its kernel sums, with vague events weighed by where others were.

    `weights` are of experts that do not forget: an old event was where others were then, not where
    they are now.
    Each turn moves some events towards the surface of all others, so that none confirms itself:
    all vague ones towards those known to a cell; where such are few, each quarter of the vague
    ones towards the rest, twice over. More turns would sharpen noise.
    """
    cells, moved = ground.cells, history
    cell, _ = cells.holding(history.xy_nm)
    for turn in _turns(vague):
        leaving = event_sums(ground.places, moved.keep(turn), ground.ladder)
        left = np.maximum(sums - leaving, 0.0)
        share = blend(ground, paths, weights, moved.keep(~turn), left)
        drawn = history.share * (share / np.maximum(cells.sea_nm2, 1e-12))[cell]
        drawn /= np.bincount(history.owner, drawn, len(history))[history.owner]
        moved = replace(moved, share=np.where(turn[history.owner], drawn, moved.share))
        sums = left + event_sums(ground.places, moved.keep(turn), ground.ladder)
    return moved, sums


def _turns(vague: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    if (~vague).sum() >= LEAST_PRECISE:
        return [vague]
    quarter = (np.cumsum(vague) - 1) % 4
    return [vague & (quarter == each) for each in range(4)] * 2
