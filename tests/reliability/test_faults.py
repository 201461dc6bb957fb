"""Killed, crowded out, cut off from disk or network: never a half file, never a wrong one."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.cache import Cache, user_folder
from planner.errors import PlannerError
from planner.pipeline import run
from planner.scenario import read_scenario
from tests.reliability.killing import (
    begin,
    finished,
    half_written,
    killed,
    undisturbed,
    work_of,
    written,
)
from tests.theatres import small

if TYPE_CHECKING:
    from tests.reliability.killing import Work

NO_NETWORK = """
import socket
def refuse(*told, **more):
    raise RuntimeError(f"the network was asked for: {told}")
socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = refuse
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
"""
TOO_LITTLE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) * 1_000_000,) * 2)
sys.argv[1:2] = []
from planner.cli import main
main()
"""
ON_CORES = """
import os, sys
os.sched_setaffinity(0, range(int(sys.argv[1])))
sys.argv[1:2] = []
from planner.cli import main
main()
"""
JUMPING = """
import itertools, sys, time
real, jumps = time.time, itertools.cycle((0, 86_400, -86_400, 1e9, -1e9))
time.time = lambda: real() + next(jumps)
sys.argv[1:2] = []
from planner.cli import main
main()
"""
STEPS = ("--set", "solver.name=search", "--set", "solver.iterations=30",
         "--set", "solver.bound_seconds=9", "--set", "solver.bound_iterations=2")  # fmt: skip
REPORTS = "id,start,zone,lon,lat\na,2019-01-02,UTC,124.5,29.5\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Return a quick run and what it writes undisturbed."""
    return work_of("run", tmp_path_factory.mktemp("work"))


