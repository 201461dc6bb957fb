"""A sweep loses nothing, whatever dies while it runs."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sweeping

from planner.files import write_file
from planner.scenario import read_scenario
from planner.sweep.conduct import conduct, open_store
from planner.sweep.design import design_of
from planner.sweep.engine import Terms
from planner.sweep.pinning import Pinned, pin
from planner.sweep.processes import Processes
from planner.sweep.store import Store, SweepError

if TYPE_CHECKING:
    from planner.sweep.outcome import Order, Outcome

VARY = ("aircraft.p8a-kadena.count=1:3", "stations.naha.open=true,false")


def pinned_sweep(folder: Path, *vary: str, seeds: int = 2, text: str = sweeping.SMALL) -> Pinned:
    path = sweeping.written(folder, text)
    design = design_of(read_scenario(path), vary=vary or VARY, seeds=seeds)
    return pin(path, design)


def finished(folder: Path, pinned: Pinned) -> Path:
    """Make a sweep in one go, in threads, and return its folder."""
    with open_store(folder, pinned) as store, ThreadPoolExecutor(2) as threads:
        conduct(store, threads, Terms(width=2), work=sweeping.work)
    return folder


def content(folder: Path) -> list[object]:
    """Return everything a sweep found: rows without times, and plans by name and content."""
    with Store(folder / "sweep.sqlite") as store:
        rows = [
            (r.point, r.key, r.status, r.numbers, r.drawn, r.plan, r.error) for r in store.rows()
        ]
    plans = sorted((path.name, path.read_bytes()) for path in (folder / "plans").iterdir())
    return [rows, plans]


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(each) for each in text.split()]
    return []


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


def run_and_kill(folder: Path, luck: random.Random) -> bool:
    """Go on with a sweep and kill it at a random moment; tell whether it was still at work."""
    command = [sys.executable, sweeping.__file__, str(folder), "2"]
    with subprocess.Popen(command, start_new_session=True) as parent:
        deadline = time.monotonic() + luck.uniform(0.2, 1.6)
        workers: list[int] = []
        while time.monotonic() < deadline and parent.poll() is None:
            workers = children(parent.pid) or workers
            time.sleep(0.01)
        if parent.poll() is None and luck.random() < 0.5 and len(workers) > 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(luck.choice(workers), signal.SIGKILL)
            time.sleep(luck.uniform(0.0, 0.5))
            workers = children(parent.pid) or workers
        ended = parent.poll()
        parent.kill()
    patience = time.monotonic() + 20
    while any(alive(worker) for worker in workers) and time.monotonic() < patience:
        time.sleep(0.02)
    assert not any(alive(worker) for worker in workers), "a worker was left behind"
    assert ended in {None, 0}, "the sweep ended with an error"
    return ended is None


def through_kills(tmp_path: Path, kills: int, seeds: int) -> None:
    pinned = pinned_sweep(tmp_path, seeds=seeds)
    whole = content(finished(tmp_path / "whole", pinned))
    luck = random.Random(20200217)
    killed = sweeps = 0
    while killed < kills:
        torn = tmp_path / f"torn-{sweeps}"
        open_store(torn, pinned).close()
        while killed < kills and run_and_kill(torn, luck):
            killed += 1
        sweeping.main(torn, 2)
        assert content(torn) == whole
        assert not list((torn / "plans").glob(".*"))
        sweeps += 1


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for workers in /proc")
def test_ten_kills_change_nothing(tmp_path: Path) -> None:
    """A sweep killed ten times, workers and parent, ends with the same bytes."""
    through_kills(tmp_path, kills=10, seeds=20)


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for workers in /proc")
def test_two_hundred_kills_change_nothing(tmp_path: Path) -> None:
    """A sweep killed two hundred times ends with the same bytes."""
    through_kills(tmp_path, kills=200, seeds=100)


def test_trouble_stays_with_the_run_that_has_it(tmp_path: Path) -> None:
    """Errors, deaths, hangs and lack of memory are told of their run, and the rest is made."""
    pinned = pinned_sweep(tmp_path, "aircraft.p8a-kadena.count=1:7", seeds=1)
    with open_store(tmp_path / "out", pinned) as store:
        executor = Processes(3, limit_s=3)
        conduct(store, executor, Terms(width=3, limit_s=3), work=sweeping.trouble)
        executor.shutdown()
        rows = {dict(row.point.settings)["aircraft.p8a-kadena.count"]: row for row in store.rows()}
    assert [rows[count].status for count in (1, 7)] == ["done", "done"]
    assert "two is one too many" in rows[2].error
    assert "its worker died 3 times" in rows[3].error
    assert "took longer than 3 s" in rows[4].error
    assert "took longer than 3 s" in rows[5].error
    assert "MemoryError" in rows[6].error


def test_worker_that_wants_too_much_memory_is_told(tmp_path: Path) -> None:
    """With a limit set, a run that wants more fails by itself and its worker lives on."""
    if sys.platform != "linux":
        pytest.skip("only Linux limits the memory of a process so")
    pinned = pinned_sweep(tmp_path, "aircraft.p8a-kadena.count=8,1", seeds=1)
    with open_store(tmp_path / "out", pinned) as store:
        executor = Processes(1, memory_mb=500)
        conduct(store, executor, Terms(width=1), work=sweeping.trouble)
        executor.shutdown()
        assert [row.error for row in store.rows()] == ["MemoryError: ", ""]


def test_failed_runs_are_made_again_on_request(tmp_path: Path) -> None:
    """`--retry-failed` makes failed runs again, plain `--resume` does not."""
    pinned = pinned_sweep(tmp_path, "aircraft.p8a-kadena.count=1:2", seeds=1)
    with open_store(tmp_path / "out", pinned) as store, ThreadPoolExecutor(1) as threads:
        conduct(store, threads, Terms(width=1), work=sweeping.trouble)
        assert store.counts() == {"done": 1, "failed": 1}
    with open_store(tmp_path / "out", pinned, resume=True) as store:
        assert store.waiting() == []
    with open_store(tmp_path / "out", pinned, retry_failed=True) as store:
        assert len(store.waiting()) == 1


def test_first_failure_stops_when_asked(tmp_path: Path) -> None:
    """Without keep-going, no run is begun after one has failed."""
    pinned = pinned_sweep(tmp_path, "aircraft.p8a-kadena.count=2,1,7", seeds=1)
    with open_store(tmp_path / "out", pinned) as store, ThreadPoolExecutor(1) as threads:
        conduct(store, threads, Terms(width=1, keep_going=False), work=sweeping.trouble)
        assert store.counts() == {"failed": 1, "waiting": 2}


def test_same_sweep_cannot_run_twice_at_once(tmp_path: Path) -> None:
    """The second process is told, and changes nothing."""
    pinned = pinned_sweep(tmp_path)
    with (
        open_store(tmp_path / "out", pinned),
        pytest.raises(SweepError, match="another process is at work"),
    ):
        open_store(tmp_path / "out", pinned, resume=True)


def test_sweep_is_not_begun_over_another(tmp_path: Path) -> None:
    """A folder that holds a sweep is only gone on with when that is asked for."""
    pinned = pinned_sweep(tmp_path)
    open_store(tmp_path / "out", pinned).close()
    with pytest.raises(SweepError, match=r"a sweep is there already.*--resume"):
        open_store(tmp_path / "out", pinned)


def test_edited_scenario_is_refused_by_name(tmp_path: Path) -> None:
    """Going on after the scenario was edited names the value that changed."""
    open_store(tmp_path / "out", pinned_sweep(tmp_path)).close()
    edited = pinned_sweep(
        tmp_path, text=sweeping.SMALL.replace("endurance_h = 9.5", "endurance_h = 9.0")
    )
    message = r"aircraft\.p8a-kadena\.endurance_h \(9\.5, now 9\.0\) changed since the sweep began"
    with pytest.raises(SweepError, match=message):
        open_store(tmp_path / "out", edited, resume=True)


def test_running_sweep_is_pinned(tmp_path: Path) -> None:
    """Editing the scenario while the sweep runs changes no run."""
    pinned = pinned_sweep(tmp_path)
    with open_store(tmp_path / "out", pinned) as store, ThreadPoolExecutor(1) as threads:
        sweeping.written(tmp_path, "broken")
        conduct(store, threads, Terms(width=1), work=sweeping.work)
        assert store.counts() == {"done": 12}


def all_of(path: Path) -> None:
    with Store(path) as store:
        store.pinned()
        list(store.rows())


def damage(path: Path, place: int, scrap: bytes) -> bytes:
    """Overwrite some of a store and return its content."""
    with contextlib.closing(sqlite3.connect(path)) as rows:
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[place : place + len(scrap)] = scrap
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize("place", [0, 5_000, 20_000])
def test_corrupt_store_is_named_and_left_alone(tmp_path: Path, place: int) -> None:
    """A damaged store is told of, never rebuilt."""
    path = finished(tmp_path / "out", pinned_sweep(tmp_path)) / "sweep.sqlite"
    data = damage(path, place, b"\xa5" * 4_000)
    with pytest.raises(SweepError, match=r"sweep\.sqlite: damaged"):
        all_of(path)
    assert path.read_bytes() == data


@pytest.mark.parametrize("near", [b'"transfers": 0.', b'"count":', b'"seed":2'])
def test_one_changed_digit_is_noticed(tmp_path: Path, near: bytes) -> None:
    """Every row is sealed: a digit that has changed is not believed."""
    path = finished(tmp_path / "out", pinned_sweep(tmp_path)) / "sweep.sqlite"
    where = damage(path, 0, b"").find(near) + len(near)
    damage(path, where, bytes([path.read_bytes()[where] ^ 1]))
    with pytest.raises(SweepError, match="not what was written"):
        all_of(path)


def test_damaged_plan_is_named(tmp_path: Path) -> None:
    """A plan that is not what was written is named when going on."""
    pinned = pinned_sweep(tmp_path)
    folder = finished(tmp_path / "out", pinned)
    plan = min((folder / "plans").iterdir())
    write_file(plan, "{}")
    with pytest.raises(SweepError, match=f"{plan.name}: missing or changed"):
        open_store(folder, pinned, resume=True)


def test_foreign_database_is_no_store(tmp_path: Path) -> None:
    """Another program's database is refused, not read."""
    path = tmp_path / "sweep.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as rows:
        rows.execute("CREATE TABLE about (name TEXT)")
    with pytest.raises(SweepError, match="its tables are not those of a sweep"):
        Store(path)


