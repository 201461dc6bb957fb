"""The sortie problem: what may be searched, by whom and when, and what a look is worth."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from planner.looks import Demand, expected_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TOLERANCE_H = 1e-9


@dataclass(frozen=True, slots=True)
class Look:
    """A visit as the solver decides it: which cell, and how long, as a dwell level."""

    cell: int
    level: int


@dataclass(frozen=True, slots=True)
class Route:
    """
    A sortie as the solver decides it.

    Parameters
    ----------
    slot
        Which sortie slot it fills.
    takeoff_h
        Take-off, in hours from the period's start.
    looks
        Cells searched, in order.
    """

    slot: int
    takeoff_h: float
    looks: tuple[Look, ...]


Routes = tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """The clock of one route: when each search begins and ends, and when the aircraft lands."""

    start_h: tuple[float, ...]
    end_h: tuple[float, ...]
    landing_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """
    Sortie slots: each is one sortie that may be flown, shape (T,) throughout.

    An aircraft that may fly twice a day has two slots that day. A slot whose window, start,
    recovery station or airspace differ is another slot of the same aircraft; `Fleet` bounds how
    many of an aircraft's slots are flown and keeps them apart.

    Parameters
    ----------
    aircraft
        Index of the aircraft.
    kind
        Index of its kind (speeds and sensor).
    airspace
        Index of the distance matrix in force during the slot.
    start, end
        Point index of take-off and landing station; points are the cells, then the stations.
    earliest_h, last_takeoff_h, latest_h
        No take-off before the first or after the second, no landing after the third; hours from
        the period's start.
    endurance_h
        Longest time from take-off to landing, reserve already taken off, in hours.
    ferry_h
        Flying hours to bring the aircraft home after landing elsewhere; they count against the
        budget and delay the next take-off.
    day
        Day of the period the slot belongs to.
    """

    aircraft: NDArray[np.int64]
    kind: NDArray[np.int64]
    airspace: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    earliest_h: NDArray[np.float64]
    last_takeoff_h: NDArray[np.float64]
    latest_h: NDArray[np.float64]
    endurance_h: NDArray[np.float64]
    ferry_h: NDArray[np.float64]
    day: NDArray[np.int64]

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.aircraft)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """
    What binds the slots of an aircraft, shape (N,), and of a detachment, shape (G,).

    Parameters
    ----------
    turnaround_h
        Least time between landing (and ferry) and the aircraft's next take-off, in hours.
    sorties_per_day
        Most sorties an aircraft flies on one day of the period.
    crews
        Crews of the aircraft; they fly in turn.
    rest_h
        Least time between a crew's landing and its next take-off, in hours.
    detachment
        Index of the detachment whose flying-hour budget the aircraft draws on.
    budget_h
        Flying hours of each detachment over the period, shape (G,); infinite when unlimited.
    """

    turnaround_h: NDArray[np.float64]
    sorties_per_day: NDArray[np.int64]
    crews: NDArray[np.int64]
    rest_h: NDArray[np.float64]
    detachment: NDArray[np.int64]
    budget_h: NDArray[np.float64]

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    Everything a solver knows; all arrays are read-only.

    Sizes: n cells, P points (the n cells, then the stations), T slots, K kinds of aircraft,
    A airspaces, L dwell levels, B time steps, Q search conditions (light and sea state).

    Parameters
    ----------
    rate_per_h
        Transfers (or barrels) beginning per hour in each cell and step, shape (n, B).
    under_way
        Expected number under way at the start of each step, shape (n, B).
    decay_per_h
        One over the mean duration of a transfer, per hour; zero when it outlasts the period.
    step_h
        Length of a time step, in hours.
    condition
        Search condition in each cell and step, shape (n, B), values below Q.
    pod
        Probability of detection of a look by kind, cell, dwell level and the condition in force
        at mid-search, shape (K, n, L, Q), in [0, 1].
    dwell_h
        Hours searched at each dwell level, shape (K, n, L); never falls with the level.
    distance_nm
        Length of the shortest legal leg between points, shape (A, P, P), in nm; infinite where
        there is none. Need not be symmetric.
    speed_kn
        Transit speed of each kind, shape (K,).
    departure_h, arrival_h
        Fixed time added after take-off and before landing (climb, approach), shape (K,), hours.
    price
        Cost of a leg in the objective's unit, shape (A, P, P), or (A, 1, 1) when all legs are free.
    price_per_h
        Cost of searching a cell for an hour, in the objective's unit, shape (n,).
    allowed
        Whether a slot may search a cell, shape (T, n).
    takeoff_step_h
        Take-offs fall on multiples of this many hours after the slot's earliest time; zero when
        any time will do.
    exclusive
        Whether two aircraft must never search one cell at the same time.
    fixed
        Routes that must be flown exactly as they are.
    required
        Looks that must happen: rows of cell, from hour, to hour (mid-search), shape (m, 3).
    """

    rate_per_h: NDArray[np.float64]
    under_way: NDArray[np.float64]
    decay_per_h: float
    step_h: float
    condition: NDArray[np.int64]
    pod: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    distance_nm: NDArray[np.float64]
    speed_kn: NDArray[np.float64]
    departure_h: NDArray[np.float64]
    arrival_h: NDArray[np.float64]
    price: NDArray[np.float64]
    price_per_h: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    slots: Slots
    fleet: Fleet
    takeoff_step_h: float
    exclusive: bool
    fixed: Routes = ()
    required: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))

    def __post_init__(self) -> None:
        _freeze(self)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.rate_per_h)

    def demand(self, cell: int) -> Demand:
        """Return the transfers of one cell."""
        return Demand(self.rate_per_h[cell], self.under_way[cell], self.decay_per_h, self.step_h)

    def clock(self, route: Route) -> Timed:
        """Return when each search of a route begins and ends, and when the aircraft lands."""
        slots, slot = self.slots, route.slot
        kind, here = slots.kind[slot], slots.start[slot]
        legs_nm, speed_kn = self.distance_nm[slots.airspace[slot]], self.speed_kn[kind]
        now = route.takeoff_h + self.departure_h[kind]
        start_h, end_h = [], []
        for look in route.looks:
            now += legs_nm[here, look.cell] / speed_kn
            start_h.append(float(now))
            now += self.dwell_h[kind, look.cell, look.level]
            end_h.append(float(now))
            here = look.cell
        home_h = legs_nm[here, slots.end[slot]] / speed_kn
        landing_h = now + home_h + self.arrival_h[kind]
        return Timed(tuple(start_h), tuple(end_h), float(landing_h))

    def look_pod(self, slot: int, look: Look, mid_h: float) -> float:
        """Return the probability of detection of a look whose search is half done at `mid_h`."""
        step = min(int(mid_h / self.step_h), self.condition.shape[1] - 1)
        condition = self.condition[look.cell, step]
        return float(self.pod[self.slots.kind[slot], look.cell, look.level, condition])

    def looks(self, routes: Routes) -> dict[int, list[tuple[float, float]]]:
        """Return mid-search time and POD of every look, by cell, in order of time."""
        by_cell: dict[int, list[tuple[float, float]]] = {}
        for route in routes:
            for look, mid_h in self._mid_search(route):
                pod = self.look_pod(route.slot, look, mid_h)
                by_cell.setdefault(look.cell, []).append((mid_h, pod))
        return {cell: sorted(by_cell[cell]) for cell in sorted(by_cell)}

    def value(self, routes: Routes) -> float:
        """Return the objective: expected distinct transfers (or barrels) seen, less prices."""
        seen = sum(
            expected_seen(self.demand(cell), looks) for cell, looks in self.looks(routes).items()
        )
        return seen - sum(self.cost(route) for route in routes)

    def cost(self, route: Route) -> float:
        """Return what a route's legs and searches cost, in the objective's unit."""
        slots, slot = self.slots, route.slot
        searching = sum(
            float(self.price_per_h[k.cell] * self.dwell_h[slots.kind[slot], k.cell, k.level])
            for k in route.looks
        )
        price = self.price[slots.airspace[slot]]
        if price.size == 1:
            return searching
        points = [slots.start[slot], *(look.cell for look in route.looks), slots.end[slot]]
        return searching + float(price[points[:-1], points[1:]].sum())

    def _mid_search(self, route: Route) -> Iterator[tuple[Look, float]]:
        timed = self.clock(route)
        for look, start_h, end_h in zip(route.looks, timed.start_h, timed.end_h, strict=True):
            yield look, (start_h + end_h) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """
    What one thing more would add to the bound, as its proof reckons.

    A plan may gain more or less by it; the shorter the proof, the more they differ.

    Parameters
    ----------
    slot
        One more sortie like each slot's, shape (T,).
    hour
        One more flying hour of each detachment, shape (G,).
    """

    slot: NDArray[np.float64]
    hour: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    What a solver returns, whether it found much or nothing.

    Parameters
    ----------
    routes
        The sorties to fly; empty when nothing can be flown.
    value
        Objective of `routes`, as `Problem.value` gives it.
    bound
        Proven limit no routes can exceed; infinite when none was computed.
    margins
        What one thing more would add to the bound; absent without one.
    status
        ``optimal``, ``feasible``, ``empty`` or ``interrupted``.
    reason
        Why the search ended or why it is empty, in words.
    iterations
        How many steps of search were done.
    trace
        Seconds and value of each improvement, for progress displays and benchmarks.
    """

    routes: Routes
    value: float
    bound: float = float("inf")
    margins: Margins | None = None
    status: str = "feasible"
    reason: str = ""
    iterations: int = 0
    trace: tuple[tuple[float, float], ...] = ()

    @property
    def gap(self) -> float:
        """Distance of the value to the bound as a share of the bound; infinite without one."""
        if not np.isfinite(self.bound):
            return float("inf")
        return max(0.0, self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def _freeze(record: object) -> None:
    for each in fields(record):  # type: ignore[arg-type]
        value = getattr(record, each.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
