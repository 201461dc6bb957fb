"""
Measure what a sweep costs beside its runs.

    python benchmarks/sweep.py efficiency --runs 100 --seconds 2 --jobs 4
    python benchmarks/sweep.py durability --runs 100 --seconds 1
    python benchmarks/sweep.py stages --runs 8
    python benchmarks/sweep.py memory --runs 40

`efficiency` and `durability` use runs that sleep, so a busy machine does not change what is
measured; `stages` and `memory` use the theatre's day, solved in one iteration.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from planner.cache import user_folder
from planner.scenario import read_scenario
from planner.sweep.conduct import conduct, open_store, order_for
from planner.sweep.design import design_of
from planner.sweep.engine import Terms
from planner.sweep.outcome import Order, Outcome
from planner.sweep.pinning import Pinned, pin
from planner.sweep.processes import Processes
from planner.sweep.trial import plan_one

SCENARIO = Path(__file__).parents[1] / "scenarios" / "sweep-fleet.toml"
PLAN_BYTES = 500_000


def sleeping(order: Order) -> Outcome:
    """Take as many seconds as the scenario gives the solver, and answer with a plan's bytes."""
    seconds = json.loads(order.scenario)["solver"]["seconds"]
    time.sleep(seconds)
    return Outcome(numbers={"transfers": 1.0}, plan=order.key * (PLAN_BYTES // 64), seconds=seconds)


def swept(vary: str, settings: list[str]) -> Pinned:
    """Return a sweep of the shipped example, varied in one thing only."""
    base = read_scenario(SCENARIO, settings=settings)
    alone = base.model_copy(update={"sweep": type(base.sweep)()})
    return pin(SCENARIO, design_of(alone, vary=[vary]), settings=settings)


def efficiency(runs: int, seconds: float, jobs: int) -> None:
    """Say which share of its workers' time a sweep spends in runs."""
    pinned = swept(f"demand.transfers_per_year=1:{runs}", [f"solver.seconds={seconds}"])
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), pinned) as store:
        begun = time.perf_counter()
        executor = Processes(jobs)
        conduct(store, executor, Terms(width=jobs), work=sleeping)
        executor.shutdown()
        wall = time.perf_counter() - begun
        assert store.counts() == {"done": runs}
    print(f"{runs} runs of {seconds:g} s, {jobs} jobs: {wall:.1f} s, "
          f"efficiency {runs * seconds / jobs / wall:.3f}")  # fmt: skip


def durability(runs: int, seconds: float) -> None:
    """Say how long keeping a run takes, against making it."""
    pinned = swept(f"demand.transfers_per_year=1:{runs}", [f"solver.seconds={seconds}"])
    points = list(pinned.design.points())
    with tempfile.TemporaryDirectory(dir=".") as folder, open_store(Path(folder), pinned) as store:
        begun = time.perf_counter()
        for point in points:
            order = order_for(pinned, pinned.scenario(point), None)
            plan = order.key * (PLAN_BYTES // 64)
            store.record(order.key, Outcome(numbers={"transfers": 1.0}, plan=plan))
        each = (time.perf_counter() - begun) / runs
    print(f"{1000 * each:.1f} ms to keep a run with a plan of {PLAN_BYTES / 1e3:.0f} kB, "
          f"{100 * each / seconds:.2f} % of {seconds:g} s")  # fmt: skip


def stages(runs: int) -> None:
    """Compare runs that share stages with the same runs each on its own."""
    pinned = swept(
        f"aircraft.p8a-kadena.count=1:{runs}", ["solver.iterations=1", "hotspots.surfaces=100"]
    )
    orders = [order_for(pinned, pinned.scenario(p), user_folder()) for p in pinned.design.points()]
    alone = "import sys, benchmarks.sweep as b; b.one(sys.stdin.read())"
    begun = time.perf_counter()
    for order in orders:
        text = json.dumps([order.key, order.scenario, order.folder, order.files, order.cache])
        command = [sys.executable, "-c", alone]
        subprocess.run(command, input=text, text=True, check=True, cwd=Path(__file__).parents[1])
    separate = time.perf_counter() - begun
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), pinned) as store:
        executor = Processes(1)
        conduct(store, executor, Terms(width=1), cache=user_folder())
        executor.shutdown()
        seconds = [row.seconds for row in store.rows()]
    together = time.perf_counter() - begun
    later = sum(seconds[1:]) / (runs - 1)
    many = 100 * separate / runs / (together + (100 - runs) * later)
    print(f"{runs} runs each on its own {separate:.1f} s, in one sweep {together:.1f} s: "
          f"{separate / together:.1f} times cheaper")  # fmt: skip
    print(f"first run {seconds[0]:.2f} s, later ones {later:.2f} s; 100 runs: {many:.1f} times")


def one(text: str) -> None:
    """Make one run in a fresh process."""
    key, scenario, folder, files, cache = json.loads(text)
    found = plan_one(Order(key=key, scenario=scenario, folder=folder, files=files, cache=cache))
    assert not found.error, found.error


def memory(runs: int) -> None:
    """Say how a worker's memory grows with the runs it makes."""
    pinned = swept(f"demand.transfers_per_year=1:{runs}", ["solver.iterations=1"])
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), pinned) as store:
        executor = Processes(1)
        conduct(store, executor, Terms(width=1), cache=user_folder())
        executor.shutdown()
        peaks = [row.peak_mb for row in store.rows()]
    half = runs // 2
    growth = (peaks[-1] - peaks[half]) / (runs - half)
    print(f"peak {peaks[0]:.0f} MB after 1 run, {peaks[half]:.0f} after {half + 1}, "
          f"{peaks[-1]:.0f} after {runs}: {growth:.2f} MB a run at the end")  # fmt: skip


def main() -> None:
    """Read what to measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["efficiency", "durability", "stages", "memory"])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--jobs", type=int, default=4)
    given = parser.parse_args()
    if given.what == "efficiency":
        efficiency(given.runs, given.seconds, given.jobs)
    elif given.what == "durability":
        durability(given.runs, given.seconds)
    else:
        {"stages": stages, "memory": memory}[given.what](given.runs)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from benchmarks.sweep import main as importable_main  # so that workers can import `sleeping`

    importable_main()
