"""Commands killed at random moments, and what they may leave behind."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.theatres import small

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from pathlib import Path

QUICK = (
    "--set", "solver.name=greedy", "--set", "hotspots.estimator=uniform",
    "--set", "hotspots.surfaces=0", "--set", "period.days=1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """
    A command that writes files, and the bytes it writes when nothing disturbs it.

    Parameters
    ----------
    arguments
        What follows ``planner``; ``OUT`` stands for the folder written.
    whole
        Name and content of every file of an undisturbed run.
    seconds
        How long such a run takes.
    """

    arguments: tuple[str, ...]
    whole: Mapping[str, bytes]
    seconds: float

    def begin(self, out: Path) -> subprocess.Popen[bytes]:
        """Start the command, to write into a folder."""
        return begin(self.arguments, out)


def work_of(command: str, folder: Path) -> Work:
    """Return a quick ``run``, ``export`` or ``backtest`` and what it writes undisturbed."""
    run = ("run", str(small(folder)), *QUICK, "--out")
    if command == "export":
        undisturbed((*run, "OUT"), folder / "planned")
        plan = folder / "planned" / "plan.json"
        return undisturbed(("export", str(plan), "--to", "fpl", "--out", "OUT/a.fpl"), folder / "a")
    if command == "backtest":
        reports = _reports(folder / "reports.csv")
        told = ("backtest", str(reports), "--periods", "4", "--out", "OUT")
        return undisturbed(told, folder / "a")
    return undisturbed((*run, "OUT"), folder / "a")


def _reports(path: Path) -> Path:
    """Write two hundred reports of three years, enough to forecast some of them."""
    rows = [
        f"{day},{date(2017, 1, 1) + timedelta(days=5 * day)},UTC,"
        f"{124 + day % 7 / 10},{30 + day % 11 / 10}"
        for day in range(200)
    ]
    path.write_text("\n".join(("id,start,zone,lon,lat", *rows)), encoding="utf-8")
    return path


def begin(arguments: tuple[str, ...], out: Path) -> subprocess.Popen[bytes]:
    """Start a command of the planner; ``OUT`` among its arguments becomes the folder."""
    told = [argument.replace("OUT", str(out)) for argument in arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "planner", *told],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def undisturbed(arguments: tuple[str, ...], out: Path) -> Work:
    """Run a command to its end and note what it wrote."""
    began = time.monotonic()
    process = begin(arguments, out)
    _, told = process.communicate()
    if process.returncode:
        raise AssertionError(told.decode())
    return Work(arguments, written(out), time.monotonic() - began)


def written(folder: Path) -> dict[str, bytes]:
    """Return the files under final names; names that begin with a dot are temporary."""
    paths = folder.glob("*") if folder.is_dir() else ()
    return {path.name: path.read_bytes() for path in paths if path.name[0] != "."}


def killed(work: Work, out: Path, luck: random.Random) -> str | None:
    """
    Kill a command at a random moment; return what is wrong with what is left.

    Half the kills fall anywhere, half in the last fifth, when files are written.
    """
    process = work.begin(out)
    share = luck.uniform(0, 1) if luck.random() < 0.5 else luck.uniform(0.8, 1.05)
    try:
        process.wait(share * work.seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return half_written(work, out)


def half_written(work: Work, out: Path) -> str | None:
    """Return which file under a final name is not whole, or what a manifest promises in vain."""
    left = written(out)
    halves = [name for name, data in left.items() if data != work.whole.get(name)]
    if halves:
        return f"{', '.join(halves)} differ from those of an undisturbed run"
    if "manifest.json" in left and left.keys() != work.whole.keys():
        return f"a manifest without {', '.join(work.whole.keys() - left.keys())}"
    return None


def finished(work: Work, out: Path) -> str | None:
    """Run the command once more, undisturbed; return what is wrong with what it wrote."""
    process = work.begin(out)
    _, told = process.communicate()
    if process.returncode:
        return f"the second run failed: {told.decode()[-300:]}"
    return None if written(out) == dict(work.whole) else "the second run wrote something else"
