"""What a plan is worth, to the last of what whole seconds may move it, and where it is flown."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.check import worth
from planner.check.case import Case, coast_of
from planner.check.charts import coast_around
from planner.check.tracks import fly, hours_inside, territorial_seas
from tests.test_check import (
    BARRELS,
    CENTRES,
    FLOWN,
    GEOD,
    GOOD,
    PLACES,
    PROFILE,
    START,
    a_sortie,
    a_visit,
    changed,
    scenario,
    with_seen,
)

if TYPE_CHECKING:
    from planner.plan import Plan, Visit

NAHA, HERE = PLACES["naha"], CENTRES["A1"]
VISITS = [visit for sortie in GOOD.sorties for visit in sortie.visits]
TRUE = GOOD.value.transfers
UNSURE = len(VISITS) * 0.05 * max(PROFILE) / 3600  # of six looks a second each
HACHIJO = (139.81, 33.1)
HACHIJO_NM2 = 24.72


def values(plan: Plan, **changes: Any) -> list[str]:
    """Return what the check says of a plan's numbers of transfers and barrels."""
    case = Case(plan, scenario(**changes))
    return list(worth.values(case, hours_inside(case, fly(case))))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("objective", "name", "each", "share"),
    [("transfers", "transfers", 1.0, 1e-3), ("transfers", "barrels", BARRELS, 1e-3),
     ("transfers", "score", 1.0, 2e-3), ("barrels", "score", BARRELS, 2e-3)],
)  # fmt: skip
def test_numbers_may_differ_by_what_begins_in_a_second(
    objective: str, name: str, each: float, share: float, sign: int
) -> None:
    """By that and a thousandth, of the score two; by a little less, but not by a little more."""
    for part, told in ((0.8, 0), (1.2, 1)):
        stated = each * (TRUE + sign * (share * TRUE + part * UNSURE))
        terms = {"objective": objective, name: stated, "bound": None}
        plan = changed("value", **terms)
        assert len(values(plan)) == told


@pytest.mark.parametrize(
    ("bound", "told"), [(1.0, 0), (1 + 1e-6, 0), (1 - 1e-6, 1), (1 - 1e-12, 0), (0.5, 1)]
)
def test_no_score_exceeds_its_bound(bound: float, told: int) -> None:
    """By more than rounding, in barrels too."""
    score = TRUE * BARRELS
    plan = changed("value", objective="barrels", score=score, bound=bound * score)
    assert len(values(plan)) == told


@pytest.mark.parametrize(
    ("bound", "gap", "told"),
    [(1.25, 0.2, 0), (1.25, 0.201, 1), (1.25, 0.199, 1), (1.25, None, 0), (1.0, 0.0, 0),
     (1 - 1e-12, 0.0, 0), (None, 0.0, 1), (None, None, 0)],
)  # fmt: skip
def test_a_gap_is_the_share_of_the_bound_that_is_missing(
    bound: float | None, gap: float | None, told: int
) -> None:
    """A score of four fifths of the bound is a fifth below it; without a bound there is no gap."""
    plan = changed("value", bound=bound and bound * TRUE, gap=gap)
    assert sum("gap" in each for each in values(plan)) == told


def test_a_plan_that_earns_nothing_keeps_a_bound_of_nothing() -> None:
    """Rounding is allowed where a share of the bound is nothing, too."""
    nothing = {"transfers": 0.0, "barrels": 0.0, "score": 0.0, "bound": 0.0, "gap": 0.0}
    plan = changed("value", **nothing).model_copy(update={"sorties": ()})
    assert values(plan) == []


def test_without_transfers_there_are_no_barrels() -> None:
    """What no cell says a transfer holds is worth nothing."""
    cells = tuple(each.model_copy(update={"transfers": 0.0}) for each in GOOD.cells)
    (told,) = values(changed("value", barrels=TRUE).model_copy(update={"cells": cells}))
    assert told.endswith(f"{TRUE:.4f} stated, 0.0000 found")


def begun(cell: str, hour: float, step_h: float) -> float:
    """Return the transfers under way in a cell at an hour: those of each half-minute before it."""
    part_h, solar_h = 1 / 120, CENTRES[cell][0] / 15 + 15.0
    day, last = round(24 / step_h), round(48 / step_h) - 1
    under_way = 0.0
    for ago_h in np.arange(part_h / 2, 60.0, part_h).tolist():
        step = math.floor((hour - ago_h) / step_h)
        known = step % day if step < 0 else min(step, last)
        profile = PROFILE[int((known + 0.5) * step_h + solar_h) % 24]
        under_way += 0.05 * profile * math.exp(-ago_h / 3.0) * part_h
    return under_way


