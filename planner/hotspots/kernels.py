"""Sums of Gaussian kernels over many points, near ones exactly and wide ones on a raster."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

from planner.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 4.0  # standard deviations; the kernel beyond weighs 0.03 % of its mass
NODES = 3.0  # raster nodes per standard deviation


def kernel_sums(
    at_nm: NDArray[np.float64],
    xy_nm: NDArray[np.float64],
    weight: NDArray[np.float64],
    width_nm: float,
) -> NDArray[np.float64]:
    r"""
    Return :math:`\sum_e w_{et} \exp(-|x - x_e|^2 / 2 h^2)` at many places, for several weights.

    Parameters
    ----------
    at_nm
        Places to sum at, in nm, shape (P, 2).
    xy_nm
        Points to sum over, in nm, shape (m, 2).
    weight
        Weights of the points, shape (m, T).
    width_nm
        Standard deviation h of the kernel, in nm.

    Returns
    -------
    sums
        Shape (T, P), within about 1 % of the exact sums where they matter.

    Notes
    -----
    Both ways cost little: the near way visits only points within four widths; the raster has a
    few nodes to a width, so a wide kernel needs few nodes (Silverman, B. W. (1982). Kernel density
    estimation using the fast Fourier transform. *Applied Statistics*, 31(1), 93-99, with linear
    binning in place of nearest).
    """
    if not len(xy_nm) or not len(at_nm):
        return np.zeros((weight.shape[1], len(at_nm)))
    if _near_is_cheaper(at_nm, xy_nm, width_nm):
        return near_sums(at_nm, xy_nm, weight, width_nm)
    return raster_sums(at_nm, xy_nm, weight, width_nm)


def near_sums(
    at_nm: NDArray[np.float64],
    xy_nm: NDArray[np.float64],
    weight: NDArray[np.float64],
    width_nm: float,
) -> NDArray[np.float64]:
    """Return the sums of `kernel_sums`, exactly but for the kernel beyond its reach."""
    low, high = _bounds(at_nm)
    bucket_nm = max(REACH * width_nm, float((high - low).max()) / 1000, 1e-9)
    column, row = ((at_nm - low) / bucket_nm).astype(np.int64).T
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    bucket = row * columns + column
    order = np.argsort(bucket, kind="stable")
    first = np.searchsorted(bucket[order], np.arange(rows * columns + 1))
    sums = np.zeros((len(at_nm), weight.shape[1]))
    _add_near(
        np.ascontiguousarray(at_nm[order]),
        first,
        columns,
        (xy_nm - low) / bucket_nm,
        np.ascontiguousarray(xy_nm),
        np.ascontiguousarray(weight),
        width_nm,
        sums,
    )
    unsorted = np.empty((weight.shape[1], len(at_nm)))
    unsorted[:, order] = sums.T
    return unsorted


def raster_sums(
    at_nm: NDArray[np.float64],
    xy_nm: NDArray[np.float64],
    weight: NDArray[np.float64],
    width_nm: float,
) -> NDArray[np.float64]:
    """Return the sums of `kernel_sums` by spreading the points on a raster and blurring it."""
    step_nm = width_nm / NODES
    low, high = _joint_bounds(at_nm, xy_nm)
    low = low - step_nm
    columns, rows = (int(n) + 3 for n in (high - low) / step_nm)
    raster = np.zeros((rows, columns, weight.shape[1]))
    _spread((xy_nm - low) / step_nm, np.ascontiguousarray(weight), raster)
    # Spreading and reading each add a sixth of a squared step to the kernel's variance.
    blur = math.sqrt(NODES**2 - 1 / 3)
    for axis in (0, 1):
        raster = gaussian_filter1d(raster, blur, axis=axis, mode="constant", truncate=REACH)
    total: NDArray[np.float64] = _read((at_nm - low) / step_nm, raster) * (2 * np.pi * NODES**2)
    return total


def _near_is_cheaper(
    at_nm: NDArray[np.float64], xy_nm: NDArray[np.float64], width_nm: float
) -> bool:
    """Weigh the pairs within reach against the nodes of a raster, in about nanoseconds."""
    low, high = _joint_bounds(at_nm, xy_nm)
    extent = np.maximum(high - low, 1e-9)
    pairs = len(xy_nm) * len(at_nm) * np.minimum(1.0, 3 * REACH * width_nm / extent).prod()
    nodes = (extent / width_nm * NODES + 3).prod()
    near_ns = 6 * pairs + 100 * len(at_nm)
    raster_ns = 4 * REACH * NODES * nodes + 20 * (len(at_nm) + len(xy_nm)) + 20_000
    return bool(near_ns <= raster_ns)


def _joint_bounds(
    one: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (low, high), (other_low, other_high) = _bounds(one), _bounds(other)
    return np.minimum(low, other_low), np.maximum(high, other_high)


@njit
def _bounds(
    xy: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # pragma: no cover
    low = xy[0].copy()
    high = xy[0].copy()
    for p in range(len(xy)):
        for axis in range(2):
            low[axis] = min(low[axis], xy[p, axis])
            high[axis] = max(high[axis], xy[p, axis])
    return low, high


@njit
def _add_near(
    at: NDArray[np.float64],
    first: NDArray[np.int64],
    columns: int,
    scaled: NDArray[np.float64],
    xy: NDArray[np.float64],
    weight: NDArray[np.float64],
    width: float,
    sums: NDArray[np.float64],
) -> None:  # pragma: no cover
    rows = (len(first) - 1) // columns
    half_over = -0.5 / (width * width)
    reach_2 = (REACH * width) ** 2
    for e in range(len(xy)):
        column = math.floor(scaled[e, 0])
        row = math.floor(scaled[e, 1])
        for near_row in range(max(row - 1, 0), min(row + 2, rows)):
            west = max(column - 1, 0)
            east = min(column + 2, columns)
            if west >= east:
                continue
            for p in range(first[near_row * columns + west], first[near_row * columns + east]):
                dx = at[p, 0] - xy[e, 0]
                dy = at[p, 1] - xy[e, 1]
                far_2 = dx * dx + dy * dy
                if far_2 <= reach_2:
                    kernel = math.exp(half_over * far_2)
                    for t in range(weight.shape[1]):
                        sums[p, t] += kernel * weight[e, t]


@njit
def _spread(
    scaled: NDArray[np.float64], weight: NDArray[np.float64], raster: NDArray[np.float64]
) -> None:  # pragma: no cover
    for e in range(len(scaled)):
        column = math.floor(scaled[e, 0])
        row = math.floor(scaled[e, 1])
        east = scaled[e, 0] - column
        north = scaled[e, 1] - row
        for t in range(weight.shape[1]):
            w = weight[e, t]
            raster[row, column, t] += w * (1 - north) * (1 - east)
            raster[row, column + 1, t] += w * (1 - north) * east
            raster[row + 1, column, t] += w * north * (1 - east)
            raster[row + 1, column + 1, t] += w * north * east


@njit
def _read(
    scaled: NDArray[np.float64], raster: NDArray[np.float64]
) -> NDArray[np.float64]:  # pragma: no cover
    read = np.empty((raster.shape[2], len(scaled)))
    for p in range(len(scaled)):
        column = math.floor(scaled[p, 0])
        row = math.floor(scaled[p, 1])
        east = scaled[p, 0] - column
        north = scaled[p, 1] - row
        for t in range(raster.shape[2]):
            south_side = (1 - east) * raster[row, column, t] + east * raster[row, column + 1, t]
            north_side = (1 - east) * raster[row + 1, column, t] + east * raster[
                row + 1, column + 1, t
            ]
            read[t, p] = (1 - north) * south_side + north * north_side
    return read
