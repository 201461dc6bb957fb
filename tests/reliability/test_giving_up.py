"""Told to stop, at whatever moment, the planner finishes with a checked plan."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from planner.cache import Cache
from planner.pipeline import run
from planner.scenario import read_scenario
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path

OUT_OF_REACH = {"legal", "endurance", "pinned", "window"}


@pytest.mark.parametrize("at", ["Laying out sea and airspace", "Solving", "Writing the plan down"])
def test_giving_up_at_any_stage_gives_a_plan(at: str, tmp_path: Path) -> None:
    """There are sorties and no error; what was cut short for haste is said in the notes."""
    settings = ("solver.iterations=1000000000", "hotspots.estimator=uniform")
    settings = settings if at != "Writing the plan down" else (*settings, "solver.iterations=20")
    scenario = read_scenario(small(tmp_path), settings=settings)
    told: list[str] = []
    found = run(
        scenario, name="small", cache=Cache(None), tell=told.append, stop=lambda: at in told
    )
    assert found.plan.sorties
    assert found.plan.status in {"interrupted", "feasible"}
    hasty = at != "Writing the plan down"
    assert any(note.startswith("Stopped before") for note in found.plan.notes) == hasty
    within = {cell.reason.code for cell in found.plan.cells if cell.reason} - OUT_OF_REACH
    assert (not within) == hasty


@pytest.mark.parametrize(
    ("stage", "code", "said"),
    [("Compiling the solver", 130, "nothing was written"), ("Solving", 0, "finishing: True")],
)
def test_there_is_nothing_to_finish_while_the_solver_is_compiled(
    stage: str, code: int, said: str
) -> None:
    """Told to stop then, the command ends at once; a minute later it would finish with a plan."""
    program = f"""
import signal
from rich.console import Console
from planner.commands.progress import Stages
with Stages(Console(), 1.0) as stages:
    stages.tell({stage!r})
    signal.raise_signal(signal.SIGTERM)
    print("finishing:", stages.interrupted())
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, said in ended.stdout) == (code, True)
