"""The page as text: complete, repeatable, and closed to whatever its data say."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import folium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.hotspots.history import Cells, precise
from planner.hotspots.surface import estimate
from planner.outputs.maps import build_map, surface_html
from planner.outputs.maps.offline import OfflineError, embedded_json, own_assets, self_contained
from planner.outputs.maps.payload import STEPS_PER_DEGREE, payload
from tests.plans import LAND, small_plan

HOSTILE = (
    "</script><script>window.broken=1</script>",
    "<!-- <script>",
    "--><img src=x onerror=window.broken=1>",
    "{{ 7*7 }}{% raw %}",
    "[[SCRIPTS]][[DATA]]",
    "\u2028\u2029'\"`${window.broken=1}\\",
    "\u202eright to left\u2066",
    "=cmd|' /C calc'!A0",
    "哨戒機 第1",
    "&lt;b&gt;&amp;",
    "x" * 10_000,
)


class Elements(HTMLParser):
    """Collects the elements a browser would see, and the text of the data element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""
        self._in_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self._in_data = dict(attrs).get("id") == "data"

    def handle_data(self, data: str) -> None:
        """Keep the text of the data element."""
        if self._in_data:
            self.data += data
            self._in_data = False


def unstep(flat: list[int]) -> list[tuple[float, float]]:
    """Undo the packing of coordinates, as the page does."""
    x = y = 0
    points = []
    for dx, dy in zip(flat[::2], flat[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x / STEPS_PER_DEGREE, y / STEPS_PER_DEGREE))
    return points


def read(plans: list[Any]) -> dict[str, Any]:
    """Return the data a page of these plans would carry."""
    packed: dict[str, Any] = json.loads(payload(plans, LAND))
    return packed


def test_same_plans_give_the_same_bytes() -> None:
    """Building twice gives one page."""
    plan = small_plan()
    assert build_map([plan], land=LAND) == build_map([plan], land=LAND)


def test_page_refers_to_nothing_outside_itself() -> None:
    """No element has an address, and the policy forbids fetching."""
    page = build_map([small_plan()], land=LAND)
    markup = re.sub(r"<(script|style)\b[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    assert "default-src 'none'" in markup
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:)", markup)


def test_unknown_asset_is_refused() -> None:
    """A folium that asks for something new fails the build instead of leaving a blank map."""
    page: Any = folium.Map(tiles=None)
    folium.JavascriptLink("https://example.org/new.js").add_to(page.get_root().header, name="new")
    with pytest.raises(OfflineError, match=r"'new', which has no local source"):
        self_contained(page, title="", head="", body="", script="", data="{}")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element(text: str) -> None:
    """Text from a file changes neither the elements of the page nor itself."""
    plan = small_plan()
    odd = plan.model_copy(
        update={
            "title": text,
            "name": text,
            "stations": tuple(s.model_copy(update={"name": text}) for s in plan.stations),
            "sorties": tuple(s.model_copy(update={"aircraft": text}) for s in plan.sorties),
        }
    )
    seen, expected = Elements(build_map([odd], land=LAND)), Elements(build_map([plan], land=LAND))
    assert seen.tags == expected.tags
    assert json.loads(seen.data)["plans"][0]["title"] == text


@given(st.text())
def test_embedded_json_survives_and_cannot_close_its_element(text: str) -> None:
    """Any text comes back whole, with no character that HTML would read."""
    embedded = embedded_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(embedded) == text
    assert not set(embedded) & set("<>&\u2028\u2029")


def test_packed_coordinates_come_back_to_eleven_metres() -> None:
    """Unpacking gives each cell's outline and centre within a step."""
    plan = small_plan()
    packed = read([plan])
    grid = packed["shared"][packed["plans"][0]["grid"]]
    for cell, at, rings in zip(plan.cells, unstep(grid["at"]), grid["rings"], strict=True):
        assert at == pytest.approx((cell.lon, cell.lat), abs=0.6 / STEPS_PER_DEGREE)
        for got, ring in zip(unstep(rings[0]), cell.rings[0], strict=True):
            assert got == pytest.approx(ring, abs=0.6 / STEPS_PER_DEGREE)


def test_thinned_report_stays_within_a_hundredth_of_its_width() -> None:
    """A region's outline is thinned, not moved."""
    from shapely import LinearRing

    plan = small_plan()
    packed = read([plan])
    reports = packed["shared"][packed["plans"][0]["reports"]]
    for report, row in zip(plan.reports, reports, strict=True):
        whole, thin = LinearRing(report.rings[0]), LinearRing(unstep(row[5][0]))
        width = whole.bounds[2] - whole.bounds[0]
        assert whole.hausdorff_distance(thin) <= 0.02 * width


def test_plans_on_one_grid_carry_it_once() -> None:
    """A second plan adds its sorties, not its geometry."""
    one, two = small_plan(), small_plan("other", shift_h=1)
    pair = read([one, two])
    assert pair["plans"][0]["grid"] == pair["plans"][1]["grid"]
    assert pair["plans"][0]["sorties"] != pair["plans"][1]["sorties"]


@pytest.mark.parametrize("count", [0, 9])
def test_too_few_or_too_many_plans_are_refused(count: int) -> None:
    """One to eight plans fit on a page."""
    with pytest.raises(ValueError, match=f"{count} plans, expected 1 to 8"):
        build_map([small_plan()] * count, land=LAND)


def test_our_scripts_never_make_markup_from_data() -> None:
    """The scripts build elements; none parses markup, evaluates text or fetches."""
    script = own_assets(".js")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
    ):
        assert word not in script


def test_coast_round_the_plans_is_found() -> None:
    """Without land given, the shipped coast shows Japan."""
    page = Elements(build_map([small_plan()]))
    assert "Japan" in [country["name"] for country in json.loads(page.data)["land"]]


def test_surface_shows_each_cell_and_its_card() -> None:
    """A surface is drawn without script, with its legend and card as text."""
    cells = small_plan().cells
    html = surface_html(
        [cell.transfers for cell in cells],
        [cell.rings for cell in cells],
        card={"Skill": "<script>window.broken=1</script>"},
    )
    seen = Elements(html)
    assert seen.tags.count("path") == len(cells)
    assert "script" not in seen.tags
    with pytest.raises(ValueError, match="0 outlines for 1 values"):
        surface_html([1.0], [])


def test_estimated_surface_shows_itself() -> None:
    """What `estimate` returns is drawn in a notebook, a shape a cell, with its card."""
    xy_nm = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0)), -1).reshape(-1, 2) * 10
    cells = Cells(xy_nm=xy_nm, sea_nm2=np.full(20, 100.0), spacing_nm=10.0)
    events = precise(np.array([[20.0, 20.0], [21.0, 19.0]]), np.array([30.0, 200.0]))
    surface = estimate(events, cells, rng=np.random.default_rng(1))
    seen = Elements(str(surface._repr_html_()))
    assert seen.tags.count("path") == len(cells)
    assert seen.tags.count("tr") == len(surface.card)
