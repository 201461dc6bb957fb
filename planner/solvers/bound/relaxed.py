"""The problem with its looks paid for by the hour: what sorties earn, and what cells make."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.problem import Look, Route
from planner.rules import SLACK_H
from planner.solvers.bound.cells import best_looks, clock_of, room_of, waters_of
from planner.solvers.bound.sorties import Ledger, Sea, Wings, fly, new_ledger, retrace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.problem import Problem
    from planner.solvers.bound.cells import Clock, Waters
    from planner.solvers.bound.flights import Flight

PAD_H = 2 * SLACK_H
KNOT_H = 0.5
ROUGH_H = 0.1
QUICK_H = 0.25
FINE_H = 1 / 60
MOST_CELLS = 40
MOST_THREADS = 4


@dataclass(frozen=True, slots=True)
class Pay:
    """
    What looks are paid, and what hours cost.

    `look` is paid per unit of POD at each knot of time, shape (n, T); `hour` is the price of a
    flying hour of each detachment, shape (G,).
    """

    look: NDArray[np.float64]
    hour: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Family:
    """Flights that share a limit on sorties; `most` is that limit."""

    flights: tuple[int, ...]
    most: int

    def total(self, best: NDArray[np.float64], flights: list[Flight]) -> float:
        """Return what the family earns when a sortie of each flight earns its best."""
        left, total = self.most, 0.0
        for k in sorted(self.flights, key=lambda k: -best[k]):
            flown = min(left, len(flights[k].slots))
            total += flown * max(0.0, float(best[k]))
            left -= flown
        return total


@dataclass(frozen=True, slots=True)
class Found:
    """A real sortie: its route, what it earns, its POD by cell and knot, and its hours."""

    route: Route
    earns: float
    spot: NDArray[np.int64]
    pod: NDArray[np.float64]
    hours: float


@dataclass(slots=True)
class Relaxed:
    """The problem with its looks paid for: what sorties earn, and what cells make."""

    problem: Problem
    flights: list[Flight]
    families: list[Family]
    budget_h: NDArray[np.float64]
    ordered: float
    out_of_time: Callable[[], bool]
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1))
    )
    knots: int = field(init=False)
    knot_h: float = field(init=False)
    pod: NDArray[np.float64] = field(init=False)
    waters: Waters = field(init=False)
    own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        problem = self.problem
        last_h = max(flight.latest_h for flight in self.flights) + 1.0
        self.knot_h = problem.step_h / np.ceil(problem.step_h / KNOT_H)
        self.knots = int(last_h / self.knot_h) + 2
        self.pod = np.ascontiguousarray(
            np.take_along_axis(problem.pod, problem.condition[None, :, None, :], axis=3)
        )
        self.waters = waters_of(problem, self.flights, self.pod)

    def sea(self, pay: Pay) -> Sea:
        """Return what looks earn."""
        return Sea(self.pod, self.problem.step_h, pay.look, self.knot_h)

    def make(
        self, pay: Pay, bin_h: float, *, bound: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what each cell makes, shape (n,), and the POD of its looks, shape (n, T)."""
        clock = clock_of(self.waters, bin_h, bound=bound)
        made, looked = np.zeros(self.problem.cells), np.zeros_like(pay.look)
        sea = self.sea(pay)
        seen = np.flatnonzero(np.isfinite(self.waters.first_h))

        def some(cells: NDArray[np.int64]) -> None:
            if self.out_of_time():
                made[cells] = np.inf
                return
            room, spare = self._room(clock)
            best_looks(self.waters, sea, clock, cells, room, spare, made, looked)

        list(self.threads.map(some, np.array_split(seen, max(1, len(seen) // 6))))
        return made, looked

    def _room(self, clock: Clock) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        key = (clock.bins, clock.bin_h)
        if getattr(self.own, "key", None) != key:
            self.own.key = key
            self.own.room = room_of(self.waters, clock), np.empty(len(clock.grid))
        room: tuple[NDArray[np.float64], NDArray[np.float64]] = self.own.room
        return room

    def ledgers(self, flight: Flight, bin_h: float) -> tuple[NDArray[np.float64], Ledger, Ledger]:
        """Return room for the partial sorties of a flight."""
        bins = int((flight.endurance_h + flight.spread_h + 2 * PAD_H) / bin_h) + 4
        key = (bins, len(flight.cells))
        kept: dict[tuple[int, int], tuple[NDArray[np.float64], Ledger, Ledger]] = getattr(
            self.own, "ledgers", {}
        )
        if key not in kept:
            self.own.ledgers = kept
            kept[key] = np.empty(bins + 1), new_ledger(*key), new_ledger(*key)
        return kept[key]

    def wings(self, flight: Flight, pay: Pay) -> Wings:
        """Return what the sorties of a flight may do, hours paid."""
        hourly = float(pay.hour[flight.detachment])
        return Wings(
            flight.kind,
            flight.cells,
            flight.out_h,
            flight.leg_h,
            flight.back_h,
            flight.out_price + hourly * flight.out_h,
            flight.leg_price + hourly * flight.leg_h,
            flight.back_price + hourly * flight.back_h,
            flight.dwell_h,
            flight.dwell_price + hourly * flight.dwell_h,
        )

    def promising(self, flight: Flight, pay: Pay) -> NDArray[np.int64]:
        """Return the cells of a flight whose looks may be paid most, as indices into its cells."""
        first = int(flight.earliest_h / self.knot_h)
        last_h = min(flight.latest_h, flight.takeoff_h[-1] + flight.spread_h + flight.endurance_h)
        most = pay.look[flight.cells, first : int(last_h / self.knot_h) + 2].max(axis=1)
        best = np.argsort(-most, kind="stable")[:MOST_CELLS]
        return np.sort(best[most[best] > 0.02 * most.max(initial=0.0)])

    def real(self, flight: Flight, pay: Pay, takeoffs: list[int]) -> list[tuple[int, Found | None]]:
        """Return a good sortie of each take-off asked for; nothing where none earns anything."""
        sea, wings, use = self.sea(pay), self.wings(flight, pay), self.promising(flight, pay)
        rest, there, done = self.ledgers(flight, QUICK_H)
        found: list[tuple[int, Found | None]] = []
        for k in takeoffs:
            takeoff_h = float(flight.takeoff_h[k])
            land_by_h = min(takeoff_h + flight.endurance_h, flight.latest_h) - 2 * PAD_H
            at = np.array([takeoff_h, takeoff_h])
            best, end, cell = fly(
                sea, wings, use, at, land_by_h, QUICK_H, True, 0.0, rest, there, done
            )
            if end < 0:
                found.append((k, None))
                continue
            path = retrace(flight.dwell_h.shape[1], there, done, end, cell)
            found.append((k, self._found(flight, takeoff_h, path, best)))
        return found

    def _found(
        self, flight: Flight, takeoff_h: float, path: list[tuple[int, int]], earns: float
    ) -> Found:
        looks = tuple(Look(int(flight.cells[cell]), level) for cell, level in path)
        route = Route(flight.slots[0], takeoff_h, looks)
        spots, pods = [], []
        timed = self.problem.clock(route)
        for look, start_h, end_h in zip(looks, timed.start_h, timed.end_h, strict=True):
            mid_h = (start_h + end_h) / 2
            pod = self.problem.look_pod(route.slot, look, mid_h)
            knot, share = divmod(mid_h / self.knot_h, 1.0)
            spot = look.cell * self.knots + min(int(knot), self.knots - 2)
            spots += [spot, spot + 1]
            pods += [pod * (1 - share), pod * share]
        hours = timed.landing_h - takeoff_h + flight.fixed_h
        return Found(route, earns, np.array(spots), np.array(pods), hours)

    def sum(self, pay: Pay, made: float, most: NDArray[np.float64]) -> float:
        """Return the Lagrangian value of what cells make and sorties earn."""
        paid = pay.hour > 0
        hours = float(self.budget_h[paid] @ pay.hour[paid])
        dues = np.array([pay.hour[each.detachment] * each.fixed_h for each in self.flights])
        sorties = sum(family.total(most - dues, self.flights) for family in self.families)
        return self.ordered + made + sorties + hours

    def rough(self, pay: Pay, floor: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """
        Return a rough bound on what a sortie of each take-off of each flight earns.

        None is below the flight's `floor`: what a sortie of it earns anyway.
        """

        def limits(k: int) -> NDArray[np.float64]:
            takeoffs = range(len(self.flights[k].takeoff_h))
            return np.array(
                [self.limit(k, pay, each, ROUGH_H, float(floor[k])) for each in takeoffs]
            )

        return list(self.threads.map(limits, range(len(self.flights))))

    def fine(
        self, pay: Pay, floor: NDArray[np.float64], rough: list[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Return a bound on what a sortie of each flight earns, no less than its floor."""

        def most(k: int) -> float:
            best = float(floor[k])
            for each in np.argsort(-rough[k], kind="stable").tolist():
                if rough[k][each] <= best:
                    break
                fine = self.limit(k, pay, each, FINE_H, best)
                best = max(best, min(fine, float(rough[k][each])))
            return best

        return np.array(list(self.threads.map(most, range(len(self.flights)))))

    def limit(self, k: int, pay: Pay, takeoff: int, bin_h: float, floor: float) -> float:
        """Return a bound on what a sortie of one take-off earns; infinite when out of time."""
        if self.out_of_time():
            return np.inf
        flight = self.flights[k]
        takeoff_h = float(flight.takeoff_h[takeoff])
        at = np.array([takeoff_h - PAD_H, takeoff_h + flight.spread_h + PAD_H])
        land_by_h = min(at[1] + flight.endurance_h, flight.latest_h)
        every = np.arange(len(flight.cells))
        sea, wings = self.sea(pay), self.wings(flight, pay)
        rest, there, done = self.ledgers(flight, bin_h)
        best, _, _ = fly(sea, wings, every, at, land_by_h, bin_h, False, floor, rest, there, done)
        return best
