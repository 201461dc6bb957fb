"""When nothing can be flown: the fewest limits of the scenario that must give way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.scenario.model import Scenario

    Path = tuple[str | int, ...]

CALM = 3
LONGEST_H = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    Something in a scenario that may keep aircraft on the ground.

    Parameters
    ----------
    path
        Where it stands in the scenario.
    value
        What stands there.
    loose
        What would stand there if it gave way.
    """

    path: Path
    value: Any
    loose: Any

    def told(self, scenario: Scenario) -> str:
        """Return where it stands and what it says, for people."""
        return f"{scenario.where(*self.path)}: {'.'.join(map(str, self.path))} = {_word(self)}"


def relaxation(scenario: Scenario, flyable: Callable[[Scenario], bool]) -> tuple[Limit, ...]:
    """
    Return limits that together keep everything on the ground, none of them to spare.

    All limits are loosened, then put back one by one, the hardest to change first, wherever
    something can be flown all the same: the deletion filter of [1]_. What is still loose at the end
    makes the scenario flyable, and with any one of it put back, in the order tried, it was not.

    Parameters
    ----------
    scenario
        In which nothing can be flown.
    flyable
        Whether anything can be flown under a scenario.

    Returns
    -------
    limits
        Empty when nothing can be flown even with every limit loosened.

    References
    ----------
    .. [1] Chinneck, J. W., & Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets
       in linear programs. *ORSA Journal on Computing*, 3(2), 157-168.
    """
    loose = [limit for limit in limits(scenario) if limit.value != limit.loose]
    if not flyable(loosened(scenario, loose)):
        return ()
    for limit in tuple(loose):
        others = [each for each in loose if each is not limit]
        if flyable(loosened(scenario, others)):
            loose = others
    return tuple(loose)


def loosened(scenario: Scenario, chosen: list[Limit] | tuple[Limit, ...]) -> Scenario:
    """Return the scenario with some limits loosened."""
    changed: Any = scenario
    for limit in chosen:
        changed = _replaced(changed, limit.path, limit.loose)
    return changed  # type: ignore[no-any-return]


def limits(scenario: Scenario) -> Iterator[Limit]:
    """Yield the limits of a scenario, from the hardest to change to the easiest."""
    yield from _of(scenario, ("demand",), transfers_per_year=1.0)
    yield from _of(scenario, ("airspace",), breadth_nm=0.0, margins_nm={})
    yield from _of(scenario, ("airspace",), pyongyang_fir="shown", dprk_zones="shown", files=())
    yield from _of(scenario, ("weather",), default_state=CALM, sea=())
    for name in scenario.aircraft:
        here = ("aircraft", name)
        yield from _of(scenario, here, endurance_h=LONGEST_H, duty_h=LONGEST_H, overland=True)
    yield from _of(scenario, ("rules",), dwell_h=(min(0.25, *scenario.rules.dwell_h),))
    for name in scenario.stations:
        yield from _of(scenario, ("stations", name), open=True, hours=None)
    for name in scenario.aircraft:
        here = ("aircraft", name)
        yield from _of(scenario, here, available=1.0, budget_h=None, hours=None)
        yield from _of(scenario, here, from_date=None, to_date=None)
    yield from _of(scenario, ("pins",), grounded=(), never=(), looks=(), sorties=())


def _of(scenario: Scenario, table: Path, **loose: Any) -> Iterator[Limit]:
    here: Any = scenario
    for key in table:
        here = here[key] if isinstance(here, dict) else getattr(here, str(key))
    for key, value in loose.items():
        yield Limit(path=(*table, key), value=getattr(here, key), loose=value)


def _replaced(here: Any, path: Path, value: Any) -> Any:
    """Return a table with the value at a path replaced."""
    if not path:
        return value
    key, *rest = path
    if isinstance(here, BaseModel):
        changed = _replaced(getattr(here, str(key)), tuple(rest), value)
        return here.model_copy(update={str(key): changed})
    return {**here, key: _replaced(here[key], tuple(rest), value)}


def _word(limit: Limit) -> str:
    if isinstance(limit.value, (tuple, dict)) and limit.path[0] != "rules":
        return f"{len(limit.value)} entries"
    return "the catalogue's" if limit.value is None else str(limit.value)
