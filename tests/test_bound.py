"""The bound never lies, whenever it is stopped, and gets tight where it can."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from planner.looks import expected_seen
from planner.problem import Look, Problem, Route
from planner.rules import broken_rules
from planner.solvers.bound import prove
from planner.solvers.bound.centre import central_duals
from planner.solvers.bound.clocked import SPREAD_H
from planner.solvers.bound.closing import best_plan
from planner.solvers.bound.cuts import Cut
from planner.solvers.bound.descent import Descent, marginal_pay
from planner.solvers.bound.flights import Flight, gather
from planner.solvers.bound.program import Duals, Sortie
from planner.solvers.bound.relaxed import FINE_H, ROUGH_H, Pay, Relaxed
from planner.solvers.bound.steady import Steady
from planner.solvers.bound.typical import first_days, repeated
from tests.instances import brute_force, build, one_cell, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LONG = 1e6


def relaxed(problem: Problem, *, promised: int = 9, neighbourhoods: int = 9) -> Relaxed:
    """Return the problem with its looks paid for."""
    return Relaxed(
        problem=problem,
        flights=gather(problem, spread_h=SPREAD_H)[0],
        families=[],
        budget_h=problem.fleet.budget_h,
        ordered=0.0,
        out_of_time=lambda: False,
        promised=promised,
        neighbourhoods=neighbourhoods,
    )


@pytest.mark.parametrize("seed", range(120))
def test_no_routes_beat_the_bound(seed: int) -> None:
    """Brute force finds nothing above the bound, with any number of rounds."""
    problem = tiny(seed)
    best, _ = brute_force(problem)
    assert best <= prove(problem, seconds=LONG, iterations=1 + seed % 7).value + 1e-9


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(120, 4000))
def test_no_routes_beat_the_bound_on_thousands(seed: int) -> None:
    """The long form of the same."""
    test_no_routes_beat_the_bound(seed)


@pytest.mark.parametrize("seed", range(12))
def test_steady_bounds_are_tight_after_many_rounds(seed: int) -> None:
    """Where time does not matter and nothing but endurance binds, little gap is left."""
    problem = tiny(seed, decay_per_h=0.0)
    free = replace(
        problem,
        exclusive=False,
        fleet=replace(
            problem.fleet,
            turnaround_h=np.full_like(problem.fleet.turnaround_h, -99.0),
            rest_h=np.full_like(problem.fleet.rest_h, -99.0),
            budget_h=np.full_like(problem.fleet.budget_h, np.inf),
        ),
    )
    best, _ = brute_force(free)
    assert best <= prove(free, seconds=LONG, iterations=40).value <= 1.05 * best + 1e-6


def test_one_cell_one_sortie_is_proved() -> None:
    """The only sortie there is bounds itself."""
    problem = one_cell(rate_per_h=np.zeros((1, 1)), decay_per_h=0.0)
    assert prove(problem, seconds=LONG, iterations=9).value == pytest.approx(1.5, abs=1e-6)


def test_a_bound_is_there_at_once() -> None:
    """Stopped before it began, the bound is everything there is to see."""
    bound = prove(tiny(3), seconds=LONG, stop=lambda: True)
    assert np.isfinite(bound.value)
    assert brute_force(tiny(3))[0] <= bound.value


def test_rounds_alone_decide_the_result() -> None:
    """The same rounds give the same bound and columns."""
    one, other = (prove(tiny(5), seconds=LONG, iterations=6) for _ in range(2))
    assert one.value == other.value
    assert one.columns == other.columns


def test_history_only_falls() -> None:
    """Each entry of the history is better than the one before."""
    values = [value for _, value in prove(tiny(8), seconds=LONG, iterations=9).history]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("seed", range(20))
def test_columns_may_be_flown_alone(seed: int) -> None:
    """Each column obeys the rules by itself, budgets and repeated cells aside."""
    problem = tiny(seed)
    alone = replace(problem, fleet=replace(problem.fleet, budget_h=np.array([np.inf])))
    for route in prove(problem, seconds=LONG, iterations=5).columns:
        assert not broken_rules(alone, (route,))


def test_known_routes_begin_the_proof() -> None:
    """Routes given as a start come back as columns."""
    problem = tiny(2)
    _, routes = brute_force(problem)
    columns = prove(problem, seconds=LONG, iterations=1, start=routes).columns
    assert {route.looks for route in routes} <= {route.looks for route in columns}


def test_nothing_to_fly_is_bounded_by_nothing() -> None:
    """Where no cell may be searched, nothing can be seen."""
    problem = tiny(1)
    idle = replace(problem, allowed=np.zeros_like(problem.allowed))
    assert prove(idle, seconds=LONG).value == pytest.approx(0.0, abs=1e-8)


def test_hours_are_worth_something_only_when_they_bind() -> None:
    """With hours to spare, one more is worth nothing."""
    problem = tiny(4)
    plenty = replace(problem, fleet=replace(problem.fleet, budget_h=np.array([1e3])))
    assert prove(plenty, seconds=LONG, iterations=20).hour_value.max() <= 1e-9


@given(st.integers(0, 100_000))
@settings(max_examples=100, deadline=None)
def test_cells_never_understate_what_looks_make(seed: int) -> None:
    """Whatever looks are paid, those of any sorties make no more of a cell than its bound."""
    rng = np.random.default_rng(seed)
    problem = some_problem(seed)
    assume(gather(problem, spread_h=SPREAD_H)[0])
    half = relaxed(problem)
    pay = some_pay(half, rng)
    made, _ = half.make(pay, FINE_H, bound=True)
    for _ in range(20):
        routes = tuple(
            some_route(problem, rng, slot) for slot in rng.permutation(len(problem.slots))
        )
        while any("same time" in fault for fault in broken_rules(problem, routes)):
            routes = routes[1:]
        paid = sum((paid_looks(half, pay, route) for route in routes), np.zeros(problem.cells))
        for cell, looks in problem.looks(routes).items():
            assert expected_seen(problem.demand(cell), looks) - paid[cell] <= made[cell] + 1e-9


@pytest.mark.parametrize("seed", range(50))
def test_sorties_never_earn_more_than_their_limit(seed: int) -> None:
    """No sortie is paid more than its flight's bound, rough or fine, with poor cells in one."""
    rng = np.random.default_rng(seed)
    problem = some_problem(seed)
    half = relaxed(problem, promised=seed // 2 % 4, neighbourhoods=1 + seed // 8 % 2)
    pay = some_pay(half, rng)
    floor = np.zeros(len(half.flights))
    nothing = [np.full(len(flight.takeoff_h), np.inf) for flight in half.flights]
    rough = half.limits(pay, ROUGH_H, floor, nothing)
    fine = half.limits(pay, FINE_H, floor, rough)
    for k, flight in enumerate(half.flights):
        assert (fine[k] <= rough[k]).all()
        for _ in range(50):
            route = some_route(problem, rng, int(rng.choice(flight.slots)))
            earns = paid_looks(half, pay, route).sum() - problem.cost(route)
            assert earns <= fine[k].max() + 1e-9


def some_problem(seed: int) -> Problem:
    """Return a small problem where time matters, with searches of like lengths or of any."""
    for other in range(seed, seed + 100):
        problem = tiny(other % 997, decay_per_h=(0.2, 0.7, 2.0)[seed % 3])
        if gather(problem, spread_h=SPREAD_H)[0]:
            return even(problem) if seed % 2 else problem
    raise AssertionError(seed)


def even(problem: Problem) -> Problem:
    """Return the problem with searches of half an hour, or twice that, and aircraft apart."""
    levels = problem.dwell_h.shape[2]
    lengths_h = np.broadcast_to(0.5 * np.arange(1, levels + 1), problem.dwell_h.shape)
    return replace(problem, dwell_h=lengths_h.copy(), exclusive=True)


def some_pay(half: Relaxed, rng: np.random.Generator) -> Pay:
    """Return pays of any look; those that follow at once may be paid far less, or more."""
    shape = (half.problem.cells, half.ranks, half.problem.pod.shape[2], half.knots)
    by_rank = rng.choice([0.1, 1.0, 3.0], (1, half.ranks, 1, 1))
    return Pay(rng.uniform(0, 3, shape) * by_rank, np.zeros(1))


def some_route(problem: Problem, rng: np.random.Generator, slot: int) -> Route:
    """Return a sortie of random looks that lands in time; perhaps of none."""
    slots, step_h = problem.slots, problem.takeoff_step_h
    window_h = float(slots.last_takeoff_h[slot] - slots.earliest_h[slot])
    takeoff_h = float(slots.earliest_h[slot]) + step_h * rng.integers(int(window_h / step_h) + 1)
    route = Route(slot, takeoff_h, ())
    for _ in range(30 if problem.allowed[slot].any() else 0):
        before = [look.cell for look in route.looks[-1:]]
        cell = int(rng.choice([*before, *before, *np.flatnonzero(problem.allowed[slot])]))
        look = Look(cell, int(rng.integers(problem.dwell_h.shape[2])))
        longer = replace(route, looks=(*route.looks, look))
        if not any("late" in f or "beyond" in f for f in broken_rules(problem, (longer,))):
            route = longer
    return route


def paid_looks(half: Relaxed, pay: Pay, route: Route) -> NDArray[np.float64]:
    """Return what the looks of a route are paid, by cell."""
    problem, knots = half.problem, np.arange(half.knots) * half.knot_h
    paid, timed, rank = np.zeros(problem.cells), problem.clock(route), 0
    for k, look in enumerate(route.looks):
        stays = k > 0 and route.looks[k - 1].cell == look.cell
        rank = min(rank + 1, half.ranks - 1) if stays else 0
        mid_h = (timed.start_h[k] + timed.end_h[k]) / 2
        price = np.interp(mid_h, knots, pay.look[look.cell, rank, look.level])
        paid[look.cell] += problem.look_pod(route.slot, look, mid_h) * price
    return paid


@pytest.mark.parametrize("seed", range(40))
def test_no_routes_beat_the_bound_where_aircraft_stay(seed: int) -> None:
    """The same as by brute force above, with looks that follow each other at once."""
    problem = even(tiny(seed, decay_per_h=(0.2, 0.7)[seed % 2]))
    best, _ = brute_force(problem)
    assert best <= prove(problem, seconds=LONG, iterations=1 + seed % 7).value + 1e-9


def test_a_look_that_pays_nothing_may_open_the_door_to_one_that_does() -> None:
    """A first look dearer than what it sees is made when the next one costs nothing."""
    problem = one_cell(dwell_h=np.full((1, 1, 1), 0.5), exclusive=True)
    half = relaxed(problem)
    pay = Pay(np.zeros((1, half.ranks, 1, half.knots)), np.zeros(1))
    pay.look[:, 0] = 3.3
    made, _ = half.make(pay, FINE_H, bound=True)
    seen = expected_seen(problem.demand(0), [(5.25, 0.5), (5.75, 0.5)])
    assert 0 < seen - 0.5 * 3.3 <= made[0]


def five_days() -> Problem:
    """Return one cell, and a sortie a day."""
    first_h = 24.0 * np.arange(5)
    return one_cell(
        earliest_h=first_h, last_takeoff_h=first_h + 4.0, latest_h=first_h + 12.0, endurance_h=3.0
    )


def test_a_long_period_begins_with_what_its_first_days_come_to() -> None:
    """From the third day on, pays are those of the second."""
    whole = relaxed(five_days())
    first = first_days(whole)
    assert first is not None
    assert len(first.flights) == 2
    descent = Descent(first, marginal_pay(first, ()))
    for _ in range(5):
        descent.advance()
    pay, day = repeated(descent, whole).pay.look, round(24 / whole.knot_h)
    assert pay.max() > 0
    assert np.array_equal(pay[..., day : 2 * day], pay[..., 3 * day : 4 * day])


def test_a_long_period_is_bounded_closely() -> None:
    """A look a day, far apart, sees the same every time."""
    bound = prove(five_days(), seconds=LONG, iterations=40).value
    assert 5 * 1.5 - 1e-6 <= bound <= 5 * 1.5 * 1.05


@pytest.mark.parametrize("iterations", [1, 20])
def test_what_cells_and_sorties_are_worth_makes_the_bound(iterations: int) -> None:
    """With hours to spare and a sortie for every slot, nothing else adds to it."""
    bound = prove(five_days(), seconds=LONG, iterations=iterations)
    worth = bound.cell_value.sum() + bound.slot_value.sum()
    assert worth == pytest.approx(bound.value, rel=1e-6)


def test_looks_that_follow_at_once_are_told_apart() -> None:
    """Where searches have like lengths and aircraft keep apart, stays have pays of their own."""
    assert relaxed(some_problem(1)).ranks > 1


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=4), st.integers(0, 100_000))
@settings(max_examples=150, deadline=None)
def test_steady_cells_never_understate_either(pods: list[float], seed: int) -> None:
    """The same, where time does not matter and several aircraft look with several PODs."""
    rng = np.random.default_rng(seed)
    levels = len(pods)
    problem = build(
        under_way=np.array([[3.0]]),
        rate_per_h=np.zeros((1, 1)),
        decay_per_h=0.0,
        pod=np.array(pods).reshape(1, 1, levels, 1),
        dwell_h=np.full((1, 1, levels), 0.5),
        distance_nm=np.array([[[0.0, 10.0], [10.0, 0.0]]]),
        earliest_h=np.zeros(5),
    )
    cells = Steady(problem, gather(problem, spread_h=0.0)[0], np.zeros(1, bool))
    duals = cells.clip(charges(rng.uniform(0, 3, 2)))
    made, _ = cells.best_looks(duals)
    paid = cells.charge_of(duals.charge, problem.pod[0, :, :, 0])[0]
    for _ in range(20):
        chosen = rng.integers(0, levels, rng.integers(1, 6))
        seen = 3.0 * (1 - np.prod(1 - np.array(pods)[chosen]))
        earned = sum(pods[k] * 3.0 - paid[k] for k in chosen)
        assert seen <= earned + made[0] + 1e-9


