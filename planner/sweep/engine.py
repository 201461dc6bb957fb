"""Make the runs of a sweep with any executor, and lose none."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from planner.errors import Fault
from planner.sweep.outcome import Outcome
from planner.sweep.processes import OverdueError
from planner.sweep.store import SweepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

    from planner.sweep.outcome import Order

MOST_DEATHS = 3
LOOK_UP_S = 0.5
MOST_LETTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    How runs are made.

    Parameters
    ----------
    width
        Runs under way at once; as many as the executor has workers.
    limit_s
        Longest a run may take, in seconds.
    keep_going
        Whether the rest is still made when a run has failed.
    """

    width: int
    limit_s: float = float("inf")
    keep_going: bool = True


def make(
    orders: Iterable[Order],
    executor: Executor,
    work: Callable[[Order], Outcome],
    *,
    terms: Terms,
    record: Callable[[Order, Outcome], None],
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """
    Make every run and record what became of it.

    No more runs are handed out than there are workers, so that a run begins when it is handed out,
    and memory does not grow with the sweep.

    Parameters
    ----------
    orders
        The runs to make.
    executor
        What carries them out.
    work
        What makes one run; must be importable where the workers are.
    terms
        How many at once, and for how long.
    record
        Told each order and its outcome, in this thread.
    stop
        Asked now and then whether to begin no more runs; those under way are finished.

    Raises
    ------
    SweepError
        When the executor is gone; what was recorded until then is kept.
    """
    _Making(iter(orders), executor, work, terms, record, stop).through()


@dataclass(frozen=True, slots=True)
class _Attempt:
    order: Order
    begun: float
    deaths: int = 0


class _Making:
    """The runs under way, and those to be made again because their worker died."""

    def __init__(
        self,
        orders: Iterator[Order],
        executor: Executor,
        work: Callable[[Order], Outcome],
        terms: Terms,
        record: Callable[[Order, Outcome], None],
        stop: Callable[[], bool],
    ) -> None:
        self.orders, self.executor, self.work = orders, executor, work
        self.terms, self.record, self.stop = terms, record, stop
        self.running: dict[Future[Outcome], _Attempt] = {}
        self.again: list[_Attempt] = []
        self.failed = False

    def through(self) -> None:
        self._hand_out()
        while self.running:
            done, _ = wait(self.running, timeout=LOOK_UP_S, return_when=FIRST_COMPLETED)
            ended = [(self.running.pop(future), future) for future in done]
            settled = [(a.order, found) for a, f in ended if (found := self._settled(a, f))]
            settled += self._overdue()
            self.failed |= any(outcome.error for _, outcome in settled)
            self._hand_out()  # before recording, so that no worker waits for the disk
            for order, outcome in settled:
                self.record(order, outcome)

    def _hand_out(self) -> None:
        if self.stop() or (self.failed and not self.terms.keep_going):
            return
        free = self.terms.width - len(self.running)
        again, self.again = self.again[:free], self.again[free:]
        fresh = islice(self.orders, free - len(again))
        for attempt in (*again, *(_Attempt(order, 0.0) for order in fresh)):
            try:
                future = self.executor.submit(self.work, attempt.order)
            except (OSError, RuntimeError) as problem:
                raise _gone(problem) from None
            self.running[future] = replace(attempt, begun=time.monotonic())

    def _overdue(self) -> list[tuple[Order, Outcome]]:
        """Give up on runs whose worker ought to have ended them and has not."""
        last = time.monotonic() - 1.5 * self.terms.limit_s - 10
        late = [future for future, attempt in self.running.items() if attempt.begun < last]
        for future in late:
            future.cancel()
        return [(attempt.order, self._too_long(attempt)) for attempt in map(self.running.pop, late)]

    def _too_long(self, attempt: _Attempt) -> Outcome:
        why = f"took longer than {self.terms.limit_s:g} s and was ended"
        return Outcome(seconds=time.monotonic() - attempt.begun, error=why)

    def _settled(self, attempt: _Attempt, future: Future[Outcome]) -> Outcome | None:
        """Return what became of a run, or None when it is to be made again."""
        seconds = time.monotonic() - attempt.begun
        try:
            problem = future.exception()
        except CancelledError as cancelled:
            raise _gone(cancelled) from None
        if problem is None:
            return future.result()
        if isinstance(problem, OverdueError):
            return self._too_long(attempt)
        if not isinstance(problem, BrokenExecutor):
            first = f"{type(problem).__name__}: {problem}".partition("\n")[0]
            return Outcome(seconds=seconds, error=first[:MOST_LETTERS])
        if attempt.deaths + 1 < MOST_DEATHS:
            self.again.append(replace(attempt, deaths=attempt.deaths + 1))
            return None
        why = f"its worker died {MOST_DEATHS} times; it may have run out of memory"
        return Outcome(seconds=seconds, error=why)


def _gone(problem: BaseException) -> SweepError:
    found = f"the workers are gone ({type(problem).__name__}: {problem})"
    return SweepError([Fault("sweep", found, "workers", "what is done is kept; use --resume")])
