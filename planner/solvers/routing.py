"""OR-Tools' routing engine as a named solver: day by day, with fixed take-offs and known prizes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from planner.problem import Look, Route
from planner.rules import broken_rules
from planner.solvers import greedy
from planner.solvers.draft import Draft, landing_limit_h, lift, loaded, merit, prune, routes_of
from planner.solvers.kernels import Terms, flatten, sure_gains
from planner.solvers.local_search import SHARE_TO_BUILD, finished
from planner.solvers.recreate import fill, linger
from planner.solvers.ruin import trim
from planner.solvers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.problem import Problem, Result, Routes
    from planner.solvers import Progress

TICKS_PER_H = 3600
PRIZE_PER_H = 20.0
MOST_LOOKS = 3
MOST_NODES = 450
MOST_CHOICES = 7000
MOST_SORTIES = 40
ALIKE_H = 2.0
PASSES = 2
LEAST_SECONDS = 0.05
SECONDS_A_TURN = 4.0
SHARE_TO_ROUTE = 0.7
FAR_TICKS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """
    Some sorties as the routing engine wants them: whole numbers, one look a node.

    Sorties with the same legs, kind and, nearly, take-off are of one class.

    Parameters
    ----------
    slots
        Slots that may change, one vehicle each, shape (v,).
    takeoff_h
        When each takes off, shape (v,).
    room_h
        Hours each may fly and search, shape (v,).
    class_of
        Class of each vehicle, shape (v,).
    first
        The first vehicle of each class, shape (c,).
    cell
        Cell of each optional look; a cell searched again is another look, shape (m,).
    level
        Dwell level of each class's look, shape (c, m).
    prize
        What each class's look is worth beside the cell's earlier ones, shape (c, m).
    known
        Slot and dwell level of looks flown in the routes to begin from, else -1, shape (m, 2).
    grain
        Whole numbers of cost to one unit of the objective.
    """

    slots: NDArray[np.int64]
    takeoff_h: NDArray[np.float64]
    room_h: NDArray[np.float64]
    class_of: NDArray[np.int64]
    first: NDArray[np.int64]
    cell: NDArray[np.int64]
    level: NDArray[np.int64]
    prize: NDArray[np.float64]
    known: NDArray[np.int64]
    grain: float


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
    Let OR-Tools' guided local search choose and order the looks of one day after another.

    See `planner.solvers.Solver` for the arguments; `iterations` limits the solutions looked at.
    Each day starts from the best routes so far (greedy's at first) and keeps their take-offs. A
    look is worth what it adds to the looks of all other days about the middle of the sortie, at
    the dwell level that earns most an hour; further looks of the day earn less.

    After it, looks that turn out to break a rule are taken out, searches are lengthened and looks
    added where there is still room; the whole day, then each of its sorties, is kept if the true
    value of all routes rises.
    """
    watch = Watch(seconds=seconds, stop=stop, progress=progress)
    terms = flatten(problem)
    first = greedy.built(problem, terms, watch, start=start, until=SHARE_TO_BUILD * seconds)
    if not first:
        return greedy.result_of(problem, first, began=watch.began)
    watch.offer(problem, first)
    groups, tried, took_s = _groups(terms), 0, LEAST_SECONDS
    again = iterations is None and watch.left() > SECONDS_A_TURN * PASSES * len(groups)
    turns = groups * (PASSES if again else 1)
    for turn, slots in enumerate(turns):
        if watch.left() < min(took_s, SECONDS_A_TURN):
            break
        began_s = watch.elapsed()
        until = began_s + (watch.last_call() - began_s) / (len(turns) - turn)
        share = None if iterations is None else max(iterations // len(turns), 1)
        tried += _improve(problem, terms, slots, watch, until, share)
        took_s = max(took_s, watch.elapsed() - began_s)
    return finished(watch, tried)


def _groups(terms: Terms) -> list[NDArray[np.int64]]:
    """Return the slots that may change by day, so many at a time as the engine can handle."""
    free = np.flatnonzero(terms.slots["fixed"] == 0)
    days = terms.slots["day"][free]
    return [
        part
        for day in np.unique(days)
        for part in np.array_split(
            free[days == day], math.ceil(int((days == day).sum()) / MOST_SORTIES)
        )
    ]


def _improve(
    problem: Problem,
    terms: Terms,
    slots: NDArray[np.int64],
    watch: Watch,
    until: float,
    iterations: int | None,
) -> int:
    """Route some slots anew, offer what comes of it, and return how many solutions were met."""
    network = _network(problem, terms, slots, watch.routes)
    if not len(network.cell):
        return 0
    manager, model = _model(problem, terms, network)
    tried = _watched(model, watch, iterations)
    solution = _search(network, model, watch, until)
    if solution is not None:
        faults = broken_rules(problem, watch.routes)
        before = merit(terms, loaded(terms, watch.routes))
        new = [_visited(network, manager, model, solution, v) for v in range(len(network.slots))]
        for part in [new] if len(new) == 1 else [new, *([route] for route in new)]:
            if watch.elapsed() > until:
                break
            better = _polished(terms, part, watch.routes, before)
            if better and not set(broken_rules(problem, better)) - set(faults):
                watch.offer(problem, better)
                before = merit(terms, loaded(terms, watch.routes))
    return len(tried)


def _network(problem: Problem, terms: Terms, slots: NDArray[np.int64], routes: Routes) -> Network:
    draft = loaded(terms, routes)
    rooms = np.array([_room_h(terms, draft, int(slot)) for slot in slots])
    slots, room_h = slots[rooms > 0], rooms[rooms > 0]
    takeoff_h = draft.slots["takeoff_h"][slots]
    cell, known, rank = _looks(problem, draft, slots)
    for slot in slots:
        lift(terms, draft, int(slot))
    first, class_of = _classes(terms, slots, takeoff_h)
    mid_h = takeoff_h + terms.slots["endurance_h"][slots] / 2
    between_h = float(np.ptp(mid_h)) / MOST_LOOKS if len(slots) else 0.0
    kept = math.exp(-terms.decay_per_h * between_h)
    level = np.zeros((len(first), len(cell)), np.int64)
    prize = np.zeros((len(first), len(cell)))
    for number, v in enumerate(first):
        gain, pod, best = _prizes(problem, terms, draft, int(slots[v]), float(mid_h[v]))
        level[number] = np.where(known[:, 1] >= 0, known[:, 1], best[cell])
        falling = (1 - pod[cell, level[number]] * kept) ** rank
        prize[number] = np.maximum(gain[cell, level[number]], 0.0) * falling
    most = prize.max(axis=0, initial=0.0) + (known[:, 1] >= 0) * prize.max(initial=0.0)
    room = min(MOST_NODES, MOST_CHOICES // max(len(slots), 1))
    good = np.sort(np.argsort(-most, kind="stable")[:room])
    good = good[most[good] > 1e-9 * most.max(initial=0.0)]
    value = max(problem.value(routes), 1e-12) * len(slots) / max(len(routes), 1)
    return Network(
        slots=slots,
        takeoff_h=takeoff_h,
        room_h=room_h,
        class_of=class_of,
        first=first,
        cell=cell[good],
        level=level[:, good],
        prize=prize[:, good],
        known=known[good],
        grain=PRIZE_PER_H * TICKS_PER_H * float(room_h.sum()) / max(value, 1e-12),
    )


def _looks(
    problem: Problem, draft: Draft, slots: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return cell, slot and level (-1: any), and rank of looks now flown and of some more."""
    looks: list[tuple[int, int, int, int]] = []
    ranks: Counter[int] = Counter()
    for slot in slots:
        for look in draft.looks[slot, : int(draft.slots["count"][slot])]:
            cell = int(look["cell"])
            looks.append((cell, int(slot), int(look["level"]), ranks[cell]))
            ranks[cell] += 1
    for cell in np.flatnonzero(problem.allowed[slots].any(axis=0)).tolist():
        last = max(MOST_LOOKS, ranks[cell] + 1)
        looks += [(cell, -1, -1, rank) for rank in range(ranks[cell], last)]
    table = np.array(looks, np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1:3], table[:, 3]


def _classes(
    terms: Terms, slots: NDArray[np.int64], takeoff_h: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first vehicle of each class, and the class of each vehicle."""
    legs, kind = terms.slots["legs"][slots], terms.slots["kind"][slots]
    names = np.column_stack([legs, kind, takeoff_h // ALIKE_H])
    _, first, class_of = np.unique(names, axis=0, return_index=True, return_inverse=True)
    return first, class_of.ravel()


def _room_h(terms: Terms, draft: Draft, slot: int) -> float:
    """Return the hours a slot may fly and search; none if it cannot even fly home."""
    record = terms.slots[slot]
    kind = terms.kinds[record["kind"]]
    away_h = landing_limit_h(terms, draft, slot) - float(draft.slots["takeoff_h"][slot])
    room_h = away_h - float(kind["departure_h"] + kind["arrival_h"])
    home_h = float(terms.legs_h[record["legs"], record["start"], record["end"]])
    return room_h if room_h > home_h else 0.0


def _prizes(
    problem: Problem, terms: Terms, draft: Draft, slot: int, mid_h: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return gain and POD of a look by cell and level at some time, and each cell's best level."""
    kind, step = problem.slots.kind[slot], int(mid_h / problem.step_h)
    sure = np.zeros(problem.cells)
    sure_gains(terms, draft.book, 0.0 if terms.steady else mid_h, sure)
    condition = problem.condition[:, min(step, problem.condition.shape[1] - 1)]
    pod = problem.pod[kind, np.arange(problem.cells), :, condition]
    dwell_h = problem.dwell_h[kind]
    gain = pod * sure[:, None] - problem.price_per_h[:, None] * dwell_h
    return gain, pod, (gain / (dwell_h + _typical_leg_h(terms, slot))).argmax(axis=1)


def _typical_leg_h(terms: Terms, slot: int) -> float:
    near = terms.near[:, 1:4]
    legs_h = terms.legs_h[terms.slots["legs"][slot]][np.arange(len(near))[:, None], near]
    finite = legs_h[np.isfinite(legs_h)]
    return max(float(finite.mean()), 1e-6) if finite.size else 1e-6


def _model(
    problem: Problem, terms: Terms, network: Network
) -> tuple[pywrapcp.RoutingIndexManager, pywrapcp.RoutingModel]:
    slots, looks = problem.slots, len(network.cell)
    used = network.slots
    stations = sorted({*slots.start[used].tolist(), *slots.end[used].tolist()})
    node_of = {station: looks + k for k, station in enumerate(stations)}
    manager = pywrapcp.RoutingIndexManager(
        looks + len(stations),
        len(used),
        [node_of[int(slots.start[slot])] for slot in used],
        [node_of[int(slots.end[slot])] for slot in used],
    )
    model = pywrapcp.RoutingModel(manager)
    point = np.array([*network.cell.tolist(), *stations])
    flown, paid = [], []
    for number, vehicle in enumerate(network.first):
        hours = _hours(problem, terms, network, number, int(used[vehicle]), point)
        flown.append(model.RegisterTransitMatrix(hours.tolist()))
        cost = _cost(problem, network, number, int(used[vehicle]), point)
        paid.append(model.RegisterTransitMatrix((hours + cost).tolist()))
    for vehicle, number in enumerate(network.class_of):
        model.SetArcCostEvaluatorOfVehicle(paid[number], vehicle)
    transits = [flown[number] for number in network.class_of]
    room = (network.room_h * TICKS_PER_H).astype(np.int64).tolist()
    model.AddDimensionWithVehicleTransitAndCapacity(transits, 0, room, True, "time")
    _add_looks(problem, network, manager, model)
    return manager, model


def _hours(
    problem: Problem,
    terms: Terms,
    network: Network,
    number: int,
    slot: int,
    point: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the time of search and flight between nodes, in ticks, for a class."""
    hours = terms.legs_h[terms.slots["legs"][slot]][np.ix_(point, point)]
    search_h = problem.dwell_h[problem.slots.kind[slot], network.cell, network.level[number]]
    hours[: len(network.cell)] += search_h[:, None]
    ticks = np.where(np.isfinite(hours), np.ceil(hours * TICKS_PER_H), FAR_TICKS)
    np.fill_diagonal(ticks, 0)
    return ticks.astype(np.int64)


def _cost(
    problem: Problem, network: Network, number: int, slot: int, point: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return what legs cost, and what a look earns less here than by the best class."""
    cost = np.zeros((len(point), len(point)))
    price = problem.price[problem.slots.airspace[slot]]
    if price.size > 1:
        cost += np.maximum(price[np.ix_(point, point)], 0.0)
    less = network.prize.max(axis=0) - network.prize[number]
    cost[: len(less)] += less[:, None]
    np.fill_diagonal(cost, 0)
    return np.round(np.minimum(cost * network.grain, FAR_TICKS)).astype(np.int64)


def _add_looks(
    problem: Problem,
    network: Network,
    manager: pywrapcp.RoutingIndexManager,
    model: pywrapcp.RoutingModel,
) -> None:
    """Make each look optional at its prize, for those slots that may make it."""
    prizes = np.round(network.prize.max(axis=0) * network.grain).astype(np.int64).tolist()
    for node, (cell, prize) in enumerate(zip(network.cell.tolist(), prizes, strict=True)):
        index = manager.NodeToIndex(node)
        model.AddDisjunction([index], prize)
        allowed = np.flatnonzero(problem.allowed[network.slots, cell]).tolist()
        if len(allowed) < len(network.slots):
            model.VehicleVar(index).SetValues([-1, *allowed])
    _part_looks(network, manager, model)


def _part_looks(
    network: Network, manager: pywrapcp.RoutingIndexManager, model: pywrapcp.RoutingModel
) -> None:
    """Let no sortie look at a cell twice that does not do so already: it would see little."""
    solver = model.solver()
    for cell in np.unique(network.cell):
        nodes = np.flatnonzero(network.cell == cell)
        owners = network.known[nodes, 0]
        sortie = [model.VehicleVar(manager.NodeToIndex(int(node))) for node in nodes]
        for one, other in combinations(range(len(nodes)), 2):
            if owners[one] != owners[other] or owners[one] < 0:
                solver.Add(solver.AllDifferentExcept([sortie[one], sortie[other]], -1))


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
    network: Network, model: pywrapcp.RoutingModel, watch: Watch, until: float
) -> pywrapcp.Assignment | None:
    """Search in most of the time there is, and leave the rest to judge what was found."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    milliseconds = max(int(1000 * SHARE_TO_ROUTE * (until - watch.elapsed())), 10)
    parameters.time_limit.FromMilliseconds(milliseconds)
    parameters.lns_time_limit.FromMilliseconds(min(100, milliseconds))
    model.CloseModelWithParameters(parameters)
    first = model.ReadAssignmentFromRoutes(_nodes(network, watch.routes), True)
    if first is not None:
        return model.SolveFromAssignmentWithParameters(first, parameters)
    return model.SolveWithParameters(parameters)


def _nodes(network: Network, routes: Routes) -> list[list[int]]:
    """Return the looks each vehicle makes in known routes, as far as the network has them."""
    nodes_of: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for node, (slot, level) in enumerate(network.known.tolist()):
        nodes_of[slot, int(network.cell[node]), level].append(node)
    by_slot = {route.slot: route.looks for route in routes}
    nodes = []
    for slot in network.slots.tolist():
        looks = [(slot, look.cell, look.level) for look in by_slot.get(slot, ())]
        nodes.append([nodes_of[look].pop(0) for look in looks if nodes_of[look]])
    return nodes


def _visited(
    network: Network,
    manager: pywrapcp.RoutingIndexManager,
    model: pywrapcp.RoutingModel,
    solution: pywrapcp.Assignment,
    vehicle: int,
) -> Route:
    """Return the route of one vehicle, perhaps without a look."""
    looks, level = [], network.level[network.class_of[vehicle]]
    index = solution.Value(model.NextVar(model.Start(vehicle)))
    while not model.IsEnd(index):
        node = manager.IndexToNode(index)
        looks.append(Look(int(network.cell[node]), int(level[node])))
        index = solution.Value(model.NextVar(index))
    return Route(int(network.slots[vehicle]), float(network.takeoff_h[vehicle]), tuple(looks))


def _polished(terms: Terms, new: Sequence[Route], routes: Routes, before: float) -> Routes:
    """
    Put new routes in place of old ones, keep the rules, and fill what room is left.

    Nothing is returned when that has no more merit than `before`.
    """
    slots = np.array([route.slot for route in new])
    others = [route for route in routes if route.slot not in set(slots.tolist())]
    draft = loaded(terms, (*others, *(route for route in new if route.looks)))
    dice, cells = np.zeros(1, np.uint64), np.arange(len(terms.under_way))
    for slot in slots:
        trim(terms, draft, int(slot), dice)
    linger(terms, draft, slots)
    while fill(terms, draft, slots, cells, 2, 0.0, 0.0, dice) > 0:
        linger(terms, draft, slots)
    if merit(terms, draft) <= before:
        return ()
    prune(terms, draft)
    return routes_of(draft)
