"""Every file a scenario reads, by content, so that a run can be told apart and replayed."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from planner import __version__
from planner.cache import digest
from planner.errors import Fault, ScenarioError
from planner.events.reading import BUILT_IN
from planner.files import MEGABYTE, inside, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from planner.scenario.model import Scenario

MOST_BYTES = 500 * MEGABYTE
SHIPPED = ("transfers.csv", "stations.csv", "aircraft.csv", "airspace.geojson")


def gather(scenario: Scenario) -> dict[str, bytes]:
    """Return the content of every file that the scenario reads, by the name it is called by."""
    own = {
        name: read_bytes(beside(scenario, name, *key), limit=MOST_BYTES, error=ScenarioError)
        for name, key in _named(scenario)
    }
    data = resources.files("planner") / "data"
    shipped = {f"shipped/{name}": (data / name).read_bytes() for name in SHIPPED}
    return {"scenario": _as_json(scenario), **own, **shipped}


def content_hash(inputs: Mapping[str, bytes]) -> str:
    """Return one hash of all inputs and of the planner's version."""
    parts = [part for name in sorted(inputs) for part in (name.encode(), inputs[name])]
    return digest([__version__.encode(), *parts])


def beside(scenario: Scenario, name: str, *key: str | int) -> Path:
    """
    Return the path of a file that a scenario names.

    Raises
    ------
    ScenarioError
        When it leads out of the scenario's folder.
    """
    if inside(scenario.folder, name) is None:
        expected = "a file in the scenario's folder"
        raise ScenarioError([Fault(scenario.where(*key), f"file {name!r}", expected)])
    return scenario.folder / name


def _named(scenario: Scenario) -> list[tuple[str, tuple[str, ...]]]:
    """Return the files that a scenario names, each with the key it stands at."""
    history = scenario.history
    events = () if history.events == BUILT_IN else (history.events,)
    return [
        *((name, ("history", "events")) for name in events),
        *((name, ("history", "effort")) for name in history.effort_files),
        *((name, ("airspace", "files")) for name in scenario.airspace.files),
    ]


def _as_json(scenario: Scenario) -> bytes:
    return json.dumps(scenario.model_dump(mode="json"), ensure_ascii=False).encode()
