"""`planner map`: draw plans again, alone or against each other."""

from __future__ import annotations

from pathlib import Path

import click

from planner.commands.options import FILE

MOST_PLANS = 8


@click.command()
@click.argument("plans", type=FILE, nargs=-1, required=True)
@click.option("--out", type=FILE, help="File to write; maps/<names>.html by default.")
def command(plans: tuple[Path, ...], out: Path | None) -> None:
    """Draw one plan, swipe between two, or show up to eight side by side."""
    from planner.errors import Fault, PlanError
    from planner.files import write_file
    from planner.outputs.maps import build_map
    from planner.reading import read_plan

    if len(plans) > MOST_PLANS:
        raise PlanError([Fault("planner map", f"{len(plans)} plans", f"at most {MOST_PLANS}")])
    found = [read_plan(path) for path in plans]
    name = "-against-".join(plan.name for plan in found)[:100]
    path = out if out is not None else Path("maps") / f"{name or 'map'}.html"
    write_file(path, build_map(found))
    click.echo(path)
