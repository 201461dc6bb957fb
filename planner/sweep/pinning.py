"""Hold a sweep's inputs fast: what is edited after it began changes nothing, or is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner import __version__
from planner.cache import digest
from planner.errors import Fault, ScenarioError, nearest
from planner.scenario import read_scenario
from planner.sweep.design import Design, crossed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from planner.scenario.model import Scenario
    from planner.sweep.design import Point

SCENARIO = "scenario"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """
    A sweep as it was asked for, with everything it reads.

    Parameters
    ----------
    design
        Which runs it makes.
    scenarios
        The resolved scenario by the overrides applied, names joined by ``+``.
    files
        SHA-256 of each file the runs read, by the name it is called by.
    version
        Version of the planner.
    folder
        Folder that the scenario's paths are in.
    """

    design: Design
    scenarios: dict[str, dict[str, Any]]
    files: dict[str, str]
    version: str
    folder: str

    def scenario(self, point: Point) -> dict[str, Any]:
        """Return the scenario of one run, as JSON holds it, not yet checked."""
        return self.varied(point.overrides, (*point.settings, ("seed", point.seed)))

    def varied(
        self, overrides: Sequence[str], settings: Sequence[tuple[str, Any]]
    ) -> dict[str, Any]:
        """Return the scenario with overrides and settings applied, as JSON holds it."""
        values: dict[str, Any] = self.scenarios["+".join(overrides)]
        for path, value in settings:
            values = _with(values, path.split("."), value)
        return values

    def key(self, scenario: Mapping[str, Any]) -> str:
        """Return the name of a run by content: the same scenario and files, the same key."""
        parts = [self.version, _canonical(scenario), _canonical(self.files)]
        return digest([part.encode() for part in parts])


def pin(
    path: Path,
    design: Design,
    *,
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Pinned:
    """
    Read everything a sweep needs and check each value it takes.

    Parameters
    ----------
    path
        The scenario file.
    design
        What is varied.
    overrides, settings
        Changes to all runs, as `read_scenario` takes them.

    Raises
    ------
    ScenarioError
        With a fault for each path that does not exist (and the nearest that does), and each value
        that the scenario does not allow.
    """
    scenarios: dict[str, dict[str, Any]] = {}
    files: dict[str, str] = {}
    for names in crossed(design.overrides):
        scenario = read_scenario(path, overrides=(*overrides, *names), settings=settings)
        scenarios["+".join(names)] = _plain(scenario)
        files |= _digests(scenario)
    for scenario in _tried(path, design, overrides, settings):
        files |= _digests(scenario)
    return Pinned(
        design=design,
        scenarios=scenarios,
        files=dict(sorted(files.items())),
        version=__version__,
        folder=str(path.resolve().parent),
    )


def changes(before: Pinned, after: Pinned) -> list[str]:
    """Return what differs between two sweeps, in words; nothing when they are the same."""
    found = [] if before.design == after.design else ["what is varied"]
    if before.version != after.version:
        found.append(f"the planner's version ({before.version}, now {after.version})")
    for names in before.scenarios.keys() & after.scenarios.keys():
        one, other = flat(before.scenarios[names]), flat(after.scenarios[names])
        differ = sorted(
            path for path in one.keys() | other.keys() if one.get(path) != other.get(path)
        )
        found += [f"{path} ({one.get(path)!r}, now {other.get(path)!r})" for path in differ]
    files = before.files.keys() | after.files.keys()
    found += [
        f"file {name}" for name in sorted(files) if before.files.get(name) != after.files.get(name)
    ]
    return list(dict.fromkeys(found))


def flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """
    Return the values of nested tables by dotted path.

    Examples
    --------
    >>> flat({"a": {"b": 1}, "c": []})
    {'a.b': 1, 'c': []}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{above}.{key}" if above else key
        found.update(flat(value, path) if isinstance(value, dict) and value else {path: value})
    return found


def _tried(
    path: Path, design: Design, overrides: Sequence[str], settings: Sequence[str]
) -> Iterator[Scenario]:
    """Yield the scenario with each value of each factor alone; all faults are told at once."""
    known = list(flat(_plain(read_scenario(path, overrides=overrides, settings=settings))))
    faults: list[Fault] = []
    for factor in design.factors:
        where = f"--vary {factor.path}"
        for value in factor.values:
            setting = f"{factor.path}={_toml(value)}"
            try:
                yield read_scenario(path, overrides=overrides, settings=(*settings, setting))
            except ScenarioError as problem:
                if _exists(factor.path, known):
                    faults += [replace(fault, where=where) for fault in problem.faults]
                    continue
                hint = nearest(factor.path, known)
                faults.append(Fault(where, "no such path", "one of the scenario", hint))
                break
    if faults:
        raise ScenarioError(faults)


def _exists(path: str, known: Sequence[str]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for name in known)


def _digests(scenario: Scenario) -> dict[str, str]:
    from planner.inputs import gather

    return {name: digest([data]) for name, data in gather(scenario).items() if name != SCENARIO}


def _plain(scenario: Scenario) -> dict[str, Any]:
    """
    Return the scenario as JSON holds it, without its sweep: runs do not depend on that.

    Nothing is proved or explained unless seconds for it are given: sweeps compare what plans see.
    """
    values = scenario.model_dump(mode="json")
    terms = values["solver"]
    spared = {name: terms[name] or 0.0 for name in ("bound_seconds", "explain_seconds")}
    return {
        **{name: value for name, value in values.items() if name != "sweep"},
        "solver": {**terms, **spared},
    }


def _with(values: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    below = values.get(path[0])
    if len(path) == 1:
        return {**values, path[0]: value}
    return {**values, path[0]: _with(below if isinstance(below, dict) else {}, path[1:], value)}


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False)
