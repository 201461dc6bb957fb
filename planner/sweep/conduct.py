"""Carry a sweep through: hand its waiting runs to workers and keep what they answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planner.errors import Fault
from planner.sweep.engine import make
from planner.sweep.outcome import Order
from planner.sweep.store import Store, SweepError
from planner.sweep.trial import plan_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from planner.sweep.design import Point
    from planner.sweep.engine import Terms
    from planner.sweep.outcome import Outcome
    from planner.sweep.pinning import Pinned


def open_store(
    folder: Path,
    pinned: Pinned,
    *,
    shard: tuple[int, int] = (1, 1),
    resume: bool = False,
    retry_failed: bool = False,
) -> Store:
    """
    Begin a sweep in a folder, or go on with the one that is there.

    Parameters
    ----------
    folder
        The sweep's folder.
    pinned
        What to sweep.
    shard
        Which part of how many, counted from 1; each has a store of its own.
    resume
        Whether to go on with what is there.
    retry_failed
        Whether failed runs are made again.

    Raises
    ------
    SweepError
        When there is a sweep already and `resume` is not asked for, when it is another one, or
        when it is damaged or in use.
    """
    store = Store(folder / store_name(shard), writing=True)
    try:
        if not store.begun:
            store.begin(pinned, part_of(pinned, shard))
        elif resume or retry_failed:
            store.resume(pinned, retry_failed=retry_failed)
        else:
            hint = "go on with it with --resume, or begin another with --out"
            raise SweepError([Fault(str(store.path), "a sweep is there already", "none", hint)])
    except BaseException:
        store.close()
        raise
    return store


def conduct(
    store: Store,
    executor: Executor,
    terms: Terms,
    *,
    cache: Path | None = None,
    work: Callable[[Order], Outcome] = plan_one,
    told: Callable[[Order, Outcome], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """
    Make every run that waits.

    Parameters
    ----------
    store
        Open to write.
    executor, terms, work, stop
        As `make` has them.
    cache
        Folder where stages keep what they computed, for this sweep and later ones.
    told
        Told each run after it is kept.
    """
    pinned = store.pinned()
    orders = (
        order_for(pinned, pinned.scenario(point), cache, called=point.words)
        for point in store.waiting()
    )
    _keep(store, orders, executor, terms, work, told, stop)


def conduct_orders(
    store: Store,
    orders: Sequence[Order],
    executor: Executor,
    terms: Terms,
    *,
    work: Callable[[Order], Outcome] = plan_one,
) -> None:
    """Make those of some runs that the store does not hold yet; arguments as `conduct` has them."""
    known = {order.key: store.outcome(order.key) for order in orders}
    missing = [o for o in orders if (row := known[o.key]) is None or row.status != "done"]
    _keep(store, missing, executor, terms, work, None, lambda: False)


def order_for(
    pinned: Pinned, scenario: Mapping[str, Any], cache: Path | None, *, called: str = ""
) -> Order:
    """Return a run as it is sent to a worker."""
    return Order(
        key=pinned.key(scenario),
        scenario=json.dumps(scenario, ensure_ascii=False),
        called=called,
        folder=pinned.folder,
        files=pinned.files,
        cache=str(cache) if cache else None,
    )


def store_name(shard: tuple[int, int]) -> str:
    """
    Return the name of a shard's store.

    Examples
    --------
    >>> store_name((1, 1)), store_name((2, 4))
    ('sweep.sqlite', 'sweep-2-of-4.sqlite')
    """
    part, parts = shard
    return "sweep.sqlite" if parts == 1 else f"sweep-{part}-of-{parts}.sqlite"


def part_of(pinned: Pinned, shard: tuple[int, int]) -> Iterator[Point]:
    """Yield the points of one shard: every n-th, so that each shard sees all of the space."""
    part, parts = shard
    return (point for point in pinned.design.points() if point.number % parts == part - 1)


def _keep(
    store: Store,
    orders: Iterable[Order],
    executor: Executor,
    terms: Terms,
    work: Callable[[Order], Outcome],
    told: Callable[[Order, Outcome], None] | None,
    stop: Callable[[], bool],
) -> None:
    def record(order: Order, outcome: Outcome) -> None:
        store.record(order.key, outcome)
        if told is not None:
            told(order, outcome)

    make(orders, executor, work, terms=terms, record=record, stop=stop)
