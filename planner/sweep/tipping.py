"""Find where something ceases to matter, by bisection: only the runs that the answer needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.errors import Fault, ScenarioError
from planner.sweep.conduct import conduct_orders, order_for
from planner.sweep.factors import read_factor, split_vary
from planner.sweep.store import Store, SweepError, stores
from planner.sweep.trial import plan_one
from planner.sweep.trials import MEASURE, read_sweep
from planner.sweep.words import Wording, shown, station

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from planner.sweep.engine import Terms
    from planner.sweep.factors import Factor
    from planner.sweep.outcome import Order, Outcome

MOST_STEPS = 7


def ask(
    folder: Path,
    along: str,
    between: str,
    *,
    worth: float,
    executor: Executor,
    terms: Terms,
    cache: Path | None = None,
    work: Callable[[Order], Outcome] = plan_one,
) -> str:
    """
    Find where along one factor the choice between two values of another ceases to matter.

    Everything else is as in the scenario; the sweep's seeds are used. Runs that the sweep has made
    are not made again, and the answer is kept for its report.

    Parameters
    ----------
    folder
        The sweep's folder.
    along
        ``path=low:high``.
    between
        ``path=one,other``.
    worth
        The choice matters when it changes transfers seen by at least this much.
    executor, terms, cache, work
        As `conduct` has them.

    Returns
    -------
    sentence
        The answer in words.

    Raises
    ------
    ScenarioError
        When `along` is no range or `between` not two values.
    SweepError
        When there is no sweep in the folder, or a run that is needed failed.
    """
    factor, choice = _asked(along, between)
    said = Wording(read_sweep(folder))
    with Store(stores(folder)[0], writing=True) as store:
        pinned = store.pinned()

        def matters(value: Any) -> bool:
            orders = [
                order_for(
                    pinned,
                    pinned.varied((), [(factor.path, value), (choice.path, each), ("seed", seed)]),
                    cache,
                )
                for each in choice.values
                for seed in pinned.design.seeds
            ]
            conduct_orders(store, orders, executor, terms, work=work)
            seen = [_seen(store, order) for order in orders]
            half = len(seen) // 2
            return abs(sum(seen[half:]) - sum(seen[:half])) / half >= worth

        sentence = _told(factor, _bisected(factor, matters), said, _choice_words(choice, said))
        limit = f" (less than {worth:g} transfers {said.per} counts as nothing)."
        store.remember_tip(f"{along} {between}", sentence + limit)
    return sentence + limit


def _asked(along: str, between: str) -> tuple[Factor, Factor]:
    factor = read_factor(*split_vary(along), "--tip")
    choice = read_factor(*split_vary(between), "--between")
    faults = []
    if factor.span is None:
        faults.append(Fault(f"--tip {along}", "no range", "PATH=LOW:HIGH"))
    if len(choice.values) != 2:
        faults.append(Fault(f"--between {between}", "not two values", "PATH=ONE,OTHER"))
    if faults:
        raise ScenarioError(faults)
    return factor, choice


def _bisected(factor: Factor, matters: Callable[[Any], bool]) -> tuple[Any, bool] | bool:
    """Return where it tips and whether it matters above; or, where it never tips, if it matters."""
    low, high = factor.values[0], factor.values[-1]
    at_low, at_high = matters(low), matters(high)
    if at_low == at_high:
        return at_low
    for _ in range(MOST_STEPS):
        middle = (low + high) // 2 if factor.whole else float(f"{(low + high) / 2:.6g}")
        if middle in (low, high):
            break
        low, high = (middle, high) if matters(middle) == at_low else (low, middle)
    return (high if factor.whole else float(f"{(low + high) / 2:.3g}")), at_high


def _told(factor: Factor, found: tuple[Any, bool] | bool, said: Wording, choice: str) -> str:
    if isinstance(found, bool):
        low, high = shown(factor.values[0]), said.level(factor.path, factor.values[-1])
        matters = "matters" if found else "does not matter"
        return f"From {low} to {high}, {choice} {matters} throughout"
    place, above = found
    where = said.level(factor.path, place)
    return f"{'Below' if above else 'From'} {where}, {choice} no longer matters"


def _choice_words(choice: Factor, said: Wording) -> str:
    one, other = choice.values
    if choice.path.startswith("stations.") and other in (True, False):
        return f"{'opening' if other else 'closing'} {station(choice.path.split('.')[1])}"
    return f"{said.name(choice.path)} {shown(one)} or {shown(other)}"


def _seen(store: Store, order: Order) -> float:
    row = store.outcome(order.key)
    if row is None or row.status != "done":
        why = row.error if row else "it was not made"
        raise SweepError(
            [Fault(str(store.path), f"a run failed: {why}", "every run of the answer")]
        )
    return row.numbers[MEASURE]
