"""Write a scenario back as TOML, every default resolved."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.scenario.model import Scenario


def as_toml(scenario: Scenario) -> str:
    """Return the scenario as TOML text that reads back as the same scenario."""
    return "\n".join(_lines(scenario.model_dump(exclude_none=True))) + "\n"


def _lines(table: Mapping[str, Any], header: str = "") -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if header and (plain or not table):
        yield f"\n[{header}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{header}.{_key(key)}" if header else _key(key))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
