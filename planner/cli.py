"""The command line: one line a command, each loaded only when it is called."""

from __future__ import annotations

import atexit
import gc
import importlib
import sys
from typing import Any

import click

from planner import __version__
from planner.errors import PlannerError

COMMANDS = {
    "run": "Plan a scenario and write its map, tables and manifest.",
    "validate": "Check a scenario and print it with everything resolved.",
    "check": "Check a plan again, independently of what made it.",
    "map": "Draw plans again, alone or against each other.",
    "why": "Say why a cell is not searched, and what searching it would cost.",
    "score": "Value a hand-made plan on the same scale as the tool's.",
    "diff": "Say in words what changed between two plans.",
    "export": "Write a plan as KML, KMZ, GPX, GeoPackage, GeoJSON, CSV or FPL.",
    "sweep": "Ask what if, many times; survives being stopped at any moment.",
    "report": "Answer a sweep's questions on one page.",
    "compare": "Compare two runs: inputs, sorties, numbers and a swipe map.",
    "backtest": "Forecast the past from what was known, and score the surface.",
    "verify": "Replay a run from its manifest; say exactly what differs.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
    "demo": "Copy the shipped theatre out, to edit.",
}


class Planner(click.Group):
    """A group that imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a newcomer meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"planner.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        if args[0] not in COMMANDS:
            from planner.errors import nearest

            hint = nearest(args[0], COMMANDS)
            ctx.fail(f"no command {args[0]!r}" + (f"; {hint}" if hint else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Planner, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="planner")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("-v", "--verbose", count=True, help="Tell more of what is being done.")
@click.pass_context
def planner(ctx: click.Context, *, debug: bool, verbose: int) -> None:
    """Plan patrol sorties that see the most ship-to-ship transfers."""
    ctx.obj = {"debug": debug, "verbose": verbose}
    if verbose:
        import logging

        level = logging.DEBUG if verbose > 1 else logging.INFO
        logging.basicConfig(level=level, format="%(name)s: %(message)s")


def main() -> None:
    """Run the command line; a fault of the user's prints itself and exits with 2."""
    debug = "--debug" in sys.argv
    atexit.register(gc.freeze)  # to look through all that was loaded takes most of a second
    try:
        code: Any = planner.main(prog_name="planner", standalone_mode=False)
    except PlannerError as problem:
        if debug:
            raise
        click.echo(str(problem), err=True)
        sys.exit(2)
    except click.ClickException as problem:
        problem.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was written.", err=True)
        sys.exit(130)
    except (OSError, ImportError, MemoryError) as problem:  # libraries want memory to be loaded
        if debug:
            raise
        found = f"{type(problem).__name__}: {str(problem) or 'there is not enough'}"
        click.echo(f"{found}; nothing half-written is left", err=True)
        sys.exit(2)
    except Exception as problem:
        if debug:
            raise
        found = f"{type(problem).__name__}: {problem}"
        click.echo(f"A fault of the planner's own, not yours ({found}).", err=True)
        click.echo("Nothing half-written is left. With --debug it says where.", err=True)
        sys.exit(70)
    sys.exit(code if isinstance(code, int) else 0)
