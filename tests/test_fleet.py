"""Who can fly when: dates, hours, availability, grounding."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.fleet import Detachment, airframe_ids, available, openings
from planner.scenario.model import Scenario


def scenario(**changes: object) -> Scenario:
    return Scenario.model_validate(
        {
            "version": 1,
            "title": "t",
            "period": {"start": "2020-02-17T00:00:00+09:00", "days": 4},
            "area": {"polygon": [[123, 27], [125, 27], [125, 29]]},
            "demand": {"transfers_per_year": 100},
            "aircraft": {"p3": {"type": "P-3C", "station": "naha", "available": 1.0}},
            **changes,
        }
    )


def detachment(plan: Scenario, **terms: object) -> Detachment:
    changed = plan.aircraft["p3"].model_copy(update=terms)
    frames = airframe_ids("p3", changed.count)
    return Detachment(name="p3", terms=changed, transit_kn=330, endurance_h=9, airframes=frames)


@given(st.integers(1, 6), st.floats(0, 1), st.integers(1, 60))
def test_availability_adds_up_over_the_period(count: int, rate: float, days: int) -> None:
    """Over many days the aircraft-days flown are the rate times the aircraft-days there are."""
    plan = scenario(period={"start": "2020-02-17T00:00:00+09:00", "days": days})
    force = detachment(plan, count=count, available=rate)
    flown = sum(len(available(plan, force, day)) for day in range(days))
    assert flown == pytest.approx(count * rate * days, abs=0.51)


def test_a_detachment_flies_only_while_it_is_in_japan() -> None:
    """Days before it arrives and after it leaves have no openings."""
    plan = scenario()
    force = detachment(plan, from_date=date(2020, 2, 18), to_date=date(2020, 2, 19))
    assert [opening.day for opening in openings(plan, [force])] == [1, 2]


def test_a_grounded_airframe_stays_on_the_ground_that_day() -> None:
    """Other days are not touched."""
    plan = scenario(pins={"grounded": [{"aircraft": "p3-1", "day": "2020-02-18"}]})
    assert [opening.day for opening in openings(plan, [detachment(plan)])] == [0, 2, 3]


def test_night_hours_pass_midnight() -> None:
    """From 20:00 to 06:00 gives the end of one night and the start of the next, each day."""
    plan = scenario()
    force = detachment(plan, hours=(time(20), time(6)))
    first_day = [o for o in openings(plan, [force]) if o.day == 0]
    assert [(o.earliest_h, o.last_takeoff_h, o.latest_h) for o in first_day] == [
        (0.0, 6.0, 6.0),
        (20.0, 23.5, 30.0),
    ]


def test_a_closed_station_has_no_openings_and_short_hours_bound_them() -> None:
    """Station hours bind take-off and landing alike."""
    closed = scenario(stations={"naha": {"open": False}})
    assert openings(closed, [detachment(closed)]) == []
    short = scenario(stations={"naha": {"hours": ["07:00", "21:00"]}})
    opening = openings(short, [detachment(short)])[0]
    assert (opening.earliest_h, opening.last_takeoff_h, opening.latest_h) == (7.0, 21.0, 21.0)


def test_every_landing_lies_in_the_period() -> None:
    """Nobody is still in the air when the period ends."""
    plan = scenario()
    assert max(opening.latest_h for opening in openings(plan, [detachment(plan)])) == 96.0
