"""The surface as a GeoPackage, one row for every cell."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.plan import Plan

# Written into the file in place of the time of writing, so that equal plans give equal bytes.
WRITTEN = "2000-01-01T00:00:00.000Z"


def surface_gpkg(plan: Plan) -> bytes:
    """Return a GeoPackage with one layer, `cells`, in lon/lat degrees on WGS84."""
    import geopandas as gpd
    import pyogrio
    import shapely

    columns = {
        "cell": [cell.id for cell in plan.cells],
        **{
            name: [float(getattr(cell, name)) for cell in plan.cells]
            for name in ("area_nm2", "rate_per_h", "transfers", "barrels", "low", "high",
                         "unknown", "seen")
        },
    }  # fmt: skip
    outlines = [
        shapely.MultiPolygon([shapely.Polygon(ring) for ring in cell.rings]) for cell in plan.cells
    ]
    frame = gpd.GeoDataFrame(columns, geometry=outlines, crs="EPSG:4326")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "surface.gpkg"
            frame.to_file(
                path,
                layer="cells",
                driver="GPKG",
                engine="pyogrio",
                dataset_options={"VERSION": "1.2"},  # read without a warning by older GIS
            )
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
