"""How far the check lets a plan go: just within each limit it is silent, just beyond it is not."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.check import check, flights, worth
from planner.check.case import Case
from planner.check.tracks import fly, hours_inside
from planner.plan import Pattern
from tests.test_check import CENTRES, GOOD, HALF_NM, SEARCH_KN, changed, scenario

if TYPE_CHECKING:
    from pathlib import Path

SORTIE, CELL = GOOD.sorties[0], GOOD.cells[0]
HERE = CENTRES["A1"]


@pytest.mark.parametrize(
    "hours",
    [("06:00", "23:00"), ("00:00", "00:00"), ("16:00", "15:00"), ("20:30:30", "20:00:15"),
     ("05:59:59", "22:00:01")],
)  # fmt: skip
def test_daily_hours_that_hold_every_sortie_are_silent(hours: tuple[str, str]) -> None:
    """Whether they end on the same day, on the next, or never."""
    assert (
        check(GOOD, scenario(aircraft__p3c_naha__hours=hours, stations__naha={"hours": hours}))
        == ()
    )


@pytest.mark.parametrize(
    ("hours", "sorties"),
    [(("06:01", "23:00"), {"S01", "S02", "S04"}), (("16:01", "16:00"), {"S03"}),
     (("05:00", "12:00"), {"S03"})],
)  # fmt: skip
def test_daily_hours_bind_who_flies_beyond_them(hours: tuple[str, str], sorties: set[str]) -> None:
    """A minute late is late; an opening is not carried on into the next."""
    told = check(GOOD, scenario(aircraft__p3c_naha__hours=hours))
    assert sorties <= {each[:3] for each in told}
    assert all("hours" in each for each in told)


@pytest.mark.parametrize("what", ["sorties", "cells", "stations", "aircraft"])
def test_a_name_is_given_once(what: str) -> None:
    """Two of the same name are already one too many."""
    records = getattr(GOOD, what)
    plan = GOOD.model_copy(update={what: (*records, records[0])})
    assert f"two {what} are named {records[0].id}" in check(plan, scenario())


def test_the_endurance_is_the_scenarios_before_the_catalogues() -> None:
    """Half an hour less than the plan says, whatever is published of the type."""
    told = check(GOOD, scenario(aircraft__p3c_naha__endurance_h=9.5))
    assert told
    assert all("reserve and duty leave 8.5" in each for each in told)


def test_a_sortie_may_use_its_endurance_up() -> None:
    """To the last minute."""
    plan = changed("sorties", 0, endurance_h=SORTIE.airborne_h)
    assert list(flights.limits(Case(plan, scenario()), plan.sorties[0])) == []


def test_a_station_lies_where_the_scenario_has_it() -> None:
    """A station moved in the scenario is not where the plan has it."""
    moved = scenario(stations__naha={"lon": 128.0, "lat": 26.2})
    assert any("station naha lies" in each for each in check(GOOD, moved))


@pytest.mark.parametrize(("points", "told"), [(1, 1), (2, 0)])
def test_a_pattern_has_two_points_or_more(points: int, told: int) -> None:
    """There and back is a pattern, a point is none."""
    pattern = Pattern(kind="parallel", spacing_nm=1.0, track=(HERE,) * points)
    plan = changed("sorties", within="visits", pattern=pattern)
    assert len(list(flights.route(plan.sorties[0]))) == told


@pytest.mark.parametrize(("beyond_nm", "told"), [(0.05, False), (0.4, True)])
def test_a_pattern_may_leave_its_cell_by_a_hair(beyond_nm: float, *, told: bool) -> None:
    """By less than a tenth of a mile."""
    north = (HERE[0], HERE[1] + (HALF_NM + beyond_nm) / 60)
    pattern = Pattern(kind="parallel", spacing_nm=1.0, track=(HERE, north, HERE))
    plan = changed("sorties", within="visits", pattern=pattern)
    assert any("outside the cell" in each for each in check(plan, scenario())) == told


def test_every_place_of_a_track_has_its_time() -> None:
    """The first place of a leg or search is reached when it begins, the last when it ends."""
    flown = fly(Case(GOOD, scenario()))
    for track, way in zip(flown.tracks, flown.way, strict=True):
        mine = track.seconds(flown.share[flown.owner == way])
        assert mine[0] == track.start.timestamp()
        assert mine[-1] == pytest.approx(track.end.timestamp())
        assert (np.diff(mine) >= 0).all()


def test_all_hours_of_a_sortie_are_inside_a_zone_that_holds_it(tmp_path: Path) -> None:
    """Legs and searches count whole, once each."""
    ring = [[126.0, 23.0], [132.0, 23.0], [132.0, 28.0], [126.0, 28.0], [126.0, 23.0]]
    fields = {"id": "z", "name": "Z", "rule": "priced", "source": "drawn", "price_per_h": 1.0}
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": fields, "geometry": shape}
    drawn = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "z.geojson").write_text(json.dumps(drawn), encoding="utf-8")
    case = Case(GOOD, scenario(airspace__files=["z.geojson"]).placed(tmp_path, {}))
    flown = fly(case)
    inside_h = hours_inside(case, flown)
    for sortie in GOOD.sorties:
        whole_h = sum(track.hours for track in flown.tracks if track.sortie == sortie.id)
        assert inside_h[sortie.id, "z"] == pytest.approx(whole_h, abs=0.01)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, 0),
        ({"area_nm2": 0.5}, 0),
        ({"area_nm2": 0.0}, 1),
        ({"rings": ()}, 1),
        ({"rings": ((HERE, (129.5, 25.0), (129.5, 25.1), HERE),)}, 0),
        ({"rings": ((HERE, (129.5, 25.0), HERE),)}, 1),
        ({"rings": ((HERE, (129.5, 25.0), (129.5, 25.1), (129.4, 25.1)),)}, 1),
    ],
)
def test_a_cell_has_sea_and_closed_outlines(changes: dict[str, Any], told: int) -> None:
    """A triangle will do; an open ring, one of two corners, or none will not."""
    assert len(list(worth.outline(CELL.model_copy(update=changes)))) == told


@pytest.mark.parametrize(
    ("factor", "share", "told"),
    [(0.996, 1.0, 0), (0.9, 1.0, 1), (0.9, 0.9, 0), (1.004, 1.0, 0), (1.1, 1.0, 1), (1.1, 0.9, 1)],
)
def test_a_cell_is_as_large_as_its_outline(factor: float, share: float, told: int) -> None:
    """Smaller only where part of it may not be searched; never larger."""
    plan = changed("cells", area_nm2=factor * CELL.area_nm2, share=share)
    assert len(list(worth.areas(Case(plan, scenario())))) == told


def test_the_sea_state_narrows_the_sweep() -> None:
    """The width expected is that of the light times the factor of the sea state."""
    halved = scenario(weather__factor=[1.0, 1.0, 1.0, 0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1])
    told = list(worth.searches(Case(GOOD, halved)))
    visits = [visit for sortie in GOOD.sorties for visit in sortie.visits]
    assert len(told) == len(visits)
    for each, visit in zip(told, visits, strict=True):
        assert each.endswith(f"expected {visit.sweep_width_nm / 2:g} nm")


def test_the_weather_of_a_place_binds_to_its_border() -> None:
    """A row of weather as small as a point and as short as a day is that of its point and day."""
    row = {"west": HERE[0], "east": HERE[0], "south": HERE[1], "north": HERE[1], "state": 5,
           "from_date": "2020-02-17", "to_date": "2020-02-17"}  # fmt: skip
    told = list(worth.searches(Case(GOOD, scenario(weather__sea=[row]))))
    here = sum(v.cell == "A1" for s in GOOD.sorties for v in s.visits)
    assert [("visit to A1" in each, "which it is not" in each) for each in told] == [
        (True, True)
    ] * here


def test_parallel_sweeps_see_what_koopman_says() -> None:
    """The POD expected is the cap times erf(√π/2 · C)."""
    told = list(worth.searches(Case(GOOD, scenario(rules__pod_law="parallel"))))
    visit = SORTIE.visits[0]
    coverage = visit.sweep_width_nm * SEARCH_KN * visit.dwell_h / CELL.area_nm2
    pod = 0.95 * math.erf(math.sqrt(math.pi) / 2 * coverage)
    assert told[0].endswith(f"expected {pod:.4f}")
