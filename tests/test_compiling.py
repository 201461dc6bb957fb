"""Machine code is kept where it may be written, by what it was compiled from."""

from __future__ import annotations

import os
import time
from itertools import count
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from planner import compiling
from planner.solvers import search, warming

if TYPE_CHECKING:
    import pytest

SOLVERS = Path(compiling.__file__).parent / "solvers"


def test_machine_code_is_kept_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is made, is the same again, and another for other sources."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = compiling.compiled_folder.__wrapped__(SOLVERS)
    assert folder is not None
    assert tmp_path in folder.parents
    assert folder == compiling.compiled_folder.__wrapped__(SOLVERS)
    assert folder != compiling.compiled_folder.__wrapped__(SOLVERS.parent / "hotspots")


def test_what_nobody_used_for_long_is_removed_and_what_is_in_use_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the folders' own times: a clock gone wrong throws nothing away that is in use."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("time.time", lambda: 1e10)
    used = compiling.compiled_folder.__wrapped__(SOLVERS)
    assert used is not None
    old, recent = used.with_name("old"), used.with_name("recent")
    for folder, days in ((old, compiling.UNUSED_DAYS + 1), (recent, compiling.UNUSED_DAYS - 1)):
        folder.mkdir()
        then_s = used.stat().st_mtime - days * 86_400
        os.utime(folder, (then_s, then_s))
    assert compiling.compiled_folder.__wrapped__(SOLVERS) == used
    assert (old.exists(), recent.exists(), used.exists()) == (False, True, True)


def test_nothing_is_kept_where_nothing_may_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the folder's place means no folder, not a failure."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "taken"))
    assert compiling.compiled_folder.__wrapped__(SOLVERS) is None


def test_code_whose_folder_vanishes_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder removed before a function is compiled, and a file in its place, are no failure."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiling, "compiled_folder", compiling.compiled_folder.__wrapped__)
    double = compiling.njit(_double)
    (made,) = tmp_path.iterdir()
    rmtree(made)
    made.write_text("", encoding="utf-8")
    assert double(3) == 6
    made.unlink()
    assert double(1.5) == 3.0
    assert any(path.suffix == ".nbc" for path in made.rglob("*"))


def _double(number: float) -> float:
    return 2 * number


def test_an_edited_kernel_gets_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sources beside and above count when they hold compiled functions, others do not."""
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "kernels.py").write_text("@njit\n", encoding="utf-8")
    first = compiling.version(inner)
    (inner / "plain.py").write_text("x = 1\n", encoding="utf-8")
    assert compiling.version(inner) == first
    (tmp_path / "kernels.py").write_text("@njit\n\n", encoding="utf-8")
    assert compiling.version(inner) != first


def test_warming_needs_no_more_than_asking() -> None:
    """What is warm stays warm."""
    warming.warm(bound=False)
    assert isinstance(warming.is_warm(), bool)


def test_warming_takes_all_its_steps_on_the_slowest_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A minute passes between any two looks at the clock, and nothing is left out."""
    problem, terms = warming.tiny(decay_per_h=0.5), {"iterations": warming.STEPS}
    taken = search.solve(problem, seconds=warming.LONG_S, **terms).iterations
    minutes = count(time.monotonic(), 60.0)
    monkeypatch.setattr("time.monotonic", lambda: next(minutes))
    assert search.solve(problem, seconds=warming.LONG_S, **terms).iterations == taken > 0
