"""Sorties beside each other: each rule of a fleet at its limit, just within it and just beyond."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from planner.check import check, fleets
from planner.check.case import Case, hours
from planner.plan import Relaxed
from tests.test_check import GEOD as EARTH
from tests.test_check import GOOD, PLACES, TRANSIT_KN, changed, scenario

if TYPE_CHECKING:
    from planner.plan import Plan, Sortie

S01, S02, S03, S04 = GOOD.sorties
SECOND_H = 1 / 3600
BETWEEN_H = hours(S01.landing, S03.takeoff)
HOME_H = EARTH.inv(*PLACES["kadena"], *PLACES["naha"])[2] / 1852 / TRANSIT_KN


def with_sorties(*sorties: Sortie) -> Plan:
    """Return the good plan with other sorties."""
    return GOOD.model_copy(update={"sorties": sorties})


def later(sortie: Sortie, seconds: float) -> Sortie:
    """Return a sortie whose take-off and landing come later."""
    late = timedelta(seconds=seconds)
    times = {"takeoff": sortie.takeoff + late, "landing": sortie.landing + late}
    return sortie.model_copy(update=times)


@pytest.mark.parametrize(("more_s", "told"), [(-60, 0), (2, 0), (5, 1), (3600, 1)])
def test_an_aircraft_is_turned_round(more_s: float, told: int) -> None:
    """Between landing and take-off lies the turnaround, to three seconds."""
    terms = scenario(aircraft__p3c_naha__turnaround_h=BETWEEN_H + more_s * SECOND_H)
    found = list(fleets.airframes(Case(GOOD, terms)))
    assert len(found) == told
    assert all(f"S03 takes off {BETWEEN_H:.2f} h after S01" in each for each in found)


@pytest.mark.parametrize(("more_s", "told"), [(-60, 0), (2, 0), (5, 1)])
def test_a_crew_rests(more_s: float, told: int) -> None:
    """One crew debriefs for an hour, rests and briefs for two, to three seconds."""
    rest_h = BETWEEN_H - 3 + more_s * SECOND_H
    terms = scenario(aircraft__p3c_naha__crews=1, aircraft__p3c_naha__rest_h=rest_h)
    found = list(fleets.airframes(Case(GOOD, terms)))
    assert [each.partition(" has ")[0] for each in found] == ["p3c-naha-1: the crew of S01 and S03"
                                                             ] * told  # fmt: skip


def test_who_brings_an_aircraft_home_is_neither_turned_round_nor_at_rest() -> None:
    """An hour of ferry is an hour less between two sorties, for the aircraft and its crew."""
    plan = with_sorties(S01.model_copy(update={"ferry_h": 1.0}), S03)
    turn = scenario(aircraft__p3c_naha__turnaround_h=BETWEEN_H - 0.5)
    rest = scenario(aircraft__p3c_naha__crews=1, aircraft__p3c_naha__rest_h=BETWEEN_H - 3.5)
    for terms in (turn, rest):
        assert list(fleets.airframes(Case(with_sorties(S01, S03), terms))) == []
        assert len(list(fleets.airframes(Case(plan, terms)))) == 1


def test_one_sortie_a_day_is_counted_by_days() -> None:
    """The first aircraft flies twice on a day; the second flies once on each of two days."""
    one = scenario(aircraft__p3c_naha__sorties_per_day=1)
    assert list(fleets.airframes(Case(GOOD, one))) == [
        "p3c-naha-1: 2 sorties on day 1, expected 1 at most"
    ]
    assert list(fleets.airframes(Case(with_sorties(S04), one))) == []


@pytest.mark.parametrize(("less_s", "told"), [(-60, 0), (9, 0), (15, 1)])
def test_a_detachment_keeps_its_budget(less_s: float, told: int) -> None:
    """All hours count, ferries too; three seconds may be lost a sortie."""
    plan = changed("sorties", 3, ferry_h=1.0)
    spent_h = 1.0 + sum(hours(each.takeoff, each.landing) for each in plan.sorties)
    terms = scenario(aircraft__p3c_naha__budget_h=spent_h - less_s * SECOND_H)
    found = list(fleets.detachments(Case(plan, terms)))
    assert len(found) == told
    assert all(each.startswith(f"p3c-naha flies {spent_h:.2f} h") for each in found)


@pytest.mark.parametrize(("available", "told"), [(1.0, []), (0.75, []), (0.5, [1]), (0.4, [1])])
def test_so_many_aircraft_fly_on_a_day(available: float, told: list[int]) -> None:
    """Half of two is one; three quarters of two are two on some days. Two fly on the first day."""
    terms = scenario(aircraft__p3c_naha__available=available)
    found = list(fleets.detachments(Case(GOOD, terms)))
    assert found == [f"p3c-naha flies 2 aircraft on day {day}, expected 1 at most" for day in told]


@pytest.mark.parametrize(("late_s", "told"), [(-60, 1), (-5, 1), (-2, 0), (0, 0), (60, 0)])
def test_a_cell_is_searched_by_one_at_a_time(late_s: float, told: int) -> None:
    """The next search may begin when the last one ends, or three seconds before."""
    first, second = S01.visits[0], S02.visits[0]
    start = first.end + timedelta(seconds=late_s)
    moved = second.model_copy(update={"start": start, "end": start + timedelta(hours=1)})
    plan = with_sorties(
        S01.model_copy(update={"visits": (first,)}), S02.model_copy(update={"visits": (moved,)})
    )
    found = list(fleets.deconfliction(Case(plan, scenario(rules__share_cells=False))))
    assert found == ["S01 and S02 search cell A1 at the same time"] * told
    assert list(fleets.deconfliction(Case(plan, scenario()))) == []


def test_only_who_searches_a_forbidden_cell_is_told() -> None:
    """The second sortie searches A1 alone, the fourth A2 alone."""
    plan = with_sorties(S02, S04)
    (told,) = fleets.orders(Case(plan, scenario(pins__never=["A2"])))
    assert told == "S04 searches cell A2, which is never to be searched"


@pytest.mark.parametrize(
    ("from_s", "to_s", "kept"),
    [(-60, 60, True), (0, 60, True), (-60, 0, True), (2, 60, True), (-60, -2, True),
     (5, 60, False), (-60, -5, False)],
)  # fmt: skip
def test_a_look_is_made_when_its_middle_lies_in_the_time_ordered(
    from_s: float, to_s: float, *, kept: bool
) -> None:
    """To three seconds, before and after."""
    middle = S04.visits[0].start + timedelta(minutes=30)
    look = {"cell": "A2", "from_time": middle + timedelta(seconds=from_s),
            "to_time": middle + timedelta(seconds=to_s)}  # fmt: skip
    case = Case(with_sorties(S04), scenario(pins__looks=[told(look)]))
    assert (list(fleets.orders(case)) == []) == kept


def told(order: dict[str, Any]) -> dict[str, Any]:
    """Return an order with its times as text."""
    return {key: each.isoformat() if "time" in key or key == "takeoff" else each
            for key, each in order.items()}  # fmt: skip


def as_flown(sortie: Sortie, **changes: Any) -> dict[str, Any]:
    """Return the order that a sortie keeps, with changes."""
    visits = [{"cell": each.cell, "dwell_h": each.dwell_h} for each in sortie.visits]
    order = {"aircraft": sortie.aircraft, "takeoff": sortie.takeoff, "visits": visits}
    return told(order | changes)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"recovery": "naha"}, True),
        ({"recovery": "kadena"}, False),
        ({"aircraft": "p3c-naha-2"}, False),
        ({"takeoff": S01.takeoff + timedelta(seconds=3)}, True),
        ({"takeoff": S01.takeoff - timedelta(seconds=5)}, False),
        ({"visits": [{"cell": "A1", "dwell_h": 1.0}]}, False),
        ({"visits": [{"cell": "A1", "dwell_h": 1.0}, {"cell": "A2", "dwell_h": 1.0005}]}, True),
        ({"visits": [{"cell": "A1", "dwell_h": 1.0}, {"cell": "A2", "dwell_h": 1.25}]}, False),
        ({"visits": [{"cell": "A2", "dwell_h": 1.0}, {"cell": "A1", "dwell_h": 1.0}]}, False),
    ],
)
def test_a_sortie_is_flown_as_ordered(changes: dict[str, Any], *, kept: bool) -> None:
    """Aircraft, take-off, cells in their order, dwells and landing, to three seconds."""
    terms = scenario(
        pins__sorties=[as_flown(S01, **changes)], aircraft__p3c_naha__recovery=["kadena"]
    )
    assert (list(fleets.orders(Case(GOOD, terms))) == []) == kept


@pytest.mark.parametrize(("less_s", "kept"), [(-60, True), (0, True), (2, True), (5, False)])
def test_an_aircraft_is_brought_home(less_s: float, *, kept: bool) -> None:
    """From the field it landed at, no faster than it flies, to three seconds."""
    away = S04.model_copy(update={"recovery": "kadena", "ferry_h": HOME_H - less_s * SECOND_H})
    found = list(fleets.airframes(Case(with_sorties(away), scenario())))
    assert (found == []) == kept
    assert all(each.endswith(f"expected {HOME_H:.2f} h at least") for each in found)


KEPT = as_flown(S01)
NOT_KEPT = as_flown(S01, visits=[{"cell": "A1", "dwell_h": 1.5}])
LOOK = {"cell": "A2", "from_time": "2020-02-18T06:00:00+09:00",
        "to_time": "2020-02-18T09:00:00+09:00"}  # fmt: skip
NO_LOOK = LOOK | {"cell": "A1"}


def aside(*places: str, status: str = "partial", why: str = "it cannot be flown") -> Plan:
    """Return the good plan with some orders said to be set aside."""
    relaxed = tuple(Relaxed(where=each, found="an order", why=why) for each in places)
    return GOOD.model_copy(update={"relaxed": relaxed, "status": status})


@pytest.mark.parametrize(
    ("plan", "looks", "sorties", "told"),
    [
        (GOOD, [LOOK], [KEPT], ""),
        (aside("pins.looks[0]"), [NO_LOOK], [], ""),
        (aside("pins.looks[0]", "pins.sorties[0]"), [NO_LOOK, LOOK], [NOT_KEPT, KEPT], ""),
        (aside("pins.sorties[1]"), [], [KEPT, KEPT], ""),
        (aside("pins.looks[0]", why=""), [NO_LOOK], [], "A1 is not searched when it must be"),
        (aside("pins.looks[0]"), [LOOK], [], "pins.looks[0] is said to be set aside, but it is"),
        (aside("pins.sorties[0]"), [], [KEPT], "pins.sorties[0] is said to be set aside, but it"),
        (aside("pins.looks[1]"), [LOOK], [], "pins.looks[1] is said to be set aside, but there"),
        (aside("pins.looks[0]", status="feasible"), [NO_LOOK], [], "the status is feasible"),
    ],
)
def test_a_plan_tells_the_truth_of_the_orders_it_sets_aside(
    plan: Plan, looks: list[Any], sorties: list[Any], told: str
) -> None:
    """Each is an order there is, is not kept all the same, and makes the plan a partial one."""
    found = check(plan, scenario(pins__looks=looks, pins__sorties=sorties))
    assert [told in each for each in found] == [True] * bool(told)
