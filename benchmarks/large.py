"""Large fleets drawn from a seed, and what a solver makes of one in a process of its own."""

from __future__ import annotations

import resource
import sys
import time
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from planner.problem import Fleet, Problem, Slots
from planner.rules import broken_rules
from planner.solvers import routing, search, warming

DURATION_H, STEPS_A_DAY, SIDE_NM = 3.0, 48, 900.0
SPEED_KN = np.array([300.0, 320.0, 400.0])
ENDURANCE_H = np.array([7.0, 8.0, 6.0])
WIDTH_NM = np.array([6.0, 8.0, 10.0])
DWELL_H = np.array([0.25, 0.5])
STATIONS, CLUSTERS, TRANSFERS_A_DAY = 4, 12, 30.0
SOLVERS = {"ours": search, "ortools": routing}


class Taken(NamedTuple):
    """What a run reached and took: value, seconds, seconds to the first plan, memory."""

    value: float
    seconds: float
    first_s: float
    peak_gb: float

    def told(self) -> str:
        """Return it in words."""
        return (
            f"{self.value:.4f} in {self.seconds:.0f} s (first {self.first_s:.0f} s), "
            f"{self.peak_gb:.2f} GB"
        )


def apart(solver: str, size: tuple[int, int, int], seconds: float, seed: int) -> Taken:
    """
    Run a solver on `size` cells, sorties a day and days, in a fresh process with its own memory.

    Raises
    ------
    ValueError
        When its routes break a rule.
    """
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(run, (solver, size, seconds, seed))


def run(solver: str, size: tuple[int, int, int], seconds: float, seed: int) -> Taken:
    """Solve one problem, check the routes, and tell what it took."""
    problem = fleet(*size, seed)
    warming.warm(bound=False)
    began = time.monotonic()
    result = SOLVERS[solver].solve(problem, seconds=seconds, seed=seed)
    took_s = time.monotonic() - began
    if faults := broken_rules(problem, result.routes):
        raise ValueError(faults)
    unit = 1024 if sys.platform != "darwin" else 1
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    first_s = result.trace[0][0] if result.trace else took_s
    return Taken(result.value, took_s, first_s, peak_gb)


def fleet(cells: int, sorties: int, days: int, seed: int) -> Problem:
    """Return a problem of a size, drawn from a seed."""
    rng = np.random.default_rng(seed)
    at_nm = np.concatenate([rng.uniform(0, SIDE_NM, (cells, 2)), _stations_nm(rng)])
    steps, kinds = STEPS_A_DAY * days, len(SPEED_KN)
    share = _clustered(rng, at_nm[:cells])
    hour = (np.arange(steps) + 0.5) * 24 / STEPS_A_DAY
    rate_per_h = share[:, None] * TRANSFERS_A_DAY / 24 * (1 + 0.8 * np.cos(hour / 24 * 2 * np.pi))
    dark = (np.abs(hour % 24 - 12) > 6).astype(np.int64)
    coverage = (WIDTH_NM * SPEED_KN / 2)[:, None, None, None] * DWELL_H[:, None] / 1500.0
    coverage = coverage * np.array([1.0, 0.5])
    kind = rng.integers(0, kinds, sorties)
    station = cells + rng.integers(0, STATIONS, sorties)
    first_h = np.repeat(np.arange(days) * 24.0, sorties)
    slots = sorties * days
    return Problem(
        rate_per_h=rate_per_h,
        under_way=_under_way(rate_per_h),
        decay_per_h=1 / DURATION_H,
        step_h=24 / STEPS_A_DAY,
        condition=np.tile(dark, (cells, 1)),
        pod=np.tile(1 - np.exp(-coverage), (1, cells, 1, 1)),
        dwell_h=np.tile(DWELL_H, (kinds, cells, 1)),
        distance_nm=np.linalg.norm(at_nm[:, None] - at_nm, axis=2)[None],
        speed_kn=SPEED_KN,
        departure_h=np.full(kinds, 0.2),
        arrival_h=np.full(kinds, 0.2),
        price=np.zeros((1, 1, 1)),
        price_per_h=np.zeros(cells),
        allowed=np.ones((slots, cells), bool),
        slots=Slots(
            aircraft=np.tile(np.arange(sorties), days),
            kind=np.tile(kind, days),
            airspace=np.zeros(slots, np.int64),
            start=np.tile(station, days),
            end=np.tile(station, days),
            earliest_h=first_h,
            last_takeoff_h=first_h + 20.0,
            latest_h=first_h + 28.0,
            endurance_h=np.tile(ENDURANCE_H[kind], days),
            ferry_h=np.zeros(slots),
            day=(first_h // 24).astype(np.int64),
        ),
        fleet=Fleet(
            turnaround_h=np.full(sorties, 3.0),
            sorties_per_day=np.ones(sorties, np.int64),
            crews=np.full(sorties, 2),
            rest_h=np.full(sorties, 12.0),
            detachment=np.zeros(sorties, np.int64),
            budget_h=np.array([np.inf]),
        ),
        takeoff_step_h=0.5,
        exclusive=True,
    )


def _stations_nm(rng: np.random.Generator) -> np.ndarray:
    along = rng.uniform(0, SIDE_NM, STATIONS)
    return np.column_stack([along, np.full(STATIONS, -60.0)])


def _clustered(rng: np.random.Generator, at_nm: np.ndarray) -> np.ndarray:
    """Return each cell's share of all transfers: most near a few centres, a little anywhere."""
    centres = rng.uniform(0, SIDE_NM, (CLUSTERS, 2))
    apart_nm = np.linalg.norm(at_nm[:, None] - centres, axis=2)
    weight = np.exp(-((apart_nm / 80.0) ** 2) / 2) @ rng.lognormal(0, 1, CLUSTERS)
    weight += 0.05 * weight.max() * rng.random(len(at_nm))
    return weight / weight.sum()


def _under_way(rate_per_h: np.ndarray) -> np.ndarray:
    """Return transfers under way at the start of each step, the first day repeated backwards."""
    kept = np.exp(-24 / STEPS_A_DAY / DURATION_H)
    begun = rate_per_h * DURATION_H * (1 - kept)
    now = begun.mean(axis=1) / (1 - kept)
    for step in range(STEPS_A_DAY):
        now = now * kept + begun[:, step]
    under_way = np.empty_like(rate_per_h)
    for step in range(rate_per_h.shape[1]):
        under_way[:, step] = now
        now = now * kept + begun[:, step]
    return under_way
