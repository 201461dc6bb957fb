r"""
The Gamma-Poisson cascade: each rung refines the rate of the wider one before it.

At a rung with *n* events and exposure *e* under its kernel, the parent's rate *r* is a Gamma prior
worth *c* events, so the refined rate is the posterior mean :math:`(n + c) / (e + c / r)`. Where
events are many the rung decides, where there are none the parent's rate falls gently with the
exposure that found nothing. Conjugacy: Gelman, A. et al. (2013). *Bayesian Data Analysis*, 3rd ed.,
section 2.6; the multi-scale use follows Kolaczyk, E. D. (1999). Bayesian multiscale models for
Poisson processes. *Journal of the American Statistical Association*, 94(447), 920-933.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.compiling import njit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.hotspots.ladder import Ladder
    from planner.hotspots.settings import Settings

TILE = 256  # places refined together, so that they stay in the processor's cache
KERNEL_STRENGTH = 0.01  # events' worth of the mean rate under a lone kernel


class Path(NamedTuple):
    """
    A way down the ladder, from rung to rung; one expert of the stack.

    Widths `widest` to `narrowest` (inclusive indices, wide to narrow); at each width memories
    `longest` to `shortest`. `space` and `time` are the events' worth of belief inherited on going
    to the next width and to the next memory. `edge` says whether the exposure heeds the coast.
    With no widths it is the mean rate everywhere.
    """

    widest: int
    narrowest: int
    longest: int
    shortest: int
    space: float
    time: float
    edge: bool = True


def cascades(ladder: Ladder, settings: Settings) -> list[Path]:
    """Return the cascades mixed over hyper-parameters: one memory each, then space-time ones."""
    narrowest = len(ladder.widths_nm) - 1
    memories = len(ladder.memories_days)
    spatial = [Path(0, narrowest, t, t, c, c) for t in range(memories) for c in settings.strengths]
    months = max(memories - 3, 0)
    forgetful = [Path(0, narrowest, 0, months, c, c) for c in settings.strengths[1:]]
    return spatial + forgetful


def kernels(ladder: Ladder) -> list[Path]:
    """
    Return lone kernels of every width and memory: the multi-scale mixture's parts.

    They leave the coast uncorrected, as kernel maps do: the cascades correct it, and how much of
    each is right differs from sea to sea.
    """
    return [
        Path(k, k, t, t, KERNEL_STRENGTH, KERNEL_STRENGTH, edge=False)
        for k in range(len(ladder.widths_nm))
        for t in range(len(ladder.memories_days))
    ]


FLOOR = Path(0, -1, 0, 0, 1.0, 1.0)


def descend(
    paths: Sequence[Path],
    events: NDArray[np.float64],
    exposure: NDArray[np.float64],
    sea: NDArray[np.float64],
    root: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Return the rate at the foot of each path, shape (J, P).

    Parameters
    ----------
    paths
        J ways down the ladder.
    events, exposure
        Events and exposure under each kernel, shape (K, T, P).
    sea
        Share of sea under each kernel, shape (K, P), positive.
    root
        Mean rate to start from in each memory, shape (T, P), positive.
    """
    whole = np.array([path[:4] for path in paths], dtype=np.int64).reshape(-1, 4)
    inherited = np.array([path[4:6] for path in paths], dtype=float).reshape(-1, 2)
    edge = np.array([path.edge for path in paths], dtype=np.bool_)
    rates = np.empty((len(paths), events.shape[2]))
    _descend(whole, inherited, edge, events, exposure, sea, root, rates)  # type: ignore[no-untyped-call]
    return rates


@njit(error_model="numpy")
def _descend(  # type: ignore[no-untyped-def]
    whole, inherited, edge, events, exposure, sea, root, rates
):  # pragma: no cover
    places = events.shape[2]
    for first in range(0, places, TILE):
        tile = slice(first, min(first + TILE, places))
        for j in range(len(whole)):
            widest, narrowest, longest, shortest = whole[j]
            rate = root[longest, tile].copy()
            for k in range(widest, narrowest + 1):
                for t in range(longest, shortest + 1):
                    c = inherited[j, 0] if t == longest else inherited[j, 1]
                    n = events[k, t, tile]
                    e = exposure[k, t, tile]
                    if edge[j]:
                        for p in range(len(rate)):
                            rate[p] *= (n[p] + c) / (e[p] * rate[p] + c)
                    else:
                        for p in range(len(rate)):
                            rate[p] *= (n[p] + c) / (e[p] / sea[k, first + p] * rate[p] + c)
            rates[j, tile] = rate
