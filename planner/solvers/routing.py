"""OR-Tools' routing engine as a named solver: fixed take-offs, optional repeated looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from planner.looks import expected_seen
from planner.problem import Look, Route
from planner.solvers import greedy
from planner.solvers.draft import loaded, prune, routes_of
from planner.solvers.kernels import flatten
from planner.solvers.local_search import finished
from planner.solvers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.problem import Problem, Result, Routes
    from planner.solvers import Progress
    from planner.solvers.kernels import Terms

TICKS_PER_H = 3600
PRIZE_PER_H = 20.0
MOST_LOOKS = 4
MOST_NODES = 2000
FAR_TICKS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """
    The problem as the routing engine wants it: whole numbers, one look a point.

    Parameters
    ----------
    slots
        Slots that may change, one vehicle each.
    cell
        Cell of each optional look; a cell searched again is another look, shape (m,).
    level
        Dwell level of each kind's looks at a cell, shape (K, n).
    prize
        What each look is worth beside the cell's earlier ones, scaled, shape (m,).
    """

    slots: NDArray[np.int64]
    cell: NDArray[np.int64]
    level: NDArray[np.int64]
    prize: NDArray[np.int64]


def solve(
    problem: Problem,
    *,
    seconds: float,
    iterations: int | None = None,
    seed: int = 0,  # noqa: ARG001
    start: Routes = (),
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Result:
    """
    Let OR-Tools' guided local search choose and order looks, then judge them by their true value.

    See `planner.solvers.Solver` for the arguments; `iterations` limits the solutions looked at.
    Take-offs are those of the greedy routes, one dwell level is used for each kind and cell, and
    the c-th look at a cell earns what it adds when looks are spread evenly over the period. Routes
    that break a rule the engine does not know (turnaround, rest, budgets) are left out.
    """
    watch = Watch(seconds=seconds, stop=stop, progress=progress)
    terms = flatten(problem)
    first = greedy.solve(problem, seconds=0.5 * seconds, start=start, stop=stop)
    if not first.routes:
        return first
    watch.offer(first.value, first.routes)
    network = _network(problem, terms, first.value)
    if not len(network.slots) or not len(network.cell):
        return finished(watch, 0)
    manager, model = _model(problem, terms, network, watch.routes)
    tried = _watched(model, watch, iterations)
    solution = _search(network, model, watch)
    if solution is not None:
        routes = _routes(problem, terms, network, manager, model, solution, watch.routes)
        watch.offer(problem.value(routes), routes)
    return finished(watch, len(tried))


def _network(problem: Problem, terms: Terms, value: float) -> Network:
    level = _levels(problem)
    looks, prizes = [], []
    most = max(1, min(MOST_LOOKS, MOST_NODES // max(problem.cells, 1)))
    most = 1 if (terms.pod >= 1).all() else most
    for cell in np.flatnonzero(problem.allowed.any(axis=0)):
        worth = _worth_of_looks(problem, int(cell), level, most)
        gains = np.diff([0.0, *worth])
        good = gains > 0
        looks += [int(cell)] * int(good.sum())
        prizes += gains[good].tolist()
    grain = PRIZE_PER_H * TICKS_PER_H * _hours(problem) / max(value, 1e-12)
    return Network(
        slots=np.flatnonzero(terms.slots["fixed"] == 0),
        cell=np.array(looks, np.int64),
        level=level,
        prize=np.round(np.array(prizes) * grain).astype(np.int64),
    )


def _hours(problem: Problem) -> float:
    return float(problem.slots.endurance_h.sum())


def _levels(problem: Problem) -> NDArray[np.int64]:
    """Return the dwell level with the best POD per hour, a typical leg of flight included."""
    legs = problem.distance_nm[:, : problem.cells, : problem.cells]
    finite = legs[np.isfinite(legs) & (legs > 0)]
    typical_nm = float(np.percentile(finite, 10)) if finite.size else 1.0
    hours = problem.dwell_h + typical_nm / problem.speed_kn[:, None, None]
    rate = problem.pod.mean(axis=3) / np.maximum(hours, 1e-9)
    best: NDArray[np.int64] = rate.argmax(axis=2)
    return best


def _worth_of_looks(
    problem: Problem, cell: int, level: NDArray[np.int64], most: int
) -> list[float]:
    """Return what 1, 2, ... looks at a cell see when spread evenly over the period."""
    kinds = np.arange(len(level))
    pod = float(problem.pod[kinds, cell, level[:, cell]].mean())
    first, last = problem.slots.earliest_h.min(), problem.slots.latest_h.max()
    demand = problem.demand(cell)
    return [
        expected_seen(
            demand,
            [(float(first + (last - first) * (k + 0.5) / count), pod) for k in range(count)],
        )
        for count in range(1, most + 1)
    ]


def _model(
    problem: Problem, terms: Terms, network: Network, routes: Routes
) -> tuple[pywrapcp.RoutingIndexManager, pywrapcp.RoutingModel]:
    slots, looks = problem.slots, len(network.cell)
    stations = sorted({*slots.start.tolist(), *slots.end.tolist()})
    node_of = {station: looks + k for k, station in enumerate(stations)}
    point = np.array([*network.cell.tolist(), *stations])
    manager = pywrapcp.RoutingIndexManager(
        len(point),
        len(network.slots),
        [node_of[int(slots.start[slot])] for slot in network.slots],
        [node_of[int(slots.end[slot])] for slot in network.slots],
    )
    model = pywrapcp.RoutingModel(manager)
    transits = _transits(problem, terms, network, model, point)
    takeoff_h = {route.slot: route.takeoff_h for route in routes}
    for vehicle, transit in enumerate(transits):
        model.SetArcCostEvaluatorOfVehicle(transit, vehicle)
    room = [_room(problem, int(slot), takeoff_h) for slot in network.slots]
    model.AddDimensionWithVehicleTransitAndCapacity(transits, 0, room, True, "time")
    _add_looks(problem, network, manager, model)
    return manager, model


def _transits(
    problem: Problem,
    terms: Terms,
    network: Network,
    model: pywrapcp.RoutingModel,
    point: NDArray[np.int64],
) -> list[int]:
    """Register hours of search and flight between points, a matrix for each class of slot."""
    registered: dict[tuple[int, int], int] = {}
    transits = []
    for slot in network.slots:
        legs, kind = int(terms.slots["legs"][slot]), int(problem.slots.kind[slot])
        if (legs, kind) not in registered:
            hours = terms.legs_h[legs][np.ix_(point, point)]
            search_h = problem.dwell_h[kind, network.cell, network.level[kind, network.cell]]
            hours[: len(network.cell)] += search_h[:, None]
            ticks = np.where(np.isfinite(hours), np.ceil(hours * TICKS_PER_H), FAR_TICKS)
            np.fill_diagonal(ticks, 0)
            registered[legs, kind] = model.RegisterTransitMatrix(ticks.astype(np.int64).tolist())
        transits.append(registered[legs, kind])
    return transits


def _room(problem: Problem, slot: int, takeoff_h: dict[int, float]) -> int:
    slots, kind = problem.slots, problem.slots.kind[slot]
    takeoff = takeoff_h.get(slot, float(slots.earliest_h[slot]))
    hours = min(float(slots.endurance_h[slot]), float(slots.latest_h[slot]) - takeoff)
    hours -= float(problem.departure_h[kind] + problem.arrival_h[kind])
    return max(int(hours * TICKS_PER_H), 0)


def _add_looks(
    problem: Problem,
    network: Network,
    manager: pywrapcp.RoutingIndexManager,
    model: pywrapcp.RoutingModel,
) -> None:
    """Make each look optional at its prize, for those slots that may make it."""
    for node, (cell, prize) in enumerate(zip(network.cell, network.prize, strict=True)):
        index = manager.NodeToIndex(node)
        model.AddDisjunction([index], int(prize))
        allowed = np.flatnonzero(problem.allowed[network.slots, cell]).tolist()
        if len(allowed) < len(network.slots):
            model.VehicleVar(index).SetValues([-1, *allowed])
    for cell in np.unique(network.cell):
        same = [manager.NodeToIndex(int(node)) for node in np.flatnonzero(network.cell == cell)]
        if len(same) > 1:
            solver, sorties = model.solver(), [model.VehicleVar(index) for index in same]
            solver.Add(solver.AllDifferentExcept(sorties, -1))


def _watched(model: pywrapcp.RoutingModel, watch: Watch, iterations: int | None) -> list[int]:
    """Count solutions as they come, and end the search when the watch runs out."""
    tried: list[int] = []

    def look() -> None:
        tried.append(1)
        if watch.left() <= 0 or (iterations is not None and len(tried) >= iterations):
            model.solver().FinishCurrentSearch()

    model.AddAtSolutionCallback(look)
    return tried


def _search(
    network: Network, model: pywrapcp.RoutingModel, watch: Watch
) -> pywrapcp.Assignment | None:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    milliseconds = max(int(1000 * (watch.left() * 0.97 - 0.1)), 10)
    parameters.time_limit.FromMilliseconds(milliseconds)
    parameters.lns_time_limit.FromMilliseconds(100)
    model.CloseModelWithParameters(parameters)
    nodes = _nodes(network, watch.routes)
    if nodes is not None:
        first = model.ReadAssignmentFromRoutes(nodes, True)
        if first is not None:
            found = model.SolveFromAssignmentWithParameters(first, parameters)
            if found is not None:
                return found
    return model.SolveWithParameters(parameters)


def _nodes(network: Network, routes: Routes) -> list[list[int]] | None:
    """Return the looks each vehicle makes in `routes`, or nothing when they outnumber ours."""
    free = {int(cell): np.flatnonzero(network.cell == cell).tolist() for cell in network.cell}
    by_slot = {route.slot: route.looks for route in routes}
    nodes = []
    for slot in network.slots:
        looks = [look.cell for look in by_slot.get(int(slot), ()) if free.get(look.cell)]
        nodes.append([free[cell].pop(0) for cell in dict.fromkeys(looks)])
    return nodes


def _routes(
    problem: Problem,
    terms: Terms,
    network: Network,
    manager: pywrapcp.RoutingIndexManager,
    model: pywrapcp.RoutingModel,
    solution: pywrapcp.Assignment,
    first: Routes,
) -> Routes:
    takeoff_h = {route.slot: route.takeoff_h for route in first}
    routes = []
    for vehicle, slot in enumerate(network.slots):
        cells = []
        index = solution.Value(model.NextVar(model.Start(vehicle)))
        while not model.IsEnd(index):
            cells.append(int(network.cell[manager.IndexToNode(index)]))
            index = solution.Value(model.NextVar(index))
        level = network.level[problem.slots.kind[slot]]
        looks = tuple(Look(cell, int(level[cell])) for cell in dict.fromkeys(cells))
        takeoff = takeoff_h.get(int(slot), float(problem.slots.earliest_h[slot]))
        if looks:
            routes.append(Route(int(slot), takeoff, looks))
    draft = loaded(terms, (*problem.fixed, *greedy.lawful(problem, tuple(routes))))
    prune(terms, draft)
    return routes_of(draft)