def charges(charge: NDArray[np.float64], cut: dict[Cut, float] | None = None) -> Duals:
    """Return charges on looks, and on pairs of looks under cuts."""
    nothing = np.zeros(1)
    return Duals(charge, nothing, nothing, nothing, cut or {})


@pytest.mark.parametrize("seed", range(30))
def test_no_steady_sortie_earns_more_than_the_limit(seed: int) -> None:
    """Of all orders of a few cells none earns more than the limit, charges and cuts considered."""
    cells, flight, duals = some_charges(seed)
    best = max(earned(cells.as_sortie(flight, each), duals) for each in sorties(cells.problem))
    for floor in (-1.0, best - 0.5, best - 1e-6):
        for ease in ({}, {"content": 1.0}, {"slack": 0.1}):
            limit, _ = cells.best_sorties(flight, duals, floor, thorough=True, **ease)
            assert best <= limit + 1e-9


@pytest.mark.parametrize("seed", range(30))
def test_every_sortie_that_earns_enough_is_listed(seed: int) -> None:
    """Whatever cells a sortie searches, one that searches the same is listed, and no longer."""
    cells, flight, duals = some_charges(seed)
    known = [cells.as_sortie(flight, each) for each in sorties(cells.problem)]
    floor = sorted(earned(each, duals) for each in known)[-len(known) // 5] - 1e-6
    listed = cells.every_sortie(flight, duals, floor, 10_000)
    assert listed is not None
    found = [cells.listed_sortie(listed, k) for k in range(len(listed))]
    hours = {frozenset(each.looks): each.hours for each in found}
    for each in known:
        if earned(each, duals) > floor + 1e-9:
            assert hours[frozenset(each.looks)] <= each.hours + 1e-9


@pytest.mark.parametrize("seed", range(30))
def test_listed_sorties_earn_what_they_are_worth_less_charges(seed: int) -> None:
    """Priced one by one, they earn the same as in the program, with cuts that mind every cell."""
    cells, flight, duals = some_charges(seed)
    everywhere = frozenset(range(cells.problem.cells))
    whole = {replace(cut, minds=everywhere): dual for cut, dual in duals.cut.items()}
    listed = cells.every_sortie(flight, duals, -1.0, 10_000)
    assert listed is not None
    earns = listed.earned(replace(duals, cut=whole))
    sorties = [cells.listed_sortie(listed, k) for k in range(len(listed))]
    assert np.allclose(earns, [earned(each, replace(duals, cut=whole)) for each in sorties])
    assert np.allclose(listed.hours, [each.hours for each in sorties])
    assert len(listed.above(duals, 0.5)) == np.count_nonzero(listed.earned(duals) > 0.5)


def test_halves_of_a_sortie_meet_in_the_middle() -> None:
    """Four cells in a row, an hour apart: the way along is found, whose halves share no cell."""
    problem = build(
        under_way=np.ones((4, 1)),
        rate_per_h=np.zeros((4, 1)),
        decay_per_h=0.0,
        pod=np.ones((1, 4, 1, 1)),
        dwell_h=np.zeros((1, 4, 1)),
        distance_nm=100.0 * abs(np.subtract.outer([1, 2, 3, 4, 0], [1, 2, 3, 4, 0]))[None],
        speed_kn=np.array([100.0]),
        earliest_h=np.zeros(1),
        endurance_h=8.0,
    )
    flight = gather(problem, spread_h=0.0)[0][0]
    cells = Steady(problem, [flight], np.zeros(1, bool))
    listed = cells.every_sortie(flight, charges(np.zeros(8)), 3.5, 100)
    assert listed is not None
    assert [sorted(listed.path(k)) for k in range(len(listed))] == [[0, 1, 2, 3]]
    assert listed.hours == pytest.approx([8.0])


def some_charges(seed: int) -> tuple[Steady, Flight, Duals]:
    """Return sorties that remember this and that, and charges on their looks and pairs of looks."""
    rng = np.random.default_rng(seed)
    problem = island(rng, cells=6)
    flights, _ = gather(problem, spread_h=0.0)
    cells = Steady(problem, flights, np.zeros(1, bool))
    cells.remembers[:] = rng.random(cells.remembers.shape) < rng.random()
    np.fill_diagonal(cells.remembers, val=True)
    cuts = (some_cut(rng, 6) for _ in range(4))
    duals = charges(rng.uniform(0, 2, 12), dict.fromkeys(cuts, float(rng.random())))
    return cells, flights[0], cells.clip(duals)


@pytest.mark.parametrize("seed", range(10))
def test_central_duals_are_as_good_as_any(seed: int) -> None:
    """No column is worth more than they charge, and the limits cost no more than the optimum."""
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0.1, 1, (6, 15)) * (rng.random((6, 15)) < 0.5)
    rows[rng.integers(6, size=15), np.arange(15)] = 1.0
    most, worth = rng.uniform(1, 5, 6), rng.uniform(-1, 3, 15)
    duals = central_duals(csr_array(rows), most, worth, 1e-7)
    assert duals is not None
    assert (duals >= 0).all()
    assert (rows.T @ duals >= worth - 1e-5).all()
    assert most @ duals == pytest.approx(-linprog(-worth, rows, most).fun, rel=1e-5)


