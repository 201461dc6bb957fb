"""The compiled ledger of looks equals the plain recursion, edit by edit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.looks import expected_seen
from planner.problem import Look, Route
from planner.solvers.draft import clock, insert, land, lift, loaded, merit, remove, routes_of
from planner.solvers.kernels import enter, flatten, gain_of, ledger, loss_of, strike
from tests.instances import build, one_cell, tiny

LOOKS = st.lists(
    st.tuples(st.floats(0, 23.9), st.floats(0, 1)), min_size=1, max_size=8, unique_by=lambda k: k[0]
)


@given(seed=st.integers(0, 10**6), looks=LOOKS)
@settings(max_examples=60, deadline=None)
def test_gain_of_a_look_is_the_difference_it_makes(
    seed: int, looks: list[tuple[float, float]]
) -> None:
    """Adding and taking out a look changes the value as the plain recursion says."""
    problem = tiny(seed)
    terms, book, demand = flatten(problem), ledger(problem.cells, 16), problem.demand(0)
    for count, (mid_h, pod) in enumerate(looks):
        before, after = sorted(looks[:count]), sorted(looks[: count + 1])
        worth = expected_seen(demand, after) - expected_seen(demand, before)
        assert gain_of(terms, book, 0, mid_h, pod) == pytest.approx(worth, abs=1e-9)
        assert enter(terms, book, 0, count, mid_h, 0.1, pod) == pytest.approx(worth, abs=1e-9)
        assert book.cells[0]["worth"] == pytest.approx(expected_seen(demand, after), abs=1e-9)
    for count, (mid_h, _) in enumerate(looks):
        at = int(np.flatnonzero(book.looks[0]["mid_h"][: book.cells[0]["count"]] == mid_h)[0])
        loss = loss_of(terms, book, 0, at)
        left = expected_seen(demand, sorted(looks[count + 1 :]))
        change = strike(terms, book, 0, count, mid_h)
        if not terms.steady:
            assert change == pytest.approx(-loss, abs=1e-9)
            assert book.cells[0]["worth"] == pytest.approx(left, abs=1e-9)


def test_one_look_at_one_cell_is_pod_times_under_way() -> None:
    """Three steady transfers and a POD of one half make one and a half."""
    problem = one_cell()
    draft = loaded(flatten(problem), (Route(0, 0.0, (Look(0, 0),)),))
    assert draft.total[0] == pytest.approx(1.5)


def test_a_draft_holds_any_routes_however_many_looks_they_have() -> None:
    """A proof may stay with a cell for longer than the search would ever look."""
    problem, looks = one_cell(), (Look(0, 0),) * 900
    draft = loaded(flatten(problem), (Route(0, 0.0, looks),))
    assert routes_of(draft)[0].looks == looks


@pytest.mark.parametrize("seed", range(30))
def test_a_draft_keeps_the_true_value_through_edits(seed: int) -> None:
    """After any inserts and removals a draft is worth what `Problem.value` says."""
    problem, rng = tiny(seed), np.random.default_rng(seed)
    terms = flatten(problem)
    draft = loaded(terms, ())
    for _ in range(12):
        slot, cell = int(rng.integers(len(problem.slots))), int(rng.integers(problem.cells))
        count = int(draft.slots["count"][slot])
        if rng.random() < 0.7 and (not terms.once or draft.place[slot, cell] < 0) and count < 3:
            insert(terms, draft, slot, int(rng.integers(count + 1)), cell, 0)
        elif count:
            remove(terms, draft, slot, int(rng.integers(count)))
        assert merit(terms, draft) == pytest.approx(problem.value(routes_of(draft)), abs=1e-9)


def test_lifting_a_route_and_landing_it_again_changes_nothing() -> None:
    """What a route adds is what it takes away."""
    problem = tiny(3)
    terms = flatten(problem)
    draft = loaded(terms, (Route(0, float(problem.slots.earliest_h[0]), (Look(0, 0),)),))
    before = draft.total.copy()
    lift(terms, draft, 0)
    assert draft.total == pytest.approx([0.0, 0.0], abs=1e-12)
    clock(terms, draft, 0)
    land(terms, draft, 0)
    assert draft.total == pytest.approx(before)


def test_slots_that_differ_only_in_their_aircraft_are_alike() -> None:
    """Two aircraft with the same window share their routes in the pool; a third later one not."""
    problem = build(
        under_way=np.ones((1, 1)),
        rate_per_h=np.zeros((1, 1)),
        decay_per_h=0.0,
        pod=np.full((1, 1, 1, 1), 0.5),
        dwell_h=np.ones((1, 1, 1)),
        distance_nm=np.zeros((1, 2, 2)),
        earliest_h=np.array([0.0, 0.0, 5.0]),
    )
    assert flatten(problem).slots["like"].tolist() == [0, 0, 2]
