"""A proven limit on what any plan can see: column generation with a Lagrangian bound."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Timer
from typing import TYPE_CHECKING

import numpy as np

from planner.cores import cores
from planner.problem import Route
from planner.rules import SLACK_H, flown_h
from planner.solvers.bound import clocked
from planner.solvers.bound.closing import best_plan
from planner.solvers.bound.flights import Flight, Pool, gather
from planner.solvers.bound.limit import Bound, everything, grain, within_reason
from planner.solvers.bound.program import Duals, Entries, Program, Sortie, blended
from planner.solvers.bound.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes
    from planner.solvers import Progress
    from planner.solvers.bound.listing import Listed

SHARP = 0.1
ACCURACY = (1e-5, 1e-2)
MOST_THREADS = 4
TURN = 4
MOST_CELL_ROUNDS = 8
NEAR, NEARER = 3e-3, 5e-4
CONTENT = 50
ENOUGH = 1e-7
SLIGHTLY = 1e-6
LESS = 0.8
FEW_LISTED = 500
MANY_LISTED = 20_000
MOST_LISTED = 1_000_000
HOPEFUL = 0.06
SHARE_TO_CLOSE = 0.3


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
    from the middle of its good duals [2]_; sorties are priced by ng-route relaxation [3]_, and one
    by one once those that could be part of a better plan are listed. Where it matters when a cell
    is searched, `clocked.prove` does the same by other means.

    References
    ----------
    .. [1] Geoffrion, A. M. (1974). Lagrangean relaxation for integer programming. *Mathematical
       Programming Study*, 2, 82-114.
    .. [2] Gondzio, J., González-Brevis, P., Munari, P. (2013). New developments in the primal-dual
       column generation technique. *European Journal of Operational Research*, 224(1), 41-51.
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
    if start:
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
    hurried: bool = False
    stalled: bool = False
    turn: int = 0
    proofs: int = 0
    proof_seconds: float = 0.0
    point: Duals = field(init=False)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(min(MOST_THREADS, cores()))
    )
    halt: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, bool))
    flights: list[Flight] = field(init=False)
    pools: list[Pool] = field(init=False)
    cells: Steady = field(init=False)
    program: Program = field(init=False)
    ordered: float = field(init=False)
    budget_h: NDArray[np.float64] = field(init=False)
    best: float = field(init=False)
    best_duals: Duals = field(init=False)
    earned: NDArray[np.float64] = field(init=False)
    priced: float = np.inf
    tried: float = np.inf
    listed: list[Listed] | None = None
    grain: float = field(init=False)
    reached: float = field(init=False)
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
        for cell, row, loss in self.cells.spare_looks():
            self.program.add_spare(cell, row, loss)
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
            {},
        )
        self.point = self.best_duals
        self.earned = np.full(len(self.flights), np.inf)
        self.grain = grain(self.problem)
        self.reached = self.ordered

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
        """Offer routes that are already known; what they are worth need not be disproved."""
        self.reached = max(self.reached, self.problem.value(routes))
        flight_of = {slot: k for k, flight in enumerate(self.flights) for slot in flight.slots}
        for each in self.cells.known_looks(routes):
            self._offer_looks(*each)
        for route in routes:
            if route.looks and route.slot in flight_of:
                k = flight_of[route.slot]
                self._offer(k, self.cells.as_sortie(self.flights[k], route))
        self.done = self.done or self._closed()

    def advance(self) -> None:
        """Solve the program, and price sorties once: quickly, or so that it proves something."""
        solved = self._solve()
        if solved is None:
            self._last_proof()
            return
        value, duals = solved
        gap = (self.best - value) / max(abs(value), 1e-9)
        self.point = self.program.centre(float(np.clip(SHARP * gap, *ACCURACY))) or duals
        self.hurried = self._clock_asks()
        if self.idle < len(self.flights) and not self.hurried:
            self._try()
            return
        fresh = self._prove_here(blend=gap > NEAR and not self.stalled)
        if self._closed() or self.left() <= 0:
            self.done = True
        elif not fresh or self.best - value < NEAR * value:
            settled = not fresh or self.best - value < NEARER * value
            self.done = (settled and self._hopeful() and self._close(FEW_LISTED)) or not (
                self._learn()
                or not settled
                or self._cut()
                or fresh
                or self._polish(duals)
                or self._close(MANY_LISTED)
            )

    def _solve(self) -> tuple[float, Duals] | None:
        """Solve the program until cells have no better sets of looks to offer."""
        for _ in range(MOST_CELL_ROUNDS):
            solved = self.program.solve(self.left())
            if solved is None:
                return None
            _, sets = self.cells.best_looks(self.cells.clip(solved[1]))
            fresh = [self._offer_looks(*each) for each in sets]
            if not any(fresh):
                break
        return solved

    def _last_proof(self) -> None:
        """Prove what can be proven where the program gave out, and end."""
        self.done = True
        if self.left() > 0:
            self._price(self.point, range(len(self.flights)), thorough=True)

    def _clock_asks(self) -> bool:
        """Ask for a proof at half time, and for a last one while there is time for it."""
        left, proofs = self.left(), self.proofs
        return left < self.seconds / 2 if proofs == 0 else left < 2 * self.proof_seconds

    def _closed(self) -> bool:
        """Return whether nothing can be worth more than known routes are."""
        return self.rounded() <= self.reached + ENOUGH * max(1.0, self.reached)

    def rounded(self) -> float:
        """Return the bound, down to the next value that plans can have."""
        if not self.grain or not np.isfinite(self.best):
            return self.best * (1 + 1e-9) + 1e-9
        return float(np.floor((self.best * (1 + 1e-8) + 1e-6) / self.grain) * self.grain)

    def _prove_here(self, *, blend: bool) -> bool:
        """
        Price everything thoroughly, and return whether to go on.

        That is at the program's central duals; with `blend` half way from the best so far to them,
        as is good while they are far from good [1]_, until it does not help.

        References
        ----------
        .. [1] Wentges, P. (1997). Weighted Dantzig-Wolfe decomposition for linear mixed-integer
           programming. *International Transactions in Operational Research*, 4(2), 151-162.
        """
        everyone, before = range(len(self.flights)), self.best
        blend = blend and bool(np.isfinite(self.earned).all())
        point = blended(self.best_duals, self.point) if blend else self.point
        self.idle, begun = 0, time.monotonic()
        fresh = self._price(point, everyone, thorough=True)
        self.proofs, self.proof_seconds = self.proofs + 1, time.monotonic() - begun
        self.stalled = blend and self.best >= before
        return fresh or blend

    def _polish(self, duals: Duals) -> bool:
        """Price everything at the program's own duals, for all they are worth."""
        self.hurried = True
        return self._price(duals, range(len(self.flights)), thorough=True)

    def _try(self) -> None:
        """Price the next few flights quickly."""
        count = min(TURN, len(self.flights))
        turn = [(self.turn + k) % len(self.flights) for k in range(count)]
        self.turn = (turn[-1] + 1) % len(self.flights)
        fresh = self._price(self.point, turn, thorough=False)
        self.idle = 0 if fresh else self.idle + count

    def _price(self, duals: Duals, turn: Sequence[int], *, thorough: bool) -> bool:
        """Offer what earns at these duals; return whether any of it is new."""
        duals = self.cells.clip(duals)
        made, sets = self.cells.best_looks(duals)
        fresh = [self._offer_looks(*each) for each in sets]
        total = self.ordered + float(made.sum()) + self._limits(duals)
        earned = np.zeros(len(self.flights))
        priced = self.threads.map(lambda k: self._price_flight(k, duals, thorough=thorough), turn)
        for k, (most, sorties) in zip(turn, priced, strict=True):
            total += len(self.flights[k].slots) * most
            earned[k] = most
            fresh += [self._offer(k, sortie) for sortie in sorties]
        if self.listed is not None:
            total = max(total, self.reached)
        if thorough and self._improve(total):
            self.best_duals, self.earned, self.priced = duals, earned, total
        return any(fresh)

    def _limits(self, duals: Duals) -> float:
        """Return what the shared limits and budgets are worth at these duals."""
        sorties = sum(
            pool.most * float(dual) for pool, dual in zip(self.pools, duals.pool, strict=True)
        )
        paid = duals.hour > 0
        cuts = sum(cut.most * dual for cut, dual in duals.cut.items())
        return sorties + cuts + float(self.budget_h[paid] @ duals.hour[paid])

    def _price_flight(self, k: int, duals: Duals, *, thorough: bool) -> tuple[float, list[Sortie]]:
        """
        Return a bound on what a sortie of a flight earns beyond its dues, and some sorties.

        The bound is infinite once it is time to end.
        """
        if self.halt[0]:
            return np.inf, []
        flight = self.flights[k]
        dues = self._dues(flight, duals)
        floor = float(duals.flight[k]) + dues + ENOUGH
        if self.listed is not None:
            most, sorties = self.cells.listed_sorties(self.listed[k], duals, floor)
            return max(0.0, most - dues), sorties
        content = slack = np.inf
        if not self.hurried:
            content, slack = CONTENT, ENOUGH + NEARER * self.best / (2 * len(self.problem.slots))
        most, sorties = self.cells.best_sorties(
            flight, duals, floor, thorough=thorough, content=content, slack=slack
        )
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
        flown = np.flatnonzero(self.program.flown() > 1e-6).tolist()
        learnt = self.cells.remember(self.offered[index][1] for index in flown)
        if learnt:
            for index, (k, sortie) in enumerate(tuple(self.offered)):
                if self.cells.forbids(sortie):
                    self.program.withdraw(index)
                    self._offer(k, self.cells.once(self.flights[k], sortie))
        return learnt

    def _cut(self) -> bool:
        """Add cuts that fractions of sorties break; return whether there are any."""
        flown = self.program.flown()
        used = np.flatnonzero(flown > 1e-6)
        sorties = [self.offered[index][1] for index in used.tolist()]
        cuts = self.cells.add_cuts(sorties, flown[used])
        for cut in cuts:
            self.program.add_cut(cut)
        return bool(cuts)

    def _hopeful(self) -> bool:
        """Return whether what is still open is so little of a sortie that few can be listed."""
        share = self.best / len(self.problem.slots)
        return self.listed is not None or self._open() <= HOPEFUL * share

    def _open(self) -> float:
        """Return how far the bound at the best duals is above the least value of a better plan."""
        return max(0.0, self.priced - self.reached - self.grain * (1 - SLIGHTLY))

    def _close(self, many: int) -> bool:
        """
        List all sorties that could be part of a better plan, and choose; return whether that ends.

        A plan with a sortie that earns less than the most by all of the gap is no better than what
        is known already. While there are more than so `many` none is chosen, but they are priced
        one by one from now on.
        """
        if self.left() <= 0 or not self._list():
            return False
        if self.listed is None or sum(len(each) for each in self.listed) > many:
            return False
        return self._choose(self.listed)

    def _list(self) -> bool:
        """List what could be part of a better plan, if the gap is less than it was; or keep it."""
        gap = self._open()
        fresh = self.listed is None
        if not np.isfinite(self.earned).all() or (fresh and gap > LESS * self.tried):
            return False
        self.tried = gap
        margin, duals = SLIGHTLY * max(1.0, self.best), self.best_duals
        floors = [
            self._dues(flight, duals) + most - gap - margin
            for flight, most in zip(self.flights, self.earned.tolist(), strict=True)
        ]
        self.listed = self._listed(floors)
        if self.listed is None:
            return False
        self.cells.list_sorties()
        for index, (k, sortie) in enumerate(self.offered):
            again = len({look.cell for look in sortie.looks}) < len(sortie.looks)
            if again or self._earns(k, sortie, duals) <= floors[k]:
                self.program.withdraw(index)
        return True

    def _listed(self, floors: Sequence[float]) -> list[Listed] | None:
        """Return the sorties that earn more than `floors`; nothing when they are too many."""
        duals = self.best_duals
        if self.listed is not None:
            return [
                each.above(duals, floor) for each, floor in zip(self.listed, floors, strict=True)
            ]
        listed: list[Listed] = []
        for flight, floor in zip(self.flights, floors, strict=True):
            room = MOST_LISTED - sum(len(each) for each in listed)
            found = self.cells.every_sortie(flight, duals, floor, room)
            if found is None:
                return None
            listed.append(found)
        return listed

    def _earns(self, k: int, sortie: Sortie, duals: Duals) -> float:
        """Return what a sortie earns beyond what it is charged."""
        flight = self.flights[k]
        charged = sum(weight * duals.charge[row] for row, weight in sortie.charged)
        pairs = sum(dual * cut.pairs(sortie.looks) for cut, dual in duals.cut.items())
        hours = duals.hour[flight.detachment] * (sortie.hours - flight.fixed_h)
        return float(sortie.value - charged - pairs - hours)

    def _choose(self, listed: list[Listed]) -> bool:
        """Choose the best plan of what is listed; return whether it is known to be."""
        sorties = [
            (k, self.cells.listed_sortie(each, index))
            for k, each in enumerate(listed)
            for index in range(len(each))
        ]
        if not sorties:
            self._improve(self.reached)
            return True
        most, chosen, best = best_plan(
            sorties,
            self.flights,
            self.pools,
            self.budget_h,
            self.cells.gains(),
            self.point.cut,
            seconds=SHARE_TO_CLOSE * self.left(),
        )
        for index in dict.fromkeys(chosen):
            self._offer(*sorties[index])
        self._improve(max(self.ordered + most, self.reached))
        return best or self._closed()

    def bound(self) -> Bound:
        """Return what is proven so far."""
        problem, duals = self.problem, self.best_duals
        slot_value = np.zeros(len(problem.slots))
        for k, flight in enumerate(self.flights):
            shared = duals.pool[flight.pool] if flight.pool >= 0 else 0.0
            slot_value[list(flight.slots)] = duals.flight[k] + shared
        return Bound(
            value=self.rounded(),
            columns=tuple(self._flyable()),
            cell_value=self.cells.best_looks(duals)[0],
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
