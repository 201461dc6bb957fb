"""Find where something ceases to matter, by bisection: only the runs that the answer needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import Fault
from planner.sweep.conduct import conduct_orders, order_for
from planner.sweep.effects import half_band
from planner.sweep.question import read_question
from planner.sweep.store import Store, SweepError, stores
from planner.sweep.tip_words import tip_sentence
from planner.sweep.trial import plan_one
from planner.sweep.trials import MEASURE, read_sweep
from planner.sweep.words import Wording

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from planner.sweep.engine import Terms
    from planner.sweep.outcome import Order, Outcome
    from planner.sweep.pinning import Pinned
    from planner.sweep.question import Question

MOST_STEPS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """How many transfers a choice moves (or are seen), and half of its 90 % band over seeds."""

    value: float
    half: float


def ask(
    folder: Path,
    along: str,
    between: str | None,
    *,
    least: float,
    executor: Executor,
    terms: Terms,
    cache: Path | None = None,
    work: Callable[[Order], Outcome] = plan_one,
) -> str:
    """
    Find where along one factor a choice ceases to matter, or enough transfers come to be seen.

    Everything else is as in the scenario; the sweep's seeds are used. Runs that the sweep has made
    are not made again, and the answer is kept for its report.

    Parameters
    ----------
    folder
        The sweep's folder.
    along, between, least
        As `read_question` has them.
    executor, terms, cache, work
        As `conduct` has them.

    Returns
    -------
    sentence
        The answer in words.

    Raises
    ------
    ScenarioError
        When the question makes no sense for this sweep.
    SweepError
        When there is no sweep in the folder, or a run that is needed failed.
    """
    said = Wording(read_sweep(folder))
    with Store(stores(folder)[0], writing=True) as store:
        pinned = store.pinned()
        question = read_question(pinned, along, between, least)

        def weigh(value: Any) -> Weight:
            sides = _orders(pinned, question, value, cache)
            conduct_orders(store, [o for side in sides for o in side], executor, terms, work=work)
            seen = np.array([[_seen(store, order) for order in side] for side in sides])
            gains = seen[0] if question.choice is None else seen[1] - seen[0]
            return Weight(value=abs(float(gains.mean())), half=half_band(gains))

        answer = tip_sentence(question, _bisected(question, weigh), said)
        store.remember_tip(f"{along} {between} {least:g}", answer)
    return answer


def _orders(
    pinned: Pinned, question: Question, value: Any, cache: Path | None
) -> list[list[Order]]:
    """Return the runs that one place along the factor needs, by side and seed."""
    place = (question.along.path, value)
    return [
        [
            order_for(pinned, pinned.varied(names, [place, *settings, ("seed", seed)]), cache)
            for seed in pinned.design.seeds
        ]
        for names, settings in question.sides()
    ]


def _bisected(question: Question, weigh: Callable[[Any], Weight]) -> dict[Any, Weight]:
    """Return what was weighed, by place: both ends, and halves towards where it tips."""
    factor, least = question.along, question.least
    low, high = factor.values[0], factor.values[-1]
    found = {low: weigh(low), high: weigh(high)}
    below = found[low].value >= least
    if below == (found[high].value >= least):
        return found
    for _ in range(MOST_STEPS):
        middle = (low + high) // 2 if factor.whole else float(f"{(low + high) / 2:.6g}")
        if middle in (low, high):
            break
        found[middle] = weigh(middle)
        low, high = (middle, high) if (found[middle].value >= least) == below else (low, middle)
    return found


def _seen(store: Store, order: Order) -> float:
    row = store.outcome(order.key)
    if row is None or row.status != "done":
        why = row.error if row else "it was not made"
        raise SweepError(
            [Fault(str(store.path), f"a run failed: {why}", "every run of the answer")]
        )
    return row.numbers[MEASURE]
