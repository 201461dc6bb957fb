"""`planner why`: why a cell is not searched, and what it would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from planner.asking import Wish


@click.command()
@click.argument("plan", type=FILE)
@click.argument("cell", required=False)
@click.option("--force", "ask", flag_value="force", help="Search it: what leaves, what is lost?")
@click.option("--forbid", "ask", flag_value="forbid", help="Never search it: what is lost?")
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=2.0, help="Seconds to search for a price."
)
@click.option(
    "--scenario", type=FILE, help="Scenario it was made for; else the manifest beside the plan."
)
def command(
    plan: Path, cell: str | None, ask: str | None, seconds: float, scenario: Path | None
) -> None:
    """Tell why a CELL of a PLAN is not searched, or of the ten best when none is named."""
    from rich.console import Console

    from planner.outputs.explanation import difference, left_out, reason_of, visits_of
    from planner.reading import read_plan, scenario_of

    found = read_plan(plan)
    if cell is None:
        Console().print(left_out(found))
        return
    from planner.asking import cell_of, changed, why
    from planner.cache import Cache, user_folder
    from planner.recalling import recall
    from planner.solvers.warming import is_warm, warm

    named = cell_of(found, cell)
    terms = scenario_of(plan, scenario)
    recalled = recall(found, terms, Cache(user_folder()))
    visited = any(visit.cell == cell for sortie in found.sorties for visit in sortie.visits)
    told = visits_of(found, named) if visited else reason_of(why(terms, recalled, named))
    Console().print(told)
    if ask is None and not visited:
        return
    if not is_warm(bound=False):
        click.echo("Compiling the solver, once; about a minute", err=True)
        warm(bound=False)
    wish: Wish = "forbid" if ask == "forbid" else "force"
    change = changed(terms, recalled, cell, wish, seconds=seconds)
    if change is not None:
        Console().print(difference(change))
    elif ask is not None:
        Console().print(f"There is nothing to {ask}.")
