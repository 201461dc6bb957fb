"""`planner diff`: what changed between two plans, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
def command(before: Path, after: Path) -> None:
    """Say how the plan AFTER differs from the plan BEFORE, and what each change is worth."""
    from planner.evaluation.difference import difference
    from planner.reading import read_plan

    for line in difference(read_plan(before), read_plan(after)):
        click.echo(line)
