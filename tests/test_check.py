"""A good plan passes the check; each rule broken by itself draws exactly its own complaint."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pyproj import Geod

from planner.check import check, near_meetings
from planner.check.case import Case
from planner.check.charts import Region, coast_around
from planner.check.earth import geocentric_nm, geodesic_nm, geographic, walks
from planner.check.tracks import fly, hours_inside, territorial_seas
from planner.demand import begun_per_h, under_way_at_steps
from planner.detection import coverage_factor, probability_of_detection
from planner.geo.coast import load_land
from planner.geo.plane import Plane
from planner.light import Light, light_class, moments
from planner.looks import Demand as Transfers
from planner.looks import first_seen
from planner.patterns import lay_pattern
from planner.plan import (
    Aircraft,
    Cell,
    Demand,
    Leg,
    Pattern,
    Plan,
    Sortie,
    Station,
    Value,
    Visit,
)
from planner.scenario.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path

GEOD = Geod(ellps="WGS84")
START = datetime.fromisoformat("2020-02-17T00:00:00+09:00")
PLACES = {"naha": (127.646, 26.1958), "kadena": (127.768, 26.3556)}
CENTRES = {"A1": (129.4, 25.0), "A2": (130.2, 25.5)}
HALF_NM, TRANSIT_KN, SEARCH_KN, STEP_H, BARRELS = 14.0, 300.0, 200.0, 0.5, 14_400.0
PROFILE = tuple(1 + 0.5 * np.sin(np.arange(24) * np.pi / 12))
FLOWN = (
    ("S01", "p3c-naha-1", 6.0, ("A1", "A2")),
    ("S02", "p3c-naha-2", 6.0, ("A1",)),
    ("S03", "p3c-naha-1", 16.0, ("A2", "A1")),
    ("S04", "p3c-naha-2", 30.0, ("A2",)),
)

SCENARIO: dict[str, Any] = {
    "version": 1,
    "title": "Two cells",
    "period": {"start": START, "days": 2},
    "area": {"polygon": [(128.5, 24.0), (131.0, 24.0), (131.0, 26.0), (128.5, 26.0)]},
    "demand": {"transfers_per_year": 500.0, "duration_h": 3.0},
    "rules": {"share_cells": True},
    "airspace": {"pyongyang_fir": "closed"},
    "aircraft": {
        "p3c-naha": {
            "type": "P-3C",
            "station": "naha",
            "count": 2,
            "transit_kn": TRANSIT_KN,
            "search_kn": SEARCH_KN,
            "endurance_h": 10.0,
            "sorties_per_day": 2,
            "available": 1.0,
        }
    },
}


def scenario(**changes: Any) -> Scenario:
    """Return the scenario of the good plan, with changes by dotted path (``__`` for the dot)."""
    values = json.loads(json.dumps(SCENARIO, default=str))
    for path, value in changes.items():
        *above, last = path.replace("p3c_naha", "p3c-naha").split("__")
        table = values
        for key in above:
            table = table.setdefault(key, {})
        table[last] = value
    return Scenario.model_validate(values)


def corners(name: str) -> np.ndarray:
    """Return the outline of a cell, a square, with points between the corners."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * HALF_NM
    ring = shapely.get_coordinates(shapely.segmentize(shapely.LinearRing(square), 2.0))
    return Plane("laea", *CENTRES[name]).lonlat(ring)


def moment(hour: float) -> datetime:
    """Return an hour of the period as whole seconds."""
    return START + timedelta(seconds=round(hour * 3600))


def a_leg(start: str, end: str, depart_h: float) -> Leg:
    """Return the straight leg between two places."""
    points = ({**PLACES, **CENTRES}[start], {**PLACES, **CENTRES}[end])
    nm = GEOD.inv(*points[0], *points[1])[2] / 1852
    return Leg(
        start=start,
        end=end,
        depart=moment(depart_h),
        arrive=moment(depart_h + nm / TRANSIT_KN),
        distance_nm=nm,
        points=points,
    )


