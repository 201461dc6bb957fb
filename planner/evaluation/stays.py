"""Where a track stays in a cell to search it, and does not merely cross it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.geo.geodesic import distance_nm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LEAST_H = 0.1
"""A shorter stay is a turn, not a search."""

GAP_H = 0.1
"""A track that leaves a cell for less than this is still searching it."""

SLACK = 0.02
"""Share of a look by which it may be longer before it is cut."""

BLINK_H = 0.02
"""Times in whole seconds make short pieces look slow that are not."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A search of one cell, by index, in hours from the period's start."""

    cell: int
    start_h: float
    end_h: float


@dataclass(frozen=True, slots=True)
class _Piece:
    cell: int
    start_h: float
    end_h: float
    ends: NDArray[np.float64]
    slow: bool


def stays(
    hours: NDArray[np.float64],
    lonlat: NDArray[np.float64],
    cells: NDArray[np.object_],
    *,
    search_kn: float,
    transit_kn: float,
) -> list[Stay]:
    """
    Return where and when a track searches, in order of time.

    What is flown nearer to search than to transit speed is search; where a cell is only flown
    through fast, it is the time beyond that of crossing it straight, about the middle of the stay.

    Parameters
    ----------
    hours
        When each fix is passed, in hours, rising, shape (k,).
    lonlat
        Fixes in degrees, shape (k, 2).
    cells
        Outlines in lon/lat degrees, shape (n,).
    search_kn, transit_kn
        The aircraft's speeds, in knots.
    """
    pieces = _pieces(hours, lonlat, cells, (search_kn + transit_kn) / 2)
    found = [
        stay
        for cell, mine in groupby(sorted(pieces, key=_by_cell), lambda piece: piece.cell)
        for run in _runs(list(mine))
        if (stay := _stay(cell, run, transit_kn)) is not None
    ]
    return sorted(found, key=lambda stay: (stay.start_h, stay.cell))


def parts(stay: Stay, longest_h: float) -> list[Stay]:
    """
    Cut a stay into equal looks, one after another, none longer than `longest_h`.

    Examples
    --------
    >>> [(part.start_h, part.end_h) for part in parts(Stay(7, 1.0, 4.0), 2.0)]
    [(1.0, 2.5), (2.5, 4.0)]
    """
    span_h = stay.end_h - stay.start_h
    count = max(1, ceil(span_h / longest_h - SLACK))
    edges = [stay.start_h + span_h * number / count for number in range(count + 1)]
    return [Stay(stay.cell, start_h, end_h) for start_h, end_h in pairwise(edges)]


def _pieces(
    hours: NDArray[np.float64],
    lonlat: NDArray[np.float64],
    cells: NDArray[np.object_],
    slow_kn: float,
) -> Iterator[_Piece]:
    """Yield the parts of a track in each cell."""
    if len(hours) < 2:
        return
    length_nm = distance_nm(lonlat[:-1], lonlat[1:])
    span_h = np.diff(hours)
    lines = np.asarray(shapely.linestrings(np.stack([lonlat[:-1], lonlat[1:]], axis=1)))
    still = np.asarray(shapely.length(lines)) == 0
    shapes = np.where(still, np.asarray(shapely.points(lonlat[:-1])), lines)
    for each, cell in shapely.STRtree(cells).query(shapes, predicate="intersects").T.tolist():
        slow = length_nm[each] <= slow_kn * span_h[each]
        if still[each]:
            ends = lonlat[[each, each + 1]]
            yield _Piece(cell, float(hours[each]), float(hours[each + 1]), ends, slow)
            continue
        for part in shapely.get_parts(shapely.intersection(lines[each], cells[cell])):
            if shapely.length(part) > 0:
                ends = shapely.get_coordinates(part)[[0, -1]]
                share = np.asarray(
                    shapely.line_locate_point(lines[each], shapely.points(ends), normalized=True)
                )
                start_h, end_h = hours[each] + span_h[each] * share
                yield _Piece(cell, float(start_h), float(end_h), ends, bool(slow))


def _by_cell(piece: _Piece) -> tuple[int, float]:
    return piece.cell, piece.start_h


def _runs(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Yield the pieces of one cell that belong to one stay."""
    run: list[_Piece] = []
    for piece in pieces:
        if run and piece.start_h - run[-1].end_h > GAP_H:
            yield run
            run = []
        run.append(piece)
    yield run


def _stay(cell: int, run: list[_Piece], transit_kn: float) -> Stay | None:
    slow = [
        (start_h, end_h)
        for is_slow, pieces in groupby(run, lambda piece: piece.slow)
        if is_slow
        for same in [list(pieces)]
        for start_h, end_h in [(same[0].start_h, same[-1].end_h)]
        if end_h - start_h > BLINK_H
    ]
    if slow:
        start_h, end_h = slow[0][0], slow[-1][1]
    else:
        crossing_h = float(distance_nm(run[0].ends[0], run[-1].ends[1])) / transit_kn
        middle_h = (run[0].start_h + run[-1].end_h) / 2
        left_h = run[-1].end_h - run[0].start_h - crossing_h
        start_h, end_h = middle_h - left_h / 2, middle_h + left_h / 2
    return Stay(cell, start_h, end_h) if end_h - start_h >= LEAST_H else None
