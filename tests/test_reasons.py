"""Why cells are not searched, checked by lifting the obstacle that is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.evaluation.contribution import alone, waterfall
from planner.evaluation.edits import look_gains
from planner.evaluation.obstacles import LEAST_SHARE, Obstacle, obstacles
from planner.evaluation.places import look_values
from planner.evaluation.simulate import simulate
from planner.problem import Look, Problem, Route, Routes
from planner.rules import broken_rules
from planner.solvers import greedy
from tests.instances import brute_force, build, one_cell, tiny

LINE = np.array(
    [[0.0, 50.0, 100.0, 50.0], [50.0, 0.0, 50.0, 100.0],
     [100.0, 50.0, 0.0, 150.0], [50.0, 100.0, 150.0, 0.0]]
)[None]  # fmt: skip


def line(**changes: object) -> Problem:
    """Return cells 50, 100 and 150 nm from the station, half an hour apart, a look of 1 h each."""
    given = {
        "under_way": np.array([[1.0], [2.0], [3.0]]),
        "rate_per_h": np.array([[0.5], [1.0], [1.5]]),
        "decay_per_h": 0.5,
        "pod": np.full((1, 3, 1, 1), 0.5),
        "dwell_h": np.ones((1, 3, 1)),
        "distance_nm": LINE,
        "endurance_h": 5.0,
    }
    return build(**(given | changes))


def only(problem: Problem, routes: Routes, **more: object) -> dict[int, str]:
    return {cell: each.code for cell, each in obstacles(problem, routes, **more).items()}  # type: ignore[arg-type]


def test_what_keeps_a_cell_from_being_searched_is_found_in_order() -> None:
    """Each obstacle is told with what is lacking, on a problem made for it."""
    near = Route(0, 0.0, (Look(0, 0),))
    far = obstacles(line(endurance_h=3.5), ())[2]
    assert (far.code, far.slot, round(far.amount, 9)) == ("endurance", 0, 50.0)
    late = obstacles(line(latest_h=3.0), ())[2]
    assert (late.code, round(late.amount, 9)) == ("window", 1.0)
    cut = LINE.copy()
    cut[0, 2, :] = cut[0, :, 2] = np.inf
    assert only(line(distance_nm=cut), ())[2] == "legal"
    forbidden = np.ones((1, 3), bool)
    forbidden[0, 1] = False
    assert only(line(allowed=forbidden), (), never={1})[1] == "pinned"
    assert only(line(allowed=forbidden), ())[1] == "legal"
    assert only(line(fixed=(near,)), (near,))[1] == "pinned"
    blind = np.full((1, 3, 1, 1), 0.5)
    blind[0, 2] = 0.0
    assert only(line(pod=blind), (near,))[2] == "covered"
    assert only(line(price_per_h=np.array([0.0, 0.0, 9.0])), ())[2] == "price"
    full = Route(0, 0.0, (Look(1, 0), Look(2, 0)))
    assert only(line(endurance_h=5.0), (full,))[0] == "busy"


def test_room_that_another_sortie_takes_away_is_a_conflict() -> None:
    """A sortie with room whose aircraft must leave again, or whose hours are spent, conflicts."""
    short = Route(0, 0.0, (Look(0, 0),))
    again = Route(1, 3.0, (Look(0, 0),))
    pair = line(
        earliest_h=np.array([0.0, 3.0]),
        latest_h=np.array([9.0, 5.5]),
        aircraft=np.array([0, 0]),
        turnaround_h=0.5,
    )
    conflict = obstacles(pair, (short, again))[2]
    assert conflict.code == "conflict"
    assert conflict.edit is not None
    assert conflict.edit.rule == "turnaround"
    assert conflict.edit.over_h == pytest.approx(5.0 - (3.0 - 0.5))
    spent = obstacles(line(budget_h=2.0), (short,))[2]
    assert spent.code == "conflict"
    assert spent.edit is not None
    assert spent.edit.rule == "flying hours"


def test_a_swap_tells_what_the_cell_costs_at_most() -> None:
    """The edit keeps the rules, searches the cell, and gains exactly what it says."""
    for seed in range(40):
        problem = tiny(seed)
        routes = greedy.solve(problem, seconds=5).routes
        for cell, each in obstacles(problem, routes).items():
            for edit in filter(None, [each.edit if each.code == "price" else None, each.swap]):
                after = edit.applied(routes)
                assert broken_rules(problem, after) == []
                assert any(look.cell == cell for look in edit.after.looks)
                gained = problem.value(after) - problem.value(routes)
                assert edit.gain == pytest.approx(gained, abs=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_every_cell_has_a_reason_that_brute_force_confirms(seed: int) -> None:
    """Flip the obstacle that is told and the cell can be searched, or is worth searching."""
    problem = tiny(seed)
    _, routes = brute_force(problem)
    confirm(problem, routes)


@pytest.mark.nightly
def test_a_thousand_random_problems_are_explained() -> None:
    """Every unsearched cell of a thousand problems has a reason that holds, whoever solved it."""
    for seed in range(1_000, 2_000):
        problem = tiny(seed)
        confirm(problem, greedy.solve(problem, seconds=5).routes)


def confirm(problem: Problem, routes: Routes) -> None:
    """Check that all cells are explained, and each explanation by lifting its obstacle."""
    found = obstacles(problem, routes)
    searched = {look.cell for route in routes for look in route.looks}
    expected = {c for c in range(problem.cells) if problem.demand(c).under_way_at(0) > 0}
    assert set(found) >= expected - searched
    for cell, obstacle in found.items():
        assert holds(problem, routes, cell, obstacle), (cell, obstacle)


def holds(problem: Problem, routes: Routes, cell: int, obstacle: Obstacle) -> bool:
    """Return whether an obstacle stands in the way, and nothing does that is tested before it."""
    alone_now = lone(problem, cell)
    if obstacle.code in {"legal", "endurance", "window"}:
        return not alone_now and bool(lone(lifted(problem, cell, obstacle), cell))
    assert alone_now, (cell, obstacle)
    if obstacle.code == "covered":
        best = max(seen for _, seen in alone_now)
        return best <= LEAST_SHARE * problem.value(routes) + 1e-12
    inserts = inserted(problem, routes, cell)
    lawful = [after for after in inserts if not broken_rules(problem, after)]
    gains = [problem.value(after) - problem.value(routes) for after in lawful]
    if obstacle.code == "price":
        return -obstacle.amount == pytest.approx(max(gains))
    if obstacle.code == "conflict":
        return bool(inserts) and not lawful
    assert obstacle.code == "busy"
    return not lawful and bool(lone_with_one_more(problem, routes, cell, obstacle.slot))


def lone(problem: Problem, cell: int) -> list[tuple[Route, float]]:
    """Return every sortie that searches the cell alone, and what it sees there."""
    free = replace(problem, required=np.zeros((0, 3)), fixed=())
    found = []
    for slot in range(len(problem.slots)):
        for takeoff_h in hours(problem, slot):
            for level in range(problem.dwell_h.shape[2]):
                route = Route(slot, takeoff_h, (Look(cell, level),))
                if not broken_rules(free, (route,)):
                    found.append((route, problem.value((route,)) + problem.cost(route)))
    return found


def hours(problem: Problem, slot: int) -> list[float]:
    """Return the take-offs of a slot."""
    first, last = problem.slots.earliest_h[slot], problem.slots.last_takeoff_h[slot]
    return [
        float(first + problem.takeoff_step_h * k)
        for k in range(9)
        if first + problem.takeoff_step_h * k <= last + 1e-9
    ]


def lifted(problem: Problem, cell: int, obstacle: Obstacle) -> Problem:
    """Return the problem without one obstacle."""
    slots = problem.slots
    if obstacle.code == "legal":
        allowed = problem.allowed.copy()
        allowed[:, cell] = True
        return replace(problem, allowed=allowed)
    more = obstacle.amount + 1e-6
    if obstacle.code == "window":
        return replace(problem, slots=replace(slots, latest_h=slots.latest_h + more))
    speed_kn = problem.speed_kn[slots.kind]
    longer = replace(
        slots, endurance_h=slots.endurance_h + more / speed_kn, latest_h=slots.latest_h + 99
    )
    allowed = problem.allowed.copy()
    allowed[:, cell] = True
    return replace(problem, slots=longer, allowed=allowed)


def inserted(problem: Problem, routes: Routes, cell: int) -> list[Routes]:
    """Return the plans with the cell put anywhere into a sortie, or searched in a free slot."""
    plans = []
    for route in routes:
        for place in range(len(route.looks) + 1):
            for level in range(problem.dwell_h.shape[2]):
                looks = (*route.looks[:place], Look(cell, level), *route.looks[place:])
                after = Route(route.slot, route.takeoff_h, looks)
                if not broken_rules(replace(problem, exclusive=False), (after,)):
                    plans.append(tuple(after if each is route else each for each in routes))
    taken = {route.slot for route in routes}
    for route, _ in lone(problem, cell):
        if route.slot not in taken:
            plans.append((*routes, route))
    return plans


def lone_with_one_more(
    problem: Problem, routes: Routes, cell: int, slot: int
) -> list[tuple[Route, float]]:
    """Return the sorties that one more aircraft in that slot could search the cell with."""
    del routes
    return [each for each in lone(problem, cell) if each[0].slot == slot]


def test_looks_are_valued_as_the_problem_values_them() -> None:
    """What a lone look is ranked by is what it sees; gains of looks add up to what is seen."""
    for seed in range(20):
        problem = tiny(seed)
        cells, none = np.arange(problem.cells), np.zeros(problem.cells, np.int64)
        ranked = look_values(problem, none, cells, none, np.full(problem.cells, 3.3))
        pods = [problem.look_pod(0, Look(int(cell), 0), 3.3) for cell in cells]
        expected = [
            pod * problem.demand(int(cell)).under_way_at(3.3)
            for pod, cell in zip(pods, cells, strict=True)
        ]
        assert ranked == pytest.approx(expected)
        _, routes = brute_force(problem)
        paid = sum(problem.cost(route) for route in routes)
        gained = sum(look_gains(problem, routes).values())
        assert gained - paid == pytest.approx(problem.value(routes))


def test_the_waterfall_adds_up_and_simulation_agrees() -> None:
    """Parts add up to all that is under way; what is looked at and seen is what is drawn."""
    for seed in range(10):
        problem = tiny(seed, decay_per_h=0.7)
        _, routes = brute_force(problem)
        parts = waterfall(problem, routes, obstacles(problem, routes), closed=1.25)
        begun = (problem.under_way[:, 0] + problem.rate_per_h.sum(axis=1) * problem.step_h).sum()
        assert parts.total == pytest.approx(begun + 1.25, rel=1e-12)
        assert min(value for _, value in parts.steps()) >= -1e-12
        rng = np.random.default_rng(seed)
        seen = simulate(problem, routes, draws=4_000, rng=rng)
        assert abs(seen.mean - parts.seen) <= 5 * seen.standard_error + 1e-9
        sharp = replace(problem, pod=np.ones_like(problem.pod))
        looked = simulate(sharp, routes, draws=4_000, rng=rng)
        assert abs(looked.mean - parts.seen - parts.missed) <= 5 * looked.standard_error + 1e-9


def test_a_sortie_alone_is_worth_no_less_than_in_the_plan() -> None:
    """What the plan loses without a sortie never exceeds what the sortie sees by itself."""
    for seed in range(20):
        problem = tiny(seed)
        _, routes = brute_force(problem)
        for by_itself, lost in alone(problem, routes).values():
            assert lost <= by_itself + 1e-9


def test_a_problem_without_slots_or_cells_is_explained() -> None:
    """Nobody to fly leaves cells out of every aircraft's reach; nothing expected needs no word."""
    nobody = one_cell(earliest_h=np.zeros(0))
    assert only(nobody, ()) == {0: "legal"}
    calm = line(under_way=np.zeros((3, 1)), rate_per_h=np.zeros((3, 1)))
    assert obstacles(calm, ()) == {}
