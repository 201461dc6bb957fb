"""From a file of reports to a surface: whatever the file holds, the stated rate is at sea."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.belief import Belief, believe
from planner.errors import EventsError
from planner.fleet import muster
from planner.pipeline import known_events
from planner.scenario import read_scenario
from planner.theatre import Theatre, lay_out
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "id,start,lon,lat,radius_km,weight"
SOUND = "sound,2019-06-01,124.5,29.5,20,1"
FILES = {  # rows that are taken, rows that are turned away
    "one report": ([SOUND], []),
    "a report without a position": (["a,2019-06-01,,,,1"], []),
    "ten thousand at one point": ([f"{n},2019-06-01,124.5,29.5,,1" for n in range(10_000)], []),
    "all on one day": (
        [f"{n},2019-06-01,{123 + n / 20:.2f},{27 + n / 10:.1f},20,1" for n in range(40)],
        [],
    ),
    "impossible dates": ([SOUND], ["a,2019-02-30,124.5,29.5,20,1", "b,2019-13-01,124,29,20,1"]),
    "no such weight": ([SOUND], [f"{w},2019-06-01,124.5,29.5,20,{w}" for w in ("0", "-1", "nan")]),
    "no such place": ([SOUND], ["a,2019-06-01,nan,29.5,20,1", "b,2019-06-01,124.5,inf,20,1"]),
    "wholly on land": ([SOUND], ["a,2019-06-01,122.1,30.05,1,1"]),
    "wholly outside": ([SOUND], ["a,2019-06-01,140,35,5,1"]),
}


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """Return the small theatre."""
    scenario = read_scenario(small(tmp_path_factory.mktemp("theatre")))
    return lay_out(scenario, muster(scenario)[0])


def belief_in(folder: Path, theatre: Theatre, rows: list[str], estimator: str = "kde") -> Belief:
    """Return what a run would believe on a file of such rows."""
    (folder / "reports.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    more = '\n[history]\nevents = "reports.csv"\ntimezone = "UTC"\n'
    settings = (f"hotspots.estimator={estimator}", "hotspots.surfaces=5")
    scenario = read_scenario(small(folder, more), settings=settings)
    return believe(scenario, theatre, known_events(scenario, theatre), np.random.default_rng(1))


@pytest.mark.parametrize("estimator", ["stack", "kde"])
@pytest.mark.parametrize("name", sorted(FILES))
def test_the_stated_rate_is_spread_over_the_sea(
    tmp_path: Path, theatre: Theatre, name: str, estimator: str
) -> None:
    """Doubtful rows are counted; the surface holds a year's transfers, all of them at sea."""
    taken, doubtful = FILES[name]
    belief = belief_in(tmp_path, theatre, [*taken, *doubtful], estimator)
    assert len(belief.events) + len(belief.events.unlocated) == len(taken)
    assert len(belief.events.rejected) == len(doubtful)
    water = theatre.grid.area_nm2 > 0
    for rate in (belief.rate_per_h, *(belief.factors * belief.rate_per_h)):
        assert rate.sum() * 24 * 365.25 == pytest.approx(263)
        assert (rate[water] > 0).all()
        assert (rate[~water] == 0).all()


@pytest.mark.parametrize("rows", [[], ["a,2019-02-30,124.5,29.5,20,1"]])
def test_a_file_without_one_sound_report_is_refused(
    tmp_path: Path, theatre: Theatre, rows: list[str]
) -> None:
    """No row, or none that can be taken, is an error that says so."""
    with pytest.raises(EventsError, match=r"reports\.csv"):
        belief_in(tmp_path, theatre, rows)
