"""Which figures of a scenario are assumptions, and why each was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.scenario.model import Scenario

Path = tuple[str, ...]


def assumptions(scenario: Scenario) -> list[tuple[str, str, str]]:
    """
    Return what is assumed in words, the value taken, and why, in the order of the scenario.

    Every figure that nobody has published is marked in the model or named under `assumptions` in
    the file. Detachments that share a value are told together.
    """
    own = {tuple(path.split(".")): why for path, why in scenario.assumptions.items()}
    told: dict[tuple[str, str, str], list[str]] = {}
    for path, words, value, why in _figures(scenario, ()):
        reason = own.get(path, why)
        if reason:
            owner = path[1] if path[0] == "aircraft" else ""
            told.setdefault((words, _shown(value), reason), []).append(owner)
    everyone = {name for name, terms in scenario.aircraft.items() if terms.count}
    return [
        (f"{words}{_owned(owners, everyone)}", value, why)
        for (words, value, why), owners in told.items()
    ]


def _figures(table: BaseModel, path: Path) -> Iterator[tuple[Path, str, Any, str]]:
    """Yield path, meaning, value and the model's reason of every figure, marked or not."""
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if isinstance(value, BaseModel):
            yield from _figures(value, (*path, name))
        elif isinstance(value, dict):
            for key, entry in value.items():
                if isinstance(entry, BaseModel):
                    yield from _figures(entry, (*path, name, key))
        else:
            extra = field.json_schema_extra
            why = str(extra.get("assumption", "")) if isinstance(extra, dict) else ""
            words = (field.description or name).rstrip(".").partition(";")[0]
            yield (*path, name), _in_context(path, words), value, why


def _in_context(path: Path, words: str) -> str:
    """Say what a table of its own is about, where the key's own words do not."""
    return f"Sweep width: {words[0].lower()}{words[1:]}" if "sweep_width_nm" in path else words


def _owned(owners: list[str], everyone: set[str]) -> str:
    names = [owner for owner in owners if owner in everyone]
    return "" if not names or set(names) == everyone else f" ({', '.join(names)})"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value))
    return str(value)
