"""
The solver's table: ours beside OR-Tools and PyVRP, in the same minutes on the same cores.

    python -m benchmarks.solver <data folder> [--rows chao,dang,proof,day,week,500x40,2000x200]
    python -m benchmarks.solver <data folder> --short

The folder holds ``top/chao`` and ``top/dang`` with their best known values, and
``patrol_day_*.json``. Every solution is verified with real distances, by its file or by the rules.
OR-Tools is run from greedy routes and from none, each for as long as ours, and the better is taken.
The whole table takes an hour and a half, the short one, of fewer and shorter runs, five minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import instances, large, rivals
from benchmarks.theatre import problem_of
from planner.cores import cores
from planner.rules import broken_rules
from planner.scenario.model import Solver
from planner.solvers import search
from planner.solvers.warming import warm
from planner.solving import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.instances import Instance
    from planner.problem import Problem, Result, Routes

    Line = tuple[str, ...]  # work, OR-Tools, PyVRP, ours, asked

PROVED = 1e-4
CERTIFIED = ((30.0, "<= 1 %"), (60.0, "<= 0.5 %"))
WEEK = ((60.0, "<= 3 %"), (600.0, "<= 1.5 %"))
HEADS = ("work", "OR-Tools", "PyVRP", "ours", "asked")
WIDTHS = (44, 38, 30, 44, 24)


def main() -> None:
    """Run the rows asked for, tell how they come along, and print the table."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    reader.add_argument("folder", type=Path)
    reader.add_argument("--rows", help="some of these, comma separated")
    reader.add_argument("--seconds", type=float, default=10.0, help="for each search of rows 1-4")
    reader.add_argument("--moments", default="10,30,60,120", help="seconds, for the last rows")
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--solvers", default="ortools,pyvrp,ours")
    reader.add_argument("--short", action="store_true", help="fewer and shorter runs")
    given = reader.parse_args()
    rows = given.rows.split(",") if given.rows else [*ROWS][:-1] if given.short else [*ROWS]
    warm(bound=not PROVING.isdisjoint(rows), steady=True)
    began = time.monotonic()
    print(machine(), flush=True)
    table = [line for row in rows for line in ROWS[row](given)]
    print(f"\n{machine()}, {(time.monotonic() - began) / 60:.0f} min")
    for line in (HEADS, *table):
        print(
            "  ".join(f"{word:{width}}" for word, width in zip(line, WIDTHS, strict=True)).rstrip()
        )


def machine() -> str:
    """Return on what machine, and how busy a one, numbers are taken."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{cores()} of {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, load {load}"
    )


def chao(given: argparse.Namespace) -> Iterator[Line]:
    """Yield the gaps of the hard ones of Chao."""
    some = [*instances.hard_chao(given.folder)][:: 6 if given.short else 1]
    yield gaps(given, "hard Chao", some, "mean <= 0.05, max <= 0.5 %")


def dang(given: argparse.Namespace) -> Iterator[Line]:
    """Yield the gaps of ten of Dang's."""
    some = [*instances.some_dang(given.folder)][:: 4 if given.short else 1]
    yield gaps(given, "Dang's large set", some, "mean <= 0.3, max <= 1 %")


def gaps(given: argparse.Namespace, name: str, some: list[Instance], asked: str) -> Line:
    """Return a line of mean and greatest distance to the best values known."""
    each: dict[str, list[float]] = defaultdict(list)
    for instance in some:
        for solver, value in values(given, instance).items():
            each[solver].append(100 * (1 - value / instance.best))
    told = {k: f"mean {np.mean(v):.3f}, max {np.max(v):.3f} %" for k, v in each.items()}
    work = f"{len(some)} instances of {name}, {seconds_of(given):g} s"
    return (work, *(told.get(k, "-") for k in RUNS), asked)


def values(given: argparse.Namespace, instance: Instance) -> dict[str, float]:
    """Return the verified value each solver reaches, and print them."""
    reached, line = {}, f"{instance.name:20s} best {instance.best:9.1f}"
    for solver in given.solvers.split(","):
        began = time.monotonic()
        routes = RUNS[solver](instance.problem, seconds_of(given), given.seed)
        took_s = time.monotonic() - began
        reached[solver] = instance.verified(routes)
        line += f"   {solver} {reached[solver]:9.2f} in {took_s:5.1f} s"
    print(line, flush=True)
    return reached


def seconds_of(given: argparse.Namespace) -> float:
    """Return the seconds of each search."""
    return 2.0 if given.short else float(given.seconds)


def ours(problem: Problem, seconds: float, seed: int) -> Routes:
    """Return the routes of our search."""
    return search.solve(problem, seconds=seconds, seed=seed).routes


