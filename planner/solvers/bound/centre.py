"""Duals from the middle: a linear program solved by interior points, and not to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

MOST_STEPS = 60
NEVER_REACHED = 0.995
TINY = 1e-12


@dataclass(slots=True)
class _Point:
    """Columns, slack of rows, duals of rows, and what columns lose by their reduced cost."""

    x: NDArray[np.float64]
    slack: NDArray[np.float64]
    dual: NDArray[np.float64]
    loss: NDArray[np.float64]

    def moved(self, step: _Point, primal: float, dual: float) -> _Point:
        """Return the point so far along a step."""
        return _Point(
            self.x + primal * step.x,
            self.slack + primal * step.slack,
            self.dual + dual * step.dual,
            self.loss + dual * step.loss,
        )

    def products(self) -> float:
        """Return what is left of complementarity, zero at the optimum."""
        return float(self.x @ self.loss + self.slack @ self.dual)


def central_duals(
    rows: csr_array, most: NDArray[np.float64], worth: NDArray[np.float64], accuracy: float
) -> NDArray[np.float64] | None:
    r"""
    Return duals of :math:`\max \{w x : A x \le b, x \ge 0\}` from the middle of the good ones.

    At a corner, few columns make wild duals; in the middle they are nearly those of many more, so
    fewer rounds of pricing are needed [1]_. Steps are Mehrotra's [2]_.

    Parameters
    ----------
    rows, most, worth
        The program, shapes (r, c), (r,) and (c,); `most` at least zero.
    accuracy
        How near, relatively, the values of both sides must come.

    Returns
    -------
    duals
        At least zero, shape (r,); nothing when they were not found.

    References
    ----------
    .. [1] Gondzio, J., González-Brevis, P., Munari, P. (2013). New developments in the primal-dual
       column generation technique. *European Journal of Operational Research*, 224(1), 41-51.
    .. [2] Mehrotra, S. (1992). On the implementation of a primal-dual interior point method. *SIAM
       Journal on Optimization*, 2(4), 575-601.
    """
    size = max(1.0, float(np.abs(worth).max(initial=0.0)))
    count, length = rows.shape[1], rows.shape[0]
    point = _Point(
        np.ones(count), np.maximum(1.0, most), np.full(length, size), np.full(count, size)
    )
    columns = rows.T.tocsr()
    for _ in range(MOST_STEPS):
        lacking = most - rows @ point.x - point.slack
        amiss = worth - columns @ point.dual + point.loss
        value = float(most @ point.dual)
        exact = np.abs(lacking).max() <= accuracy and np.abs(amiss).max() <= accuracy * size
        if exact and point.products() <= accuracy * max(1.0, abs(value)):
            return np.maximum(point.dual, 0.0)
        stepped = _stepped(rows, columns, point, lacking, amiss)
        if stepped is None:
            return None
        point = stepped
    return None


def _stepped(
    rows: csr_array,
    columns: csr_array,
    point: _Point,
    lacking: NDArray[np.float64],
    amiss: NDArray[np.float64],
) -> _Point | None:
    """Return the point after a step towards the optimum and one towards the middle."""
    weight = point.x / point.loss
    normal = (rows.multiply(weight) @ columns).toarray()
    normal[np.diag_indices_from(normal)] += point.slack / point.dual
    try:
        factor = cho_factor(normal, check_finite=False)
    except LinAlgError:
        return None

    def solved(of_x: NDArray[np.float64], of_slack: NDArray[np.float64]) -> _Point:
        right = rows @ ((of_x + point.x * amiss) / point.loss) + of_slack / point.dual - lacking
        dual = cho_solve(factor, right, check_finite=False)
        loss = columns @ dual - amiss
        x = (of_x - point.x * loss) / point.loss
        slack = (of_slack - point.slack * dual) / point.dual
        return _Point(x, slack, dual, loss)

    pairs = len(point.x) + len(point.slack)
    of_x, of_slack = -point.x * point.loss, -point.slack * point.dual
    ahead = solved(of_x, of_slack)
    products = point.products()
    reached = point.moved(ahead, *_reach(point, ahead)).products()
    middle = (max(reached, 0.0) / products) ** 3 * products / pairs
    step = solved(
        of_x - ahead.x * ahead.loss + middle, of_slack - ahead.slack * ahead.dual + middle
    )
    primal, dual = _reach(point, step)
    moved = point.moved(step, NEVER_REACHED * primal, NEVER_REACHED * dual)
    return moved if np.isfinite(moved.dual).all() else None


def _reach(point: _Point, step: _Point) -> tuple[float, float]:
    """Return how far primal and dual may go before anything turns negative, at most 1."""
    return (
        min(_furthest(point.x, step.x), _furthest(point.slack, step.slack)),
        min(_furthest(point.dual, step.dual), _furthest(point.loss, step.loss)),
    )


def _furthest(now: NDArray[np.float64], step: NDArray[np.float64]) -> float:
    falls = step < -TINY
    return float(min(1.0, (-now[falls] / step[falls]).min(initial=1.0)))
