"""Read back what a run wrote: a plan, and the scenario its manifest holds."""

from __future__ import annotations

import json
import reprlib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.errors import Fault, PlanError, ScenarioError
from planner.files import MEGABYTE, read_text
from planner.plan import Plan
from planner.scenario import read_scenario
from planner.scenario.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from planner.errors import FaultsError

MOST_BYTES = 200 * MEGABYTE
MOST_FAULTS = 50
SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 80


def read_plan(path: Path) -> Plan:
    """
    Read a plan.json.

    Raises
    ------
    PlanError
        With every key that is unknown, missing or out of range, up to fifty of them.
    """
    text = read_text(path, limit=MOST_BYTES, error=PlanError)
    try:
        return Plan.model_validate_json(text)
    except ValidationError as problem:
        faults = [
            Fault(f"{path}: {'.'.join(map(str, error['loc']))}", _shown(error), error["msg"])
            for error in problem.errors(include_url=False)[:MOST_FAULTS]
        ]
        raise PlanError(faults) from None


def scenario_of(plan: Path, scenario: Path | None = None) -> Scenario:
    """
    Return the scenario a plan was made for: the one given, or that of the manifest beside it.

    Raises
    ------
    ScenarioError
        When there is no such scenario, or it is not one.
    """
    if scenario is not None:
        return read_scenario(scenario)
    path = plan.with_name("manifest.json")
    manifest = read_json(path, ScenarioError)
    try:
        return Scenario.model_validate(manifest["scenario"])
    except (KeyError, TypeError, ValidationError):
        fault = Fault(str(path), "no scenario in it", "a manifest of a run", "or give --scenario")
        raise ScenarioError([fault]) from None


def read_json(path: Path, error: type[FaultsError]) -> Any:
    """Read a JSON file, bounded; what is not JSON is a fault with its line."""
    try:
        return json.loads(read_text(path, limit=MOST_BYTES, error=error))
    except json.JSONDecodeError as problem:
        raise error([Fault(f"{path}:{problem.lineno}", problem.msg, "valid JSON")]) from None
    except (RecursionError, ValueError):
        raise error([Fault(str(path), "nested too deeply or too long", "valid JSON")]) from None


def _shown(error: Any) -> str:
    text = SHORT.repr(error.get("input"))  # the input may be the whole file
    return text if len(text) <= 80 else text[:77] + "..."