def proof(given: argparse.Namespace) -> Iterator[Line]:
    """Yield how many of the hard ones of Chao are proved optimal, or nearly."""
    some = [*instances.hard_chao(given.folder)][:: 8 if given.short else 1]
    total_s, optimal, near = 15.0 if given.short else 60.0, 0, 0
    for instance in some:
        found = certified(instance, given, seconds_of(given), total_s)
        limit = np.floor(found.bound * (1 + 1e-9))  # scores are whole numbers
        optimal += limit <= found.value
        near += limit <= max(found.value, instance.best) * 1.01
    count = len(some)
    told = f"{optimal} of {count} proved, {near} of {count} within 1 %"
    yield (f"hard Chao: proved, {total_s:g} s in all", "-", "-", told, ">= 75 %, >= 95 %")


def day(given: argparse.Namespace) -> Iterator[Line]:
    """Yield what each solver makes of the patrol-like days, and how near the proven limit it is."""
    for instance in instances.patrol_days(given.folder):
        reached = values(given, instance)
        told = [f"{reached[k]:.2f}" if k in reached else "-" for k in RUNS]
        yield (f"{instance.name}, {seconds_of(given):g} s", *told, "best, 0.5 % below bound")
        for total_s, asked in ((10.0, ""),) if given.short else CERTIFIED:
            found = certified(instance, given, seconds_of(given), total_s)
            yield (f"  certified gap, {total_s:g} s in all", "-", "-", certificate(found), asked)


def week(given: argparse.Namespace) -> Iterator[Line]:
    """Yield how near the proven limit the shipped week is planned, a sixth of it by search."""
    problem = problem_of(Path("scenarios/east-china-sea.toml"))
    for total_s, asked in ((12.0, ""),) if given.short else WEEK:
        found = judged(problem, given, total_s / 6, total_s)
        if faults := broken_rules(problem, found.routes):
            raise ValueError(faults)
        work = f"theatre week, {len(problem.slots)} slots, {total_s:g} s in all"
        print(work, certificate(found), flush=True)
        yield (work, "-", "-", certificate(found), asked)


def large_fleet(given: argparse.Namespace, size: tuple[int, int, int]) -> Iterator[Line]:
    """Yield what is seen with a large fleet after so many seconds, and the memory it takes."""
    cells, sorties, days = size
    for seconds in (10.0,) if given.short else map(float, given.moments.split(",")):
        told = {}
        for solver in ("ortools", "ours"):
            told[solver] = large.apart(solver, size, seconds, given.seed).told()
            print(f"{cells} cells, {seconds:g} s {solver:8s} {told[solver]}", flush=True)
        work = f"{cells} cells, {sorties * days} sorties, {seconds:g} s"
        yield (work, told["ortools"], "-", told["ours"], "better, <= 2 GB")


def certified(
    instance: Instance, given: argparse.Namespace, search_s: float, total_s: float
) -> Result:
    """Search, prove for the rest of the time, verify, and print what came of it."""
    began = time.monotonic()
    found = judged(instance.problem, given, search_s, total_s)
    took_s, reached = time.monotonic() - began, instance.verified(found.routes)
    if reached > found.value * (1 + PROVED):
        msg = f"{instance.name}: {found.value} is told, {reached} is true"
        raise ValueError(msg)
    found = replace(found, value=reached)  # a file may count fewer looks at a cell than we do
    print(f"{instance.name:20s} {certificate(found)} in {took_s:5.1f} s", flush=True)
    return found


def judged(problem: Problem, given: argparse.Namespace, search_s: float, total_s: float) -> Result:
    """Return a plan and its bound as `planner run` would make them in so many seconds."""
    terms = Solver(seconds=search_s, bound_seconds=total_s - search_s)
    return solve(problem, terms, seed=given.seed)


def certificate(found: Result) -> str:
    """Return value, bound and gap in words."""
    return f"{found.value:.4f}, bound {found.bound:.4f}, gap {100 * found.gap:.2f} %"


RUNS: dict[str, Callable[[Problem, float, int], Routes]] = {
    "ortools": rivals.ortools,
    "pyvrp": rivals.pyvrp,
    "ours": ours,
}
ROWS: dict[str, Callable[[argparse.Namespace], Iterator[Line]]] = {
    "chao": chao,
    "dang": dang,
    "proof": proof,
    "day": day,
    "week": week,
    "500x40": partial(large_fleet, size=(500, 40, 1)),
    "2000x200": partial(large_fleet, size=(2000, 40, 5)),
}
PROVING = {"proof", "day", "week"}


if __name__ == "__main__":
    main()
