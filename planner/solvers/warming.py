"""Compiling the kernels that a problem needs before the clock of a search runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from planner.compiling import is_complete, set_complete
from planner.problem import Fleet, Problem, Slots

STEPS = 8
LONG_S = 86_400.0  # steps end it: a slow machine would else leave half uncompiled
SEARCH = Path(__file__).parent
PROOF = SEARCH / "bound"


def is_warm(*, bound: bool = True) -> bool:
    """Return whether a clocked search's machine code, and its proof's, are on disk."""
    return is_complete(SEARCH) and (not bound or is_complete(PROOF))


def warm(*, bound: bool = True, steady: bool = False) -> None:
    """
    Compile (or load) what the solvers use, by solving a tiny problem.

    Parameters
    ----------
    bound
        Whether to compile the proof's kernels too.
    steady
        Whether to compile what problems need in which time stands still, besides; scenarios do not.
    """
    _solve(tiny(decay_per_h=0.5), bound=bound)
    set_complete(SEARCH)
    if bound:
        set_complete(PROOF)
    if steady:
        _solve(tiny(decay_per_h=0.0), bound=bound)


@cache
def ready(*, bound: bool) -> None:
    """Have the solvers' machine code in memory, once a process: loading it costs their seconds."""
    warm(bound=bound)


def _solve(problem: Problem, *, bound: bool) -> None:
    from planner.solvers import search

    routes = search.solve(problem, seconds=LONG_S, iterations=STEPS).routes
    if bound:
        from planner.solvers.bound import prove
        from planner.solvers.bound.steady import rehearse

        prove(problem, seconds=LONG_S, iterations=4, start=routes)
        if problem.decay_per_h == 0:
            rehearse(problem)


def tiny(*, decay_per_h: float) -> Problem:
    """Return a few cells and two sorties; without decay time stands still."""
    cells, steps, slots = 6, 2, 2
    points = np.array([[k % 3, k // 3] for k in range(cells + 1)], float) * 10.0
    first_h = np.zeros(slots)
    return Problem(
        rate_per_h=np.full((cells, steps), decay_per_h),
        under_way=np.ones((cells, steps)),
        decay_per_h=decay_per_h,
        step_h=12.0,
        condition=np.zeros((cells, steps), np.int64),
        pod=np.tile(np.array([[0.4], [0.6]]), (1, cells, 1, 1)),
        dwell_h=np.tile(np.array([0.2, 0.5]), (1, cells, 1)),
        distance_nm=np.hypot(*(points[:, None] - points).transpose(2, 0, 1))[None],
        speed_kn=np.array([100.0]),
        departure_h=np.zeros(1),
        arrival_h=np.zeros(1),
        price=np.zeros((1, 1, 1)),
        price_per_h=np.zeros(cells),
        allowed=np.ones((slots, cells), bool),
        slots=Slots(
            aircraft=np.arange(slots),
            kind=np.zeros(slots, np.int64),
            airspace=np.zeros(slots, np.int64),
            start=np.full(slots, cells),
            end=np.full(slots, cells),
            earliest_h=first_h,
            last_takeoff_h=first_h + 2.0,
            latest_h=first_h + 8.0,
            endurance_h=np.full(slots, 1.5),
            ferry_h=np.zeros(slots),
            day=np.zeros(slots, np.int64),
        ),
        fleet=Fleet(
            turnaround_h=np.zeros(slots),
            sorties_per_day=np.ones(slots, np.int64),
            crews=np.ones(slots, np.int64),
            rest_h=np.zeros(slots),
            detachment=np.zeros(slots, np.int64),
            budget_h=np.array([np.inf]),
        ),
        takeoff_step_h=1.0,
        exclusive=False,
    )