def a_visit(cell: str, start_h: float) -> Visit:
    """Return an hour's search of a cell, with the light of the time step at its middle."""
    middle = float((start_h + 0.5) // STEP_H * STEP_H + STEP_H / 2)
    light = Light(
        int(
            light_class(np.array([CENTRES[cell]]), moments(START, np.array([middle], np.float64)))[
                0, 0
            ]
        )
    )
    width_nm = getattr(scenario().aircraft["p3c-naha"].sweep_width_nm, light.name.lower())
    plane = Plane("laea", *CENTRES[cell])
    track = lay_pattern(
        shapely.box(-HALF_NM, -HALF_NM, HALF_NM, HALF_NM),
        (0.0, 0.0),
        sweep_width_nm=width_nm,
        dwell_h=1.0,
        speed_kn=SEARCH_KN,
    )
    coverage = coverage_factor(width_nm, SEARCH_KN, 1.0, 4 * HALF_NM**2)
    return Visit(
        cell=cell,
        start=moment(start_h),
        end=moment(start_h + 1.0),
        dwell_h=1.0,
        pod=float(probability_of_detection(coverage, cap=0.95)),
        sweep_width_nm=width_nm,
        condition=f"{light.name.lower()}, sea state 3",
        seen=0.0,
        pattern=Pattern(
            kind="parallel",
            spacing_nm=track.spacing_nm,
            track=tuple(map(tuple, plane.lonlat(track.xy_nm).tolist())),
        ),
    )


def a_sortie(name: str, airframe: str, takeoff_h: float, cells: tuple[str, ...]) -> Sortie:
    """Return a sortie from Naha through some cells and back, 0.2 h to leave and to land."""
    legs, visits, now_h = [], [], takeoff_h + 0.2
    for here, there in pairwise(("naha", *cells, "naha")):
        legs.append(a_leg(here, there, now_h))
        now_h += legs[-1].distance_nm / TRANSIT_KN
        if there in cells:
            visits.append(a_visit(there, now_h))
            now_h += 1.0
    return Sortie(
        id=name,
        aircraft=airframe,
        station="naha",
        recovery="naha",
        takeoff=moment(takeoff_h),
        landing=moment(now_h + 0.2),
        airborne_h=now_h + 0.2 - takeoff_h,
        endurance_h=9.0,
        search_h=float(len(cells)),
        seen=0.0,
        legs=tuple(legs),
        visits=tuple(visits),
    )


def transfers(cell: str) -> Transfers:
    """Return the transfers of a cell, 0.05 an hour, as the solvers know them."""
    steps = moments(START, (np.arange(96, dtype=np.float64) + 0.5) * STEP_H)
    rate = begun_per_h(np.array([0.05]), np.array([CENTRES[cell][0]]), np.array(PROFILE), steps)
    under_way = under_way_at_steps(rate, duration_h=3.0, step_h=STEP_H)
    return Transfers(rate[0], under_way[0], 1 / 3.0, STEP_H)


def with_seen(sorties: list[Sortie]) -> tuple[Sortie, ...]:
    """Return sorties whose visits say what they are the first to see."""
    looks = sorted(
        (((visit.start - START).total_seconds() + 1800) / 3600, sortie.id, number, visit)
        for sortie in sorties
        for number, visit in enumerate(sortie.visits)
    )
    gains: dict[tuple[str, int], float] = {}
    for cell in CENTRES:
        here = [look for look in looks if look[3].cell == cell]
        seen = first_seen(transfers(cell), [(hour, visit.pod) for hour, _, _, visit in here])
        gains |= {look[1:3]: gain for look, gain in zip(here, seen, strict=True)}
    return tuple(
        sortie.model_copy(
            update={
                "visits": tuple(
                    visit.model_copy(update={"seen": gains[sortie.id, number]})
                    for number, visit in enumerate(sortie.visits)
                ),
                "seen": sum(gains[sortie.id, n] for n in range(len(sortie.visits))),
            }
        )
        for sortie in sorties
    )


def good_plan() -> Plan:
    """Return a plan of four sorties that breaks no rule of the scenario."""
    sorties = with_seen([a_sortie(*each) for each in FLOWN])
    seen = sum(sortie.seen for sortie in sorties)
    return Plan(
        name="two-cells",
        title="Two cells",
        start=START,
        end=START + timedelta(days=2),
        seed=1,
        status="feasible",
        solver="by hand",
        value=Value(
            objective="transfers",
            transfers=seen,
            barrels=seen * BARRELS,
            score=seen,
            bound=seen * 1.1,
            total=5.0,
            total_barrels=5.0 * BARRELS,
        ),
        demand=Demand(duration_h=3.0, step_h=STEP_H, profile=PROFILE),
        stations=tuple(
            Station(id=name, name=name, lon=lon, lat=lat) for name, (lon, lat) in PLACES.items()
        ),
        aircraft=tuple(
            Aircraft(
                id=f"p3c-naha-{number}",
                type="P-3C",
                station="naha",
                endurance_h=9.0,
                transit_kn=TRANSIT_KN,
                search_kn=SEARCH_KN,
            )
            for number in (1, 2)
        ),
        cells=tuple(
            Cell(
                id=name,
                lon=lon,
                lat=lat,
                rings=(tuple(map(tuple, corners(name).tolist())),),
                area_nm2=4 * HALF_NM**2,
                rate_per_h=0.05,
                transfers=2.5,
                barrels=2.5 * BARRELS,
                low=0.0,
                high=9.0,
            )
            for name, (lon, lat) in CENTRES.items()
        ),
        sorties=sorties,
    )


GOOD = good_plan()


def changed(part: str, index: int = 0, within: str = "", at: int = 0, **changes: Any) -> Plan:
    """Return the good plan with one record changed: a part's, or one within it."""
    if part == "value":
        return GOOD.model_copy(update={"value": GOOD.value.model_copy(update=changes)})
    records = list(getattr(GOOD, part))
    record = records[index]
    if within:
        inner = list(getattr(record, within))
        inner[at] = inner[at].model_copy(update=changes)
        changes = {within: tuple(inner)}
    records[index] = record.model_copy(update=changes)
    return GOOD.model_copy(update={part: tuple(records)})


def test_a_good_plan_passes() -> None:
    """Nothing is found in a plan that breaks no rule."""
    assert check(GOOD, scenario()) == ()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"aircraft__p3c_naha__search_kn": 210}, "search_kn is 200, but the scenario says 210"),
        ({"aircraft__p3c_naha__transit_kn": 310}, "transit_kn is 300, but the scenario says 310"),
        ({"aircraft__p3c_naha__reserve_h": 1.5}, "endurance_h is 9, but"),
        ({"aircraft__p3c_naha__duty_h": 11.0}, "reserve and duty leave 8"),
        ({"aircraft__p3c_naha__departure_h": 0.1}, "departs 6.0 min too late"),
        ({"aircraft__p3c_naha__arrival_h": 0.3}, "lands 6.0 min too early"),
        ({"aircraft__p3c_naha__hours": ["07:00", "23:00"]}, "aircraft's hours 07:00-23:00"),
        ({"aircraft__p3c_naha__from_date": "2020-02-18"}, "detachment is not in Japan"),
        ({"aircraft__p3c_naha__to_date": "2020-02-17"}, "detachment is not in Japan"),
        ({"aircraft__p3c_naha__turnaround_h": 9.0}, "expected a turnaround of 9 h"),
        ({"aircraft__p3c_naha__crews": 1}, "expected 15 h"),
        ({"aircraft__p3c_naha__sorties_per_day": 1}, "2 sorties on day 1, expected 1 at most"),
        ({"aircraft__p3c_naha__budget_h": 5.0}, "of its budget of 5 h"),
        ({"aircraft__p3c_naha__available": 0.5}, "aircraft on day 1, expected 1 at most"),
        ({"aircraft__p3c_naha__pod_cap": 0.9}, "has POD"),
        ({"aircraft__p3c_naha__sweep_width_nm": {"day": 11.0}}, "expected 11 nm"),
        ({"stations__naha": {"open": False}}, "at naha, which is closed"),
        ({"stations__naha": {"hours": ["05:00", "18:00"]}}, "at naha outside its hours"),
        ({"rules__share_cells": False}, "S01 and S02 search cell A1 at the same time"),
        ({"rules__pod_law": "parallel"}, "has POD"),
        ({"weather__default_state": 4}, "is said to be in sea state 3, which it is not"),
        ({"demand__duration_h": 4.0}, "found"),
        ({"pins__never": ["A2"]}, "cell A2, which is never to be searched"),
        (
            {"pins__grounded": [{"aircraft": "p3c-naha-2", "day": "2020-02-18"}]},
            "S04: takes off on 2020-02-18, when its aircraft is grounded",
        ),
        (
            {
                "pins__looks": [
                    {
                        "cell": "A1",
                        "from_time": "2020-02-18T06:00:00+09:00",
                        "to_time": "2020-02-18T09:00:00+09:00",
                    }
                ]
            },
            "order 1: cell A1 is not searched when it must be",
        ),
        (
            {
                "pins__sorties": [
                    {
                        "aircraft": "p3c-naha-1",
                        "takeoff": "2020-02-17T06:00:00+09:00",
                        "visits": [{"cell": "A1", "dwell_h": 1.5}, {"cell": "A2", "dwell_h": 1.0}],
                    }
                ]
            },
            "at 17 Feb 06:00 is not flown as ordered",
        ),
        ({"airspace__margins_nm": {"TW": 320.0}}, "of the coast of TW, expected 332 nm"),
        ({"aircraft__p3c_naha__station": "kadena"}, "its station is 'kadena'"),
    ],
)
def test_a_rule_the_plan_does_not_keep_is_told(changes: dict[str, Any], complaint: str) -> None:
    """The same plan under a scenario with one rule more draws that complaint alone."""
    found = check(GOOD, scenario(**changes))
    assert found
    assert all(complaint in each for each in found), found


