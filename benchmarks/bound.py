"""How near the proven limit comes to the best known values: ``bound.py <data folder>``."""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

from planner.solvers.bound import prove
from planner.solvers.search import solve
from planner.solvers.top import read_patrol_day, read_top

HARD = (
    *(f"p4.{m}.{k}" for m in (2, 4) for k in "jnqt"),
    *(f"p5.{m}.{k}" for m in (2, 3, 4) for k in "pz"),
    *("p6.2.l", "p6.3.m", "p6.4.n"),
    *(f"p7.{m}.{k}" for m in (2, 4) for k in "jpt"),
)


def main() -> None:
    """Print value, bound, gap and seconds of each instance."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--seconds", type=float, default=60.0)
    reader.add_argument("--search", type=float, default=10.0, help="seconds of search for a start")
    reader.add_argument("--only", nargs="*", default=["patrol", *HARD])
    given = reader.parse_args()
    with (given.folder / "top" / "chao_best_known.csv").open() as lines:
        known = {row["instance"]: float(row["best_known"]) for row in csv.DictReader(lines)}
    print(f"{'instance':10} {'found':>9} {'known':>9} {'bound':>9} {'gap %':>6} {'s':>6}")
    for name in given.only:
        file = given.folder / "top" / "chao" / f"{name}.txt"
        if name != "patrol" and not file.exists():
            continue
        patrol = given.folder / "patrol_day_0.json"
        problem = read_patrol_day(patrol) if name == "patrol" else read_top(file)
        found = solve(problem, seconds=given.search)
        begun = time.perf_counter()
        bound = prove(problem, seconds=given.seconds, start=found.routes).value
        seconds = time.perf_counter() - begun
        best = known.get(name, 407.6)
        gap = 100 * (bound - max(best, found.value)) / bound
        print(f"{name:10} {found.value:9.2f} {best:9.2f} {bound:9.2f} {gap:6.2f} {seconds:6.1f}")


if __name__ == "__main__":
    main()
