"""Read a scenario: its file, what it extends, its overrides, and what the user set by hand."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from planner.errors import Fault, ScenarioError, nearest
from planner.files import MEGABYTE, inside, read_text
from planner.scenario.model import Scenario
from planner.scenario.positions import Path as KeyPath
from planner.scenario.positions import key_lines, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEEPEST_EXTENDS = 8
DEEPEST_KEY = 32
MOST_FAULTS = 100
_WORD = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_ENDLESS_KEY = re.compile(rf"(?<![\w-])(?:{_WORD}[ \t]*+\.[ \t]*+){{{DEEPEST_KEY}}}")


def read_scenario(
    path: Path, *, overrides: Sequence[str] = (), settings: Sequence[str] = ()
) -> Scenario:
    """
    Read a scenario file, whole and checked.

    Parameters
    ----------
    path
        The TOML file.
    overrides
        Names of tables under `overrides` to apply, in order.
    settings
        Changes as ``path=value``, the value in TOML; applied last.

    Raises
    ------
    ScenarioError
        With all faults found, each with ``file:line``.
    """
    layered = _read_layers(path)
    layered = _apply_overrides(layered, overrides)
    for setting in settings:
        layered = layered.merged(_setting(setting))
    return validated(layered)


@dataclass(frozen=True, slots=True)
class Layered:
    """Values from one or more sources, and where each of them stands."""

    values: dict[str, Any]
    origins: dict[KeyPath, str]
    folder: Path
    named: dict[str, Layered] = field(default_factory=dict)

    def merged(self, over: Layered) -> Layered:
        """Return these values with those of `over` laid on top; tables are merged key by key."""
        return Layered(
            _merge(self.values, over.values),
            {**self.origins, **over.origins},
            over.folder if over.folder != Path() else self.folder,
            {**self.named, **over.named},
        )

    def origin(self, path: KeyPath) -> str:
        """Return where a key stands, or its nearest ancestor."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins.get(path, self.origins[()])


def validated(layered: Layered) -> Scenario:
    """
    Check the values against the scenario model.

    Raises
    ------
    ScenarioError
        With a fault for each value that is unknown, missing, of the wrong type or out of range.
    """
    try:
        scenario = Scenario.model_validate(layered.values)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        faults = [_fault(error, layered) for error in errors[:MOST_FAULTS]]
        if len(errors) > MOST_FAULTS:
            more = f"{len(errors) - MOST_FAULTS:,} more faults"
            faults.append(Fault(layered.origin(()), more, "none"))
        raise ScenarioError(faults) from None
    return scenario.placed(layered.folder, layered.origins)


def _read_layers(path: Path, above: tuple[Path, ...] = ()) -> Layered:
    text = read_text(path, limit=MEGABYTE, error=ScenarioError)
    _refuse_endless_keys(path, text)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ScenarioError([_syntax_fault(path, problem)]) from None
    lines = key_lines(text)
    own = _own_layer(path, values, lines)
    if "extends" not in values:
        return own
    base = _extended(path, values["extends"], f"{path}:{line_of(('extends',), lines)}", above)
    return base.merged(own)


def _refuse_endless_keys(path: Path, text: str) -> None:
    # The TOML parser's time grows with the square of a key's parts.
    found = _ENDLESS_KEY.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        expected = f"at most {DEEPEST_KEY} parts"
        raise ScenarioError([Fault(f"{path}:{line}", "a key of endless parts", expected)])


