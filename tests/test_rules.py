"""Each rule broken by itself is named, and a hair's breadth within it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from planner.problem import Look, Problem, Route
from planner.rules import broken_rules, flown_h
from tests.instances import build, one_cell

LOOK = (Look(0, 0),)


def two_slots(**changes: Any) -> Problem:
    """Return one cell an hour away and two 3 h sorties of one aircraft, at 0 h and 12 h."""
    plain: dict[str, Any] = {
        "under_way": np.array([[3.0]]),
        "rate_per_h": np.array([[1.5]]),
        "decay_per_h": 0.5,
        "pod": np.full((1, 1, 1, 1), 0.5),
        "dwell_h": np.full((1, 1, 1), 1.0),
        "distance_nm": np.array([[[0.0, 100.0], [100.0, 0.0]]]),
        "earliest_h": [0.0, 0.0],
        "aircraft": [0, 0],
    }
    return build(**(plain | changes))


def pair(first_h: float, second_h: float) -> tuple[Route, Route]:
    return Route(0, first_h, LOOK), Route(1, second_h, LOOK)


@pytest.mark.parametrize(
    ("changes", "route", "told"),
    [
        ({}, Route(0, 0.0, ()), "without searching"),
        ({"distance_nm": np.array([[[0, 100.0], [np.inf, 0]]])}, Route(0, 0.0, LOOK), "not exist"),
        ({"earliest_h": 1.0}, Route(0, 0.999, LOOK), "takes off 0.001 h early"),
        ({"last_takeoff_h": 2.0}, Route(0, 2.001, LOOK), "takes off 0.001 h late"),
        ({"latest_h": 5.0}, Route(0, 2.25, LOOK), "lands 0.250 h late"),
        ({"endurance_h": 2.75}, Route(0, 0.0, LOOK), "0.250 h beyond its endurance"),
        ({"takeoff_step_h": 0.5}, Route(0, 0.75, LOOK), "between the allowed times"),
        ({"allowed": np.zeros((1, 1), bool)}, Route(0, 0.0, LOOK), "searches cell 0"),
        ({"budget_h": 2.5}, Route(0, 0.0, LOOK), "flies 3.00 h of 2.50 h"),
    ],
)
def test_a_broken_rule_is_named(changes: dict[str, Any], route: Route, told: str) -> None:
    """And nothing else is, unless it follows: a leg that does not exist never ends."""
    faults = broken_rules(one_cell(**changes), (route,))
    assert told in faults[0]
    assert len(faults) == 1 or told == "not exist"


@pytest.mark.parametrize(
    ("changes", "takeoff_h"),
    [
        ({"earliest_h": 1.0, "last_takeoff_h": 1.0}, 1.0),
        ({"latest_h": 5.0}, 2.0),
        ({"endurance_h": 3.0}, 0.0),
        ({"takeoff_step_h": 0.5, "earliest_h": 0.2}, 1.7),
        ({"budget_h": 3.0}, 0.0),
    ],
)
def test_a_limit_may_be_reached(changes: dict[str, Any], takeoff_h: float) -> None:
    """At the limit itself a route may be flown."""
    assert broken_rules(one_cell(**changes), (Route(0, takeoff_h, LOOK),)) == []


@pytest.mark.parametrize(
    ("changes", "second_h", "told"),
    [
        ({"turnaround_h": 2.0}, 5.0, ""),
        ({"turnaround_h": 2.0}, 4.9, "takes off less than 2 h after slot 0"),
        ({"crews": 1, "rest_h": 8.0}, 11.0, ""),
        ({"crews": 1, "rest_h": 8.0}, 10.9, "leaves its crew no rest"),
        ({"crews": 2, "rest_h": 8.0}, 3.0, ""),
        ({"sorties_per_day": 2}, 3.0, ""),
        ({"sorties_per_day": 1}, 3.0, "flies 2 sorties on day 0"),
        ({"budget_h": 6.0}, 3.0, ""),
        ({"budget_h": 5.9}, 3.0, "detachment 0 flies 6.00 h of 5.90 h"),
    ],
)
def test_two_sorties_of_an_aircraft(changes: dict[str, Any], second_h: float, told: str) -> None:
    """Turnaround, rest, sorties a day and the budget bind them together, and only just."""
    faults = broken_rules(two_slots(**changes), pair(0.0, second_h))
    assert [told in fault for fault in faults] == ([True] if told else [])


def test_a_slot_is_flown_once() -> None:
    """Its number is told."""
    route = Route(0, 0.0, LOOK)
    assert "slot 0 is flown twice" in broken_rules(one_cell(), (route, route))


@pytest.mark.parametrize(("exclusive", "second_h", "meet"), [
    (True, 0.5, True), (True, 1.0, False), (False, 0.5, False),
])  # fmt: skip
def test_two_aircraft_in_one_cell(*, exclusive: bool, second_h: float, meet: bool) -> None:
    """They meet when their searches overlap, unless the scenario lets them."""
    faults = broken_rules(two_slots(aircraft=[0, 1], exclusive=exclusive), pair(0.0, second_h))
    assert [("at the same time" in fault) for fault in faults] == [True] * meet


def test_orders_are_kept() -> None:
    """A sortie ordered is flown exactly so, and a look ordered happens in its time."""
    fixed, other = Route(0, 0.0, LOOK), Route(0, 0.5, LOOK)
    problem = one_cell(fixed=(fixed,))
    assert broken_rules(problem, (fixed,)) == []
    assert broken_rules(problem, (other,)) == ["slot 0 is not flown as ordered"]
    for span, kept in (((1.5, 1.5), True), ((1.51, 2.0), False), ((0.0, 1.49), False)):
        faults = broken_rules(one_cell(required=np.array([[0.0, *span]])), (fixed,))
        assert [("is not searched between" in fault) for fault in faults] == [True] * (not kept)


def test_a_ferry_flight_counts_against_the_budget_and_delays() -> None:
    """An aircraft that landed elsewhere must be brought home."""
    problem = two_slots(turnaround_h=1.0)
    away = replace(problem, slots=replace(problem.slots, ferry_h=np.array([2.0, 0.0])))
    assert flown_h(away, Route(0, 0.0, LOOK)) == 5.0
    assert broken_rules(away, pair(0.0, 6.0)) == []
    assert broken_rules(away, pair(0.0, 5.9)) != []


def test_a_sortie_searches_a_cell_twice_only_where_transfers_end() -> None:
    """Where they never do, a second look is worth nothing more than a longer first one."""
    route = Route(0, 0.0, LOOK * 2)
    assert broken_rules(one_cell(endurance_h=6.0), (route,)) == []
    assert broken_rules(one_cell(endurance_h=6.0, decay_per_h=0.0), (route,)) != []
    assert broken_rules(one_cell(decay_per_h=0.0), (Route(0, 0.0, LOOK),)) == []
