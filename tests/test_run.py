"""The whole stream through the command line, as a user meets it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from planner.check import check
from planner.errors import PlanError
from planner.outputs.surface_file import seen_on_each
from planner.reading import read_plan, scenario_of
from planner.solvers.warming import warm
from planner.sweep.comparison import compare, read_planned
from tests.theatres import small

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))
FILES = {
    "map.html", "plan.json", "sorties.csv", "cells.csv", "meetings.csv", "surface.gpkg",
    "manifest.json",
}  # fmt: skip


def planner(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planner", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of the small theatre."""
    folder = tmp_path_factory.mktemp("run")
    ended = planner("run", small(folder), "--out", folder / "out")
    assert ended.returncode == 0, ended.stderr
    return folder / "out"


def test_a_run_writes_its_folder_and_tells_what_it_found(tmp_path: Path) -> None:
    """Seven files, a table, what is expected to be seen, what is assumed."""
    ended = planner("run", small(tmp_path), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in (tmp_path / "maps" / "small").iterdir()} == FILES
    for word in ("Sorties", "Expected to see", "Assumed", "map.html"):
        assert word in ended.stdout


def test_the_equally_likely_surfaces_are_kept_and_give_the_bands_shown(done: Path) -> None:
    """Read back from the GeoPackage, their quantiles are the low and high of every cell."""
    plan = read_plan(done / "plan.json")
    table = pyogrio.read_dataframe(done / "surface.gpkg", layer="surfaces")
    surfaces = table.drop(columns="cell").to_numpy()
    assert list(table["cell"]) == [cell.id for cell in plan.cells]
    assert surfaces.shape[1] == scenario_of(done / "plan.json").hotspots.surfaces
    low, high = np.quantile(surfaces, [0.05, 0.95], axis=1)
    np.testing.assert_allclose(low, [cell.low for cell in plan.cells])
    np.testing.assert_allclose(high, [cell.high for cell in plan.cells])
    cells = pyogrio.read_dataframe(done / "surface.gpkg", layer="cells")
    np.testing.assert_allclose(cells["low"], low)


def test_what_a_plan_sees_on_each_kept_surface_gives_its_band(done: Path) -> None:
    """So two runs can be set against each other surface by surface."""
    plan = read_plan(done / "plan.json")
    drawn = seen_on_each(plan, done / "surface.gpkg")
    assert drawn is not None
    assert plan.value.band90
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx(plan.value.band90)
    found = compare(read_planned(done), read_planned(done))
    assert found.difference == (0.0, 0.0)


@pytest.mark.parametrize("content", [b"", b"no GeoPackage", b"SQLite format 3\0" + bytes(200)])
def test_a_spoilt_surface_beside_a_plan_is_told(done: Path, tmp_path: Path, content: bytes) -> None:
    """It is not taken for one without equally likely surfaces."""
    (tmp_path / "surface.gpkg").write_bytes(content)
    with pytest.raises(PlanError, match=r"surface\.gpkg"):
        seen_on_each(read_plan(done / "plan.json"), tmp_path / "surface.gpkg")


def test_same_inputs_and_iterations_give_the_same_bytes(done: Path, tmp_path: Path) -> None:
    """Another folder, time zone, locale and number of threads change nothing."""
    surroundings = {**os.environ, "TZ": "America/Lima", "LC_ALL": "C", "NUMBA_NUM_THREADS": "1"}
    ended = planner("run", small(tmp_path), "--out", tmp_path / "again", env=surroundings)
    assert ended.returncode == 0, ended.stderr
    for name in sorted(FILES):
        assert (tmp_path / "again" / name).read_bytes() == (done / name).read_bytes(), name


def test_the_plan_passes_its_check_and_a_changed_one_does_not(done: Path, tmp_path: Path) -> None:
    """`planner check` is content with what was written, and names what was tampered with."""
    assert planner("check", done / "plan.json").returncode == 0
    plan = json.loads((done / "plan.json").read_text())
    plan["sorties"][0]["visits"][0]["pod"] *= 1.1
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "manifest.json").write_bytes((done / "manifest.json").read_bytes())
    ended = planner("check", tmp_path / "plan.json")
    assert ended.returncode == 2
    assert "POD" in ended.stderr


