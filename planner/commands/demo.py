"""`planner demo`: copy the shipped theatre out, to edit."""

from __future__ import annotations

from pathlib import Path

import click

from planner.commands.options import FILE


@click.command()
@click.argument("folder", type=FILE, default=Path("scenarios"))
def command(folder: Path) -> None:
    """Copy the shipped scenarios into FOLDER, leaving files that are there alone."""
    from planner.files import write_file

    for source in shipped_scenarios():
        target = folder / source.name
        if target.exists():
            click.echo(f"kept    {target}")
        else:
            write_file(target, source.read_bytes())
            click.echo(f"copied  {target}")
    click.echo(f"Now: planner run {folder / 'east-china-sea.toml'}")


def shipped_scenarios() -> list[Path]:
    """Return the scenario files that come with the planner, installed or in a source tree."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "data" / "scenarios", package.parent / "scenarios"):
        found = sorted(folder.glob("*.toml"))
        if found:
            return found
    return []