@pytest.mark.parametrize("step_h", [0.1, 0.5, 6.0])
@pytest.mark.parametrize("hour", [0.25, 7.6, 24.0, 47.9, 48.1, 51.0])
def test_a_look_finds_what_began_before_it(hour: float, step_h: float) -> None:
    """The first day repeats before the period, the last step after it."""
    visit = a_visit("A1", hour - 0.5)
    seen = visit.pod * begun("A1", hour, step_h)
    for stated, told in ((seen, False), (1.003 * seen, True)):
        plan = searching(visit.model_copy(update={"seen": stated}))
        found = values(plan, rules__time_step_h=step_h)
        assert any("transfers seen in" in each for each in found) == told


def test_each_sortie_alone_earns_what_it_sees() -> None:
    """One look at each of two cells: nothing was seen before."""
    sorties = with_seen([a_sortie(*FLOWN[1]), a_sortie(*FLOWN[3])])
    seen = sum(sortie.seen for sortie in sorties)
    value = GOOD.value.model_copy(update={"transfers": seen, "barrels": seen * BARRELS,
                                          "score": seen})  # fmt: skip
    assert values(GOOD.model_copy(update={"sorties": sorties, "value": value})) == []


def test_a_third_look_finds_what_two_have_missed() -> None:
    """Three looks at one cell, an hour and a half apart."""
    flown = [("S1", 6.0), ("S2", 7.5), ("S3", 9.0)]
    sorties = with_seen([a_sortie(name, "p3c-naha-1", at_h, ("A1",)) for name, at_h in flown])
    told = values(GOOD.model_copy(update={"sorties": sorties}))
    assert not any("transfers seen in" in each for each in told)


def test_a_search_is_where_its_leg_ends() -> None:
    """However a leg winds; by a point on the other side of the earth it is night, and no storm."""
    plan = changed("sorties", within="legs", points=(NAHA, (-50.0, 25.0), HERE))
    assert list(worth.searches(Case(plan, scenario()))) == []
    assert [each for each in values(plan) if "transfers" in each] == []
    storm = {"west": HERE[0], "east": HERE[0], "south": HERE[1], "north": HERE[1], "state": 5,
             "from_date": "2020-02-17", "to_date": "2020-02-19"}  # fmt: skip
    told = list(worth.searches(Case(plan, scenario(weather__sea=[storm]))))
    assert len(told) == sum(visit.cell == "A1" for visit in VISITS)


@pytest.mark.parametrize("side", ["west", "east", "south", "north"])
def test_weather_beside_a_place_is_not_its_weather(side: str) -> None:
    """A storm that ends a tenth of a degree short of the place on one side alone."""
    storm = {"west": 120.0, "east": 140.0, "south": 20.0, "north": 30.0, "state": 5,
             "from_date": "2020-02-17", "to_date": "2020-02-19"}  # fmt: skip
    edge = {"west": 130.3, "east": 129.3, "south": 25.6, "north": 24.9}[side]
    terms = scenario(weather__sea=[storm | {side: edge}])
    assert list(worth.searches(Case(GOOD, terms))) == []
    assert list(worth.searches(Case(GOOD, scenario(weather__sea=[storm])))) != []


@pytest.mark.parametrize(
    ("middle_h", "day", "told"),
    [
        (24 - 4 / 3600, 17, True),
        (24 - 2 / 3600, 17, False),
        (24 + 2 / 3600, 17, False),
        (24 - 2 / 3600, 18, False),
        (24 + 2 / 3600, 18, False),
        (24 + 4 / 3600, 18, True),
        (24 + 4 / 3600, 17, False),
        (48.2, 18, True),
        (48.2, 19, False),
    ],
)
def test_the_weather_is_that_of_the_step_of_mid_search(
    middle_h: float, day: int, *, told: bool
) -> None:
    """Three seconds about midnight either day's will do; beyond the period the last step's."""
    whole = a_visit("A1", middle_h - 0.5)
    start = START + timedelta(hours=middle_h - 0.5)
    visit = whole.model_copy(update={"start": start, "end": start + timedelta(hours=1)})
    storm = {"west": 120.0, "east": 140.0, "south": 20.0, "north": 30.0, "state": 5,
             "from_date": f"2020-02-{day}", "to_date": f"2020-02-{day}"}  # fmt: skip
    found = list(worth.searches(Case(searching(visit), scenario(weather__sea=[storm]))))
    assert ["sea state 3, which it is not" in each for each in found] == [True] * told


@pytest.mark.parametrize("start_h", [2.5, 44.5])
def test_the_first_step_and_the_last_have_a_light_of_their_own(start_h: float) -> None:
    """At three and at nine in the night it is dark; it is day in the steps of six hours between."""
    plan = searching(a_visit("A1", start_h))
    assert list(worth.searches(Case(plan, scenario(rules__time_step_h=6.0)))) == []


