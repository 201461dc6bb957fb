"""What a sweep found, on one page that needs no network and runs no script."""

from __future__ import annotations

import csv
import io
import json
from html import escape
from typing import TYPE_CHECKING, Any

from planner.outputs.sweep_charts import front, response, tornado
from planner.outputs.tables import plain
from planner.sweep.effects import effects, interactions, pareto, ranking
from planner.sweep.factors import shown
from planner.sweep.indices import sobol
from planner.sweep.words import Wording, amount, decimals, sentences, surfaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.sweep.effects import Effect, Interaction, Setting
    from planner.sweep.indices import Index
    from planner.sweep.trials import Sweep

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MOST_ROWS = 20
STYLE = """
:root { color-scheme: light dark; --up: #1b6ca8; --down: #b4541a; --ink: #222; --paper: #fff;
  --faint: #8884; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #16191d; --up: #6cb2e6;
  --down: #e69a63; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 58rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--paper); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
ul.said { font-size: 1.05rem; padding-left: 1.2rem; } ul.said li { margin: .3rem 0; }
section { overflow-x: auto; } td:first-child { min-width: 12rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid var(--faint); vertical-align: top; }
td.number, th.number { text-align: right; padding-left: .8rem; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
a { color: var(--up); }
svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif;
  fill: var(--ink); }
.up { fill: var(--up); } .down { fill: var(--down); } .dot { fill: var(--up); opacity: .6; }
.best { fill: var(--down); } .line { fill: none; stroke: var(--up); stroke-width: 1.5; }
.grid { stroke: var(--faint); } svg text.name { font-weight: 600; }
.band { stroke: var(--ink); stroke-width: 1.5; opacity: .6; } .axis { stroke: var(--ink); }
.curves { display: flex; flex-wrap: wrap; gap: 1rem; } .note { opacity: .75; }
@media print { body { margin: 0; max-width: none; } section { break-inside: avoid; } }
"""


def sweep_page(sweep: Sweep, links: Mapping[int, str]) -> str:
    """
    Return the report of a sweep as HTML.

    Parameters
    ----------
    sweep
        What it found.
    links
        Where the plan (or its map) of a run is, by the run's number in the design.
    """
    said, ranked = Wording(sweep), ranking(sweep)
    found = effects(sweep)
    base = sweep.pinned.scenarios[""]
    sections = [
        f"<h1>{escape(base['title'])}</h1><p>{escape(base['question'])}</p>",
        _sentences(sentences(sweep)),
        _effects(found, said) if found else "",
        _curves(found, said) if found else "",
        _front(ranked, said, links) if ranked else "",
        _settings(ranked, said, links) if ranked else "",
        _interactions(interactions(sweep), said),
        _indices(sobol(sweep), said),
        _failed(sweep),
        _made(sweep),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(base['title'])}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(f"<section>{each}</section>" for each in sections if each)
        + "\n</body></html>\n"
    )


