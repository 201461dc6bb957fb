"""`planner run`: plan a scenario and write its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE, scenario_options

if TYPE_CHECKING:
    from planner.commands.progress import Stages
    from planner.pipeline import Run


@click.command()
@scenario_options
@click.option("--out", type=FILE, help="Folder to write into; maps/<scenario> by default.")
@click.option("--seconds", type=click.FloatRange(min=0.1), help="Seconds to search for.")
@click.option(
    "--alternatives", type=click.IntRange(0, 7), default=0, help="Also write so many other plans."
)
def command(
    scenario: Path,
    overrides: tuple[str, ...],
    settings: tuple[str, ...],
    out: Path | None,
    seconds: float | None,
    alternatives: int,
) -> None:
    """Plan a scenario and write its map, tables and manifest."""
    from rich.console import Console

    from planner.cache import Cache, user_folder
    from planner.commands.progress import Stages
    from planner.files import refuse_unwritable
    from planner.outputs.folder import write_run
    from planner.outputs.summary import summary
    from planner.pipeline import run
    from planner.scenario import read_scenario
    from planner.solving import wall_seconds

    if seconds is not None:
        settings = (*settings, f"solver.seconds={seconds}")
    terms = read_scenario(scenario, overrides=overrides, settings=settings)
    name = "-".join((scenario.stem, *overrides))
    folder = out if out is not None else Path("maps") / name
    refuse_unwritable(folder)
    console = Console(stderr=True)
    with Stages(console, wall_seconds(terms.solver)) as stages:
        found = run(
            terms,
            name=name,
            cache=Cache(user_folder()),
            tell=stages.tell,
            progress=stages.progress,
            stop=stages.interrupted,
            relax=True,
        )
        stages.tell("Drawing the map")
        files = write_run(found, folder)
        others = _others(found, folder, alternatives, stages)
    Console().print(summary(found.plan, files))
    for line in others:
        click.echo(line)


def _others(found: Run, folder: Path, count: int, stages: Stages) -> list[str]:
    """Write other plans nearly as good, and return what each of them trades."""
    if not count or stages.interrupted():
        return []
    from planner.choices import other_plans
    from planner.outputs.folder import write_choices

    stages.tell("Looking for other plans")
    choices = other_plans(found, count=count, stop=stages.interrupted)
    files = write_choices(found.plan, choices, folder)
    lines = [f"{each.plan.name}: {each.line}" for each in choices]
    return [*lines, *map(str, files)] or ["No other plan loses as little."]
