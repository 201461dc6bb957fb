"""From theatre, surface and fleet to the problem: who may search what, when and how well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from planner.belief import Belief, believe, known_events
from planner.cache import Cache
from planner.errors import ScenarioError
from planner.fleet import muster
from planner.formulation import Formulation, formulate
from planner.pipeline import run
from planner.scenario import read_scenario
from planner.solving import solver
from planner.theatre import Theatre, lay_out
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path


def posed(path: Path, *settings: str) -> tuple[Theatre, Belief, Formulation]:
    """Return what the small theatre becomes, with some settings changed."""
    scenario = read_scenario(path, settings=settings)
    bases, detachments = muster(scenario)
    theatre = lay_out(scenario, bases)
    rng = np.random.default_rng(scenario.seed)
    belief = believe(scenario, theatre, known_events(scenario, theatre), rng)
    return (
        theatre,
        belief,
        formulate(scenario, theatre, belief, bases, detachments, Cache(None)),
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Theatre, Belief, Formulation]:
    return posed(small(tmp_path_factory.mktemp("plain")))


def zone(name: str, **properties: object) -> dict[str, object]:
    square = [[123.0, 28.0], [125.5, 28.0], [125.5, 30.5], [123.0, 30.5], [123.0, 28.0]]
    return {
        "type": "Feature",
        "properties": {"id": name, "name": name, "rule": "closed", "source": "test", **properties},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }


def with_zone(folder: Path, **properties: object) -> Path:
    """Write the small theatre with one more zone over its middle."""
    features = {"type": "FeatureCollection", "features": [zone("range", **properties)]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zones.geojson").write_text(json.dumps(features))
    return small(folder, '\n[airspace]\nfiles = ["zones.geojson"]\n')


def test_expected_transfers_add_up_to_the_rate_given(
    plain: tuple[Theatre, Belief, Formulation],
) -> None:
    """A year's transfers are spread over the sea; what may not be searched is told apart."""
    theatre, belief, formulation = plain
    assert belief.rate_per_h.sum() * 24 * 365.25 == pytest.approx(263)
    assert (belief.open_rate_per_h <= belief.rate_per_h + 1e-15).all()
    problem = formulation.problem
    begun = problem.rate_per_h.sum() * problem.step_h
    assert begun == pytest.approx(belief.open_rate_per_h.sum() * 48, rel=0.01)
    assert len(theatre.grid) >= problem.cells


def test_no_leg_or_cell_lies_in_closed_airspace(plain: tuple[Theatre, Belief, Formulation]) -> None:
    """Cells' searchable sea and the points flown to keep out of every closed zone."""
    theatre, _, formulation = plain
    closed = shapely.union_all([z.geometry for z in theatre.zones if z.rule == "closed"])
    assert not shapely.contains_xy(closed, formulation.points).any()
    sea = shapely.union_all(theatre.sea.polygons[formulation.cells])
    assert shapely.intersection(sea, closed).area < 1e-4 * sea.area
    assert np.isfinite(formulation.problem.distance_nm).all()


