"""The field's benchmark problems, each with the judge that reads its file again."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.solvers.top import read_patrol_day, read_top

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from planner.problem import Problem, Routes

HARD_CHAO = (
    *(f"p4.{m}.{letter}" for m in (2, 4) for letter in "jnqt"),
    *(f"p5.{m}.{letter}" for m in (2, 3, 4) for letter in "pz"),
    *("p6.2.l", "p6.3.m", "p6.4.n"),
    *(f"p7.{m}.{letter}" for m in (2, 4) for letter in "jpt"),
)
MOST_DANG = 10
MOST_LOOKS = 3
SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """
    A problem, the best value known (not a number where none is), and its judge.

    `verified` returns the value of routes by the file alone, with real distances, and raises
    ValueError when they may not be flown.
    """

    name: str
    problem: Problem
    best: float
    verified: Callable[[Routes], float]


def hard_chao(folder: Path) -> Iterator[Instance]:
    """Yield the hard ones of Chao's sets that are there."""
    yield from orienteering(folder, "chao", HARD_CHAO)


def some_dang(folder: Path) -> Iterator[Instance]:
    """Yield ten of Dang's, evenly by name."""
    names = sorted(path.stem for path in (folder / "top" / "dang").glob("*.txt"))
    known = [name for name in names if name in best_known(folder, "dang")]
    yield from orienteering(folder, "dang", known[:: max(len(known) // MOST_DANG, 1)][:MOST_DANG])


def orienteering(folder: Path, family: str, names: Iterable[str]) -> Iterator[Instance]:
    """Yield named instances of a family, those that are there."""
    best = best_known(folder, family)
    for name in names:
        path = folder / "top" / family / f"{name}.txt"
        if path.exists():
            yield Instance(
                name=name,
                problem=read_top(path),
                best=best.get(name, float("nan")),
                verified=partial(score_of, path),
            )


def patrol_days(folder: Path) -> Iterator[Instance]:
    """Yield the patrol-like days that are there."""
    for path in sorted(folder.glob("patrol_day_*.json")):
        yield Instance(
            name=path.stem,
            problem=read_patrol_day(path),
            best=float("nan"),
            verified=partial(value_of, path),
        )


def best_known(folder: Path, family: str) -> dict[str, float]:
    """Return the best value known of each instance of a family."""
    path = folder / "top" / f"{family}_best_known.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: float(row["best_known"]) for row in csv.DictReader(lines)}


def score_of(path: Path, routes: Routes) -> float:
    """
    Return the score of routes, checked against a team orienteering file.

    Raises
    ------
    ValueError
        When a route is too long, there are too many, or a point is visited twice.
    """
    lines = path.read_text(encoding="utf-8").replace(";", " ").split("\n")
    count, longest = int(lines[1].split()[1]), float(lines[2].split()[1])
    points = np.array([[float(w) for w in line.split()] for line in lines[3:] if line.strip()])
    visited = [look.cell + 1 for route in routes for look in route.looks]
    if len(routes) > count or len(set(visited)) < len(visited):
        msg = f"{path.name}: {len(routes)} routes, a point is visited twice or they are too many"
        raise ValueError(msg)
    for route in routes:
        stops = points[[0, *(look.cell + 1 for look in route.looks), len(points) - 1], :2]
        length = float(np.hypot(*np.diff(stops, axis=0).T).sum())
        if length > longest + SLACK:
            msg = f"{path.name}: a route of length {length:.6f}, at most {longest:g}"
            raise ValueError(msg)
    return float(points[visited, 2].sum())


def value_of(path: Path, routes: Routes) -> float:
    """
    Return the value of routes as a patrol-like day's file defines it.

    Raises
    ------
    ValueError
        When a sortie is flown twice, is too long or searches a cell twice.
    """
    day = json.loads(path.read_text(encoding="utf-8"))
    start = len(day["value"])
    times: Counter[int] = Counter()
    if len({route.slot for route in routes}) < len(routes):
        msg = f"{path.name}: a sortie is flown twice"
        raise ValueError(msg)
    for route in routes:
        cells = [look.cell for look in route.looks]
        hours = day["hours"][day["sortie_class"][route.slot]]
        length_h = sum(hours[i][j] for i, j in pairwise([start, *cells, start + 1]))
        if length_h > day["endurance_h"][route.slot] + SLACK or len(set(cells)) < len(cells):
            msg = f"sortie {route.slot}: {length_h:.6f} h, or a cell searched twice"
            raise ValueError(msg)
        times.update(cells)
    return float(sum(sum(day["value"][cell][:count]) for cell, count in times.items()))
