"""`planner score`: value a hand-made plan beside the planner's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from planner.commands.progress import Stages
    from planner.pipeline import Run
    from planner.scenario.model import Scenario


@click.command()
@click.argument("drawing", type=FILE)
@click.option("--scenario", required=True, type=FILE, help="Scenario to score it in.")
@click.option("--override", "overrides", multiple=True, help="Apply a named override.")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change one value.")
@click.option("--plan", type=FILE, help="The planner's plan to put beside; made when not given.")
@click.option("--out", type=FILE, help="Folder to write into; maps/<scenario>/score by default.")
def command(
    drawing: Path,
    scenario: Path,
    overrides: tuple[str, ...],
    settings: tuple[str, ...],
    plan: Path | None,
    out: Path | None,
) -> None:
    """
    Value your own plan (KML, KMZ, GPX, CSV, GeoJSON) and say what to change first.

    A sortie is a track with times, or a folder (in CSV: rows) of places to search. Say in its name
    or description which aircraft flies it and when, and how long each place is searched:

    \b
      folder  P-3C from Naha, take-off 2020-02-17 06:00 +09:00
      point   dwell 1.5 h

    \b
      aircraft,takeoff,lon,lat,dwell_h
      p3c-naha-1,2020-02-17T06:00+09:00,124.5,29.8,1.5
    """  # noqa: D301
    from rich.console import Console

    from planner.commands.progress import Stages
    from planner.evaluation.score import score
    from planner.outputs.scoring import scoring, write_score
    from planner.scenario import read_scenario
    from planner.solving import wall_seconds
    from planner.tracks import read_drawing

    terms = read_scenario(scenario, overrides=overrides, settings=settings)
    drawn = read_drawing(drawing)
    name = "-".join((scenario.stem, *overrides))
    with Stages(Console(stderr=True), wall_seconds(terms.solver)) as stages:
        found = _run(
            terms, name, plan or Path("maps") / name / "plan.json", plan is not None, stages
        )
        stages.tell("Scoring your plan")
        result = score(drawn, found, name=drawing.stem)
        stages.tell("Drawing the map")
        files = write_score(result, out if out is not None else Path("maps") / name / "score")
    console = Console()
    console.print(scoring(result))
    for path in files:
        console.print(str(path), markup=False, highlight=False)


def _run(scenario: Scenario, name: str, path: Path, given: bool, stages: Stages) -> Run:
    """Return a run of the scenario, with the plan that is there already when it fits."""
    from planner.cache import Cache, user_folder
    from planner.evaluation.score import beside, with_quick_solver
    from planner.inputs import content_hash, gather
    from planner.pipeline import run
    from planner.reading import read_plan

    plan = read_plan(path) if given or path.is_file() else None
    if plan is not None and not given and plan.hash != content_hash(gather(scenario)):
        plan = None
    found = run(
        scenario if plan is None else with_quick_solver(scenario),
        name=name,
        cache=Cache(user_folder()),
        tell=stages.tell,
        progress=stages.progress,
        stop=stages.interrupted,
    )
    return found if plan is None else beside(found, plan)
