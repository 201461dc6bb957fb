"""Where two aircraft come close: legs that cross or run beside each other, at five nm a minute."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from planner.check import Meeting, near_meetings
from planner.plan import Leg, Sortie
from tests.test_check import GEOD, GOOD, PLACES, START, TRANSIT_KN, scenario

SEA = (131.0, 23.0)
REACH_NM = 100.0
ACROSS, UP = 90.0, 0.0


def passing(
    aircraft: str, bearing: float, at_h: float, *, beside_nm: float = 0.0,
    over: tuple[float, float] = SEA,
) -> Sortie:  # fmt: skip
    """Return a sortie whose one leg passes over a point, or beside it to the left, at an hour."""
    middle = GEOD.fwd(*over, bearing - 90, beside_nm * 1852)[:2]
    ends = [GEOD.fwd(*middle, bearing + turn, REACH_NM * 1852)[:2] for turn in (180.0, 0.0)]
    span_h = REACH_NM / TRANSIT_KN
    depart, arrive = (START + timedelta(hours=at_h + part) for part in (-span_h, span_h))
    leg = Leg(start="naha", end="naha", depart=depart, arrive=arrive, distance_nm=2 * REACH_NM,
              points=tuple(ends))  # fmt: skip
    return GOOD.sorties[0].model_copy(
        update={"id": f"{aircraft} {bearing:g}", "aircraft": f"p3c-naha-{aircraft}",
                "legs": (leg,), "visits": ()}
    )  # fmt: skip


def met(*sorties: Sortie, **within: float) -> tuple[Meeting, ...]:
    """Return the meetings of some sorties."""
    return near_meetings(GOOD.model_copy(update={"sorties": sorties}), scenario(), **within)


@pytest.mark.parametrize(("beside_nm", "told"), [(0.0, True), (5.0, True), (9.9, True),
                                                 (10.1, False)])  # fmt: skip
def test_aircraft_side_by_side_meet_within_ten_miles(beside_nm: float, *, told: bool) -> None:
    """The distance told is that between them; neither has a height of its own."""
    found = met(passing("1", ACROSS, 10.0), passing("2", ACROSS, 10.0, beside_nm=beside_nm))
    assert len(found) == told
    for each in found:
        assert each.distance_nm == pytest.approx(beside_nm, abs=0.05)
        assert each.aircraft == ("p3c-naha-1", "p3c-naha-2")
        assert each.heights_ft == (None, None)


@pytest.mark.parametrize(("late_min", "nm"), [(0.0, 0.0), (4.5, 0.0), (7.0, 7.07), (-7.0, 7.07),
                                              (10.0, None)])  # fmt: skip
def test_who_crosses_later_is_met_where_five_minutes_lie_between(
    late_min: float, nm: float | None
) -> None:
    """Seven minutes late: two minutes' flight split over two legs at a right angle, 10/√2 nm."""
    found = met(passing("1", ACROSS, 10.0), passing("2", UP, 10.0 + late_min / 60))
    assert [each.distance_nm for each in found] == (
        [] if nm is None else [pytest.approx(nm, abs=0.6)]
    )
    for each in found:
        assert abs(each.times[0] - each.times[1]) <= timedelta(minutes=5, seconds=1)
        assert math.dist(each.lonlat, SEA) < 0.2


def test_nearness_is_what_was_asked_for() -> None:
    """Crossing a quarter of an hour later is near within twenty minutes, and not within ten."""
    sorties = passing("1", ACROSS, 10.0), passing("2", UP, 10.25)
    assert met(*sorties, within_h=1 / 6) == ()
    assert len(met(*sorties, within_h=1 / 3)) == 1
    beside = passing("1", ACROSS, 10.0), passing("2", ACROSS, 10.0, beside_nm=15.0)
    assert met(*beside) == ()
    assert len(met(*beside, within_nm=16.0)) == 1


def test_an_aircraft_does_not_meet_itself() -> None:
    """Two sorties of one airframe are none of air traffic control's business here."""
    assert met(passing("1", ACROSS, 10.0), passing("1", UP, 10.0)) == ()


def test_meetings_are_told_in_order_of_time() -> None:
    """Two crossings an hour apart, whatever the order of the sorties."""
    late = passing("2", UP, 11.0), passing("1", ACROSS, 11.0)
    early = passing("2", UP, 10.0), passing("1", ACROSS, 10.0)
    found = met(*late, *early)
    assert [each.times[0].hour for each in found] == [1, 2]


def test_meetings_over_a_station_are_left_to_its_tower() -> None:
    """Over Naha nobody is told, unless the distance kept clear is set to nothing."""
    over = PLACES["naha"]
    sorties = passing("1", ACROSS, 10.0, over=over), passing("2", UP, 10.0, over=over)
    assert met(*sorties) == ()
    (found,) = met(*sorties, clear_nm=1e-9)
    assert found.distance_nm < 0.1


@pytest.mark.parametrize(("away_nm", "least_nm", "most_nm"), [(30.5, 0.0, 0.1), (29.5, 1.0, 2.5)])
def test_a_tower_keeps_order_within_thirty_miles(
    away_nm: float, least_nm: float, most_nm: float
) -> None:
    """Nearer, a crossing is first told a mile beyond on either leg."""
    over = GEOD.fwd(*PLACES["naha"], 135.0, away_nm * 1852)[:2]
    (found,) = met(passing("1", ACROSS, 10.0, over=over), passing("2", UP, 10.0, over=over))
    assert least_nm <= found.distance_nm < most_nm


def test_places_are_told_by_the_mile_and_to_the_thousandth_of_a_degree() -> None:
    """A crossing a mile off the middle of a leg is met as truly as one at its middle."""
    over = (SEA[0] + 0.0004, SEA[1] + 0.0004)
    beyond = GEOD.fwd(*over, ACROSS, 1852)[:2]
    (found,) = met(passing("1", ACROSS, 10.0, over=beyond), passing("2", UP, 10.0, over=over))
    assert found.distance_nm < 0.1
    assert found.lonlat == SEA


def test_hours_between_are_counted_to_the_second() -> None:
    """Five seconds more than ten hours are too many."""
    late_h = 10 + 5 / 3600
    (found,) = met(passing("1", ACROSS, 10.0), passing("2", UP, 10.0 + late_h), within_h=10.0)
    assert abs(found.times[0] - found.times[1]) <= timedelta(hours=10, seconds=1)


def test_of_a_search_without_a_pattern_its_legs_are_known() -> None:
    """Both aircraft arrive in the cell at the same moment; no height is told of a leg."""
    bare = [
        sortie.model_copy(
            update={"visits": tuple(v.model_copy(update={"pattern": None}) for v in sortie.visits)}
        )
        for sortie in GOOD.sorties[:2]
    ]
    (found,) = met(*bare)
    assert found.distance_nm < 0.1
    assert found.heights_ft == (None, None)
