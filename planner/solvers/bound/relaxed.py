"""The problem with its looks paid for by the hour: what sorties earn, and what cells make."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.cores import cores
from planner.solvers.bound.cells import best_looks, clock_of, room_of, waters_of
from planner.solvers.bound.found import Found
from planner.solvers.bound.sorties import (
    FUZZ,
    PAD_H,
    Sea,
    Wings,
    best_sorties,
    fill_gains,
    new_chart,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.problem import Problem
    from planner.solvers.bound.cells import Clock, Waters
    from planner.solvers.bound.flights import Flight

KNOT_H = 0.5
ROUGH_H = 0.1
QUICK_H = 1 / 30
LOOSE_H = 1 / 8
FINE_H = 1 / 60
MOST_CELLS = 40
QUICK_CELLS = 24
MOST_PLACES = 16
MOST_RANKS = 3
MOST_THREADS = 4
RUN = 8


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


@dataclass(slots=True)
class Relaxed:
    """
    The problem with its looks paid for: what sorties earn, and what cells make.

    A flight's `promised` best cells are told apart, the others by so many `neighbourhoods`.
    """

    problem: Problem
    flights: list[Flight]
    families: list[Family]
    budget_h: NDArray[np.float64]
    ordered: float
    out_of_time: Callable[[], bool]
    promised: int = MOST_CELLS
    neighbourhoods: int = MOST_PLACES
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(min(MOST_THREADS, cores()))
    )
    knots: int = field(init=False)
    knot_h: float = field(init=False)
    ranks: int = field(init=False)
    pod: NDArray[np.float64] = field(init=False)
    waters: Waters = field(init=False)
    own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        problem = self.problem
        last_h = max(flight.last_landing_h for flight in self.flights) + 1.0
        self.knot_h = problem.step_h / np.ceil(problem.step_h / KNOT_H)
        self.knots = int(last_h / self.knot_h) + 2
        self.pod = np.ascontiguousarray(
            np.take_along_axis(problem.pod, problem.condition[None, :, None, :], axis=3)
        )
        self.waters = waters_of(problem, self.flights, self.pod)
        self.ranks = self._ranks()

    def _ranks(self) -> int:
        """Return how many ranks of looks are told apart: more than one where searches fit bins."""
        again = all((np.diag(flight.leg_h) < FUZZ).all() for flight in self.flights)
        clock = clock_of(self.waters, FINE_H, looks=self._looks())
        fit = self.problem.exclusive and clock.drift_h < clock.bin_h / 4
        return MOST_RANKS if again and fit and self.waters.exact else 1

    def _looks(self) -> int:
        """Return how many looks may follow each other at once, at most."""
        longest_h = max(flight.endurance_h for flight in self.flights)
        shortest_h = min(float(flight.dwell_h.min()) for flight in self.flights)
        return int(longest_h / shortest_h) + 2

    def sea(self, pay: Pay) -> Sea:
        """Return what looks earn."""
        return Sea(self.pod, self.problem.step_h, pay.look, self.knot_h)

    def make(
        self, pay: Pay, bin_h: float, *, bound: bool, cells: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """
        Return what each cell makes, shape (n,), and the POD of its looks, shaped as the pay.

        Of `cells` alone when they are given; infinite for those the time did not suffice for.
        """
        clock = clock_of(self.waters, bin_h, looks=self._looks() if bound else 0)
        made, looked = np.zeros(self.problem.cells), np.zeros_like(pay.look)
        sea = self.sea(pay)
        seen = np.arange(len(made)) if cells is None else cells
        seen = seen[np.isfinite(self.waters.first_h[seen])]

        def some(cells: NDArray[np.int64]) -> None:
            if self.out_of_time():
                made[cells] = np.inf
                return
            room, spare = self._room(clock)
            best_looks(self.waters, sea, clock, cells, room, spare, made, looked)

        list(self.threads.map(some, np.array_split(seen, max(1, len(seen) // 2))))
        return made, looked

    def _room(self, clock: Clock) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        key = (clock.bins, clock.bin_h, len(clock.grid))
        if getattr(self.own, "key", None) != key:
            self.own.key = key
            self.own.room = room_of(self.waters, clock, self.ranks), np.empty(len(clock.grid))
        room: tuple[NDArray[np.float64], NDArray[np.float64]] = self.own.room
        return room

    def wings(
        self, flight: Flight, pay: Pay, places: list[NDArray[np.int64]], bin_h: float
    ) -> Wings:
        """Return what the sorties of a flight may do among some of its cells, hours paid."""
        shortest_h = float(flight.dwell_h.min())
        bin_h = shortest_h / np.ceil(shortest_h / bin_h)
        hourly = float(pay.hour[flight.detachment])
        use = np.concatenate(places)
        sizes = np.array([len(place) for place in places])
        starts = np.cumsum(sizes) - sizes

        def least(each: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.minimum.reduceat(each[use], starts, axis=0)

        def shortest(legs: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.ascontiguousarray(np.minimum.reduceat(least(legs)[:, use], starts, axis=1))

        leg_h, dwell_h = shortest(flight.leg_h), least(flight.dwell_h)
        dwell_bins, wide = (dwell_h / bin_h + FUZZ).astype(np.int64), sizes > 1
        return Wings(
            flight.kind,
            bin_h,
            flight.cells[use],
            flight.dwell_h[use],
            flight.dwell_price[use] + hourly * flight.dwell_h[use],
            np.repeat(np.arange(len(places)), sizes),
            wide,
            least(flight.out_h),
            (leg_h / bin_h + FUZZ).astype(np.int64),
            least(flight.back_h),
            wide | (np.diag(leg_h) < FUZZ),
            least(flight.out_price + hourly * flight.out_h),
            shortest(flight.leg_price + hourly * flight.leg_h),
            least(flight.back_price + hourly * flight.back_h),
            dwell_bins,
            wide[:, None] | (np.abs(dwell_h / bin_h - dwell_bins) < 2 * FUZZ),
        )

    def places(self, flight: Flight, pay: Pay) -> list[NDArray[np.int64]]:
        """Return the promising cells one by one, and the others by neighbourhood."""
        use = self.promising(flight, pay, self.promised)
        rest = np.setdiff1d(np.arange(len(flight.cells)), use)
        places = [np.array([cell]) for cell in use.tolist()]
        if len(rest) <= self.neighbourhoods:
            return [*places, *(np.array([cell]) for cell in rest.tolist())]
        legs_h = flight.leg_h[np.ix_(rest, rest)]
        legs_h = legs_h + legs_h.T
        nearest_h, middles = legs_h[0].copy(), [0]
        while len(middles) < self.neighbourhoods:
            middles.append(int(nearest_h.argmax()))
            nearest_h = np.minimum(nearest_h, legs_h[middles[-1]])
        own = legs_h[middles].argmin(axis=0)
        return [*places, *(rest[own == k] for k in range(self.neighbourhoods) if (own == k).any())]

    def promising(self, flight: Flight, pay: Pay, count: int) -> NDArray[np.int64]:
        """Return the cells of a flight whose looks may be paid most, as indices into its cells."""
        first = int(flight.earliest_h / self.knot_h)
        last = int(flight.last_landing_h / self.knot_h) + 2
        most = pay.look[flight.cells, :, :, first:last].max(axis=(1, 2, 3))
        best = np.argsort(-most, kind="stable")[:count]
        return np.sort(best[most[best] > 0.02 * most.max(initial=0.0)])

    def best(
        self,
        flight: Flight,
        pay: Pay,
        places: list[NDArray[np.int64]],
        takeoffs: NDArray[np.int64],
        bin_h: float,
        *,
        most_looks: int = 0,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """
        Return what a sortie of each of k take-offs earns at most, and which seems to.

        Returns
        -------
        worth
            What it earns at most, shape (k,); infinite where the time did not suffice.
        count, path
            Its number of looks, shape (k,), and their place, level and bin, shape
            (k, `most_looks`, 3).
        """
        count = np.zeros(len(takeoffs), np.int64)
        path = np.zeros((len(takeoffs), most_looks, 3), np.int64)
        if not places or not len(takeoffs):
            return np.zeros(len(takeoffs)), count, path
        worth = np.full(len(takeoffs), np.inf)
        if self.out_of_time():
            return worth, count, path
        sea, wings = self.sea(pay), self.wings(flight, pay, places, bin_h)
        from_h = np.maximum(0.0, flight.takeoff_h[takeoffs] - PAD_H)
        to_h = flight.takeoff_h[takeoffs] + flight.spread_h + PAD_H
        land_by_h = np.minimum(to_h + flight.endurance_h, flight.latest_h) + PAD_H
        hours = np.column_stack([from_h, to_h, land_by_h])
        origin = int(hours[0, 0] / wings.bin_h)
        bins = int((hours[-1, 2] + PAD_H) / wings.bin_h) - origin + 2
        shape = (self.ranks, len(places), flight.dwell_h.shape[1], bins)
        gains, chart = np.empty(shape), new_chart(self.ranks, len(places), bins + 1)
        fill_gains(sea, wings, origin, gains)
        for some in _runs(len(takeoffs)):
            if self.out_of_time():
                break
            best_sorties(
                wings, gains, origin, hours[some], chart, worth[some], count[some], path[some]
            )
        return worth, count, path

    def real(self, flight: Flight, pay: Pay, takeoffs: NDArray[np.int64]) -> Found:
        """Return a good sortie of each take-off asked for."""
        cells = self.promising(flight, pay, min(QUICK_CELLS, self.promised))
        places = [np.array([cell]) for cell in cells.tolist()]
        worth, count, path = self.best(
            flight, pay, places, takeoffs, QUICK_H, most_looks=self._looks()
        )
        return Found(
            flight=flight,
            takeoffs=takeoffs,
            earns=np.where(count > 0, worth, 0.0),
            count=count,
            cell=cells[path[:, :, 0]] if len(cells) else path[:, :, 0],
            level=path[:, :, 1],
        )

    def flown(
        self, found: Found, share: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
        """
        Return the POD flown when so much of each sortie is, and the hours.

        Returns
        -------
        spot, pod
            Where POD is flown, as indices into the pay's, and how much there.
        hours
            Flying hours together.
        """
        chosen = np.flatnonzero((share > 0) & (found.count > 0))
        mid_h, rank, hours = found.clocked(chosen, self.ranks)
        cell, level = found.flight.cells[found.cell[chosen]], found.level[chosen]
        step = np.minimum((mid_h / self.problem.step_h).astype(np.int64), self.pod.shape[3] - 1)
        pod = self.pod[found.flight.kind, cell, level, step] * share[chosen, None]
        pod[np.arange(pod.shape[1]) >= found.count[chosen, None]] = 0.0
        knot = np.minimum((mid_h / self.knot_h).astype(np.int64), self.knots - 2)
        late = mid_h / self.knot_h - knot
        spot = ((cell * self.ranks + rank) * self.pod.shape[2] + level) * self.knots + knot
        spots, pods = [spot.ravel(), spot.ravel() + 1], [(pod * (1 - late)), (pod * late)]
        total = float(hours @ share[chosen])
        return np.concatenate(spots), np.concatenate([each.ravel() for each in pods]), total

    def sum(self, pay: Pay, made: float, most: NDArray[np.float64]) -> float:
        """Return the Lagrangian value of what cells make and sorties earn."""
        paid = pay.hour > 0
        hours = float(self.budget_h[paid] @ pay.hour[paid])
        dues = np.array([pay.hour[each.detachment] * each.fixed_h for each in self.flights])
        sorties = sum(family.total(most - dues, self.flights) for family in self.families)
        return self.ordered + made + sorties + hours

    def limits(
        self, pay: Pay, bin_h: float, floor: NDArray[np.float64], last: list[NDArray[np.float64]]
    ) -> list[NDArray[np.float64]]:
        """
        Return a bound on what a sortie of each take-off of each flight earns.

        None is below the flight's `floor`. Only take-offs whose `last` bound is above are tried
        again; what the time does not suffice for keeps it.
        """

        def limit(k: int) -> NDArray[np.float64]:
            flight, again = self.flights[k], np.flatnonzero(last[k] > floor[k])
            bound = last[k].copy()
            worth, *_ = self.best(flight, pay, self.places(flight, pay), again, bin_h)
            bound[again] = np.minimum(bound[again], worth)
            return np.asarray(np.maximum(floor[k], bound))

        return list(self.threads.map(limit, range(len(self.flights))))


def _runs(count: int) -> list[slice]:
    """Return so many take-offs in runs short enough to look at the clock in between."""
    return [slice(begin, begin + RUN) for begin in range(0, count, RUN)]
