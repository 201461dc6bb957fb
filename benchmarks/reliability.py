"""
Try to break the planner, and say how often that was tried and how often it worked.

    python -m benchmarks.reliability            the short form, a few minutes on four idle cores
    python -m benchmarks.reliability --long     the long form, a night
    python -m benchmarks.reliability files      one part: files, kills, scenarios or clock

Prints a table of inputs tried, faults injected and failures; ends with 1 when anything failed.
"""

from __future__ import annotations

import logging
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.random_scenarios import BOUND_S, EXTREMES, LARGE, extreme_cases, outcome, random_case
from tests.reliability.clock import overshoot_s, signalled
from tests.reliability.hostile import contents, spoilt
from tests.reliability.killing import finished, killed, work_of
from tests.reliability.places import PLACES
from tests.reliability.readers import READERS, Reader, complaint, fed
from tests.reliability.tally import Tally, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.random_scenarios import Case

SHARE_OVER = 0.05
LEAST_OVER_S = 0.5
MOST_AFTER_SIGNAL_S = 2.0
SEARCHING_S = 12.0
"""Processor time after which a run is searching, however little of it the machine gives."""


def main(arguments: list[str]) -> int:
    """Run the parts asked for and print the table."""
    long = "--long" in arguments
    asked = [each for each in PARTS if each in arguments] or list(PARTS)
    began = time.monotonic()
    found = [*_side_by_side([each for each in asked if each != "clock"], long)]
    if "clock" in asked:
        found.append(_tried("clock", long))
    tallies = [tally for told, _ in found for tally in told]
    print(*table(tallies), sep="\n")
    spent = ", ".join(f"{part} {s:.0f} s" for part, (_, s) in zip(asked, found, strict=True))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{time.monotonic() - began:.0f} s, {os.cpu_count()} cores, load {load}")
    print(f"processor time: {spent}")
    return int(any(tally.failures for tally in tallies))


def _side_by_side(parts: list[str], long: bool) -> Iterator[tuple[list[Tally], float]]:
    """Try parts that need no quiet machine, each in a process of its own."""
    with ProcessPoolExecutor(max(len(parts), 1), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_tried, parts, repeat(long))


def _tried(part: str, long: bool) -> tuple[list[Tally], float]:
    """Return the tallies of a part, and the processor time it took, in seconds."""
    logging.disable(logging.WARNING)
    before_s = _spent_s()
    return list(PARTS[part](long)), _spent_s() - before_s


def _spent_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def files(long: bool) -> Iterator[Tally]:
    """Feed every reader hostile content, things that are no files, and spoilt good files."""
    for reader in READERS:
        tally, began = Tally(f"files: {reader.name}"), time.monotonic()
        with TemporaryDirectory() as name:
            _feed(reader, Path(name), tally, spoils=5_000 if long else 100)
        tally.figure = f"{1e3 * (time.monotonic() - began) / tally.inputs:.0f} ms each"
        yield tally


def _feed(reader: Reader, folder: Path, tally: Tally, *, spoils: int) -> None:
    good, luck = reader.good(), random.Random(20200217)
    tally.count(fed(reader, good, folder), injected=False)
    for data in contents().values():
        tally.count(fed(reader, data, folder))
    for _ in range(spoils):
        tally.count(fed(reader, spoilt(good, luck), folder))
    for number, place in enumerate(PLACES.values()):
        within = folder / str(number)
        within.mkdir()
        place(within / reader.file)
        tally.count(complaint(reader, within / reader.file))


def kills(long: bool) -> Iterator[Tally]:
    """Kill commands at random moments; after some kills let one finish."""
    for command in ("run", "export", "backtest"):
        tally, luck = Tally(f"killed: {command}"), random.Random(time.time_ns())
        with TemporaryDirectory() as name:
            folder = Path(name)
            work = work_of(command, folder)
            for _ in range(20 if long else 2):
                for _ in range(10 if long else 5):
                    tally.count(killed(work, folder / "out", luck))
                tally.count(finished(work, folder / "out"), injected=False)
                rmtree(folder / "out")
        yield tally


def scenarios(long: bool) -> Iterator[Tally]:
    """Plan random and extreme scenarios; every plan must hold."""
    yield _planned("scenarios: random", map(random_case, range(10_000 if long else 30)))
    extremes = EXTREMES | LARGE if long else EXTREMES
    yield _planned("scenarios: extreme", extreme_cases(extremes, bound_s=BOUND_S))


def _planned(name: str, cases: Iterable[Case]) -> Tally:
    tally, kinds = Tally(name), Counter[str]()
    for found in map(outcome, cases):
        kinds[found.kind] += 1
        tally.count(found.wrong and f"{found.case}: {found.wrong}", injected=False)
    tally.figure = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return tally


def clock(long: bool) -> Iterator[Tally]:
    """Solve the shipped week with limits, and send signals."""
    overshoot_s(1.0)
    tally, overs = Tally("clock: seconds over the limit"), []
    for seconds in (1, 2, 5, 10, 20, 60, 600) if long else (1, 2, 5, 10):
        over = overshoot_s(float(seconds))
        overs.append(f"{seconds} s: {over:+.2f}")
        late = over > max(SHARE_OVER * seconds, LEAST_OVER_S)
        tally.count(f"{seconds} s overrun by {over:.2f} s" if late else None, injected=False)
    tally.figure = ", ".join(overs)
    yield tally
    tally, waits = Tally("clock: told to stop, end of the search"), []
    for moment in (0.0, 0.3, 3.0):
        wait = overshoot_s(60.0, stop_s=moment)
        waits.append(f"{wait:.2f}")
        tally.count(f"at {moment} s took {wait:.2f} s" if wait > 2.0 else None)
    tally.figure = f"seconds: {', '.join(waits)}"
    yield tally
    yield _signals()


def _signals() -> Tally:
    tally, waits = Tally("clock: signal to a checked plan, written"), []
    for number in (signal.SIGINT, signal.SIGTERM):
        ended = signalled(number, lambda seconds: seconds > SEARCHING_S)
        waits.append(f"{number.name} {ended.processor_s:.1f} s of work, {ended.wall_s:.1f} s")
        well = ended.code == 0 and ended.sorties and ended.processor_s <= MOST_AFTER_SIGNAL_S
        tally.count(None if well else f"{number.name}: {ended}")
    tally.figure = ", ".join(waits)
    return tally


PARTS: dict[str, Callable[[bool], Iterator[Tally]]] = {
    "files": files,
    "kills": kills,
    "scenarios": scenarios,
    "clock": clock,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
