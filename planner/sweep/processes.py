"""Workers on this machine, kept apart so that the death of one is the loss of one run."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import threading
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Given = ParamSpec("Given")
Made = TypeVar("Made")

EXIT_S = 2.0
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class OverdueError(BrokenExecutor):
    """A call took longer than it may, and its worker ended with it."""


class Processes(Executor):
    """
    An executor of several pools with one worker each.

    A pool breaks as a whole when one of its workers dies, and nobody then knows which call was to
    blame. With one worker to a pool it is plain, and the other pools work on.

    Parameters
    ----------
    jobs
        How many workers.
    limit_s
        A call that takes longer than this many seconds ends with its worker, and with an
        `OverdueError`.
    memory_mb
        Most memory a worker may take, in megabytes, where the system can limit it; a call that
        wants more raises `MemoryError`.
    """

    def __init__(
        self, jobs: int, *, limit_s: float = float("inf"), memory_mb: float | None = None
    ) -> None:
        self._settle = partial(_settle, memory_mb)
        self._limit_s = limit_s
        self._lanes = [_Lane(self._settle) for _ in range(jobs)]

    def submit(
        self, fn: Callable[Given, Made], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Made]:
        """Give a call to the worker with the least to do."""
        lane = min(self._lanes, key=lambda each: each.pending)
        return lane.submit(_watched, self._limit_s, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: after what they are doing, or at once when not waiting."""
        with ThreadPoolExecutor(len(self._lanes)) as together:
            for lane in self._lanes:
                together.submit(lane.end, wait=wait, cancel=cancel_futures)


class _Lane:
    """One pool with one worker, made anew when the worker has died."""

    def __init__(self, settle: Callable[[], None]) -> None:
        self._settle = settle
        self._worker: Any = None
        self._pool = self._new()
        self.pending = 0

    def submit(self, call: Callable[..., Made], *args: Any) -> Future[Made]:
        before = set(multiprocessing.active_children())
        try:
            within = self._pool.submit(call, *args)
        except BrokenExecutor:
            self._pool = self._new()
            within = self._pool.submit(call, *args)
        self._worker = next(iter(set(multiprocessing.active_children()) - before), self._worker)
        self.pending += 1
        told: Future[Made] = Future()
        told.set_running_or_notify_cancel()
        within.add_done_callback(partial(self._over, told, self._worker))
        return told

    def end(self, *, wait: bool, cancel: bool) -> None:
        if not wait and self._worker is not None:
            self._worker.kill()
        self._pool.shutdown(wait=True, cancel_futures=cancel)

    def _new(self) -> ProcessPoolExecutor:
        # A forked copy of a process with threads may hang; a fresh one cannot.
        fresh = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=fresh, initializer=self._settle)

    def _over(self, told: Future[Made], worker: Any, within: Future[Made]) -> None:
        self.pending -= 1
        problem = CancelledError() if within.cancelled() else within.exception()
        if isinstance(problem, BrokenExecutor) and _ended_itself(worker):
            problem = OverdueError("took too long")
        if problem is None:
            told.set_result(within.result())
        else:
            told.set_exception(problem)


def _ended_itself(worker: Any) -> bool:
    """Tell a worker that ended with its time limit from one that was killed or crashed."""
    worker.join(EXIT_S)
    return bool(worker.exitcode == 1)


def _settle(memory_mb: float | None) -> None:
    """Make a fresh process a worker: one thread, deaf to Ctrl-C, gone when its parent is."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    if memory_mb is not None and os.name == "posix":
        import resource

        most = int(memory_mb * 1e6)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _watched(limit_s: float, call: Callable[[], Made]) -> Made:
    """Call, and end the whole process when that takes too long, whatever it is doing."""
    if limit_s == float("inf"):
        return call()
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(limit_s, exit=True, file=nowhere)
        try:
            return call()
        finally:
            faulthandler.cancel_dump_traceback_later()
