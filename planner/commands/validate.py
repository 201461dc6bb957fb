"""`planner validate`: check a scenario and print it resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.commands.options import scenario_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@scenario_options
def command(scenario: Path, overrides: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Check a scenario and print it with everything resolved."""
    from planner.scenario import read_scenario
    from planner.scenario.writing import as_toml

    click.echo(as_toml(read_scenario(scenario, overrides=overrides, settings=settings)), nl=False)
