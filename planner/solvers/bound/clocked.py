"""The bound's two halves when it matters when a cell is searched."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.looks import expected_seen
from planner.problem import Look, Route
from planner.solvers.bound.clocked_labels import (
    FULL,
    Outing,
    Spells,
    grow_clocked,
    new_spells,
    rest_of,
)
from planner.solvers.bound.program import Duals, Entries, Sortie

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem, Routes
    from planner.solvers.bound.flights import Flight

BIN_H = 0.1
KNOTS_A_LIFE = 1.2
MOST_SPELLS = 60_000
MOST_SORTIES = 10
MOST_LATE_BINS = 3
NEIGHBOURS = 24
GRAIN = 0.04
FADED = 4.5


class Clocked:
    r"""
    Cells whose transfers come and go.

    A look with POD :math:`p` at time *t* alone sees :math:`p\,m(t)`; what looks take from each
    other fades with the hours between them. Each look is charged :math:`\omega(t, p)`, linear
    between knots in time and between the cell's least and greatest POD. What a cell can make of
    the charges is :math:`\max_V \sum_{v \in V} \omega(v) - \text{overlap}(V)`, by dynamic
    programming over bins of time and what has been seen and still lasts, both rounded so that the
    overlap is never overstated.
    """

    def __init__(self, problem: Problem, flights: list[Flight], halt: NDArray[np.bool_]) -> None:
        self.halt = halt
        self.problem = problem
        dwell_h = min((float(flight.dwell_h.min()) for flight in flights), default=1.0)
        self.bin_h = problem.step_h / math.ceil(problem.step_h / min(BIN_H, dwell_h))
        first_h = min((flight.earliest_h for flight in flights), default=0.0)
        last_h = max((flight.latest_h for flight in flights), default=1.0)
        self.first = int(max(0.0, first_h) / self.bin_h)
        self.bins = int(last_h / self.bin_h) + 2 - self.first
        life_h = 1 / problem.decay_per_h if problem.decay_per_h else 24.0
        self.knot_bins = max(1, round(min(6.0, life_h / KNOTS_A_LIFE) / self.bin_h))
        self.knots = -(-self.bins // self.knot_bins) + 1
        steps = problem.condition.shape[1]
        step = ((self.first + np.arange(self.bins) + 0.5) * self.bin_h / problem.step_h).astype(int)
        self.step = np.minimum(step, steps - 1)
        self.begin, self.end = self._under_way()
        kinds = sorted({flight.kind for flight in flights})
        pods = problem.pod[kinds] if kinds else problem.pod
        self.pods = [
            [np.unique(pods[:, cell, :, q].round(12)) for q in range(pods.shape[3])]
            for cell in range(problem.cells)
        ]
        used = [sorted(set(problem.condition[cell].tolist())) for cell in range(problem.cells)]
        self.least = np.array(
            [min(own[q].min() for q in use) for own, use in zip(self.pods, used, strict=True)]
        )
        self.greatest = np.array(
            [max(own[q].max() for q in use) for own, use in zip(self.pods, used, strict=True)]
        )
        self.most_looks = len(problem.slots) * 3
        self._rooms = threading.local()

    @property
    def look_rows(self) -> int:
        """Number of kinds of look that are charged."""
        return self.problem.cells * self.knots * 2

    def clip(self, charge: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the charges, none above what a look could ever see."""
        return np.minimum(charge, self._dearest())

    def _dearest(self) -> NDArray[np.float64]:
        """Return the most a look at each knot and extreme POD could see, by look row."""
        most = np.maximum(self.begin, self.end)
        padded = np.pad(most, ((0, 0), (self.knot_bins, self.knot_bins * 3)), mode="edge")
        around = np.stack(
            [
                padded[:, knot * self.knot_bins : (knot + 2) * self.knot_bins].max(axis=1)
                for knot in range(self.knots)
            ],
            axis=1,
        )
        pods = np.stack([self.least, self.greatest], axis=1)
        dearest: NDArray[np.float64] = (around[:, :, None] * pods[:, None, :]).ravel()
        return dearest

    def first_looks(self) -> list[tuple[int, float, Entries]]:
        """Return one look at each knot and extreme POD of each cell, which costs no overlap."""
        return [
            (cell, 0.0, ((row, 1.0),))
            for cell in range(self.problem.cells)
            for row in range(cell * self.knots * 2, (cell + 1) * self.knots * 2)
        ]

    def spare_looks(self) -> list[tuple[int, float]]:
        """Return each look row with the most its looks could lose: all they see."""
        return list(enumerate(self._dearest().tolist()))

    def known_looks(self, routes: Routes) -> list[tuple[int, float, Entries]]:
        """Return the sets of looks of known routes, with their true overlap."""
        sets = []
        for cell, looks in self.problem.looks(routes).items():
            demand = self.problem.demand(cell)
            alone = sum(pod * demand.under_way_at(hour) for hour, pod in looks)
            looked = [(cell, hour, pod) for hour, pod in looks]
            sets.append((cell, alone - expected_seen(demand, looks), self._charged(looked)))
        return sets

    def best_looks(
        self, charge: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], list[tuple[int, float, Entries]]]:
        """Return a bound on what each cell makes of the charges, and the looks that make it."""
        low, high = self._charges(charge)
        most = np.zeros(self.problem.cells)
        sets = []
        for cell in np.flatnonzero(np.maximum(low, high).max(axis=1) > 0).tolist():
            most[cell], looks = self._best_at(cell, low[cell], high[cell])
            if looks:
                sets.append(self._set(cell, looks))
        return most, sets

    def best_sorties(
        self, flight: Flight, duals: Duals, floor: float, *, thorough: bool
    ) -> tuple[float, list[Sortie]]:
        """Return a bound on what a sortie of a flight earns, and sorties that earn the most."""
        worth = self._worth(flight, duals)
        outings = [
            self._outing(flight, duals, worth, takeoff_h) for takeoff_h in flight.takeoff_h.tolist()
        ]
        anything = np.full((len(flight.cells) + 1, self.bins + 2), np.inf)
        idle = worth.max(axis=(1, 2)) <= 0
        legs_h = np.where(idle, np.inf, outings[0].leg_h)
        near = np.argsort(legs_h, axis=1, kind="stable")[:, :NEIGHBOURS].copy()
        found = [
            self._search(flight, each._replace(near=near), anything, -1.0, floor)
            for each in outings
        ]
        best = max([floor, *(most for most, _ in found)])
        sorties = [each for _, some in found for each in some]
        if self.halt[0] or not thorough:
            return np.inf if thorough else best, _foremost(sorties)
        rests = [
            rest_of(each._replace(land_by_h=each.land_by_h + each.spread_h)) for each in outings
        ]
        most = best
        for outing, rest in zip(outings, rests, strict=True):
            limit = float(rest[-1].max())
            if limit > most:
                late_h = outing.spread_h + MOST_LATE_BINS * self.bin_h
                proven, better = self._search(flight, outing, rest, late_h, best)
                most = max(most, min(limit, proven))
                sorties += better
        return most, _foremost(sorties)

    def _search(
        self,
        flight: Flight,
        outing: Outing,
        rest: NDArray[np.float64],
        late_h: float,
        floor: float,
    ) -> tuple[float, list[tuple[float, Sortie]]]:
        """Return what the best sortie of one take-off earns, infinite if unknown, and some."""
        count, last, earned = grow_clocked(outing, self._spells(), rest, late_h, floor, self.halt)
        if count == FULL:
            return np.inf if late_h >= 0 else -np.inf, []
        best = np.argsort(-earned, kind="stable")[:MOST_SORTIES]
        return float(earned.max()), [
            (float(earned[end]), self._sortie(flight, outing, int(last[end])))
            for end in best.tolist()
            if last[end] >= 0
        ]

    def remember(self, sortie: Sortie) -> bool:  # noqa: ARG002
        """Return that there is nothing to learn: a sortie may well come back to a cell."""
        return False

    def forbids(self, sortie: Sortie) -> bool:  # noqa: ARG002
        """Return that nothing is forbidden."""
        return False

    def as_sortie(self, flight: Flight, route: Route) -> Sortie:
        """Return a known route as the program sees it."""
        timed = self.problem.clock(route)
        middle_h = (np.array(timed.start_h) + np.array(timed.end_h)) / 2
        hours = timed.landing_h - route.takeoff_h + flight.fixed_h
        looked = [
            (look.cell, hour, self.problem.look_pod(route.slot, look, hour))
            for look, hour in zip(route.looks, middle_h.tolist(), strict=True)
        ]
        alone = sum(
            pod * self.problem.demand(cell).under_way_at(hour) for cell, hour, pod in looked
        )
        return Sortie(
            looks=route.looks,
            takeoff_h=route.takeoff_h,
            value=alone - self.problem.cost(route),
            charged=self._charged(looked),
            hours=float(hours),
        )

    def _under_way(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the transfers under way as each bin begins and ends, shape (n, bins) each."""
        problem = self.problem
        since = (self.first + np.arange(self.bins)) * self.bin_h - self.step * problem.step_h
        begun = problem.under_way[:, self.step]
        rate = problem.rate_per_h[:, self.step]

        def after(hours: NDArray[np.float64]) -> NDArray[np.float64]:
            if problem.decay_per_h == 0:
                return begun + rate * hours
            settled = rate / problem.decay_per_h
            return settled + (begun - settled) * np.exp(-problem.decay_per_h * hours)

        return after(since), after(since + self.bin_h)

    def _charges(
        self, charge: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what looks of least and greatest POD pay at the bins' edges, (n, bins + 1)."""
        knots = charge.reshape(self.problem.cells, self.knots, 2)
        at = np.arange(self.bins + 1) / self.knot_bins
        left = np.minimum(at.astype(int), self.knots - 2)
        share = (at - left)[None, :, None]
        edges = knots[:, left] * (1 - share) + knots[:, left + 1] * share
        return np.ascontiguousarray(edges[..., 0]), np.ascontiguousarray(edges[..., 1])

    def _share(self, cell: int, pod: float) -> float:
        span = self.greatest[cell] - self.least[cell]
        return float(np.clip((pod - self.least[cell]) / span, 0, 1)) if span > 1e-6 else 0.0

    def _charged(self, looked: list[tuple[int, float, float]]) -> Entries:
        rows: dict[int, float] = {}
        for cell, hour, pod in looked:
            at = np.clip(
                (hour / self.bin_h - self.first) / self.knot_bins, 0, self.knots - 1 - 1e-9
            )
            left, high = int(at), self._share(cell, pod)
            for knot, near in ((left, 1 - (at - left)), (left + 1, at - left)):
                for q, weight in ((0, 1 - high), (1, high)):
                    if near * weight > 1e-9:
                        row = (cell * self.knots + knot) * 2 + q
                        rows[row] = rows.get(row, 0.0) + float(near * weight)
        return tuple(rows.items())

    def _best_at(
        self, cell: int, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[float, list[tuple[int, float, float]]]:
        """Return what one cell makes of the charges, and its looks as bin, POD and overlap."""
        conditions = self.problem.condition[cell, self.step]
        pods = self.pods[cell]
        table = np.full((len(pods), max(map(len, pods))), -1.0)
        for q, own in enumerate(pods):
            table[q, : len(own)] = own
        decay = self.problem.decay_per_h * self.bin_h
        shift = max(1, round(decay / GRAIN)) if decay else 0
        grain = decay / shift if decay else GRAIN
        seen = np.zeros(int(FADED / grain) + 1)
        peak = max(float(self.begin[cell].max()), float(self.end[cell].max()), 1e-12)
        seen[1:] = peak * np.exp(-grain * np.arange(len(seen) - 2, -1, -1.0))
        share = np.clip(
            (table - self.least[cell]) / max(self.greatest[cell] - self.least[cell], 1e-6), 0, 1
        )
        if self.greatest[cell] - self.least[cell] <= 1e-6:
            share[:] = 0.0
        count, bins, which, overlap, most = _most(
            table,
            share,
            conditions,
            np.minimum(self.begin[cell], self.end[cell]),
            np.maximum(self.begin[cell], self.end[cell]),
            self.problem.rate_per_h[cell, self.step] * self.bin_h,
            low,
            high,
            seen,
            shift,
            math.exp(-decay),
            self.most_looks,
        )
        looks = [
            (int(bins[k]), float(table[conditions[bins[k]], which[k]]), float(overlap[k]))
            for k in range(count)
        ]
        return float(most), looks

    def _set(self, cell: int, looks: list[tuple[int, float, float]]) -> tuple[int, float, Entries]:
        looked = [(cell, (self.first + at + 0.5) * self.bin_h, pod) for at, pod, _ in looks]
        return cell, sum(overlap for *_, overlap in looks), self._charged(looked)

    def _worth(self, flight: Flight, duals: Duals) -> NDArray[np.float64]:
        """Return the most a search earns by cell, level and bin of its middle."""
        cells = flight.cells
        low, high = self._charges(duals.charge)
        edges = [np.minimum(each[cells, :-1], each[cells, 1:]) for each in (low, high)]
        most = np.maximum(self.begin[cells], self.end[cells])
        conditions = self.problem.condition[cells][:, self.step]
        pod = self.problem.pod[flight.kind][cells]
        pods = np.take_along_axis(pod, conditions[:, None, :], axis=2)
        span = (self.greatest - self.least)[cells, None, None]
        share = np.where(
            span > 1e-6,
            np.clip((pods - self.least[cells, None, None]) / np.maximum(span, 1e-6), 0, 1),
            0.0,
        )
        paid = edges[0][:, None] * (1 - share) + edges[1][:, None] * share
        dues = flight.dwell_price + duals.hour[flight.detachment] * flight.dwell_h
        worth = pods * most[:, None] - paid - dues[:, :, None]
        return np.ascontiguousarray(np.maximum(0.0, worth))

    def _outing(
        self, flight: Flight, duals: Duals, worth: NDArray[np.float64], takeoff_h: float
    ) -> Outing:
        hourly = float(duals.hour[flight.detachment])
        return Outing(
            worth=worth,
            near=np.tile(np.arange(len(flight.cells)), (len(flight.cells) + 1, 1)),
            leg_h=np.vstack([flight.leg_h, flight.out_h]),
            leg_price=np.vstack(
                [
                    flight.leg_price + hourly * flight.leg_h,
                    flight.out_price + hourly * flight.out_h,
                ]
            ),
            back_h=flight.back_h,
            back_price=flight.back_price + hourly * flight.back_h,
            dwell_h=flight.dwell_h,
            takeoff_h=takeoff_h,
            spread_h=flight.spread_h,
            land_by_h=min(takeoff_h + flight.endurance_h, flight.latest_h),
            origin_h=self.first * self.bin_h,
            bin_h=self.bin_h,
        )

    def _spells(self) -> Spells:
        if not hasattr(self._rooms, "room"):
            self._rooms.room = new_spells(MOST_SPELLS)
        room: Spells = self._rooms.room
        return room

    def _sortie(self, flight: Flight, outing: Outing, last: int) -> Sortie:
        room, looks = self._spells(), []
        label = last
        while label > 0:
            looks.append(Look(int(flight.cells[room.cell[label]]), int(room.level[label])))
            label = int(room.parent[label])
        return self.as_sortie(flight, Route(flight.slots[0], outing.takeoff_h, tuple(looks[::-1])))


def _foremost(sorties: list[tuple[float, Sortie]]) -> list[Sortie]:
    """Return the sorties that earn most, best first."""
    return [sortie for _, sortie in sorted(sorties, key=lambda each: -each[0])[:MOST_SORTIES]]


@njit(cache=True, nogil=True)
def _most(
    pods: NDArray[np.float64],
    share: NDArray[np.float64],
    condition: NDArray[np.int64],
    fewest: NDArray[np.float64],
    most: NDArray[np.float64],
    begun: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    seen: NDArray[np.float64],
    shift: int,
    kept: float,
    most_looks: int,
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], float]:
    """
    Return the looks at a cell that make the most of the charges, and a bound on what they make.

    What has been seen and still lasts is taken as of the end of each bin, so that only what a
    look itself adds is understated, by the decay of one bin, and its overlap likewise.
    """
    bins, grains = len(fewest), len(seen)
    value = np.zeros((bins + 1, grains))
    choice = np.full((bins, grains), -1, np.int8)
    into = np.zeros((bins, grains), np.int32)
    grain = math.log(seen[2] / seen[1]) if grains > 2 else 1.0
    for at in range(bins - 1, -1, -1):
        for state in range(grains - 1, -1, -1):
            best = value[at + 1, max(0, state - shift)]
            for k in range(pods.shape[1]):
                pod = pods[condition[at], k]
                if pod <= 0:
                    continue
                part = share[condition[at], k]
                pays = max(
                    low[at] * (1 - part) + high[at] * part,
                    low[at + 1] * (1 - part) + high[at + 1] * part,
                )
                gain = min(pays, pod * most[at]) - pod * seen[state]
                if gain <= 0:
                    continue
                added = (1 - pod) * seen[state] + pod * fewest[at] * kept
                after = 0
                if added >= seen[1]:
                    after = min(
                        grains - 1,
                        grains - 1 + math.floor(math.log(added / seen[-1]) / grain + 1e-9),
                    )
                if after > state:
                    made = gain + value[at, after]
                else:
                    least = min(seen[state], fewest[at] * kept)
                    again = most_looks * (min(pays, pod * most[at]) - pod * least)
                    low_state = 0
                    while low_state < state and seen[low_state + 1] <= least:
                        low_state += 1
                    made = min(again, most[at] + begun[at] - least)
                    made += value[at + 1, max(0, low_state - shift)]
                if made > best:
                    best = made
                    choice[at, state] = k
                    into[at, state] = after
            value[at, state] = best
    looks = np.zeros((3, 64))
    count, state = 0, 0
    for at in range(bins):
        while choice[at, state] >= 0 and count < 64:
            k = choice[at, state]
            looks[0, count], looks[1, count] = at, k
            looks[2, count] = pods[condition[at], k] * seen[state]
            count += 1
            if into[at, state] <= state:
                break
            state = into[at, state]
        state = max(0, state - shift)
    return (
        count,
        looks[0, :count].astype(np.int64),
        looks[1, :count].astype(np.int64),
        looks[2, :count],
        value[0, 0],
    )
