"""The whole stream, from a scenario to a checked plan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from planner.belief import Belief, believe, known_events
from planner.check import check, read_coasts
from planner.description import describe
from planner.errors import Fault, PlanError
from planner.evaluation.relaxation import keep_most, stated, to_relax
from planner.explaining import explain
from planner.fleet import muster
from planner.flyable import flyable
from planner.formulation import Formulation, formulate
from planner.inputs import content_hash, gather
from planner.loading import WHILE_SOLVING, loading
from planner.outputs.maps.shore import land_around
from planner.pins import keep_orders, without_orders
from planner.solvers.warming import is_warm, ready
from planner.solving import proof_seconds, search_on, solve
from planner.theatre import Theatre, lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.cache import Cache
    from planner.fleet import Base
    from planner.pins import Kept
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
    relax: bool = False,
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
    relax
        Whether to look for the fewest limits to relax when nothing can be flown.

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
    kept = keep_orders(scenario, theatre, pose(scenario))
    charts = partial(_read_charts, scenario, theatre, bases)
    kept, result = _solved(
        scenario, kept, tell=tell, progress=progress, stop=stop, meanwhile=charts
    )
    formulation, relaxed = kept.formulation, kept.aside
    stuck = relax and not result.routes and not stop()
    if stuck:
        tell("Looking for what to relax")
        relaxed += to_relax(scenario, partial(flyable, cache=cache))
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
    plan = stated(plan, scenario, relaxed, stuck=stuck)
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


def _solved(
    scenario: Scenario,
    kept: Kept,
    *,
    tell: Callable[[str], None],
    progress: Callable[[float, float], None] | None,
    stop: Callable[[], bool],
    meanwhile: Callable[[], None],
) -> tuple[Kept, Result]:
    """Solve, and set aside the orders that no plan was found to keep beside the others."""
    terms, seed = scenario.solver, scenario.seed
    proof = proof_seconds(terms) > 0
    if not is_warm(bound=proof):
        tell("Compiling the solver, once; a minute or two")
    ready(bound=proof)
    tell("Solving")
    with loading(WHILE_SOLVING, meanwhile):
        result = solve(kept.formulation.problem, terms, seed=seed, progress=progress, stop=stop)
    again = partial(search_on, terms=terms, seed=seed, stop=stop)
    return keep_most(scenario, kept, result, again)


def _read_charts(scenario: Scenario, theatre: Theatre, bases: Sequence[Base]) -> None:
    """Read the coasts that the check and the map will need, whatever the plan."""
    stations = [(base.lon, base.lat) for base in bases]
    read_coasts(scenario, stations)
    land_around([*map(tuple, theatre.grid.lonlat.tolist()), *stations])


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
