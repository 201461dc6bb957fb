"""Scenarios drawn at random, and extreme ones: odd but legal; and what is asked of a plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.cache import Cache
from planner.errors import PlanError, PlannerError
from planner.evaluation.simulate import simulate
from planner.pipeline import Run, run
from planner.rules import broken_rules
from planner.scenario.model import Scenario
from planner.solving import solver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.plan import Plan

STATIONS = ("kanoya", "naha", "kadena", "atsugi")
START = datetime.fromisoformat("2020-01-05T00:00:00+09:00")
BOUND_S, BOUNDED = 2.0, 10
ORDERED = 0.2
MOST_DRAWN = 200_000
SIGMAS = 5.0

Values = dict[str, Any]


def random_scenario(rng: np.random.Generator, folder: Path) -> Scenario:
    """Return a small scenario with an area, zones, rules and a fleet drawn at random."""
    lon, lat = rng.uniform(121.5, 135), rng.uniform(25, 39)
    values = {
        "version": 1,
        "title": "random",
        "seed": int(rng.integers(1000)),
        "period": {
            "start": START + timedelta(days=int(rng.integers(360)), hours=int(rng.integers(24))),
            "days": int(rng.integers(1, 3)),
        },
        "area": box(lon, lat, *rng.uniform(1.5, 3.0, 2)),
        "hotspots": {"estimator": "uniform", "surfaces": 0},
        "demand": {
            "transfers_per_year": rng.uniform(50, 5000),
            "duration_h": float(rng.choice([0.5, 3.0, 48.0])),
        },
        "rules": {
            "takeoff_step_min": int(rng.choice([10, 30, 60])),
            "time_step_h": float(rng.choice([0.25, 0.5, 1.0])),
            "share_cells": bool(rng.random() < 0.3),
            "pattern": str(rng.choice(["parallel", "creeping", "square", "sector"])),
            "pod_law": str(rng.choice(["random", "parallel"])),
        },
        "airspace": {
            "china_adiz_price": float(rng.choice([0.0, 0.01])),
            "dprk_zones": str(rng.choice(["closed", "shown"])),
            "open_states": [state for state in ("KR", "TW") if rng.random() < 0.2],
            "breadth_nm": float(rng.choice([12.0, 24.0])),
            "files": danger_areas(rng, folder, lon, lat),
        },
        "weather": {"default_state": int(rng.integers(0, 7))},
        "aircraft": {f"d{n}": detachment(rng) for n in range(rng.integers(1, 4))},
        "solver": {
            "name": str(rng.choice(["greedy", "search"])),
            "objective": str(rng.choice(["transfers", "barrels"])),
            "iterations": 50,
        },
    }
    for change in rng.choice(ODDITIES, rng.integers(0, 4), replace=False):
        values = laid_over(values, change)
    if rng.random() < ORDERED:
        values["pins"] = orders(rng, values["period"]["start"])
    return scenario_of(values, folder)


def orders(rng: np.random.Generator, start: datetime) -> Values:
    """Return standing orders for the first day, which need not agree with each other."""
    hours = np.sort(rng.uniform(0, 24, (3, 2)), axis=1)
    cells = [str(each) for each in rng.choice(["B2", "C2", "B3", "C3", "D3"], 3)]
    moments = [[start + timedelta(minutes=round(60 * h)) for h in span] for span in hours.tolist()]
    looks = [
        {"cell": cell, "from_time": first, "to_time": last}
        for cell, (first, last) in zip(cells, moments, strict=True)
    ]
    sortie = {
        "aircraft": "d0-1",
        "takeoff": start + timedelta(hours=int(rng.integers(24))),
        "visits": [{"cell": cells[0], "dwell_h": 1.0}],
    }
    return {
        "looks": looks[: rng.integers(0, 4)],
        "sorties": [sortie] if rng.random() < 0.5 else [],
        "never": cells[:1] if rng.random() < 0.3 else [],
        "grounded": [{"aircraft": "d0-1", "day": start.date()}] if rng.random() < 0.2 else [],
    }


def scenario_of(values: Values, folder: Path) -> Scenario:
    """Return the scenario with these values, its files in a folder."""
    return Scenario.model_validate(values).placed(folder, {})


def laid_over(values: Values, change: Values) -> Values:
    """Return values with a change laid over them, table by table."""
    changed = {**values, **change}
    for key in values.keys() & change.keys():
        if isinstance(values[key], dict) and isinstance(change[key], dict):
            changed[key] = laid_over(values[key], change[key])
    return changed


def box(lon: float, lat: float, width: float, height: float) -> Values:
    """Return an area around a point."""
    west, east, south, north = lon - width, lon + width, lat - height, lat + height
    return {
        "polygon": [(west, south), (east, south), (east, north), (west, north)],
        "cell_nm2": 1_200,
    }


def danger_areas(rng: np.random.Generator, folder: Path, lon: float, lat: float) -> list[str]:
    """Write up to two danger areas around a point, some from a day on; return the files."""
    features = []
    for number in range(rng.integers(0, 3)):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 6))
        around = rng.uniform(-4, 4, 2) + rng.uniform(0.1, 1.2) * np.exp(1j * angles).view(
            np.float64
        ).reshape(-1, 2)
        ring = [[lon + x, lat + y] for x, y in [*around, around[0]]]
        zone = {"id": f"d{number}", "name": f"D{number}", "rule": "closed", "source": "drawn"}
        if rng.random() < 0.5:
            zone["from"] = "2020-06-15T03:00:00Z"
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": zone, "geometry": geometry})
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "danger.geojson").write_text(json.dumps(collection, indent=1))
    return ["danger.geojson"] if features else []


def detachment(rng: np.random.Generator) -> Values:
    """Return a detachment with its limits drawn at random."""
    home, other = map(str, rng.choice(STATIONS, 2, replace=False))
    return {
        "type": "P-3C",
        "station": home,
        "count": int(rng.integers(1, 3)),
        "recovery": [other] if rng.random() < 0.3 else [],
        "endurance_h": rng.uniform(5, 14),
        "transit_kn": rng.uniform(180, 460),
        "search_kn": rng.uniform(100, 250),
        "sorties_per_day": int(rng.integers(1, 3)),
        "crews": int(rng.integers(1, 3)),
        "turnaround_h": rng.uniform(0, 5),
        "available": rng.uniform(0.3, 1.0),
        "overland": bool(rng.random() < 0.7),
        "budget_h": rng.uniform(5, 40) if rng.random() < 0.3 else None,
        "hours": ["05:00:00", "18:30:00"] if rng.random() < 0.2 else None,
    }


ODDITIES: list[Values] = [
    {"demand": {"transfers_per_year": 0.0}},
    {"demand": {"transfers_per_year": 1e6}},
    {"demand": {"transfers_per_year": 1e-300}},
    {"demand": {"duration_h": 0.06}},
    {"demand": {"duration_h": 1000.0}},
    {"demand": {"barrels": 0.0}, "solver": {"objective": "transfers"}},
    {"demand": {"profile": [0.0] * 23 + [1.0]}},
    {"area": {"cell_nm2": 100_000}},
    {"rules": {"dwell_h": [0.01]}},
    {"rules": {"dwell_h": [24.0]}},
    {"rules": {"time_step_h": 5.9, "takeoff_step_min": 240}},
    {"rules": {"takeoff_step_min": 7}},
    {"weather": {"default_state": 9}},
    {"weather": {"factor": [0.0] * 10}},
    {"airspace": {"breadth_nm": 0.0}},
    {"airspace": {"china_adiz_price": 1e9, "kadiz_price": 1e9}},
    {"airspace": {"margins_nm": {"KR": 60.0, "CN": 100.0}}},
    {"stations": {"naha": {"hours": ["23:00:00", "01:00:00"]}}},
    {"stations": {"kanoya": {"open": False}}},
    {"stations": {"kadena": {"hours": ["06:00:00", "06:00:01"]}}},
    {"aircraft": {"d0": {"budget_h": 0.0}}},
    {"aircraft": {"d0": {"available": 0.0}}},
    {"aircraft": {"d0": {"transit_kn": 1000.0, "endurance_h": 60.0, "duty_h": 100.0}}},
    {"aircraft": {"d0": {"transit_kn": 0.5}}},
    {"aircraft": {"d0": {"pod_cap": 0.0}}},
    {"aircraft": {"d0": {"turnaround_h": 10_000.0, "rest_h": 10_000.0}}},
    {"aircraft": {"d0": {"recovery": ["naha", "naha", "kanoya"]}}},
    {"aircraft": {"d0": {"from_date": "2030-01-01"}}},
    {"aircraft": {"d0": {"sorties_per_day": 6, "crews": 20, "turnaround_h": 0.0, "rest_h": 0.0}}},
    {"hotspots": {"estimator": "kde", "surfaces": 3}},
    {"hotspots": {"estimator": "grid", "floor": 0.0}},
    {"hotspots": {"estimator": "adaptive", "floor": 1.0, "half_life_days": 1e-3}},
    {"hotspots": {"estimator": "cascade"}},
]

ONE = {
    "version": 1,
    "title": "extreme",
    "period": {"start": START, "days": 1},
    "area": box(125.0, 29.0, 1.2, 1.2),
    "hotspots": {"estimator": "uniform", "surfaces": 0},
    "demand": {"transfers_per_year": 300.0},
    "aircraft": {"d0": {"type": "P-3C", "station": "naha", "endurance_h": 9.0, "available": 1.0}},
    "solver": {"iterations": 50},
}


def afar(lon: float, lat: float, *corners: tuple[float, float]) -> Values:
    """Return a change that moves the scenario to another sea, with a station of its own."""
    station = {"name": "Afar", "lon": lon, "lat": lat}
    return {
        "area": {"polygon": list(corners), "cell_nm2": 1_200},
        "stations": {"afar": station},
        "aircraft": {"d0": {"station": "afar"}},
    }


EXTREMES: dict[str, Values] = {
    "one cell": {"area": {"cell_nm2": 12_000}},
    "no demand": {"demand": {"transfers_per_year": 0.0}},
    "a demand of a million": {"demand": {"transfers_per_year": 1e6}},
    "across the antimeridian": afar(
        179.0, 51.5, (178.0, 52.5), (-178.0, 52.5), (-178.0, 54.5), (178.0, 54.5)
    ),
    "east of the antimeridian": afar(
        -179.5, 51.5, (-179.9, 52.5), (-177.0, 52.5), (-177.0, 54.5), (-179.9, 54.5)
    ),
    "near the pole": afar(15.5, 78.2, (0.0, 80.5), (12.0, 80.5), (12.0, 83.0), (0.0, 83.0)),
    "in the far south": afar(-60.0, -62.0, (-64.0, -61.5), (-58.0, -61.5), (-58.0, -60.0)),
    "a polar night": {"period": {"start": "2020-12-21T00:00:00+00:00"}}
    | afar(15.5, 78.2, (0.0, 80.5), (12.0, 80.5), (12.0, 83.0), (0.0, 83.0)),
    "on the equator": afar(0.0, 5.0, (-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0)),
    "a leap day": {"period": {"start": "2020-02-28T23:30:00+09:00", "days": 2}},
    "the end of a year": {"period": {"start": "2019-12-31T23:59:00+09:00", "days": 2}},
    "a start in UTC": {"period": {"start": "2020-02-17T00:00:00Z"}},
    "a quarter of an hour off": {"period": {"start": "2020-02-17T00:00:00+05:45"}},
    "hours past midnight": {"aircraft": {"d0": {"hours": ["22:00:00", "03:30:00"]}}},
    "a day with no daylight left": {"aircraft": {"d0": {"hours": ["23:59:00", "00:01:00"]}}},
}
LARGE: dict[str, Values] = {
    "two thousand cells": {"area": box(126.0, 29.0, 4.5, 3.5) | {"cell_nm2": 72}},
    "two hundred sorties": {
        "period": {"days": 10},
        "aircraft": {"d0": {"count": 10, "sorties_per_day": 2, "turnaround_h": 1.0, "crews": 6}},
    },
    "thirty days": {"period": {"days": 30}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    A scenario to be planned.

    Parameters
    ----------
    name
        Unique among the cases.
    make
        Makes the scenario, its files in a folder.
    bound_s
        Seconds of proof; none at zero.
    """

    name: str
    make: Callable[[Path], Scenario]
    bound_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What came of a case.

    Parameters
    ----------
    case
        Its name.
    kind
        ``planned``, ``grounded`` (nothing can be flown), ``refused`` for a reason, ``crashed``.
    sorties
        How many are flown.
    bounded
        Whether a bound was computed.
    explained
        How many cells have a reason not to be searched.
    wrong
        What is wrong, in words, if anything is.
    """

    case: str
    kind: str
    sorties: int = 0
    bounded: bool = False
    explained: int = 0
    wrong: str | None = None


def random_case(seed: int) -> Case:
    """Return the scenario of a seed; every tenth is bounded."""
    draw = partial(random_scenario, np.random.default_rng(seed))
    return Case(name=f"seed {seed}", make=draw, bound_s=0.0 if seed % BOUNDED else BOUND_S)


def extreme_cases(changes: Mapping[str, Values], *, bound_s: float = 0.0) -> list[Case]:
    """Return the small scenario with each change laid over it."""
    return [
        Case(name=name, make=partial(scenario_of, laid_over(ONE, change)), bound_s=bound_s)
        for name, change in changes.items()
    ]


def outcome(case: Case) -> Outcome:
    """
    Run a case and return what came of it.

    It may be refused with a reason. A plan must pass the check and the rules, be worth no less
    than the greedy one and no more than the bound, and see as much when simulated; every cell of
    value is searched or has its reason.
    """
    with TemporaryDirectory() as name:
        try:
            return _planned(case, Path(name))
        except PlanError as problem:
            return Outcome(case=case.name, kind="crashed", wrong=f"check: {problem}"[:500])
        except PlannerError as problem:
            wrong = None if str(problem).strip() else "refused without a reason"
            return Outcome(case=case.name, kind="refused", wrong=wrong)
        except Exception as problem:  # noqa: BLE001 - a crash is what is being looked for
            wrong = f"{type(problem).__name__}: {problem}"[:500]
            return Outcome(case=case.name, kind="crashed", wrong=wrong)


def _planned(case: Case, folder: Path) -> Outcome:
    scenario = case.make(folder)
    terms = scenario.solver.model_copy(update={"bound_seconds": case.bound_s})
    scenario = scenario.model_copy(update={"solver": terms}).placed(scenario.folder, {})
    found = run(scenario, name="random", cache=Cache(None))
    return Outcome(
        case=case.name,
        kind="planned" if found.result.routes else "grounded",
        sorties=len(found.result.routes),
        bounded=bool(np.isfinite(found.result.bound)),
        explained=sum(cell.reason is not None for cell in found.plan.cells),
        wrong=_wrong_value(found) or _wrong_sight(found) or _unexplained(found.plan),
    )


def _unexplained(plan: Plan) -> str | None:
    cells = unexplained(plan)
    return f"not explained: {', '.join(cells)}" if cells else None


def unexplained(plan: Plan) -> list[str]:
    """Return the cells where transfers are expected, nobody looks, and nothing is said of why."""
    searched = {visit.cell for sortie in plan.sorties for visit in sortie.visits}
    return [
        cell.id
        for cell in plan.cells
        if cell.transfers > 0
        and cell.id not in searched
        and not (cell.reason and cell.reason.text and cell.reason.change)
    ]


def _wrong_value(found: Run) -> str | None:
    problem, result = found.formulation.problem, found.result
    broken = broken_rules(problem, result.routes)
    if broken:
        return f"rules: {broken[0]}"
    slack = 1e-7 * max(1.0, abs(result.value))
    if abs(problem.value(result.routes) - result.value) > slack:
        return f"value {result.value} is not {problem.value(result.routes)}"
    greedy = solver("greedy")(problem, seconds=600)
    if greedy.value > result.value + slack and not broken_rules(problem, greedy.routes):
        return f"greedy finds {greedy.value}, the plan is worth {result.value}"
    if result.value > result.bound + slack:
        return f"value {result.value} exceeds the bound {result.bound}"
    return None


def _wrong_sight(found: Run) -> str | None:
    """Compare with the simulation; the number seen is Poisson, so its spread is known."""
    problem, routes = found.formulation.problem, found.result.routes
    barrels = found.belief.barrels if found.scenario.solver.objective == "barrels" else 1.0
    if barrels == 0:
        return None
    expected = (found.result.value + sum(problem.cost(route) for route in routes)) / barrels
    begun = problem.rate_per_h.sum() * problem.step_h + problem.under_way[:, 0].sum()
    draws = int(np.clip(MOST_DRAWN / max(begun / barrels, 1e-9), 2, 2_000))
    rng = np.random.default_rng(found.scenario.seed)
    seen = simulate(problem, routes, draws=draws, rng=rng, barrels=barrels).mean / barrels
    if abs(seen - expected) > SIGMAS * np.sqrt(expected / draws) + SIGMAS / draws:
        return f"simulated {seen} over {draws} draws, expected {expected}"
    return None
