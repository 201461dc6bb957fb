"""Runs that cost nothing, for tests of sweeps; workers import this file, so it stays light."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

from planner.sweep.outcome import Order, Outcome

SMALL = """version = 1
title = "Small"

[period]
start = 2020-02-17T00:00:00+09:00
days = 7

[area]
polygon = [[123.0, 27.0], [125.0, 27.0], [125.0, 29.0]]

[demand]
transfers_per_year = 100

[aircraft.p8a-kadena]
type = "P-8A"
station = "kadena"
endurance_h = 9.5
count = 1

[stations.naha]
open = true

[solver]
seconds = 1
iterations = 10

[overrides.naha-closed]
stations.naha.open = false
"""


def written(folder: Path, text: str = SMALL) -> Path:
    """Write the small scenario and return its path."""
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


def work(order: Order) -> Outcome:
    """See a third of a transfer for each aircraft, one less with Naha closed, and some luck."""
    scenario = json.loads(order.scenario)
    terms = scenario["aircraft"]["p8a-kadena"]
    seen = 0.3 * terms["count"] + 0.05 * (terms["endurance_h"] - 9.5)
    seen -= 0.0 if scenario["stations"]["naha"]["open"] else 0.2 + 0.1 * (terms["count"] > 2)
    luck = int(hashlib.sha256(str(scenario["seed"]).encode()).hexdigest()[:4], 16) / 65536
    seen += 0.02 * luck
    numbers = {"transfers": seen, "flown_h": 10.0 * terms["count"], "sorties": terms["count"]}
    plan = json.dumps({"key": order.key, "filling": "." * 2_000, **numbers})
    drawn = tuple(round(seen * (1 + 0.01 * k), 9) for k in range(-5, 6))
    return Outcome(numbers=numbers, drawn=drawn, plan=plan)


def slow_work(order: Order) -> Outcome:
    """Do the same, in a twentieth of a second."""
    time.sleep(0.05)
    return work(order)


def work_of_a_second(order: Order) -> Outcome:
    """Do the same, in a second."""
    time.sleep(1.0)
    return work(order)


def trouble(order: Order) -> Outcome:
    """Get into the trouble that the number of aircraft stands for."""
    import ctypes
    import os

    count = json.loads(order.scenario)["aircraft"]["p8a-kadena"]["count"]
    if count == 2:
        msg = "two is one too many"
        raise RuntimeError(msg)
    if count == 3:
        os.kill(os.getpid(), 9)
    if count == 4:
        time.sleep(600)
    if count == 5:
        ctypes.PyDLL(None).sleep(600)  # holds the interpreter's lock, as native code may
    if count == 6:
        raise MemoryError
    if count == 8:
        bytearray(2_000_000_000)
    return work(order)


def main(folder: Path, jobs: int) -> None:
    """Go on with the sweep in a folder."""
    from planner.sweep.conduct import conduct
    from planner.sweep.engine import Terms
    from planner.sweep.processes import Processes
    from planner.sweep.store import Store

    with Store(folder / "sweep.sqlite", writing=True) as store:
        store.resume(store.pinned(), retry_failed=True)
        executor = Processes(jobs)
        conduct(store, executor, Terms(width=jobs), work=slow_work)
        executor.shutdown()


if __name__ == "__main__":
    from sweeping import main as importable_main  # so that workers can import `slow_work`

    importable_main(Path(sys.argv[1]), int(sys.argv[2]))
