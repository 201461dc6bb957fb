"""
Measure what a sweep costs beside its runs.

    python benchmarks/sweep.py efficiency --runs 100 --seconds 2 --jobs 4
    python benchmarks/sweep.py durability --runs 100 --seconds 1
    python benchmarks/sweep.py stages --runs 100
    python benchmarks/sweep.py memory --runs 1000 --seconds 1

`efficiency` and `durability` use runs that sleep, so a busy machine does not change what is
measured; `stages` and `memory` use the theatre's day, `stages` solved in one iteration.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
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
MOST_ALONE = 6


def sleeping(order: Order) -> Outcome:
    """Take as many seconds as the scenario gives the solver, and answer with a plan's bytes."""
    seconds = json.loads(order.scenario)["solver"]["seconds"]
    time.sleep(seconds)
    return Outcome(numbers={"transfers": 1.0}, plan=order.key * (PLAN_BYTES // 64), seconds=seconds)


def swept(vary: list[str], settings: list[str]) -> Pinned:
    """Return a sweep of the shipped example, varied in these things only."""
    base = read_scenario(SCENARIO, settings=settings)
    alone = base.model_copy(update={"sweep": type(base.sweep)()})
    return pin(SCENARIO, design_of(alone, vary=vary), settings=settings)


def efficiency(runs: int, seconds: float, jobs: int) -> None:
    """Say which share of its workers' time a sweep spends in runs."""
    pinned = swept([f"demand.transfers_per_year=1:{runs}"], [f"solver.seconds={seconds}"])
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
    pinned = swept([f"demand.transfers_per_year=1:{runs}"], [f"solver.seconds={seconds}"])
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
    """
    Compare runs that share stages with the same runs each on its own, in processor time.

    A grid of two detachments' strengths. Each run of its own is a process that finds nothing kept;
    a second time it finds kept what earlier runs computed, as `planner run` does.
    """
    settings = ["solver.iterations=1", "hotspots.surfaces=100"]
    side = round(runs**0.5)
    fleet = [f"aircraft.{name}.count=1:{side}" for name in ("p8a-kadena", "p3c-naha")]
    pinned = swept(fleet, settings)
    orders = [order_for(pinned, pinned.scenario(p), user_folder()) for p in pinned.design.points()]
    few = orders[:: max(1, len(orders) // MOST_ALONE)]
    alone = sum(_alone(replace(order, cache=None)) for order in few) / len(few)
    kept = sum(_alone(order) for order in few) / len(few)
    before = _spent_s()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), pinned) as store:
        executor = Processes(1)
        conduct(store, executor, Terms(width=1), cache=user_folder())
        executor.shutdown()
        assert store.counts() == {"done": len(orders)}
    together = (_spent_s() - before) / len(orders)
    print(f"processor time of a run: {alone:.2f} s on its own, {kept:.2f} s with what others kept "
          f"({len(few)} measured each), {together:.2f} s in a sweep of {len(orders)}: "
          f"{alone / together:.1f} and {kept / together:.1f} times cheaper")  # fmt: skip


def _alone(order: Order) -> float:
    """Return the processor seconds of one run in a process of its own."""
    text = json.dumps([order.key, order.scenario, order.folder, order.files, order.cache])
    command = [sys.executable, "-c", "import sys, benchmarks.sweep as b; b.one(sys.stdin.read())"]
    before = _spent_s()
    subprocess.run(command, input=text, text=True, check=True, cwd=Path(__file__).parents[1])
    return _spent_s() - before


def _spent_s() -> float:
    """Return the processor seconds of this process and of those it has ended."""
    return sum(os.times()[:4])


def one(text: str) -> None:
    """Make one run in a fresh process."""
    key, scenario, folder, files, cache = json.loads(text)
    found = plan_one(Order(key=key, scenario=scenario, folder=folder, files=files, cache=cache))
    assert not found.error, found.error


def memory(runs: int, seconds: float, jobs: int) -> None:
    """Say how much memory workers come to hold, over runs that share little."""
    settings = [f"solver.seconds={seconds}", "solver.iterations=100000000"]
    pinned = swept([f"hotspots.half_life_days=30.0:{29.0 + runs}:1.0"], settings)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), pinned) as store:
        executor = Processes(jobs)
        conduct(store, executor, Terms(width=jobs), cache=Path(folder) / "kept")
        executor.shutdown()
        counts, peaks = store.counts(), [row.peak_mb for row in store.rows()]
    minutes = (time.perf_counter() - begun) / 60
    half = runs // 2
    growth = (max(peaks) - max(peaks[: half + 1])) / (runs - half)
    print(f"{counts} of {seconds:g} s in {minutes:.1f} min, {jobs} jobs; most memory of a worker: "
          f"{peaks[0]:.0f} MB after its first run, {max(peaks[: half + 1]):.0f} at half, "
          f"{max(peaks):.0f} at the end ({growth:.2f} MB a run)")  # fmt: skip


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
    elif given.what == "stages":
        stages(given.runs)
    else:
        memory(given.runs, given.seconds, given.jobs)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from benchmarks.sweep import main as importable_main  # so that workers can import `sleeping`

    importable_main()
