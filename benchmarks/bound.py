"""
How near the proven limit comes to plans and best known values.

    python benchmarks/bound.py <data folder> [--seconds 60] [--only theatre-day theatre-week patrol]

Each line: what the search found, the best known value, the bound, its distance to the better of
the two, and the seconds of the proof. Everything is compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.belief import believe, known_events
from planner.cache import Cache, user_folder
from planner.fleet import muster
from planner.formulation import formulate
from planner.scenario import read_scenario
from planner.solvers.bound import prove
from planner.solvers.search import solve
from planner.solvers.top import read_patrol_day, read_top
from planner.solvers.warming import warm
from planner.theatre import lay_out

if TYPE_CHECKING:
    from planner.problem import Problem

THEATRE = {"theatre-day": 1, "theatre-week": 7}
HARD = (
    *(f"p4.{m}.{k}" for m in (2, 4) for k in "jnqt"),
    *(f"p5.{m}.{k}" for m in (2, 3, 4) for k in "pz"),
    *("p6.2.l", "p6.3.m", "p6.4.n"),
    *(f"p7.{m}.{k}" for m in (2, 4) for k in "jpt"),
)


def main() -> None:
    """Print value, bound, gap and seconds of each instance."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    reader.add_argument("folder", type=Path)
    reader.add_argument("--scenario", type=Path, default=Path("scenarios/east-china-sea.toml"))
    reader.add_argument("--seconds", type=float, default=60.0)
    reader.add_argument("--search", type=float, default=10.0, help="seconds of search for a start")
    reader.add_argument("--only", nargs="*", default=[*THEATRE, "patrol", *HARD])
    given = reader.parse_args()
    with (given.folder / "top" / "chao_best_known.csv").open() as lines:
        known = {row["instance"]: float(row["best_known"]) for row in csv.DictReader(lines)}
    warm(bound=True)
    print(f"load before {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'instance':13} {'found':>9} {'known':>9} {'bound':>9} {'gap %':>6} {'s':>6}")
    for name in given.only:
        problem = posed(name, given.folder, given.scenario)
        if problem is None:
            continue
        found = solve(problem, seconds=given.search)
        begun = time.perf_counter()
        bound = prove(problem, seconds=given.seconds, start=found.routes).value
        seconds = time.perf_counter() - begun
        best = max(found.value, known.get(name, 407.6 if name == "patrol" else 0.0))
        gap = 100 * (bound - best) / bound
        print(
            f"{name:13} {found.value:9.4f} {best:9.4f} {bound:9.4f} {gap:6.2f} {seconds:6.1f}",
            flush=True,
        )


def posed(name: str, folder: Path, scenario: Path) -> Problem | None:
    """Return the problem of a name; nothing when its file is not there."""
    if name in THEATRE:
        return theatre(scenario, days=THEATRE[name])
    if name == "patrol":
        return read_patrol_day(folder / "patrol_day_0.json")
    file = folder / "top" / "chao" / f"{name}.txt"
    return read_top(file) if file.exists() else None


def theatre(path: Path, *, days: int) -> Problem:
    """Return the problem a scenario poses over so many days."""
    scenario = read_scenario(path, settings=[f"period.days={days}"])
    bases, detachments = muster(scenario)
    seas = lay_out(scenario, bases)
    events = known_events(scenario, seas)
    belief = believe(scenario, seas, events, np.random.default_rng(scenario.seed))
    cache = Cache(user_folder())
    return formulate(scenario, seas, belief, bases, detachments, cache).problem


if __name__ == "__main__":
    main()
