"""Search patterns keep inside their sea and fill the dwell."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.patterns import Kind, Track, convex_part, lay_pattern

KINDS: tuple[Kind, ...] = ("parallel", "creeping", "square", "sector", "barrier")

HEXAGON = shapely.Polygon(
    [(26 * math.cos(angle), 26 * math.sin(angle)) for angle in np.arange(6) * math.pi / 3]
)


def lay(
    polygon: shapely.Polygon | shapely.MultiPolygon,
    kind: Kind = "parallel",
    *,
    dwell_h: float = 1.0,
    axis_deg: float | None = None,
) -> Track:
    """Lay a pattern around the polygon's representative point, at 220 kn with a 6 nm sweep."""
    point = polygon.representative_point()
    return lay_pattern(
        polygon,
        (point.x, point.y),
        kind=kind,
        sweep_width_nm=6,
        dwell_h=dwell_h,
        speed_kn=220,
        axis_deg=axis_deg,
    )


@st.composite
def cells(draw: st.DrawFn) -> shapely.Polygon:
    """Return a hexagon, perhaps with bites out of it, in any place."""
    cell = shapely.affinity.rotate(HEXAGON, draw(st.floats(0, 60)))
    for _ in range(draw(st.integers(0, 2))):
        x, y = draw(st.floats(-30, 30)), draw(st.floats(-30, 30))
        bite = shapely.Point(x, y).buffer(draw(st.floats(2, 25)))
        cell = max(shapely.get_parts(cell.difference(bite)), key=lambda part: part.area)
        if cell.area < 20:
            return HEXAGON
    return shapely.affinity.translate(cell, draw(st.floats(-900, 900)), draw(st.floats(-900, 900)))


@settings(deadline=None, max_examples=40)
@given(cell=cells(), kind=st.sampled_from(KINDS), dwell_h=st.floats(0.05, 5))
def test_a_track_stays_inside_and_fills_the_dwell(
    cell: shapely.Polygon, kind: Kind, dwell_h: float
) -> None:
    """Whatever the cell, no leg leaves it and the length is dwell x speed less half a percent."""
    track = lay(cell, kind, dwell_h=dwell_h)
    assert cell.buffer(1e-5).covers(shapely.LineString(track.xy_nm))
    assert 0.99 * dwell_h * 220 <= track.length_nm <= dwell_h * 220
    assert track.spacing_nm > 0


@settings(deadline=None, max_examples=40)
@given(cell=cells())
def test_the_convex_part_is_convex_and_inside(cell: shapely.Polygon) -> None:
    """It holds the anchor, lies in the polygon and has no corner that points inwards."""
    point = cell.representative_point()
    part, anchor = convex_part(cell, (point.x, point.y))
    assert part.convex_hull.area == pytest.approx(part.area, rel=1e-5)
    assert cell.buffer(1e-5).covers(part)
    assert part.distance(shapely.Point(anchor)) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_a_track_starts_and_ends_at_the_anchor(kind: Kind) -> None:
    """The legs of the sortie meet the track where they reach the cell."""
    track = lay_pattern(HEXAGON, (3.0, -4.0), kind=kind, sweep_width_nm=6, dwell_h=1, speed_kn=220)
    np.testing.assert_allclose(track.xy_nm[[0, -1]], [[3, -4], [3, -4]], atol=1e-9)


def test_an_anchor_outside_is_moved_inside() -> None:
    """A track never starts on land."""
    track = lay_pattern(HEXAGON, (99.0, 0.0), sweep_width_nm=6, dwell_h=1, speed_kn=220)
    assert HEXAGON.covers(shapely.Point(track.xy_nm[0]))


def test_spacing_is_sweep_width_over_coverage() -> None:
    """C = W V t / A, so S = W / C = A / (V t), within the half percent left over."""
    coverage = 6 * 220 * 1.0 / HEXAGON.area
    assert lay(HEXAGON).spacing_nm == pytest.approx(6 / coverage, rel=0.006)


def test_parallel_lines_leave_no_gap_wider_than_planned() -> None:
    """A long search passes within about half a spacing of nearly every point of the cell."""
    track = lay(HEXAGON, dwell_h=4.0)
    x, y = np.random.default_rng(1).uniform(-26, 26, (2, 4000))
    points = shapely.points(x, y)[shapely.contains_xy(HEXAGON, x, y)]
    far = shapely.distance(points, shapely.LineString(track.xy_nm)) > 0.6 * track.spacing_nm
    assert far.mean() < 0.06


def test_creeping_lines_run_across_and_parallel_lines_along() -> None:
    """In a long box the longest leg of a parallel track is longer than of a creeping line."""
    box = shapely.box(0, 0, 60, 15)
    legs = {
        kind: np.hypot(*np.diff(lay(box, kind).xy_nm, axis=0).T)[1:-1].max()
        for kind in ("parallel", "creeping")
    }
    assert legs["parallel"] > 40
    assert legs["creeping"] < 20


def test_the_axis_turns_the_lines() -> None:
    """Lines at 90 degrees run along the plane's x axis."""
    steps = np.diff(lay(HEXAGON, axis_deg=90.0).xy_nm, axis=0)
    assert abs(steps[1, 1]) < 1e-9 < abs(steps[1, 0])


def test_a_square_grows_by_a_spacing_every_second_leg() -> None:
    """Legs of the expanding square are 1, 1, 2, 2, 3, 3 ... spacings long."""
    track = lay(HEXAGON, "square")
    legs = np.hypot(*np.diff(track.xy_nm, axis=0).T) / track.spacing_nm
    np.testing.assert_allclose(legs[1:7], [1, 1, 2, 2, 3, 3])


def test_a_barrier_keeps_a_sweep_width_between_its_lines() -> None:
    """The run in from the anchor takes its share of the length, so it comes out a little less."""
    assert lay(HEXAGON, "barrier", axis_deg=0.0).spacing_nm == pytest.approx(6, rel=0.25)


def test_a_long_search_of_a_small_cell_flies_its_pattern_again() -> None:
    """Five hours in two square miles still fit, by laps."""
    box = shapely.box(0, 0, 2, 1)
    track = lay(box, "square", dwell_h=5.0)
    assert track.length_nm == pytest.approx(0.995 * 1100)
    assert box.buffer(1e-5).covers(shapely.LineString(track.xy_nm))


@pytest.mark.parametrize(
    ("polygon", "dwell_h", "message"),
    [
        (shapely.Polygon(), 1.0, "no area"),
        (shapely.MultiPolygon(), 1.0, "no area"),
        (HEXAGON, 0.0, "expected all > 0"),
        (shapely.box(0, 0, 1e-4, 1e-4), 5.0, "no room"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    polygon: shapely.Polygon, dwell_h: float, message: str
) -> None:
    """An empty sea, no dwell, and a sea too small to fly in."""
    with pytest.raises(ValueError, match=message):
        lay_pattern(polygon, (0.0, 0.0), sweep_width_nm=6, dwell_h=dwell_h, speed_kn=220)
