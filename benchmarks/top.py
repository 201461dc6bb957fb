"""
Team orienteering and a patrol-like day: ours beside OR-Tools and PyVRP, in the same minute.

    python benchmarks/top.py <folder> [--seconds 10] [--set chao,dang,patrol]

The folder holds ``top/chao`` and ``top/dang`` with their best known values, and
``patrol_day_0.json``. Every solution is verified against its file, with real distances. With three
solvers the whole table takes 17 minutes; `theatre.py` and `large.py` have its other rows.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import patrol_day

from planner.problem import Look, Problem, Result, Route, Routes
from planner.solvers import greedy, local_search, routing, search, warming
from planner.solvers.top import read_patrol_day, read_top

HARD = [
    *(f"p4.{m}.{letter}" for m in (2, 4) for letter in "jnqt"),
    *(f"p5.{m}.{letter}" for m in (2, 3, 4) for letter in "pz"),
    *("p6.2.l", "p6.3.m", "p6.4.n"),
    *(f"p7.{m}.{letter}" for m in (2, 4) for letter in "jpt"),
]
MOST_DANG = 10
PATROL = "patrol_day_0"
OURS = {"ours": search, "ortools": routing, "greedy": greedy, "ruin": local_search}
PYVRP_GRAIN = 10_000
PYVRP_PRIZE = 10**6


def main() -> None:
    """Solve every instance with each solver in turn, and print values and gaps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", default="chao,dang,patrol")
    parser.add_argument("--names", help="comma separated; the hard ones of Chao, ten of Dang")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solver", default="ours,ortools,pyvrp")
    given = parser.parse_args()
    warming.warm(bound=False)
    print(header(given.seconds), flush=True)
    for family in given.set.split(","):
        rows = patrol(given) if family == "patrol" else orienteering(given, family)
        gaps: dict[str, list[float]] = defaultdict(list)
        for solver, gap in rows:
            gaps[solver].append(gap)
        for solver, each in gaps.items():
            mean, most = np.mean(each), np.max(each)
            print(f"{family} {solver}: mean {mean:.3f} %, max {most:.3f} %, n = {len(each)}")


def header(seconds: float) -> str:
    """Return on what machine, and how busy a one, the numbers were taken."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    return f"{seconds:g} s each on {cores} of {os.cpu_count()} cores ({machine}), load {load}"


def orienteering(given: argparse.Namespace, family: str) -> list[tuple[str, float]]:
    """Print a line for each instance of a family, and return each solver's gaps in percent."""
    best = best_known(given.folder / "top" / f"{family}_best_known.csv")
    files = {path.stem: path for path in sorted((given.folder / "top" / family).glob("*.txt"))}
    every = sorted(set(files) & set(best))
    usual = HARD if family == "chao" else every[:: max(len(every) // MOST_DANG, 1)][:MOST_DANG]
    rows = []
    for name in [n for n in (given.names.split(",") if given.names else usual) if n in files]:
        problem, line = read_top(files[name]), f"{name:18s} best {best[name]:8.0f}"
        for solver in given.solver.split(","):
            began = time.monotonic()
            routes = solve(solver, problem, given.seconds, given.seed)
            took_s = time.monotonic() - began
            score = verified(files[name], routes)
            rows.append((solver, 100 * (1 - score / best[name])))
            line += f"   {solver} {score:8.0f} {rows[-1][1]:6.2f} % {took_s:5.1f} s"
        print(line, flush=True)
    return rows


def patrol(given: argparse.Namespace) -> list[tuple[str, float]]:
    """Print what each solver that knows repeated looks makes of the day; gaps are to the best."""
    file = given.folder / f"{PATROL}.json"
    values, line = {}, f"{PATROL:18s}"
    for solver in [each for each in given.solver.split(",") if each in OURS]:
        began = time.monotonic()
        routes = solve(solver, read_patrol_day(file), given.seconds, given.seed)
        took_s = time.monotonic() - began
        values[solver] = patrol_day.verified(file, routes)
        line += f"   {solver} {values[solver]:8.3f} {took_s:5.1f} s"
    print(line, flush=True)
    best = max(values.values(), default=1.0)
    return [(solver, 100 * (1 - value / best)) for solver, value in values.items()]


def best_known(path: Path) -> dict[str, float]:
    """Return the best value known of each instance."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: float(row["best_known"]) for row in csv.DictReader(lines)}


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
