"""Let the user end a long command without losing the best so far."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType


class Interrupting:
    """
    Listens for Ctrl-C and SIGTERM: the first one asks to finish, the second one ends the command.

    Parameters
    ----------
    say
        Called once, when the user asks to finish.
    """

    def __init__(self, say: Callable[[], object]) -> None:
        self._say = say
        self._before: dict[int, object] = {}
        self.asked = False

    def __enter__(self) -> Self:
        """Begin to listen."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._say()
