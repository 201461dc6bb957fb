"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = click.Path(path_type=Path)


def scenario_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its scenario file and the ways to change it."""
    for decorate in (
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="PATH=VALUE",
            help="Change one value, for example solver.seconds=30.",
        ),
        click.option(
            "--override", "overrides", multiple=True, help="Apply a named override of the file."
        ),
        click.argument("scenario", type=FILE),
    ):
        command = decorate(command)
    return command
