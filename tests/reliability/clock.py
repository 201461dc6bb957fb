"""How well the clock is kept: seconds over the limit, and seconds from a signal to the plan."""

from __future__ import annotations

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


def signalled_s(number: signal.Signals, ready: Callable[[float], bool]) -> tuple[float, int, int]:
    """
    Return the seconds from a signal to the end of `planner run`, its exit code, and its sorties.

    Parameters
    ----------
    number
        The signal sent.
    ready
        Told the seconds since the command began; says when to send it.
    """
    settings = [part for each in (*QUIET, "solver.seconds=600") for part in ("--set", each)]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "planner", "run", str(SCENARIO), *settings]
        process = subprocess.Popen([*command, "--out", folder], stdout=subprocess.DEVNULL)
        began = time.monotonic()
        while not ready(time.monotonic() - began):
            time.sleep(0.05)
        process.send_signal(number)
        sent = time.monotonic()
        code = process.wait()
        return time.monotonic() - sent, code, _sorties(Path(folder))


def _sorties(folder: Path) -> int:
    from planner.reading import read_plan

    path = folder / "plan.json"
    return len(read_plan(path).sorties) if path.is_file() else 0
