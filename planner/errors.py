"""What can be wrong with what a user gave us, and how we say it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PlannerError(Exception):
    """Base of every error that a user can mend; the command line prints it and exits with 2."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong in a file.

    Parameters
    ----------
    where
        The place as a user finds it, for example ``scenarios/week.toml:31``.
    found
        What stands there, for example ``aircraft[1].endurance_h = -4``.
    expected
        What should stand there, for example ``> 0 hours``.
    hint
        The way out, for example the nearest right name. May be empty.
    """

    where: str
    found: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.where}: {self.found}, expected {self.expected}{hint}"


class FaultsError(PlannerError, ValueError):
    """All faults of one file, told together."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class ScenarioError(FaultsError):
    """A scenario file, or a value in it, does not make sense."""


class EventsError(FaultsError):
    """A file of reports cannot be read as one."""


class PlanError(FaultsError):
    """A plan file is not one, or the plan breaks a rule."""


def nearest(name: str, known: Iterable[str]) -> str:
    """
    Return a hint that names the known word nearest to `name`, or nothing.

    Examples
    --------
    >>> nearest("endurence_h", ["endurance_h", "speed_kn"])
    "did you mean 'endurance_h'?"
    >>> nearest("zzz", ["endurance_h"])
    ''
    """
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""