def test_full_disk_ends_the_sweep_and_keeps_what_is_done(tmp_path: Path) -> None:
    """When nothing more can be written the sweep ends with a word, and goes on later."""
    pinned = pinned_sweep(tmp_path)
    folder = tmp_path / "out"
    open_store(folder, pinned).close()
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
        "sys.path.insert(0, sys.argv[1]); from pathlib import Path; import sweeping;"
        "sweeping.main(Path(sys.argv[2]), 1)"
    )
    tests = str(Path(sweeping.__file__).parent)
    command = [sys.executable, "-c", limited, tests, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "cannot be written" in ended.stderr
    sweeping.main(folder, 1)
    assert content(folder) == content(finished(tmp_path / "whole", pinned))


def test_plan_that_cannot_be_written_ends_the_sweep_with_a_word(tmp_path: Path) -> None:
    """Where plans cannot be kept, no run is noted as done, and the sweep goes on later."""
    pinned, folder = pinned_sweep(tmp_path), tmp_path / "out"
    with open_store(folder, pinned) as store, ThreadPoolExecutor(1) as threads:
        (folder / "plans").touch()
        with pytest.raises(SweepError, match=r"plans.*cannot be written.*--resume"):
            conduct(store, threads, Terms(width=1), work=sweeping.work)
        assert store.counts() == {"waiting": 12}
    (folder / "plans").unlink()
    sweeping.main(folder, 1)
    assert content(folder) == content(finished(tmp_path / "whole", pinned))


def test_interruption_finishes_what_is_under_way(tmp_path: Path) -> None:
    """When asked to stop, runs under way are kept and no more are begun."""
    pinned = pinned_sweep(tmp_path)
    kept: list[str] = []

    def told(order: Order, outcome: Outcome) -> None:
        del outcome
        kept.append(order.key)

    with open_store(tmp_path / "out", pinned) as store, ThreadPoolExecutor(2) as threads:
        conduct(store, threads, Terms(width=2), work=sweeping.work, told=told,
                stop=lambda: len(kept) > 2)  # fmt: skip
        assert store.counts()["done"] == len(kept) < 12
