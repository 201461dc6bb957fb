"""Show how far a sweep is, what failed, and when it will probably end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from planner.commands.interrupting import Interrupting

if TYPE_CHECKING:
    from rich.console import Console

    from planner.sweep.outcome import Order, Outcome


class Runs(ExitStack):
    """
    A bar over the runs of a sweep.

    Interrupted once, the runs under way are finished and no more begun.
    """

    def __init__(self, console: Console, total: int, done: int) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("Runs", total=total, completed=done, note="")
        self._user = Interrupting(
            lambda: self._bar.update(self._task, note="finishing the runs under way")
        )
        self._causes: set[str] = set()
        self.failed = 0

    def __enter__(self) -> Self:
        """Begin to show, and to listen for the user."""
        super().__enter__()
        self.enter_context(self._user)
        self.enter_context(self._bar)
        return self

    def told(self, order: Order, outcome: Outcome) -> None:
        """Move the bar on; a failure is shown at once, with its cause."""
        if outcome.error:
            self.failed += 1
            cause = "for the same cause" if outcome.error in self._causes else outcome.error
            self._causes.add(outcome.error)
            self._bar.console.print(
                f"failed: {escape(order.called or order.key[:12])}: {escape(cause)}",
                highlight=False,
                soft_wrap=True,
            )
        note = f"{self.failed} failed" if self.failed else ""
        self._bar.update(self._task, advance=1, note=note)
        if not self._bar.console.is_terminal:
            self._tell_log()

    def _tell_log(self) -> None:
        """Where no bar can be shown, tell each twentieth of the runs."""
        task = self._bar.tasks[0]
        done, total = int(task.completed), int(task.total or 0)
        if 20 * done // total > 20 * (done - 1) // total:
            left = task.time_remaining
            when = "" if left is None else f", about {left / 60:.0f} min left"
            self._bar.console.print(f"{done} of {total} runs{when}", highlight=False)

    def interrupted(self) -> bool:
        """Return whether the user asked to finish."""
        return self._user.asked
