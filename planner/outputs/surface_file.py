"""The surface as a GeoPackage: what each cell holds, and every equally likely surface."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, PlanError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from planner.plan import Plan

# Written into the file in place of the time of writing, so that equal plans give equal bytes.
WRITTEN = "2000-01-01T00:00:00.000Z"
SETTINGS = {"OGR_CURRENT_DATE": WRITTEN, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
MOST_BYTES = 500_000_000
MEASURES = ("area_nm2", "rate_per_h", "transfers", "barrels", "low", "high", "unknown", "seen")


def surface_gpkg(plan: Plan, factors: NDArray[np.float64]) -> bytes:
    """
    Return a GeoPackage of the surface.

    Its layer `cells` has one row a cell, outlined in lon/lat degrees on WGS84. Its table
    `surfaces` has the same rows and a column for each equally likely surface, `s001` on:
    transfers expected in the cell. Their 5 % and 95 % quantiles are `low` and `high` of `cells`.

    Parameters
    ----------
    plan
        The plan.
    factors
        Equally likely surfaces over the mean one, shape (S, n); with none there is no table.
    """
    import pyogrio

    pyogrio.set_gdal_config_options(SETTINGS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "surface.gpkg"
            _append(_cells(plan), path, "cells")
            if len(factors):
                _append(_surfaces(plan, factors), path, "surfaces")
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(SETTINGS))


def seen_on_each(plan: Plan, path: Path) -> NDArray[np.float64] | None:
    """
    Return the transfers a plan sees on each equally likely surface of its file, shape (S,).

    Parameters
    ----------
    plan
        The plan.
    path
        The file `surface_gpkg` made of it; None is returned when it is not there or keeps none.

    Raises
    ------
    PlanError
        When it is no such file, or not of this plan.
    """
    import pyogrio

    if not path.is_file():
        return None
    expected = "the surface written with the plan"
    if path.stat().st_size > MOST_BYTES:
        raise PlanError([Fault(str(path), f"more than {MOST_BYTES:,} bytes", expected)])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a spoilt file is told as a fault
            if "surfaces" not in pyogrio.list_layers(path)[:, 0]:
                return None
            table = pyogrio.read_dataframe(path, layer="surfaces", read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as problem:
        raise PlanError([Fault(str(path), f"no GeoPackage ({problem})", expected)]) from None
    if list(table.columns[:1]) != ["cell"] or table["cell"].tolist() != [c.id for c in plan.cells]:
        raise PlanError([Fault(str(path), "surfaces of other cells", expected)])
    drawn = table.iloc[:, 1:].to_numpy(np.float64).T
    mean = np.array([cell.transfers for cell in plan.cells])
    seen = np.array([cell.seen for cell in plan.cells])
    share = np.divide(seen, mean, out=np.zeros_like(seen), where=mean > 0)
    return np.asarray(drawn @ share)


def _cells(plan: Plan) -> pd.DataFrame:
    import geopandas as gpd
    import shapely

    columns = {
        "cell": [cell.id for cell in plan.cells],
        **{name: [float(getattr(cell, name)) for cell in plan.cells] for name in MEASURES},
    }
    outlines = [
        shapely.MultiPolygon([shapely.Polygon(ring) for ring in cell.rings]) for cell in plan.cells
    ]
    frame: pd.DataFrame = gpd.GeoDataFrame(columns, geometry=outlines, crs="EPSG:4326")
    return frame


def _surfaces(plan: Plan, factors: NDArray[np.float64]) -> pd.DataFrame:
    import pandas as pd

    transfers = factors * np.array([cell.transfers for cell in plan.cells])
    drawn = {f"s{number:03d}": each for number, each in enumerate(transfers, start=1)}
    return pd.DataFrame({"cell": [cell.id for cell in plan.cells], **drawn})


def _append(frame: pd.DataFrame, path: Path, layer: str) -> None:
    import pyogrio

    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer,
        driver="GPKG",
        dataset_options=None if path.exists() else {"VERSION": "1.2"},  # older GIS read it so
    )
