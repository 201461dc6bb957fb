"""What each thing that was varied is worth, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.sweep.trials import Trial, drawn_rows, setting_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.sweep.trials import Sweep

SURE = 0.90
MOST_BINS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """
    A difference in transfers seen, with its noise.

    Two things are uncertain and are kept apart: what the search leaves to chance, which repeated
    seeds show and more work would mend; and what nobody knows of the sea, which the equally likely
    surfaces show.

    Parameters
    ----------
    value
        The difference, in transfers over the period.
    half
        Half the width of the 90 % band that seeds leave. Infinite with one seed only.
    pairs
        How many pairs of runs it rests on.
    same
        Whether every pair saw exactly the same.
    surfaces
        The difference on 9 of 10 surfaces lies between these; None when none were drawn.
    """

    value: float
    half: float
    pairs: int
    same: bool = False
    surfaces: tuple[float, float] | None = None

    @property
    def clear(self) -> bool:
        """Whether chance alone would not give such a difference; without seeds, no surface."""
        if math.isfinite(self.half):
            return abs(self.value) > self.half
        return self.surfaces is not None and self.surfaces[0] * self.surfaces[1] > 0

    @property
    def reach(self) -> tuple[float, float]:
        """Least and greatest difference that seeds and surfaces leave open together."""
        half = self.half if math.isfinite(self.half) else 0.0
        low, high = self.surfaces or (self.value, self.value)
        return min(self.value - half, low), max(self.value + half, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One level (or bin) of a response curve: mean transfers seen and how sure that is."""

    label: str
    at: float
    mean: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """
    What one factor does over its whole range.

    Parameters
    ----------
    path
        The factor.
    low, high
        Its first and last level.
    estimate
        The last against the first.
    steps
        Each level against the one before, as (before, after, difference); grids only.
    curve
        Mean transfers seen along its levels.
    """

    path: str
    low: Any
    high: Any
    estimate: Estimate
    steps: tuple[tuple[Any, Any, Estimate], ...]
    curve: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """
    How much more two factors do together than the sum of what each does alone.

    Parameters
    ----------
    one, other
        Path, first and last level of each.
    estimate
        What the first does at the last level of the other, less what it does at the first.
    """

    one: tuple[str, Any, Any]
    other: tuple[str, Any, Any]
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting over all its seeds, and how it compares with the best one."""

    setting: dict[str, Any]
    trials: tuple[Trial, ...]
    value: float
    flown_h: float
    behind: Estimate


def effects(sweep: Sweep) -> list[Effect]:
    """Return what each factor does, the strongest first."""
    found = [_effect(sweep, path, levels) for path, levels in sweep.levels.items()]
    return sorted(
        (each for each in found if each is not None), key=lambda each: -abs(each.estimate.value)
    )


def interactions(sweep: Sweep) -> list[Interaction]:
    """Return how pairs of factors of a grid act together, the strongest first."""
    if sweep.pinned.design.sample != "grid":
        return []
    found = []
    for (one, ones), (other, others) in combinations(sweep.levels.items(), 2):
        corners = [
            _at(sweep.trials, {one: a, other: b}, (one, other))
            for a in (ones[0], ones[-1])
            for b in (others[0], others[-1])
        ]
        estimate = _estimate(corners, (1.0, -1.0, -1.0, 1.0))
        if estimate is not None:
            ends = (one, ones[0], ones[-1]), (other, others[0], others[-1])
            found.append(Interaction(one=ends[0], other=ends[1], estimate=estimate))
    return sorted(found, key=lambda each: -abs(each.estimate.value))


def difference(trials: Sequence[Trial], path: str, low: Any, high: Any) -> Estimate | None:
    """
    Return what one level of a factor is worth over another.

    Runs are compared in pairs that differ in nothing else: same other settings, same seed, same
    surface. What is common to both, chance included, cancels.
    """
    sides = [_at(trials, {path: level}, (path,)) for level in (low, high)]
    return _estimate(sides, (-1.0, 1.0))


def ranking(sweep: Sweep) -> list[Setting]:
    """Return the settings by transfers seen, best first, each compared with the best."""
    groups: dict[str, list[Trial]] = {}
    for trial in sweep.trials:
        groups.setdefault(setting_key(trial.setting), []).append(trial)
    order = sorted(groups.values(), key=lambda each: (-_mean(each, "transfers"), each[0].number))
    best = {str(trial.seed): trial for trial in order[0]} if order else {}
    chance = _chance_of_a_difference(order)
    return [
        Setting(
            setting=group[0].setting,
            trials=tuple(group),
            value=_mean(group, "transfers"),
            flown_h=_mean(group, "flown_h"),
            behind=_estimate([best, {str(t.seed): t for t in group}], (-1.0, 1.0), chance)
            or Estimate(value=0.0, half=math.inf, pairs=0),
        )
        for group in order
    ]


def pareto(settings: Sequence[Setting]) -> list[Setting]:
    """Return the settings that none beats in both transfers and hours flown, fewest hours first."""
    front: list[Setting] = []
    for each in sorted(settings, key=lambda s: (s.flown_h, -s.value)):
        if not front or each.value > front[-1].value:
            front.append(each)
    return front


def _effect(sweep: Sweep, path: str, levels: list[Any]) -> Effect | None:
    bins = _bins(sweep, path, levels)
    if len(bins) < 2:
        return None
    paired = sweep.pinned.design.sample == "grid" or path.startswith("override ")
    if not paired:
        estimate: Estimate | None = _apart(bins[0][1], bins[-1][1])
        against = [_apart(trials, trials) for _, trials in bins]
        steps: list[tuple[Any, Any, Estimate]] = []
    else:
        estimate = difference(sweep.trials, path, levels[0], levels[-1])
        found = [difference(sweep.trials, path, levels[0], level) for level in levels]
        against = [each or _apart(bins[0][1], bins[0][1]) for each in found]
        steps = list(_steps(sweep, path, levels))
    curve = [
        _stop(label, at, trials, noise)
        for ((label, at), trials), noise in zip(bins, against, strict=True)
    ]
    if estimate is None:
        return None
    return Effect(path=path, low=levels[0], high=levels[-1], estimate=estimate,
                  steps=tuple(steps), curve=tuple(curve))  # fmt: skip


def _steps(sweep: Sweep, path: str, levels: list[Any]) -> Iterator[tuple[Any, Any, Estimate]]:
    for before, after in pairwise(levels):
        step = difference(sweep.trials, path, before, after)
        if step is not None:
            yield before, after, step


def _bins(
    sweep: Sweep, path: str, levels: list[Any]
) -> list[tuple[tuple[str, float], list[Trial]]]:
    """Return label, place and runs of each level, or of bins when there are many levels."""
    if sweep.pinned.design.sample == "grid" or len(levels) <= MOST_BINS:
        by_level = [[t for t in sweep.trials if t.setting[path] == level] for level in levels]
        if not all(by_level):
            return []
        return [
            ((_label(level), _place(level, number)), runs)
            for number, (level, runs) in enumerate(zip(levels, by_level, strict=True))
        ]
    if not all(isinstance(level, (int, float)) for level in levels):
        return []
    ordered = sorted(sweep.trials, key=lambda trial: (trial.setting[path], trial.number))
    parts = [part.tolist() for part in np.array_split(np.arange(len(ordered)), MOST_BINS)]
    bins = [[ordered[i] for i in part] for part in parts if part]
    middles = [float(np.mean([trial.setting[path] for trial in runs])) for runs in bins]
    return [((f"{at:.3g}", at), runs) for at, runs in zip(middles, bins, strict=True)]


def _at(
    trials: Sequence[Trial], wanted: dict[str, Any], without: Sequence[str]
) -> dict[str, Trial]:
    """Return the runs at some levels, by everything else that tells them apart."""
    return {
        f"{setting_key(trial.setting, without)} {trial.seed}": trial
        for trial in trials
        if all(trial.setting[path] == level for path, level in wanted.items())
    }


def _estimate(
    sides: Sequence[dict[str, Trial]],
    signs: Sequence[float],
    chance: tuple[float, int] | None = None,
) -> Estimate | None:
    """Return a signed sum over runs that differ only by side, with its band."""
    common = [name for name in sides[0] if all(name in side for side in sides)]
    if not common:
        return None
    values = np.array([[side[name].value for side in sides] for name in common]) @ np.array(signs)
    by_seed: dict[int, list[str]] = {}
    for name in common:
        by_seed.setdefault(sides[0][name].seed, []).append(name)
    surfaces = [_by_surface(sides, signs, names) for names in by_seed.values()]
    contexts = [name.rpartition(" ")[0] for name in common]
    return Estimate(
        value=float(values.mean()),
        half=_half(*(chance or _chance(values, contexts))),
        pairs=len(common),
        same=bool(np.all(values == 0)),
        surfaces=_nine_in_ten(np.concatenate(surfaces)),
    )


def _chance(values: NDArray[np.float64], contexts: Sequence[str]) -> tuple[float, int]:
    """Return the standard error that seeds leave in the mean, and its degrees of freedom."""
    groups: dict[str, list[float]] = {}
    for context, value in zip(contexts, values, strict=True):
        groups.setdefault(context, []).append(float(value))
    freedom = len(values) - len(groups)
    if freedom < 1:
        return 0.0, 0
    squares = sum(float(np.var(each)) * len(each) for each in groups.values())
    return math.sqrt(squares / freedom / len(values)), freedom


def _chance_of_a_difference(groups: Sequence[Sequence[Trial]]) -> tuple[float, int]:
    """Return what seeds leave open in a difference of two settings, judged from all settings."""
    values = np.array([trial.value for group in groups for trial in group])
    names = [str(number) for number, group in enumerate(groups) for _ in group]
    error, freedom = _chance(values, names)
    return error * math.sqrt(2 * len(groups)), freedom


def _by_surface(
    sides: Sequence[dict[str, Trial]], signs: Sequence[float], names: Sequence[str]
) -> NDArray[np.float64]:
    """Return the signed sum under each surface of one seed, shape (S,), meaned over the names."""
    rows = [drawn_rows(side[name] for name in names) for side in sides]
    if len({row.shape for row in rows}) > 1:
        return np.zeros(0)
    return np.asarray(np.tensordot(np.array(signs), np.array(rows), axes=1).mean(axis=0))


def _half(error: float, freedom: int) -> float:
    """Return half of the 90 % band of a mean with some standard error."""
    from scipy.stats import t

    return float(t.ppf(0.5 + SURE / 2, freedom)) * error if freedom else math.inf


def _nine_in_ten(surfaces: NDArray[np.float64]) -> tuple[float, float] | None:
    if not surfaces.size:
        return None
    low, high = np.quantile(surfaces, [0.5 - SURE / 2, 0.5 + SURE / 2])
    return float(low), float(high)


def _apart(first: Sequence[Trial], last: Sequence[Trial]) -> Estimate:
    """Return the difference of two bins of a sample; other factors vary within both."""
    value = float(np.mean([t.value for t in last]) - np.mean([t.value for t in first]))
    return Estimate(
        value=value,
        half=math.hypot(_own_half(first), _own_half(last)),
        pairs=min(len(first), len(last)),
    )


def half_band(values: NDArray[np.float64]) -> float:
    """Return half the width of the 90 % band of the mean of values; infinite for one alone."""
    return _half(*_chance(values, [""] * len(values)))


def _own_half(trials: Sequence[Trial]) -> float:
    return half_band(np.array([trial.value for trial in trials]))


def _stop(label: str, at: float, trials: Sequence[Trial], noise: Estimate) -> Stop:
    mean = _mean(trials, "transfers")
    low, high = noise.reach
    return Stop(
        label=label,
        at=at,
        mean=mean,
        low=mean + low - noise.value,
        high=mean + high - noise.value,
        runs=len(trials),
    )


def _mean(trials: Sequence[Trial], name: str) -> float:
    return float(np.mean([trial.numbers[name] for trial in trials]))


def _label(level: Any) -> str:
    if isinstance(level, bool):
        return "yes" if level else "no"
    return f"{level:g}" if isinstance(level, float) else str(level)


def _place(level: Any, number: int) -> float:
    numeric = isinstance(level, (int, float)) and not isinstance(level, bool)
    return float(level) if numeric else float(number)
