"""A patrol-like day as a bare problem: value reached by each solver, checked against the file."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from planner.solvers import greedy, local_search, routing, search
from planner.solvers.top import read_patrol_day

if TYPE_CHECKING:
    from planner.problem import Routes

SOLVERS = {"ours": search, "ortools": routing, "greedy": greedy, "ruin": local_search}


def main() -> None:
    """Solve a file in the format "patrol-day 1" with each solver in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--solver", default="ours,ortools,greedy")
    given = parser.parse_args()
    problem = read_patrol_day(given.file)
    for solver in given.solver.split(","):
        SOLVERS[solver].solve(problem, seconds=0.5)
        for seed in map(int, given.seeds.split(",")):
            began = time.monotonic()
            routes = SOLVERS[solver].solve(problem, seconds=given.seconds, seed=seed).routes
            took_s = time.monotonic() - began
            value = verified(given.file, routes)
            print(f"{solver:8s} seed {seed}: {value:9.3f} in {took_s:5.1f} s", flush=True)


def verified(path: Path, routes: Routes) -> float:
    """
    Return the value of routes as the file defines it.

    Raises
    ------
    ValueError
        When a sortie is too long or searches a cell twice.
    """
    day = json.loads(path.read_text(encoding="utf-8"))
    start = len(day["value"])
    times: Counter[int] = Counter()
    for route in routes:
        cells = [look.cell for look in route.looks]
        stops = [start, *cells, start + 1]
        hours = day["hours"][day["sortie_class"][route.slot]]
        length_h = sum(hours[i][j] for i, j in pairwise(stops))
        if length_h > day["endurance_h"][route.slot] + 1e-6 or len(set(cells)) < len(cells):
            msg = f"sortie {route.slot}: {length_h:.6f} h, or a cell searched twice"
            raise ValueError(msg)
        times.update(cells)
    return float(sum(sum(day["value"][cell][:count]) for cell, count in times.items()))


if __name__ == "__main__":
    main()
