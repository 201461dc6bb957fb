"""A proven limit on what any plan can see: column generation with a Lagrangian bound."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Timer
from typing import TYPE_CHECKING, Protocol

import numpy as np

from planner.problem import Route
from planner.rules import SLACK_H, flown_h
from planner.solvers.bound import clocked
from planner.solvers.bound.flights import Flight, Pool, gather
from planner.solvers.bound.limit import Bound, everything, within_reason
from planner.solvers.bound.program import Duals, Entries, Program, Sortie
from planner.solvers.bound.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes
    from planner.solvers import Progress

SMOOTH = 0.5
MOST_THREADS = 4
TURN = 4
MOST_CELL_ROUNDS = 8
STALLED = 3e-4
ENOUGH = 1e-7


class Relaxation(Protocol):
    """What looks cost each other at a cell, and what sorties earn when their looks are charged."""

    @property
    def look_rows(self) -> int:
        """Number of kinds of look that are charged."""
        ...

    def clip(self, charge: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the charges, none above what a look could ever see."""
        ...

    def first_looks(self) -> list[tuple[int, float, Entries]]:
        """Return sets of looks to begin from."""
        ...

    def spare_looks(self) -> list[tuple[int, float]]:
        """Return each look row with the most its looks could lose."""
        ...

    def known_looks(self, routes: Routes) -> list[tuple[int, float, Entries]]:
        """Return the sets of looks of known routes."""
        ...

    def best_looks(
        self, charge: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], list[tuple[int, float, Entries]]]:
        """Return a bound on what each cell makes of the charges, and the looks that make it."""
        ...

    def best_sorties(
        self, flight: Flight, duals: Duals, floor: float, *, thorough: bool
    ) -> tuple[float, list[Sortie]]:
        """Return a bound on what a sortie earns, and sorties that earn more than `floor`."""
        ...

    def as_sortie(self, flight: Flight, route: Route) -> Sortie:
        """Return a known route as the program sees it."""
        ...

    def remember(self, sortie: Sortie) -> bool:
        """Forbid what only the relaxation lets a sortie do; return whether that is new."""
        ...

    def forbids(self, sortie: Sortie) -> bool:
        """Return whether a sortie does what has been forbidden since."""
        ...


