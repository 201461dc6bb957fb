"""
How much each way of planning sees of the shipped theatre, on the same reported value.

    python benchmarks/theatre.py [scenarios/east-china-sea.toml] [--seconds 10]

Compares a hand-made plan (everyone flies to the densest cell in reach and circles there), greedy
insertion, OR-Tools routing and our search, each checked against the rules.
"""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path

import numpy as np

from planner.belief import believe, known_events
from planner.cache import Cache, user_folder
from planner.fleet import muster
from planner.formulation import formulate
from planner.problem import Look, Problem, Route, Routes
from planner.rules import broken_rules
from planner.scenario import read_scenario
from planner.solving import solver
from planner.theatre import lay_out

DAWN_H = 6.0


def main() -> None:
    """Print one row for each way of planning."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("scenario", nargs="?", default="scenarios/east-china-sea.toml")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    problem = problem_of(Path(arguments.scenario))
    print(f"{arguments.scenario}: {problem.cells} cells, {len(problem.slots)} slots")
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}")
    print(f"{'plan':<28}{'transfers':>10}{'sorties':>9}{'seconds':>9}{'over greedy':>13}")
    rows = {"hand-made: densest cell": (circling(problem), 0.0)}
    for name in ("greedy", "routing", "search"):
        solver(name)(problem, seconds=0.1)  # compiles, outside the clock
        begun = time.perf_counter()
        routes = solver(name)(problem, seconds=arguments.seconds).routes
        rows[name] = (routes, time.perf_counter() - begun)
    greedy = problem.value(rows["greedy"][0])
    for name, (routes, seconds) in rows.items():
        assert not broken_rules(problem, routes), broken_rules(problem, routes)
        value = problem.value(routes)
        print(f"{name:<28}{value:>10.4f}{len(routes):>9}{seconds:>9.1f}{value / greedy - 1:>12.1%}")


def problem_of(path: Path) -> Problem:
    """Return the problem a scenario poses."""
    scenario = read_scenario(path)
    bases, detachments = muster(scenario)
    theatre = lay_out(scenario, bases)
    events = known_events(scenario, theatre)
    belief = believe(scenario, theatre, events, np.random.default_rng(scenario.seed))
    cache = Cache(user_folder())
    return formulate(scenario, theatre, belief, bases, detachments, cache).problem


def circling(problem: Problem) -> Routes:
    """Send each aircraft, at dawn, to the densest cell in reach that is free, to circle there."""
    density = problem.rate_per_h.mean(axis=1)
    routes: Routes = ()
    for slot in range(len(problem.slots)):
        for cell in np.argsort(-density):
            more = longest(problem, slot, int(cell))
            if more and not broken_rules(problem, (*routes, more)):
                routes = (*routes, more)
                break
    return routes


def longest(problem: Problem, slot: int, cell: int) -> Route | None:
    """Return the sortie from dawn that searches one cell for as long as the aircraft can."""
    slots, level = problem.slots, problem.dwell_h.shape[2] - 1
    takeoff_h = max(float(slots.earliest_h[slot]), 24.0 * float(slots.day[slot]) + DAWN_H)
    best = None
    for looks in range(1, 20):
        route = Route(slot, takeoff_h, (Look(cell, level),) * looks)
        if broken_rules(problem, (route,)):
            break
        best = route
    return best


if __name__ == "__main__":
    main()
