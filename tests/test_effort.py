"""Past effort: what was looked at, when and how well, whatever the file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from planner.effort import Terms, exposure_of, read_effort
from planner.errors import ScenarioError
from planner.geo.geodesic import distance_nm
from planner.geo.grid import Grid, hex_grid

if TYPE_CHECKING:
    from pathlib import Path

    from planner.hotspots.history import Exposure

START = datetime(2020, 2, 17, tzinfo=timezone(timedelta(hours=9)))
TERMS = Terms(start=START)
FIXES = [("2020-02-10T01:00:00Z", 124.0, 30.0), ("2020-02-10T02:00:00Z", 124.0, 31.0)]
GPX = (
    '<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><name>a</name><trkseg>'
    + "".join(f'<trkpt lat="{y}" lon="{x}"><time>{t}</time></trkpt>' for t, x, y in FIXES)
    + "</trkseg></trk></gpx>"
)
KML = (
    '<kml xmlns:gx="http://www.google.com/kml/ext/2.2"><Placemark><name>a</name><gx:Track>'
    + "".join(f"<when>{t}</when>" for t, _, _ in FIXES)
    + "".join(f"<gx:coord>{x} {y} 0</gx:coord>" for _, x, y in FIXES)
    + "</gx:Track></Placemark></kml>"
)
CSV = "track,time,lon,lat,pod,sweep_width_nm\n" + "".join(
    f"a,{t},{x},{y},1,6\n" for t, x, y in FIXES
)


@pytest.fixture(scope="module")
def grid() -> Grid:
    """Return cells of 400 nm² in open sea."""
    return hex_grid(shapely.box(122, 29, 126, 32), 400.0, shapely.Polygon())


def looks(folder: Path, name: str, text: str, grid: Grid, terms: Terms = TERMS) -> Exposure:
    """Return the looks that a file tells of."""
    (folder / name).write_text(text, encoding="utf-8")
    return exposure_of(read_effort(folder / name, terms), grid)


def collection(shape: dict[str, Any] | None, **facts: object) -> str:
    """Return a GeoJSON of one feature."""
    feature = {"type": "Feature", "geometry": shape, "properties": facts}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


LINE = {"type": "LineString", "coordinates": [[x, y] for _, x, y in FIXES]}
TRACKS = {
    "a.csv": CSV,
    "a.gpx": GPX,
    "a.kml": KML,
    "timed.geojson": collection(LINE, coordTimes=[t for t, _, _ in FIXES], sweep_width_nm=6),
    "dated.geojson": collection(LINE, date="2020-02-10T01:00Z", sweep_width_nm=6),
}


@pytest.mark.parametrize("name", TRACKS)
def test_a_track_looks_as_random_search_along_its_way(
    tmp_path: Path, grid: Grid, name: str
) -> None:
    """Whatever the file, the coverage factors of all cells add up to sweep width times length."""
    terms = Terms(start=START, sweep_width_nm=6.0)
    exposure = looks(tmp_path, name, TRACKS[name], grid, terms)
    factor = -np.log1p(-exposure.pod) * grid.area_nm2[exposure.cell]
    length_nm = distance_nm(np.array([124.0, 30.0]), np.array([124.0, 31.0]))
    assert factor.sum() == pytest.approx(6 * float(length_nm), rel=2e-3)
    assert exposure.age_days == pytest.approx(6 + 14 / 24)
    assert int(grid.cell_at(np.array([[124.0, 30.5]]))[0]) in exposure.cell


def test_a_cell_a_point_and_its_own_outline_are_looked_at_alike(tmp_path: Path, grid: Grid) -> None:
    """A cell by its id, a point in it and a polygon round it raise its exposure by the POD."""
    cell = len(grid) // 2
    (lon, lat), name = grid.lonlat[cell], grid.ids[cell]
    outline = shapely.geometry.mapping(grid.polygons[cell])
    files = {
        "cells.csv": f"cell,date,pod\n{name},2020-02-10,0.4\n",
        "point.csv": f"lon,lat,date,pod\n{lon},{lat},2020-02-10,0.4\n",
        "cell.geojson": collection(None, cell=name, date="2020-02-10", pod=0.4),
        "area.geojson": collection(outline, date="2020-02-10", pod=0.4),
    }
    for file, text in files.items():
        exposure = looks(tmp_path, file, text, grid)
        pod = np.bincount(exposure.cell, exposure.pod, len(grid))
        assert pod[cell] == pytest.approx(0.4, rel=1e-3)
        assert pod.sum() == pytest.approx(0.4, rel=1e-2)
        assert exposure.age_days == pytest.approx(7)


def test_the_sorties_of_a_run_are_past_effort_for_the_next(tmp_path: Path, grid: Grid) -> None:
    """The table a run writes is read as it is; the place says which cell it was."""
    (lon, lat), name = grid.lonlat[7], grid.ids[0]
    text = (
        "sortie,aircraft,type,station,visit,cell,lon,lat,start_utc,end_utc,dwell_h,pod,"
        "sweep_width_nm,condition,seen\n"
        f"S01,a,P-1,b,1,{name},{lon},{lat},2020-02-16T02:00:00Z,x,1,0.25,5,dark,0.1\n"
    )
    exposure = looks(tmp_path, "sorties.csv", text, grid)
    assert exposure.cell.tolist() == [7]
    assert exposure.pod == pytest.approx(0.25)
    assert exposure.age_days == pytest.approx(13 / 24)


def test_a_disc_counts_by_what_it_covers(tmp_path: Path, grid: Grid) -> None:
    """Looks over a disc add up to its area times the POD."""
    text = "lon,lat,radius_nm,date,pod\n124,30.5,25,2020-02-10,0.8\n"
    exposure = looks(tmp_path, "a.csv", text, grid)
    covered_nm2 = float(exposure.pod @ grid.area_nm2[exposure.cell])
    assert covered_nm2 == pytest.approx(0.8 * np.pi * 25**2, rel=0.01)
    assert exposure.pod.max() == pytest.approx(0.8)


def test_a_track_over_midnight_is_of_two_days_and_its_transit_is_no_search(
    tmp_path: Path, grid: Grid
) -> None:
    """A leg is of the day it begins on, and searched as well as its first fix says."""
    text = (
        "track,time,lon,lat,pod,sweep_width_nm\n"
        "a,2020-02-09T22:00Z,123,30,0,5\n"
        "a,2020-02-09T23:00Z,123,31,1,5\n"
        "a,2020-02-10T00:30Z,124,31,1,5\n"
        "a,2020-02-10T01:00Z,124,30,1,5\n"
    )
    exposure = looks(tmp_path, "a.csv", text, grid)
    seen = exposure.pod > 0
    assert set(np.round(exposure.age_days[seen], 3)) == {round(6 + 16 / 24, 3), 6.604}
    assert grid.cell_at(np.array([[123.0, 30.5]]))[0] not in exposure.cell[seen]


def test_what_lies_outside_the_area_looks_at_no_cell_of_it(tmp_path: Path, grid: Grid) -> None:
    """Points, discs and lines far away raise no exposure."""
    text = "lon,lat,radius_nm,date,pod\n-56,-30,50,2020-02-10,1\n140,30,0,2020-02-10,1\n"
    assert not len(looks(tmp_path, "a.csv", text, grid).cell)


FAULTS = {
    ("pod.csv", "cell,date,pod\nA1,2020-02-10,7\n"): r"pod\.csv:2: pod = '7'",
    ("nopod.csv", "cell,date,pod\nA1,2020-02-10,\n"): r"nopod\.csv:2: no pod",
    ("late.csv", "cell,date,pod\nA1,2020-02-17,0.5\n"): r"late\.csv:2: .*before the period",
    ("month.csv", "cell,date,pod\nA1,2020-01,0.5\n"): r"month\.csv:2: time '2020-01'",
    ("place.csv", "lon,lat,date,pod\n30,124,2020-02-10,1\n"): r"place\.csv:2: .*longitude first",
    ("columns.csv", "cell,dates,pod\nA1,2020-02-10,1\n"): r"columns\.csv:1: .*'dates'.*'date'",
    ("kind.csv", "where,date\nA1,2020-02-10\n"): r"kind\.csv:1: columns where, date",
    ("cells.csv", "cell,date,pod\nZZ99,2020-02-10,1\n"): r"cells\.csv:2: cell 'ZZ99'",
    ("width.gpx", GPX): r"width\.gpx:1: .*history\.effort_sweep_width_nm",
    ("fast.csv", CSV.replace("31.0", "61.0")): r"fast\.csv:2: .*covers 1\d\d\d nm in 1 h",
    ("one.csv", CSV[: CSV.rindex("a,")]): r"one\.csv:2: track 'a' of one fix",
    ("zone.csv", CSV.replace("Z,", ",")): r"zone\.csv:2: time '2020-02-10T01:00:00'",
    ("shape.geojson", collection({"type": "Polygon", "coordinates": [[[1, 2]]]})): "no geometry",
    ("none.geojson", collection(None, date="2020-02-10", pod=1)): r"none\.geojson:1: no shape",
    ("times.geojson", collection(LINE, times=["2020-02-10T01:00Z"], sweep_width_nm=1)): "1 times",
    ("a.kmz", "x"): "KMZ",
    ("a.shp", "x"): r"ends in '\.shp'",
}


@pytest.mark.parametrize(("file", "message"), FAULTS.items(), ids=lambda each: each[0])
def test_what_makes_no_sense_is_told_with_its_line(
    tmp_path: Path, grid: Grid, file: tuple[str, str], message: str
) -> None:
    """Each fault says where, what was found and what was expected."""
    with pytest.raises(ScenarioError, match=message):
        looks(tmp_path, *file, grid)


def test_all_faults_of_a_file_are_told_together(tmp_path: Path, grid: Grid) -> None:
    """Every row that makes no sense is named, not only the first."""
    text = "cell,date,pod\n" + "A1,2020-02-30,1\nA1,2020-02-10,2\n"
    with pytest.raises(ScenarioError) as caught:
        looks(tmp_path, "a.csv", text, grid)
    assert len(caught.value.faults) == 2