def _own_layer(path: Path, values: dict[str, Any], lines: dict[KeyPath, int]) -> Layered:
    origins = {key: f"{path}:{line}" for key, line in lines.items()}
    origins[()] = f"{path}:1"
    tables = values.get("overrides", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        found = Fault(origins.get(("overrides",), f"{path}:1"), "overrides", "named tables")
        raise ScenarioError([found])
    named = {
        name: Layered(
            table,
            {key[2:]: at for key, at in origins.items() if key[:2] == ("overrides", name)},
            path.parent,
        )
        for name, table in tables.items()
    }
    own = {key: value for key, value in values.items() if key not in {"extends", "overrides"}}
    return Layered(own, origins, path.parent, named)


def _extended(path: Path, name: object, where: str, above: tuple[Path, ...]) -> Layered:
    base = inside(path.parent, name) if isinstance(name, str) else None
    if base is None:
        expected = f"a file in {path.parent}"
        raise ScenarioError([Fault(where, f"extends = {name!r}", expected)])
    if base in above or base == path.resolve() or len(above) >= DEEPEST_EXTENDS:
        raise ScenarioError([Fault(where, f"extends = {name!r}", "no circle of files")])
    return _read_layers(path.parent / str(name), (*above, path.resolve()))


def _apply_overrides(layered: Layered, names: Sequence[str]) -> Layered:
    unknown = [name for name in names if name not in layered.named]
    if unknown:
        raise ScenarioError(
            Fault(
                layered.origins[()],
                f"override {name!r}",
                f"one of {', '.join(sorted(layered.named)) or 'none'}",
                nearest(name, layered.named),
            )
            for name in unknown
        )
    named = layered.named
    for name in names:
        layered = layered.merged(named[name])
    return layered


def _setting(setting: str) -> Layered:
    path, equals, value = setting.partition("=")
    where = f"--set {setting}"
    try:
        keys = list(_dotted(path))
    except (ValueError, RecursionError):
        keys = []
    if not equals or not keys:
        raise ScenarioError([Fault(where, "no path=value", "for example solver.seconds=5")])
    values: Any = _literal(value)
    for key in reversed(keys):
        values = {key: values}
    return Layered(values, {(): where, tuple(keys): where}, Path())


def _dotted(path: str) -> Iterable[str]:
    table: Any = tomllib.loads(f"{path.strip()} = 0")
    while isinstance(table, dict):
        ((key, table),) = table.items()
        yield str(key)


def _literal(text: str) -> Any:
    """Read a TOML value; anything that is none is taken as a string."""
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return values["value"] if len(values) == 1 else text


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**under, **over}
    for key in under.keys() & over.keys():
        if isinstance(under[key], dict) and isinstance(over[key], dict):
            merged[key] = _merge(under[key], over[key])
    return merged


def _syntax_fault(path: Path, problem: Exception) -> Fault:
    message = str(problem)
    text, _, place = message.partition(" (at line ")
    line = place.partition(",")[0] if place else "1"
    return Fault(f"{path}:{line}", text or "nested too deeply", "valid TOML")


def _fault(error: Any, layered: Layered) -> Fault:
    loc: KeyPath = tuple(part for part in error["loc"] if not _is_branch(part))
    where = layered.origin(loc)
    name = _dotted_name(loc)
    if error["type"] == "extra_forbidden":
        known = _known_keys(loc[:-1])
        expected = "a known key" if len(known) > 12 else f"one of {', '.join(known)}"
        return Fault(where, f"unknown key {name}", expected, nearest(str(loc[-1]), known))
    if error["type"] == "missing":
        known = [str(key) for key in _given_keys(layered.values, loc[:-1])]
        return Fault(where, f"no {name}", "a value", nearest(str(loc[-1]), known))
    if error["type"] == "value_error":
        found, _, expected = error["msg"].removeprefix("Value error, ").partition(", expected ")
        return Fault(where, f"{name}: {found}" if name else found, expected or "another value")
    if error["type"] in {"too_short", "too_long"}:
        bound = error["ctx"].get("min_length", error["ctx"].get("max_length"))
        words = "at least" if error["type"] == "too_short" else "at most"
        return Fault(where, f"{name} has too many or too few entries", f"{words} {bound}")
    expected = error["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    hint = ""
    if error["type"] == "literal_error":
        hint = nearest(
            str(error["input"]), str(error["ctx"]["expected"]).replace("'", "").split(", ")
        )
    return Fault(where, f"{name} = {_shown(error['input'])}", expected, hint)


def _is_branch(part: object) -> bool:
    """Tell pydantic's names of union branches and key checks from keys of the file."""
    return isinstance(part, str) and (
        part == "[key]" or "[" in part or part in {"constrained-str", "float", "literal"}
    )


def _dotted_name(loc: KeyPath) -> str:
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return name.removeprefix(".")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _known_keys(loc: KeyPath) -> list[str]:
    """Return the keys that may stand in the table at `loc`."""
    annotation: Any = Scenario
    for part in loc:
        annotation = _below(_table_type(annotation), part)
    table = _table_type(annotation)
    is_table = isinstance(table, type) and issubclass(table, BaseModel)
    return sorted(table.model_fields) if is_table else []


def _table_type(annotation: Any) -> Any:
    """Return the model, mapping or array of tables that an annotation allows, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {dict, tuple}:
        return annotation
    found = (_table_type(argument) for argument in get_args(annotation))
    return next((each for each in found if each is not None), None)


def _below(table: Any, part: object) -> Any:
    """Return the annotation of one entry of a table, mapping or array."""
    if get_origin(table) is dict:
        return get_args(table)[1]
    if get_origin(table) is tuple:
        return get_args(table)[0]
    fields = getattr(table, "model_fields", {})
    return fields[part].annotation if part in fields else None


def _given_keys(values: Any, loc: KeyPath) -> list[str]:
    for part in loc:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return []
    return list(values) if isinstance(values, dict) else []
