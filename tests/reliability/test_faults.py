"""Killed, crowded out, cut off from disk or network: never a half file, never a wrong one."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.cache import Cache, user_folder
from planner.errors import PlannerError
from planner.pipeline import run
from planner.scenario import read_scenario
from tests.reliability.killing import begin, finished, half_written, killed, undisturbed, written
from tests.theatres import small

if TYPE_CHECKING:
    from tests.reliability.killing import Work

QUICK = (
    "--set", "solver.name=greedy", "--set", "hotspots.estimator=uniform",
    "--set", "hotspots.surfaces=0", "--set", "period.days=1",
)  # fmt: skip
NO_NETWORK = """
import socket
def refuse(*told, **more):
    raise RuntimeError(f"the network was asked for: {told}")
socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = refuse
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
"""
REPORTS = "id,start,zone,lon,lat\na,2019-01-02,UTC,124.5,29.5\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Return a quick run and what it writes undisturbed."""
    folder = tmp_path_factory.mktemp("work")
    return undisturbed(("run", str(small(folder)), *QUICK, "--out", "OUT"), folder / "out")


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


@pytest.mark.nightly
def test_a_run_killed_very_often_leaves_nothing_half_written(work: Work, tmp_path: Path) -> None:
    """Two hundred kills, a finished run after every tenth."""
    luck = random.Random(20200217)
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
