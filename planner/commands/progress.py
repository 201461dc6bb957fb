"""Show which stage a long command is in, and how far a search is."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from planner.commands.interrupting import Interrupting

if TYPE_CHECKING:
    from rich.console import Console


class Stages(ExitStack):
    """
    A line that names the present stage, with a bar while solving.

    Interrupted once, the solver is asked for its best plan so far. While it is being compiled there
    is none, and the command ends.
    """

    def __init__(self, console: Console, seconds: float) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[best]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("Starting", total=None, best="")
        self._seconds = seconds
        self._compiling = False
        self._user = Interrupting(self._finish)

    def __enter__(self) -> Self:
        """Begin to show, and to listen for the user."""
        super().__enter__()
        self.enter_context(self._user)
        self.enter_context(self._bar)
        return self

    def tell(self, stage: str) -> None:
        """Name the stage that begins."""
        self._compiling = stage.startswith("Compiling")
        total = self._seconds if stage == "Solving" else None
        self._bar.reset(self._task, description=stage, total=total, best="")

    def progress(self, seconds: float, value: float) -> None:
        """Show how far the search is and what its best plan is worth."""
        self._bar.update(self._task, completed=seconds, best=f"best {value:.3f}")

    def interrupted(self) -> bool:
        """Return whether the user asked to finish, and keep the bar moving."""
        task = self._bar.tasks[0]
        if task.total is not None and task.elapsed is not None:
            self._bar.update(self._task, completed=min(task.elapsed, task.total))
        return self._user.asked

    def _finish(self) -> None:
        if self._compiling:
            self._bar.stop()
            self._bar.console.print("Interrupted; nothing was written.")
            os._exit(130)  # a thread that compiles cannot be told to end
        self._bar.update(self._task, best="finishing with the best plan so far")