def test_a_file_that_is_no_plan_is_told_so(tmp_path: Path) -> None:
    """Unknown and missing keys of a plan file are named; there is no traceback."""
    path = tmp_path / "plan.json"
    path.write_text('{"format": "patrol-plan 1", "nmae": "x"}')
    ended = planner("check", path)
    assert ended.returncode == 2
    assert "nmae" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_wrong_scenario_exits_with_2_and_writes_nothing(tmp_path: Path) -> None:
    """All faults at once, each with its line, and no folder is left behind."""
    path = small(tmp_path, "cuont = 1\n[rules]\ndwell_h = [2.0, 1.0]\n")
    ended = planner("run", path, cwd=tmp_path)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 2
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("aircraft.p3c-naha.station=nahaa", "did you mean 'naha'?"),
        ("aircraft.p3c-naha.type=P-3D", "did you mean 'p-3c'?"),
        ("aircraft.p1-kanoya.type=EP-3", "transit_kn"),
        ("aircraft.p1-kanoya.endurance_h=1.2", "left of endurance"),
        ("area.polygon=[[100,35],[101,35],[101,36]]", "holds no cell"),
        ("area.polygon=[[122,26],[126,31],[126,26],[122,31]]", "Self-intersection"),
        ('history.events="../../etc/passwd"', "a file in the scenario's folder"),
        ('airspace.files=["none.geojson"]', "no such file"),
        ("history.known_by=2021-01-01", "after the period starts"),
        ("aircraft.p3c-naha.count=0", ""),
    ],
)
def test_each_contradiction_is_told(tmp_path: Path, change: str, complaint: str) -> None:
    """What cannot be meant is a clear fault; what can be flown is flown."""
    ended = planner("run", small(tmp_path), "--set", change, "--out", tmp_path / "out")
    assert ended.returncode == (2 if complaint else 0), ended.stderr
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr


def test_before_the_first_report_every_sea_is_equally_likely(tmp_path: Path) -> None:
    """With nothing known yet there is a plan all the same, and the reader is told."""
    change = "history.known_by=2017-01-01"
    ended = planner("run", small(tmp_path), "--set", change, "--out", tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    assert "No report has a position" in ended.stdout


def test_an_empty_history_is_a_fault(tmp_path: Path) -> None:
    """A file of reports without a report is not what was meant."""
    (tmp_path / "none.csv").write_text("id,start,position\n")
    ended = planner("run", small(tmp_path), "--set", 'history.events="none.csv"', cwd=tmp_path)
    assert ended.returncode == 2
    assert "no reports" in ended.stderr


def test_nobody_to_fly_gives_an_empty_plan_with_its_reason(tmp_path: Path) -> None:
    """A closed station leaves no sorties; the map and tables are written all the same."""
    settings = ("--set", "stations.naha.open=false", "--set", "stations.kanoya.open=false")
    ended = planner("run", small(tmp_path), *settings, "--out", tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    assert read_plan(tmp_path / "out" / "plan.json").status == "empty"


def test_interrupting_gives_the_best_plan_so_far(tmp_path: Path) -> None:
    """Ctrl-C ends the search, and what was found is checked and written."""
    warm()  # told to stop while it compiles, a run ends without a plan
    path = small(tmp_path)
    settings = ["--set", "solver.iterations=1000000000", "--set", "solver.seconds=600"]
    command = [sys.executable, "-m", "planner", "run", str(path), *settings]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    time.sleep(12)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 0, complaint
    plan = read_plan(tmp_path / "maps" / "small" / "plan.json")
    assert plan.sorties
    assert check(plan, scenario_of(tmp_path / "maps" / "small" / "plan.json")) == ()


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """When a file cannot be written whole, none of its name is left, and the reason is told."""
    path = small(tmp_path)

    def nearly_full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    surroundings = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ended = planner("run", path, cwd=tmp_path, preexec_fn=nearly_full, env=surroundings)
    assert ended.returncode == 2
    assert "File too large" in ended.stderr
    left = {each.name for each in (tmp_path / "maps").rglob("*") if each.is_file()}
    assert not any(name.startswith(".") for name in left)
    assert "manifest.json" not in left


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_scenario_runs(path: Path, tmp_path: Path) -> None:
    """Each file in scenarios/ plans through the command line, checked, and simulation agrees."""
    settings = ("--set", "solver.iterations=50", "--set", "hotspots.surfaces=20")
    ended = planner("run", path, *settings, "--out", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert read_plan(tmp_path / "plan.json").value.transfers > 0


def test_a_run_is_replayed_byte_for_byte(done: Path, tmp_path: Path) -> None:
    """`planner verify` makes the same files again; a changed one is named."""
    ended = planner("verify", done, "--inputs", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "every byte the same" in ended.stdout
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in done.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "sorties.csv").write_text("another\n")
    ended = planner("verify", copy, "--inputs", tmp_path)
    assert ended.returncode == 2
    assert "output sorties.csv differs" in ended.stderr


def test_two_plans_share_one_map(done: Path, tmp_path: Path) -> None:
    """`planner map` writes one file for both."""
    plan = done / "plan.json"
    ended = planner("map", plan, plan, "--out", tmp_path / "both.html")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "both.html").read_text().count("<html") == 1
