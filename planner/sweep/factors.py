"""What a sweep varies, as a user writes it: a list, a range, or words."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from planner.errors import Fault, ScenarioError

MOST_VALUES = 100_000
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
RANGE = re.compile(rf"\s*({NUMBER})\s*:\s*({NUMBER})\s*(?::\s*({NUMBER})\s*)?")


@dataclass(frozen=True, slots=True)
class Factor:
    """
    One thing that is varied.

    Parameters
    ----------
    path
        Dotted path of a value in the scenario.
    values
        Its values, in order, as JSON holds them.
    span
        Least and greatest value when a sample may take any value between.
    whole
        Whether values between must be whole numbers.
    """

    path: str
    values: tuple[Any, ...]
    span: tuple[float, float] | None = None
    whole: bool = False

    def at(self, share: float) -> Any:
        """
        Return the value at a share in [0, 1) of the way from the first to the last.

        Examples
        --------
        >>> Factor("x", (1, 2, 3), (1.0, 3.0), whole=True).at(0.99)
        3
        >>> Factor("x", (8.0, 9.0), (8.0, 9.0)).at(0.25)
        8.25
        >>> Factor("x", ("a", "b")).at(0.5)
        'b'
        """
        if self.span is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high = self.span
        if self.whole:
            return int(min(low + int(share * (high - low + 1)), high))
        return float(f"{low + share * (high - low):.6g}")


def read_factor(path: str, given: Any, where: str) -> Factor:
    """
    Read the values that a path takes.

    Parameters
    ----------
    path
        Dotted path of a value in the scenario.
    given
        A list of values, or text: ``start:stop``, ``start:stop:step`` (both ends belong), or
        values in TOML between commas. Numbers without a point stay whole.
    where
        Where it is said, for faults.

    Raises
    ------
    ScenarioError
        When there is no value, or the range is empty or too long.

    Examples
    --------
    >>> read_factor("aircraft.p3c-naha.count", "1:4", "--vary").values
    (1, 2, 3, 4)
    >>> read_factor("hotspots.half_life_days", "30,90.5", "--vary").values
    (30, 90.5)
    >>> read_factor("solver.name", "greedy,search", "--vary").values
    ('greedy', 'search')
    """
    if isinstance(given, str):
        match = RANGE.fullmatch(given)
        if match:
            return _range(path, match, where)
        given = _listed(given)
    values = tuple(
        json.loads(json.dumps(given if isinstance(given, list) else [given], default=str))
    )
    if not values or len(values) > MOST_VALUES:
        raise ScenarioError([_fault(path, given, where)])
    return Factor(path, tuple({json.dumps(value): value for value in values}.values()))


def split_vary(text: str, option: str = "--vary") -> tuple[str, str]:
    """
    Split ``path=values`` as given to ``--vary`` or another option.

    Raises
    ------
    ScenarioError
        When there is no path or no equals sign.
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise ScenarioError(
            [Fault(f"{option} {text}", "no path=values", "for example aircraft.p3c-naha.count=1:4")]
        )
    return path.strip(), values.strip()


def flattened(table: dict[str, Any], above: str = "") -> dict[str, Any]:
    """
    Return nested tables as dotted paths, so that keys need no quotes in TOML.

    Examples
    --------
    >>> flattened({"solver": {"name": ["greedy"]}, "rules.share_cells": [True]})
    {'solver.name': ['greedy'], 'rules.share_cells': [True]}
    """
    flat: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{above}.{key}" if above else key
        flat.update(flattened(value, path) if isinstance(value, dict) else {path: value})
    return flat


def shown(value: Any) -> str:
    """Return a value of a factor as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range(path: str, match: re.Match[str], where: str) -> Factor:
    texts = [text for text in match.groups() if text is not None]
    whole = all(re.fullmatch(r"[-+]?\d+", text) for text in texts)
    low, high, step = (*map(float, texts), 1.0)[:3]
    if not (low < high and step > 0 and (high - low) / step < MOST_VALUES):
        raise ScenarioError([_fault(path, match.group(0), where)])
    count = int((high - low) / step + 1e-9) + 1
    steps = [float(f"{low + number * step:.12g}") for number in range(count)]
    values = tuple(int(value) for value in steps) if whole else tuple(steps)
    return Factor(path, values, None if len(texts) == 3 else (low, high), whole)


def _listed(text: str) -> Any:
    try:
        return tomllib.loads(f"values = [{text}]")["values"]
    except tomllib.TOMLDecodeError:
        return [_literal(each.strip()) for each in text.split(",")]


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _fault(path: str, given: Any, where: str) -> Fault:
    expected = f"1 to {MOST_VALUES:,} values, as a list or start:stop[:step] with start below stop"
    return Fault(where, f"{path} = {str(given)[:60]}", expected)
