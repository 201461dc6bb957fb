"""What changed between two plans, in words, with what each change is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.evaluation.recount import Recount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from planner.evaluation.recount import Name
    from planner.plan import Plan, Sortie

    Key = tuple[str, date, int]

MINUTE_S = 60
SAME_H = 1 / 60
CLOSE = 1e-9


def difference(before: Plan, after: Plan) -> list[str]:
    """
    Return in words how a plan differs from another; nothing but a headline when it does not.

    Sorties are matched by aircraft and local day. What a dropped visit was worth is what the first
    plan loses without it, what an added one is worth is what the second would lose; both are
    counted again from the plans, as shares of what the first plan sees.

    Parameters
    ----------
    before, after
        The plans.

    Examples
    --------
    Lines read ``S02 p3c-naha-1: takes off 20 min later; drops H7 (-0.8 %); adds H9 (+1.1 %)``.
    """
    return [*_headline(before, after), *_Differ(before, after).lines()]


def _headline(before: Plan, after: Plan) -> Iterator[str]:
    seen, now = Recount(before).total, Recount(after).total
    yield f"Sees {now:.3f} transfers instead of {seen:.3f}{_share(now - seen, seen)}."
    if _surface(before) != _surface(after):
        on_first = Recount(after, before).total
        yield (
            "The plans rest on different expectations; on those of the first, the second "
            f"would see {on_first:.3f}{_share(on_first - seen, seen)}."
        )


def _surface(plan: Plan) -> object:
    return plan.start, plan.end, plan.demand, {cell.id: cell.rate_per_h for cell in plan.cells}


class _Differ:
    """Compares the sorties of two plans."""

    def __init__(self, before: Plan, after: Plan) -> None:
        self.before, self.after = _by_day(before), _by_day(after)
        self.counts = Recount(before), Recount(after)

    def lines(self) -> Iterator[str]:
        """Yield a line for every sortie that changed, in order of day and aircraft."""
        for key in sorted({*self.before, *self.after}, key=lambda each: (each[1:], each[0])):
            old, new = self.before.get(key), self.after.get(key)
            if old is None and new is not None:
                worth = self._share(1, _visits(new))
                yield f"{new.id} {new.aircraft} on {_day(key)} is new: {_cells(new)}{worth}"
            elif new is None and old is not None:
                worth = self._share(0, _visits(old))
                yield f"{old.id} {old.aircraft} on {_day(key)} is not flown: {_cells(old)}{worth}"
            elif old is not None and new is not None and (parts := [*self._parts(old, new)]):
                named = old.id if old.id == new.id else f"{old.id} (now {new.id})"
                yield f"{named} {new.aircraft}: {'; '.join(parts)}"

    def _parts(self, old: Sortie, new: Sortie) -> Iterator[str]:
        """Yield how one sortie changed."""
        late_s = (new.takeoff - old.takeoff).total_seconds()
        if abs(late_s) >= MINUTE_S:
            minutes = round(abs(late_s) / MINUTE_S)
            yield f"takes off {minutes} min {'later' if late_s > 0 else 'earlier'}"
        if old.recovery != new.recovery:
            yield f"lands at {new.recovery}, not {old.recovery}"
        was, now = _dwell(old), _dwell(new)
        for cell in was:
            if cell not in now:
                yield f"drops {cell}{self._share(0, _visits(old, cell))}"
        for cell in now:
            if cell not in was:
                yield f"adds {cell}{self._share(1, _visits(new, cell))}"
        for cell in (each for each in was if each in now):
            more_h = now[cell] - was[cell]
            if abs(more_h) > SAME_H:
                yield f"stays {abs(more_h):.1f} h {'longer' if more_h > 0 else 'shorter'} in {cell}"
        if was == now and [v.cell for v in old.visits] != [v.cell for v in new.visits]:
            yield "searches in another order"

    def _share(self, which: int, visits: list[Name]) -> str:
        """Return what visits are worth, as a share of what the first plan sees."""
        worth = self.counts[which].worth(visits)
        return _share(worth if which else -worth, self.counts[0].total)


def _by_day(plan: Plan) -> dict[Key, Sortie]:
    """Return sorties by aircraft, local day, and which of that day it is."""
    found: dict[Key, Sortie] = {}
    for sortie in sorted(plan.sorties, key=lambda each: each.takeoff):
        day = sortie.takeoff.astimezone(plan.start.tzinfo).date()
        turn = sum(key[:2] == (sortie.aircraft, day) for key in found)
        found[sortie.aircraft, day, turn] = sortie
    return found


def _dwell(sortie: Sortie) -> dict[str, float]:
    """Return the hours searched in each cell, in order of the first visit."""
    hours: dict[str, float] = {}
    for visit in sortie.visits:
        hours[visit.cell] = hours.get(visit.cell, 0.0) + visit.dwell_h
    return hours


def _visits(sortie: Sortie, cell: str | None = None) -> list[Name]:
    return [
        (sortie.id, number)
        for number, visit in enumerate(sortie.visits)
        if cell is None or visit.cell == cell
    ]


def _cells(sortie: Sortie) -> str:
    return ", ".join(_dwell(sortie)) or "no searches"


def _day(key: Key) -> str:
    return f"{key[1]:%d %b}"


def _share(change: float, whole: float) -> str:
    """
    Return a change in brackets, as a share of a whole; nothing when there is no whole.

    Examples
    --------
    >>> _share(0.011, 1.0), _share(-0.008, 1.0), _share(1.0, 0.0)
    (' (+1.1 %)', ' (−0.8 %)', '')
    """
    if abs(whole) <= CLOSE:
        return ""
    percent = 100 * change / whole
    sign = "−" if percent < 0 else "+"
    return f" ({sign}{abs(percent):.1f} %)"
