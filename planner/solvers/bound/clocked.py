"""The bound when it matters when a cell is searched: looks are paid by the hour."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.rules import SLACK_H, flown_h
from planner.solvers.bound.descent import Descent, marginal_pay
from planner.solvers.bound.flights import gather
from planner.solvers.bound.limit import Bound, everything
from planner.solvers.bound.relaxed import FINE_H, ROUGH_H, Family, Relaxed
from planner.solvers.bound.typical import first_days, repeated
from planner.solvers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.problem import Problem, Route, Routes
    from planner.solvers import Progress
    from planner.solvers.bound.flights import Flight, Pool
    from planner.solvers.bound.relaxed import Pay

SPREAD_H = 0.25
MOST_STEPS, FIRST_STEPS = 2000, 120
SPARE = 2.2
COARSE_IN_ROUGH = 2.2
FIRST = 0.5
COARSE, ROUGH, FINE = (0.25, 0.25), (ROUGH_H, ROUGH_H / 2), (FINE_H, FINE_H)


def prove(
    problem: Problem,
    *,
    seconds: float,
    iterations: int | None,
    start: Routes,
    stop: Callable[[], bool],
    progress: Progress | None,
) -> Bound:
    r"""
    Bound what any routes that obey the rules can be worth, as `proof.prove` has it.

    Notes
    -----
    A look at cell *i* and time *t* with POD *p* is paid :math:`p\,\theta_{irl}(t)` by its cell to
    its sortie, by its dwell level *l* and by how many looks *r* of its sortie ended there just
    before. For all pays, what cells make at most of any looks, less what they pay, and what
    sorties earn at most, together exceed every plan [1]_. Paid by POD alone, cells would ask for
    few long looks where sorties give many short ones; paid alike whatever came before, for looks
    far apart where sorties stay.

    References
    ----------
    .. [1] Geoffrion, A. M. (1974). Lagrangean relaxation for integer programming. *Mathematical
       Programming Study*, 2, 82-114.
    """
    watch = Watch(seconds=seconds, stop=stop)
    record = Record(watch, progress)
    record.improve(everything(problem))
    flights, pools = gather(problem, spread_h=SPREAD_H)
    if not flights:
        record.improve(problem.value(problem.fixed))
    timeless = any(float(flight.dwell_h.min()) <= 0 for flight in flights)
    if not flights or timeless or watch.left() <= 0 or iterations == 0:
        return _nothing(problem, record)
    relaxed = Relaxed(
        problem=problem,
        flights=flights,
        families=_families(flights, pools),
        budget_h=_budget_h(problem),
        ordered=problem.value(problem.fixed),
        out_of_time=lambda: watch.left() <= 0,
    )
    steps = MOST_STEPS if iterations is None else iterations
    begin = Descent(relaxed, marginal_pay(relaxed, start))
    spare_s = COARSE_IN_ROUGH * _judge(relaxed, begin, record, COARSE)  # something is proved soon
    descent = _begun(begin, watch, start, min(FIRST_STEPS, (steps + 1) // 2), spare_s)
    judging_s = _judge(relaxed, descent, record, ROUGH)
    while descent.turn < steps and watch.left() > SPARE * judging_s:
        descent.advance()
    if record.judged is not descent.best_pay:
        _judge(relaxed, descent, record, ROUGH)
    _judge(relaxed, descent, record, FINE)
    relaxed.threads.shutdown()
    return _told(relaxed, descent, record, start)


def _begun(begin: Descent, watch: Watch, start: Routes, steps: int, spare_s: float) -> Descent:
    """
    Descend a little way, for so many steps or while there is time, but for some to spare.

    In a long period only the first days do; the others begin from where those come to.
    """
    first = first_days(begin.relaxed)
    descent = Descent(first, marginal_pay(first, start)) if first else begin
    while (
        descent.turn < steps and watch.elapsed() < FIRST * watch.seconds and watch.left() > spare_s
    ):
        descent.advance()
    return repeated(descent, begin.relaxed) if first and descent.turn else begin


@dataclass(slots=True)
class Record:
    """The best bound so far and how it came down; what cells and sorties make of the last pays."""

    watch: Watch
    progress: Progress | None
    best: float = np.inf
    history: list[tuple[float, float]] = field(default_factory=list)
    judged: Pay | None = None
    made: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    limits: list[NDArray[np.float64]] = field(default_factory=list)

    def improve(self, bound: float) -> None:
        """Keep a bound that is better."""
        if bound < self.best:
            self.best = bound
            self.history.append((self.watch.elapsed(), bound))
            if self.progress:
                self.progress(*self.history[-1])


def _judge(
    relaxed: Relaxed, descent: Descent, record: Record, bins_h: tuple[float, float]
) -> float:
    """Bound everything at the best pays; return how many seconds that took."""
    begun, pay, floor = time.monotonic(), descent.best_pay, descent.earns
    if record.judged is not pay:
        record.judged = pay
        record.made = np.full(relaxed.problem.cells, np.inf)
        record.limits = [np.full(len(flight.takeoff_h), np.inf) for flight in relaxed.flights]
    cells = np.flatnonzero(record.made > 0)
    made, _ = relaxed.make(pay, bins_h[0], bound=True, cells=cells)
    record.made[cells] = np.minimum(record.made[cells], made[cells])
    record.limits = relaxed.limits(pay, bins_h[1], floor, record.limits)
    most = np.array([each.max() for each in record.limits])
    record.improve(relaxed.sum(pay, float(record.made.sum()), most))
    return time.monotonic() - begun


def _families(flights: list[Flight], pools: list[Pool]) -> list[Family]:
    """Gather flights that share a limit on sorties; the others stand alone."""
    shared = [
        Family(tuple(k for k, flight in enumerate(flights) if flight.pool == index), pool.most)
        for index, pool in enumerate(pools)
    ]
    alone = [Family((k,), len(flight.slots)) for k, flight in enumerate(flights) if flight.pool < 0]
    return [*shared, *alone]


def _budget_h(problem: Problem) -> NDArray[np.float64]:
    """Return the flying hours that sorties flown as ordered leave."""
    left_h = problem.fleet.budget_h.copy()
    for route in problem.fixed:
        aircraft = problem.slots.aircraft[route.slot]
        left_h[problem.fleet.detachment[aircraft]] -= flown_h(problem, route)
    return np.maximum(0.0, left_h + SLACK_H)


def _nothing(problem: Problem, record: Record) -> Bound:
    return Bound(
        value=record.best * (1 + 1e-9) + 1e-9,
        columns=(),
        cell_value=np.zeros(problem.cells),
        slot_value=np.zeros(len(problem.slots)),
        hour_value=np.zeros(len(problem.fleet.budget_h)),
        history=tuple(record.history),
    )


def _told(relaxed: Relaxed, descent: Descent, record: Record, start: Routes) -> Bound:
    """Return what is proven, with the sorties met on the way that may be flown."""
    problem = relaxed.problem
    slot_value = np.zeros(len(problem.slots))
    made = np.where(np.isfinite(record.made), record.made, descent.best_made)
    most = np.array([each.max() for each in record.limits])
    most = np.where(np.isfinite(most), most, descent.earns)
    for flight, earns in zip(relaxed.flights, most.tolist(), strict=True):
        dues = float(descent.best_pay.hour[flight.detachment]) * flight.fixed_h
        slot_value[list(flight.slots)] = max(0.0, earns - dues)
    routes = dict.fromkeys(start) | descent.routes
    return Bound(
        value=record.best * (1 + 1e-9) + 1e-9,
        columns=tuple(route for route in routes if _flyable(problem, route)),
        cell_value=made,
        slot_value=slot_value,
        hour_value=descent.best_pay.hour,
        history=tuple(record.history),
    )


def _flyable(problem: Problem, route: Route) -> bool:
    slots, slot = problem.slots, route.slot
    landing_h = problem.clock(route).landing_h
    in_time = bool(landing_h <= slots.latest_h[slot] + SLACK_H)
    return in_time and bool(landing_h - route.takeoff_h <= slots.endurance_h[slot] + SLACK_H)