def planner(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planner", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_killed_run_leaves_nothing_half_written(work: Work, tmp_path: Path) -> None:
    """Killed again and again in one folder; the run after that makes every byte."""
    luck = random.Random(os.getpid())
    assert [wrong for _ in range(2) if (wrong := killed(work, tmp_path / "out", luck))] == []
    assert finished(work, tmp_path / "out") is None


@pytest.mark.parametrize("command", ["export", "backtest"])
def test_other_commands_killed_leave_nothing_half_written(command: str, tmp_path: Path) -> None:
    """Each file is whole or not there, and the command made again writes them all."""
    work, luck = work_of(command, tmp_path), random.Random(os.getpid())
    assert [wrong for _ in range(2) if (wrong := killed(work, tmp_path / "out", luck))] == []
    assert finished(work, tmp_path / "out") is None


@pytest.mark.nightly
@pytest.mark.parametrize("command", ["run", "export", "backtest"])
def test_a_command_killed_very_often_leaves_nothing_half_written(
    command: str, tmp_path: Path
) -> None:
    """Two hundred kills, a finished run after every tenth."""
    work, luck = work_of(command, tmp_path), random.Random(20200217)
    for _ in range(20):
        assert [wrong for _ in range(10) if (wrong := killed(work, tmp_path / "out", luck))] == []
        assert finished(work, tmp_path / "out") is None
        shutil.rmtree(tmp_path / "out")


def test_two_runs_into_one_folder_leave_one_of_them_whole(work: Work, tmp_path: Path) -> None:
    """Whoever is last has written everything; nothing of the other is among it."""
    other = (*work.arguments, "--set", "title=Another")
    runs = [begin(arguments, tmp_path / "out") for arguments in (work.arguments, other)]
    for each in runs:
        _, told = each.communicate()
        assert each.returncode == 0, told.decode()
    left = written(tmp_path / "out")
    if left != dict(work.whole):
        assert left == undisturbed(other, tmp_path / "other").whole


@pytest.mark.parametrize("place", ["file/out", "/proc/out"])
def test_a_folder_that_cannot_be_written_is_told(work: Work, place: str, tmp_path: Path) -> None:
    """A file in the way, a folder of the system: said in words, exit code 2."""
    (tmp_path / "file").write_text("in the way")
    arguments = [each.replace("OUT", str(tmp_path / place)) for each in work.arguments]
    ended = planner(*arguments)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize("change", ["gone", "another", "a folder"])
def test_an_input_that_changes_during_the_run_is_noticed(change: str, tmp_path: Path) -> None:
    """The file is named, and there is no plan."""
    reports = tmp_path / "reports.csv"
    reports.write_text(REPORTS)
    scenario = read_scenario(
        small(tmp_path), settings=("history.events=reports.csv", "solver.name=greedy")
    )

    def disturb(stage: str) -> None:
        if stage == "Solving":
            reports.unlink()
            if change == "a folder":
                reports.mkdir()
            elif change == "another":
                reports.write_text(REPORTS + "b,2019-01-02,UTC,124.5,29.5\n")

    with pytest.raises(PlannerError, match=r"reports\.csv"):
        run(scenario, name="small", cache=Cache(None), tell=disturb)


def test_a_run_asks_for_no_network_and_writes_nowhere_else(work: Work, tmp_path: Path) -> None:
    """With sockets refused every byte is the same, and nothing but the folder is new."""
    for name in ("site", "home", "cwd", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(NO_NETWORK)
    surroundings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(Path.cwd())]),
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "XDG_CACHE_HOME": str((user_folder() or tmp_path / "cache").parent),
    }
    before = tree(tmp_path)
    arguments = [each.replace("OUT", str(tmp_path / "out")) for each in work.arguments]
    ended = planner(*arguments, env=surroundings, cwd=tmp_path / "cwd")
    assert ended.returncode == 0, ended.stderr
    assert {name.split("/")[0] for name in tree(tmp_path) - before} == {"out"}
    assert written(tmp_path / "out") == dict(work.whole)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_told_and_a_second_run_succeeds(work: Work, tmp_path: Path) -> None:
    """On a disk of 300 kB the run says so, and leaves no half file."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount")
    try:
        arguments = [each.replace("OUT", str(disk / "out")) for each in work.arguments]
        ended = planner(*arguments)
        assert ended.returncode == 2
        assert "No space left" in ended.stderr
        assert half_written(work, disk / "out") is None
    finally:
        subprocess.run(["umount", disk], check=True)
    assert finished(work, disk / "out") is None


def under(conditions: str, amount: int, work: Work, out: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a Python that first sets some conditions."""
    arguments = [each.replace("OUT", str(out)) for each in work.arguments]
    command = [sys.executable, "-c", conditions, str(amount), *arguments]
    # A thread of OpenBLAS that gets no memory of its own may end, or hold, the process by itself.
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")
@pytest.mark.parametrize("megabytes", [200, 400])
def test_too_little_memory_is_told_and_a_second_run_succeeds(
    work: Work, megabytes: int, tmp_path: Path
) -> None:
    """Libraries that cannot be loaded or arrays that do not fit: a word, and no half file."""
    ended = under(TOO_LITTLE, megabytes, work, tmp_path / "out")
    assert ended.returncode == 2, ended.stderr
    assert "nothing half-written is left" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert written(tmp_path / "out") == {}
    assert finished(work, tmp_path / "out") is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cannot be held to some cores")
def test_the_number_of_cores_changes_no_byte(work: Work, tmp_path: Path) -> None:
    """A search of some steps, a proof and the map are the same on one, two and four cores."""
    searched = replace(work, arguments=(*work.arguments, *STEPS))
    made = []
    for cores in (1, 2, 4):
        ended = under(ON_CORES, cores, searched, tmp_path / str(cores))
        assert ended.returncode == 0, ended.stderr
        made.append(written(tmp_path / str(cores)))
    assert made[0] == made[1] == made[2]


def test_a_jumping_clock_changes_no_byte(work: Work, tmp_path: Path) -> None:
    """The time of day goes days and decades forward and back at every look at it."""
    ended = under(JUMPING, 0, work, tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    assert written(tmp_path / "out") == dict(work.whole)
