"""The back-test as a page that opens anywhere, and as rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.evaluation.backtest import Backtest, Period, Standing
    from planner.evaluation.scores import Reliability

WIDTH, BAR, LEFT, RIGHT = 720, 26, 150, 120
ENOUGH = 20.0  # events forecast below which a density bin proves nothing

STYLE = """
:root { color-scheme: light dark; --ink: #16202a; --soft: #5c6873; --line: #d5dbe0; --ours: #0b62a8;
  --other: #9aa7b2; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf1; --soft: #a3afb9; --line: #3a4650;
  --ours: #6db3ee; --other: #75828d; --paper: #141a20; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.verdict { font-size: 1.1rem; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } tr.ours td { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; }
@media print { body { margin: 0; } }
"""


def backtest_page(result: Backtest, *, title: str, card: Mapping[str, str] | None = None) -> str:
    """
    Return the back-test as one HTML page without scripts or outside files.

    Parameters
    ----------
    result
        The back-test.
    title
        What was tested, for example a scenario's name.
    card
        The model card of the surface, names and values as text.
    """
    parts = [f"<p class='verdict'>{escape(result.verdict)}</p>"]
    if result.standings:
        parts += [_ladder(result.standings), _places(result.standings)]
        parts += [_calibration(result.standings[-1])]
    if result.periods:
        parts += [_counts(result)]
    if card:
        rows = [[escape(name), escape(text)] for name, text in card.items()]
        parts += ["<h2>Model card</h2>", _table(["", ""], rows)]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Back-test: {escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>Back-test: {escape(title)}</h1>{''.join(parts)}</body></html>\n"
    )


def backtest_csv(result: Backtest) -> str:
    """Return the back-test as CSV: one row for each score of each contender."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["contender", "score", "at", "value", "low", "high"])
    for each in result.standings:
        for where, told in (("", each.information), ("nothing seen before", each.unseen)):
            nats = _round(told.value, told.low, told.high)
            rows.writerow([_plain(each.name), "nats per event", where, *nats])
        for score, values in (
            ("prediction accuracy index", each.accuracy),
            ("hit rate", each.hits),
            ("containment", each.contained),
        ):
            for at, value in values.items():
                rows.writerow([_plain(each.name), score, at, *_round(value), "", ""])
        for score, bins in (
            ("observed over forecast", each.reliability),
            ("observed over forecast, recalibrated", each.recalibrated),
        ):
            for bin_ in bins:
                where = f"{_bin_name(bin_)} times uniform"
                rows.writerow([_plain(each.name), score, where, *_round(bin_.ratio), "", ""])
    rows.writerow(["count", "95 % coverage", "", *_round(result.count_coverage), "", ""])
    return text.getvalue()


def _plain(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _round(*values: float) -> list[str]:
    return [f"{value:.4f}" if np.isfinite(value) else "" for value in values]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], strong: int = -1) -> str:
    """Return a table of cells already escaped; row `strong` stands out."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(
        f"<tr{' class=ours' if number == strong else ''}>"
        + "".join(f"<td>{cell}</td>" for cell in row)
        + "</tr>"
        for number, row in enumerate(rows)
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _ladder(standings: Sequence[Standing]) -> str:
    """Draw each contender's information gain with its interval."""
    low = min(0.0, *(each.information.low for each in standings))
    high = max(0.1, *(each.information.high for each in standings))

    def x(nats: float) -> float:
        return LEFT + (nats - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    marks = [f"<line x1='{x(0):.1f}' x2='{x(0):.1f}' y1='0' y2='100%' stroke='var(--line)'/>"]
    for number, each in enumerate(standings):
        told, y = each.information, number * BAR
        colour = "var(--ours)" if number == len(standings) - 1 else "var(--other)"
        left, right = sorted((x(0), x(told.value)))
        middle = y + BAR / 2
        marks += [
            f"<text x='0' y='{middle + 4}'>{escape(each.name)}</text>",
            f"<rect x='{left:.1f}' y='{y + 6}' width='{right - left:.1f}' height='{BAR - 12}' "
            f"fill='{colour}'/>",
            f"<line x1='{x(told.low):.1f}' x2='{x(told.high):.1f}' y1='{middle}' y2='{middle}' "
            "stroke='var(--ink)' stroke-width='1.5'/>",
            f"<text x='{WIDTH - RIGHT + 8}' y='{middle + 4}'>{told.value:.2f} "
            f"({told.low:.2f} to {told.high:.2f})</text>",
        ]
    height = BAR * len(standings)
    return (
        "<h2>Information gain over a uniform map</h2><p class='soft'>Nats per event, with 95 % "
        "block-bootstrap intervals. Higher is better; one nat is a map 2.7 times as sharp.</p>"
        f"<svg viewBox='0 0 {WIDTH} {height}' role='img' "
        f"aria-label='Information gain by contender'>{''.join(marks)}</svg>"
    )


def _places(standings: Sequence[Standing]) -> str:
    head = ["", "nats where nothing was seen before"]
    head += [f"hits, {area:.0%} of area" for area in standings[0].hits]
    head += [f"PAI, {area:.0%}" for area in standings[0].accuracy]
    head += [f"in {region:.0%} region" for region in standings[0].contained]
    rows = [
        [
            escape(each.name),
            f"{each.unseen.value:.2f}" if np.isfinite(each.unseen.value) else "–",
            *(f"{value:.2f}" for value in each.hits.values()),
            *(f"{value:.1f}" for value in each.accuracy.values()),
            *(f"{value:.0%}" for value in each.contained.values()),
        ]
        for each in standings
    ]
    return (
        "<h2>Were events where the map said?</h2><p class='soft'>Information gain at events "
        "in cells without any earlier event; share of events in the densest "
        "part of the sea, that over the area (PAI), and how many lay in the regions forecast to "
        f"hold so many.</p>{_table(head, rows, strong=len(rows) - 1)}"
    )


def _calibration(ours: Standing) -> str:
    rows = [
        [
            _bin_name(raw),
            f"{raw.forecast:.1f}",
            f"{raw.observed:.1f}",
            _ratio(raw),
            _ratio(mended),
        ]
        for raw, mended in zip(ours.reliability, ours.recalibrated, strict=True)
    ]
    head = ["times uniform", "forecast", "observed", "observed / forecast", "recalibrated"]
    return (
        "<h2>Is the map calibrated?</h2>"
        f"<p class='soft'>{escape(ours.name.capitalize())}, by forecast density. One is right; "
        "recalibrated by earlier periods only. Bins with fewer than "
        f"{ENOUGH:.0f} events forecast are in brackets.</p>{_table(head, rows)}"
    )


def _bin_name(bin_: Reliability) -> str:
    return f"{bin_.low:g} to {bin_.high:g}" if np.isfinite(bin_.high) else f"over {bin_.low:g}"


def _ratio(bin_: Reliability) -> str:
    if not bin_.forecast > 0:
        return "–"
    return f"{bin_.ratio:.2f}" if bin_.forecast >= ENOUGH else f"({bin_.ratio:.2f})"


def _counts(result: Backtest) -> str:
    """Draw the number of events of each period beside its forecast interval."""
    periods = result.periods
    most = max(1, *(max(period.events, period.count.high) for period in periods))
    step = WIDTH / len(periods)
    marks = "".join(_count_mark(period, (k + 0.5) * step, most) for k, period in enumerate(periods))
    return (
        "<h2>How many events?</h2><p class='soft'>Dots are events in each period, bars the 95 % "
        f"interval forecast before it; {result.count_coverage:.0%} of dots lie in their bar. "
        f"Greatest value drawn: {most}.</p>"
        f"<svg viewBox='0 0 {WIDTH} 170' role='img' aria-label='Events by period'>{marks}</svg>"
    )


def _count_mark(period: Period, x: float, most: int) -> str:
    def y(events: float) -> float:
        return 160 - 150 * events / most

    inside = period.count.low <= period.events <= period.count.high
    fill = "var(--ours)" if inside else "#c8442b"
    return (
        f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{y(period.count.low):.1f}' "
        f"y2='{y(period.count.high):.1f}' stroke='var(--other)' stroke-width='4'/>"
        f"<circle cx='{x:.1f}' cy='{y(period.events):.1f}' r='3' fill='{fill}'/>"
    )
