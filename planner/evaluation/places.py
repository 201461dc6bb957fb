"""Places in sorties where one more look could be put, tried with many cells at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Route

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Row = tuple[int, int, int, int, float, float, float, float]

MOST_TAKEOFFS = 49
MOST_TRIED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """
    Places in sorties, shape (N,) throughout; a look goes where looks `first` to before `last` are.

    Parameters
    ----------
    problem
        The problem.
    host
        Which of the sorties given it is in.
    slot
        The sortie's slot.
    first, last
        Order of the looks that a look there replaces; none where they are equal.
    here, there
        Points it leaves before, and reaches after.
    leave_h
        When it leaves the point before, in hours.
    left_h
        Hours from reaching the point after until it has landed.
    latest_h
        When it must have landed by its window and its endurance.
    saved
        What the legs between both points cost as they are flown, in the objective's unit.
    """

    problem: Problem
    host: Integers
    slot: Integers
    first: Integers
    last: Integers
    here: Integers
    there: Integers
    leave_h: Floats
    left_h: Floats
    latest_h: Floats
    saved: Floats

    @classmethod
    def of(cls, problem: Problem, hosts: Sequence[Route], *, whole: Collection[int] = ()) -> Places:
        """Return every place in some sorties; in slots of `whole` no look is left out."""
        rows = [
            (number, host.slot, *row)
            for number, host in enumerate(hosts)
            for row in _rows(problem, host, alone=host.slot in whole)
        ]
        host, slot, first, last, here, there = _columns([row[:6] for row in rows], 6, np.int64)
        leave_h, left_h, latest_h, saved = _columns([row[6:] for row in rows], 4, np.float64)
        return cls(
            problem=problem, host=host, slot=slot, first=first, last=last, here=here, there=there,
            leave_h=leave_h, left_h=left_h, latest_h=latest_h, saved=saved,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.slot)

    def chunks(self, cells: Integers) -> Iterator[tuple[slice, Integers]]:
        """Yield the cells in parts small enough to be tried at once, and where each part is."""
        levels = self.problem.dwell_h.shape[2]
        size = max(1, MOST_TRIED // max(1, len(self) * levels))
        for begin in range(0, len(cells), size):
            part = slice(begin, begin + size)
            yield part, cells[part]

    def timed(self, cells: Integers) -> tuple[Floats, Floats]:
        """Return mid-search and landing with a look there, in hours, shape (N, cells, levels)."""
        problem, slots = self.problem, self.problem.slots
        kind, airspace = slots.kind[self.slot], slots.airspace[self.slot, None]
        speed_kn, legs_nm = problem.speed_kn[kind][:, None], problem.distance_nm
        dwell_h = problem.dwell_h[kind[:, None], cells]
        reach_h = self.leave_h[:, None] + legs_nm[airspace, self.here[:, None], cells] / speed_kn
        home_h = legs_nm[airspace, cells, self.there[:, None]] / speed_kn + self.left_h[:, None]
        middle_h = reach_h[:, :, None] + dwell_h / 2
        return middle_h, middle_h + dwell_h / 2 + home_h[:, :, None]

    def seen(self, cells: Integers, middle_h: Floats, where: NDArray[np.bool_]) -> Floats:
        """Return what looks at unsearched cells would see, minus infinity elsewhere."""
        place, cell, level = np.nonzero(where)
        kind = self.problem.slots.kind[self.slot[place]]
        seen: Floats = np.full(where.shape, -np.inf)
        seen[where] = look_values(self.problem, kind, cells[cell], level, middle_h[where])
        return seen

    def price(self, cells: Integers) -> Floats:
        """Return what such looks would cost more, shape (N, cells, levels)."""
        problem, slots = self.problem, self.problem.slots
        dwell_h = problem.dwell_h[slots.kind[self.slot, None], cells]
        price = problem.price_per_h[cells][:, None] * dwell_h
        if problem.price.shape[1] == 1:
            return np.asarray(price)
        airspace = slots.airspace[self.slot, None]
        detour = problem.price[airspace, self.here[:, None], cells]
        detour = detour + problem.price[airspace, cells, self.there[:, None]]
        return np.asarray(price + (detour - self.saved[:, None])[:, :, None])


def look_values(
    problem: Problem, kind: Integers, cell: Integers, level: Integers, middle_h: Floats
) -> Floats:
    """
    Return what looks at cells nobody else searches would see, shape (looks,) throughout.

    Parameters
    ----------
    problem
        The problem.
    kind, cell, level
        Kind of aircraft, cell and dwell level of each look.
    middle_h
        Mid-search, in hours.
    """
    step = np.clip(middle_h // problem.step_h, 0, problem.rate_per_h.shape[1] - 1).astype(np.int64)
    elapsed_h = middle_h - step * problem.step_h
    rate, begun = problem.rate_per_h[cell, step], problem.under_way[cell, step]
    if problem.decay_per_h == 0:
        now = begun + rate * elapsed_h
    else:
        settled = rate / problem.decay_per_h
        now = settled + (begun - settled) * np.exp(-problem.decay_per_h * elapsed_h)
    pod = problem.pod[kind, cell, level, problem.condition[cell, step]]
    return np.asarray(pod * now)


def takeoffs_h(problem: Problem, slot: int) -> Floats:
    """Return the allowed take-offs of a slot, in hours; samples where any time will do."""
    slots, step_h = problem.slots, problem.takeoff_step_h
    first = float(slots.earliest_h[slot])
    last = min(float(slots.last_takeoff_h[slot]), float(slots.latest_h[slot]))
    if last < first:
        return np.zeros(0)
    if step_h > 0:
        return np.asarray(first + step_h * np.arange(int((last - first) / step_h + 1e-9) + 1))
    return np.asarray(np.linspace(first, last, MOST_TAKEOFFS if last > first else 1))


def _columns(rows: list[Any], count: int, kind: Any) -> Any:
    return np.array(rows, kind).reshape(-1, count).T


def _rows(problem: Problem, host: Route, *, alone: bool) -> Iterator[Row]:
    """Yield the places in one sortie: order of looks, points, times, cost of the legs between."""
    slots, slot = problem.slots, host.slot
    timed, kind = problem.clock(host), slots.kind[slot]
    stops = [int(slots.start[slot]), *(look.cell for look in host.looks), int(slots.end[slot])]
    leave_h = [host.takeoff_h + float(problem.departure_h[kind]), *timed.end_h]
    left_h = [timed.landing_h - start_h for start_h in timed.start_h]
    left_h.append(float(problem.arrival_h[kind]))
    latest_h = min(float(slots.latest_h[slot]), host.takeoff_h + float(slots.endurance_h[slot]))
    legs = problem.price[slots.airspace[slot]]
    costs = [0.0] * (len(stops) - 1) if legs.size == 1 else legs[stops[:-1], stops[1:]].tolist()
    paid = [0.0, *accumulate(costs)]
    for first in range(len(host.looks) + 1):
        for last in range(first, first + 1 if alone else len(host.looks) + 1):
            saved = paid[last + 1] - paid[first]
            yield (
                first, last, stops[first], stops[last + 1],
                leave_h[first], left_h[last], latest_h, saved,
            )  # fmt: skip
