"""One flight as the pricing of steady sorties sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Graph(NamedTuple):
    """
    One flight seen from one of its ends.

    Row c of `step_h` and `step_price` is that end; `tail_h` is the least time to the other end and
    `tail_price` what it costs. `worth` is what searching a cell at a level earns. `near` has a bit
    for each cell a cell remembers (its ng-set), shape (c, words). `tolled` has a bit for each cut
    a cell counts in, `minded` for each it does not let be forgotten, shape (c,); every second look
    at a cut's cells costs its `toll`, shape (64,).
    """

    step_h: NDArray[np.float64]
    step_price: NDArray[np.float64]
    tail_h: NDArray[np.float64]
    tail_price: NDArray[np.float64]
    dwell_h: NDArray[np.float64]
    worth: NDArray[np.float64]
    near: NDArray[np.uint64]
    tolled: NDArray[np.uint64]
    minded: NDArray[np.uint64]
    toll: NDArray[np.float64]


@njit
def tolls(cuts: np.uint64, toll: NDArray[np.float64]) -> float:
    """Return the tolls of some cuts together."""
    total, cut = 0.0, 0
    while cuts:
        if cuts & np.uint64(1):
            total += toll[cut]
        cuts >>= np.uint64(1)
        cut += 1
    return total
