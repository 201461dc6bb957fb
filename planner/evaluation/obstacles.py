"""What keeps a cell from being searched: obstacles tested one by one, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.evaluation.edits import best_edits
from planner.problem import TOLERANCE_H

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from planner.evaluation.edits import Choices, Edit
    from planner.problem import Problem, Routes

Code = Literal["legal", "endurance", "pinned", "covered", "price", "busy", "conflict", "window"]

LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """
    The first thing that keeps a cell from being searched.

    Parameters
    ----------
    code
        ``legal``: no lawful way there, or none at the hours when an aircraft could use it.
        ``endurance``: too far for every aircraft. ``pinned``: by order. ``window``: no window is
        long enough. ``covered``: the best look sees too little. ``price``: there is room, but what
        a look sees does not pay for it (or it does, and the search ended too early). ``conflict``:
        a sortie has room, but not beside the others. ``busy``: every aircraft that could be there
        flies a full sortie or rests.
    amount
        What is lacking: nm for ``endurance``, hours for ``window``, the objective lost by `edit`
        for ``price`` (negative when it gains); else zero.
    slot
        The slot that comes nearest; -1 when there is none.
    look
        Objective that the best look by any aircraft would see there.
    edit
        What could be flown, but for the obstacle; for ``conflict`` it names the rule it breaks.
    swap
        The edit of one sortie that loses least, leaving out some of its looks, where there is one.
    """

    code: Code
    amount: float = 0.0
    slot: int = -1
    look: float = 0.0
    edit: Edit | None = None
    swap: Edit | None = None


def obstacles(
    problem: Problem,
    routes: Routes,
    *,
    never: Collection[int] = (),
    only: Sequence[int] | None = None,
) -> dict[int, Obstacle]:
    """
    Return what keeps each cell that `routes` do not search from being searched.

    Tested in this order: lawful ways, endurance, orders, windows, what the best look would see,
    room in the sorties as they are flown, room beside the other sorties.

    Parameters
    ----------
    problem
        The problem.
    routes
        The sorties to be flown; they obey the rules.
    never
        Cells never to be searched, by order.
    only
        Cells to ask for, none of them searched; all that are not when absent.

    Returns
    -------
    obstacles
        One for each cell where transfers are expected and no route looks, by cell.
    """
    cells = _unsearched(problem, routes) if only is None else np.array(only, dtype=np.int64)
    reach = _Reach.of(problem, cells)
    found = {cell: reach.obstacle(k, cell in never) for k, cell in enumerate(cells.tolist())}
    near = np.array([each is None for each in found.values()], dtype=bool)
    least = LEAST_SHARE * max(problem.value(routes), 0.0)
    usable = reach.usable[:, near]
    choices = best_edits(problem, routes, cells[near], usable, least=least)
    rest = {
        cell: _crowded_out(each, least, slot)
        for (cell, each), slot in zip(choices.items(), _first(usable), strict=True)
    }
    return {cell: obstacle or rest[cell] for cell, obstacle in found.items()}


def out_of_reach(
    problem: Problem, routes: Routes, *, never: Collection[int] = ()
) -> dict[int, Obstacle]:
    """
    Return what keeps cells from being searched that not even a free aircraft could search.

    What `obstacles` returns of them, without trying how to fit other cells into the sorties.
    """
    cells = _unsearched(problem, routes)
    reach = _Reach.of(problem, cells)
    found = {cell: reach.obstacle(k, cell in never) for k, cell in enumerate(cells.tolist())}
    return {cell: each for cell, each in found.items() if each is not None}


def _first(usable: NDArray[np.bool_]) -> list[int]:
    return [int(np.flatnonzero(column)[0]) for column in usable.T]


def _unsearched(problem: Problem, routes: Routes) -> NDArray[np.int64]:
    expected = np.asarray((problem.under_way + problem.rate_per_h).any(axis=1))
    expected[[look.cell for route in routes for look in route.looks]] = False
    return np.flatnonzero(expected)


def _crowded_out(choices: Choices, least: float, slot: int) -> Obstacle:
    """Return the obstacle of a cell that a free aircraft could search, in `slot` for example."""
    look, room, swap = choices.best_look, choices.room, choices.swap
    if look <= least:
        return Obstacle(code="covered", look=look)
    if room is not None:
        return Obstacle(
            code="price",
            amount=-room.gain,
            slot=room.after.slot,
            look=look,
            edit=room,
            swap=swap,
        )
    code: Code
    for code, edit in (
        ("conflict", choices.blocked),
        ("busy", swap),
        ("pinned", choices.ordered),
    ):
        if edit is not None:
            return Obstacle(code=code, slot=edit.after.slot, look=look, edit=edit, swap=swap)
    return Obstacle(code="busy", slot=slot, look=look)


@dataclass(frozen=True, slots=True)
class _Reach:
    """
    Whether each slot could fly out, search a cell for the shortest time and return, (T, cells).

    `over_nm` is how much farther that is than its endurance, `late_h` how much longer than its
    window; both are infinite where there is no lawful way.
    """

    allowed: NDArray[np.bool_]
    over_nm: NDArray[np.float64]
    late_h: NDArray[np.float64]

    @classmethod
    def of(cls, problem: Problem, cells: NDArray[np.int64]) -> _Reach:
        """Try every slot on every cell."""
        slots, kind, legs_nm = problem.slots, problem.slots.kind, problem.distance_nm
        airspace = slots.airspace[:, None]
        flown_nm = legs_nm[airspace, slots.start[:, None], cells]
        flown_nm = flown_nm + legs_nm[airspace, cells, slots.end[:, None]]
        speed_kn = problem.speed_kn[kind][:, None]
        need_h = (
            flown_nm / speed_kn
            + (problem.departure_h + problem.arrival_h)[kind][:, None]
            + problem.dwell_h[kind][:, cells, 0]
        )
        closed_h = slots.earliest_h - slots.last_takeoff_h
        return cls(
            allowed=problem.allowed[:, cells],
            over_nm=(need_h - slots.endurance_h[:, None]) * speed_kn,
            late_h=np.maximum(
                closed_h[:, None], need_h + (slots.earliest_h - slots.latest_h)[:, None]
            ),
        )

    @property
    def within(self) -> NDArray[np.bool_]:
        """Which slots have the endurance for which cells."""
        return self.over_nm <= np.where(self.allowed, 1e-6, -1e-6)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which slots could search which cells if nothing else were flown."""
        return self.allowed & self.within & (self.late_h <= TOLERANCE_H)

    def obstacle(self, column: int, never: bool) -> Obstacle | None:
        """Return what keeps even a free aircraft from a cell, if anything does."""
        over_nm, late_h = self.over_nm[:, column], self.late_h[:, column]
        within, allowed = self.within[:, column], self.allowed[:, column]
        if not np.isfinite(over_nm).any():
            return Obstacle(code="legal")
        if not within.any():
            slot = int(over_nm.argmin())
            return Obstacle(code="endurance", amount=float(over_nm[slot]), slot=slot)
        if not (within & allowed).any():
            return Obstacle(code="pinned" if never else "legal", slot=int(within.argmax()))
        if not self.usable[:, column].any():
            late_h = np.where(within & allowed, late_h, np.inf)
            slot = int(late_h.argmin())
            return Obstacle(code="window", amount=float(late_h[slot]), slot=slot)
        return None
