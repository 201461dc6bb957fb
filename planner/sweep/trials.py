"""The runs of a sweep as a table to reckon with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import Fault
from planner.sweep.pinning import Pinned, changes
from planner.sweep.store import Store, SweepError, stores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.sweep.store import Row

OVERRIDE = "override "
MEASURE = "transfers"
NEEDED = {MEASURE, "flown_h"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    One finished run.

    Parameters
    ----------
    number
        Place in the design.
    setting
        Value of each factor by path; an override is a factor with values False and True.
    seed
        Its seed.
    numbers
        Key numbers of its plan.
    drawn
        Transfers seen under each equally likely surface, shape (S,).
    plan
        File of its plan.
    """

    number: int
    setting: dict[str, Any]
    seed: int
    numbers: dict[str, float]
    drawn: NDArray[np.float64]
    plan: Path

    @property
    def value(self) -> float:
        """Transfers seen."""
        return self.numbers[MEASURE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """
    What a sweep has found so far.

    Parameters
    ----------
    pinned
        As it was asked for.
    trials
        Finished runs, in the order of the design.
    failed
        Number in the design and cause of each failed run.
    waiting
        How many runs are still to be made.
    tips
        What was found of tipping points, in words.
    """

    pinned: Pinned
    trials: tuple[Trial, ...]
    failed: tuple[tuple[int, str], ...]
    waiting: int
    tips: tuple[str, ...] = ()

    @property
    def levels(self) -> dict[str, list[Any]]:
        """Values of each factor that runs have, in the order of the design."""
        design = self.pinned.design
        levels = {OVERRIDE + name: [False, True] for name in design.overrides}
        for factor in design.factors:
            levels[factor.path] = (
                list(factor.values) if design.sample == "grid" else self._met(factor.path)
            )
        return levels

    def scenario(self, trial: Trial) -> dict[str, Any]:
        """Return the scenario of a run, as JSON holds it."""
        design = self.pinned.design
        applied = tuple(name for name in design.overrides if trial.setting[OVERRIDE + name])
        settings = [(factor.path, trial.setting[factor.path]) for factor in design.factors]
        return self.pinned.varied(applied, [*settings, ("seed", trial.seed)])

    def _met(self, path: str) -> list[Any]:
        met = {json.dumps(trial.setting[path]): trial.setting[path] for trial in self.trials}
        values = list(met.values())
        return sorted(values) if all(isinstance(v, (int, float)) for v in values) else values


def read_sweep(folder: Path) -> Sweep:
    """
    Read a sweep from its folder, all shards together.

    Raises
    ------
    SweepError
        When there is none, it is damaged, or the shards are not of one sweep.
    """
    paths = stores(folder)
    if not paths:
        raise SweepError([Fault(str(folder), "no sweep in it", "a folder that a sweep wrote")])
    pinned: list[Pinned] = []
    rows: list[tuple[Row, Path]] = []
    tips: dict[str, str] = {}
    for path in paths:
        with Store(path) as store:
            pinned.append(store.pinned())
            rows += [(row, store.plan_path(row.plan)) for row in store.rows()]
            tips |= store.tips()
    if any(changes(pinned[0], each) for each in pinned):
        fault = Fault(str(folder), "shards of different sweeps", "shards of one sweep")
        raise SweepError([fault])
    rows.sort(key=lambda each: each[0].point.number)
    return Sweep(
        pinned=pinned[0],
        trials=tuple(_trial(pinned[0], row, plan) for row, plan in rows if row.status == "done"),
        failed=tuple((r.point.number, r.error) for r, _ in rows if r.status == "failed"),
        waiting=len(pinned[0].design) - sum(row.status != "waiting" for row, _ in rows),
        tips=tuple(tips[name] for name in sorted(tips)),
    )


def setting_key(setting: dict[str, Any], without: Sequence[str] = ()) -> str:
    """Return a setting as text to compare by, some factors left out."""
    kept = {path: value for path, value in setting.items() if path not in without}
    return json.dumps(kept, sort_keys=True)


def drawn_rows(trials: Iterable[Trial]) -> NDArray[np.float64]:
    """Return what trials saw under each surface, shape (trials, S); S is the least they share."""
    rows = [trial.drawn for trial in trials]
    fewest = min(map(len, rows), default=0)
    return np.array([row[:fewest] for row in rows]).reshape(len(rows), fewest)


def _trial(pinned: Pinned, row: Row, plan: Path) -> Trial:
    paths = [path for path, _ in row.point.settings]
    if paths != [f.path for f in pinned.design.factors] or not row.numbers.keys() >= NEEDED:
        found = f"damaged: run {row.point.number} is not one of the sweep"
        raise SweepError([Fault(str(plan.parent), found, "a whole sweep store")])
    applied = {OVERRIDE + name: name in row.point.overrides for name in pinned.design.overrides}
    return Trial(
        number=row.point.number,
        setting={**applied, **dict(row.point.settings)},
        seed=row.point.seed,
        numbers=dict(row.numbers),
        drawn=np.array(row.drawn),
        plan=plan,
    )
