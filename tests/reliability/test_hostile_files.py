"""Whatever a file holds, and whatever bears its name: a reason, never a crash."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.files import inside
from planner.scenario import read_scenario
from planner.scenario.reading import Layered, validated
from tests.reliability.hostile import contents, spoilt
from tests.reliability.places import PLACES
from tests.reliability.readers import READERS, Reader, complaint, fed
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path

EACH = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ("period", "area", "demand", "aircraft", "rules", "pins", "solver", "stations", "weather",
        "airspace", "history", "hotspots", "sweep", "start", "days", "polygon", "cell_nm2", "d",
        "sorties", "looks", "hours", "profile", "dwell_h", "factor", "sea", "vary")  # fmt: skip


@EACH
def test_a_good_file_is_read(reader: Reader, tmp_path: Path) -> None:
    """What the fuzzers spoil is good to begin with."""
    path = tmp_path / reader.file
    path.write_bytes(reader.good())
    assert reader.read(path) is not None


@EACH
def test_hostile_content_is_refused_with_a_reason(reader: Reader, tmp_path: Path) -> None:
    """Deep, long, broken, bombed or foreign content: a reason, in bounded time and memory."""
    assert [c for data in contents().values() if (c := fed(reader, data, tmp_path))] == []


def test_a_store_whose_tables_have_no_names_is_refused_with_a_reason(tmp_path: Path) -> None:
    """SQLite says of it what cannot be read as text."""
    reader = next(each for each in READERS if each.name == "sweep store")
    data = reader.good().replace(b"CREATE", b"CR\xbbATE")
    assert fed(reader, data, tmp_path) is None


@EACH
def test_what_is_no_file_is_refused_with_a_reason(reader: Reader, tmp_path: Path) -> None:
    """Folders, pipes, devices, links in a circle and huge files are refused, and at once."""
    for number, place in enumerate(PLACES.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        place(folder / reader.file)
        assert complaint(reader, folder / reader.file) is None


@EACH
@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(luck=st.randoms(use_true_random=False))
def test_a_spoilt_file_is_read_or_refused(
    reader: Reader, tmp_path: Path, luck: random.Random
) -> None:
    """A good file with a few bytes changed never brings a reader down."""
    assert fed(reader, spoilt(reader.good(), luck), tmp_path) is None


@pytest.mark.nightly
@EACH
def test_many_spoilt_files_are_read_or_refused(reader: Reader, tmp_path: Path) -> None:
    """Five thousand for each reader."""
    good, luck = reader.good(), random.Random(20200217)
    assert [c for _ in range(5_000) if (c := fed(reader, spoilt(good, luck), tmp_path))] == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=2), at=st.sampled_from(KEYS))
def test_values_of_any_kind_are_refused_with_a_reason(
    tmp_path: Path, change: dict[str, object], at: str
) -> None:
    """Any value at any place of a scenario is taken, or refused with its place."""
    values = read_scenario(small(tmp_path)).model_dump(mode="json") | {at: change}
    with suppress(ScenarioError):
        validated(Layered(values, {(): "here"}, tmp_path))


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "\0", "\ud800"])
def test_no_name_leads_out_of_a_folder(name: str, tmp_path: Path) -> None:
    """Nor is a name that no file can bear more than refused."""
    assert inside(tmp_path, name) is None
    assert inside(tmp_path, "a") == tmp_path.resolve() / "a"
