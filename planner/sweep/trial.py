"""Make one run of a sweep, wherever it is sent."""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from planner.errors import Fault, PlannerError, ScenarioError
from planner.sweep.outcome import Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.pipeline import Run
    from planner.plan import Plan
    from planner.scenario.model import Scenario
    from planner.sweep.stages import Memory

NAME_LENGTH = 12


def plan_one(order: Order) -> Outcome:
    """
    Make one run; whatever goes wrong is told in its outcome.

    The plan's name is the beginning of the run's key, so equal runs give equal plans to the byte.
    """
    begun = time.perf_counter()
    try:
        made = _made(order)
    except PlannerError as problem:
        made = Outcome(error=str(problem))
    except MemoryError:
        made = Outcome(error="out of memory")
    return Outcome(
        numbers=made.numbers,
        drawn=made.drawn,
        plan=made.plan,
        error=made.error,
        seconds=time.perf_counter() - begun,
        peak_mb=peak_mb(),
    )


def key_numbers(plan: Plan) -> dict[str, float]:
    """Return the numbers of a plan that sweeps compare, by name."""
    value = plan.value
    band = value.band90 or (value.transfers, value.transfers)
    numbers = {
        "transfers": value.transfers,
        "barrels": value.barrels,
        "score": value.score,
        "share": value.transfers / value.total if value.total else 0.0,
        "low90": band[0],
        "high90": band[1],
        "sorties": float(len(plan.sorties)),
        "flown_h": sum(sortie.airborne_h + sortie.ferry_h for sortie in plan.sorties),
        "search_h": sum(sortie.search_h for sortie in plan.sorties),
    }
    if value.bound is not None and value.gap is not None:
        numbers |= {"bound": value.bound, "gap": value.gap}
    return numbers


def peak_mb() -> float:
    """Return the most memory this process has held, in megabytes; zero where nobody counts."""
    with suppress(OSError):  # what getrusage tells on Linux began with the parent's memory
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        told = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
        if told:
            return int(told[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _made(order: Order) -> Outcome:
    from planner.cache import Cache
    from planner.outputs.folder import plan_json
    from planner.sweep.stages import run_sharing

    found = run_sharing(
        _scenario(order),
        name=order.key[:NAME_LENGTH],
        cache=Cache(Path(order.cache) if order.cache else None),
        memory=_memory(),
    )
    _refuse_changed(order.files, found.inputs)
    return Outcome(numbers=key_numbers(found.plan), drawn=_drawn(found), plan=plan_json(found.plan))


@cache
def _memory() -> Memory:
    """Return what this worker remembers from one run to the next."""
    from planner.sweep.stages import Memory

    return Memory()


def _scenario(order: Order) -> Scenario:
    from planner.scenario.model import Scenario

    try:
        return Scenario.model_validate_json(order.scenario).placed(Path(order.folder), {})
    except ValidationError as problem:
        raise ScenarioError(
            Fault(".".join(map(str, error["loc"])) or "scenario", str(error["input"])[:80],
                  error["msg"])
            for error in problem.errors(include_url=False)
        ) from None  # fmt: skip


def _drawn(run: Run) -> tuple[float, ...]:
    """Return the transfers seen under each of the equally likely surfaces."""
    import numpy as np

    if not len(run.belief.ratios):
        return ()
    seen = np.array([cell.seen for cell in run.plan.cells])
    values = (run.belief.ratios @ seen) * run.belief.count_factors
    return tuple(float(f"{value:.6g}") for value in values)


def _refuse_changed(pinned: Mapping[str, str], inputs: Mapping[str, bytes]) -> None:
    from planner.cache import digest

    changed = [name for name, seal in pinned.items()
               if name in inputs and digest([inputs[name]]) != seal]  # fmt: skip
    if changed:
        expected = "the content it had when the sweep began"
        raise ScenarioError(Fault(name, "changed", expected) for name in changed)
