"""Write one run's folder: plan, map, tables, surface and manifest, each whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.check import near_meetings
from planner.files import alone_in, write_file
from planner.outputs.manifest import manifest
from planner.outputs.maps import build_map
from planner.outputs.surface_file import surface_gpkg
from planner.outputs.tables import cells_csv, meetings_csv, sorties_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.choices import Choice
    from planner.pipeline import Run
    from planner.plan import Plan


def write_run(run: Run, folder: Path) -> list[Path]:
    """
    Write the run's files into a folder and return their paths.

    Everything is made before anything is written. An earlier manifest goes first and the new one
    comes last, so a folder with a manifest is complete. Of two runs into one folder, the later one
    waits and then overwrites everything.
    """
    outputs = run_files(run)
    with alone_in(folder):
        (folder / "manifest.json").unlink(missing_ok=True)
        for name, data in outputs.items():
            write_file(folder / name, data)
    return [folder / name for name in outputs]


def run_files(run: Run) -> dict[str, bytes]:
    """Return name and content of every file of a run, the manifest last."""
    outputs = {
        "plan.json": plan_json(run.plan).encode(),
        "map.html": build_map([run.plan]).encode(),
        "sorties.csv": sorties_csv(run.plan).encode(),
        "cells.csv": cells_csv(run.plan).encode(),
        "meetings.csv": meetings_csv(near_meetings(run.plan, run.scenario)).encode(),
        "surface.gpkg": surface_gpkg(run.plan, run.belief.factors),
    }
    outputs["manifest.json"] = manifest(run.scenario, run.plan, run.inputs, outputs).encode()
    return outputs


def write_choices(plan: Plan, choices: Sequence[Choice], folder: Path) -> list[Path]:
    """Write other plans beside a run's own, and one map of all of them; return the paths."""
    if not choices:
        return []
    plans = [each.plan for each in choices]
    files = {f"{each.name}.json": plan_json(each).encode() for each in plans}
    files["alternatives.html"] = build_map([plan, *plans]).encode()
    for name, data in files.items():
        write_file(folder / name, data)
    return [folder / name for name in files]


def plan_json(plan: Plan) -> str:
    """Return the plan as JSON text."""
    return plan.model_dump_json(indent=1, exclude_none=True) + "\n"
