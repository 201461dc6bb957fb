"""A scenario is read whole, or every fault in it is told."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.scenario import Scenario, read_scenario
from planner.scenario.assumptions import assumptions
from planner.scenario.positions import key_lines
from planner.scenario.writing import as_toml

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))

SMALL = """version = 1
title = "Small"

[period]
start = 2020-02-17T00:00:00+09:00
days = 2

[area]
polygon = [[123.0, 27.0], [125.0, 27.0], [125.0, 29.0]]

[demand]
transfers_per_year = 100

[aircraft.p3]
type = "P-3C"
station = "naha"
"""


def write(folder: Path, text: str, name: str = "small.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path, **changes: list[str]) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path, **changes)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_read_and_open_with_their_question(path: Path) -> None:
    """Each file in scenarios/ is valid and asks something."""
    assert read_scenario(path).question.endswith("?")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_resolved_scenario_reads_back_as_itself(path: Path, tmp_path: Path) -> None:
    """What `validate` prints is a scenario file of the same meaning."""
    scenario = read_scenario(path)
    again = read_scenario(write(tmp_path, as_toml(scenario)))
    assert again.model_dump() == scenario.model_dump()


def test_all_faults_come_together_each_with_its_line(tmp_path: Path) -> None:
    """A wrong value, an unknown key and a missing one are told at once."""
    text = SMALL.replace("days = 2", "days = -2").replace("station", "staton")
    assert faults(write(tmp_path, text)) == [
        "small.toml:6: period.days = -2, expected greater than or equal to 1",
        "small.toml:14: no aircraft.p3.station, expected a value (did you mean 'staton'?)",
        "small.toml:16: unknown key aircraft.p3.staton, expected a known key "
        "(did you mean 'station'?)",
    ]


def test_wrong_toml_names_its_line(tmp_path: Path) -> None:
    """A file that is not TOML says where it stops being so."""
    assert faults(write(tmp_path, SMALL + "count = = 1\n")) == [
        "small.toml:17: Invalid value, expected valid TOML"
    ]


def test_a_scenario_extends_another_key_by_key(tmp_path: Path) -> None:
    """Tables merge; the file that extends has the last word."""
    write(tmp_path, SMALL)
    more = write(tmp_path, 'extends = "small.toml"\n[aircraft.p3]\ncount = 3\n', "more.toml")
    scenario = read_scenario(more)
    assert (scenario.aircraft["p3"].count, scenario.aircraft["p3"].station) == (3, "naha")


def test_a_fault_in_an_extended_file_names_that_file(tmp_path: Path) -> None:
    """The line given is the one to mend, in whichever file it stands."""
    write(tmp_path, SMALL.replace("days = 2", "days = 2000"))
    more = write(tmp_path, 'extends = "small.toml"\n', "more.toml")
    assert faults(more) == ["small.toml:6: period.days = 2000, expected less than or equal to 92"]


def test_an_area_told_as_lat_lon_is_told_to_be_swapped(tmp_path: Path) -> None:
    """One fault with the way out, instead of one for each corner."""
    west, south, east, north = 26.5, 122.0, 31.5, 126.0
    corners = f"[[{west}, {south}], [{west}, {north}], [{east}, {north}], [{east}, {south}]]"
    was = next(line for line in SMALL.splitlines() if line.startswith("polygon"))
    (fault,) = faults(write(tmp_path, SMALL.replace(was, f"polygon = {corners}")))
    assert fault.endswith("expected lon, lat (these look like lat, lon: swap them)")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("more.toml", "no circle of files"), ("../x.toml", "a file in"), ("smal.toml", "small.toml")],
)
def test_extends_stays_in_its_folder_and_does_not_turn_in_circles(
    tmp_path: Path, name: str, expected: str
) -> None:
    """A file cannot extend itself, nor reach out of its folder; a typing error gets a hint."""
    write(tmp_path, SMALL)
    more = write(tmp_path, f'extends = "{name}"\n', "more.toml")
    assert expected in faults(more)[0]


def test_overrides_and_settings_apply_in_order(tmp_path: Path) -> None:
    """A named override changes the file, and --set changes both."""
    path = write(tmp_path, SMALL + "\n[overrides.rich]\naircraft.p3.count = 5\nseed = 7\n")
    assert read_scenario(path).aircraft["p3"].count == 1
    scenario = read_scenario(path, overrides=["rich"], settings=["seed=8"])
    assert (scenario.aircraft["p3"].count, scenario.seed) == (5, 8)


def test_an_unknown_override_or_setting_names_the_nearest(tmp_path: Path) -> None:
    """Mistyped names do not pass in silence."""
    path = write(tmp_path, SMALL + "\n[overrides.rich]\nseed = 7\n")
    assert faults(path, overrides=["rihc"]) == [
        "small.toml:1: override 'rihc', expected one of rich (did you mean 'rich'?)"
    ]
    assert "did you mean 'count'?" in faults(path, settings=["aircraft.p3.cuont=2"])[0]


def test_the_file_is_bounded_and_must_be_text(tmp_path: Path) -> None:
    """A folder, a device, a wrong encoding and a huge file are faults, not tracebacks."""
    assert "not a regular file" in faults(tmp_path)[0]
    assert "not a regular file" in faults(Path("/dev/zero"))[0]
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"version = 1\n\xff")
    assert faults(binary) == ["binary.toml:2: byte 0xff, expected UTF-8 text"]
    assert "at most 1 MB" in faults(write(tmp_path, "#" * 1_000_001))[0]
    assert "valid TOML" in faults(write(tmp_path, "a = " + "[" * 100_000))[0]


KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, st.integers(), min_size=1), min_size=1))
def test_every_key_is_found_on_its_line(tables: dict[str, dict[str, int]]) -> None:
    """The line told for a key holds that key."""
    text = "".join(
        f"[{name}] # note\n" + "".join(f"{key} = [\n{value}]\n" for key, value in table.items())
        for name, table in tables.items()
    )
    lines = text.splitlines()
    for path, line in key_lines(text).items():
        assert lines[line - 1].lstrip("[").startswith(str(path[-1]))


def test_every_key_has_its_sentence_and_the_reference_page_is_up_to_date() -> None:
    """The schema explains each key, and docs/scenario.md is what it says now."""
    schema = Scenario.model_json_schema()
    tables = {"scenario": schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, table in tables.items()
        for key, field in table["properties"].items()
        if not field.get("description") and "$ref" not in field
    ]
    assert silent == []
    docs = Path(__file__).parents[1] / "docs"
    made = runpy.run_path(str(docs / "make_reference.py"))["reference"]()
    assert (docs / "scenario.md").read_text(encoding="utf-8") == made


def test_assumptions_are_told_in_words_with_the_users_own_reasons(tmp_path: Path) -> None:
    """A figure marked in the model and one named in the file are both listed, with their reason."""
    more = 'endurance_h = 9.0\n[assumptions]\n"aircraft.p3.endurance_h" = "Asked the crew."\n'
    told = assumptions(read_scenario(write(tmp_path, SMALL + more)))
    assert ("Mean time a transfer lasts, in hours", "3") in [each[:2] for each in told]
    assert [each for each in told if each[2] == "Asked the crew."] == [
        ("Longest flight in hours", "9", "Asked the crew.")
    ]
