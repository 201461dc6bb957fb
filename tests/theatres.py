"""A small theatre for tests of the whole stream: seconds to plan, real reports and coast."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """version = 1
title = "Two days south-east of Shanghai"
question = "Is the whole stream sound?"
seed = 7

[period]
start = 2020-02-17T00:00:00+09:00
days = 2

[area]
polygon = [[122.0, 26.5], [126.0, 26.5], [126.0, 31.5], [122.0, 31.5]]
cell_nm2 = 4000

[hotspots]
estimator = "kde"
surfaces = 20

[demand]
transfers_per_year = 263

[aircraft.p3c-naha]
type = "P-3C"
station = "naha"
count = 2
available = 1.0

[aircraft.p1-kanoya]
type = "P-1"
station = "kanoya"
endurance_h = 9.5
available = 1.0

[solver]
seconds = 20
iterations = 200
"""


def small(folder: Path, more: str = "", name: str = "small.toml") -> Path:
    """Write the small theatre, with more TOML behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(SMALL + more, encoding="utf-8")
    return path
