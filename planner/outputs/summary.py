"""What a run found, for the terminal: a short table and what to know."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from planner.outputs.explanation import asked, best_missed, how_far

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from planner.plan import Plan, Value

SHOWN_ASSUMPTIONS = 6


def summary(plan: Plan, files: Sequence[Path]) -> RenderableType:
    """Return the tables and sentences that end a run."""
    return Group(
        _sorties(plan),
        Text(_seen(plan.value)),
        Text(how_far(plan)),
        *(Text(line) for line in best_missed(plan)),
        *asked(plan),
        *(Text(line) for line in _inside(plan)),
        *(Text(note) for note in plan.notes),
        _card(plan),
        _assumptions(plan),
        _files(files),
    )


def _sorties(plan: Plan) -> Table:
    """Return sorties by station and day, with hours flown and transfers seen."""
    days = (plan.end - plan.start).days
    dates = [plan.start + timedelta(days=day) for day in range(days)]
    shown = dates if days <= 7 else []
    table = Table(title=escape(plan.title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Sorties from")
    for date in shown:
        table.add_column(f"{date:%a}\n{date.day}", justify="right")
    for name in ("all", "hours\nflown", "transfers\nseen"):
        table.add_column(name, justify="right")
    names = {station.id: station.name.partition(" (")[0] for station in plan.stations}
    for station, name in names.items():
        table.add_row(*_row(plan, escape(name), {station}, len(shown)))
    table.add_section()
    table.add_row(*_row(plan, "All", set(names), len(shown)))
    return table


def _row(plan: Plan, name: str, stations: set[str], days: int) -> list[str]:
    flown = [sortie for sortie in plan.sorties if sortie.station in stations]
    by_day = Counter((sortie.takeoff - plan.start).days for sortie in flown)
    return [
        name,
        *(str(by_day[day] or "·") for day in range(days)),
        str(len(flown)),
        f"{sum(sortie.airborne_h for sortie in flown):.0f}",
        f"{sum(sortie.seen for sortie in flown):.2f}",
    ]


def _seen(value: Value) -> str:
    band = f" (90 %: {value.band90[0]:.2f} to {value.band90[1]:.2f})" if value.band90 else ""
    share = f" {100 * value.transfers / value.total:.0f} %" if value.total else " none"
    return (
        f"Expected to see {value.transfers:.2f} transfers{band}, about {value.barrels:,.0f} "
        f"barrels:{share} of the {value.total:.1f} expected in the period."
    )


def _inside(plan: Plan) -> list[str]:
    hours: Counter[str] = Counter()
    for sortie in plan.sorties:
        hours.update(sortie.inside_h)
    names = {zone.id: zone.name for zone in plan.zones}
    return [f"{hours[zone]:.0f} h are flown inside {names[zone]}." for zone in sorted(hours)]


def _card(plan: Plan) -> Text:
    lines = [f"  {name}: {value}" for name, value in plan.model_card.items()]
    return Text("\n".join(["What the surface rests on:", *lines]))


def _assumptions(plan: Plan) -> Text:
    some = plan.assumptions[:SHOWN_ASSUMPTIONS]
    lines = [f"  {each.what}: {each.value}. {each.why}" for each in some]
    more = len(plan.assumptions) - len(some)
    ending = f"\n  and {more} more, in plan.json and on the map" if more > 0 else ""
    return Text("Assumed, since nobody has published it:\n" + "\n".join(lines) + ending)


def _files(files: Sequence[Path]) -> Text:
    lines = "\n".join(f"  {path}" for path in files)
    plan = next((path for path in files if path.name == "plan.json"), "plan.json")
    return Text(f"Written:\n{lines}\nWhy a cell is not searched, and its cost: planner why {plan}")
