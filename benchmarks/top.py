"""Team orienteering: gaps to the best known values, ours beside OR-Tools and PyVRP."""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np

from planner.problem import Look, Problem, Result, Route, Routes
from planner.solvers import greedy, local_search, routing, search
from planner.solvers.top import read_top

HARD = [
    *(f"p4.{m}.{letter}" for m in (2, 4) for letter in "jnqt"),
    *(f"p5.{m}.{letter}" for m in (2, 3, 4) for letter in "pz"),
    *("p6.2.l", "p6.3.m", "p6.4.n"),
    *(f"p7.{m}.{letter}" for m in (2, 4) for letter in "jpt"),
]
OURS = {"ours": search, "ortools": routing, "greedy": greedy, "ruin": local_search}
PYVRP_GRAIN = 10_000
PYVRP_PRIZE = 10**6


def main() -> None:
    """Solve every instance of a folder with each solver in turn, and print the gaps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds chao/ or dang/ and their best values")
    parser.add_argument("--set", default="chao", choices=["chao", "dang"])
    parser.add_argument("--names", help="comma separated; the hard ones of Chao by default")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solver", default="ours,ortools,pyvrp")
    given = parser.parse_args()
    best = best_known(given.folder / f"{given.set}_best_known.csv")
    files = {path.stem: path for path in sorted((given.folder / given.set).glob("*.txt"))}
    usual = HARD if given.set == "chao" else sorted(files)
    names = [n for n in (given.names.split(",") if given.names else usual) if n in files]
    solvers = given.solver.split(",")
    warm_up(files[names[0]], solvers)
    gaps: dict[str, list[float]] = {solver: [] for solver in solvers}
    for name in names:
        problem, cells = read_top(files[name]), f"{name:18s} best {best[name]:8.0f}"
        for solver in solvers:
            began = time.monotonic()
            routes = solve(solver, problem, given.seconds, given.seed)
            took_s = time.monotonic() - began
            score = verified(files[name], routes)
            gaps[solver].append(100 * (1 - score / best[name]))
            cells += f"   {solver} {score:8.0f} {gaps[solver][-1]:6.2f} % {took_s:5.1f} s"
        print(cells, flush=True)
    for solver in solvers:
        each = np.array(gaps[solver])
        print(f"{solver}: mean {each.mean():.3f} %, max {each.max():.3f} %, n = {len(each)}")


def best_known(path: Path) -> dict[str, float]:
    """Return the best value known of each instance."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: float(row["best_known"]) for row in csv.DictReader(lines)}


def warm_up(path: Path, solvers: list[str]) -> None:
    """Compile before the clock runs."""
    for solver in solvers:
        solve(solver, read_top(path), 0.5, 0)


def solve(solver: str, problem: Problem, seconds: float, seed: int) -> Routes:
    """Return the routes of one solver."""
    if solver == "pyvrp":
        return solve_pyvrp(problem, seconds, seed)
    found: Result = OURS[solver].solve(problem, seconds=seconds, seed=seed)
    return found.routes


def solve_pyvrp(problem: Problem, seconds: float, seed: int) -> Routes:
    """Return PyVRP's routes: optional clients with prizes, shifts of limited length."""
    import pyvrp
    from pyvrp.stop import MaxRuntime

    cells, slots = problem.cells, problem.slots
    length = np.ceil(problem.distance_nm[0] * PYVRP_GRAIN).astype(int)
    model = pyvrp.Model()
    places = [model.add_location(k, 0) for k in range(cells + 2)]
    depots = [model.add_depot(place) for place in places[cells:]]
    for place, prize in zip(places, problem.under_way[:, 0], strict=False):
        model.add_client(place, prize=int(prize) * PYVRP_PRIZE, required=False)
    for row, here in enumerate(places):
        for column, there in enumerate(places):
            if row != column:
                model.add_edge(here, there, distance=int(length[row, column]))
    limit = int(slots.endurance_h[0] * PYVRP_GRAIN)
    model.add_vehicle_type(
        len(slots), start_depot=depots[0], end_depot=depots[1], max_distance=limit
    )
    found = model.solve(MaxRuntime(seconds), seed=seed, display=False).best
    visits = [
        [stop.idx for stop in route.schedule() if stop.is_client()] for route in found.routes()
    ]
    return tuple(
        Route(slot, 0.0, tuple(Look(cell, 0) for cell in cells_visited))
        for slot, cells_visited in enumerate(visits)
        if cells_visited
    )


def verified(path: Path, routes: Routes) -> float:
    """
    Return the score of routes, checked against the file itself.

    Raises
    ------
    ValueError
        When a route is too long, there are too many, or a point is visited twice.
    """
    lines = path.read_text(encoding="utf-8").replace(";", " ").split("\n")
    count, longest = int(lines[1].split()[1]), float(lines[2].split()[1])
    points = np.array([[float(w) for w in line.split()] for line in lines[3:] if line.strip()])
    visited = [look.cell + 1 for route in routes for look in route.looks]
    if len(routes) > count or len(set(visited)) < len(visited):
        msg = f"{path.name}: {len(routes)} routes, a point is visited twice or they are too many"
        raise ValueError(msg)
    for route in routes:
        stops = points[[0, *(look.cell + 1 for look in route.looks), len(points) - 1], :2]
        length = float(np.hypot(*np.diff(stops, axis=0).T).sum())
        if length > longest + 1e-6:
            msg = f"{path.name}: a route of length {length:.6f}, at most {longest:g}"
            raise ValueError(msg)
    return float(points[visited, 2].sum())


if __name__ == "__main__":
    main()
