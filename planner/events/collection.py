"""Reported transfers once checked, and those that were turned away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.events.regions import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One report of one or more transfers.

    Parameters
    ----------
    id
        Its name in the file, or ``line 12`` when it has none.
    where
        File and line it stands on.
    start, end
        When it happened, in UTC; a whole day or month when no more was told.
    published
        When it became known, in UTC; None when that was not told.
    local_hour
        Mean solar time at the middle of the event, in hours [0, 24); NaN when unknown.
    night
        Whether it was dark, as told; None when unknown or mixed.
    count
        Transfers told of, at least 1.
    weight
        How far the report is trusted, above 0.
    volume_bbl
        Barrels of one transfer; NaN when not told.
    region
        Where it may have been; None when no position was told.
    high_seas
        Whether it is known to have been outside any territorial sea.
    series
        Events of one ship's visit share a name and are not independent; empty when alone.
    basis, vessels, source
        The words the position was derived from, the ships, and who told.
    """

    id: str
    where: str
    start: datetime
    end: datetime
    published: datetime | None
    local_hour: float
    night: bool | None
    count: int
    weight: float
    volume_bbl: float
    region: Region | None
    high_seas: bool
    series: str
    basis: str
    vessels: str
    source: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """
    A report that was turned away.

    Parameters
    ----------
    where
        File and line.
    found
        What stands there.
    expected
        What should stand there.
    why
        The kind of doubt in a word or two, for counting.
    """

    where: str
    found: str
    expected: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """
    Located events as arrays: m points of E events.

    Parameters
    ----------
    lonlat
        Points that stand for the position regions, in degrees, shape (m, 2).
    owner
        Index of the event each point belongs to, shape (m,), rising.
    share
        Share of its event at each point, shape (m,); sums to 1 for every event.
    age_days
        Days from the middle of each event to `now`, shape (E,), above 0.
    count, weight
        Transfers told of and trust, shape (E,).
    solar_hour
        Mean solar time in hours, NaN when unknown, shape (E,).
    volume_bbl
        Barrels of one transfer, NaN when unknown, shape (E,).
    high_seas
        Whether each is known to have been outside any territorial sea, shape (E,).
    """

    lonlat: NDArray[np.float64]
    owner: NDArray[np.int64]
    share: NDArray[np.float64]
    age_days: NDArray[np.float64]
    count: NDArray[np.float64]
    weight: NDArray[np.float64]
    solar_hour: NDArray[np.float64]
    volume_bbl: NDArray[np.float64]
    high_seas: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for each in fields(self):
            getattr(self, each.name).setflags(write=False)

    def only(self, possible: NDArray[np.bool_]) -> Points:
        """
        Drop impossible points and spread their share over the rest of their event.

        An event with no possible point keeps all of its points.

        Parameters
        ----------
        possible
            Whether the event can have been at each point, shape (m,).
        """
        events = len(self.age_days)
        left = np.bincount(self.owner, self.share * possible, events)
        keep = possible | (left[self.owner] == 0)
        share = self.share / np.where(left == 0, 1.0, left)[self.owner]
        return replace(self, lonlat=self.lonlat[keep], owner=self.owner[keep], share=share[keep])


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """
    All events of a file that were known at one moment.

    Parameters
    ----------
    located
        Events with a position, in order of their start.
    unlocated
        Events without a position: they count, but tell nothing of where.
    rejected
        What was turned away.
    now
        The moment; nothing that happened or was published later is here.
    source
        The file.
    unused_columns
        Columns of the file that were not read.
    """

    located: tuple[Event, ...]
    unlocated: tuple[Event, ...]
    rejected: tuple[Rejected, ...]
    now: datetime
    source: str
    unused_columns: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.located)

    @property
    def table(self) -> gpd.GeoDataFrame:
        """A GeoDataFrame of the located events, with the outline of the region as geometry."""
        return tabulate(self.located)

    @property
    def reasons(self) -> dict[str, int]:
        """How many reports were turned away, by reason, most frequent first."""
        counts = Counter(each.why for each in self.rejected)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def points(self, points: int = 256) -> Points:
        """Return the located events as arrays, about `points` points for each wide region."""
        spreads = [event.region.spread(points) for event in self.located if event.region]
        sizes = [len(spread.share) for spread in spreads]
        return Points(
            lonlat=np.vstack([np.zeros((0, 2)), *(spread.lonlat for spread in spreads)]),
            owner=np.repeat(np.arange(len(sizes), dtype=np.int64), sizes),
            share=np.concatenate([np.zeros(0), *(spread.share for spread in spreads)]),
            age_days=self._column(self._age_days),
            count=self._column(lambda event: event.count),
            weight=self._column(lambda event: event.weight),
            solar_hour=self._column(lambda event: event.local_hour),
            volume_bbl=self._column(lambda event: event.volume_bbl),
            high_seas=np.array([event.high_seas for event in self.located], dtype=bool),
        )

    def _age_days(self, event: Event) -> float:
        middle = event.start + (event.end - event.start) / 2
        return (self.now - middle) / timedelta(days=1)

    def _column(self, field: Callable[[Event], float]) -> NDArray[np.float64]:
        return np.array([field(event) for event in self.located], dtype=np.float64)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events in order of start and id."""
    return tuple(sorted(events, key=lambda event: (event.start, event.id, event.where)))


def tabulate(events: Sequence[Event]) -> gpd.GeoDataFrame:
    """Return events as a GeoDataFrame of the fields of `Event`."""
    import geopandas as gpd
    import pandas as pd

    names = [each.name for each in fields(Event)]
    columns = {name: [getattr(event, name) for event in events] for name in names}
    table = pd.DataFrame(columns, columns=names).astype(
        {
            "start": "datetime64[ns, UTC]",
            "end": "datetime64[ns, UTC]",
            "published": "datetime64[ns, UTC]",
            "night": "boolean",
            "count": "int64",
            "high_seas": "bool",
            "region": "object",
        }
        | dict.fromkeys(("local_hour", "weight", "volume_bbl"), "float64")
        | dict.fromkeys(("id", "where", "series", "basis", "vessels", "source"), "object")
    )
    return gpd.GeoDataFrame(table, geometry=_outlines(events), crs="EPSG:4326")


def _outlines(events: Sequence[Event]) -> list[object]:
    """Return a polygon for each region, a point for each exact one, and None without a region."""
    import shapely

    rings = [event.region.outline() if event.region else () for event in events]
    return [
        None
        if not outline
        else shapely.Point(outline[0][0])
        if (outline[0] == outline[0][0]).all()
        else shapely.MultiPolygon([shapely.Polygon(ring) for ring in outline])
        for outline in rings
    ]