def results_csv(sweep: Sweep) -> str:
    """Return one row for every finished or failed run, in the order of the design."""
    paths = list(sweep.levels)
    names = sorted({name for trial in sweep.trials for name in trial.numbers})
    rows: list[tuple[int, list[object]]] = [
        (
            trial.number,
            [trial.number, *(_cell(trial.setting[path]) for path in paths), trial.seed, "done",
             *(trial.numbers.get(name) for name in names), trial.plan.stem, ""],
        )
        for trial in sweep.trials
    ]  # fmt: skip
    blank = [""] * (len(paths) + 1)
    rows += [
        (number, [number, *blank, "failed", *("" for _ in names), "", error])
        for number, error in sweep.failed
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(plain(name) for name in
                    ["run", *paths, "seed", "status", *names, "plan", "error"])  # fmt: skip
    writer.writerows([plain(value) for value in row] for _, row in sorted(rows))
    return text.getvalue()


def _sentences(found: Sequence[str]) -> str:
    return '<ul class="said">' + "".join(f"<li>{escape(each)}</li>" for each in found) + "</ul>"


def _effects(found: Sequence[Effect], said: Wording) -> str:
    names = {
        effect.path: f"{said.name(effect.path)}: {shown(effect.low)} to {shown(effect.high)}"
        for effect in found
    }
    return (
        f"<h2>What each thing is worth, in transfers {escape(said.per)}</h2>"
        + tornado(found, names, {each.path: amount(each.estimate) for each in found})
        + '<p class="note">Last value against first. Thin lines: what the search and the equally '
        "likely surfaces leave open, nine times in ten.</p>"
    )


def _curves(found: Sequence[Effect], said: Wording) -> str:
    ends = [end for effect in found for stop in effect.curve for end in (stop.low, stop.high)]
    between = (min(ends), max(ends)) if max(ends) > min(ends) else (ends[0] - 0.5, ends[0] + 0.5)
    charts = "".join(response(effect, said.name(effect.path), between) for effect in found)
    note = (
        "Mean transfers seen at each value, all on one scale; lines are how far it may lie from "
        "the first value."
    )
    return f'<h2>Response</h2><div class="curves">{charts}</div><p class="note">{note}</p>'


def _front(ranked: Sequence[Setting], said: Wording, links: Mapping[int, str]) -> str:
    words = {each.trials[0].number: said.setting(each.setting) for each in ranked}
    return (
        "<h2>What flying hours buy</h2>"
        + front(ranked, pareto(ranked), words, links)
        + '<p class="note">Transfers seen against hours flown. Each dot is a setting and leads '
        "to its plan; the line joins those that none beats in both.</p>"
    )


def _settings(ranked: Sequence[Setting], said: Wording, links: Mapping[int, str]) -> str:
    places = decimals(ranked[0].value) + 1
    rows = [
        [
            _link(said.setting(each.setting) or "as it is", links.get(each.trials[0].number)),
            f"{each.value:.{places}f}",
            "" if place == 0 else escape(amount(each.behind)),
            "" if place == 0 else escape(surfaces(each.behind)),
            f"{each.flown_h:.0f}",
            str(len(each.trials)),
        ]
        for place, each in enumerate(ranked[:MOST_ROWS])
    ]
    return "<h2>Best settings</h2>" + _table(
        ["setting", "transfers", "against the best", "on 9 of 10 surfaces", "hours", "runs"],
        rows,
        numbers=1,
    )


def _interactions(found: Sequence[Interaction], said: Wording) -> str:
    rows = [
        [escape(said.name(each.one[0])), escape(said.name(each.other[0])),
         escape(amount(each.estimate)),
         escape(surfaces(each.estimate)), "yes" if each.estimate.clear else "no"]
        for each in found[:MOST_ROWS]
    ]  # fmt: skip
    head = ["factor", "with", "more than their sum", "on 9 of 10 surfaces", "stands out"]
    return "<h2>What acts together</h2>" + _table(head, rows) if rows else ""


def _indices(found: Sequence[Index], said: Wording) -> str:
    rows = [
        [escape(said.name(each.path)),
         f"{each.first:.2f} ({each.first_band[0]:.2f} to {each.first_band[1]:.2f})",
         f"{each.total:.2f} ({each.total_band[0]:.2f} to {each.total_band[1]:.2f})"]
        for each in found
    ]  # fmt: skip
    head = ["factor", "alone", "with all it acts with"]
    title = "<h2>Share of the spread that each factor explains (Sobol indices)</h2>"
    return title + _table(head, rows) if rows else ""


def _failed(sweep: Sweep) -> str:
    rows = [[str(number), escape(error)] for number, error in sweep.failed[:MOST_ROWS]]
    more = len(sweep.failed) - len(rows)
    note = f"<p>and {more} more, in results.csv</p>" if more > 0 else ""
    return "<h2>Failed runs</h2>" + _table(["run", "cause"], rows) + note if rows else ""


def _made(sweep: Sweep) -> str:
    design, base = sweep.pinned.design, sweep.pinned.scenarios[""]
    given = "".join(
        f"<li>{escape(path)}: {escape(why)}</li>" for path, why in base["assumptions"].items()
    )
    files = "".join(
        f"<li>{escape(name)} <code>{escape(seal[:16])}</code></li>"
        for name, seal in sweep.pinned.files.items()
    )
    return (
        f"<h2>How it was made</h2><p>{len(sweep.trials)} of {len(design)} runs, "
        f"{escape(design.sample)} of {design.settings} settings, {len(design.seeds)} seeds, "
        f"planner {escape(sweep.pinned.version)}. All settings share seeds and surfaces, so "
        "differences between them are not differences of luck.</p>"
        f"<h2>Assumed</h2><ul>{given}</ul><h2>Files read</h2><ul>{files}</ul>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int | None = None) -> str:
    """Return a table; columns from `numbers` on are set flush right."""
    sides = ["" if numbers is None or n < numbers else ' class="number"' for n in range(len(head))]
    above = "".join(f"<th{s}>{escape(each)}</th>" for s, each in zip(sides, head, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{s}>{each}</td>" for s, each in zip(sides, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{above}</tr>{body}</table>"


def _link(words: str, link: str | None) -> str:
    return f'<a href="{escape(link)}">{escape(words)}</a>' if link else escape(words)


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, bool)) else value
