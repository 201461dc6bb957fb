"""The whole stream, from a scenario to a checked plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from planner.belief import Belief, believe
from planner.check import check
from planner.description import describe
from planner.errors import Fault, PlanError
from planner.events.reading import BUILT_IN, read_events
from planner.explaining import explain
from planner.fleet import muster
from planner.formulation import Formulation, formulate
from planner.inputs import beside, content_hash, gather
from planner.loading import AFTER_SOLVING, loading
from planner.pins import keep_orders, without_orders
from planner.solvers.warming import is_warm, warm
from planner.solving import solve
from planner.theatre import Theatre, lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.cache import Cache
    from planner.events.collection import Events
    from planner.plan import Plan
    from planner.problem import Result
    from planner.scenario.model import Scenario

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything one run made, stage by stage."""

    scenario: Scenario
    inputs: Mapping[str, bytes]
    theatre: Theatre
    belief: Belief
    formulation: Formulation
    result: Result
    plan: Plan


def _silence(stage: str) -> None:
    """Tell nobody of a stage."""
    del stage


class Once(Protocol):
    """Makes a stage, or returns what it made when everything the stage rests on was the same."""

    def __call__(self, stage: str, make: Callable[[], Made]) -> Made:
        """Return what `make` makes."""
        ...


def at_once(stage: str, make: Callable[[], Made]) -> Made:
    """Make a stage and remember nothing."""
    del stage
    return make()


def run(
    scenario: Scenario,
    *,
    name: str,
    cache: Cache,
    tell: Callable[[str], None] = _silence,
    progress: Callable[[float, float], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    once: Once = at_once,
) -> Run:
    """
    Turn a scenario into a checked plan.

    Parameters
    ----------
    scenario
        As read and resolved.
    name
        Name of the plan, as its folder bears.
    cache
        Where stages keep what they computed.
    tell
        Called with the name of each stage as it begins.
    progress
        Told seconds and value of each improvement.
    stop
        Asked now and then whether to finish with the best plan so far.
    once
        Makes the stages that many runs of a sweep share.

    Raises
    ------
    ScenarioError, EventsError
        With the faults of the scenario or of its reports.
    PlanError
        When the independent check finds a fault in the plan; no such plan is returned.
    """
    inputs = gather(scenario)
    rng = np.random.default_rng(scenario.seed)
    bases, detachments = muster(scenario)
    tell("Laying out sea and airspace")
    theatre = once("theatre", partial(lay_out, scenario, bases, cache))
    tell("Reading reports")
    events = once("events", partial(known_events, scenario, theatre))
    tell("Estimating the surface")
    belief = once("belief", partial(believe, scenario, theatre, events, rng, cache))
    tell("Posing the problem")
    pose = partial(formulate, theatre=theatre, belief=belief, bases=bases,
                   detachments=detachments, cache=cache)  # fmt: skip
    formulation = keep_orders(scenario, theatre, pose(scenario))
    proof = bool(scenario.solver.bound_seconds)
    if not is_warm(bound=proof):
        tell("Compiling the solver, once; a minute or two")
        warm(bound=proof)
    tell("Solving")
    with loading(AFTER_SOLVING):
        result = solve(
            formulation.problem, scenario.solver, seed=scenario.seed, progress=progress, stop=stop
        )
    tell("Explaining")
    explanation = explain(
        scenario, theatre, belief, formulation, result,
        free=partial(pose, without_orders(scenario)), stop=stop,
    )  # fmt: skip
    tell("Writing the plan down")
    plan = describe(
        scenario, theatre, belief, formulation, explanation.result, explanation,
        name=name, content_hash=content_hash(inputs),
    )  # fmt: skip
    tell("Checking the plan")
    refuse(check(plan, scenario))
    _refuse_changed(inputs, gather(scenario))
    return Run(
        scenario=scenario,
        inputs=inputs,
        theatre=theatre,
        belief=belief,
        formulation=formulation,
        result=explanation.result,
        plan=plan,
    )


def known_events(scenario: Scenario, theatre: Theatre) -> Events:
    """Read the reports that were known before the period, or by the scenario's earlier date."""
    terms = scenario.history
    start = scenario.period.start
    known_by = datetime.combine(terms.known_by or start.date(), time(), start.tzinfo)
    return read_events(
        BUILT_IN
        if terms.events == BUILT_IN
        else beside(scenario, terms.events, "history", "events"),
        now=min(known_by, start),
        columns=terms.columns,
        timezone=terms.timezone,
        area=theatre.area,
        land=theatre.land.whole(),
    )


def refuse(violations: tuple[str, ...]) -> None:
    """Raise `PlanError` when the check found anything."""
    if violations:
        raise PlanError(Fault("plan", each, "a plan that may be flown") for each in violations)


def _refuse_changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    changed = [name for name in before if after.get(name) != before[name]]
    if changed:
        raise PlanError(
            Fault(name, "changed during the run", "the same content") for name in changed
        )
