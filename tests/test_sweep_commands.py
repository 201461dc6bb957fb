"""`planner sweep`, `report` and `compare`, as a user meets them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sweeping
from click.testing import CliRunner, Result

from planner.belief import believe, known_events
from planner.commands import compare, report, sweep
from planner.errors import PlannerError
from planner.fleet import muster
from planner.outputs.folder import plan_json
from planner.scenario import read_scenario
from planner.sweep.conduct import conduct, open_store
from planner.sweep.design import design_of
from planner.sweep.engine import Terms
from planner.sweep.pinning import pin
from planner.sweep.stages import RESTS_ON, Memory, stage_keys
from planner.sweep.trials import read_sweep
from planner.theatre import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from planner.scenario.model import Scenario

COUNT = "aircraft.p8a-kadena.count"
SMALL = sweeping.SMALL.replace("days = 7", "days = 1").replace("iterations = 10", "iterations = 3")
SMALL = SMALL.replace("count = 1", "count = 1\navailable = 1.0")


def called(command: click.Command, *arguments: object) -> Result:
    """Run a command; a fault of the user's is raised, any other error fails the test."""
    found = CliRunner().invoke(command, [str(each) for each in arguments], standalone_mode=False)
    if isinstance(found.exception, PlannerError):
        raise found.exception
    assert found.exception is None, found.output
    return found


def test_dry_run_shows_the_runs(tmp_path: Path) -> None:
    """Nothing is written; runs, their number and an estimate are shown."""
    path = sweeping.written(tmp_path)
    shown = called(sweep.command, path, "--vary", f"{COUNT}=1:30", "--dry-run").output
    assert f"{COUNT}=1 seed=1" in shown
    assert "and 10 more" in shown
    assert "30 runs of at most about" in shown
    assert sorted(tmp_path.iterdir()) == [path]


def test_ten_million_runs_ask_first(tmp_path: Path) -> None:
    """A huge grid is counted, not built, and needs a yes."""
    vary = [
        f"--vary={COUNT}=1:100",
        "--vary=demand.barrels=1:10000",
        "--vary=rules.time_step_h=1:5",
    ]
    vary += ["--vary=stations.naha.open=true,false"]
    with pytest.raises(PlannerError, match=r"10,000,000 runs.*--yes"):
        called(sweep.command, sweeping.written(tmp_path), *vary)


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "x/y", "1/-2"])
def test_shards_must_make_sense(tmp_path: Path, shard: str) -> None:
    """A part that does not exist is refused."""
    path = sweeping.written(tmp_path)
    found = CliRunner().invoke(sweep.command, [str(path), "--shard", shard])
    assert found.exit_code == 2
    assert "expected i/N" in found.output


def test_whole_stream_of_a_small_sweep(tmp_path: Path) -> None:
    """Sweep, report and compare work; made again, in threads, the bytes are the same."""
    path = sweeping.written(tmp_path, SMALL)
    out = tmp_path / "out"
    vary = f"{COUNT}=1,2"
    ended = called(sweep.command, path, "--vary", vary, "--jobs", "1", "--out", out).output
    assert "2 of 2 runs done, 0 failed" in ended
    told = called(report.command, out, "--maps", "1").output
    assert "Kadena's second P-8A" in told
    page = (out / "report.html").read_text(encoding="utf-8")
    (drawn,) = (out / "maps").iterdir()
    assert f'href="maps/{drawn.name}"' in page
    one, two = [trial.plan for trial in read_sweep(out).trials]
    said = called(compare.command, one, two, "--out", tmp_path / "both.html").output
    assert f"{COUNT}: 1 -> 2" in said
    assert "1 new" in said or "changed" in said
    assert (tmp_path / "both.html").is_file()
    assert "The difference on 9 of 10 equally likely surfaces" in said
    again = tmp_path / "again"
    pinned = pin(path, design_of(read_scenario(path), vary=[vary]))
    with open_store(again, pinned) as store, ThreadPoolExecutor(1) as thread:
        conduct(store, thread, Terms(width=1))
    called(report.command, again, "--maps", "1")
    names = ["report.html", "results.csv", f"plans/{one.name}", f"plans/{two.name}"]
    assert [(out / n).read_bytes() for n in names] == [(again / n).read_bytes() for n in names]


def test_failed_run_is_told_by_its_setting_and_made_again(tmp_path: Path) -> None:
    """A run over its time is told at once, with its cause; `--retry-failed` makes it again."""
    path, out = sweeping.written(tmp_path, SMALL), tmp_path / "out"
    asked = (path, "--vary", f"{COUNT}=1", "--seeds", "2", "--jobs", "1", "--out", out)
    told = called(sweep.command, *asked, "--limit", "1", "--stop-on-failure").output
    assert f"failed: {COUNT}=1 seed=1: took longer than 1 s" in told
    assert "0 of 2 runs done, 1 failed" in told
    assert "2 of 2 runs done, 0 failed" in called(sweep.command, *asked, "--retry-failed").output