def test_a_cut_forgets_a_look_where_it_is_not_minded() -> None:
    """A pair of looks counts only if all that is searched in between minds the cut."""
    cut = Cut((0, 1, 2), (1, 1, 1), frozenset({0, 1, 2, 3}))
    pairs = [cut.pairs([Look(cell, 0) for cell in cells]) for cells in ((0, 3, 1), (0, 4, 1, 2))]
    assert pairs == [1, 1]
    assert cut.pairs([Look(cell, 0) for cell in (0, 4, 1)]) == 0


def some_cut(rng: np.random.Generator, cells: int) -> Cut:
    """Return a cut on three cells that minds some more."""
    order = rng.permutation(cells).tolist()
    return Cut(tuple(sorted(order[:3])), (1, 1, 1), frozenset(order[: rng.integers(3, cells + 1)]))


@pytest.mark.parametrize("seed", range(10))
def test_a_proof_from_the_best_plan_closes(seed: int) -> None:
    """Told the best plan there is, the proof says that it is the best, and nothing below."""
    problem = island(np.random.default_rng(seed), cells=5, slots=2)
    best, routes = brute_force(problem)
    proof = prove(problem, seconds=LONG, iterations=60, start=routes)
    assert best - 1e-9 <= proof.value <= best * (1 + 1e-5) + 1e-5
    assert prove(problem, seconds=LONG, iterations=60).value >= best - 1e-9


