"""What a worker is told, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

Number = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    One run, as it is sent to a worker: plain text only, so that any executor can carry it.

    Parameters
    ----------
    key
        Name of the run by content.
    scenario
        The scenario as JSON, not yet checked.
    called
        What people call it: its setting in a line.
    folder
        Folder that the scenario's paths are in.
    files
        SHA-256 of each file the run may read.
    cache
        Folder where stages keep what they computed; nothing is kept without one.
    """

    key: str
    scenario: str
    called: str = ""
    folder: str = ""
    files: dict[str, str] = field(default_factory=dict)
    cache: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What became of one run.

    Parameters
    ----------
    numbers
        Key numbers of the plan by name.
    drawn
        Transfers seen under each of the equally likely surfaces, in the order they were drawn;
        runs with the same seed see the same surfaces, so differences may be taken one by one.
    plan
        The plan as JSON text; empty when the run failed.
    seconds
        Wall-clock seconds of the run.
    peak_mb
        Most memory its worker has held so far, in megabytes.
    error
        Why it failed; empty when it did not.
    """

    numbers: dict[str, Number] = field(default_factory=dict)
    drawn: tuple[Number, ...] = ()
    plan: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0
    error: str = ""
