"""When not all can be kept: the fewest limits, or standing orders, that must give way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pydantic import BaseModel

from planner.pins import without_looks
from planner.plan import Relaxed
from planner.rules import SLACK_H

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from planner.pins import Kept
    from planner.plan import Plan
    from planner.problem import Problem, Result, Routes
    from planner.scenario.model import PinnedLook, Scenario

    Path = tuple[str | int, ...]
    Again = Callable[[Problem, Routes], Result]

Loose = TypeVar("Loose")

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

    def as_relaxed(self) -> Relaxed:
        """Return where it stands and what it says, for a plan."""
        path = self.path[:-1] if self.path[-1] == self.value else self.path
        return Relaxed(where=".".join(map(str, path)), found=_word(self))


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
    return fewest(loose, lambda chosen: flyable(loosened(scenario, chosen)))


def to_relax(scenario: Scenario, flyable: Callable[[Scenario], bool]) -> tuple[Relaxed, ...]:
    """Return the limits of `relaxation` as a plan tells them."""
    return tuple(limit.as_relaxed() for limit in relaxation(scenario, flyable))


def fewest(loose: Sequence[Loose], enough: Callable[[Sequence[Loose]], bool]) -> tuple[Loose, ...]:
    """
    Return some of what is loose that is enough to be loose, none of it to spare.

    Each is put back in turn wherever the others are enough: the deletion filter of `relaxation`.

    Examples
    --------
    >>> fewest([1, 2, 3, 4], lambda chosen: sum(chosen) >= 6)
    (3, 4)
    """
    left = list(loose)
    for each in loose:
        others = [other for other in left if other is not each]
        if enough(others):
            left = others
    return tuple(left)


def keep_most(scenario: Scenario, kept: Kept, result: Result, again: Again) -> tuple[Kept, Result]:
    """Set aside the `unkept` looks of the orders; the plan returned makes all others."""
    rows, result = unkept(kept.formulation.problem, result, again)
    why = "no plan was found that keeps it beside the other orders"
    return without_looks(scenario, kept, rows, why), result


def unkept(problem: Problem, result: Result, again: Again) -> tuple[tuple[int, ...], Result]:
    """
    Return the fewest required looks that no plan was found to make beside the others.

    Parameters
    ----------
    problem
        Each of its required looks can be made by itself.
    result
        The plan found; it makes as many of them as the search could.
    again
        Searches a problem from some routes.

    Returns
    -------
    rows
        Of the problem's required looks. Each was searched for once more beside the others, so that
        none is to spare as far as the search can tell.
    result
        A plan that makes all others.
    """
    best = [result]

    def enough(rows: Sequence[int]) -> bool:
        asked = replace(problem, required=np.delete(problem.required, rows, axis=0))
        found = again(asked, best[-1].routes)
        whole = not _unmet(asked, found.routes)
        if whole:
            best.append(replace(best[-1], routes=found.routes, value=found.value))
        return whole

    return fewest(_unmet(problem, result.routes), enough), best[-1]


def stated(
    plan: Plan, scenario: Scenario, relaxed: Sequence[Relaxed], *, stuck: bool = False
) -> Plan:
    """
    Return the plan with what had to give way, for people and for programs.

    Parameters
    ----------
    plan
        As described.
    scenario
        Which it answers.
    relaxed
        Standing orders set aside, which say why, and limits that would have to give way. Looks
        that the plan makes all the same are left out.
    stuck
        Whether nothing can be flown and limits were looked for.
    """
    made = {f"pins.looks[{n}]" for n, look in enumerate(scenario.pins.looks) if _made(plan, look)}
    relaxed = [each for each in relaxed if each.where not in made]
    orders = [f"{each.where} ({each.found}), since {each.why}" for each in relaxed if each.why]
    limits = [f"{each.where} = {each.found}" for each in relaxed if not each.why]
    told = []
    if orders:
        told.append(
            f"Not all standing orders can be kept. Set aside, none to spare: {'; '.join(orders)}."
        )
    if limits:
        start = "Nothing can be flown. Relaxing these together is enough, and none is to spare: "
        told.append(f"{start}{'; '.join(limits)}.")
    elif stuck:
        told.append("Nothing can be flown, whatever limit of the scenario is relaxed.")
    status = "partial" if orders and plan.sorties else plan.status
    noted = {"relaxed": tuple(relaxed), "notes": (*told, *plan.notes), "status": status}
    return plan.model_copy(update=noted)


def _made(plan: Plan, look: PinnedLook) -> bool:
    return any(
        visit.cell == look.cell
        and look.from_time <= visit.start + (visit.end - visit.start) / 2 <= look.to_time
        for sortie in plan.sorties
        for visit in sortie.visits
    )


def _unmet(problem: Problem, routes: Routes) -> list[int]:
    looks = problem.looks(routes)
    return [
        row
        for row, (cell, from_h, to_h) in enumerate(problem.required)
        if not any(
            from_h - SLACK_H <= hour <= to_h + SLACK_H for hour, _ in looks.get(int(cell), ())
        )
    ]


def loosened(scenario: Scenario, chosen: Sequence[Limit]) -> Scenario:
    """Return the scenario with some limits loosened."""
    changed: Any = scenario
    for limit in chosen:
        changed = _replaced(changed, limit.path, limit.loose)
    return changed  # type: ignore[no-any-return]


def limits(scenario: Scenario) -> Iterator[Limit]:
    """Yield the limits of a scenario, from the hardest to change to the easiest."""
    yield from _of(scenario, ("demand",), transfers_per_year=1.0)
    yield from _of(scenario, ("airspace",), breadth_nm=0.0, margins_nm={})
    yield from _of(scenario, ("airspace",), pyongyang_fir="shown", dprk_zones="shown")
    for name in dict.fromkeys(scenario.airspace.files):
        yield Limit(path=("airspace", "files", name), value=name, loose=None)
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
    """Return a table with the value at a path replaced, a list without the value that is there."""
    if not path:
        return value
    key, *rest = path
    if isinstance(here, tuple):
        return tuple(each for each in here if each != key)
    if isinstance(here, BaseModel):
        changed = _replaced(getattr(here, str(key)), tuple(rest), value)
        return here.model_copy(update={str(key): changed})
    return {**here, key: _replaced(here[key], tuple(rest), value)}


def _word(limit: Limit) -> str:
    if isinstance(limit.value, (tuple, dict)) and limit.path[0] != "rules":
        return f"{len(limit.value)} entries"
    return "the catalogue's" if limit.value is None else str(limit.value)
