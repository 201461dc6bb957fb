"""The bound's two halves when it does not matter when a cell is searched."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit
from planner.problem import Look, Route
from planner.solvers.bound.cuts import MOST_BASE, MOST_TOLLS, Cut, Minded, violated
from planner.solvers.bound.flights import Flight, gather
from planner.solvers.bound.graph import Graph
from planner.solvers.bound.labels import FULL, Labels, grow, middles, new_labels, trace
from planner.solvers.bound.listing import Listed
from planner.solvers.bound.meeting import meet, paths
from planner.solvers.bound.program import Duals, Entries, Sortie
from planner.solvers.bound.rest import LEAST_STEPS, Rest, at_most, rest_of, still_to_earn
from planner.solvers.bound.sweep import path_to, sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from planner.problem import Problem, Routes

MOST_DEEP = 8
MOST_LABELS = 600_000
MOST_SORTIES = 150
OF_ONE_MIDDLE = 10
NEAR = 8
MEMORIES = (3, 6, 12, 10_000)
FEW_LABELS, MANY_LABELS, TOO_MANY = 3_000, 50_000, 150_000
MOST_REMEMBERED = 20
MOST_LEARNT = 100
EVERY = -1
MOST_CUTS = 1_000
MOST_TO_LIST = 400_000
ALL = np.uint64(2**64 - 1)
EMPTY = Route(0, 0.0, ())


class Narrowed(NamedTuple):
    """
    What labels from one end say of a flight's sorties.

    `most` bounds what one earns; `side` is the end they begin at, 0 for take-off and 1 for landing,
    `grown` how many they are (or `FULL`), `rests` what labels from either end can still earn;
    `sorties` are some that earn more than was asked, best first.
    """

    most: float
    side: int
    grown: int
    rests: tuple[Rest, Rest]
    sorties: list[Sortie]

    def contents(self, content: float) -> bool:
        """Return whether so many sorties are enough, and more labels would be dear."""
        return self.grown > MANY_LABELS and len(self.sorties) >= content


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
        self.alike = np.array([len(pods) == 1 for pods in self._pods])
        self.most_looks = len(problem.slots)
        self.minded: Minded = {}
        self.most_tolls = MOST_TOLLS
        self.always_minded: frozenset[int] = frozenset()
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

    def clip(self, duals: Duals) -> Duals:
        """Return the duals with what pricing can heed: no charge above what a look could see."""
        cuts = dict(sorted(duals.cut.items(), key=lambda each: -each[1])[: self.most_tolls])
        most = np.column_stack([self.least * self.mass, self.greatest * self.mass])
        for cut, dual in cuts.items():
            most[list(cut.cells)] -= dual
        charge = np.minimum(duals.charge, np.maximum(0.0, most.ravel()))
        return replace(duals, charge=charge, cut=cuts)

    def list_sorties(self) -> None:
        """From now on, sorties are priced one by one: cuts may be many and mind every cell."""
        self.most_tolls, self.always_minded = MOST_CUTS, frozenset(range(len(self.mass)))

    def listed_sorties(
        self, listed: Listed, duals: Duals, floor: float
    ) -> tuple[float, list[Sortie]]:
        """Return the most a listed sortie earns, and sorties that earn more than `floor`."""
        earned = listed.earned(duals)
        best = np.argsort(-earned, kind="stable")[:MOST_SORTIES]
        found = best[earned[best] > floor].tolist()
        return float(earned.max(initial=-np.inf)), [self.listed_sortie(listed, k) for k in found]

    def listed_sortie(self, listed: Listed, k: int) -> Sortie:
        """Return one of the listed sorties."""
        return self._sortie(listed.flight, [(cell, 0) for cell in listed.path(k)])

    def first_looks(self) -> list[tuple[int, float, Entries]]:
        """Return sets of looks to begin from: one, two and three of each cell's extreme PODs."""
        return [
            self._set(cell, times * unit)
            for cell, pods in enumerate(self._pods)
            for unit in np.eye(len(pods), dtype=np.int64)[:: max(1, len(pods) - 1)]
            for times in range(1, 4 if pods.max() < 1 else 2)
        ]

    def spare_looks(self) -> list[tuple[int, int, float]]:
        """Return cell and row of each kind of look, with the most its looks lose: all they see."""
        most = np.column_stack([self.least * self.mass, self.greatest * self.mass]).ravel()
        return [(row // 2, row, loss) for row, loss in enumerate(most.tolist())]

    def gains(self) -> NDArray[np.float64]:
        """Return what each further look at a cell adds where they are alike, shape (n, looks)."""
        times = np.arange(self.most_looks)
        added: NDArray[np.float64] = (self.mass * self.least)[:, None] * (
            1 - self.least[:, None]
        ) ** times
        return added

    def known_looks(self, routes: Routes) -> list[tuple[int, float, Entries]]:
        """Return the sets of looks of known routes, with their true overlap."""
        sets = []
        for cell, looks in self.problem.looks(routes).items():
            pods = np.array([pod for _, pod in looks])
            overlap = self.mass[cell] * (pods.sum() - 1 + float(np.prod(1 - pods)))
            sets.append((cell, overlap, self.charged_all([cell] * len(pods), pods.tolist())))
        return sets

    def best_looks(
        self, duals: Duals
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
        most, times = self._most_alike(duals)
        sets = [
            self._set(cell, times[cell : cell + 1])
            for cell in np.flatnonzero(self.alike & (times > 0)).tolist()
        ]
        charged = (duals.charge[::2] > 0) | (duals.charge[1::2] > 0)
        for cell in np.flatnonzero(~self.alike & charged).tolist():
            pods, (low, high) = self._pods[cell], duals.charge[2 * cell : 2 * cell + 2]
            share = self._share(pods, cell)
            looks = np.zeros(len(pods), np.int64)
            omega = low * (1 - share) + high * share
            most[cell] = _most(pods, omega, self.mass[cell], 0, 1.0, 0, looks)
            if looks.any():
                sets.append(self._set(cell, looks))
        return most, sets

    def _most_alike(self, duals: Duals) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return what cells whose looks are all alike make at most, and of how many looks."""
        times = np.arange(self.most_looks + 1)
        paid = duals.charge[::2, None] * times
        for cut, dual in duals.cut.items():
            for cell in cut.cells:
                paid[cell] += dual * np.maximum(0, times - cut.base[cut.cells.index(cell)])
        unseen = (1 - self.least[:, None]) ** times
        made = paid - self.mass[:, None] * (times * self.least[:, None] - 1 + unseen)
        made[~self.alike] = 0.0
        return made.max(axis=1), made.argmax(axis=1)

    def best_sorties(
        self,
        flight: Flight,
        duals: Duals,
        floor: float,
        *,
        thorough: bool,
        content: float = np.inf,
        slack: float = np.inf,
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
        content, slack
            With how many sorties, or how near the floor, a worse bound will do: see `prove`.

        Returns
        -------
        most
            Bound on what a sortie earns (`floor` when none earns more); infinite when unknown.
        sorties
            Sorties earning more than `floor`, best first.
        """
        sides = self.graphs(flight, duals, float(duals.hour[flight.detachment]))
        most_h = flight.endurance_h
        rest = still_to_earn(sides[0], most_h)
        most, sorties = self._sweep(flight, sides[0], rest, floor)
        if not thorough:
            return most, sorties
        proven, found = self.prove(
            flight, sides, rest, max(floor, most), content=content, slack=slack
        )
        return proven, found + sorties

    def _sweep(
        self, flight: Flight, side: Graph, rest: Rest, floor: float
    ) -> tuple[float, list[Sortie]]:
        """Return good sorties that earn more than `floor`, quickly."""
        most_h = flight.endurance_h
        met, value, last = sweep(side, rest, most_h, _steps(rest), floor)
        best = [k for k in np.argsort(-value, kind="stable").tolist() if value[k] > floor]
        sorties = [self._sortie(flight, path_to(met, int(last[k]))) for k in best[:MOST_SORTIES]]
        return max(float(value.max()), floor), sorties

    def prove(
        self,
        flight: Flight,
        sides: tuple[Graph, Graph],
        rest: Rest,
        floor: float,
        *,
        content: float = np.inf,
        slack: float = np.inf,
    ) -> tuple[float, list[Sortie]]:
        """
        Return the most a sortie can earn, and sorties that earn more than `floor`.

        With so many sorties one is `content`, and takes a worse bound where a better one is dear;
        where none is found, with one within `slack` of the floor.
        """
        first = self._narrow(
            flight, sides, _unknown(flight, sides, rest), floor, MEMORIES[:1], content
        )
        if first.grown == FULL or first.most <= floor or first.contents(content):
            return first.most, first.sorties
        most = first.most
        while True:
            hard = first.grown > TOO_MANY and most - floor > slack
            aim = (most + floor) / 2 if hard else floor
            found = self._narrow(flight, sides, first, aim, MEMORIES[1:], content)
            most = min(most, found.most)
            if found.sorties or found.grown == FULL or most - floor <= slack:
                return most, found.sorties

    def _narrow(
        self,
        flight: Flight,
        sides: tuple[Graph, Graph],
        known: Narrowed,
        floor: float,
        sizes: tuple[int, ...],
        content: float = np.inf,
    ) -> Narrowed:
        """
        Grow labels from either end in turn, over the whole time and with more memory each time.

        What those from the other end still earn tells which need not go on. Where few are left,
        the rest of `sizes` but the last is skipped. What is `known` must be so for all that earns
        more than `floor`.
        """
        found, most_h = known, flight.endurance_h
        all_there_is = int(self.remembers.sum(axis=1).max())
        for size in sizes:
            if found.most <= floor:
                return found._replace(most=floor, grown=0, sorties=[])
            if size != sizes[-1] and (found.grown < FEW_LABELS or size >= all_there_is):
                continue
            side = 1 - found.side
            graph, labels = self._with_memory(flight, sides[side], size), self._labels()
            count = grow(graph, labels, found.rests[side], most_h, most_h, floor, False, self.halt)
            if count == FULL:
                return found._replace(grown=FULL)
            most = min(found.most, float(_earned(graph, labels, count).max(initial=floor)))
            best = [
                self._traced(flight, side, label) for label in _best(graph, labels, count, floor)
            ]
            good = [sortie for sortie in best if not self.forbids(sortie)]
            rests = _with_rest(found.rests, sides, side, (labels, count), most_h)
            found = Narrowed(most, side, count, rests, good)
            if found.contents(content):
                break
        return found

    def every_sortie(self, flight: Flight, duals: Duals, floor: float, many: int) -> Listed | None:
        """
        Return every sortie that earns more than `floor` and comes back to no cell.

        Those that search the same cells are worth the same: only the shortest is told. Nothing is
        when there are more than so `many`, when looks at a cell differ, or when legs are priced.
        """
        ways = (flight.out_price, flight.leg_price, flight.back_price)
        priced = any(price.any() for price in ways)
        if priced or flight.dwell_h.shape[1] > 1 or not self.alike[flight.cells].all():
            return None
        sides = self.graphs(flight, duals, float(duals.hour[flight.detachment]))
        unknown = _unknown(flight, sides, still_to_earn(sides[0], flight.endurance_h))
        known = self._narrow(flight, sides, unknown, floor, (*MEMORIES, MEMORIES[-1]))
        if known.grown == FULL:
            return None
        return self.join_halves(flight, sides, known.rests, floor, many)

    def join_halves(
        self,
        flight: Flight,
        sides: tuple[Graph, Graph],
        rests: tuple[Rest, Rest],
        floor: float,
        many: int,
    ) -> Listed | None:
        """Grow labels that remember every cell from both ends half of the time, and join them."""
        rooms = (self._room(MOST_TO_LIST), self._room(MOST_TO_LIST))
        sides = (
            self._with_memory(flight, sides[0], EVERY),
            self._with_memory(flight, sides[1], EVERY),
        )
        counts, most_h, half_h = [FULL, FULL], flight.endurance_h, flight.endurance_h / 2
        for k, (side, labels, rest) in enumerate(zip(sides, rooms, rests, strict=True)):
            counts[k] = grow(side, labels, rest, most_h, half_h, floor, True, self.halt)
            if counts[k] == FULL:
                return None
        met = meet(
            sides[0],
            (rooms[0], counts[0]),
            (rooms[1], counts[1]),
            most_h,
            half_h,
            floor,
            many,
            self.halt,
        )
        if met is None:
            return None
        return Listed(
            flight=flight,
            cells=paths(*rooms, met, len(flight.cells)),
            searched=met.searched,
            alone=(self.mass * self.least)[flight.cells] - flight.dwell_price[:, 0],
            hours=met.hours,
        )

    def _traced(self, flight: Flight, side: int, label: int) -> Sortie:
        """Return the sortie of a label that began at one of the two ends."""
        return self._sortie(flight, trace(self._labels(), label)[:: -1 if side else 1])

    def _with_memory(self, flight: Flight, side: Graph, size: int) -> Graph:
        """Return a flight whose cells remember so many of the nearest cells they remember."""
        words = side.near.shape[1]
        if size == EVERY:
            return side._replace(near=np.full_like(side.near, ALL))
        own = np.ix_(flight.cells, flight.cells)
        nearest = _nearest(flight.leg_h + flight.leg_h.T, size)
        return side._replace(near=_bits(self.remembers[own] & nearest, words))

    def remember(self, sorties: Iterable[Sortie]) -> bool:
        """
        Let cells remember what made some sorties come back to a cell; return whether any did.

        The shortest ways back come first, and a cell remembers no more than so many: that is
        cheap, and forbids most.
        """
        ways = {way for sortie in sorties for way in _ways_back(sortie)}
        often, learnt = self.remembers.sum(axis=1), 0
        for cell, *between in sorted(ways, key=lambda way: (len(way), way)):
            new = [each for each in (cell, *between) if not self.remembers[each, cell]]
            if learnt < MOST_LEARNT and new and (often[new] < MOST_REMEMBERED).all():
                self.remembers[new, cell] = True
                often[new] += 1
                learnt += 1
        return learnt > 0

    def forbids(self, sortie: Sortie) -> bool:
        """Return whether a sortie comes back to a cell that is remembered all the way."""
        cells = [look.cell for look in sortie.looks]
        last: dict[int, int] = {}
        for end, cell in enumerate(cells):
            if cell in last and self.remembers[cells[last[cell] : end], cell].all():
                return True
            last[cell] = end
        return False

    def once(self, flight: Flight, sortie: Sortie) -> Sortie:
        """Return a sortie that comes back to no cell any more."""
        looks = {look.cell: look for look in reversed(sortie.looks)}
        kept = sorted(looks.values(), key=sortie.looks.index)
        return self.as_sortie(flight, replace(EMPTY, looks=tuple(kept)))

    def as_sortie(self, flight: Flight, route: Route) -> Sortie:
        """Return a known route as the program sees it."""
        local = {cell: k for k, cell in enumerate(flight.cells.tolist())}
        return self._sortie(flight, [(local[look.cell], look.level) for look in route.looks])

    def _labels(self) -> Labels:
        if not hasattr(self._rooms, "labels"):
            self._rooms.labels = self._room(MOST_LABELS)
        labels: Labels = self._rooms.labels
        return labels

    def _room(self, most: int) -> Labels:
        return new_labels(most, len(self.mass), -(-len(self.mass) // 64))

    def graphs(self, flight: Flight, duals: Duals, hourly: float) -> tuple[Graph, Graph]:
        """Return a flight as it is charged, from its take-off and from its landing."""
        own = np.ix_(flight.cells, flight.cells)
        pod = self.pod[flight.kind]
        worth = pod * self.mass[:, None] - self.charge_of(duals.charge, pod)
        worth = worth[flight.cells] - flight.dwell_price - hourly * flight.dwell_h
        near = _bits(self.remembers[own], -(-len(self.mass) // 64))
        price = flight.leg_price + hourly * flight.leg_h
        out = flight.out_price + hourly * flight.out_h
        back = flight.back_price + hourly * flight.back_h
        tolled, minded, toll = self._tolls(flight, duals)
        ahead = Graph(
            np.vstack([flight.leg_h, flight.out_h]),
            np.vstack([price, out]),
            flight.back_h,
            back,
            flight.dwell_h,
            worth,
            near,
            tolled,
            minded,
            toll,
        )
        behind = Graph(
            np.ascontiguousarray(np.vstack([flight.leg_h.T, flight.back_h])),
            np.ascontiguousarray(np.vstack([price.T, back])),
            flight.out_h,
            out,
            flight.dwell_h,
            worth,
            near,
            tolled,
            minded,
            toll,
        )
        return ahead, behind

    def _tolls(
        self, flight: Flight, duals: Duals
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.float64]]:
        """Return the cuts each cell counts in and those it minds, as bits, and their tolls."""
        tolled, minded = np.zeros((2, len(self.mass)), np.uint64)
        toll = np.zeros(MOST_TOLLS)
        for index, (cut, dual) in enumerate(duals.cut.items()):
            toll[index] = dual
            tolled[list(cut.cells)] |= np.uint64(1 << index)
            minded[list(cut.minds)] |= np.uint64(1 << index)
        return tolled[flight.cells], minded[flight.cells], toll

    def add_cuts(self, sorties: list[Sortie], flown: NDArray[np.float64]) -> list[Cut]:
        """Return new cuts that fractions of sorties break most; they hold from now on."""
        looks = np.zeros((len(sorties), len(self.mass)), np.int64)
        for row, sortie in enumerate(sorties):
            np.add.at(looks[row], [look.cell for look in sortie.looks], 1)
        looks[:, ~self.alike] = 0
        beyond = np.maximum(0.0, (flown @ looks)[:, None] - np.arange(1, MOST_BASE + 1))
        ways = [tuple(look.cell for look in sortie.looks) for sortie in sorties]
        fresh = violated(looks, flown, beyond, ways, self.minded, self.always_minded)
        self.minded |= {(cut.cells, cut.base): cut.minds for cut in fresh}
        return fresh

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


def rehearse(problem: Problem) -> None:
    """Run (and so compile) all that proves what sorties can earn, on a small problem."""
    flight = gather(problem, spread_h=0.0)[0][0]
    cells = Steady(problem, [flight], np.zeros(1, bool))
    nothing = np.zeros(1)
    duals = Duals(np.zeros(cells.look_rows), nothing, nothing, nothing, {})
    sides = cells.graphs(flight, duals, 0.0)
    rest = still_to_earn(sides[0], flight.endurance_h)
    cells.prove(flight, sides, rest, -1.0)
    cells.join_halves(flight, sides, (rest, rest), -1.0, FEW_LABELS)


def _earned(side: Graph, labels: Labels, count: int) -> NDArray[np.float64]:
    """Return what each label but the first earns as a whole sortie, -inf for struck ones."""
    earned = labels.value[1:count] - side.tail_price[labels.cell[1:count]]
    return np.where(labels.alive[1:count], earned, -np.inf)


def _ending(side: Graph, labels: Labels, count: int, floor: float) -> NDArray[np.int64]:
    """Return the labels that earn more than `floor` as whole sorties, best first."""
    earned = _earned(side, labels, count)
    ends_well = np.flatnonzero(earned > floor)
    return ends_well[np.argsort(-earned[ends_well], kind="stable")] + 1


def _best(side: Graph, labels: Labels, count: int, floor: float) -> list[int]:
    """Return the labels that earn most as whole sorties, some for each cell half way."""
    chosen: list[int] = []
    often: dict[int, int] = {}
    ending = _ending(side, labels, count, floor)
    for label, cell in zip(ending.tolist(), middles(labels, ending).tolist(), strict=True):
        often[cell] = often.get(cell, 0) + 1
        if often[cell] <= OF_ONE_MIDDLE:
            chosen.append(label)
        if len(chosen) == MOST_SORTIES:
            break
    return chosen


def _with_rest(
    rests: tuple[Rest, Rest],
    sides: tuple[Graph, Graph],
    side: int,
    grown: tuple[Labels, int],
    most_h: float,
) -> tuple[Rest, Rest]:
    """Return what is still to earn, as labels from one side have it for those from the other."""
    there = 1 - side
    rest = rest_of(sides[there], *grown, most_h, _steps(rests[there]))
    return (rests[0], rest) if there else (rest, rests[1])


def _ways_back(sortie: Sortie) -> Iterator[tuple[int, ...]]:
    """Yield each cell a sortie comes back to, with what it searches in between."""
    last: dict[int, int] = {}
    cells = [look.cell for look in sortie.looks]
    for place, cell in enumerate(cells):
        if cell in last:
            yield tuple(cells[last[cell] : place])
        last[cell] = place


def _steps(rest: Rest) -> int:
    return max(len(rest.first), LEAST_STEPS)


def _unknown(flight: Flight, sides: tuple[Graph, Graph], rest: Rest) -> Narrowed:
    """Return what can be said without any labels."""
    most_h = flight.endurance_h
    rests = (rest, still_to_earn(sides[1], most_h))
    return Narrowed(at_most(sides[0], rest, most_h), 0, MOST_LABELS, rests, [])


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
