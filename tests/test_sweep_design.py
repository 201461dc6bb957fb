"""A sweep makes the runs it was asked for, and refuses what it cannot make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sweeping
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.scenario import read_scenario
from planner.scenario.model import Scenario
from planner.sweep.conduct import part_of
from planner.sweep.design import Design, crossed, design_of
from planner.sweep.factors import Factor, read_factor
from planner.sweep.pinning import Pinned, pin

if TYPE_CHECKING:
    from pathlib import Path

COUNT = "aircraft.p8a-kadena.count"
HOURS = "aircraft.p8a-kadena.endurance_h"


def asked(folder: Path, *vary: str, text: str = sweeping.SMALL, **terms: Any) -> Pinned:
    path = sweeping.written(folder, text)
    return pin(path, design_of(read_scenario(path), vary=vary, **terms))


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("1:4", (1, 2, 3, 4)),
        ("8:9:0.5", (8.0, 8.5, 9.0)),
        ("0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("30,90,365", (30, 90, 365)),
        ([True, False, True], (True, False)),
        ("[06:00:00, 18:00:00],[07:30:00, 19:00:00]",
         (["06:00:00", "18:00:00"], ["07:30:00", "19:00:00"])),
    ],
)  # fmt: skip
def test_values_are_read_as_written(given: Any, values: tuple[Any, ...]) -> None:
    """Ranges hold both ends, lists lose repetitions, and whole numbers stay whole."""
    factor = read_factor("x", given, "--vary x")
    assert factor.values == values
    assert list(map(type, factor.values)) == list(map(type, values))


def test_runs_of_a_sweep_are_proved_only_when_asked(tmp_path: Path) -> None:
    """They compare what plans see; seconds for a proof are kept where they are given."""
    pinned = asked(tmp_path, "solver.bound_seconds=1,2")
    assert pinned.scenarios[""]["solver"]["bound_seconds"] == 0.0
    assert pinned.scenarios[""]["solver"]["explain_seconds"] == 0.0
    assert pinned.scenario(next(pinned.design.points()))["solver"]["bound_seconds"] == 1


@pytest.mark.parametrize("given", ["4:1", "1:1000000", "1:2:0", []])
def test_empty_and_endless_ranges_are_refused(given: Any) -> None:
    """A range that holds no value, or too many, is a fault."""
    with pytest.raises(ScenarioError, match="start below stop"):
        read_factor("x", given, "--vary x")


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    overrides=st.integers(0, 2),
    seeds=st.integers(1, 3),
)
def test_grid_makes_every_run_once(sizes: list[int], overrides: int, seeds: int) -> None:
    """A grid crosses all values, overrides and seeds, each combination once."""
    design = Design(
        factors=tuple(Factor(f"f{n}", tuple(range(size))) for n, size in enumerate(sizes)),
        overrides=("a", "b")[:overrides],
        seeds=tuple(range(seeds)),
    )
    points = list(design.points())
    assert [point.number for point in points] == list(range(len(design)))
    different = {(p.overrides, p.settings, p.seed) for p in points}
    assert len(different) == len(design) == np.prod(sizes) * 2**overrides * seeds


@given(parts=st.integers(1, 7))
def test_shards_share_the_runs_out(parts: int) -> None:
    """Each run is in exactly one shard."""
    design = Design(factors=(Factor("x", tuple(range(10))),))
    pinned = Pinned(design=design, scenarios={}, files={}, version="", folder="")
    shards = [p.number for part in range(parts) for p in part_of(pinned, (part + 1, parts))]
    assert sorted(shards) == list(range(10))


@pytest.mark.parametrize("sample", ["latin", "sobol"])
def test_samples_fill_the_space_evenly(sample: Any) -> None:
    """Each eighth of a factor's span holds an eighth of the points, and the same each time."""
    factors = tuple(Factor(name, (0.0, 1.0), (0.0, 1.0)) for name in ("x", "y"))
    design = Design(factors=factors, sample=sample, runs=64)
    points = [[value for _, value in point.settings] for point in design.points()]
    assert points == [[value for _, value in point.settings] for point in design.points()]
    for column in np.array(points).T:
        assert np.histogram(column, bins=8, range=(0, 1))[0].tolist() == [8] * 8


