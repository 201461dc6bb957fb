"""`planner verify`: replay a run from its manifest."""

from __future__ import annotations

from pathlib import Path

import click

from planner.commands.options import FILE


@click.command()
@click.argument("folder", type=FILE)
@click.option(
    "--inputs",
    type=FILE,
    default=Path("scenarios"),
    show_default=True,
    help="Folder of the files that the scenario names.",
)
def command(folder: Path, inputs: Path) -> None:
    """Run again what FOLDER's manifest describes; say exactly what differs."""
    from rich.console import Console

    from planner.cache import Cache, user_folder
    from planner.commands.progress import Stages
    from planner.errors import Fault, PlanError
    from planner.replay import differences

    with Stages(Console(stderr=True), 0) as stages:
        found, replayed = differences(folder, inputs, cache=Cache(user_folder()), tell=stages.tell)
    if found:
        raise PlanError(Fault(str(folder), each, "the same") for each in found)
    if replayed:
        click.echo(f"{folder}: replayed, every byte the same")
    else:
        click.echo(
            f"{folder}: inputs and outputs are those of the manifest. The run was limited by time, "
            "so it was not replayed; plan with solver.iterations to make a run that can be."
        )
