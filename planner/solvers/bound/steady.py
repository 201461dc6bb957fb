"""The bound's two halves when it does not matter when a cell is searched."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from planner.compiling import njit
from planner.problem import Look
from planner.solvers.bound.labels import (
    FULL,
    Graph,
    Labels,
    grow,
    join,
    new_labels,
    still_to_earn,
    trace,
)
from planner.solvers.bound.program import Duals, Entries, Sortie

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem, Route, Routes
    from planner.solvers.bound.flights import Flight

MOST_DEEP = 8
MOST_LABELS = 1_500_000
MOST_SORTIES = 30
NEAR = 5
STEPS = 200
FEW = 1
ALL = np.uint64(2**64 - 1)


class Steady:
    r"""
    Cells whose looks are worth the same at any time, and sorties that search a cell once.

    Looks with PODs :math:`p_v` see :math:`M (1 - \prod_v (1 - p_v))`, that is
    :math:`\sum_v p_v M` less their overlap. Each look is charged :math:`\omega(p)`, linear between
    the cell's least and greatest POD; what a cell can make of the charges is
    :math:`\max_V \sum_{v \in V} \omega(p_v) - \text{overlap}(V)`, searched exhaustively.
    """

    def __init__(self, problem: Problem, flights: list[Flight], halt: NDArray[np.bool_]) -> None:
        self.problem = problem
        self.halt = halt
        kinds = sorted({flight.kind for flight in flights}) or [0]
        self.mass = np.ascontiguousarray(problem.under_way[:, 0])
        steady = np.take_along_axis(problem.pod, problem.condition[None, :, None, :1], axis=3)[
            ..., 0
        ]
        self.pod = np.ascontiguousarray(steady)
        self._pods = [
            np.unique(steady[kinds, cell].round(12))[::-1].copy() for cell in range(problem.cells)
        ]
        self.least = np.array([pods[-1] for pods in self._pods])
        self.greatest = np.array([pods[0] for pods in self._pods])
        legs = problem.distance_nm[0][: problem.cells, : problem.cells]
        self.remembers = _nearest(legs + legs.T, NEAR)
        self._rooms = threading.local()

    @property
    def look_rows(self) -> int:
        """Number of kinds of look that are charged."""
        return 2 * len(self.mass)

    def charged(self, cell: int, pod: float) -> Entries:
        """Return the rows a look counts in, with weights that sum to one."""
        high = float(self._share(np.array([pod]), cell)[0])
        return ((2 * cell, 1.0 - high), (2 * cell + 1, high)) if high else ((2 * cell, 1.0),)

    def charge_of(
        self, charge: NDArray[np.float64], pod: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return what looks of POD `pod`, shape (n, L), pay at each cell."""
        high = self._share(pod, slice(None))
        paid: NDArray[np.float64] = charge[::2, None] * (1 - high) + charge[1::2, None] * high
        return paid

    def _share(self, pod: NDArray[np.float64], cell: int | slice) -> NDArray[np.float64]:
        """Return how far PODs lie from the cell's least to its greatest, 0 to 1."""
        least, span = self.least[cell, None], (self.greatest - self.least)[cell, None]
        share: NDArray[np.float64] = np.where(
            span > 1e-6, np.clip((pod - least) / np.maximum(span, 1e-6), 0.0, 1.0), 0.0
        )
        return share

    def clip(self, charge: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the charges, none above what a look could ever see."""
        most = np.column_stack([self.least * self.mass, self.greatest * self.mass]).ravel()
        return np.minimum(charge, most)

    def first_looks(self) -> list[tuple[int, float, Entries]]:
        """Return sets of looks to begin from: one, two and three of each cell's extreme PODs."""
        return [
            self._set(cell, times * unit)
            for cell, pods in enumerate(self._pods)
            for unit in np.eye(len(pods), dtype=np.int64)[:: max(1, len(pods) - 1)]
            for times in range(1, 4 if pods.max() < 1 else 2)
        ]

    def spare_looks(self) -> list[tuple[int, float]]:
        """Return each look row with the most its looks could lose: all they see."""
        return list(enumerate(self.clip(np.full(self.look_rows, np.inf)).tolist()))

    def known_looks(self, routes: Routes) -> list[tuple[int, float, Entries]]:
        """Return the sets of looks of known routes, with their true overlap."""
        sets = []
        for cell, looks in self.problem.looks(routes).items():
            pods = np.array([pod for _, pod in looks])
            overlap = self.mass[cell] * (pods.sum() - 1 + float(np.prod(1 - pods)))
            sets.append((cell, overlap, self.charged_all([cell] * len(pods), pods.tolist())))
        return sets

    def best_looks(
        self, charge: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], list[tuple[int, float, Entries]]]:
        """
        Return what each cell makes of the charges, and the sets of looks that make it.

        Returns
        -------
        most
            A bound on what each cell can make, shape (n,), at least zero.
        sets
            Cell, overlap and covered rows of the looks that make the most of it.
        """
        most = np.zeros(len(self.mass))
        sets = []
        for cell in np.flatnonzero((charge[::2] > 0) | (charge[1::2] > 0)).tolist():
            pods, (low, high) = self._pods[cell], charge[2 * cell : 2 * cell + 2]
            share = self._share(pods, cell)
            looks = np.zeros(len(pods), np.int64)
            omega = low * (1 - share) + high * share
            most[cell] = _most(pods, omega, self.mass[cell], 0, 1.0, 0, looks)
            if looks.any():
                sets.append(self._set(cell, looks))
        return most, sets

    def best_sorties(
        self, flight: Flight, duals: Duals, floor: float, *, thorough: bool
    ) -> tuple[float, list[Sortie]]:
        """
        Return the most a sortie of a flight can earn, and sorties that earn more than `floor`.

        Parameters
        ----------
        flight
            Which sorties.
        duals
            What its looks and hours are charged.
        floor
            What a sortie must earn to be of interest.
        thorough
            Whether the first answer must be a bound; otherwise partial sorties that remember more
            are dropped too early, which is fast.

        Returns
        -------
        most
            Bound on what a sortie earns (`floor` when none earns more); infinite when unknown.
        sorties
            Sorties earning more than `floor`, best first.
        """
        hourly = float(duals.hour[flight.detachment])
        sides = self._graphs(flight, duals, hourly)
        anything = [np.full((len(flight.cells), 1), np.inf)] * 2
        near = flight.leg_h + flight.leg_h.T
        everywhere = _nearest(near, len(near))
        quick = [side._replace(near=_bits(everywhere, side.near.shape[1])) for side in sides]
        few = _bits(_nearest(near, FEW), sides[0].near.shape[1])
        found = self._search(flight, (quick[0], quick[1]), hourly, anything, floor, few)
        if not thorough or found is None:
            return found or (np.inf, [])
        every = np.full_like(few, ALL)
        rest = self._rest(flight, sides, hourly)
        proven = self._search(flight, sides, hourly, rest, max(floor, found[0]), every)
        if proven is None:
            return np.inf, found[1]
        return max(found[0], proven[0]), proven[1] + found[1]

    def _rest(
        self, flight: Flight, sides: tuple[Graph, Graph], hourly: float
    ) -> list[NDArray[np.float64]]:
        """Bound what can still be earned on the way from either end, with little memory."""
        most_h, itself = flight.endurance_h, np.eye(len(flight.cells), dtype=bool)
        words = sides[0].near.shape[1]
        forgetful = [side._replace(near=_bits(itself, words)) for side in sides]
        anything = np.full((len(flight.cells), 1), np.inf)
        every = np.full_like(sides[0].near, ALL)
        rest = []
        tails = (
            flight.back_price + hourly * flight.back_h,
            flight.out_price + hourly * flight.out_h,
        )
        for k, (side, tail) in enumerate(zip(sides, tails, strict=True)):
            room = self._labels()[0]
            count = grow(
                forgetful[1 - k], room, most_h, most_h, every, anything, -np.inf, self.halt
            )
            if count == FULL:
                return [anything, anything]
            rest.append(still_to_earn(side, tail, room, count, most_h, STEPS))
        return rest

    def _search(
        self,
        flight: Flight,
        sides: tuple[Graph, Graph],
        hourly: float,
        rest: list[NDArray[np.float64]],
        floor: float,
        compare: NDArray[np.uint64],
    ) -> tuple[float, list[Sortie]] | None:
        """Grow labels from both ends and join them; nothing when there are too many."""
        ahead, behind = self._labels()
        most_h, half_h = flight.endurance_h, flight.endurance_h / 2
        one = grow(sides[0], ahead, most_h, half_h, compare, rest[0], floor, self.halt)
        if one == FULL:
            return None
        other = grow(sides[1], behind, most_h, most_h - half_h, compare, rest[1], floor, self.halt)
        if other == FULL:
            return None
        tail_price = flight.back_price + hourly * flight.back_h
        value, pair = join(
            sides[0],
            flight.back_h,
            tail_price,
            ahead,
            one,
            behind,
            other,
            most_h,
            half_h,
            floor,
        )
        best = [k for k in np.argsort(-value, kind="stable").tolist() if value[k] > floor]
        sorties = [
            self._sortie(flight, trace(ahead, pair[k, 0]) + trace(behind, pair[k, 1])[::-1])
            for k in best[:MOST_SORTIES]
        ]
        return float(value.max()), sorties

    def remember(self, sortie: Sortie) -> bool:
        """Let cells remember what made a sortie come back to a cell; return whether it did."""
        cells = [look.cell for look in sortie.looks]
        learnt = False
        for end, cell in enumerate(cells):
            if cell in cells[:end]:
                begin = end - 1 - cells[:end][::-1].index(cell)
                between = cells[begin:end]
                learnt |= not self.remembers[between, cell].all()
                self.remembers[between, cell] = True
        return learnt

    def forbids(self, sortie: Sortie) -> bool:
        """Return whether a sortie comes back to a cell that is remembered all the way."""
        cells = [look.cell for look in sortie.looks]
        last: dict[int, int] = {}
        for end, cell in enumerate(cells):
            if cell in last and self.remembers[cells[last[cell] : end], cell].all():
                return True
            last[cell] = end
        return False

    def as_sortie(self, flight: Flight, route: Route) -> Sortie:
        """Return a known route as the program sees it."""
        local = {cell: k for k, cell in enumerate(flight.cells.tolist())}
        return self._sortie(flight, [(local[look.cell], look.level) for look in route.looks])

    def _labels(self) -> tuple[Labels, Labels]:
        if not hasattr(self._rooms, "both"):
            cells, words = len(self.mass), -(-len(self.mass) // 64)
            self._rooms.both = (
                new_labels(MOST_LABELS, cells, words),
                new_labels(MOST_LABELS, cells, words),
            )
        both: tuple[Labels, Labels] = self._rooms.both
        return both

    def _graphs(self, flight: Flight, duals: Duals, hourly: float) -> tuple[Graph, Graph]:
        own = np.ix_(flight.cells, flight.cells)
        pod = self.pod[flight.kind]
        worth = pod * self.mass[:, None] - self.charge_of(duals.charge, pod)
        worth = worth[flight.cells] - flight.dwell_price - hourly * flight.dwell_h
        near = _bits(self.remembers[own], -(-len(self.mass) // 64))
        price = flight.leg_price + hourly * flight.leg_h
        out = flight.out_price + hourly * flight.out_h
        back = flight.back_price + hourly * flight.back_h
        ahead = Graph(
            np.vstack([flight.leg_h, flight.out_h]),
            np.vstack([price, out]),
            flight.back_h,
            flight.dwell_h,
            worth,
            near,
        )
        behind = Graph(
            np.vstack([flight.leg_h.T, flight.back_h]),
            np.vstack([price.T, back]),
            flight.out_h,
            flight.dwell_h,
            worth,
            near,
        )
        return ahead, behind

    def _sortie(self, flight: Flight, path: list[tuple[int, int]]) -> Sortie:
        cells, levels = (list(each) for each in zip(*path, strict=True))
        hops = (cells[:-1], cells[1:])
        hours = flight.out_h[cells[0]] + flight.leg_h[hops].sum() + flight.back_h[cells[-1]]
        price = (
            flight.out_price[cells[0]] + flight.leg_price[hops].sum() + flight.back_price[cells[-1]]
        )
        searched, looked = flight.cells[cells], (cells, levels)
        pods = self.pod[flight.kind, searched, levels]
        return Sortie(
            looks=tuple(map(Look, searched.tolist(), levels)),
            takeoff_h=flight.earliest_h,
            value=float(
                (pods * self.mass[searched]).sum() - flight.dwell_price[looked].sum() - price
            ),
            charged=self.charged_all(searched.tolist(), pods.tolist()),
            hours=float(hours + flight.dwell_h[looked].sum() + flight.fixed_h),
        )

    def charged_all(self, cells: list[int], pods: list[float]) -> Entries:
        """Return the rows several looks count in together."""
        rows: dict[int, float] = {}
        for cell, pod in zip(cells, pods, strict=True):
            for row, weight in self.charged(cell, pod):
                rows[row] = rows.get(row, 0.0) + weight
        return tuple(rows.items())

    def _set(self, cell: int, count: NDArray[np.int64]) -> tuple[int, float, Entries]:
        pods = self._pods[cell]
        rows: dict[int, float] = {}
        for pod, times in zip(pods, count, strict=True):
            for row, weight in self.charged(cell, float(pod)):
                rows[row] = rows.get(row, 0.0) + weight * int(times)
        alone = float((pods * count).sum())
        together = 1 - float(np.prod((1 - pods) ** count))
        return cell, self.mass[cell] * (alone - together), tuple(rows.items())


def _nearest(legs: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Return which cells are among the nearest of each, shape (n, n); itself always is."""
    order = np.argsort(legs, axis=1, kind="stable")[:, :count]
    near = np.eye(len(legs), dtype=bool)
    near[np.arange(len(legs))[:, None], order] = True
    return near


def _bits(rows: NDArray[np.bool_], words: int) -> NDArray[np.uint64]:
    """Pack rows of booleans into 64-bit words, lowest bit first."""
    packed = np.packbits(
        np.pad(rows, ((0, 0), (0, 64 * words - rows.shape[1]))), axis=1, bitorder="little"
    )
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)


@njit
def _most(
    pods: NDArray[np.float64],
    omega: NDArray[np.float64],
    mass: float,
    first: int,
    unseen: float,
    deep: int,
    best: NDArray[np.int64],
) -> float:
    """
    Return the most that looks from `pods[first:]` can still make, and leave them in `best`.

    Overlap only grows with every look, so a look that makes nothing now never will. Beyond
    `MOST_DEEP` looks of several PODs, what is still unseen bounds the rest.
    """
    most = 0.0
    best[first:] = 0
    if len(pods) == 1:
        while omega[0] > pods[0] * mass * (1 - unseen) + 1e-12 and unseen > 1e-6:
            most += omega[0] - pods[0] * mass * (1 - unseen)
            unseen *= 1 - pods[0]
            best[0] += 1
        return most + (mass * unseen if unseen <= 1e-6 and omega[0] > pods[0] * mass else 0.0)
    for k in range(first, len(pods)):
        gain = omega[k] - pods[k] * mass * (1 - unseen)
        if gain <= 1e-12:
            continue
        if deep == MOST_DEEP:
            return max(most, mass * unseen)
        rest = np.zeros_like(best)
        gain += _most(pods, omega, mass, k, unseen * (1 - pods[k]), deep + 1, rest)
        if gain > most:
            most = gain
            best[first:] = rest[first:]
            best[k] += 1
    return most
