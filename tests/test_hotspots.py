"""The surface: honest sums, recovery of known truths, and steadiness under odd histories."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.hotspots import kernels
from planner.hotspots.cascade import FLOOR, Path, descend
from planner.hotspots.counts import count_from
from planner.hotspots.daytime import daily_profile
from planner.hotspots.estimators import ESTIMATORS
from planner.hotspots.fitting import Task
from planner.hotspots.history import Cells, Exposure, History, on_sea, precise
from planner.hotspots.settings import Settings
from planner.hotspots.surface import Surface, estimate

SIDE = 24
SPACING_NM = 10.0
QUICK = Settings(scenarios=3, blocks=6)


def sea(land_columns: int = 4) -> Cells:
    """Return a square sea whose western columns are land."""
    x = np.arange(SIDE) * SPACING_NM
    xy_nm = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    water = xy_nm[:, 0] >= land_columns * SPACING_NM
    return Cells(xy_nm=xy_nm, sea_nm2=np.where(water, 100.0, 0.0), spacing_nm=SPACING_NM)


def crowd(events: int, seed: int = 0, spread_nm: float = 12.0) -> History:
    """Return events around one spot, over three years."""
    rng = np.random.default_rng(seed)
    xy_nm = np.clip(rng.normal([150, 120], spread_nm, (events, 2)), 45, 230)
    return precise(xy_nm, rng.uniform(1, 1100, events))


def surface(history: History, cells: Cells, name: str = "stack", **given_too: object) -> Surface:
    """Estimate with a fixed seed."""
    rng = np.random.default_rng(7)
    settings = given_too.pop("settings", QUICK)
    return estimate(history, cells, rng=rng, estimator=name, settings=settings, **given_too)  # type: ignore[arg-type]


def nothing() -> History:
    """Return a history without events."""
    return crowd(1).keep(np.array([False]))


HISTORIES = {
    "none": nothing(),
    "one": crowd(1),
    "thirty": crowd(30),
    "ten thousand at one point": precise(np.full((10_000, 2), 100.0), np.full(10_000, 9.0)),
    "all on one day": replace(crowd(40), age_days=np.full(40, 30.0)),
    "in step with the periods": replace(
        crowd(8), age_days=np.arange(1.0, 9.0) * QUICK.horizon_days
    ),
}


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@pytest.mark.parametrize("kind", sorted(HISTORIES))
def test_every_surface_sums_to_one_is_positive_at_sea_and_zero_on_land(
    name: str, kind: str
) -> None:
    """Whatever the history, the share is a share."""
    cells = sea()
    made = surface(HISTORIES[kind], cells, name)
    water = cells.sea_nm2 > 0
    for share in (made.share, *made.scenarios):
        assert share.sum() == pytest.approx(1.0)
        assert (share[water] > 0).all()
        assert (share[~water] == 0).all()
    assert made.profile.mean() == pytest.approx(1.0)
    assert ((made.unknown >= 0) & (made.unknown <= 1)).all()
    assert made.count.low <= made.count.mean <= made.count.high


@pytest.mark.parametrize("name", ["stack", "cascade", "kde", "adaptive"])
def test_the_surface_of_a_known_crowd_is_found_again(name: str) -> None:
    """Events drawn from a known surface give it back."""
    cells = sea()
    made = surface(crowd(600, seed=3), cells, name, settings=replace(QUICK, scenarios=0))
    away_2 = ((cells.xy_nm - [150, 120]) ** 2).sum(axis=1)
    truth = np.where(cells.sea_nm2 > 0, np.exp(-away_2 / (2 * (12.0**2 + 100 / 12))), 0.0)
    truth /= truth.sum()
    assert np.abs(made.share - truth).sum() / 2 < 0.25


def test_shuffled_events_are_no_better_than_a_uniform_map() -> None:
    """Where events fall anywhere, the forecast does not pretend to know where."""
    cells = sea()
    rng = np.random.default_rng(5)
    at_random = precise(rng.uniform([45, 0], [235, 235], (150, 2)), rng.uniform(1, 900, 150))
    made = surface(at_random, cells)
    again = rng.uniform([45, 0], [235, 235], (2000, 2))
    cell, _ = cells.holding(again)
    even = 1 / (cells.sea_nm2 > 0).sum()
    assert np.log(made.share[cell] / even).mean() < 0.02


def test_a_look_that_found_nothing_lowers_the_surface_there() -> None:
    """Nil finds lower the share where we looked and raise it elsewhere."""
    cells, history = sea(), crowd(30)
    here = int(cells.holding(np.array([[150.0, 120.0]]))[0][0])
    shares = []
    for looks in (1, 5, 25):
        exposure = Exposure(
            passive_per_day=0.01,
            cell=np.full(looks, here),
            pod=np.full(looks, 0.5),
            age_days=np.full(looks, 5.0),
        )
        shares.append(surface(history, cells, exposure=exposure).share[here])
    assert shares[0] > shares[1] > shares[2]


@settings(deadline=None, max_examples=25)
@given(
    cell=st.integers(4, SIDE * SIDE - 1),
    pod=st.floats(0.01, 1.0),
    age_days=st.floats(1.0, 1000.0),
)
def test_a_look_never_raises_the_rate_of_any_cascade(
    cell: int, pod: float, age_days: float
) -> None:
    """More exposure with the same events never raises any expert's rate."""
    rng = np.random.default_rng(cell)
    events = rng.exponential(size=(4, 2, 5))
    exposure = rng.exponential(size=(4, 2, 5)) + 0.1
    more = exposure + pod * np.exp(-age_days / 100) * rng.uniform(size=exposure.shape)
    paths = [Path(0, 3, 0, 1, 0.5, 2.0), Path(0, 3, 1, 1, 1.0, 1.0), Path(2, 2, 0, 0, 0.01, 0.01)]
    root, open_sea = np.ones((2, 5)), np.ones((4, 5))
    before = descend(paths, events, exposure, open_sea, root)
    after = descend(paths, events, more, open_sea, root)
    assert (after <= before * (1 + 1e-12)).all()


