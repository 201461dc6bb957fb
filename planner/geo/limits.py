"""Limits measured from the coast: territorial seas, true to the ellipsoid."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.geo.coast import TILE_DEG, tiles
from planner.geo.plane import Plane
from planner.geo.version import geometry_version

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.cache import Cache
    from planner.geo.coast import Land

# China's airspace includes that of its special administrative regions.
TOGETHER = {"CN": ("CN", "HK", "MO")}
CORNERS_PER_QUARTER = 24
# A line becomes a strip of some metres, so that it can be cut in tiles as land is.
HAIR_DEG = 1e-5
KEPT = 256


@lru_cache(maxsize=KEPT)
def territorial_sea(
    land: Land,
    country: str,
    *,
    breadth_nm: float = 12.0,
    margin_nm: float = 0.0,
    baseline: shapely.Geometry | None = None,
) -> shapely.Geometry:
    """
    Return a state's national airspace: its land and the sea within its limit.

    Measured from the coast, since baselines are not all published; true limits lie farther out
    where a state draws straight baselines, which is what the margin is for. Pockets that the zone
    wholly encloses (Bohai) belong to it; other states' land does not. Where opposite coasts lie
    closer than both limits no median line is drawn.

    Parameters
    ----------
    land
        The coast; it must reach `breadth_nm` beyond where the limit matters.
    country
        Two-letter code, such as ``CN``.
    breadth_nm
        Breadth of the territorial sea, in nm.
    margin_nm
        Added to the breadth, in nm.
    baseline
        Line in lon/lat degrees that the breadth is measured from as well as the coast.

    Returns
    -------
    airspace
        In lon/lat degrees, within 30 m of the geodesic limit; empty when the coast has no land of
        that state.
    """
    codes = TOGETHER.get(country, (country,))
    own = land.of(codes)
    if shapely.is_empty(own):
        return own
    if baseline is not None:
        own = shapely.union(own, shapely.buffer(baseline, HAIR_DEG))
    reach = filled(grown(own, breadth_nm + margin_nm))
    others = [each.land for each in land.countries if each.code not in codes]
    near = shapely.clip_by_rect(np.array(others, dtype=object), *shapely.bounds(reach))
    return shapely.difference(reach, shapely.union_all(near))


def kept_territorial_sea(
    cache: Cache,
    land: Land,
    country: str,
    *,
    breadth_nm: float = 12.0,
    margin_nm: float = 0.0,
    baseline: shapely.Geometry | None = None,
) -> shapely.Geometry:
    """Return what `territorial_sea` does, looked up and kept by content."""
    shapes = [each.land for each in land.countries]
    inputs = [
        geometry_version(),
        repr((country, breadth_nm, margin_nm, [each.code for each in land.countries])).encode(),
        *shapely.to_wkb([*shapes, baseline if baseline is not None else shapely.Point()]),
    ]

    def compute() -> dict[str, NDArray[np.uint8]]:
        sea = territorial_sea(
            land, country, breadth_nm=breadth_nm, margin_nm=margin_nm, baseline=baseline
        )
        return {"wkb": np.frombuffer(shapely.to_wkb(sea), dtype=np.uint8)}

    return shapely.from_wkb(cache.arrays(inputs, compute)["wkb"].tobytes())


def grown(shape: shapely.Geometry, distance_nm: float) -> shapely.Geometry:
    """
    Return everything within a geodesic distance of a lon/lat geometry.

    Each tile is grown in an equidistant plane of its own, where distances are right to 0.02 %.
    """
    pieces = tiles(shape)
    corners = shapely.bounds(pieces).reshape(-1, 4)[:, :2]
    _, tile = np.unique(np.floor(corners / TILE_DEG), axis=0, return_inverse=True)
    return shapely.union_all(
        [
            _grown_tile(shapely.multipolygons(pieces[tile == each]), distance_nm)
            for each in range(tile.max(initial=-1) + 1)
        ]
    )


def filled(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry without its holes."""
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(shape))))


def _grown_tile(piece: shapely.Geometry, distance_nm: float) -> shapely.Geometry:
    west, south, east, north = shapely.bounds(piece)
    plane = Plane("aeqd", (west + east) / 2, (south + north) / 2)
    flat = shapely.transform(piece, plane.xy)
    return plane.unflatten(shapely.buffer(flat, distance_nm, quad_segs=CORNERS_PER_QUARTER))
