"""Search patterns: the track an aircraft flies while it searches one cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Shape = Callable[[int, float], Floats]

Kind = Literal["parallel", "creeping", "square", "sector", "barrier"]

SPARE = 0.995
"""Share of dwell x speed that is flown: map planes stretch lengths by up to 0.4 % at 600 nm."""

FINEST = 64
"""Most lines, turns or sectors of a pattern; a longer search flies it again."""

MOST_LAPS = 100
"""A polygon that needs more laps than this has no room for a pattern."""

CUTS = 24
"""Directions tried for each cut that makes a polygon convex."""

TOUCH_NM = 1e-7

KEPT = 4_096
"""Patterns remembered: plans search the same cells in the same way again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """
    A search pattern, laid out.

    Parameters
    ----------
    kind
        Which pattern it is.
    spacing_nm
        Distance between neighbouring lines, in nm; in a sector search the mean distance.
    xy_nm
        Points in order, in the plane of the polygon, in nm, shape (k, 2). First and last are the
        anchor.
    """

    kind: Kind
    spacing_nm: float
    xy_nm: Floats

    def __post_init__(self) -> None:
        self.xy_nm.setflags(write=False)

    @property
    def length_nm(self) -> float:
        """Length of the track, in nm."""
        return _length(self.xy_nm)


@lru_cache(maxsize=KEPT)
def lay_pattern(
    polygon: shapely.Polygon | shapely.MultiPolygon,
    anchor_nm: tuple[float, float],
    *,
    kind: Kind = "parallel",
    sweep_width_nm: float,
    dwell_h: float,
    speed_kn: float,
    axis_deg: float | None = None,
) -> Track:
    r"""
    Lay a search pattern that fills the dwell inside a polygon.

    The track leaves the anchor, searches and comes back to it. It is never longer than dwell x
    speed and half a percent shorter, so its coverage factor is the planned
    :math:`C = W V \tau / A`, its mean spacing :math:`W / C`. Lines run half a spacing inside the
    edge and turn sharply: the aircraft's turning circle is left out.

    Parameters
    ----------
    polygon
        Sea that may be searched, in a plane in nm. Where it is not convex, the pattern keeps to a
        convex part around the anchor, so that no leg leaves the polygon.
    anchor_nm
        Where the aircraft arrives and leaves; a point outside the polygon is moved inside.
    kind
        ``parallel`` lines along the polygon's long side, ``creeping`` lines across it, an
        expanding ``square``, a ``sector`` search, or a ``barrier`` flown to and fro.
    sweep_width_nm
        Sweep width in nm, positive. The lines of a barrier lie about this far apart; elsewhere
        the spacing follows from the dwell.
    dwell_h
        Time searched, in hours, positive.
    speed_kn
        Search speed in knots, positive.
    axis_deg
        Direction of the lines, in degrees from the plane's y axis over its x axis. By default
        along the polygon's long side, or across it for ``creeping``.

    Returns
    -------
    track
        The pattern.

    Raises
    ------
    ValueError
        When the polygon has no room for a pattern, or a width, dwell or speed is not positive.

    References
    ----------
    .. [1] IAMSAR Manual, volume II, chapter 5: parallel track, creeping line, expanding square
       and sector search.

    Examples
    --------
    >>> track = lay_pattern(
    ...     shapely.box(0, 0, 40, 20), (20, 10), sweep_width_nm=4, dwell_h=1, speed_kn=200
    ... )
    >>> round(track.length_nm, 6), round(track.spacing_nm, 1)
    (199.0, 4.0)
    """
    if not (sweep_width_nm > 0 and dwell_h > 0 and speed_kn > 0):
        msg = f"{sweep_width_nm=:g}, {dwell_h=:g}, {speed_kn=:g}: expected all > 0"
        raise ValueError(msg)
    length_nm = SPARE * dwell_h * speed_kn
    sea, anchor = convex_part(polygon, anchor_nm)
    if axis_deg is None:
        axis_deg = _long_side_deg(sea) + (90 if kind == "creeping" else 0)
    frame = _frame(axis_deg)
    room = shapely.transform(sea, lambda points: (points - anchor) @ frame.T)
    path = _fit(_shape(kind, room, sweep_width_nm), room, length_nm)
    return Track(
        kind=kind,
        spacing_nm=_spacing_nm(kind, path, sea.area / length_nm),
        xy_nm=path @ frame + anchor,
    )