@pytest.mark.parametrize("seed", range(60))
def test_no_steady_routes_beat_the_bound(seed: int) -> None:
    """Brute force finds nothing above it however soon it is stopped, whatever it began from."""
    rng = np.random.default_rng(seed)
    problem = island(rng, cells=5, slots=2)
    if seed % 3 == 0:
        whole = problem.under_way.round()
        problem = replace(problem, under_way=whole, pod=np.ones_like(problem.pod))
    best, routes = brute_force(problem)
    known = routes[: rng.integers(len(routes) + 1)]
    bound = prove(problem, seconds=LONG, iterations=int(rng.integers(1, 20)), start=known)
    assert best <= bound.value + 1e-9


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(60, 3000))
def test_no_steady_routes_beat_the_bound_on_thousands(seed: int) -> None:
    """The long form of the same."""
    test_no_steady_routes_beat_the_bound(seed)


@pytest.mark.parametrize("seed", range(10))
def test_cuts_leave_the_best_plan_alone(seed: int) -> None:
    """They are obeyed by every plan, so the best of some sorties is the same with and without."""
    rng = np.random.default_rng(seed)
    problem = island(rng, cells=6, slots=3)
    flights, pools = gather(problem, spread_h=0.0)
    cells = Steady(problem, flights, np.zeros(1, bool))
    some = [(0, cells.as_sortie(flights[0], each)) for each in sorties(problem)]
    cuts = [some_cut(rng, 6) for _ in range(6)]
    most = [
        best_plan(some, flights, pools, np.array([LONG]), cells.gains(), each, seconds=LONG)[0]
        for each in ([], cuts)
    ]
    assert most[0] == pytest.approx(most[1], rel=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_whole_numbers_round_the_bound_down(seed: int) -> None:
    """Where plans can only be worth multiples of three, the bound is one, and no lower."""
    problem = island(np.random.default_rng(seed), cells=5, slots=2)
    whole = replace(problem, under_way=3 * problem.under_way.round(), pod=np.ones_like(problem.pod))
    bound = prove(whole, seconds=LONG, iterations=20).value
    assert bound % 3 == pytest.approx(0.0, abs=1e-9)
    assert bound >= brute_force(whole)[0] - 1e-9


def sorties(problem: Problem, looks: tuple[Look, ...] = ()) -> Iterator[Route]:
    """Yield every sortie that comes back to no cell and lands in time."""
    for cell in {*range(problem.cells)} - {look.cell for look in looks}:
        route = Route(0, 0.0, (*looks, Look(cell, 0)))
        if problem.clock(route).landing_h <= float(problem.slots.endurance_h[0]):
            yield route
            yield from sorties(problem, route.looks)


def earned(sortie: Sortie, duals: Duals) -> float:
    """Return what a sortie earns beyond what its looks are charged."""
    charged = sum(weight * duals.charge[row] for row, weight in sortie.charged)
    pairs = sum(cut.pairs(sortie.looks) * dual for cut, dual in duals.cut.items())
    return float(sortie.value - charged - pairs)


def island(rng: np.random.Generator, *, cells: int, slots: int = 1) -> Problem:
    """Return sorties among cells near each other, on a grid so that ties abound."""
    points = np.stack(np.divmod(rng.permutation(25)[: cells + 1], 5), axis=1) * 10.0
    return build(
        under_way=rng.uniform(1.0, 4.0, (cells, 1)),
        rate_per_h=np.zeros((cells, 1)),
        decay_per_h=0.0,
        pod=np.full((1, cells, 1, 1), rng.choice([0.6, 1.0])),
        dwell_h=np.full((1, cells, 1), rng.choice([0.0, 0.1])),
        distance_nm=np.linalg.norm(points[:, None] - points, axis=2)[None],
        endurance_h=rng.uniform(0.7, 1.3),
        earliest_h=np.zeros(slots),
    )


def test_routes_flown_as_ordered_stay_below_the_bound() -> None:
    """A fixed route is worth no more than the bound says."""
    problem = tiny(6)
    _, routes = brute_force(problem)
    fixed = replace(problem, fixed=routes[:1])
    assert problem.value(routes) <= prove(fixed, seconds=LONG, iterations=10).value


def test_a_route_is_a_route() -> None:
    """Columns are plain routes."""
    assert all(isinstance(r, Route) for r in prove(tiny(7), seconds=LONG, iterations=2).columns)


@pytest.mark.parametrize("seed", range(6))
def test_free_legs_beside_priced_ones_stay_free(seed: int) -> None:
    """A leg without a price is no dearer for the prices of others, however large those are."""
    problem = tiny(seed)
    points = problem.distance_nm.shape[1]
    dear = np.random.default_rng(seed).random((len(problem.distance_nm), points, points)) < 0.5
    priced = replace(problem, price=np.where(dear, 1e8, 0.0))
    best, _ = brute_force(priced)
    assert prove(priced, seconds=30.0, iterations=5).value >= best - 1e-9