def test_whole_span_takes_every_number_alike() -> None:
    """A sample of a whole span takes its ends as often as the rest."""
    taken = [
        Factor("x", (1, 4), (1.0, 4.0), whole=True).at(share) for share in np.arange(0, 1, 0.01)
    ]
    assert np.bincount(taken).tolist() == [0, 25, 25, 25, 25]


def test_table_and_command_line_say_the_same(tmp_path: Path) -> None:
    """The scenario's sweep table, keys quoted or not, is read like `--vary`."""
    table = f'\n[sweep.vary]\n"{COUNT}" = "1:3"\nstations.naha.open = [true, false]\n'
    by_table = asked(tmp_path, text=sweeping.SMALL + table).design
    by_hand = asked(tmp_path, f"{COUNT}=1:3", "stations.naha.open=true,false").design
    assert by_table == by_hand


def test_unknown_path_names_the_nearest(tmp_path: Path) -> None:
    """All paths that do not exist are told at once, each with the nearest that does."""
    with pytest.raises(ScenarioError) as told:
        asked(tmp_path, "aircraft.p8a-kadna.count=1:4", "solver.secnds=1,2")
    assert "aircraft.p8a-kadna.count: no such path" in str(told.value)
    assert "did you mean 'aircraft.p8a-kadena.count'?" in str(told.value)
    assert "did you mean 'solver.seconds'?" in str(told.value)


def test_values_outside_the_schema_are_refused(tmp_path: Path) -> None:
    """A value of the wrong type or out of range is told before anything runs."""
    with pytest.raises(ScenarioError) as told:
        asked(tmp_path, f"{COUNT}=-1,many", f"{HOURS}=5:100:50")
    assert "count = -1" in str(told.value)
    assert "count = 'many'" in str(told.value)
    assert "endurance_h = 105" not in str(told.value)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({}, "varies nothing"),
        ({"vary": [f"{COUNT}=1:3"], "sample": "latin"}, "a latin sample without runs"),
        ({"sample": "sobol", "runs": 8}, "a sobol sample without factors"),
        ({"vary": [f"{COUNT}=1:3"], "sample": "saltelli", "runs": 9}, "at least 24"),
        ({"vary": ["count"]}, "no path=values"),
    ],
)
def test_designs_that_cannot_be_made_are_refused(
    tmp_path: Path, terms: dict[str, Any], message: str
) -> None:
    """What cannot be drawn is told with the way out."""
    with pytest.raises(ScenarioError, match=message):
        design_of(read_scenario(sweeping.written(tmp_path)), **terms)


def test_equal_runs_have_equal_keys(tmp_path: Path) -> None:
    """A setting that the scenario has already is the same run; another seed is not."""
    pinned = asked(tmp_path, f"{COUNT}=1,2", overrides=["naha-closed"], seeds=2)
    points = list(pinned.design.points())
    keys = [pinned.key(pinned.scenario(point)) for point in points]
    assert len(set(keys)) == len(points) == 8
    plain = asked(tmp_path, "stations.naha.open=true,false", seeds=2)
    closed = [pinned.key(pinned.scenario(p)) for p in points if p.overrides]
    assert plain.key(plain.scenario(list(plain.design.points())[2])) in closed


def test_every_run_is_a_whole_scenario(tmp_path: Path) -> None:
    """What is sent to workers reads back as the scenario with the run's values."""
    pinned = asked(tmp_path, f"{COUNT}=2,3", overrides=["naha-closed"])
    last = list(pinned.design.points())[-1]
    scenario = Scenario.model_validate(pinned.scenario(last))
    assert scenario.aircraft["p8a-kadena"].count == 3
    assert not scenario.stations["naha"].open


def test_overrides_are_crossed_with_each_other() -> None:
    """Three names give all eight choices."""
    assert len(set(crossed(["a", "b", "c"]))) == 8
