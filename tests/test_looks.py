"""The value of looks: hand-checked, against the double sum, and by its shape."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.demand import begun_per_h, under_way_at_steps
from planner.detection import coverage_factor, probability_of_detection
from planner.looks import Demand, expected_seen, first_seen

LOOKS = st.lists(st.tuples(st.floats(0, 47), st.floats(0, 1)), max_size=5).map(sorted)
RATES = st.lists(st.floats(0, 2), min_size=4, max_size=4)


def demand(rates: list[float], duration_h: float = 3.0) -> Demand:
    rate = np.array([rates])
    under_way = under_way_at_steps(rate, duration_h=duration_h, step_h=12.0)
    return Demand(rate[0], under_way[0], 1 / duration_h, 12.0)


def by_double_sum(cell: Demand, looks: list[tuple[float, float]]) -> float:
    """Sum over when a transfer begins and over the look that first sees it, by quadrature."""
    grid = 0.005
    begin = np.arange(-120, looks[-1][0] if looks else 0, grid) + grid / 2
    step = np.clip((begin // cell.step_h).astype(int), 0, len(cell.rate_per_h) - 1)
    before = begin < 0
    seen = np.zeros(len(begin))
    missed = np.ones(len(begin))
    for hour, pod in looks:
        caught = missed * pod * (begin <= hour)
        seen += caught * np.exp(-cell.decay_per_h * np.maximum(hour - begin, 0))
        missed = missed - caught
    weight = np.where(before, 0.0, cell.rate_per_h[step]) * grid
    value = float((seen * weight).sum())
    missed_share = 1.0
    for hour, pod in looks:  # those under way at the start, whatever they began at
        survive = math.exp(-cell.decay_per_h * hour)
        value += cell.under_way[0] * survive * missed_share * pod
        missed_share *= 1 - pod
    return value


@given(RATES, LOOKS)
def test_value_equals_the_double_sum(rates: list[float], looks: list[tuple[float, float]]) -> None:
    """The one-pass recursion is the sum over beginnings and first-seeing looks."""
    cell = demand(rates)
    assert expected_seen(cell, looks) == pytest.approx(by_double_sum(cell, looks), abs=0.02)


@given(RATES, LOOKS, st.tuples(st.floats(0, 47), st.floats(0, 1)))
def test_a_further_look_gains_something_but_less_than_alone(
    rates: list[float], looks: list[tuple[float, float]], more: tuple[float, float]
) -> None:
    """The value is monotone and submodular in the set of looks."""
    cell = demand(rates)
    gain = expected_seen(cell, sorted([*looks, more])) - expected_seen(cell, looks)
    assert -1e-9 <= gain <= expected_seen(cell, [more]) + 1e-9


@given(RATES, LOOKS)
def test_each_look_gains_its_part(rates: list[float], looks: list[tuple[float, float]]) -> None:
    """First-seen transfers are not negative and add up to the value."""
    gains = first_seen(demand(rates), looks)
    assert all(gain >= -1e-12 for gain in gains)
    assert sum(gains) == pytest.approx(expected_seen(demand(rates), looks))


def test_steady_demand_settles_at_rate_times_duration() -> None:
    """With one beginning every two hours for three hours, 1.5 are under way at any time."""
    rate = np.full((1, 48), 0.5)
    assert under_way_at_steps(rate, duration_h=3.0, step_h=0.5) == pytest.approx(1.5)


def test_a_profile_moves_demand_but_keeps_its_sum() -> None:
    """Twice as many at solar midnight, none at noon: the day's total stays."""
    profile = 1 + np.cos(2 * np.pi * (np.arange(24) + 0.5) / 24)
    middles = np.datetime64("2020-02-16T15:30") + np.arange(24) * np.timedelta64(60, "m")
    rate = begun_per_h(np.array([0.1]), np.array([135.0]), profile, middles)
    assert rate.sum() == pytest.approx(2.4)
    assert rate[0, 0] == rate.max()


def test_published_search_figures() -> None:
    """2,000 nm², sweep width 4 nm, 80 kn: four hours give C = 0.64; 14.39 h give POD 0.9."""
    assert coverage_factor(4, 80, 4, 2_000) == pytest.approx(0.64)
    assert probability_of_detection(0.64) == pytest.approx(0.473, abs=5e-4)
    assert probability_of_detection(0.64, law="parallel") == pytest.approx(0.578, abs=5e-4)
    hours = coverage_factor(4, 80, 14.39, 2_000)
    assert probability_of_detection(hours) == pytest.approx(0.9, abs=1e-4)


@given(st.floats(0, 20), st.floats(0, 1))
def test_pod_is_a_probability_below_its_cap(coverage: float, cap: float) -> None:
    """No coverage sees more than the cap, and parallel sweeps see at least as much as random."""
    random, parallel = (
        float(probability_of_detection(coverage, law=law, cap=cap))
        for law in ("random", "parallel")
    )
    assert 0 <= random <= parallel + 1e-12 <= cap + 2e-12