def test_night_is_searched_less_well_than_day(plain: tuple[Theatre, Belief, Formulation]) -> None:
    """The POD of the same search falls from day to twilight, moonlit and dark."""
    problem = plain[2].problem
    sea_state = 3
    by_light = problem.pod[0, 0, 0, [10 * light + sea_state for light in range(4)]]
    assert (np.diff(by_light) < 0).all()
    assert set(np.unique(problem.condition // 10)) >= {0, 1}


def test_a_zone_closed_all_the_time_takes_its_sea_out(tmp_path: Path) -> None:
    """Cells inside the zone are not searched, and legs go round it."""
    theatre, belief, formulation = posed(with_zone(tmp_path))
    range_ = shapely.box(123.0, 28.0, 125.5, 30.5)
    assert not shapely.contains_xy(range_, formulation.points).any()
    assert (theatre.sea.nearest_open_nm[~theatre.sea.open] > 0).any()
    assert belief.open_rate_per_h.sum() < 0.8 * belief.rate_per_h.sum()


def test_a_zone_closed_on_one_day_binds_the_slots_of_that_day(tmp_path: Path) -> None:
    """Cells in it may be searched the next day; legs differ from day to day."""
    times = {"from": "2020-02-17T00:00:00+09:00", "to": "2020-02-18T00:00:00+09:00"}
    _, _, formulation = posed(with_zone(tmp_path, **times))
    problem = formulation.problem
    assert len(problem.distance_nm) == 2
    later = problem.slots.earliest_h >= 24
    assert later.any()
    assert problem.allowed[later].sum(axis=1).min() > problem.allowed[~later].sum(axis=1).min()


def test_hours_in_a_priced_zone_cost_what_is_asked(tmp_path: Path) -> None:
    """Inside is searched at the price an hour; a leg across pays for its way."""
    path = with_zone(tmp_path, rule="priced", price_per_h=0.001)
    problem = posed(path)[2].problem
    assert problem.price.shape == problem.distance_nm.shape
    assert set(np.round(np.unique(problem.price_per_h), 6)) == {0.0, 0.001}
    assert (problem.price <= 0.001 * problem.distance_nm / problem.speed_kn.min() + 1e-12).all()


def test_an_aircraft_that_may_not_overfly_land_flies_farther(tmp_path: Path) -> None:
    """From Kanoya the way to the sea is longer than the straight one."""
    free = posed(small(tmp_path))[2].problem
    bound = posed(small(tmp_path), "aircraft.p1-kanoya.overland=false")[2].problem
    assert len(bound.distance_nm) == 2
    assert (bound.distance_nm.max(axis=0) >= free.distance_nm[0] - 0.5).all()


def test_a_fleet_that_flies_at_night_sees_more_when_the_profile_says_night(tmp_path: Path) -> None:
    """With all transfers by night, day crews see almost nothing and night crews do."""
    night = [1.0 if hour in {20, 21, 22, 23, 0, 1, 2, 3} else 0.0 for hour in range(24)]
    path = small(tmp_path, "", "night.toml")
    values = {}
    for name, hours in {"day": "[08:00:00, 17:00:00]", "night": "[17:00:00, 08:00:00]"}.items():
        settings = [f"demand.profile={night}", "demand.duration_h=2.0"]
        settings += [f"aircraft.{each}.hours={hours}" for each in ("p3c-naha", "p1-kanoya")]
        problem = posed(path, *settings)[2].problem
        values[name] = solver("greedy")(problem, seconds=10, iterations=100).value
    assert values["night"] > 2 * values["day"] > 0


def test_a_flight_that_found_nothing_lowers_the_surface_where_it_looked(tmp_path: Path) -> None:
    """Past effort counts: the same reports, less belief where patrols saw nothing."""
    path = small(tmp_path)
    rows = "".join(f"123.5,29.0,30,2020-01-{day:02d},0.9\n" for day in range(1, 31))
    (tmp_path / "effort.csv").write_text("lon,lat,radius_nm,date,pod\n" + rows)
    settings = ['hotspots.estimator="cascade"']
    theatre, without, _ = posed(path, *settings)
    _, looked, _ = posed(path, *settings, 'history.effort="effort.csv"')
    cell = int(theatre.grid.cell_at(np.array([[123.5, 29.0]]))[0])
    assert looked.rate_per_h[cell] < without.rate_per_h[cell]
    assert "partly a map of where patrols looked" in "".join(without.notes)
    assert "partly a map of where patrols looked" not in "".join(looked.notes)


def test_faults_of_effort_and_zone_files_are_told_with_their_lines(tmp_path: Path) -> None:
    """A row that makes no sense names its line; a zone of a taken id is refused."""
    (tmp_path / "effort.csv").write_text("lon,lat,radius_nm,date,pod\n1,2,3,2020-01-01,7\n")
    with pytest.raises(ScenarioError, match=r"effort\.csv:2"):
        posed(small(tmp_path), 'history.effort="effort.csv"')
    path = with_zone(tmp_path)
    text = (tmp_path / "zones.geojson").read_text().replace('"range"', '"sea-CN"')
    (tmp_path / "zones.geojson").write_text(text)
    with pytest.raises(ScenarioError, match="taken twice"):
        posed(path)


def test_a_station_in_closed_airspace_is_a_fault(tmp_path: Path) -> None:
    """Nobody takes off where nobody may be."""
    station = ["stations.naha.lon=121.5", "stations.naha.lat=31.2"]
    with pytest.raises(ScenarioError, match="station 'naha' lies in"):
        posed(small(tmp_path), *station)


def test_a_danger_area_over_a_station_grounds_it_and_is_told(tmp_path: Path) -> None:
    """Nothing may leave Naha, the others fly on; a zone in another ocean is told too."""
    over_naha = shapely.box(127.5, 26.0, 127.8, 26.4)
    faraway = shapely.box(-40.0, 26.0, -39.0, 27.0)
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape),
         "properties": {"id": name, "name": name, "rule": "closed", "source": "NOTAM"}}
        for name, shape in (("naha", over_naha), ("azores", faraway))
    ]  # fmt: skip
    collection = {"type": "FeatureCollection", "features": features}
    (tmp_path / "own.geojson").write_text(json.dumps(collection))
    path = small(tmp_path, '\n[airspace]\nfiles = ["own.geojson"]\n')
    scenario = read_scenario(path, settings=("solver.iterations=40", "hotspots.surfaces=0"))
    plan = run(scenario, name="own", cache=Cache(None)).plan
    assert {sortie.station for sortie in plan.sorties} == {"kanoya"}
    assert "Naha lies in closed airspace, 'naha'" in plan.notes[0]
    assert "'azores' lies so far" in plan.notes[1]
