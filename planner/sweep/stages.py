"""Make the stages that runs share once, keyed by the content of all they rest on."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar, cast

from planner.cache import digest
from planner.fleet import muster
from planner.inputs import gather
from planner.pipeline import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.cache import Cache
    from planner.pipeline import Run
    from planner.scenario.model import Scenario

Made = TypeVar("Made")

# The tables of a scenario that each stage reads; a test watches that it reads no others.
RESTS_ON = {
    "theatre": ("area", "airspace", "stations"),
    "events": ("area", "airspace", "stations", "history", "period"),
    "belief": ("area", "airspace", "stations", "history", "period", "hotspots", "demand", "seed"),
}
MOST_KEPT = 12


class Memory:
    """
    What one worker remembers of shared stages; the longest unused is forgotten first.

    Attributes
    ----------
    made
        How often each stage was made rather than remembered.
    """

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self.made: dict[str, int] = {}
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._most_kept = most_kept

    def once(self, key: str, stage: str, make: Callable[[], Made]) -> Made:
        """Return what was made under this key, or make it."""
        if key not in self._kept:
            self.made[stage] = self.made.get(stage, 0) + 1
            self._kept[key] = make()
        self._kept.move_to_end(key)
        found = self._kept[key]
        while len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)
        return cast("Made", found)


def run_sharing(scenario: Scenario, *, name: str, cache: Cache, memory: Memory) -> Run:
    """Turn a scenario into a checked plan, with what earlier runs of this worker made."""
    keys = stage_keys(scenario)

    def once(stage: str, make: Callable[[], Made]) -> Made:
        return memory.once(keys[stage], stage, make)

    return run(scenario, name=name, cache=cache, once=once)


def stage_keys(scenario: Scenario) -> dict[str, str]:
    """Return the name of each shared stage by content."""
    bases, _ = muster(scenario)
    files = {name: digest([data]) for name, data in gather(scenario).items() if name != "scenario"}
    common = [str(scenario.folder), [asdict(base) for base in bases], files]
    values = scenario.model_dump(mode="json")
    return {
        stage: _key(stage, common, {table: values[table] for table in tables})
        for stage, tables in RESTS_ON.items()
    }


def _key(*parts: Any) -> str:
    return digest([json.dumps(part, sort_keys=True, ensure_ascii=False).encode() for part in parts])