@lru_cache(maxsize=KEPT)
def convex_part(
    polygon: shapely.Polygon | shapely.MultiPolygon, anchor_nm: tuple[float, float]
) -> tuple[shapely.Polygon, Floats]:
    """
    Return a large convex part of a polygon around an anchor, and the anchor moved inside it.

    From the anchor outwards, each corner that points inwards is cut away along the straight line
    through it that leaves most; after Deits and Tedrake (2015), "Computing large convex regions of
    obstacle-free space", with cuts through corners instead of ellipsoids.
    """
    anchor = shapely.Point(anchor_nm)
    if not polygon.area > 0:
        msg = "the polygon has no area to search"
        raise ValueError(msg)
    part = min(shapely.get_parts(polygon), key=anchor.distance)
    if not part.covers(anchor):
        anchor = part.representative_point()
    while (corner := _nearest_inward(part, anchor)) is not None:
        part = _cut(part, corner, anchor)
    inside = np.array([anchor.x, anchor.y])
    inside.setflags(write=False)
    return part, inside


def _nearest_inward(part: shapely.Polygon, anchor: shapely.Point) -> shapely.Point | None:
    """Return the corner nearest to the anchor that lies inside the convex hull, if there is one."""
    corners = np.asarray(shapely.points(shapely.get_coordinates(part)))
    inward = corners[shapely.distance(corners, part.convex_hull.boundary) > TOUCH_NM]
    if not len(inward):
        return None
    nearest: shapely.Point = inward[np.argmin(shapely.distance(inward, anchor))]
    return nearest


def _cut(part: shapely.Polygon, corner: shapely.Point, anchor: shapely.Point) -> shapely.Polygon:
    """Cut a polygon along a line through a corner, keeping the anchor and the largest part."""
    angles = np.linspace(0, 2 * np.pi, CUTS, endpoint=False)
    angles = np.append(angles, math.atan2(anchor.y - corner.y, anchor.x - corner.x))
    reach = 2 * math.dist(part.bounds[:2], part.bounds[2:])
    kept = shapely.intersection(part, _half_planes(corner, angles, reach))
    sides = [
        side
        for side in shapely.get_parts(kept)
        if isinstance(side, shapely.Polygon) and side.distance(anchor) <= TOUCH_NM
    ]
    return max(sides, key=lambda side: side.area)


def _half_planes(corner: shapely.Point, angles: Floats, reach: float) -> NDArray[np.object_]:
    """Return, for each direction, the square beyond the corner with a side through it."""
    ahead = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach
    aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    near = [-aside, aside, aside + 2 * ahead, 2 * ahead - aside]
    squares = np.stack(near, axis=1) + np.array([corner.x, corner.y])
    return np.asarray(shapely.polygons(squares), dtype=object)


def _fit(shape: Shape, room: shapely.Polygon, length_nm: float) -> Floats:
    """Return the widest path of a shape that fits the room, from the origin and back to it."""
    roomy = room.buffer(TOUCH_NM)
    shapely.prepare(roomy)
    centre = shapely.get_coordinates(room.centroid)[0]

    def path(fineness: int, laps: int) -> Floats:
        lap = shape(fineness, length_nm / laps)
        return _joined(np.tile(lap, (laps, 1)), centre, length_nm)

    def fits(fineness: int, laps: int) -> bool:
        return bool(roomy.covers(shapely.LineString(path(fineness, laps))))

    laps = _least(lambda laps: fits(FINEST, laps), MOST_LAPS)
    fineness = _least(lambda fineness: fits(fineness, laps), FINEST)
    return path(fineness, laps)


def _joined(path: Floats, centre: Floats, length_nm: float) -> Floats:
    """Set a path about a centre, join its ends to the origin and scale it to a length in all."""
    from scipy.optimize import brentq

    away_nm = math.hypot(*centre)
    if away_nm > length_nm / 4:
        centre = centre * (length_nm / 4 / away_nm)
    ends = np.zeros((1, 2))

    def drawn(scale: float) -> Floats:
        return np.concatenate([ends, centre + scale * path, ends])

    most = 2 * length_nm / _length(path)
    return drawn(brentq(lambda scale: _length(drawn(scale)) - length_nm, 0, most))


