"""Cuts: what looks at three cells have in common, that fractions of sorties disregard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from planner.problem import Look

MOST_CUTS = 200
MOST_TOLLS = 64
MOST_BASE = 2
VIOLATED = 0.02
AT_ONCE = 12
OF_ONE_CELL = 4


@dataclass(frozen=True, slots=True)
class Cut:
    r"""
    A limit on sorties that look at three cells twice or more between them.

    With :math:`k_i` looks at cell :math:`i`, no more than :math:`\lfloor \sum k_i / 2 \rfloor`
    pairs of looks can be flown by single sorties, and that is at most
    :math:`\lfloor \sum b_i / 2 \rfloor + \sum (k_i - b_i)^+` for any `base` :math:`b`: the
    subset-row cut of [1]_, for cells that may be looked at more than once.

    References
    ----------
    .. [1] Jepsen, M., Petersen, B., Spoorendonk, S., Pisinger, D. (2008). Subset-row inequalities
       applied to the vehicle-routing problem with time windows. *Operations Research*, 56(2),
       497-511.
    """

    cells: tuple[int, int, int]
    base: tuple[int, int, int]

    @property
    def most(self) -> int:
        """Pairs of looks at its cells, if none is looked at more often than its base."""
        return sum(self.base) // 2

    def pairs(self, looks: Iterable[Look]) -> int:
        """Return the pairs of looks at its cells that a sortie flies."""
        return sum(look.cell in self.cells for look in looks) // 2

    def excess(self, cell: int, times: int | None) -> int:
        """Return how many of so many looks at a cell are beyond its base; nothing: one that is."""
        if cell not in self.cells or times is None:
            return int(cell in self.cells)
        return max(0, times - self.base[self.cells.index(cell)])


def violated(
    looks: NDArray[np.int64],
    flown: NDArray[np.float64],
    excess: NDArray[np.float64],
    known: set[Cut],
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
    known
        Cuts that need not be found again.
    """
    cells = np.flatnonzero((flown @ looks) > VIOLATED)
    found: list[tuple[float, Cut]] = []
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
                    (float(over[k]), Cut((one, two, int(third[k])), base))
                    for k in np.flatnonzero(over > VIOLATED)
                ]
    return _few(found, known)


def _few(found: list[tuple[float, Cut]], known: set[Cut]) -> list[Cut]:
    """Return the most broken cuts, a few of each cell."""
    chosen: list[Cut] = []
    often: dict[int, int] = {}
    for _, cut in sorted(found, key=lambda each: (-each[0], each[1].cells, each[1].base)):
        if cut in known or max(often.get(cell, 0) for cell in cut.cells) >= OF_ONE_CELL:
            continue
        chosen.append(cut)
        for cell in cut.cells:
            often[cell] = often.get(cell, 0) + 1
        if len(chosen) == AT_ONCE:
            break
    return chosen