def test_results_are_written_as_parquet_where_that_is_installed(tmp_path: Path) -> None:
    """The Parquet file holds what the CSV holds, with types; without the extra there is none."""
    path = sweeping.written(tmp_path)
    pinned = pin(path, design_of(read_scenario(path), vary=[f"{COUNT}=1:3"], seeds=2))
    with open_store(tmp_path / "out", pinned) as store, ThreadPoolExecutor(1) as thread:
        conduct(store, thread, Terms(width=1), work=sweeping.work)
    called(report.command, tmp_path / "out", "--maps", "0")
    assert (tmp_path / "out" / "results.csv").is_file()
    written = tmp_path / "out" / "results.parquet"
    if find_spec("pyarrow") is None:
        assert not written.exists()
        pytest.skip("the extra 'parquet' is not installed")
    table = pd.read_parquet(written)
    assert table[COUNT].tolist() == [1, 1, 2, 2, 3, 3]
    assert table["transfers"].dtype == float
    assert table["plan"].str.len().eq(64).all()


def test_ctrl_c_finishes_the_runs_under_way(tmp_path: Path) -> None:
    """One Ctrl-C to the whole group ends cleanly with what is done, and says how to go on."""
    path = sweeping.written(tmp_path)
    out = tmp_path / "out"
    tests = os.path.dirname(sweeping.__file__)  # noqa: PTH120
    run = (
        f"import sys; sys.path.insert(0, {tests!r});"
        "import sweeping, planner.sweep.conduct as conduct;"
        "conduct.conduct.__kwdefaults__['work'] = sweeping.work_of_a_second;"
        "from planner.commands import sweep;"
        f"code = sweep.command.main([{str(path)!r}, '--out', {str(out)!r}, '--jobs', '2',"
        f" '--vary', '{COUNT}=1:40'], standalone_mode=False); sys.exit(code)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", run], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        while not list(out.glob("plans/*.json")) and running.poll() is None:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        told, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "--resume" in told
    assert 0 < len(read_sweep(out).trials) < 40


class _Watching:
    """A scenario that notes which of its tables are read."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.read = scenario, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self.scenario, name)


def test_stages_read_nothing_but_what_they_are_keyed_by(tmp_path: Path) -> None:
    """A stage that began to read another table would be remembered wrongly; this would tell."""
    scenario = read_scenario(sweeping.written(tmp_path, SMALL))
    bases, _ = muster(scenario)
    watched: Any = [_Watching(scenario) for _ in range(3)]
    theatre = lay_out(watched[0], bases)
    events = known_events(watched[1], theatre)
    believe(watched[2], theatre, events, np.random.default_rng(scenario.seed))
    harmless = {"where", "folder"}
    for stage, tables in zip(("theatre", "events", "belief"), watched, strict=True):
        assert tables.read - harmless <= set(RESTS_ON[stage]), stage


def test_fleet_changes_share_stages_and_others_do_not(tmp_path: Path) -> None:
    """One aircraft more leaves all shared stages as they are; a new half-life only the belief."""
    path = sweeping.written(tmp_path)
    base, fleet, belief, sea = (
        stage_keys(read_scenario(path, settings=[setting]))
        for setting in (
            f"{COUNT}=1",
            f"{COUNT}=2",
            "hotspots.half_life_days=90",
            "area.cell_nm2=900",
        )
    )
    assert fleet == base
    assert {name for name in base if belief[name] != base[name]} == {"belief"}
    assert {name for name in base if sea[name] != base[name]} == set(base)


def test_memory_is_bounded_and_makes_each_thing_once() -> None:
    """What was used last stays; making is counted."""
    memory = Memory(most_kept=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert memory.once(key, "stage", lambda key=key: key.upper()) == key.upper()  # type: ignore[misc]
    assert memory.made == {"stage": 4}


def test_remembered_stages_change_no_byte(tmp_path: Path) -> None:
    """A run that shares stages with an earlier one is the run it would be alone."""
    from planner.cache import Cache
    from planner.pipeline import run
    from planner.sweep.stages import run_sharing

    scenario = read_scenario(sweeping.written(tmp_path, SMALL))
    memory = Memory()
    shared = [
        run_sharing(scenario, name="x", cache=Cache(None), memory=memory).plan for _ in range(2)
    ]
    alone = run(scenario, name="x", cache=Cache(None)).plan
    assert {plan_json(plan) for plan in shared} == {plan_json(alone)}
    assert memory.made == {"theatre": 1, "events": 1, "belief": 1}