def test_standing_orders_that_are_kept_are_not_told() -> None:
    """The looks and sorties that the plan flies may be ordered."""
    orders = {
        "pins__sorties": [
            {
                "aircraft": "p3c-naha-1",
                "takeoff": "2020-02-17T06:00:00+09:00",
                "visits": [{"cell": "A1", "dwell_h": 1.0}, {"cell": "A2", "dwell_h": 1.0}],
            }
        ],
        "pins__looks": [
            {
                "cell": "A2",
                "from_time": "2020-02-18T06:00:00+09:00",
                "to_time": "2020-02-18T09:00:00+09:00",
            }
        ],
    }
    assert check(GOOD, scenario(**orders)) == ()


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (changed("sorties", aircraft="p3c-naval-1"), "aircraft 'p3c-naval-1' is not in"),
        (changed("sorties", aircraft="p3c-naha-3"), "aircraft 'p3c-naha-3' is not in"),
        (changed("sorties", recovery="kadena"), "lands at 'kadena', where"),
        (changed("sorties", visits=()), "legs|without searching"),
        (changed("sorties", within="visits", cell="Z9"), "cell 'Z9' is not in the plan"),
        (changed("sorties", 3, airborne_h=3.0), "is not airborne for the 3.000 h it says"),
        (changed("sorties", 1, endurance_h=2.0), "beyond its endurance of 2.00 h"),
        (changed("sorties", within="legs", at=1, distance_nm=60.0), "measures|arrives"),
        (
            changed(
                "sorties", within="legs", points=(PLACES["naha"], (128.0, 25.0), CENTRES["A1"])
            ),
            "leg naha to A1 measures",
        ),
        (
            changed("sorties", within="legs", points=(PLACES["kadena"], CENTRES["A1"])),
            "does not touch naha|measures",
        ),
        (changed("sorties", within="visits", pod=0.9), "has POD 0.9000|found"),
        (changed("sorties", within="visits", sweep_width_nm=20.0), "sweep width|has POD"),
        (
            changed("sorties", within="visits", condition="dark, sea state 3"),
            "by dark, which it is",
        ),
        (changed("sorties", within="visits", seen=0.9), "transfers seen in A1: 0.9000 stated"),
        (changed("sorties", seen=0.9), "S01: transfers seen: 0.9000 stated"),
        (changed("sorties", inside_h={"kadiz": 1.0}), "0.00 h inside kadiz, but says 1.00 h"),
        (changed("cells", area_nm2=500.0), "A1 has 78|has POD"),
        (changed("cells", rate_per_h=0.04), "found"),
        (changed("value", transfers=9.0), "transfers seen by the plan: 9.0000 stated"),
        (changed("value", barrels=9.0), "barrels seen by the plan: 9.0000 stated"),
        (changed("value", score=0.1), "score of the plan: 0.1000 stated"),
        (changed("value", bound=0.1), "exceeds its bound 0.1"),
    ],
)
def test_a_plan_that_lies_is_caught(plan: Plan, complaint: str) -> None:
    """Each number changed by itself draws its own complaint and no other."""
    found = check(plan, scenario())
    assert found
    assert all(any(part in each for part in complaint.split("|")) for each in found), found


