"""What is asked of a tipping point, as a user writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.errors import Fault, ScenarioError, nearest
from planner.scenario.model import Scenario
from planner.sweep.factors import Factor, read_factor, split_vary
from planner.sweep.pinning import flat
from planner.sweep.trials import OVERRIDE

if TYPE_CHECKING:
    from planner.sweep.pinning import Pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    Where along a factor a choice comes to matter; or, without a choice, where enough is seen.

    Parameters
    ----------
    along
        A factor with a range.
    choice
        Two values of another factor, or an override without and with; absent when the transfers
        seen themselves are asked about.
    least
        Transfers from which on the choice matters, or enough is seen.
    """

    along: Factor
    choice: Factor | None
    least: float

    def sides(self) -> list[tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]]:
        """Return overrides and settings of the one or two plans that are compared."""
        if self.choice is None:
            return [((), ())]
        if self.choice.path.startswith(OVERRIDE):
            return [((), ()), ((self.choice.path.removeprefix(OVERRIDE),), ())]
        return [((), ((self.choice.path, value),)) for value in self.choice.values]


def read_question(pinned: Pinned, along: str, between: str | None, least: float) -> Question:
    """
    Read a question about a sweep.

    Parameters
    ----------
    pinned
        The sweep.
    along
        ``path=low:high``.
    between
        ``path=one,other``, or the name of an override that the sweep crosses; None to ask for the
        transfers seen.
    least
        As `Question` has it.

    Raises
    ------
    ScenarioError
        With all that is wrong with it.
    """
    factor = read_factor(*split_vary(along, "--tip"), "--tip")
    choice = None if between is None else _choice(between)
    faults = [*_faults(pinned, factor, "--tip"), *_faults(pinned, choice, "--between")]
    faults = list(dict.fromkeys(faults))
    if factor.span is None:
        faults.append(Fault(f"--tip {along}", "no range", "PATH=LOW:HIGH"))
    if choice is not None and len(choice.values) != 2:
        faults.append(Fault(f"--between {between}", "not two values", "PATH=ONE,OTHER"))
    if faults:
        raise ScenarioError(faults)
    return Question(along=factor, choice=choice, least=least)


def _choice(between: str) -> Factor:
    if "=" in between:
        return read_factor(*split_vary(between, "--between"), "--between")
    return Factor(OVERRIDE + between, (False, True))


def _faults(pinned: Pinned, factor: Factor | None, option: str) -> list[Fault]:
    """Return what is wrong: no such override, no such path, or a value that is not allowed."""
    if factor is None:
        return []
    if factor.path.startswith(OVERRIDE):
        name, crossed = factor.path.removeprefix(OVERRIDE), pinned.design.overrides
        expected = "PATH=ONE,OTHER or an override that the sweep crosses"
        fault = Fault(f"{option} {name}", "no such override", expected, nearest(name, crossed))
        return [] if name in crossed else [fault]
    ends = (factor.values[0], factor.values[-1])
    where = f"{option} {factor.path}"
    return [fault for value in ends for fault in _refused(pinned, factor.path, value, where)]


def _refused(pinned: Pinned, path: str, value: Any, where: str) -> list[Fault]:
    """Return why a value cannot be; a table the scenario leaves out may still be set."""
    try:
        Scenario.model_validate(pinned.varied((), [(path, value)]))
    except ValidationError as problem:
        known = list(flat(pinned.scenarios[""]))
        if path in known:
            return [Fault(where, f"{value!r}", each["msg"]) for each in problem.errors()]
        return [Fault(where, "no such path", "one of the scenario", nearest(path, known))]
    return []
