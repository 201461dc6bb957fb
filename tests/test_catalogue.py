"""The catalogue of stations and aircraft types."""

from __future__ import annotations

import pytest

from planner.catalogue import (
    FIGURES,
    aircraft_type,
    aircraft_types,
    figure,
    station,
    stations,
)
from planner.errors import ScenarioError


def test_all_seventeen_stations_are_in_japan_and_have_sources() -> None:
    """Each station lies in Japan, has its own id and code, and says where its facts come from."""
    every = stations()
    assert (
        len(every) == len({each.id for each in every}) == len({each.icao for each in every}) == 17
    )
    for each in every:
        assert 123 < each.lon < 146
        assert 24 < each.lat < 46
        assert each.runway_m >= 2000
        assert each.aerodrome_source
    assert [each.id for each in every if each.use == "mission"] == ["kadena", "futenma", "kanoya"]


def test_every_figure_is_named_positive_and_sourced() -> None:
    """A figure has a known name, a source and a sensible value; crews of drones are zero."""
    figures = [(n, f) for each in aircraft_types() for n, f in each.figures.items()]
    assert len(figures) == 46
    for name, each in figures:
        assert name in FIGURES
        assert each.source
        assert each.value > 0 or name == "crew"


def test_figures_agree_with_each_other() -> None:
    """No type cruises faster than it can fly."""
    for each in aircraft_types():
        cruise, fastest = each.value("cruise_kn"), each.value("max_speed_kn")
        assert cruise is None or fastest is None or cruise <= fastest


def test_types_no_source_names_are_marked() -> None:
    """A type is documented only when a source names it on this mission."""
    undocumented = {each.id for each in aircraft_types() if not each.documented}
    assert undocumented == {"ap-3c", "ep-3", "c295"}


def test_missing_figure_names_what_the_scenario_must_give() -> None:
    """An unpublished figure is absent, and asking for it says what to do."""
    assert aircraft_type("P-1").value("endurance_h") is None
    with pytest.raises(ScenarioError, match=r"a\.toml:3: no published endurance_h for P-1.*give"):
        figure("P-1", "endurance_h", where="a.toml:3")


@pytest.mark.parametrize(
    ("look_up", "hint"),
    [
        (lambda: station("Kadina"), "did you mean 'kadena'"),
        (lambda: aircraft_type("P-3"), "did you mean 'p-3"),
        (lambda: figure("P-3C", "endurence_h"), "did you mean 'endurance_h'"),
    ],
)
def test_unknown_name_gets_the_nearest_one(look_up: object, hint: str) -> None:
    """A misspelt name is answered with the nearest right one."""
    with pytest.raises(ScenarioError, match=hint):
        look_up()  # type: ignore[operator]


def test_names_are_found_in_any_case_by_id_code_or_name() -> None:
    """A station answers to its id, ICAO code and name."""
    assert station("rodn") == station("KADENA") == station("kadena air base")
