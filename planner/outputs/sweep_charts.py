"""Charts of a sweep as inline SVG: every mark has its numbers as a tooltip."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.sweep.effects import Effect, Setting, Stop

WIDE, HIGH, EDGE = 720, 300, 56
SMALL_WIDE, SMALL_HIGH = 340, 200
LABEL_WIDE, ROW_HIGH = 300, 26


def tornado(effects: Sequence[Effect], names: Mapping[str, str]) -> str:
    """Draw each factor's effect over its whole range as a bar with its band."""
    reach = max((abs(end) for e in effects for end in e.estimate.reach), default=0.0)
    reach = reach or 1.0
    middle, scale = LABEL_WIDE + (WIDE - LABEL_WIDE) / 2, (WIDE - LABEL_WIDE - 40) / 2 / reach
    parts = []
    for row, effect in enumerate(effects):
        value, (low, high) = effect.estimate.value, effect.estimate.reach
        top = row * ROW_HIGH + 6
        ends = sorted((middle, middle + value * scale))
        name = names[effect.path]
        told = f"{name}: {value:+.3g} ({low:+.2g} to {high:+.2g})"
        parts.append(
            f'<g><title>{escape(told)}</title><text x="{LABEL_WIDE - 8}" y="{top + 12}" '
            f'text-anchor="end">{escape(_cut(name))}</text>'
            f'<rect class="{"up" if value >= 0 else "down"}" x="{ends[0]:.1f}" y="{top}" '
            f'width="{ends[1] - ends[0]:.1f}" height="15"/>'
            + _whisker(middle + low * scale, middle + high * scale, top + 7.5)
            + "</g>"
        )
    tall = len(effects) * ROW_HIGH + 24
    axis = f'<line class="axis" x1="{middle}" x2="{middle}" y1="0" y2="{tall - 20}"/>'
    ends_told = (
        f'<text x="{LABEL_WIDE + 20}" y="{tall - 4}">{-reach:.2g}</text>'
        f'<text x="{WIDE - 20}" y="{tall - 4}" text-anchor="end">{reach:+.2g}</text>'
    )
    return _svg(WIDE, tall, "Effect of each factor", "".join(parts) + axis + ends_told)


def response(effect: Effect, name: str) -> str:
    """Draw transfers seen along one factor, with the band of each level against the first."""
    stops = effect.curve
    places = _spread([stop.at for stop in stops], 44, SMALL_WIDE - 16)
    bottom, top = min(stop.low for stop in stops), max(stop.high for stop in stops)
    rise = _scale(bottom, top, SMALL_HIGH - 44, 30)
    line = " ".join(f"{x:.1f},{rise(s.mean):.1f}" for x, s in zip(places, stops, strict=True))
    marks = "".join(_mark(x, rise, stop) for x, stop in zip(places, stops, strict=True))
    body = (
        f'<text x="8" y="16">{escape(_cut(name, 46))}</text>'
        f'<polyline class="line" points="{line}"/>{marks}'
        + _ticks(bottom, top, rise)
        + "".join(_tick(x, stop, len(stops)) for x, stop in zip(places, stops, strict=True))
    )
    return _svg(SMALL_WIDE, SMALL_HIGH, f"Transfers seen along {name}", body)


def front(
    settings: Sequence[Setting],
    best: Sequence[Setting],
    words: Mapping[int, str],
    links: Mapping[int, str],
) -> str:
    """
    Draw transfers seen against hours flown, a dot for each setting, linked to its plan.

    Parameters
    ----------
    settings
        All settings.
    best
        Those that none beats in both.
    words, links
        What each setting is, and where its plan is, by number of its first run.
    """
    across = _scale(*_range([s.flown_h for s in settings]), EDGE, WIDE - 20)
    rise = _scale(*_range([s.value for s in settings]), HIGH - 40, 16)
    chosen = {id(each) for each in best}
    dots = []
    for each in sorted(settings, key=lambda setting: id(setting) in chosen):  # the best on top
        number = each.trials[0].number
        told = f"{words[number]}: {each.value:.3g} transfers in {each.flown_h:.0f} h"
        dot = (
            f'<circle class="{"best" if id(each) in chosen else "dot"}" r="5" '
            f'cx="{across(each.flown_h):.1f}" cy="{rise(each.value):.1f}">'
            f"<title>{escape(told)}</title></circle>"
        )
        link = links.get(number)
        dots.append(f'<a href="{escape(link)}">{dot}</a>' if link else dot)
    line = " ".join(f"{across(s.flown_h):.1f},{rise(s.value):.1f}" for s in best)
    low, high = _range([s.value for s in settings])
    few, many = _range([s.flown_h for s in settings])
    axes = _ticks(low, high, rise) + (
        f'<text x="{EDGE}" y="{HIGH - 20}">{few:.0f}</text>'
        f'<text x="{WIDE - 20}" y="{HIGH - 20}" text-anchor="end">{many:.0f}</text>'
        f'<text x="{WIDE / 2}" y="{HIGH - 6}" text-anchor="middle">flying hours</text>'
    )
    path = f'<polyline class="line" points="{line}"/>'
    return _svg(WIDE, HIGH, "Transfers seen against hours flown", axes + path + "".join(dots))


def _mark(x: float, rise: _Line, stop: Stop) -> str:
    told = f"{stop.label}: {stop.mean:.3g} ({stop.low:.3g} to {stop.high:.3g}), {stop.runs} runs"
    return (
        f'<g><title>{escape(told)}</title><line class="band" x1="{x:.1f}" x2="{x:.1f}" '
        f'y1="{rise(stop.low):.1f}" y2="{rise(stop.high):.1f}"/>'
        f'<circle class="dot" r="4" cx="{x:.1f}" cy="{rise(stop.mean):.1f}"/></g>'
    )


def _tick(x: float, stop: Stop, stops: int) -> str:
    label = _cut(stop.label, max(4, 44 // stops))
    anchor = "middle" if x < SMALL_WIDE - 40 else "end"
    return f'<text x="{x:.1f}" y="{SMALL_HIGH - 22}" text-anchor="{anchor}">{escape(label)}</text>'


def _ticks(low: float, high: float, rise: _Line) -> str:
    return "".join(
        f'<text x="4" y="{rise(value) + 4:.1f}">{value:.3g}</text>' for value in {low, high}
    )


def _whisker(start: float, end: float, y: float) -> str:
    return f'<line class="band" x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}"/>'


class _Line:
    """A straight line from a number to a place in the picture."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.start = low, start
        self.slope = (end - start) / ((high - low) or 1.0)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * self.slope


def _scale(low: float, high: float, start: float, end: float) -> _Line:
    return _Line(low, high, start, end)


def _spread(places: Sequence[float], start: float, end: float) -> list[float]:
    line = _Line(min(places), max(places), start, end)
    return [line(place) for place in places]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _cut(text: str, most: int = 44) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _svg(wide: float, high: float, title: str, body: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {wide} {high}" '
        f'width="{wide}" height="{high}">{body}</svg>'
    )