def prove(
    problem: Problem,
    *,
    seconds: float,
    iterations: int | None = None,
    start: Routes = (),
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Bound:
    """
    Bound what any routes that obey the rules can be worth.

    Parameters
    ----------
    problem
        What may be flown and what it is worth. Prices must not be negative.
    seconds
        Wall clock to use, in seconds.
    iterations
        Most rounds of pricing; with it alone the result depends on nothing but the problem.
    start
        Known routes, to begin from.
    stop
        Asked now and then whether to give up.
    progress
        Told seconds and bound of each improvement.

    Returns
    -------
    bound
        Valid however early the proof was stopped.

    Notes
    -----
    A look is charged at its cell; sorties earn what their looks would see alone less the charges,
    and a cell earns the charges of any set of looks less their overlap. For all charges, the most
    cells can earn and the most sorties can earn together exceed every plan: the Lagrangian bound
    of [1]_. Charges are chosen by a linear program over the sorties and sets of looks met so far,
    smoothed as in [2]_; sorties are priced by ng-route relaxation [3]_. Where it matters when a
    cell is searched, `clocked.prove` does the same by other means.

    References
    ----------
    .. [1] Geoffrion, A. M. (1974). Lagrangean relaxation for integer programming. *Mathematical
       Programming Study*, 2, 82-114.
    .. [2] Wentges, P. (1997). Weighted Dantzig-Wolfe decomposition for linear mixed-integer
       programming. *International Transactions in Operational Research*, 4(2), 151-162.
    .. [3] Baldacci, R., Mingozzi, A., Roberti, R. (2011). New route relaxation and pricing
       strategies for the vehicle routing problem. *Operations Research*, 59(5), 1269-1283.
    """
    problem = within_reason(problem)
    if not is_steady(problem):
        return clocked.prove(
            problem,
            seconds=seconds,
            iterations=iterations,
            start=start,
            stop=stop,
            progress=progress,
        )
    proof = _Proof(problem, seconds, progress)
    proof.offer_known(start)
    alarm = Timer(max(0.0, proof.left()), proof.give_up)
    alarm.daemon = True
    alarm.start()
    rounds = 0
    while not (proof.done or stop() or rounds == iterations) and proof.left() > 0:
        proof.advance()
        rounds += 1
    alarm.cancel()
    proof.threads.shutdown()
    return proof.bound()


@dataclass(slots=True)
class _Proof:
    """A proof under way."""

    problem: Problem
    seconds: float
    progress: Progress | None
    begun: float = field(default_factory=time.monotonic)
    done: bool = False
    idle: int = 0
    quick: int = 0
    turn: int = 0
    proofs: int = 0
    proof_seconds: float = 0.0
    last: float = 0.0
    point: Duals | None = None
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1))
    )
    halt: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, bool))
    flights: list[Flight] = field(init=False)
    pools: list[Pool] = field(init=False)
    cells: Relaxation = field(init=False)
    program: Program = field(init=False)
    ordered: float = field(init=False)
    budget_h: NDArray[np.float64] = field(init=False)
    best: float = field(init=False)
    best_duals: Duals = field(init=False)
    offered: list[tuple[int, Sortie]] = field(default_factory=list)
    known: set[object] = field(default_factory=set)
    history: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flights, self.pools = gather(self.problem, spread_h=0.0)
        self.cells = Steady(self.problem, self.flights, self.halt)
        self.ordered = self.problem.value(self.problem.fixed)
        self.budget_h = self._budget_h()
        self.program = Program(
            look_rows=self.cells.look_rows,
            cells=self.problem.cells,
            flights=[len(flight.slots) for flight in self.flights],
            pools=[pool.most for pool in self.pools],
            budget_h=self.budget_h,
            scale=1e3 / max(everything(self.problem), 1e-9),
        )
        for each in self.cells.first_looks():
            self._offer_looks(*each)
        for row, loss in self.cells.spare_looks():
            self.program.add_spare(row, loss)
        self.best = np.inf
        self._improve(everything(self.problem))
        self.done = not self.flights
        if self.done:
            self._improve(self.ordered)
        self.best_duals = Duals(
            np.zeros(self.cells.look_rows),
            np.zeros(len(self.flights)),
            np.zeros(len(self.pools)),
            np.zeros(len(self.budget_h)),
        )

    def _budget_h(self) -> NDArray[np.float64]:
        """Return the flying hours that sorties flown as ordered leave."""
        left_h = self.problem.fleet.budget_h.copy()
        for route in self.problem.fixed:
            aircraft = self.problem.slots.aircraft[route.slot]
            left_h[self.problem.fleet.detachment[aircraft]] -= flown_h(self.problem, route)
        return np.maximum(0.0, left_h + SLACK_H)

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.seconds - (time.monotonic() - self.begun)

    def give_up(self) -> None:
        """Let whatever runs now return soon, without a bound."""
        self.halt[0] = True

    def offer_known(self, routes: Routes) -> None:
        """Offer routes that are already known."""
        flight_of = {slot: k for k, flight in enumerate(self.flights) for slot in flight.slots}
        for each in self.cells.known_looks(routes):
            self._offer_looks(*each)
        for route in routes:
            if route.looks and route.slot in flight_of:
                k = flight_of[route.slot]
                self._offer(k, self.cells.as_sortie(self.flights[k], route))

    def advance(self) -> None:
        """Solve the program, and price cells and sorties once."""
        for _ in range(MOST_CELL_ROUNDS):
            solved = self.program.solve(self.left())
            if solved is None:
                self._last_proof()
                return
            value, duals = solved
            _, sets = self.cells.best_looks(self.cells.clip(duals.charge))
            fresh = [self._offer_looks(*each) for each in sets]
            if not any(fresh):
                break
        self.point = self.point.towards(duals, 1 - SMOOTH) if self.point else duals
        if self._thorough_next(value):
            self._prove_at(duals)
        else:
            self._try(duals)

    def _last_proof(self) -> None:
        """Prove what can be proven where the program gave out, and end."""
        self.done = True
        if self.point and self.left() > 0:
            self._price(self.point, range(len(self.flights)), thorough=True)

    def _thorough_next(self, value: float) -> bool:
        """Return whether quick pricing has run dry, stalls, or the clock asks for a proof."""
        if self.idle >= len(self.flights) or self._clock_asks():
            return True
        if self.quick * TURN < len(self.flights):
            return False
        stalled = value < self.last * (1 + STALLED)
        self.last, self.quick = value, 0
        return stalled

    def _clock_asks(self) -> bool:
        """Ask for a proof at half time, and for a last one while there is time for it."""
        left, proofs = self.left(), self.proofs
        return left < self.seconds / 2 if proofs == 0 else left < 2 * self.proof_seconds

    def _prove_at(self, duals: Duals) -> None:
        """Price everything thoroughly, between the program's duals and the smoothed ones."""
        everyone = range(len(self.flights))
        self.idle, self.quick, begun = 0, 0, time.monotonic()
        fresh = self._price(self.point or duals, everyone, thorough=True)
        if not fresh:
            fresh = self._price(duals, everyone, thorough=True)
        self.proofs, self.proof_seconds = self.proofs + 1, time.monotonic() - begun
        if not fresh and self.left() > 0:
            self.done = not self._learn()

    def _try(self, duals: Duals) -> None:
        """Price the next few flights quickly."""
        count = min(TURN, len(self.flights))
        turn = [(self.turn + k) % len(self.flights) for k in range(count)]
        self.turn = (turn[-1] + 1) % len(self.flights)
        self.quick += 1
        fresh = self._price(self.point or duals, turn, thorough=False)
        fresh = fresh or self._price(duals, turn, thorough=False)
        self.idle = 0 if fresh else self.idle + count

    def _price(self, duals: Duals, turn: Sequence[int], *, thorough: bool) -> bool:
        """Offer what earns at these duals; return whether any of it is new."""
        duals = Duals(self.cells.clip(duals.charge), duals.flight, duals.pool, duals.hour)
        made, sets = self.cells.best_looks(duals.charge)
        fresh = [self._offer_looks(*each) for each in sets]
        total = self.ordered + float(made.sum()) + self._limits(duals)
        priced = self.threads.map(lambda k: self._price_flight(k, duals, thorough=thorough), turn)
        for k, (most, sorties) in zip(turn, priced, strict=True):
            total += len(self.flights[k].slots) * most
            fresh += [self._offer(k, sortie) for sortie in sorties]
        if thorough and self._improve(total):
            self.best_duals = duals
        return any(fresh)

    def _limits(self, duals: Duals) -> float:
        """Return what the shared limits and budgets are worth at these duals."""
        sorties = sum(
            pool.most * float(dual) for pool, dual in zip(self.pools, duals.pool, strict=True)
        )
        paid = duals.hour > 0
        return sorties + float(self.budget_h[paid] @ duals.hour[paid])

    def _price_flight(self, k: int, duals: Duals, *, thorough: bool) -> tuple[float, list[Sortie]]:
        """Return a bound on what a sortie of a flight earns beyond its dues, and some sorties."""
        flight = self.flights[k]
        dues = self._dues(flight, duals)
        floor = float(duals.flight[k]) + dues + ENOUGH
        most, sorties = self.cells.best_sorties(flight, duals, floor, thorough=thorough)
        return max(0.0, most - dues), sorties

    def _dues(self, flight: Flight, duals: Duals) -> float:
        shared = duals.pool[flight.pool] if flight.pool >= 0 else 0.0
        return float(shared + duals.hour[flight.detachment] * flight.fixed_h)

    def _improve(self, bound: float) -> bool:
        if not bound < self.best:
            return False
        self.best = bound
        seconds = time.monotonic() - self.begun
        self.history.append((seconds, bound))
        if self.progress:
            self.progress(seconds, bound)
        return True

    def _offer(self, k: int, sortie: Sortie) -> bool:
        key = (k, sortie.looks, sortie.takeoff_h)
        if key in self.known:
            return False
        self.known.add(key)
        self.offered.append((k, sortie))
        flight = self.flights[k]
        self.program.add_sortie(sortie, flight=k, pool=flight.pool, detachment=flight.detachment)
        return True

    def _offer_looks(self, cell: int, overlap: float, covered: Entries) -> bool:
        key = (cell, covered)
        if key in self.known:
            return False
        self.known.add(key)
        self.program.add_looks(cell, overlap, covered)
        return True

    def _learn(self) -> bool:
        """Forbid what the best fractions of sorties do that no sortie may."""
        flown = self.program.flown()
        learnt = False
        for index in np.flatnonzero(flown > 1e-6).tolist():
            learnt |= self.cells.remember(self.offered[index][1])
        if learnt:
            for index, (_, sortie) in enumerate(self.offered):
                if self.cells.forbids(sortie):
                    self.program.withdraw(index)
        return learnt

    def bound(self) -> Bound:
        """Return what is proven so far."""
        problem, duals = self.problem, self.best_duals
        slot_value = np.zeros(len(problem.slots))
        for k, flight in enumerate(self.flights):
            slot_value[list(flight.slots)] = duals.flight[k]
        return Bound(
            value=self.best * (1 + 1e-9) + 1e-9,
            columns=tuple(self._flyable()),
            cell_value=self.cells.best_looks(duals.charge)[0],
            slot_value=slot_value,
            hour_value=duals.hour,
            history=tuple(self.history),
        )

    def _flyable(self) -> list[Route]:
        slots = self.problem.slots
        routes = []
        for k, sortie in self.offered:
            slot = self.flights[k].slots[0]
            route = Route(slot, sortie.takeoff_h, sortie.looks)
            landing_h = self.problem.clock(route).landing_h
            in_time = landing_h <= slots.latest_h[slot] + SLACK_H
            if in_time and landing_h - route.takeoff_h <= slots.endurance_h[slot] + SLACK_H:
                routes.append(route)
        return routes


def is_steady(problem: Problem) -> bool:
    """Return whether a look is worth the same whenever it happens."""
    same = bool((problem.condition == problem.condition[:, :1]).all())
    return problem.decay_per_h == 0 and not problem.rate_per_h.any() and same
