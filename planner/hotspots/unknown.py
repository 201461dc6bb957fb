"""Where the map is blank because nobody looked, not because nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.hotspots.kernels import kernel_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.hotspots.history import Cells, Exposure, History

WITHIN_NM = 30.0


def unknown_share(history: History, cells: Cells, exposure: Exposure | None) -> NDArray[np.float64]:
    """
    Return the share of the belief in each cell that rests on no event and no look, shape (n,).

    One over one plus the events and looks within about 30 nm: one where there were none, a half
    where there was one, near zero where there were many. A look counts by its POD.
    """
    mass = (history.share * history.mass[history.owner])[:, None]
    known = kernel_sums(cells.xy_nm, history.xy_nm, mass, WITHIN_NM)[0]
    if exposure is not None and len(exposure.cell):
        looked, where = np.unique(exposure.cell, return_inverse=True)
        looks = np.bincount(where, exposure.pod)[:, None] * cells.sea_nm2[looked, None]
        width_nm = max(WITHIN_NM, cells.spacing_nm)
        near = kernel_sums(cells.xy_nm, cells.xy_nm[looked], looks, width_nm)[0]
        known = known + near / (2 * np.pi * width_nm**2)
    share: NDArray[np.float64] = 1 / (1 + np.maximum(known, 0.0))
    return np.where(cells.sea_nm2 > 0, share, 0.0)
