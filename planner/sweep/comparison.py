"""What differs between two plans: inputs, sorties, numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import Fault, PlanError
from planner.outputs.surface_file import seen_on_each
from planner.reading import read_json, read_plan
from planner.sweep.pinning import flat
from planner.sweep.store import stores
from planner.sweep.trial import key_numbers
from planner.sweep.trials import read_sweep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.plan import Plan, Sortie
    from planner.sweep.trials import Sweep, Trial

SURFACE = {"area", "demand", "history", "hotspots", "period"}
NUMBERS = ("transfers", "barrels", "score", "bound", "sorties", "flown_h", "search_h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """
    A plan and what is known of how it was made.

    Parameters
    ----------
    plan
        The plan.
    scenario
        What it was made from; without one, only the plans can be compared.
    drawn
        Transfers it sees under each equally likely surface, shape (S,), where they were kept.
    """

    plan: Plan
    scenario: Mapping[str, Any] | None
    drawn: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    How one plan differs from another.

    Parameters
    ----------
    inputs
        Path, value before and value after of everything that changed in the scenario; None when
        one of the scenarios is not known.
    lost, gained
        Sorties that only the first or only the second plan flies.
    changed
        Sorties of the same aircraft and day that differ, with what differs in words.
    same
        How many sorties are the same in both.
    numbers
        Name, value before and value after.
    bands
        90 % bands of transfers seen, before and after, where surfaces were drawn.
    difference
        On 9 of 10 surfaces the difference lies between these; where both plans were made with one
        seed from the same reports, so that both met the same surfaces.
    """

    inputs: tuple[tuple[str, Any, Any], ...] | None
    lost: tuple[Sortie, ...]
    gained: tuple[Sortie, ...]
    changed: tuple[tuple[Sortie, Sortie, str], ...]
    same: int
    numbers: tuple[tuple[str, float, float], ...]
    bands: tuple[tuple[float, float], tuple[float, float]] | None
    difference: tuple[float, float] | None


def read_planned(path: Path) -> Planned:
    """
    Read a plan from a run's folder, or from a plan file.

    Raises
    ------
    PlanError
        When there is no plan.
    """
    file = path / "plan.json" if path.is_dir() else path
    plan = read_plan(file)
    if file.name == "plan.json":
        return Planned(
            plan=plan,
            scenario=_of_manifest(file.with_name("manifest.json")),
            drawn=seen_on_each(plan, file.with_name("surface.gpkg")),
        )
    sweep, trial = _of_sweep(file)
    if sweep is None or trial is None:
        return Planned(plan=plan, scenario=None)
    return Planned(plan=plan, scenario=sweep.scenario(trial), drawn=trial.drawn)


def _of_manifest(manifest: Path) -> Mapping[str, Any] | None:
    if not manifest.is_file():
        return None
    values = read_json(manifest, PlanError)
    scenario = values.get("scenario") if isinstance(values, dict) else None
    if not isinstance(scenario, dict):
        raise PlanError([Fault(str(manifest), "no scenario in it", "a manifest of a run")])
    return {name: value for name, value in scenario.items() if name != "sweep"}


def _of_sweep(plan: Path) -> tuple[Sweep | None, Trial | None]:
    """Return the sweep that a plan's file belongs to, and its run."""
    folder = plan.resolve().parent.parent
    if not (plan.resolve().parent.name.startswith("plans") and stores(folder)):
        return None, None
    sweep = read_sweep(folder)
    return sweep, next((trial for trial in sweep.trials if trial.plan.name == plan.name), None)


def compare(one: Planned, other: Planned) -> Comparison:
    """Return how the second plan differs from the first."""
    ones, others = _by_flight(one.plan), _by_flight(other.plan)
    both = [name for name in ones if name in others]
    words = {name: _differences(ones[name], others[name]) for name in both}
    before, after = key_numbers(one.plan), key_numbers(other.plan)
    bands = (one.plan.value.band90, other.plan.value.band90)
    return Comparison(
        inputs=_changed_inputs(one.scenario, other.scenario),
        lost=tuple(sortie for name, sortie in ones.items() if name not in others),
        gained=tuple(sortie for name, sortie in others.items() if name not in ones),
        changed=tuple((ones[n], others[n], words[n]) for n in both if words[n]),
        same=sum(not words[name] for name in both),
        numbers=tuple((n, before[n], after[n]) for n in NUMBERS if n in before and n in after),
        bands=(bands[0], bands[1]) if bands[0] and bands[1] else None,
        difference=_difference(one, other),
    )


def _difference(one: Planned, other: Planned) -> tuple[float, float] | None:
    """Return between which differences 9 of 10 surfaces lie, where both plans met the same."""
    if one.drawn is None or other.drawn is None or one.plan.seed != other.plan.seed:
        return None
    inputs = _changed_inputs(one.scenario, other.scenario) or ()
    same = one.drawn.shape == other.drawn.shape and len(one.drawn)
    if {path.split(".")[0] for path, _, _ in inputs} & SURFACE or not same:
        return None
    low, high = np.quantile(other.drawn - one.drawn, [0.05, 0.95])
    return float(low), float(high)


def _by_flight(plan: Plan) -> dict[tuple[str, int, int], Sortie]:
    """Return sorties by aircraft, day of the period and place among that day's sorties."""
    found: dict[tuple[str, int, int], Sortie] = {}
    for sortie in sorted(plan.sorties, key=lambda each: (each.takeoff, each.id)):
        day = (sortie.takeoff - plan.start).days
        turn = sum(key[:2] == (sortie.aircraft, day) for key in found)
        found[sortie.aircraft, day, turn] = sortie
    return found


def _differences(one: Sortie, other: Sortie) -> str:
    """Return in words how two sorties differ; nothing when they are the same."""
    words = []
    if one.takeoff != other.takeoff:
        words.append(f"takes off at {other.takeoff:%H:%M}, not {one.takeoff:%H:%M}")
    if one.recovery != other.recovery:
        words.append(f"lands at {other.recovery}, not {one.recovery}")
    cells, others = [v.cell for v in one.visits], [v.cell for v in other.visits]
    left, new = [c for c in cells if c not in others], [c for c in others if c not in cells]
    if left:
        words.append(f"leaves out {', '.join(dict.fromkeys(left))}")
    if new:
        words.append(f"searches {', '.join(dict.fromkeys(new))}")
    if not words and [(v.cell, v.start, v.end) for v in one.visits] != [
        (v.cell, v.start, v.end) for v in other.visits
    ]:
        words.append("searches the same cells at other times or in another order")
    return "; ".join(words)


def _changed_inputs(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> tuple[tuple[str, Any, Any], ...] | None:
    if one is None or other is None:
        return None
    before, after = flat(one), flat(other)
    return tuple(
        (path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if json.dumps(before.get(path)) != json.dumps(after.get(path))
    )
