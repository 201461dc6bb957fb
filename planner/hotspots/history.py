"""What the surface is learnt from, as plain arrays: events, past looks and cells of sea."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """
    Past events as seen on the day of the forecast.

    Sizes: E events, m points; each event's position region is a cloud of weighted points.

    Parameters
    ----------
    xy_nm
        Points of all position regions in the plane of the cells, in nm, shape (m, 2).
    owner
        Index of the event each point belongs to, shape (m,).
    share
        Chance that the event was at the point, shape (m,); sums to one over each event.
    age_days
        Days from the event to the forecast, shape (E,); positive.
    count
        Transfers told by the report, shape (E,).
    solar_hour
        Local solar hour of the event, shape (E,), NaN where unknown.
    volume_bbl
        Volume transferred, in barrels, shape (E,), NaN where unknown.
    weight
        Trust in the report, shape (E,); positive.

    Raises
    ------
    ValueError
        When ages or weights are not positive and finite, or shares do not sum to one.
    """

    xy_nm: NDArray[np.float64]
    owner: NDArray[np.int64]
    share: NDArray[np.float64]
    age_days: NDArray[np.float64]
    count: NDArray[np.float64]
    solar_hour: NDArray[np.float64]
    volume_bbl: NDArray[np.float64]
    weight: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("age_days", "weight", "count"):
            value = getattr(self, name)
            if not (np.isfinite(value).all() and (value > 0).all()):
                msg = f"{name} must be positive and finite for every event"
                raise ValueError(msg)
        if not np.isfinite(self.xy_nm).all():
            msg = "xy_nm must be finite"
            raise ValueError(msg)
        if not np.allclose(np.bincount(self.owner, self.share, len(self)), 1, atol=1e-6):
            msg = "the shares of each event's points must sum to one"
            raise ValueError(msg)
        _freeze(self)

    def __len__(self) -> int:
        return len(self.age_days)

    @property
    def mass(self) -> NDArray[np.float64]:
        """Weight times count of each event, shape (E,)."""
        return self.weight * self.count

    def keep(self, event: NDArray[np.bool_]) -> History:
        """Return the history of some events alone; `event` has shape (E,)."""
        renumber = np.cumsum(event) - 1
        point = event[self.owner]
        return History(
            xy_nm=self.xy_nm[point],
            owner=renumber[self.owner[point]],
            share=self.share[point],
            **{name: getattr(self, name)[event] for name in _PER_EVENT},
        )

    def aged(self, days: float) -> History:
        """Return the history as it will look `days` days later, or earlier when negative."""
        return replace(self, age_days=self.age_days + days)

    def at(self, age_days: float) -> History:
        """Return the history as it was known `age_days` days before the forecast."""
        past = self.keep(self.age_days > age_days)
        return replace(past, age_days=past.age_days - age_days)


_PER_EVENT = ("age_days", "count", "solar_hour", "volume_bbl", "weight")


def precise(
    xy_nm: NDArray[np.float64],
    age_days: NDArray[np.float64],
    *,
    weight: NDArray[np.float64] | None = None,
) -> History:
    """
    Return the history of events whose positions are points.

    Parameters
    ----------
    xy_nm
        Positions, in nm, shape (E, 2).
    age_days
        Days from event to forecast, shape (E,).
    weight
        Trust in each event, shape (E,); one when not given.
    """
    events = len(age_days)
    return History(
        xy_nm=np.asarray(xy_nm, dtype=float).reshape(-1, 2),
        owner=np.arange(events),
        share=np.ones(events),
        age_days=np.asarray(age_days, dtype=float),
        count=np.ones(events),
        solar_hour=np.full(events, np.nan),
        volume_bbl=np.full(events, np.nan),
        weight=np.ones(events) if weight is None else weight,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """
    Cells of the area, squares or hexagons of one size.

    Parameters
    ----------
    xy_nm
        Centres in an equal-area plane, in nm, shape (n, 2).
    sea_nm2
        Sea in each cell, in nm², shape (n,); zero on land.
    spacing_nm
        Distance between neighbouring centres, in nm.
    """

    xy_nm: NDArray[np.float64]
    sea_nm2: NDArray[np.float64]
    spacing_nm: float
    _tree: KDTree = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.sea_nm2 >= 0).all() or not self.sea_nm2.sum() > 0:
            msg = "sea_nm2 must not be negative, and some of it must be positive"
            raise ValueError(msg)
        object.__setattr__(self, "_tree", KDTree(self.xy_nm[self.sea_nm2 > 0]))
        _freeze(self)

    def __len__(self) -> int:
        return len(self.sea_nm2)

    def outlines(self) -> list[list[list[tuple[float, float]]]]:
        """Return a hexagon round each centre, in degrees of arc from the plane's origin."""
        turns = np.deg2rad(np.arange(30, 391, 60))
        corners = self.spacing_nm / np.sqrt(3) * np.column_stack([np.cos(turns), np.sin(turns)])
        rings = (self.xy_nm[:, None] + corners) / 60
        return [[[(x, y) for x, y in ring]] for ring in rings.tolist()]

    def holding(self, xy_nm: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the nearest cell with sea to each point and its distance in nm, shape (m,)."""
        distance, number = self._tree.query(xy_nm)
        return np.flatnonzero(self.sea_nm2 > 0)[number], np.asarray(distance, dtype=float)


def _no_looks() -> NDArray[np.float64]:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """
    Where and how well we have looked; a look that found nothing counts as one that did.

    Parameters
    ----------
    passive_per_day
        Chance per day that an event comes to light in any cell without a patrol, as a
        probability of detection. Positive.
    cell
        Index of the cell of each look, shape (L,).
    pod
        Probability of detection of each look, in [0, 1], shape (L,).
    age_days
        Days from each look to the forecast, shape (L,); positive.
    """

    passive_per_day: float
    cell: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    pod: NDArray[np.float64] = field(default_factory=_no_looks)
    age_days: NDArray[np.float64] = field(default_factory=_no_looks)

    def __post_init__(self) -> None:
        if not self.passive_per_day > 0:
            msg = f"passive_per_day = {self.passive_per_day:g}, expected > 0"
            raise ValueError(msg)
        if not ((self.pod >= 0) & (self.pod <= 1)).all() or not (self.age_days > 0).all():
            msg = "each look needs a POD in [0, 1] and a positive age"
            raise ValueError(msg)
        _freeze(self)


def on_sea(history: History, cells: Cells) -> tuple[History, int]:
    """
    Condition every position region on the sea of the cells.

    Points further than one spacing from any sea are dropped and the rest of the region takes
    their share; an event with no point left is rejected.

    Returns
    -------
    history
        Events that can have happened at sea in the area.
    rejected
        How many events lay wholly on land or outside.
    """
    if not len(history):
        return history, 0
    _, distance_nm = cells.holding(history.xy_nm)
    share = np.where(distance_nm <= cells.spacing_nm, history.share, 0.0)
    total = np.bincount(history.owner, share, len(history))
    kept = total > 0
    point = (share > 0) & kept[history.owner]
    inside = replace(
        history.keep(kept),
        xy_nm=history.xy_nm[point],
        owner=(np.cumsum(kept) - 1)[history.owner[point]],
        share=(share / np.where(kept, total, 1)[history.owner])[point],
    )
    return inside, int((~kept).sum())


def _freeze(record: object) -> None:
    for each in fields(record):  # type: ignore[arg-type]
        value = getattr(record, each.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
