"""Charts of a sweep as inline SVG: every mark has its numbers as a tooltip."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.sweep.effects import Effect, Setting, Stop

WIDE, HIGH, EDGE = 900, 320, 56
SMALL_WIDE, SMALL_HIGH = 290, 200
LABEL_WIDE, TOLD_WIDE, ROW_HIGH = 310, 140, 28
MOST_TICKS = 5


def tornado(effects: Sequence[Effect], names: Mapping[str, str], told: Mapping[str, str]) -> str:
    """
    Draw each factor's effect over its whole range as a bar with its band.

    Parameters
    ----------
    effects
        In the order they are drawn.
    names, told
        What is changed and what it is worth, in words, by the factor's path.
    """
    ends = [end for effect in effects for end in effect.estimate.reach]
    low, high = _range([0.0, *ends])
    across = _scale(low, high, LABEL_WIDE, WIDE - TOLD_WIDE)
    tall = len(effects) * ROW_HIGH
    rows = "".join(
        _bar(effect, across, number * ROW_HIGH, names[effect.path], told[effect.path])
        for number, effect in enumerate(effects)
    )
    grid = "".join(
        f'<line class="{"grid" if tick else "axis"}" x1="{across(tick):.1f}" '
        f'x2="{across(tick):.1f}" y1="0" y2="{tall}"/>'
        f'<text x="{across(tick):.1f}" y="{tall + 16}" text-anchor="middle">{_signed(tick)}</text>'
        for tick in _nice(low, high)
    )
    return _svg(WIDE, tall + 22, "Effect of each factor", grid + rows)


def _bar(effect: Effect, across: _Line, top: float, name: str, told: str) -> str:
    value, (low, high) = effect.estimate.value, effect.estimate.reach
    start, end = sorted((across(0.0), across(value)))
    return (
        f"<g><title>{escape(name)}: {escape(told)}</title>"
        f'<text x="{LABEL_WIDE - 10}" y="{top + 18}" text-anchor="end">{escape(_cut(name))}</text>'
        f'<rect class="{"up" if value >= 0 else "down"}" x="{start:.1f}" y="{top + 6}" '
        f'width="{end - start:.1f}" height="16"/>'
        + _whisker(across(low), across(high), top + 14)
        + f'<text x="{WIDE}" y="{top + 18}" text-anchor="end">{escape(told)}</text></g>'
    )


def response(effect: Effect, name: str, between: tuple[float, float]) -> str:
    """
    Draw transfers seen along one factor, with the band of each level against the first.

    Parameters
    ----------
    effect
        The factor and its levels.
    name
        The factor in words.
    between
        Least and greatest number of transfers drawn; one scale for all factors tells at a glance
        which of them matters.
    """
    stops = effect.curve
    places = _spread([stop.at for stop in stops], EDGE, SMALL_WIDE - 16)
    rise = _scale(*between, SMALL_HIGH - 36, 30)
    line = " ".join(f"{x:.1f},{rise(s.mean):.1f}" for x, s in zip(places, stops, strict=True))
    marks = "".join(_mark(x, rise, stop) for x, stop in zip(places, stops, strict=True))
    body = (
        f'<text class="name" x="4" y="14">{escape(_cut(name, 40))}</text>'
        + _levels(*between, rise, SMALL_WIDE)
        + f'<polyline class="line" points="{line}"/>{marks}'
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
    hours, seen = _range([s.flown_h for s in settings]), _range([s.value for s in settings])
    across, rise = _scale(*hours, EDGE + 10, WIDE - 20), _scale(*seen, HIGH - 48, 16)
    chosen = {id(each) for each in best}
    ordered = sorted(settings, key=lambda setting: id(setting) in chosen)  # the best on top
    dots = "".join(
        _dot(each, across, rise, id(each) in chosen, words[number], links.get(number))
        for each in ordered
        for number in (each.trials[0].number,)
    )
    line = " ".join(f"{across(s.flown_h):.1f},{rise(s.value):.1f}" for s in best)
    foot = "".join(
        f'<text x="{across(tick):.1f}" y="{HIGH - 26}" text-anchor="middle">{tick:g}</text>'
        for tick in _nice(*hours)
    )
    axis = f'<text x="{WIDE / 2}" y="{HIGH - 6}" text-anchor="middle">flying hours</text>'
    path = f'<polyline class="line" points="{line}"/>'
    body = _levels(*seen, rise, WIDE) + foot + axis + path + dots
    return _svg(WIDE, HIGH, "Transfers seen against hours flown", body)


def _dot(
    setting: Setting, across: _Line, rise: _Line, best: bool, words: str, link: str | None
) -> str:
    told = f"{words}: {setting.value:.3g} transfers in {setting.flown_h:.0f} h"
    dot = (
        f'<circle class="{"best" if best else "dot"}" r="{6 if best else 4}" '
        f'cx="{across(setting.flown_h):.1f}" cy="{rise(setting.value):.1f}">'
        f"<title>{escape(told)}</title></circle>"
    )
    return f'<a href="{escape(link)}">{dot}</a>' if link else dot


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
    return f'<text x="{x:.1f}" y="{SMALL_HIGH - 16}" text-anchor="{anchor}">{escape(label)}</text>'


def _levels(low: float, high: float, rise: _Line, wide: float) -> str:
    """Draw faint lines at round numbers, with the numbers at their left ends."""
    return "".join(
        f'<line class="grid" x1="{EDGE - 8}" x2="{wide}" y1="{rise(tick):.1f}" '
        f'y2="{rise(tick):.1f}"/><text x="{EDGE - 14}" y="{rise(tick) + 4:.1f}" '
        f'text-anchor="end">{tick:g}</text>'
        for tick in _nice(low, high)
    )


def _nice(low: float, high: float) -> list[float]:
    """
    Return a few round numbers within a range.

    Examples
    --------
    >>> _nice(-0.012, 0.031), _nice(76, 119)
    ([-0.01, 0.0, 0.01, 0.02, 0.03], [80.0, 90.0, 100.0, 110.0])
    """
    rough = (high - low) / MOST_TICKS
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * each for each in (1, 2, 5, 10) if scale * each >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{number * step:.6g}") for number in range(first, last + 1)]


def _signed(tick: float) -> str:
    return f"{tick:+g}" if tick else "0"


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
