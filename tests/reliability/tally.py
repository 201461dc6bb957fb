"""What a reliability test did, counted, for the summary table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Tally:
    """
    Inputs tried, faults injected, and what went wrong.

    Parameters
    ----------
    name
        What was tried.
    inputs
        Inputs given, good or bad.
    injected
        Faults among them: hostile files, kills, full disks.
    failures
        One sentence for each promise that was broken.
    figure
        A measured figure in words, where there is one.
    """

    name: str
    inputs: int = 0
    injected: int = 0
    failures: list[str] = field(default_factory=list)
    figure: str = ""

    def count(self, failure: str | None, *, injected: bool = True) -> None:
        """Count one input, and what went wrong with it if anything did."""
        self.inputs += 1
        self.injected += injected
        if failure:
            self.failures.append(failure)


def table(tallies: list[Tally]) -> Iterator[str]:
    """Yield the lines of the summary table."""
    yield f"{'tried':<44}{'inputs':>8}{'faults':>8}{'failed':>8}  measured"
    for each in tallies:
        failed = len(each.failures)
        yield f"{each.name:<44}{each.inputs:>8}{each.injected:>8}{failed:>8}  {each.figure}"
    for each in tallies:
        yield from (f"FAILED {each.name}: {failure}" for failure in each.failures)
