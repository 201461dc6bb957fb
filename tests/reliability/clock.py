"""How well the clock is kept: seconds over the limit, and seconds from a signal to the plan."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from planner.cache import Cache, user_folder
from planner.pipeline import run
from planner.scenario import read_scenario

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

SCENARIO = Path(__file__).parents[2] / "scenarios" / "east-china-sea.toml"
QUIET = ("hotspots.estimator=kde", "hotspots.surfaces=10")


@dataclass(slots=True)
class Stopwatch:
    """Notes when each stage begins."""

    began: dict[str, float]

    def tell(self, stage: str) -> None:
        """Note the time."""
        self.began[stage] = time.monotonic()

    @property
    def solving_s(self) -> float:
        """How long the stage of solving took, in seconds."""
        return self.after("Solving") - self.began["Solving"]

    def after(self, stage: str) -> float:
        """Return when the stage after this one began."""
        stages = list(self.began)
        return self.began[stages[stages.index(stage) + 1]]


def overshoot_s(seconds: float, *settings: str, stop_s: float | None = None) -> float:
    """
    Return by how much solving the shipped week outlasts its limit, in seconds.

    With `stop_s` the search is told to stop that long after it began, and the time from then on is
    returned.
    """
    watch = Stopwatch({})
    chosen = (*QUIET, f"solver.seconds={seconds}", *settings)

    def stop() -> bool:
        begun = watch.began.get("Solving")
        return stop_s is not None and begun is not None and time.monotonic() - begun >= stop_s

    scenario = read_scenario(SCENARIO, settings=chosen)
    run(scenario, name="clock", cache=Cache(user_folder()), tell=watch.tell, stop=stop)
    return watch.solving_s - (seconds if stop_s is None else stop_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """
    How `planner run` ended after a signal.

    Parameters
    ----------
    wall_s, processor_s
        From the signal to the end, by the clock and in processor time of all its threads.
    code
        Its exit code.
    sorties
        Of the plan it wrote; none where it wrote none.
    """

    wall_s: float
    processor_s: float
    code: int
    sorties: int


def signalled(number: signal.Signals, ready: Callable[[float], bool]) -> Ended:
    """
    Send `planner run` a signal and wait for its end; only on Linux, which tells what it spent.

    Parameters
    ----------
    number
        The signal sent.
    ready
        Told the processor time the command has spent, in seconds; says when to send it.
    """
    settings = [part for each in (*QUIET, "solver.seconds=600") for part in ("--set", each)]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "planner", "run", str(SCENARIO), *settings]
        process = subprocess.Popen([*command, "--out", folder], stdout=subprocess.DEVNULL)
        while not ready(_spent_s(process.pid)):
            time.sleep(0.05)
        process.send_signal(number)
        sent, spent_s = time.monotonic(), _spent_s(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(
            wall_s=time.monotonic() - sent,
            processor_s=used.ru_utime + used.ru_stime - spent_s,
            code=process.returncode,
            sorties=_sorties(Path(folder)),
        )


def _spent_s(pid: int) -> float:
    """Return the processor time a process has used, user and system, in seconds."""
    figures = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")


def _sorties(folder: Path) -> int:
    from planner.reading import read_plan

    path = folder / "plan.json"
    return len(read_plan(path).sorties) if path.is_file() else 0
