"""A hand-made plan beside the planner's, for the terminal and as a folder."""

from __future__ import annotations

import io
from datetime import UTC
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from planner.files import write_file
from planner.outputs.folder import plan_json
from planner.outputs.maps import build_map

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from planner.evaluation.score import Score
    from planner.plan import Plan

WIDTH = 100


def scoring(score: Score) -> RenderableType:
    """Return tables and sentences: the numbers, what is broken, what to change first."""
    return Group(
        _numbers(score.mine, score.theirs),
        _sorties(score.mine),
        _list("Rules it breaks", score.breaches, "It breaks no rule."),
        _list("What to change first", _changes(score), "No single change gains anything."),
        _list("Of the file", score.notes, "All of the file was used."),
    )


def write_score(score: Score, folder: Path) -> list[Path]:
    """Write the score's folder: the map to swipe between both plans, the plan, the words."""
    words = io.StringIO()
    Console(file=words, width=WIDTH, color_system=None).print(scoring(score))
    outputs = {
        "plan.json": plan_json(score.mine),
        "map.html": build_map([score.mine, score.theirs]),
        "score.txt": words.getvalue(),
    }
    for name, content in outputs.items():
        write_file(folder / name, content)
    return [folder / name for name in outputs]


def _numbers(mine: Plan, theirs: Plan) -> Table:
    table = Table(title=escape(mine.title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for name in ("yours", "the planner's", "difference"):
        table.add_column(name, justify="right")
    rows = [
        ("Transfers seen, expected", mine.value.transfers, theirs.value.transfers, 3),
        ("Barrels seen, expected", mine.value.barrels, theirs.value.barrels, 0),
        (f"Score ({mine.value.objective} less prices)", mine.value.score, theirs.value.score, 3),
        ("Sorties", len(mine.sorties), len(theirs.sorties), 0),
        ("Hours flown", _flown_h(mine), _flown_h(theirs), 1),
        ("Hours searched", _searched_h(mine), _searched_h(theirs), 1),
        ("Transfers for 100 flying hours", _rate(mine), _rate(theirs), 3),
    ]
    for name, one, other, digits in rows:
        change = one - other
        share = f" ({100 * change / other:+.1f} %)" if other else ""
        table.add_row(
            name, f"{one:,.{digits}f}", f"{other:,.{digits}f}", f"{change:+,.{digits}f}{share}"
        )
    return table


def _sorties(plan: Plan) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Sortie")
    table.add_column("Aircraft", no_wrap=True)
    for name in ("take-off (UTC)", "hours", "seen", "lost\nwithout"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("cells")
    for sortie in plan.sorties:
        cells = list(dict.fromkeys(visit.cell for visit in sortie.visits))
        table.add_row(
            sortie.id,
            escape(sortie.aircraft),
            f"{sortie.takeoff.astimezone(tz=UTC):%d %b %H:%M}",
            f"{sortie.airborne_h:.1f}",
            f"{sortie.seen:.4f}",
            f"{sortie.lost or 0:.4f}",
            escape(", ".join(cells[:6]) + (", …" if len(cells) > 6 else "")),
        )
    return table


def _changes(score: Score) -> tuple[str, ...]:
    whole = score.mine.value.transfers
    return tuple(
        f"{each.gain:+.4f} transfers"
        + (f" ({100 * each.gain / whole:+.1f} %)" if whole else "")
        + f"  {each.text}"
        for each in score.changes
    )


def _list(title: str, lines: tuple[str, ...], nothing: str) -> Text:
    """Return lines under a title, or what to say when there are none."""
    words = "\n".join([f"{title}:", *(f"  {line}" for line in lines)]) if lines else nothing
    return Text(words)


def _flown_h(plan: Plan) -> float:
    return sum(sortie.airborne_h + sortie.ferry_h for sortie in plan.sorties)


def _searched_h(plan: Plan) -> float:
    return sum(sortie.search_h for sortie in plan.sorties)


def _rate(plan: Plan) -> float:
    hours = _flown_h(plan)
    return 100 * plan.value.transfers / hours if hours else 0.0