def test_the_compiled_descent_equals_its_plain_twin() -> None:
    """Numba and plain Python agree on every path."""
    rng = np.random.default_rng(2)
    events, exposure = rng.exponential(size=(2, 5, 3, 400))
    sea_share, root = rng.uniform(0.1, 1, (5, 400)), rng.uniform(0.1, 1, (3, 400))
    paths = [FLOOR, Path(0, 4, 0, 2, 0.5, 2), Path(1, 1, 2, 2, 0.1, 0.1, edge=False)]
    rates = descend(paths, events, exposure, sea_share, root)
    for path, rate in zip(paths, rates, strict=True):
        plain = root[path.longest].copy()
        for k in range(path.widest, path.narrowest + 1):
            for t in range(path.longest, path.shortest + 1):
                c = path.space if t == path.longest else path.time
                e = exposure[k, t] / (1.0 if path.edge else sea_share[k])
                plain = (events[k, t] + c) / (e + c / plain)
        np.testing.assert_allclose(rate, plain, rtol=1e-12)


@pytest.mark.parametrize("width_nm", [2.0, 15.0, 80.0, 900.0])
def test_near_and_raster_sums_agree_with_the_plain_sum(width_nm: float) -> None:
    """Both quick ways give the plain sum, the raster within two per cent."""
    rng = np.random.default_rng(4)
    at_nm, xy_nm = rng.uniform(0, 300, (300, 2)), rng.uniform(-30, 330, (200, 2))
    weight = rng.uniform(size=(200, 3))
    away_2 = ((at_nm[:, None] - xy_nm[None]) ** 2).sum(axis=-1)
    plain = (np.exp(-away_2 / (2 * width_nm**2)) @ weight).T
    for quick, slack in ((kernels.near_sums, 1e-3), (kernels.raster_sums, 2e-2)):
        sums = quick(at_nm, xy_nm, weight, width_nm)
        assert np.abs(sums - plain).max() <= slack * plain.max()


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Estimating twice gives identical arrays and an identical card."""
    one, other = (surface(crowd(25), sea()) for _ in range(2))
    assert one.share.tobytes() == other.share.tobytes()
    assert one.scenarios.tobytes() == other.scenarios.tobytes()
    assert one.card == other.card


def test_regions_on_land_are_rejected_and_told() -> None:
    """An event wholly on land or outside is left out, counted and named on the card."""
    history = precise(np.array([[150.0, 120.0], [5.0, 5.0], [9000.0, 0.0]]), np.full(3, 50.0))
    used, rejected = on_sea(history, sea())
    assert (len(used), rejected) == (1, 2)
    assert "2, wholly on land" in surface(history, sea()).card["events rejected"]


def test_a_region_half_on_land_is_conditioned_on_the_sea() -> None:
    """The part of a region at sea takes the whole event."""
    half = History(
        xy_nm=np.array([[5.0, 100.0], [100.0, 100.0]]),
        owner=np.zeros(2, dtype=np.int64),
        share=np.array([0.7, 0.3]),
        **{name: np.ones(1) for name in ("age_days", "count", "weight", "solar_hour")},
        volume_bbl=np.full(1, np.nan),
    )
    used, rejected = on_sea(half, sea())
    assert rejected == 0
    np.testing.assert_allclose(used.share, [1.0])


def test_a_vague_event_spreads_over_its_region_and_leans_to_where_others_were() -> None:
    """A wide region gives a flat bump, and its points near precise events gain."""
    cells = sea()
    ring = np.array([[150.0, 120.0], [150.0, 220.0], [60.0, 20.0], [220.0, 20.0]])
    sharp = crowd(20)
    both = History(
        xy_nm=np.concatenate([sharp.xy_nm, ring]),
        owner=np.concatenate([sharp.owner, np.full(4, 20)]),
        share=np.concatenate([sharp.share, np.full(4, 0.25)]),
        age_days=np.append(sharp.age_days, 3.0),
        count=np.ones(21),
        solar_hour=np.full(21, np.nan),
        volume_bbl=np.full(21, np.nan),
        weight=np.ones(21),
    )
    made = surface(both, cells)
    corner = int(cells.holding(np.array([[60.0, 20.0]]))[0][0])
    crowded = int(cells.holding(np.array([[150.0, 120.0]]))[0][0])
    assert made.share[crowded] > 10 * made.share[corner]


def as_told(history: History, error_nm: float, seed: int = 0) -> History:
    """Return events moved at random, each as a region of points where it may have been."""
    rng = np.random.default_rng(seed)
    told = history.xy_nm + rng.normal(0, error_nm, history.xy_nm.shape)
    step = np.linspace(-2, 2, 9)
    cloud = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    chance = np.exp(-0.5 * (cloud**2).sum(axis=1))
    return replace(
        history,
        xy_nm=(told[:, None] + error_nm * cloud).reshape(-1, 2),
        owner=np.repeat(np.arange(len(history)), len(cloud)),
        share=np.tile(chance / chance.sum(), len(history)),
    )


@pytest.mark.parametrize("precise_ones", [0, 30])
def test_regions_give_back_more_of_the_truth_than_their_middles(precise_ones: int) -> None:
    """Told how vague they are, scattered reports of one spot are drawn together again."""
    cells, settings = sea(), replace(QUICK, scenarios=0)
    sharp = crowd(90, seed=3, spread_nm=8.0)
    known = np.arange(90) < precise_ones
    told = as_told(sharp.keep(~known), 20.0)
    middles = replace(sharp.keep(~known), xy_nm=told.xy_nm[40::81])
    away_2 = ((cells.xy_nm - [150, 120]) ** 2).sum(axis=1)
    truth = np.where(cells.sea_nm2 > 0, np.exp(-away_2 / (2 * (8.0**2 + 100 / 12))), 0.0)
    truth /= truth.sum()
    far = [
        np.abs(surface(joined(sharp.keep(known), each), cells, settings=settings).share - truth)
        for each in (told, middles)
    ]
    assert far[0].sum() < 0.9 * far[1].sum()


def joined(one: History, other: History) -> History:
    """Return the events of two histories."""
    owner = np.concatenate([one.owner, other.owner + len(one)])
    rest = [each.name for each in fields(History) if each.name != "owner"]
    both = {n: np.concatenate([getattr(one, n), getattr(other, n)]) for n in rest}
    return History(owner=owner, **both)


def as_used(history: History, cells: Cells) -> History:
    """Return the events as the stack uses them, vague ones leant."""
    task = Task(
        history=history,
        cells=cells,
        settings=QUICK,
        exposure=None,
        shape=np.ones(len(cells)),
        rng=np.random.default_rng(1),
    )
    return ESTIMATORS["stack"](task).history


def test_a_lone_vague_event_does_not_confirm_itself() -> None:
    """With nothing else to go by, the middle of its region gains nothing on the rest."""
    ring = np.array([[100.0, 100.0], [110.0, 100.0], [120.0, 100.0], [130.0, 100.0]])
    alone = replace(crowd(1), xy_nm=ring, owner=np.zeros(4, dtype=int), share=np.full(4, 0.25))
    np.testing.assert_allclose(as_used(alone, sea()).share, 0.25, rtol=1e-6)


def test_an_old_vague_event_leans_to_where_others_were_not_to_where_they_are() -> None:
    """Traffic that has moved since draws no old report after it."""
    rng = np.random.default_rng(5)
    then, now = np.array([[90.0, 120.0]]), np.array([[170.0, 120.0]])
    past = precise(rng.normal(then, 8, (60, 2)), rng.uniform(700, 1000, 60))
    lately = precise(rng.normal(now, 8, (40, 2)), rng.uniform(1, 300, 40))
    vague = replace(
        precise(then, np.array([900.0])),
        xy_nm=np.concatenate([then, now]),
        owner=np.zeros(2, dtype=int),
        share=np.full(2, 0.5),
    )
    used = as_used(joined(joined(past, lately), vague), sea())
    assert used.share[-2] > used.share[-1]


def test_hours_stay_flat_unless_the_events_say_otherwise() -> None:
    """Two hours prove nothing, sixty at midnight do."""
    few = replace(crowd(2), solar_hour=np.array([1.0, 13.0]))
    assert np.abs(daily_profile(few) - 1).max() < 0.25
    rng = np.random.default_rng(1)
    nightly = replace(crowd(60), solar_hour=rng.normal(0, 1.5, 60) % 24)
    profile = daily_profile(nightly)
    assert profile[0] > 2
    assert profile[12] < 0.3


def test_counts_cover_what_they_promise() -> None:
    """The 95 % interval holds about that share of steady and of clustered counts."""
    rng = np.random.default_rng(8)
    for size in (1e6, 3.0):
        counts = rng.negative_binomial(size, size / (size + 8), 90).astype(float)
        told = [count_from(counts[:k]) for k in range(20, 90)]
        inside = [c.low <= n <= c.high for c, n in zip(told, counts[20:], strict=True)]
        assert 0.9 <= np.mean(inside) <= 1.0


def test_a_wrong_name_is_told_with_the_nearest_right_one() -> None:
    """An unknown estimator names its likely meaning."""
    with pytest.raises(ScenarioError, match="did you mean 'cascade'"):
        surface(crowd(3), sea(), "casacde")


def test_a_prior_map_shows_where_nothing_is_known() -> None:
    """Without events the surface is the prior map; a useless one is refused."""
    cells = sea()
    prior = 1.0 + (cells.xy_nm[:, 1] > 100)
    made = surface(nothing(), cells, prior=prior)
    expected = prior * cells.sea_nm2
    np.testing.assert_allclose(made.share, expected / expected.sum(), rtol=1e-6)
    with pytest.raises(ScenarioError, match="prior map"):
        surface(nothing(), cells, prior=-prior)


@pytest.mark.parametrize("field", ["age_days", "weight", "count"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_histories_that_make_no_sense_are_refused(field: str, value: float) -> None:
    """Ages, weights and counts must be positive and finite."""
    with pytest.raises(ValueError, match=field):
        replace(crowd(1), **{field: np.array([value])})
