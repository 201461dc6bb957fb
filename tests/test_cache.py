"""The cache saves time and changes nothing else."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from planner.cache import Cache, user_folder

INPUTS = [b"legs", b"1"]


@pytest.fixture
def computed():
    """Count how often arrays are made; each time they differ."""
    times = count()

    def make():
        return {"x": np.arange(3) + next(times)}

    return make


def test_the_second_time_is_read(tmp_path, computed):
    """What was computed once is not computed again."""
    cache = Cache(tmp_path)
    first = cache.arrays(INPUTS, computed)
    assert (cache.arrays(INPUTS, computed)["x"] == first["x"]).all()


def test_other_inputs_are_other_entries(tmp_path, computed):
    """A changed byte, or the same bytes divided otherwise, is another question."""
    cache = Cache(tmp_path)
    for inputs in ([b"legs", b"2"], [b"legs1", b""], [b"legs1"]):
        cache.arrays(inputs, computed)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 500])
def test_a_damaged_entry_is_computed_anew(tmp_path, computed, damage, caplog):
    """Wrong bytes are noticed, told and replaced."""
    cache = Cache(tmp_path)
    cache.arrays(INPUTS, computed)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(damage)
    assert cache.arrays(INPUTS, computed)["x"][0] == 1
    assert "is damaged" in caplog.text
    assert cache.arrays(INPUTS, computed)["x"][0] == 1


def test_one_flipped_bit_is_noticed(tmp_path, computed):
    """Every byte of an entry is under its seal."""
    cache = Cache(tmp_path)
    cache.arrays(INPUTS, computed)
    (entry,) = tmp_path.iterdir()
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    entry.write_bytes(bytes(content))
    assert cache.arrays(INPUTS, computed)["x"][0] == 1


def test_a_folder_that_cannot_be_made_only_costs_time(tmp_path, computed):
    """Each result is computed; nothing fails."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    cache = Cache(blocked / "cache")
    assert cache.arrays(INPUTS, computed)["x"][0] == 0
    assert cache.arrays(INPUTS, computed)["x"][0] == 1


def test_without_a_folder_nothing_is_kept(computed):
    """A cache may be absent."""
    cache = Cache(None)
    assert cache.arrays(INPUTS, computed)["x"][0] == 0
    assert cache.arrays(INPUTS, computed)["x"][0] == 1


def test_the_longest_unused_entries_go_first(tmp_path):
    """The folder stays within its bound and keeps what is used."""
    cache = Cache(tmp_path, most_bytes=40_000)
    for name in (b"a", b"b", b"a", b"c", b"d", b"e"):
        cache.arrays([name], lambda: {"x": np.zeros(1000)})
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 40_000
    kept = len(list(tmp_path.iterdir()))
    cache.arrays([b"e"], lambda: {"x": np.ones(1000)})
    assert len(list(tmp_path.iterdir())) == kept


def test_an_entry_that_would_crowd_out_others_is_not_kept(tmp_path):
    """One huge result is computed each time rather than at the cost of all others."""
    cache = Cache(tmp_path, most_bytes=30_000)
    assert len(cache.arrays(INPUTS, lambda: {"x": np.zeros(1000)})["x"]) == 1000
    assert not list(tmp_path.iterdir())


def test_objects_are_never_kept(tmp_path):
    """An array of objects would need pickle, so it is refused."""
    with pytest.raises(ValueError, match="allow_pickle"):
        Cache(tmp_path).arrays(INPUTS, lambda: {"x": np.array([{}], dtype=object)})
    assert not list(tmp_path.iterdir())


def test_the_users_folder_follows_the_environment(tmp_path, monkeypatch):
    """XDG's variable is honoured."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_folder() == tmp_path / "patrol-planner"
