"""OR-Tools and PyVRP on problems in which time does not pass, each as well as we could set it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from planner.problem import Look, Route
from planner.solvers import routing
from planner.solvers.draft import loaded, routes_of
from planner.solvers.kernels import flatten
from planner.solvers.recreate import fill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problem import Problem, Routes

GRAIN = 10_000
ORTOOLS_PRIZES = 10  # all prizes together, in lengths of all sorties (better than 3, 30 and 400)
PYVRP_PRIZES = 300
MOST_LOOKS = 3


class Places(NamedTuple):
    """Looks a solver of routing problems may choose: a cell searched again is another place."""

    cell: NDArray[np.int64]
    prize: NDArray[np.float64]
    length: NDArray[np.int64]


def places(problem: Problem) -> Places:
    """Return looks, start and end as places; `length` (kinds, p, p) is in whole numbers."""
    mass, pod = problem.under_way[:, 0], problem.pod[0, :, 0, 0]
    looks = 1 if (pod == 1).all() else MOST_LOOKS
    rank, cell = (each.ravel() for each in np.mgrid[:looks, : problem.cells])
    prize = (mass * pod)[cell] * (1 - pod[cell]) ** rank
    point = np.append(cell, [problem.cells, problem.cells + 1])
    length = np.ceil(problem.distance_nm[:, point][:, :, point] * GRAIN).astype(np.int64)
    far = int(problem.slots.endurance_h.max() * GRAIN) + 1
    length[:, (point[:, None] == point) & ~np.eye(len(point), dtype=bool)] = far
    return Places(cell, prize, length)


def ortools(problem: Problem, seconds: float, seed: int) -> Routes:
    """Return the better of OR-Tools' routes from greedy ones and from none, each in full time."""
    warm = routing.solve(problem, seconds=seconds, seed=seed).routes
    return max(warm, ortools_cold(problem, seconds), key=problem.value)


def ortools_cold(problem: Problem, seconds: float) -> Routes:
    """Return what OR-Tools' guided local search finds from its own first routes."""
    field = places(problem)
    manager, model = _network(problem, field)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(int(1000 * seconds))
    solution = model.SolveWithParameters(parameters)
    if solution is None:
        return ()
    visits = [_followed(manager, model, solution, slot) for slot in range(len(problem.slots))]
    return _routes(field, visits)


def _network(
    problem: Problem, field: Places
) -> tuple[pywrapcp.RoutingIndexManager, pywrapcp.RoutingModel]:
    slots, looks = len(problem.slots), len(field.cell)
    manager = pywrapcp.RoutingIndexManager(looks + 2, slots, [looks] * slots, [looks + 1] * slots)
    model = pywrapcp.RoutingModel(manager)
    transits = [model.RegisterTransitMatrix(each.tolist()) for each in field.length]
    of_slot = [transits[kind] for kind in problem.slots.kind]
    for slot, transit in enumerate(of_slot):
        model.SetArcCostEvaluatorOfVehicle(transit, slot)
    room = (problem.slots.endurance_h * GRAIN).astype(np.int64).tolist()
    model.AddDimensionWithVehicleTransitAndCapacity(of_slot, 0, room, True, "length")
    grain = _grain(problem, field, ORTOOLS_PRIZES)
    for node, prize in enumerate(field.prize.tolist()):
        model.AddDisjunction([manager.NodeToIndex(node)], round(prize * grain))
    for cell in np.unique(field.cell):
        nodes = [manager.NodeToIndex(int(node)) for node in np.flatnonzero(field.cell == cell)]
        for pair in combinations([model.VehicleVar(node) for node in nodes], 2):
            model.solver().Add(model.solver().AllDifferentExcept(list(pair), -1))
    return manager, model


def _grain(problem: Problem, field: Places, lengths: float) -> float:
    """Return how many whole numbers one of value is, all prizes being worth so many lengths."""
    return lengths * GRAIN * float(problem.slots.endurance_h.sum() / field.prize.sum())


def _followed(
    manager: pywrapcp.RoutingIndexManager,
    model: pywrapcp.RoutingModel,
    solution: pywrapcp.Assignment,
    slot: int,
) -> list[int]:
    """Return the places one sortie comes by."""
    index, nodes = solution.Value(model.NextVar(model.Start(slot))), []
    while not model.IsEnd(index):
        nodes.append(manager.IndexToNode(index))
        index = solution.Value(model.NextVar(index))
    return nodes


def pyvrp(problem: Problem, seconds: float, seed: int) -> Routes:
    """
    Return PyVRP's routes: optional clients with prizes, vehicles of limited distance.

    It cannot know that a sortie sees nothing new in a cell it has searched: such looks are taken
    out afterwards, and what room that leaves is filled again.
    """
    from pyvrp import Model
    from pyvrp.stop import MaxRuntime

    field, model = places(problem), Model()
    looks, grain = len(field.cell), _grain(problem, field, PYVRP_PRIZES)
    stops = [model.add_location(k, 0) for k in range(looks + 2)]
    first, last = model.add_depot(stops[looks]), model.add_depot(stops[looks + 1])
    for stop, prize in zip(stops, field.prize.tolist(), strict=False):
        model.add_client(stop, prize=round(prize * grain), required=False)
    profiles = [model.add_profile() for _ in field.length]
    for profile, length in zip(profiles, field.length.tolist(), strict=True):
        for here, row in zip(stops, length, strict=True):
            for there, distance in zip(stops, row, strict=True):
                if here is not there:
                    model.add_edge(here, there, distance=distance, profile=profile)
    for slot, kind in enumerate(problem.slots.kind):
        limit = int(problem.slots.endurance_h[slot] * GRAIN)
        model.add_vehicle_type(
            start_depot=first, end_depot=last, max_distance=limit, profile=profiles[kind]
        )
    found = model.solve(MaxRuntime(seconds), seed=seed, display=False).best
    visits: list[list[int]] = [[] for _ in problem.slots.kind]
    for route in found.routes():
        visits[route.vehicle_type()] = [s.idx for s in route.schedule() if s.is_client()]
    return _repaired(problem, _routes(field, visits))


def _routes(field: Places, visits: list[list[int]]) -> Routes:
    """Return routes of places visited, a cell once only in each."""
    cells = [dict.fromkeys(int(field.cell[node]) for node in nodes) for nodes in visits]
    return tuple(
        Route(slot, 0.0, tuple(Look(cell, 0) for cell in each))
        for slot, each in enumerate(cells)
        if each
    )


def _repaired(problem: Problem, routes: Routes) -> Routes:
    """Return the routes with whatever else fits in."""
    terms = flatten(problem)
    draft, slots = loaded(terms, routes), np.arange(len(problem.slots))
    while fill(terms, draft, slots, np.arange(problem.cells), 2, 0.0, 0.0, np.zeros(1, np.uint64)):
        pass
    return routes_of(draft)