def test_a_pattern_outside_its_cell_is_caught() -> None:
    """A track moved east by a quarter of a degree leaves the cell and the anchor."""
    pattern = GOOD.sorties[0].visits[0].pattern
    assert pattern
    moved = pattern.model_copy(
        update={"track": tuple((lon + 0.25, lat) for lon, lat in pattern.track)}
    )
    found = check(changed("sorties", within="visits", pattern=moved), scenario())
    assert len(found) == 2
    assert "nm outside the cell" in found[0]
    assert "does not begin and end where" in found[1]


def test_a_pattern_longer_than_its_dwell_is_caught() -> None:
    """Flown twice over, it does not fit the hour."""
    pattern = GOOD.sorties[0].visits[0].pattern
    assert pattern
    twice = pattern.model_copy(update={"track": pattern.track + pattern.track})
    (found,) = check(changed("sorties", within="visits", pattern=twice), scenario())
    assert "nm long, but 1 h at 200 kn are 200.0 nm" in found


def test_the_light_of_a_search_is_that_of_its_time_step() -> None:
    """S03 is half done at A1 at sunset, 18:21; in steps of six hours it has the light of 21:00."""
    coarse = scenario(rules__time_step_h=6.0)
    (found,) = (each for each in check(GOOD, coarse) if "is said to be" in each)
    assert found == "S03: visit to A1 is said to be by day, which it is not"
    by_night = changed("sorties", 2, within="visits", at=1, condition="dark, sea state 3")
    assert not any("is said to be" in each for each in check(by_night, coarse))


