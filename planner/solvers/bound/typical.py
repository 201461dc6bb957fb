"""Pays of a long period, begun with those of two typical days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.solvers.bound.descent import Descent
from planner.solvers.bound.relaxed import Pay

if TYPE_CHECKING:
    from planner.solvers.bound.relaxed import Relaxed

DAY_H = 24.0
DAYS = 2
FEWEST_DAYS = 4


def first_days(relaxed: Relaxed) -> Relaxed | None:
    """
    Return the first days of a long period; nothing when it is short, or they are not typical.

    Their flying hours are their share of all.
    """
    days = np.array([int(flight.earliest_h / DAY_H) for flight in relaxed.flights])
    use = np.flatnonzero(days < DAYS)
    if days.max() + 1 < FEWEST_DAYS or set(days[use].tolist()) != set(range(DAYS)):
        return None
    own = {k: place for place, k in enumerate(use.tolist())}
    families = [
        replace(family, flights=tuple(own[k] for k in family.flights))
        for family in relaxed.families
        if own.keys() >= set(family.flights)
    ]
    first = replace(
        relaxed,
        flights=[relaxed.flights[k] for k in use.tolist()],
        families=families,
        budget_h=relaxed.budget_h * DAYS / (days.max() + 1),
    )
    return first if first.ranks == relaxed.ranks else None


def repeated(first: Descent, relaxed: Relaxed) -> Descent:
    """Go on with the whole period: the last of the first days comes again every day."""
    days = 1 + max(int(flight.earliest_h / DAY_H) for flight in relaxed.flights)
    hours = np.arange(relaxed.knots) * relaxed.knot_h
    again = (DAYS - 1) * DAY_H + hours % DAY_H
    last = hours + (DAYS - days) * DAY_H
    like = np.where(hours < DAY_H, hours, np.where(hours < days * DAY_H, again, last))
    knots = np.rint(like / relaxed.knot_h).astype(np.int64)
    knots = np.minimum(knots, first.relaxed.knots - 1)
    descent = Descent(
        relaxed,
        Pay(np.ascontiguousarray(first.best_pay.look[..., knots]), first.best_pay.hour),
        turn=first.turn,
    )
    descent.mean, descent.square = first.mean[..., knots], first.square[..., knots]
    return descent
