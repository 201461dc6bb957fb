"""Search theory: what one look at a cell sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import erf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Law = Literal["random", "parallel"]


def coverage_factor(
    sweep_width_nm: ArrayLike, speed_kn: ArrayLike, dwell_h: ArrayLike, area_nm2: ArrayLike
) -> NDArray[np.float64]:
    r"""
    Return the coverage factor of a search: swept area over searched area.

    :math:`C = W V \tau / A` [1]_. Arguments broadcast.

    Parameters
    ----------
    sweep_width_nm
        Sweep width, in nm, at least zero.
    speed_kn
        Search speed, in knots.
    dwell_h
        Time on search, in hours.
    area_nm2
        Area searched, in nm², above zero.

    References
    ----------
    .. [1] Koopman, B. O. (1980). *Search and Screening*. Pergamon.

    Examples
    --------
    >>> float(coverage_factor(4, 80, 4, 2_000))
    0.64
    """
    swept_nm2 = np.multiply(sweep_width_nm, speed_kn) * np.asarray(dwell_h)
    return np.asarray(swept_nm2 / np.asarray(area_nm2), dtype=np.float64)


def probability_of_detection(
    coverage: ArrayLike, *, law: Law = "random", cap: float = 1.0
) -> NDArray[np.float64]:
    r"""
    Return the probability of seeing a transfer that is under way, by coverage factor.

    Random search: :math:`q (1 - e^{-C})`. Parallel sweeps under the inverse cube law:
    :math:`q\,\mathrm{erf}(\sqrt{\pi} C / 2)` [1]_.

    Parameters
    ----------
    coverage
        Coverage factor, at least zero.
    law
        ``random`` (a safe lower figure) or ``parallel``.
    cap
        Most that any look sees, `q`, in [0, 1].

    References
    ----------
    .. [1] Koopman, B. O. (1956). The theory of search II: target detection. *Operations
       Research*, 4(5), 503-531. https://doi.org/10.1287/opre.4.5.503

    Examples
    --------
    >>> [round(float(probability_of_detection(0.64, law=law)), 3) for law in ("random", "parallel")]
    [0.473, 0.578]
    """
    factor = np.asarray(coverage, dtype=np.float64)
    seen = -np.expm1(-factor) if law == "random" else erf(np.sqrt(np.pi) / 2 * factor)
    return np.asarray(cap * seen, dtype=np.float64)
