"""Cuts: what looks at three cells have in common, that fractions of sorties disregard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.problem import Look

MOST_TOLLS = 64
MOST_BASE = 2
VIOLATED = 0.02
AT_ONCE = 30
OF_ONE_CELL = 6

Name = tuple[tuple[int, int, int], tuple[int, int, int]]
Minded = dict[Name, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    r"""
    A limit on sorties that look at three cells twice or more between them.

    With :math:`k_i` looks at cell :math:`i`, no more than :math:`\lfloor \sum k_i / 2 \rfloor`
    pairs of looks can be flown by single sorties, and that is at most
    :math:`\lfloor \sum b_i / 2 \rfloor + \sum (k_i - b_i)^+` for any `base` :math:`b`: the
    subset-row cut of [1]_, for cells that may be looked at more than once. A first look whose
    sortie then searches a cell that does not mind (`minds`) is forgotten [2]_: the cut is weaker,
    and sorties that search elsewhere need not remember it.

    References
    ----------
    .. [1] Jepsen, M., Petersen, B., Spoorendonk, S., Pisinger, D. (2008). Subset-row inequalities
       applied to the vehicle-routing problem with time windows. *Operations Research*, 56(2),
       497-511.
    .. [2] Pecin, D., Pessoa, A., Poggi, M., Uchoa, E. (2017). Improved branch-cut-and-price for
       capacitated vehicle routing. *Mathematical Programming Computation*, 9(1), 61-100.
    """

    cells: tuple[int, int, int]
    base: tuple[int, int, int]
    minds: frozenset[int]

    @property
    def most(self) -> int:
        """Pairs of looks at its cells, if none is looked at more often than its base."""
        return sum(self.base) // 2

    def pairs(self, looks: Iterable[Look]) -> int:
        """Return the pairs of looks at its cells that a sortie flies, none forgotten between."""
        pairs, odd = 0, False
        for look in looks:
            if look.cell in self.cells:
                pairs, odd = pairs + odd, not odd
            elif look.cell not in self.minds:
                odd = False
        return pairs

    def excess(self, cell: int, times: int | None) -> int:
        """Return how many of so many looks at a cell are beyond its base; nothing: one that is."""
        if cell not in self.cells or times is None:
            return int(cell in self.cells)
        return max(0, times - self.base[self.cells.index(cell)])


def violated(
    looks: NDArray[np.int64],
    flown: NDArray[np.float64],
    excess: NDArray[np.float64],
    paths: Sequence[tuple[int, ...]],
    known: Minded,
    always: frozenset[int],
) -> list[Cut]:
    """
    Return cuts that fractions of sorties break most, no more than a few for each cell.

    Parameters
    ----------
    looks
        Looks of each sortie at each cell that may be cut, shape (sorties, n).
    flown
        How much of each sortie is flown, shape (sorties,).
    excess
        Looks at each cell beyond one, two, ... of a base, shape (n, `MOST_BASE`).
    paths
        The cells of each sortie in the order of its looks.
    known
        What the cuts found before mind.
    always
        Cells that all cuts mind.
    """
    cells = np.flatnonzero((flown @ looks) > VIOLATED)
    found: list[tuple[float, Name]] = []
    bases = range(1, MOST_BASE + 1)
    for at, one in enumerate(cells.tolist()):
        for two in cells[at + 1 :].tolist():
            both = looks[:, one] + looks[:, two]
            third = cells[cells > two]
            if not len(third) or not flown @ (both >= 2):
                continue
            pairs = flown @ ((both[:, None] + looks[:, third]) // 2)
            for base in product(bases, bases, bases):
                if sum(base) % 2 == 0:
                    continue
                limit = sum(base) // 2 + excess[one, base[0] - 1] + excess[two, base[1] - 1]
                over = pairs - limit - excess[third, base[2] - 1]
                found += [
                    (float(over[k]), ((one, two, int(third[k])), base))
                    for k in np.flatnonzero(over > VIOLATED)
                ]
    ways = [path for path, some in zip(paths, flown, strict=True) if some]
    return _few(found, ways, known, always)


def _few(
    found: list[tuple[float, Name]],
    paths: Sequence[tuple[int, ...]],
    known: Minded,
    always: frozenset[int],
) -> list[Cut]:
    """Return the most broken cuts, a few of each cell, minding what they must to be broken."""
    chosen: list[Cut] = []
    often: dict[int, int] = {}
    for _, (cells, base) in sorted(found, key=lambda each: (-each[0], each[1])):
        if max(often.get(cell, 0) for cell in cells) >= OF_ONE_CELL:
            continue
        before = known.get((cells, base), frozenset())
        minds = before.union(always, cells, *(_between(path, cells) for path in paths))
        if minds == before:
            continue
        chosen.append(Cut(cells, base, minds))
        for cell in cells:
            often[cell] = often.get(cell, 0) + 1
        if len(chosen) == AT_ONCE:
            break
    return chosen


def _between(path: tuple[int, ...], cells: tuple[int, ...]) -> set[int]:
    """Return what a sortie searches between the two looks of each of its pairs."""
    places = [place for place, cell in enumerate(path) if cell in cells]
    return {
        cell
        for one, two in zip(places[::2], places[1::2], strict=False)
        for cell in path[one + 1 : two]
    }
