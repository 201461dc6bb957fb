"""Other plans a commander may choose: nearly as good as the run's own, and unlike it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.check import check
from planner.description import describe
from planner.evaluation.alternatives import MOST_LOSS, alternatives, trade
from planner.evaluation.contribution import waterfall
from planner.evaluation.relaxation import stated
from planner.explaining import Explanation, effort_of
from planner.pipeline import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.pipeline import Run
    from planner.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    Another plan.

    Parameters
    ----------
    plan
        Checked like any plan.
    unlike
        How unlike the nearest of the run's own plan and the choices before it, in [0, 1].
    line
        What it trades, in one line.
    """

    plan: Plan
    unlike: float
    line: str


def other_plans(
    run: Run,
    *,
    count: int,
    loss: float = MOST_LOSS,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Choice, ...]:
    """
    Return up to `count` other plans that lose no more than a share of the run's own.

    The search takes as long again as the run's own did.

    Raises
    ------
    PlanError
        When the independent check finds a fault in one of them.
    """
    problem, best = run.formulation.problem, run.result.routes
    if not best:
        return ()
    effort = effort_of(run.scenario, seconds=run.scenario.solver.seconds, stop=stop)
    found = alternatives(problem, best, effort, count=count, loss=loss)
    ids = [run.theatre.grid.ids[cell] for cell in run.formulation.cells]
    choices = []
    for number, each in enumerate(found, start=1):
        result = replace(run.result, routes=each.routes, value=each.value)
        plan = describe(
            run.scenario, run.theatre, run.belief, run.formulation, result,
            Explanation(
                result=result, reasons={}, gains=(), notes=(),
                waterfall=waterfall(problem, each.routes, {}),
            ),
            name=f"{run.plan.name}-alternative-{number}", content_hash=run.plan.hash,
        )  # fmt: skip
        plan = stated(plan, run.scenario, run.plan.relaxed)
        refuse(check(plan, run.scenario))
        line = trade(problem, best, each, ids)
        titled = plan.model_copy(update={"title": f"{plan.title} (alternative {number}: {line})"})
        choices.append(Choice(plan=titled, unlike=each.unlike, line=line))
    return tuple(choices)
