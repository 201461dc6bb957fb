"""Which looks of an overfull route are kept: those that brute force would keep."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.problem import Look, Route
from planner.rules import broken_rules
from planner.solvers import greedy, selection
from planner.solvers.draft import loaded, routes_of
from planner.solvers.kernels import flatten
from planner.solvers.top import timeless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.problem import Problem

COUNT = 7
SEEDS = st.integers(0, 10**6)


def overfull(seed: int, room: float, sorties: int = 1) -> tuple[Problem, Route]:
    """Return cells at random with worths of few sizes, and a route to them all, too long by far."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(size=(COUNT + 2, 2))
    hours = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    direct = float(hours[COUNT, COUNT + 1])
    problem = timeless(
        mass=rng.integers(1, 6, COUNT).astype(float),
        pod=np.ones(COUNT),
        hours=hours[None],
        classes=np.zeros(sorties, np.int64),
        endurance_h=np.full(sorties, direct + room),
    )
    return problem, Route(0, 0.0, tuple(Look(cell, 0) for cell in range(COUNT)))


def lawful(problem: Problem) -> Iterator[tuple[int, ...]]:
    """Yield the cells, in their order, of all routes that may be flown."""
    hours, limit = problem.distance_nm[0], problem.slots.endurance_h[0]
    for count in range(COUNT + 1):
        for cells in combinations(range(COUNT), count):
            stops = (COUNT, *cells, COUNT + 1)
            if sum(hours[here, there] for here, there in pairwise(stops)) <= limit:
                yield cells


@given(seed=SEEDS, room=st.floats(0.01, 3.0))
@settings(max_examples=200, deadline=None)
def test_the_looks_kept_are_those_that_brute_force_keeps(seed: int, room: float) -> None:
    """No other choice of looks in that order is worth more."""
    problem, route = overfull(seed, room)
    terms = flatten(problem)
    draft = loaded(terms, (route,))
    selection.select(terms, draft, 0, 0.0, selection.sheet(COUNT))
    kept = tuple(look.cell for each in routes_of(draft) for look in each.looks)
    worth = problem.under_way[:, 0]
    assert kept in set(lawful(problem))
    assert worth[list(kept)].sum() == max(worth[list(cells)].sum() for cells in lawful(problem))
    assert draft.total[0] == pytest.approx(worth[list(kept)].sum())


def test_an_hour_counts_where_worth_is_the_same() -> None:
    """Of two looks worth the same the nearer one is kept."""
    problem = timeless(
        mass=np.ones(2),
        pod=np.ones(2),
        hours=np.abs(np.subtract.outer([3.0, 2.0, 0.0, 0.0], [3.0, 2.0, 0.0, 0.0]))[None]
        + np.array([[0.0, 9.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0], *[[0.0] * 4] * 2]),
        classes=np.zeros(1, np.int64),
        endurance_h=np.array([7.0]),
    )
    terms = flatten(problem)
    draft = loaded(terms, (Route(0, 0.0, (Look(0, 0), Look(1, 0))),))
    selection.select(terms, draft, 0, 0.01, selection.sheet(2))
    assert routes_of(draft)[0].looks == (Look(1, 0),)


def test_a_route_without_room_for_anything_stays_as_it_is() -> None:
    """What cannot be mended by leaving looks out is left to others."""
    problem, route = overfull(0, -0.01)
    terms = flatten(problem)
    draft = loaded(terms, (route,))
    selection.select(terms, draft, 0, 0.0, selection.sheet(COUNT))
    assert routes_of(draft) == (route,)


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_overfilling_loses_nothing_and_breaks_no_rule(seed: int) -> None:
    """Routes may be flown afterwards, are worth what is said, and no less than before."""
    problem = replace(overfull(seed, 1.0, sorties=2)[0], pod=np.full((1, COUNT, 1, 1), 0.5))
    terms = flatten(problem)
    before = greedy.solve(problem, seconds=60.0).routes
    draft, dice = loaded(terms, before), np.array([seed], np.uint64)
    slots, cells = np.arange(len(problem.slots)), np.arange(COUNT)
    sheet, room = selection.sheet(COUNT), selection.roomy(terms)
    selection.overfill(terms, room, draft, slots, cells, 1, 1.0, 0.0, sheet, dice)
    after = routes_of(draft)
    assert broken_rules(problem, after) == []
    assert draft.total[0] == pytest.approx(problem.value(after))
    assert problem.value(after) >= problem.value(before) - 1e-9
