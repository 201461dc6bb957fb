"""Readers of the field's benchmark problems: each becomes a `Problem` without passing time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import Fault, FaultsError
from planner.problem import Fleet, Problem, Slots

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LARGEST_FILE_BYTES = 50_000_000
LONGEST = 1e12


def read_top(path: Path) -> Problem:
    """
    Read a team orienteering instance: lines ``n``, ``m``, ``tmax``, then ``x y score``.

    The first point is the start and the last the end; legs are Euclidean and not rounded; each
    point in between is a cell that one look empties. Hours and miles are the file's own unit.

    Raises
    ------
    FaultsError
        When the file is not such an instance; all its faults are told together.

    References
    ----------
    Chao, Golden, Wasil (1996), doi 10.1016/0377-2217(94)00289-4; Dang, Guibadj, Moukrim (2013),
    doi 10.1016/j.ejor.2013.02.049.
    """
    lines = _text(path).replace(";", " ").split("\n")
    faults: list[Fault] = []
    count, sorties, longest = (
        _header(path, lines, row, key, faults) for row, key in enumerate(("n", "m", "tmax"))
    )
    rows = [
        _point(path, row, line, faults)
        for row, line in enumerate(lines[3:], start=4)
        if line.strip()
    ]
    if not faults and len(rows) != int(count):
        faults.append(
            Fault(str(path), f"{len(rows)} points", f"{int(count)} as its first line says")
        )
    if not faults and not (2 <= count <= 10_000 and 1 <= sorties <= 1_000):
        faults.append(Fault(str(path), f"n = {count:g}, m = {sorties:g}", "n >= 2 and m >= 1"))
    if faults:
        raise FaultsError(faults)
    points = np.array(rows)
    order = [*range(1, len(points) - 1), 0, len(points) - 1]
    distance = np.hypot(*(points[order, None, :2] - points[None, order, :2]).transpose(2, 0, 1))
    return timeless(
        mass=points[1:-1, 2],
        pod=np.ones(len(points) - 2),
        hours=distance[None],
        classes=np.zeros(int(sorties), np.int64),
        endurance_h=np.full(int(sorties), float(longest)),
    )


def read_patrol_day(path: Path) -> Problem:
    """
    Read a file in the format ``patrol-day 1``: classes of sorties and falling values of looks.

    The value of the c-th look falls by the same factor 1 - POD each time, so a cell holds
    ``value[0] / POD`` and each look sees its share of what is left. Hours include the search.

    Raises
    ------
    FaultsError
        When the file is not in that format.
    """
    try:
        day: dict[str, Any] = json.loads(_text(path))
        value = np.array(day["value"], float)
        hours = np.array(day["hours"], float)
        classes = np.array(day["sortie_class"], np.int64)
        endurance_h = np.array(day["endurance_h"], float)
        _check_shapes(value, hours, classes, endurance_h)
    except (KeyError, TypeError, ValueError) as error:
        fault = Fault(str(path), f"{type(error).__name__}: {error}", 'the format "patrol-day 1"')
        raise FaultsError([fault]) from None
    first = np.maximum(value[:, 0], 1e-300)
    pod = np.clip(1 - value[:, 1] / first, 1e-9, 1.0)
    return timeless(
        mass=value[:, 0] / pod, pod=pod, hours=hours, classes=classes, endurance_h=endurance_h
    )


def timeless(
    *,
    mass: NDArray[np.float64],
    pod: NDArray[np.float64],
    hours: NDArray[np.float64],
    classes: NDArray[np.int64],
    endurance_h: NDArray[np.float64],
) -> Problem:
    """
    Return a problem in which time does not pass: all sorties fly at once from hour zero.

    Parameters
    ----------
    mass
        What each cell holds, shape (n,).
    pod
        POD of a look at each cell, shape (n,).
    hours
        Hours from point to point for each class of sortie, shape (classes, n + 2, n + 2); the
        cells come first, then the start, then the end.
    classes
        Class of each sortie, shape (m,).
    endurance_h
        Longest time of each sortie, shape (m,).
    """
    cells, slots, kinds = len(mass), len(classes), len(hours)
    zero = np.zeros(slots)
    return Problem(
        rate_per_h=np.zeros((cells, 1)),
        under_way=mass[:, None].copy(),
        decay_per_h=0.0,
        step_h=LONGEST,
        condition=np.zeros((cells, 1), np.int64),
        pod=np.tile(pod[None, :, None, None], (kinds, 1, 1, 1)),
        dwell_h=np.zeros((kinds, cells, 1)),
        distance_nm=hours,
        speed_kn=np.ones(kinds),
        departure_h=np.zeros(kinds),
        arrival_h=np.zeros(kinds),
        price=np.zeros((kinds, 1, 1)),
        price_per_h=np.zeros(cells),
        allowed=np.ones((slots, cells), bool),
        slots=Slots(
            aircraft=np.arange(slots),
            kind=classes,
            airspace=classes.copy(),
            start=np.full(slots, cells),
            end=np.full(slots, cells + 1),
            earliest_h=zero,
            last_takeoff_h=zero.copy(),
            latest_h=endurance_h.copy(),
            endurance_h=endurance_h,
            ferry_h=zero.copy(),
            day=np.zeros(slots, np.int64),
        ),
        fleet=Fleet(
            turnaround_h=zero.copy(),
            sorties_per_day=np.ones(slots, np.int64),
            crews=np.ones(slots, np.int64),
            rest_h=zero.copy(),
            detachment=np.zeros(slots, np.int64),
            budget_h=np.array([np.inf]),
        ),
        takeoff_step_h=0.0,
        exclusive=False,
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise FaultsError([Fault(str(path), "a very large file", "at most 50 MB")])
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FaultsError([Fault(str(path), str(error), "a readable text file")]) from None


def _header(path: Path, lines: list[str], row: int, key: str, faults: list[Fault]) -> float:
    words = lines[row].split() if row < len(lines) else []
    try:
        if len(words) == 2 and words[0] == key and np.isfinite(float(words[1])):
            return float(words[1])
    except ValueError:
        pass
    found = lines[row].strip() if row < len(lines) else "nothing"
    faults.append(Fault(f"{path}:{row + 1}", found, f"{key} and a number"))
    return 0.0


def _point(path: Path, row: int, line: str, faults: list[Fault]) -> tuple[float, float, float]:
    words = line.split()
    try:
        x, y, score = (float(word) for word in words)
        if np.isfinite([x, y, score]).all() and score >= 0:
            return x, y, score
    except ValueError:
        pass
    faults.append(Fault(f"{path}:{row}", line.strip()[:60], "x, y and a score of at least 0"))
    return 0.0, 0.0, 0.0


def _check_shapes(
    value: NDArray[np.float64],
    hours: NDArray[np.float64],
    classes: NDArray[np.int64],
    endurance_h: NDArray[np.float64],
) -> None:
    points = len(value) + 2
    good = (
        value.ndim == 2
        and value.shape[1] >= 2
        and hours.shape == (len(hours), points, points)
        and classes.shape == endurance_h.shape
        and classes.min(initial=0) >= 0
        and classes.max(initial=0) < len(hours)
        and np.isfinite(value).all()
        and (value >= 0).all()
    )
    if not good:
        msg = "shapes or values that do not belong together"
        raise ValueError(msg)
