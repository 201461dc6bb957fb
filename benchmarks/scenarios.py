"""
Plan many random scenarios and count the plans that do not hold.

    python -m benchmarks.scenarios 10000 --journal scenarios.csv
    python -m benchmarks.scenarios 10000 --journal scenarios.csv --from 10000 --processes 2

Each plan must pass the check, be worth no less than the greedy one and no more than its bound, see
as much when simulated, and give a reason for every cell of value that nobody searches. Each outcome
is added to the journal as it comes; cases that stand in it are not run again, so a run that was
stopped goes on. Ends with 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, fields
from itertools import cycle, islice
from multiprocessing import SimpleQueue
from pathlib import Path
from typing import TYPE_CHECKING

from tests.random_scenarios import Outcome, outcome, random_case

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = tuple(each.name for each in fields(Outcome))
AT_ONCE = 8


def main() -> int:
    """Run the cases that the journal lacks, and print what became of all."""
    parser = argparse.ArgumentParser(description="Plan many random scenarios.")
    parser.add_argument("count", type=int, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--journal", type=Path, required=True, help="CSV file, added to")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    known = {each["case"] for each in _journal(asked.journal)}
    seeds = range(asked.first, asked.first + asked.count)
    left = [seed for seed in seeds if f"seed {seed}" not in known]
    with asked.journal.open("a", newline="") as file:
        for found in _outcomes(left, asked.processes):
            csv.DictWriter(file, COLUMNS).writerow(asdict(found))
            file.flush()
    return _summed(list(_journal(asked.journal)))


def _outcomes(seeds: list[int], processes: int) -> Iterator[Outcome]:
    cores: SimpleQueue[int] = SimpleQueue()
    for core in islice(cycle(_cores()), processes):
        cores.put(core)
    with ProcessPoolExecutor(processes, initializer=_alone, initargs=(cores,)) as pool:
        yield from pool.map(_of_seed, seeds, chunksize=AT_ONCE)


def _of_seed(seed: int) -> Outcome:
    return outcome(random_case(seed))


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def _alone(cores: SimpleQueue[int]) -> None:
    """Keep to one core: threads of small searches, on all of them, stand in each other's way."""
    logging.disable(logging.WARNING)
    core = cores.get()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [core])


def _journal(path: Path) -> Iterator[dict[str, str]]:
    if path.exists():
        with path.open(newline="") as file:
            yield from csv.DictReader(file, COLUMNS)


def _summed(found: list[dict[str, str]]) -> int:
    kinds = Counter(each["kind"] for each in found)
    wrong = [each for each in found if each["wrong"]]
    print(f"{len(found):>7} scenarios")
    for kind, count in sorted(kinds.items()):
        print(f"{count:>7} {kind}")
    print(f"{sum(int(each['sorties']) for each in found):>7} sorties")
    print(f"{sum(each['bounded'] == 'True' for each in found):>7} with a bound")
    print(f"{sum(int(each['explained']) for each in found):>7} cells with a reason")
    print(f"{len(wrong):>7} wrong")
    for each in wrong:
        print(f"WRONG {each['case']}: {each['wrong']}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
