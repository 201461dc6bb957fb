"""What a run was made of: inputs by content, versions, limits and result."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from planner import __version__
from planner.cache import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.plan import Plan
    from planner.scenario.model import Scenario

FORMAT = "patrol-manifest 1"
LIBRARIES = ("geopandas", "numba", "numpy", "ortools", "pyproj", "scipy", "shapely")


def manifest(
    scenario: Scenario, plan: Plan, inputs: Mapping[str, bytes], outputs: Mapping[str, bytes]
) -> str:
    """
    Return `manifest.json`: enough to replay the run and to see what differs.

    Parameters
    ----------
    scenario
        As resolved.
    plan
        As written.
    inputs, outputs
        Name and content of every file read and written.
    """
    record: dict[str, Any] = {
        "format": FORMAT,
        "name": plan.name,
        "hash": plan.hash,
        "scenario": scenario.model_dump(mode="json"),
        "versions": {
            "planner": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "result": {
            "status": plan.status,
            "solver": plan.solver,
            "score": plan.value.score,
            "bound": plan.value.bound,
            "gap": plan.value.gap,
        },
        "inputs": {name: digest([data]) for name, data in sorted(inputs.items())},
        "outputs": {name: digest([data]) for name, data in sorted(outputs.items())},
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"
