"""`planner check`: check a plan again, independently of what made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("plan", type=FILE)
@click.option(
    "--scenario", type=FILE, help="Scenario it was made for; else the manifest beside the plan."
)
def command(plan: Path, scenario: Path | None) -> None:
    """Check a plan's tracks, times and numbers again, independently of what made it."""
    from planner.check import check
    from planner.errors import Fault, PlanError
    from planner.reading import read_plan, scenario_of

    found = read_plan(plan)
    violations = check(found, scenario_of(plan, scenario))
    if violations:
        raise PlanError(Fault(str(plan), each, "a plan that may be flown") for each in violations)
    click.echo(f"{plan}: {len(found.sorties)} sorties, nothing wrong")
    for each in found.relaxed:
        if each.why:
            click.echo(f"  set aside: {each.where} ({each.found}), since {each.why}")
