"""What one run computed another may use, and no byte of a plan depends on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sweeping

from planner.cache import Cache
from planner.hotspots.history import Cells, Exposure, precise
from planner.hotspots.keeping import kept_surface
from planner.hotspots.settings import Settings
from planner.outputs.folder import plan_json
from planner.pipeline import run
from planner.scenario import read_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from planner.hotspots.surface import Surface

SIDE = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), -1).reshape(-1, 2) * 10
CELLS = Cells(xy_nm=SIDE, sea_nm2=np.full(36, 100.0), spacing_nm=10.0)
EVENTS = precise(
    np.array([[20.0, 20.0], [21.0, 19.0], [40.0, 10.0]]), np.array([30.0, 90.0, 200.0])
)
ASKED = {
    "history": EVENTS,
    "cells": CELLS,
    "estimator": "stack",
    "settings": Settings(scenarios=3),
    "exposure": None,
}


def asked(cache: Cache, seed: int = 1, **changed: object) -> tuple[Surface, object]:
    rng = np.random.default_rng(seed)
    surface = kept_surface(cache, rng=rng, **(ASKED | changed))  # type: ignore[arg-type]
    return surface, rng.random()


def content(found: tuple[Surface, object]) -> list[object]:
    surface, luck = found
    arrays = (surface.share, surface.profile, surface.scenarios, surface.unknown)
    return [*(a.tobytes() for a in arrays), repr(surface.count), repr(surface.volume),
            list(surface.card.items()), luck]  # fmt: skip


def test_a_kept_surface_is_the_surface(tmp_path: Path) -> None:
    """Made, kept or read again, every bit is the same, and so is the luck that follows."""
    alone = content(asked(Cache(None)))
    assert [content(asked(Cache(tmp_path))) for _ in range(2)] == [alone, alone]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 2},
        {"estimator": "kde"},
        {"settings": Settings(scenarios=3, floor=0.1)},
        {"history": EVENTS.aged(1.0)},
        {"cells": replace(CELLS, sea_nm2=np.full(36, 99.0))},
        {"exposure": Exposure(passive_per_day=1e-3)},
    ],
)
def test_any_change_is_another_surface(tmp_path: Path, changed: dict[str, object]) -> None:
    """Whatever the surface rests on is part of its name."""
    asked(Cache(tmp_path))
    asked(Cache(tmp_path), **changed)  # type: ignore[arg-type]
    assert len(list(tmp_path.iterdir())) == 2


def test_no_byte_of_a_plan_depends_on_the_cache(tmp_path: Path) -> None:
    """With no cache, an empty one, a full one and a damaged one the plan is the same."""
    text = sweeping.SMALL.replace("days = 7", "days = 1").replace(
        "iterations = 10", "iterations = 3"
    )
    scenario = read_scenario(sweeping.written(tmp_path, text))

    def planned(cache: Cache) -> str:
        return plan_json(run(scenario, name="x", cache=cache).plan)

    alone, cache = planned(Cache(None)), Cache(tmp_path / "kept")
    assert [planned(cache), planned(cache)] == [alone, alone]
    for entry in (tmp_path / "kept").iterdir():
        entry.write_bytes(entry.read_bytes()[:-9])
    assert planned(cache) == alone
