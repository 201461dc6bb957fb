"""Explanations for the terminal: why not this cell, what it costs, what to ask for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from planner.asking import Difference
    from planner.plan import Ask, Cell, Part, Plan

MOST_CELLS = 10
LEAST_SHARE = 1e-5


def left_out(plan: Plan, most: int = MOST_CELLS) -> RenderableType:
    """Return the best cells that no sortie searches, why not, and what the plan is short of."""
    cells = best_left_out(plan, most)
    table = Table(title="The best cells that are not searched", title_justify="left")
    for name, justify in (
        ("Cell", "left"),
        ("Expected", "right"),
        ("Why", "left"),
        ("Price", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for cell in cells:
        reason = cell.reason
        if reason is not None:
            text = f"{reason.text}\n{reason.change}"
            price = "" if reason.price is None else f"{reason.price:.3g}"
            table.add_row(escape(cell.id), f"{cell.transfers:.3g}", escape(text), price)
    parts = [table, *waterfall(plan.waterfall), *asked(plan.asks), Text(_gap(plan))]
    return Group(*parts)


def best_left_out(plan: Plan, most: int) -> list[Cell]:
    """Return the cells with a reason, most transfers expected first."""
    cells = [cell for cell in plan.cells if cell.reason is not None]
    return sorted(cells, key=lambda cell: (-cell.transfers, cell.id))[:most]


def waterfall(parts: Sequence[Part]) -> Iterator[RenderableType]:
    """Yield what becomes of all expected transfers, as a table."""
    total = sum(part.transfers for part in parts)
    if not parts or total <= 0:
        return
    table = Table(title="What becomes of the transfers expected", title_justify="left")
    table.add_column("")
    table.add_column("Transfers", justify="right")
    table.add_column("Share", justify="right")
    for part in parts:
        share = f"{100 * part.transfers / total:.0f} %"
        table.add_row(escape(part.what), f"{part.transfers:.3f}", share)
    table.add_section()
    table.add_row("all", f"{total:.3f}", "100 %")
    yield table


def asked(asks: Sequence[Ask]) -> Iterator[RenderableType]:
    """Yield what to ask for first, as a table."""
    if not asks:
        return
    table = Table(title="What to ask for first", title_justify="left")
    table.add_column("One thing more")
    table.add_column("Adds", justify="right")
    table.add_column("Give or take", justify="right")
    for ask in asks[:MOST_CELLS]:
        table.add_row(escape(ask.what), f"{ask.gain:.3g}", f"{ask.noise:.2g}")
    yield table


def reason_of(cell: Cell) -> RenderableType:
    """Return why one cell is not searched."""
    reason = cell.reason
    if reason is None:
        return Text(f"{cell.id}: no transfers are expected there.")
    return Group(
        Text(f"{cell.id}: {reason.text}"),
        Text(f"What would change it: {reason.change}"),
    )


def visits_of(plan: Plan, cell: Cell) -> RenderableType:
    """Return who searches one cell, and what is seen of it."""
    lines = [
        f"  {sortie.id} ({sortie.aircraft}), {visit.start:%a %d %b %H:%M} to "
        f"{visit.end:%H:%M}: POD {visit.pod:.2f}, first to see {visit.seen:.3g}"
        for sortie in plan.sorties
        for visit in sortie.visits
        if visit.cell == cell.id
    ]
    share = f" ({100 * cell.seen / cell.transfers:.0f} %)" if cell.transfers else ""
    head = f"{cell.id} is searched: {cell.seen:.3g} of {cell.transfers:.3g} transfers seen{share}."
    return Text("\n".join([head, *lines]))


def difference(change: Difference) -> RenderableType:
    """Return what a change costs, what leaves and what comes instead."""
    share = 100 * change.lost / change.score if change.score > 0 else 0.0
    sure = f", give or take {change.noise:.2g}" if change.noise > 0 else ""
    head = f"{change.what} costs {change.lost:.3g} {change.unit} ({share:.2f} %{sure})."
    table = Table(title_justify="left")
    for name in ("Cell", "Seen before", "Seen after", "Change"):
        table.add_column(name, justify="left" if name == "Cell" else "right")
    moved = {
        name: (before, after)
        for name, (before, after) in change.cells.items()
        if abs(after - before) > LEAST_SHARE * max(change.score, 1e-12)
    }
    for name, (before, after) in sorted(moved.items(), key=lambda each: each[1][1] - each[1][0]):
        table.add_row(escape(name), f"{before:.3g}", f"{after:.3g}", f"{after - before:+.2g}")
    lines = [
        f"{sortie}: " + "; ".join(filter(None, [_listed("drops", out), _listed("adds", added)]))
        for sortie, (out, added) in change.sorties.items()
    ]
    return Group(Text(head), table, *map(Text, lines))


def _listed(verb: str, cells: Sequence[str]) -> str:
    return f"{verb} {', '.join(cells)}" if cells else ""


def _gap(plan: Plan) -> str:
    value = plan.value
    if value.bound is None or value.gap is None:
        return "How far from the best possible plan: not known, as no bound was computed."
    return f"At most {100 * value.gap:.1f} % better is possible: the bound is {value.bound:.3f}."
