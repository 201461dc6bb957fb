"""`planner schema`: the JSON Schema of scenario files."""

from __future__ import annotations

import json

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from planner.scenario.model import Scenario

    click.echo(json.dumps(Scenario.model_json_schema(), indent=2, ensure_ascii=False))
