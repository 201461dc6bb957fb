"""Explanations for the terminal: why not this cell, what it costs, what to ask for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from planner.evaluation.amounts import SMALL, amount, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from planner.asking import Difference
    from planner.plan import Ask, Cell, Part, Plan, Reason, Sortie, Visit

MOST_CELLS, MOST_SORTIES = 10, 12
LEAST_SHARE = 1e-4
WELL_PROVED = 0.05
LONGER_PROOF = "plan with --set solver.bound_seconds=60."
SOLVE_AGAIN = "plan with --set solver.explain_seconds=20."
MORE_ASKS = f" To solve again, for sorties, hours and miles too, {SOLVE_AGAIN}"
NO_ASKS = f"What to ask for first: not worked out. To know, {SOLVE_AGAIN}"
LIMIT_RISES = " Limit rises: what it adds to the proven limit, by the proof's own prices."
REACHED = ("never looked at while under way", "looked at but missed", "seen")


def left_out(plan: Plan, most: int = MOST_CELLS) -> RenderableType:
    """Return the best cells that no sortie searches, why not, and what the plan is short of."""
    table = Table(
        title="The best cells that are not searched",
        title_justify="left",
        caption=f"Expected: transfers in the period. Cost: {plan.value.objective} of the plan lost "
        f"if it is searched all the same; the plan is worth {plan.value.score:.3g}.",
        caption_justify="left",
    )
    table.add_column("Cell")
    table.add_column("Expected", justify="right")
    table.add_column("Why, and what would change it")
    table.add_column("Cost", justify="right", no_wrap=True)
    cells = best_left_out(plan, most)
    for cell in cells:
        if cell.reason is not None:
            text = f"{escape(cell.reason.text)}\n[dim]{escape(cell.reason.change)}[/dim]"
            table.add_row(escape(cell.id), f"{cell.transfers:.3g}", text, _cost(cell.reason))
    best = next((cell.id for cell in cells if _possible(cell)), None)
    how = f"To solve it again with a cell: planner why <plan.json> {best or '<cell>'} --force"
    asks = [*asked(plan)] or [Text(NO_ASKS)]
    return Group(table, Text(how), *waterfall(plan.waterfall), *asks, Text(how_far(plan)))


def best_missed(plan: Plan) -> Iterator[str]:
    """Yield why the best cell that might be searched is not, and what it would cost."""
    missed = [cell for cell in best_left_out(plan, len(plan.cells)) if _possible(cell)]
    for cell in missed[:1]:
        if cell.reason is not None:
            yield (
                f"The best cell that is not searched, {cell.id} ({cell.transfers:.2g} transfers "
                f"expected): {cell.reason.text} What would change it: {cell.reason.change}"
            )


def _possible(cell: Cell) -> bool:
    return cell.reason is not None and cell.reason.code != "legal"


def _cost(reason: Reason) -> str:
    """Return what searching a cell costs; a figure that was not solved for is a limit."""
    if reason.price is not None:
        return short(reason.price)
    return "" if reason.at_most is None else f"≤ {max(reason.at_most, SMALL):.2g}"


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


def asked(plan: Plan) -> Iterator[RenderableType]:
    """Yield what to ask for first, as a table."""
    if not plan.asks:
        return
    score, proved = plan.value.score, any(ask.proof for ask in plan.asks)
    solved = any(ask.noise for ask in plan.asks)
    table = Table(
        title="What to ask for first",
        title_justify="left",
        caption=f"Adds: {plan.value.objective} on top of {score:.3g}. An estimate leaves the other "
        f"sorties as they are, so the truth is no less.{LIMIT_RISES if proved else ''}"
        f"{'' if solved else MORE_ASKS}",
        caption_justify="left",
    )
    table.add_column("One thing more")
    for name in ("Adds", "Share", "Give or take", *(["Limit rises"] if proved else [])):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("How known")
    for ask in plan.asks[:MOST_CELLS]:
        table.add_row(escape(ask.what), *_figures(ask, score, proved=proved), escape(ask.how))
    yield table


def _figures(ask: Ask, score: float, *, proved: bool) -> Iterator[str]:
    """Yield what an ask adds, its share of the score, its noise, and what the limit rises by."""
    yield f"{ask.gain:.2g}"
    yield f"{100 * ask.gain / score:+.1f} %" if score > 0 else ""
    yield f"{ask.noise:.2g}" if ask.noise else ""
    if proved:
        yield f"{ask.proof:.2g}" if ask.proof else ""


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
    found = [
        (sortie, [visit for visit in sortie.visits if visit.cell == cell.id])
        for sortie in plan.sorties
    ]
    lines = [_visits(sortie, visits) for sortie, visits in found if visits]
    more = len(lines) - MOST_SORTIES
    share = f" ({100 * cell.seen / cell.transfers:.0f} %)" if cell.transfers else ""
    head = f"{cell.id} is searched: {cell.seen:.3g} of {cell.transfers:.3g} transfers seen{share}."
    tail = [f"  and {more} sorties more"] if more > 0 else []
    return Text("\n".join([head, *lines[:MOST_SORTIES], *tail]))


def _visits(sortie: Sortie, visits: Sequence[Visit]) -> str:
    times = f"{visits[0].start:%a %d %b %H:%M} to {visits[-1].end:%H:%M}"
    hours, seen = sum(visit.dwell_h for visit in visits), sum(visit.seen for visit in visits)
    return (
        f"  {sortie.id} ({sortie.aircraft}), {times}: {hours:.1f} h of search, "
        f"first to see {short(seen)}"
    )


def difference(change: Difference) -> RenderableType:
    """Return what a change costs, what leaves and what comes instead."""
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
    more = len(lines) - MOST_SORTIES
    lines = [*lines[:MOST_SORTIES], *([f"and {more} sorties more"] if more > 0 else [])]
    return Group(Text(_price(change)), table, *map(Text, lines))


def _price(change: Difference) -> str:
    """Return the cost of a change in words, and what it is counted from."""
    share, gained = (
        f"{100 * part / change.score:.2f} %" if change.score > 0 else "nothing"
        for part in (change.lost, change.gained)
    )
    sure = f", give or take {short(change.noise)}" if change.noise > 0 else ""
    head = f"{change.what} costs {amount(change.lost, change.unit)} ({share}{sure})."
    if change.lost <= 0:
        head = f"{change.what} costs nothing: the best plan found does so."
    if change.gained <= LEAST_SHARE * change.score:
        return head
    return (
        f"{head}\nCounted from a plan that searching on made {gained} better than the one "
        "written; to have it, plan again for longer (--seconds)."
    )


def _listed(verb: str, cells: Sequence[str]) -> str:
    return f"{verb} {', '.join(cells)}" if cells else ""


def how_far(plan: Plan) -> str:
    """Return how far from the best possible plan this is, or how to find out."""
    value = plan.value
    if value.bound is not None and value.gap is not None:
        plain = value.objective == "transfers" and abs(value.score - value.transfers) < SMALL
        see, sees, unit = ("see", "sees", " transfers") if plain else ("score", "scores", "")
        more = f" To prove more, {LONGER_PROOF}" if value.gap > WELL_PROVED else ""
        return (
            f"How far from the best possible plan: at most {100 * value.gap:.1f} %. No plan can "
            f"{see} more than {value.bound:.3f}{unit}, this one {sees} {value.score:.3f}.{more}"
        )
    reach = sum(part.transfers for part in plan.waterfall if part.what in REACHED)
    limit = f" No plan can see more than the {reach:.2f} transfers that are lawfully in range."
    return (
        "How far from the best possible plan: not known, as nothing was proved. To prove a limit, "
        f"{LONGER_PROOF}{limit if plan.waterfall else ''}"
    )
