"""`planner compare`: what differs between two plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.commands.options import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.plan import Sortie
    from planner.sweep.comparison import Comparison

MOST_LINES = 40


@click.command()
@click.argument("one", type=FILE)
@click.argument("other", type=FILE)
@click.option("--out", type=FILE, help="Write a map to swipe between the plans, and its folder.")
def command(one: Path, other: Path, out: Path | None) -> None:
    """Say what changed from run ONE to run OTHER: inputs, sorties and numbers."""
    from planner.sweep.comparison import compare, read_planned

    before, after = read_planned(one), read_planned(other)
    for line in _lines(compare(before, after)):
        click.echo(line)
    if out is not None:
        from planner.files import write_file
        from planner.outputs.maps import build_map

        path = out if out.suffix == ".html" else out / "compare.html"
        write_file(path, build_map([before.plan, after.plan]))
        click.echo(f"Written: {path}")


def _lines(found: Comparison) -> Iterator[str]:
    """Yield the comparison as lines of text."""
    yield from _inputs(found)
    yield "Numbers:"
    for name, before, after in found.numbers:
        share = f" ({100 * (after - before) / before:+.1f} %)" if before else ""
        yield f"  {name:<10} {before:>12.4g} {after:>12.4g} {after - before:>+12.4g}{share}"
    if found.bands:
        (low, high), (other_low, other_high) = found.bands
        yield (
            f"  90 % band of transfers: {low:.3g} to {high:.3g} before, "
            f"{other_low:.3g} to {other_high:.3g} after, from what is not known of the sea."
        )
    if found.difference:
        low, high = found.difference
        yield f"  The difference on 9 of 10 equally likely surfaces: {low:+.2g} to {high:+.2g}."
    elif found.bands:
        yield "  The difference has no band: the plans rest on different surfaces or seeds."
    yield from _sorties(found)


def _inputs(found: Comparison) -> Iterator[str]:
    if found.inputs is None:
        yield "Changed inputs: not known, a plan has no manifest beside it."
        return
    yield "Changed inputs:" if found.inputs else "No input changed."
    yield from _first(
        [f"  {path}: {_cut(before)} -> {_cut(after)}" for path, before, after in found.inputs]
    )


def _sorties(found: Comparison) -> Iterator[str]:
    yield (
        f"Sorties: {found.same} the same, {len(found.changed)} changed, {len(found.lost)} dropped, "
        f"{len(found.gained)} new."
    )
    lines = [f"  changed  {_name(one)}: {words}" for one, _, words in found.changed]
    lines += [f"  dropped  {_name(each)}, saw {each.seen:.3g}" for each in found.lost]
    lines += [f"  new      {_name(each)}, sees {each.seen:.3g}" for each in found.gained]
    yield from _first(lines)


def _name(sortie: Sortie) -> str:
    return f"{sortie.aircraft} {sortie.takeoff:%d %b %H:%M}"


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"  and {more} more"]


def _cut(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