def searching(visit: Visit) -> Plan:
    """Return a plan of one sortie with one search."""
    sortie = GOOD.sorties[1].model_copy(update={"visits": (visit,)})
    return GOOD.model_copy(update={"sorties": (sortie,)})


def test_a_longer_search_sees_more() -> None:
    """Two hours sweep twice as much as one."""
    visit = VISITS[0]
    twice = 0.95 * (1 - (1 - visit.pod / 0.95) ** 2)
    plan = searching(visit.model_copy(update={"dwell_h": 2.0, "pod": twice}))
    assert list(worth.searches(Case(plan, scenario()))) == []


def test_islands_are_taken_off_the_sea_of_a_cell() -> None:
    """A square of 20 nm about Hachijo has 400 nm² less the island's, as large as the map says."""
    away = np.array([[-10, -10], [10, -10], [10, 10], [-10, 10], [-10, -10]]) / 60
    ring = np.array(HACHIJO) + away / np.array([np.cos(np.deg2rad(HACHIJO[1])), 1.0])
    sea_nm2 = abs(GEOD.polygon_area_perimeter(*ring.T)[0]) / 1852**2 - HACHIJO_NM2
    rings = (tuple(map(tuple, ring.tolist())),)
    for part, told in ((1.0, 0), (0.98, 1), (1.02, 1)):
        plan = changed("cells", rings=rings, area_nm2=part * sea_nm2)
        assert len(list(worth.areas(Case(plan, scenario())))) == told


def test_hours_are_counted_along_a_search() -> None:
    """Each track's own hours, and places no more than a quarter of a mile apart along it."""
    flown = fly(Case(GOOD, scenario()))
    assert {round(t.hours, 9) for t in flown.tracks if t.cell} == {1.0}
    for way in np.unique(flown.owner):
        lon, lat = flown.places[flown.owner == way].T
        apart_nm = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2] / 1852
        assert apart_nm.max() < 0.2501


def leg_of(*points: tuple[float, float]) -> Plan:
    """Return a plan whose first leg goes through some points."""
    return changed("sorties", within="legs", points=points)


def seas(plan: Plan, **changes: Any) -> list[str]:
    """Return what the check says of territorial seas and the first leg."""
    case = Case(plan, scenario(airspace__margins_nm={}, **changes))
    return [each for each in territorial_seas(case, fly(case)) if "leg naha to A1" in each]


def test_the_very_end_of_a_leg_counts() -> None:
    """A leg of a third of a mile whose last place alone is too near the islet."""
    islet = (123.1617, 30.7375)
    out, near = (GEOD.fwd(*islet, 90.0, nm * 1852)[:2] for nm in (12.4, 12.12))
    assert seas(leg_of(out, out)) == []
    assert len(seas(leg_of(out, near))) == 1


def test_land_of_one_state_is_not_the_sea_of_another() -> None:
    """Seven nm from the DPRK, but over the ROK, which has let us in."""
    over = ((126.75, 37.72), (126.76, 37.72))
    assert seas(leg_of(*over), airspace__open_states=["KR"]) == []
    assert len(seas(leg_of(*over))) == 1


@pytest.mark.parametrize(
    ("corner", "station", "bounds"),
    [
        ((131.0, 26.0), (127.6, 26.2), (120.0, 18.0, 137.0, 33.0)),
        ((157.0, 26.0), (127.6, 26.2), (120.0, 18.0, 164.9, 33.0)),
        ((159.0, 26.0), (127.6, 26.2), (120.0, 18.0, 166.0, 33.0)),
        ((131.0, 26.0), (112.5, 26.2), (105.1, 18.0, 137.0, 33.0)),
        ((131.0, 26.0), (110.5, 26.2), (104.0, 18.0, 137.0, 33.0)),
        ((131.0, 53.0), (127.6, 26.2), (120.0, 18.0, 145.0, 59.0)),
        ((131.0, 55.0), (127.6, 26.2), (120.0, 18.0, 145.0, 61.0)),
        ((131.0, 26.0), (127.6, 15.0), (120.0, 9.0, 137.0, 33.0)),
        ((131.0, 26.0), (127.6, -88.0), (-50.0, -90.0, 300.0, 33.0)),
    ],
)
def test_the_coast_reaches_360_nm_beyond(
    corner: tuple[float, float], station: tuple[float, float],
    bounds: tuple[float, float, float, float],
) -> None:  # fmt: skip
    """The fine coast as far as it reaches all around, else that of the world."""
    polygon = [(128.5, 24.0), (corner[0], 24.0), corner, (128.5, corner[1])]
    terms = scenario(area={"polygon": polygon})
    assert coast_of(terms, [station]) is coast_around(*bounds)
