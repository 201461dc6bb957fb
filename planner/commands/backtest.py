"""`planner backtest`: whether the surface would have foretold the past."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from planner.hotspots.history import Cells, Exposure, History

    Past = tuple[str, History, Cells, Exposure | None]


@click.command()
@click.argument("source", type=FILE)
@click.option("--days", type=click.FloatRange(min=1), default=365.25 / 4, help="Days of a period.")
@click.option("--periods", type=click.IntRange(min=1), help="How many of the last periods.")
@click.option("--cell-nm2", type=click.FloatRange(min=1), help="Cell size for a file of events.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="Map a column.")
@click.option("--timezone", help="Time zone of times without an offset.")
@click.option("--out", type=FILE, help="Folder to write into; maps/<name>-backtest by default.")
def command(
    source: Path,
    days: float,
    periods: int | None,
    cell_nm2: float | None,
    columns: tuple[str, ...],
    timezone: str | None,
    out: Path | None,
) -> None:
    """Forecast period after period of SOURCE (a scenario or a file of events) and score it."""
    from rich.console import Console

    from planner.commands.progress import Stages
    from planner.evaluation.backtest import run_backtest
    from planner.files import write_file
    from planner.hotspots.settings import Settings
    from planner.outputs.backtest_page import backtest_csv, backtest_page

    if source.suffix == ".toml":
        title, history, cells, exposure = _of_scenario(source)
    else:
        title, history, cells, exposure = _of_events(source, cell_nm2, columns, timezone)
    with Stages(Console(stderr=True), 0) as stages:
        stages.tell(f"Forecasting periods of {days:g} days")
        result = run_backtest(
            history,
            cells,
            seed=1,
            settings=Settings(horizon_days=days),
            exposure=exposure,
            periods=periods,
            progress=lambda done, every: stages.tell(f"Forecast {done} of {every} periods"),
        )
    folder = out if out is not None else Path("maps") / f"{source.stem}-backtest"
    write_file(folder / "backtest.html", backtest_page(result, title=title))
    write_file(folder / "backtest.csv", backtest_csv(result))
    click.echo(result.verdict)
    click.echo(f"Written:\n  {folder / 'backtest.html'}\n  {folder / 'backtest.csv'}")


def _of_scenario(source: Path) -> Past:
    from planner.belief import cells_of, history_of, known_events, past_looks
    from planner.fleet import muster
    from planner.scenario import read_scenario
    from planner.theatre import lay_out

    scenario = read_scenario(source)
    bases, _ = muster(scenario)
    theatre = lay_out(scenario, bases)
    history = history_of(theatre, known_events(scenario, theatre))
    return scenario.title, history, cells_of(theatre.grid), past_looks(scenario, theatre)


def _of_events(
    source: Path, cell_nm2: float | None, columns: tuple[str, ...], timezone: str | None
) -> Past:
    from planner.belief import cells_of, history_from
    from planner.errors import EventsError, Fault
    from planner.events.reading import read_events
    from planner.theatre import grid_round

    pairs = [each.partition("=") for each in columns]
    events = read_events(
        source,
        now=datetime.now(UTC),
        columns={field: name for field, _, name in pairs},
        timezone=timezone,
    )
    points = events.points()
    if not len(events):
        raise EventsError([Fault(str(source), "no event with a position", "at least one")])
    grid = grid_round(points.lonlat, cell_nm2)
    newest = float(points.age_days.min())
    history = history_from(points, grid)
    return source.stem, history.aged(1e-3 - newest), cells_of(grid), None
