"""The back-test: nothing from the future, honest about chance, readable by anyone."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from planner.commands.backtest import command
from planner.errors import ScenarioError
from planner.evaluation.backtest import LADDER, Backtest, run_backtest
from planner.evaluation.scores import (
    block_interval,
    information_at,
    recalibrated,
    score,
    unseen,
)
from planner.hotspots.history import Cells, History, precise
from planner.hotspots.settings import Settings
from planner.outputs.backtest_page import backtest_csv, backtest_page
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 15
QUICK = Settings(scenarios=0, blocks=4, horizon_days=90.0)
SHORT = (LADDER[0], LADDER[3], LADDER[-1])


def sea() -> Cells:
    """Return an open square sea."""
    x = np.arange(SIDE) * 10.0
    xy_nm = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    return Cells(xy_nm=xy_nm, sea_nm2=np.full(SIDE**2, 100.0), spacing_nm=10.0)


def two_spots(events: int, seed: int = 0) -> History:
    """Return events at two spots over four years."""
    rng = np.random.default_rng(seed)
    spots = np.array([[40.0, 40.0], [100.0, 110.0]])
    xy_nm = spots[rng.integers(0, 2, events)] + rng.normal(0, 5, (events, 2))
    return precise(xy_nm, rng.uniform(0.5, 1460, events))


def forecast_again(history: History) -> Backtest:
    """Back-test a history over its last two years."""
    return run_backtest(history, sea(), seed=1, settings=QUICK, ladder=SHORT, periods=9)


@pytest.fixture(scope="module")
def result() -> Backtest:
    """Return the back-test of two spots."""
    return forecast_again(two_spots(300))


def test_a_pattern_is_found_and_calibrated(result: Backtest) -> None:
    """Ours beats a uniform map by what two known spots are worth, and its regions hold."""
    ours = result.standings[-1]
    assert ours.information.value > 1.5
    assert ours.information.low <= ours.information.value <= ours.information.high
    assert ours.hits[0.10] > 0.7
    assert ours.contained[0.80] == pytest.approx(0.8, abs=0.15)
    assert result.standings[0].information.value == pytest.approx(0.0)
    assert result.standings[0].hits[0.10] == pytest.approx(0.10, abs=0.06)


def test_places_without_pattern_score_no_better_than_chance() -> None:
    """Shuffled events give no information gain."""
    rng = np.random.default_rng(3)
    history = two_spots(300)
    shuffled = replace(history, xy_nm=rng.uniform(0, 140, (300, 2)))
    assert forecast_again(shuffled).standings[-1].information.value < 0.05


def test_nothing_from_the_future_reaches_the_forecast(result: Backtest) -> None:
    """Moving the last period's events changes no forecast, only that period's score."""
    history = two_spots(300)
    last = history.age_days <= QUICK.horizon_days
    moved = np.where(last[:, None], [5.0, 135.0], history.xy_nm)
    other = forecast_again(replace(history, xy_nm=moved))
    for one, two in zip(result.standings, other.standings, strict=True):
        np.testing.assert_array_equal(
            one.over_uniform_by_period[:-1], two.over_uniform_by_period[:-1]
        )
    assert result.periods == other.periods


def test_too_few_events_are_said_to_be_too_few() -> None:
    """A score of noise is not given."""
    few = forecast_again(two_spots(25))
    assert not few.enough
    assert few.standings == ()
    assert few.verdict.startswith("Too few events to score")
    assert "Too few" in backtest_page(few, title="few")
    assert backtest_csv(few).count("\n") == 2


def test_no_events_at_all_is_no_error() -> None:
    """An empty history is too few events, not a crash."""
    assert not forecast_again(two_spots(1).keep(np.array([False]))).enough


def test_ranks_by_hand() -> None:
    """An event in the densest of four equal cells has nothing above it."""
    x = np.arange(4.0) * 10
    cells = Cells(xy_nm=np.stack([x, 0 * x], axis=1), sea_nm2=np.full(4, 100.0), spacing_nm=10.0)
    outcome = score(
        np.array([0.4, 0.3, 0.2, 0.1]), cells, precise(np.array([[0.0, 0], [21, 0]]), np.ones(2))
    )
    np.testing.assert_allclose(outcome.area_above, [0.0, 0.5])
    np.testing.assert_allclose(outcome.share_above, [0.0, 0.7])
    np.testing.assert_allclose(outcome.nats, np.log([1.6, 0.8]))


def test_events_where_nothing_was_seen_before_are_scored_apart() -> None:
    """Only events in cells without any earlier event count; with none there is no score."""
    past = precise(np.array([[40.0, 40.0]]), np.array([300.0]))
    events = precise(np.array([[42.0, 41.0], [100.0, 110.0]]), np.array([10.0, 20.0]))
    new = unseen(past, events, sea())
    assert new.tolist() == [False, True]
    share = np.ones(SIDE**2)
    share[SIDE * 11 + 10] = np.e
    outcome = score(share / share.sum(), sea(), events)
    rng = np.random.default_rng(1)
    told = information_at([outcome], [new], rng)
    assert told.value == pytest.approx(1 - np.log(share.mean()))
    assert np.isnan(information_at([outcome], [~new & False], rng).value)


def test_recalibration_mends_a_map_that_is_too_sharp() -> None:
    """A map that cries wolf is scaled towards what was seen."""
    cells = sea()
    sharp = np.full(len(cells), 0.1 / (len(cells) - 1))
    sharp[7] = 0.9
    events = precise(cells.xy_nm[:100], np.ones(100))
    mended = recalibrated(sharp, cells, [score(sharp, cells, events)])
    assert mended.sum() == pytest.approx(1.0)
    assert mended[7] < 0.7


def test_the_interval_widens_when_periods_disagree() -> None:
    """Steady periods give a narrow interval, unsteady ones a wide one."""
    rng = np.random.default_rng(1)
    steady = block_interval(np.full(20, 5.0), np.full(20, 5.0), rng)
    unsteady = block_interval(np.tile([0.0] * 5 + [10.0] * 5, 2), np.full(20, 5.0), rng)
    assert steady.high - steady.low == pytest.approx(0.0)
    assert unsteady.high - unsteady.low > 0.3


def test_the_page_stands_alone_and_shows_hostile_text_as_text(result: Backtest) -> None:
    """No script, no address, no markup from a title."""
    page = backtest_page(result, title="<script>x</script>", card={"a<b": "'\"&"})
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page
    assert "&lt;script&gt;" in page
    assert "a&lt;b" in page


def test_the_rows_are_csv(result: Backtest) -> None:
    """Every row has six columns and a number."""
    rows = list(csv.reader(io.StringIO(backtest_csv(result))))
    assert all(len(row) == 6 for row in rows)
    assert {row[0] for row in rows[1:]} == {each.name for each in SHORT} | {"count"}


def test_the_same_seed_gives_the_same_page(result: Backtest) -> None:
    """Testing twice gives identical pages."""
    again = forecast_again(two_spots(300))
    assert backtest_page(result, title="t") == backtest_page(again, title="t")


def backtested(*arguments: object) -> str:
    """Return what the command says."""
    ended = CliRunner().invoke(command, [str(each) for each in arguments])
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_the_command_scores_a_file_of_events(tmp_path: Path) -> None:
    """A CSV of events becomes a page and rows; foreign columns are mapped."""
    rng = np.random.default_rng(4)
    lonlat = rng.normal([124.5, 30.5], 0.2, (160, 2))
    days = np.datetime64("2019-01-01") - np.sort(rng.integers(0, 1000, 160))
    rows = [f"{day},{lon:.3f},{lat:.3f}" for day, (lon, lat) in zip(days, lonlat, strict=True)]
    source = tmp_path / "seen.csv"
    source.write_text("\n".join(["seen on,lon,lat", *rows]), encoding="utf-8")
    terms = ("--column", "start=seen on", "--timezone", "UTC", "--periods", 8)
    assert "nats per event" in backtested(source, *terms, "--out", tmp_path / "out")
    assert "ours,nats per event" in (tmp_path / "out" / "backtest.csv").read_text()
    assert "<title>Back-test: seen</title>" in (tmp_path / "out" / "backtest.html").read_text()


def test_the_command_heeds_the_past_effort_of_a_scenario(tmp_path: Path) -> None:
    """A scenario is tested on its own reports, looks and cells; too few are said to be too few."""
    effort = "lon,lat,radius_nm,date,pod\n124.5,29.5,60,2019-10-01,0.4\n"
    (tmp_path / "effort.csv").write_text(effort, encoding="utf-8")
    path = small(tmp_path, '\n[history]\neffort = "effort.csv"\n')
    assert "Too few events" in backtested(path, "--out", tmp_path / "out")
    (tmp_path / "effort.csv").write_text(effort.replace("0.4", "4"), encoding="utf-8")
    ended = CliRunner().invoke(command, [str(path)])
    assert isinstance(ended.exception, ScenarioError)