def _least(fits: Callable[[int], bool], most: int) -> int:
    """Return the least number that fits, by doubling and halving."""
    high = 1
    while not fits(high):
        if high == most:
            msg = "the polygon has no room for a search pattern"
            raise ValueError(msg)
        high = min(2 * high, most)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _shape(kind: Kind, room: shapely.Polygon, sweep_width_nm: float) -> Shape:
    """Return what draws a pattern about its centre, lines along x, from its fineness and length."""
    match kind:
        case "square":
            return _square
        case "sector":
            return _sector
        case "barrier":
            return partial(_barrier, sweep_width_nm)
        case "parallel" | "creeping":
            return partial(_ladder, room)


def _ladder(room: shapely.Polygon, fineness: int, _: float) -> Floats:
    """Draw lines across the room, to and fro."""
    _, low, _, high = room.bounds
    lines = fineness + 1
    spacing = (high - low) / lines
    heights = low + spacing * (np.arange(lines) + 0.5)
    start, end = _across(room, heights)
    inset = np.minimum(spacing / 2, (end - start) / 2)
    ends = np.stack([start + inset, end - inset], axis=1)
    ends[1::2] = ends[1::2, ::-1]
    path = np.stack([ends.ravel(), np.repeat(heights, 2)], axis=1)
    return path - shapely.get_coordinates(room.centroid)


def _across(room: shapely.Polygon, heights: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return where lines along x at some heights enter a convex room and leave it."""
    corners = shapely.get_coordinates(room.exterior)
    (x0, y0), (x1, y1) = corners[:-1].T, corners[1:].T
    y = heights[:, None]
    edge, share = (y0 <= y) != (y1 <= y), (y - y0) / np.where(y0 == y1, 1.0, y1 - y0)
    x = x0 + share * (x1 - x0)
    return np.where(edge, x, np.inf).min(axis=1), np.where(edge, x, -np.inf).max(axis=1)


def _square(fineness: int, _: float) -> Floats:
    """Draw a square spiral outwards, whose legs grow by a spacing every second turn."""
    legs = np.repeat(np.arange(1, 2 * fineness + 1), 2)
    turns = np.array([[1, 0], [0, -1], [-1, 0], [0, 1]])
    steps = legs[:, None] * turns[np.arange(len(legs)) % 4]
    return np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def _sector(fineness: int, _: float) -> Floats:
    """Draw triangles that meet in the middle, three to a turn of the compass, then in between."""
    first = (np.array([0, 240, 120]) + 60 * np.arange(fineness)[:, None] / fineness).ravel()
    angles = np.deg2rad(np.stack([first, first + 60], axis=1))
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    triangles = np.concatenate([corners, np.zeros((len(corners), 1, 2))], axis=1)
    return np.concatenate([np.zeros((1, 2)), triangles.reshape(-1, 2)])


def _barrier(sweep_width_nm: float, _: int, length_nm: float) -> Floats:
    """Draw two lines a sweep width apart, to and fro."""
    width = min(sweep_width_nm, length_nm / 4) / 2
    half = length_nm / 4 - width
    return np.array([[-half, -width], [half, -width], [half, width], [-half, width]])


def _spacing_nm(kind: Kind, path: Floats, mean_nm: float) -> float:
    """Return the distance between lines: drawn in a square and a barrier, else the mean."""
    leg = {"square": 1, "barrier": 2}.get(kind)
    return mean_nm if leg is None else math.dist(path[leg], path[leg + 1])


def _length(path: Floats) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def _frame(axis_deg: float) -> Floats:
    """Return unit vectors along and across a direction given from the y axis over the x axis."""
    sin, cos = math.sin(math.radians(axis_deg)), math.cos(math.radians(axis_deg))
    return np.array([[sin, cos], [-cos, sin]])


def _long_side_deg(polygon: shapely.Polygon) -> float:
    """Return the direction of the long side of the narrowest rectangle around a polygon."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(polygon))
    sides = np.diff(corners[:3], axis=0)
    x, y = sides[np.argmax(np.hypot(*sides.T))]
    return math.degrees(math.atan2(x, y))
