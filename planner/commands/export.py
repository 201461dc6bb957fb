"""`planner export`: write a plan for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE
from planner.outputs.export import FORMATS, ONE_SORTIE_A_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan

KINDS = "; ".join(f"{name}: {what}" for name, what in FORMATS.items())


@click.command()
@click.argument("plan", type=FILE)
@click.option("--to", required=True, type=click.Choice(list(FORMATS)), help=f"Format. {KINDS}.")
@click.option("--out", type=FILE, help="File to write; beside the plan by default.")
@click.option("--sortie", "sorties", multiple=True, metavar="ID", help="Only this sortie; repeat.")
def command(plan: Path, to: str, out: Path | None, sorties: tuple[str, ...]) -> None:
    """Write a plan as KML, KMZ, GPX, GeoPackage, GeoJSON, CSV or Garmin flight plans."""
    from planner.files import write_file
    from planner.outputs.export import export, only
    from planner.reading import read_plan

    found = _chosen(read_plan(plan), sorties, plan)
    path = out if out is not None else plan.with_suffix(f".{to}")
    if to in ONE_SORTIE_A_FILE and len(found.sorties) > 1:
        for number, sortie in enumerate(found.sorties, start=1):
            one = path.with_name(f"{path.stem}-{_safe(sortie.id, number)}{path.suffix}")
            write_file(one, export(only(found, {sortie.id}), to))
            click.echo(one)
    else:
        write_file(path, export(found, to))
        click.echo(path)


def _chosen(plan: Plan, sorties: tuple[str, ...], path: Path) -> Plan:
    from planner.errors import Fault, PlanError, nearest
    from planner.outputs.export import only

    known = {sortie.id for sortie in plan.sorties}
    faults = [
        Fault(
            str(path),
            f"sortie {each!r}",
            f"one of {', '.join(sorted(known))}",
            nearest(each, known),
        )
        for each in sorties
        if each not in known
    ]
    if faults:
        raise PlanError(faults)
    return only(plan, set(sorties)) if sorties else plan


def _safe(sortie: str, number: int) -> str:
    """Return a sortie's id as part of a file name."""
    return sortie if sortie.isascii() and sortie.isalnum() and len(sortie) < 40 else f"{number:02d}"
