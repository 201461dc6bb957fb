"""`planner report`: what a sweep found, in words and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from planner.sweep.trials import Sweep


@click.command()
@click.argument("sweep", type=FILE)
@click.option(
    "--maps",
    default=12,
    type=click.IntRange(0, 1_000),
    help="Draw maps of so many settings, the best first.",
)
@click.option("--tip", metavar="PATH=LOW:HIGH", help="Find where along PATH something tips.")
@click.option(
    "--between",
    metavar="PATH=A,B|NAME",
    help="What may cease to matter there: two values, or an override of the sweep.",
)
@click.option(
    "--worth",
    type=click.FloatRange(min=0, min_open=True),
    default=0.01,
    help="Transfers below which it does not matter; without --between, which to see.",
)
@click.option("--jobs", type=click.IntRange(1, 256), default=2, help="Processes for --tip.")
def command(
    sweep: Path, maps: int, tip: str | None, between: str | None, worth: float, jobs: int
) -> None:
    """Say what a sweep found: report.html and results.csv in its folder."""
    from planner.files import write_file
    from planner.outputs.sweep_page import results_csv, sweep_page
    from planner.sweep.trials import read_sweep
    from planner.sweep.words import sentences

    if tip is not None or between is not None:
        _tip(sweep, tip or "", between, worth, jobs)
    found = read_sweep(sweep)
    links = _links(found, sweep, maps)
    files = {
        sweep / "report.html": sweep_page(found, links),
        sweep / "results.csv": results_csv(found),
    }
    for path, text in files.items():
        write_file(path, text)
    _write_parquet(found, sweep)
    for sentence in sentences(found):
        click.echo(sentence)
    for path in files:
        click.echo(f"Written: {path}")


def _links(found: Sweep, folder: Path, maps: int) -> dict[int, str]:
    """Draw the maps of the best settings; the others link to their plans."""
    from planner.files import write_file
    from planner.outputs.maps import build_map
    from planner.reading import read_plan
    from planner.sweep.effects import pareto, ranking

    ranked = ranking(found)
    ahead = {each.trials[0].number for each in pareto(ranked)}
    order = sorted(ranked, key=lambda each: each.trials[0].number not in ahead)
    chosen = {each.trials[0].number for each in order[:maps]}
    links = {}
    for each in ranked:
        trial = each.trials[0]
        path = folder / "maps" / f"{trial.plan.stem[:16]}.html"
        if trial.number in chosen and not path.exists():
            write_file(path, build_map([read_plan(trial.plan)]))
        shown = path if path.exists() else trial.plan
        links[trial.number] = f"{shown.parent.name}/{shown.name}"
    return links


def _write_parquet(found: Sweep, folder: Path) -> None:
    """Write the table as Parquet too, where the optional library for it is installed."""
    import io
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        return
    import pandas as pd

    from planner.files import write_file
    from planner.outputs.sweep_page import results_csv

    data = pd.read_csv(io.StringIO(results_csv(found))).to_parquet()
    write_file(folder / "results.parquet", data)
    click.echo(f"Written: {folder / 'results.parquet'}")


def _tip(folder: Path, tip: str, between: str | None, worth: float, jobs: int) -> None:
    from planner.cache import user_folder
    from planner.commands.sweep import local_workers
    from planner.sweep.engine import Terms
    from planner.sweep.tipping import ask

    with local_workers(jobs) as executor:
        ask(
            folder,
            tip,
            between,
            least=worth,
            executor=executor,
            terms=Terms(width=jobs),
            cache=user_folder(),
        )