def danger_area(path: Path, **properties: Any) -> None:
    """Write a danger area that lies across the way to A1."""
    x, y = 128.35, 25.45
    ring = [[x, y], [x + 0.3, y], [x + 0.3, y + 0.3], [x, y + 0.3], [x, y]]
    known = {"id": "d1", "name": "Danger 1", "rule": "closed", "source": "test", **properties}
    feature = {
        "type": "Feature",
        "properties": known,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


@pytest.mark.parametrize(
    ("properties", "sorties"),
    [
        ({}, {"S01", "S02", "S03"}),
        ({"to": "2020-02-17T12:00:00+09:00"}, {"S01", "S02"}),
        ({"from": "2020-02-18T00:00:00+09:00"}, set()),
        ({"rule": "shown"}, set()),
    ],
)
def test_a_closed_zone_binds_while_it_is_in_force(
    tmp_path: Path, properties: dict[str, Any], sorties: set[str]
) -> None:
    """Only legs through the danger area while it is in force are complaints."""
    danger_area(tmp_path / "danger.geojson", **properties)
    terms = scenario(airspace__files=["danger.geojson"]).placed(tmp_path, {})
    found = check(GOOD, terms)
    assert all("nm inside Danger 1" in each for each in found), found
    assert {each[:3] for each in found} == sorties


def test_hours_in_a_priced_zone_are_paid(tmp_path: Path) -> None:
    """A price takes hours inside times price off the score, which the plan did not."""
    danger_area(tmp_path / "danger.geojson", rule="priced", price_per_h=1.0)
    terms = scenario(airspace__files=["danger.geojson"]).placed(tmp_path, {})
    found = check(GOOD, terms)
    assert sum("inside d1, but says 0.00 h" in each for each in found) == 3
    assert "score of the plan" in found[-1]
    assert len(found) == 4


@pytest.mark.parametrize(("off", "right"), [(0.0, True), (0.03, True), (0.1, False)])
def test_a_price_is_paid_to_the_minute(tmp_path: Path, off: float, right: bool) -> None:
    """Each of S01 to S03 is let off a minute or so of the hours it pays for, and no more."""
    danger_area(tmp_path / "danger.geojson", rule="priced", price_per_h=1.0)
    terms = scenario(airspace__files=["danger.geojson"]).placed(tmp_path, {})
    inside_h = hours_inside(Case(GOOD, terms), fly(Case(GOOD, terms)))
    sorties = tuple(
        each.model_copy(update={"inside_h": {"d1": inside_h[each.id, "d1"]}})
        for each in GOOD.sorties
    )
    score = GOOD.value.score - sum(inside_h.values()) + off
    value = GOOD.value.model_copy(update={"score": score})
    plan = GOOD.model_copy(update={"sorties": sorties, "value": value})
    assert (check(plan, terms) == ()) is right


def test_drones_keep_off_the_land() -> None:
    """Straight east from Naha lies Okinawa; out to the west and round the south is sea."""
    drone = scenario(aircraft__p3c_naha__overland=False)
    assert all("leg" in each and "is over land, " in each for each in check(GOOD, drone))
    assert len(check(GOOD, drone)) == 8
    around = (PLACES["naha"], (127.58, 26.15), (127.65, 26.0), CENTRES["A2"])
    plan = changed("sorties", 3, within="legs", points=around)
    assert not any("S04: leg naha to A2 is over land" in each for each in check(plan, drone))


def test_two_aircraft_in_one_cell_are_a_near_meeting() -> None:
    """S01 and S02 reach A1 together and fly the same pattern; others never meet."""
    (meeting,) = near_meetings(GOOD, scenario())
    assert meeting.sorties == ("S01", "S02")
    assert meeting.distance_nm < 1e-6
    assert (meeting.times[0] - meeting.times[1]).total_seconds() == 0
    assert near_meetings(GOOD, scenario(), clear_nm=1000) == ()


def test_a_near_meeting_tells_the_search_height() -> None:
    """Far from land, the nearest approach is in the cell, where both search at 1,500 ft."""
    (meeting,) = near_meetings(GOOD, scenario(), clear_nm=130)
    assert meeting.heights_ft == (1_500.0, 1_500.0)


LONLAT = st.tuples(st.floats(-180, 180), st.floats(-89, 89))


@given(here=LONLAT, there=LONLAT)
def test_geodesics_agree_with_karney(here: tuple[float, float], there: tuple[float, float]) -> None:
    """To a millimetre, but for nearly antipodal points, where they are at most 1 % long."""
    exact_nm = GEOD.inv(*here, *there)[2] / 1852
    slack = 0.01 if exact_nm > 10_700 else 0.0
    found = geodesic_nm(here, there)
    assert exact_nm - 1e-6 <= found <= exact_nm * (1 + slack) + 1e-6


def test_the_geodesic_of_the_flinders_peak_line() -> None:
    """Vincenty's test line in Australia: 54,972.271 m on GRS80, which here differs by 0.1 mm."""
    peak = (144 + 25 / 60 + 29.52440 / 3600, -(37 + 57 / 60 + 3.72030 / 3600))
    buninyong = (143 + 55 / 60 + 35.38390 / 3600, -(37 + 39 / 60 + 10.15610 / 3600))
    assert geodesic_nm(peak, buninyong) * 1852 == pytest.approx(54972.271, abs=0.001)


@given(point=LONLAT)
def test_geocentric_coordinates_lead_back(point: tuple[float, float]) -> None:
    """From degrees to the earth's centre and back."""
    back = geographic(geocentric_nm(np.array(point)))
    np.testing.assert_allclose(geocentric_nm(back), geocentric_nm(np.array(point)), atol=1e-6)


def test_a_walk_stays_on_the_geodesic() -> None:
    """Over 450 nm no place is farther than 0.03 nm from where pyproj puts it."""
    ends = np.array([[127.77, 26.36], [122.0, 32.5]])
    places, along, _ = walks([ends], 5.0)
    azimuth, _, metres = GEOD.inv(*ends[0], *ends[1])
    lon, lat, _ = GEOD.fwd(
        np.full(len(along), ends[0, 0]),
        np.full(len(along), ends[0, 1]),
        np.full(len(along), azimuth),
        along * metres,
    )
    assert np.max(GEOD.inv(places[:, 0], places[:, 1], lon, lat)[2]) / 1852 < 0.03


@given(x=st.floats(0, 4), y=st.floats(0, 4), turn=st.sampled_from([-360, 0, 360]))
def test_inside_is_what_shapely_says(x: float, y: float, turn: int) -> None:
    """For a polygon with a hole and a bay, also when longitudes run on."""
    outer = [(0, 0), (4, 0), (4, 4), (2, 1.5), (0, 4), (0, 0)]
    hole = [(0.5, 0.5), (1, 0.5), (1, 1), (0.5, 1), (0.5, 0.5)]
    polygon = shapely.Polygon(outer, [hole])
    if polygon.boundary.distance(shapely.Point(x, y)) < 1e-9:
        return
    region = Region((np.array(outer, float), np.array(hole, float)))
    assert region.holds(np.array([[x + turn, y]]))[0] == polygon.contains(shapely.Point(x, y))


def test_depth_in_a_region_is_in_nautical_miles() -> None:
    """A point six minutes of latitude inside the southern edge lies six miles deep."""
    region = Region((np.array([[120, 30], [124, 30], [124, 34], [120, 34], [120, 30]], float),))
    assert region.edge_nm(np.array([[122.0, 30.1]]))[0] == pytest.approx(6.0, abs=0.01)


def test_area_is_that_of_the_ellipsoid() -> None:
    """As pyproj has it, for a degree square divided into small edges."""
    ring = shapely.get_coordinates(shapely.segmentize(shapely.box(124, 30, 125, 31).exterior, 0.05))
    exact_m2 = abs(GEOD.polygon_area_perimeter(*ring.T)[0])
    assert Region((ring,)).area_nm2() == pytest.approx(exact_m2 / 1852**2, rel=1e-5)


def test_the_coast_knows_land_from_sea() -> None:
    """Osaka is land, Naha's offing is not, and China's shore is near Shanghai."""
    coast = coast_around(118, 20, 140, 42)
    assert coast.land["JP"].holds(np.array([[135.6, 34.75], [127.4, 26.2]])).tolist() == [
        True,
        False,
    ]
    assert all((ring[0] == ring[-1]).all() for each in coast.land.values() for ring in each.rings)
    away_nm, _ = coast.shore("CN").query(geocentric_nm(np.array([123.0, 31.0])))
    assert 10 < away_nm < 60


def test_an_islet_that_thinning_loses_keeps_its_territorial_sea() -> None:
    """A leg 11.3 nm from an islet east of Shengsi; from a coast thinned to 3 nm it is 60 nm off."""
    lands = load_land((118, 20, 136, 42)).of(["CN"])
    thinned = shapely.segmentize(shapely.simplify(lands, 0.05, preserve_topology=False), 0.02)
    by = (123.35, 30.83)
    lon, lat = shapely.get_coordinates(thinned).T
    metres = GEOD.inv(np.full(len(lon), by[0]), np.full(len(lat), by[1]), lon, lat)[2]
    assert metres.min() / 1852 > 60
    plan = changed("sorties", within="legs", points=(PLACES["naha"], by, CENTRES["A1"]))
    case = Case(plan, scenario(airspace__margins_nm={}))
    (told,) = territorial_seas(case, fly(case))
    assert told == "S01: leg naha to A1 comes within 11.25 nm of the coast of CN, expected 12 nm"


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every number and text of a JSON value."""
    if isinstance(value, dict):
        return [way for key, each in value.items() for way in leaves(each, (*path, key))]
    if isinstance(value, list):
        return [way for key, each in enumerate(value) for way in leaves(each, (*path, key))]
    return [path]


JSON = GOOD.model_dump_json()
WAYS = leaves(json.loads(JSON))
HOSTILE: st.SearchStrategy[Any] = st.one_of(
    st.floats(-400, 400),
    st.sampled_from(["", "A1", "naha", "day, sea state", "2020-02-17T00:00:00Z", None, [], {}, 0]),
)


@settings(max_examples=30, deadline=None)
@given(way=st.sampled_from(WAYS), value=HOSTILE)
def test_a_damaged_plan_is_refused_in_words(way: tuple[Any, ...], value: object) -> None:
    """Whatever stands in a plan file, the check answers with words and never falls over."""
    content = json.loads(JSON)
    record = content
    for key in way[:-1]:
        record = record[key]
    record[way[-1]] = value
    try:
        plan = Plan.model_validate(content)
    except ValidationError:
        return
    assert all(isinstance(each, str) for each in check(plan, scenario()))


def test_an_empty_plan_may_be_flown() -> None:
    """No sortie at all breaks no rule, and earns nothing."""
    nothing = GOOD.value.model_copy(update={"transfers": 0.0, "barrels": 0.0, "score": 0.0})
    plan = GOOD.model_copy(update={"sorties": (), "value": nothing})
    assert check(plan, scenario()) == ()
    assert near_meetings(plan, scenario()) == ()


def test_a_station_lies_where_the_catalogue_has_it() -> None:
    """A station moved by half a degree of latitude is 30 nm from where it is."""
    found = check(changed("stations", 1, lat=26.8556), scenario())
    assert found == ("station kadena lies 29.9 nm from where it is",)
