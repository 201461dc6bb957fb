"""The page in a browser, opened from a file with the network off."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shutil
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.light import moments, sun_altitude
from planner.outputs.maps import build_map, plan_html
from planner.plan import Ask, Part, Reason
from tests.plans import LAND, make_plan, small_plan
from tests.test_map import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from planner.plan import Plan

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield running
        running.close()


class Opened:
    """A page opened from a file, with everything it said and asked for."""

    def __init__(self, browser: Browser, folder: Path, plans: Sequence[Plan]) -> None:
        path = folder / "map.html"
        path.write_text(build_map(plans, land=LAND), "utf-8")
        self.context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768})
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def run(self, script: str) -> Any:
        """Evaluate something in the page."""
        return self.page.evaluate(script)

    def download(self, label: str) -> bytes:
        """Take a file along from the menu."""
        self.page.click("summary:has-text('Take along')")
        with self.page.expect_download() as waiting:
            self.page.click(f".menu button:has-text('{label}')")
        return waiting.value.path().read_bytes()

    def close(self) -> None:
        """Check that the page was silent and asked for nothing but itself."""
        self.context.close()
        assert self.said == []
        outside = [url for url in self.asked if not url.startswith(("data:", "blob:"))]
        assert len(outside) == 1
        assert outside[0].startswith("file:")


@pytest.fixture
def one(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Open a review of one plan."""
    opened = Opened(browser, tmp_path, [small_plan()])
    yield opened
    opened.close()


@pytest.fixture
def two(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Open a comparison of two plans that share all but one sortie."""
    plan = small_plan()
    other = small_plan("other", shift_h=1.0)
    changed = (*plan.sorties[:-1], other.sorties[-1])
    opened = Opened(browser, tmp_path, [plan, other.model_copy(update={"sorties": changed})])
    yield opened
    opened.close()


def test_clock_plays_scrubs_and_steps(one: Opened) -> None:
    """Play moves time on; a click on the chart sets it; keys step to take-offs and landings."""
    page = one.page
    start = one.run("planMap.at")
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    page.keyboard.press("Space")
    stopped = one.run("planMap.at")
    assert stopped > start
    page.wait_for_timeout(100)
    assert one.run("planMap.at") == stopped
    page.click(".gantt", position={"x": 700, "y": 30})
    middle = one.run("(planMap.at - planMap.start) / (planMap.end - planMap.start)")
    assert 0.3 < middle < 0.7
    page.keyboard.press("Home")
    page.mouse.move(0, 0)
    page.keyboard.press(".")
    assert one.run("planMap.at === planMap.plans[0].sorties[0].takeoff")
    page.keyboard.press("ArrowRight")
    assert one.run("planMap.at - planMap.plans[0].sorties[0].takeoff") == 600_000


def test_dragging_the_chart_moves_time_and_a_click_on_a_bar_opens_its_sortie(one: Opened) -> None:
    """The pointer scrubs while it is down; a bar that is clicked tells about itself."""
    page = one.page
    box = page.locator(".gantt").bounding_box()
    assert box
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 40, steps=4)
    there = one.run("planMap.at")
    page.mouse.up()
    page.mouse.move(box["x"] + 800, box["y"] + 40)
    assert one.run("planMap.at") == there > one.run("planMap.start")
    page.locator(".bar .flight").nth(2).click()
    assert "Sortie S03" in page.inner_text(".detail h2")


def test_transfers_seen_count_up_to_the_plans_value(one: Opened) -> None:
    """The count starts at nothing, ends at the plan's number, and never falls."""
    counts = one.run(
        """Array.from({length: 50}, (_, i) => {
            planMap.setTime(planMap.start + (planMap.end - planMap.start) * i / 49);
            return Number(document.querySelector('.seen b').textContent);
        })"""
    )
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == pytest.approx(small_plan().value.transfers, abs=0.006)


def test_aircraft_is_on_its_leg(one: Opened) -> None:
    """Half way through a leg the symbol stands half way along the great circle."""
    from pyproj import Geod

    leg = small_plan().sorties[0].legs[0]
    half = (leg.depart.timestamp() + leg.arrive.timestamp()) / 2
    one.run(f"planMap.setTime({half * 1000})")
    lon, lat = one.run(
        """(() => { const each = planMap.views[0].layers.sorties.drawn[0];
            const at = each.aircraft.getLatLng(); return [at.lng, at.lat]; })()"""
    )
    (start, end), geod = leg.points, Geod(ellps="WGS84")
    azimuth, _, length = geod.inv(*start, *end)
    expected = geod.fwd(*start, azimuth, length / 2)[:2]
    assert (lon, lat) == pytest.approx(expected, abs=0.01)


def test_click_on_a_sortie_and_on_a_cell_tells_about_them(one: Opened) -> None:
    """A sortie in the list shows its timeline; a cell on the map its numbers and reason."""
    page = one.page
    page.click(".item:has-text('S02')")
    detail = page.inner_text(".detail")
    assert "Sortie S02" in detail
    assert "endurance, reserve kept" in detail
    assert "POD" in detail
    page.keyboard.press("Escape")
    assert page.is_hidden(".detail")
    one.run("['sorties', 'stations'].forEach((name) => planMap.setShown(name, false))")
    one.run("planMap.fit()")
    cell = next(i for i, c in enumerate(small_plan().cells) if c.reason)
    x, y = one.run(
        f"""(() => {{ const at = planMap.plans[0].cells[{cell}].at;
            const map = planMap.views[0].map, box = map.getContainer().getBoundingClientRect();
            const p = map.latLngToContainerPoint([at[1], at[0]]);
            return [box.x + p.x, box.y + p.y]; }})()"""
    )
    page.mouse.click(x, y)
    assert "Every hour is worth more elsewhere." in page.inner_text(".detail")


def test_names_on_the_map_never_overlap(browser: Browser, tmp_path: Path) -> None:
    """Aircraft leaving stations close together are named apart from them, or not at all."""
    crowd = make_plan(across=10, down=6, sorties=8, reports=0, seed=5)
    opened = Opened(browser, tmp_path, [crowd])
    shared = opened.run(
        """(() => { let shared = 0, named = 0;
        const boxes = () => [...document.querySelectorAll('.named bdi')]
            .map((each) => each.getBoundingClientRect()).filter((box) => box.width);
        for (let at = planMap.start; at < planMap.start + 24 * 3600e3; at += 1200e3) {
            planMap.setTime(at);
            const all = boxes();
            named += all.length;
            all.forEach((a, i) => all.slice(0, i).forEach((b) => {
                if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
                    shared += 1; }));
        }
        return [shared, named > 200]; })()"""
    )
    assert shared == [0, True]
    opened.close()


def test_a_limit_is_told_or_its_absence(browser: Browser, tmp_path: Path) -> None:
    """With a proof the page gives limit and gap; without one it says that there is none."""
    plan = small_plan()
    value = plan.value.model_copy(update={"bound": None, "gap": None})
    for shown, words in (
        (plan, "(gap 2.9 %)"),
        (plan.model_copy(update={"value": value}), "no limit was proved"),
    ):
        opened = Opened(browser, tmp_path, [shown])
        assert words in opened.page.inner_text(".headline")
        opened.close()


def test_the_best_cells_not_searched_are_listed_and_open(browser: Browser, tmp_path: Path) -> None:
    """Most transfers first, each with its reason; those closed by law are not missed."""
    plan = small_plan()
    reasons = [Reason(code=code, text=f"For {code}.") for code in ("legal", "busy", "endurance")]
    ranked = sorted(plan.cells, key=lambda cell: -cell.transfers)[:3]
    cells = tuple(
        cell.model_copy(update={"reason": each}) for cell, each in zip(ranked, reasons, strict=True)
    )
    opened = Opened(browser, tmp_path, [plan.model_copy(update={"cells": cells})])
    lines = opened.page.locator(".missed li")
    assert [text.split(". ")[-1] for text in lines.all_inner_texts()] == [
        "For busy.", "For endurance.",
    ]  # fmt: skip
    lines.first.locator("button").click()
    assert ranked[1].id in opened.page.inner_text(".detail")
    opened.close()


def test_every_colouring_and_layer_can_be_shown(one: Opened) -> None:
    """Each button and box works, and the pressed one says so."""
    page = one.page
    for number in range(7):
        page.keyboard.press(str(number + 1))
        pressed = page.locator(".choice[aria-label='Colour the sea by'] [aria-pressed=true]")
        assert pressed.count() == 1
    for box in page.locator(".boxes input").all():
        box.uncheck()
        box.check()


def test_search_finds_each_kind(one: Opened) -> None:
    """Station, aircraft, sortie, cell and report are found from the keyboard."""
    page = one.page
    found = {
        "kanoya": "Kanoya",
        "P-8A": "P-8A",
        "S03": "Sortie S03",
        "AB05": "Cell AB05",
        "R-00003": "Report R-00003",
    }
    for text, title in found.items():
        page.keyboard.press("/")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        assert title in page.inner_text(".detail h2")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")


def test_swipe_shows_one_plan_on_each_side(two: Opened) -> None:
    """Two plans open under a divider that follows pointer and keys."""
    page = two.page
    assert page.is_visible(".divider")
    page.focus(".divider")
    before = two.run("planMap.divider.share")
    page.keyboard.press("ArrowRight")
    assert two.run("planMap.divider.share") == pytest.approx(before + 0.02)
    assert "inset(0" in two.run("planMap.views[1].map.getContainer().parentElement.style.clipPath")
    two.run("planMap.views[0].map.setView([30, 126], 6)")
    page.wait_for_function("Math.abs(planMap.views[1].map.getCenter().lng - 126) < 0.1")


def test_comparison_lists_differences_and_changed_sorties(two: Opened) -> None:
    """The table has both plans; only what changed remains when asked for."""
    page = two.page
    assert page.locator(".differences tbody tr").count() >= 8
    assert two.run("planMap.changed.size") == 2
    page.check("[data-layer=changed]")
    assert page.locator(".item").count() == 2
    page.click(".choice button:has-text('B − A')")


def test_several_plans_share_one_view(browser: Browser, tmp_path: Path) -> None:
    """Small multiples move together."""
    plans = [small_plan(f"p{i}", shift_h=i) for i in range(5)]
    opened = Opened(browser, tmp_path, plans)
    opened.run("planMap.views[3].map.setView([29, 125], 6)")
    centres = opened.run("planMap.views.map((view) => view.map.getCenter().lng.toFixed(1))")
    assert set(centres) == {"125.0"}
    assert opened.page.locator(".frame:visible").count() == 5
    opened.close()


def test_print_is_a_map_and_a_table(one: Opened) -> None:
    """Printing makes the map's sheet and the sorties' sheet, then clears them away."""
    from_file = one.page.pdf(prefer_css_page_size=True)
    assert from_file.startswith(b"%PDF")
    assert from_file.count(b"/Type /Page\n") == 2
    one.run("window.dispatchEvent(new Event('beforeprint'))")
    text = one.page.evaluate("document.querySelector('.sheet').textContent")
    for part in ("Week from 17 February 2020", "170000ZFEB20", "sha256:0101", "Mean duration"):
        assert part in text
    one.run("window.dispatchEvent(new Event('afterprint'))")
    assert one.run("document.querySelector('.sheet').textContent") == ""


@pytest.mark.parametrize("paper", ["A4 landscape", "A4 portrait", "A3 landscape"])
def test_map_sheet_fits_its_paper(browser: Browser, tmp_path: Path, paper: str) -> None:
    """However much there is to say, the map's sheet is one page and ends with the hash."""
    plan = small_plan()
    wordy = plan.model_copy(
        update={"assumptions": plan.assumptions * 9, "notes": ("A long note to know first. " * 9,)}
    )
    opened = Opened(browser, tmp_path, [wordy])
    opened.run(f"planMap.tools.setPaper(planMap, '{paper}')")
    opened.page.emulate_media(media="print")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    sheet, foot = opened.run(
        """['.page.map', '.page.map > footer'].map((name) => {
            const box = document.querySelector(name).getBoundingClientRect();
            return [box.bottom, box.height]; })"""
    )
    height = {"A4 landscape": 192, "A4 portrait": 279, "A3 landscape": 279}[paper]
    assert sheet[1] <= height * 96 / 25.4
    assert foot[0] <= sheet[0]
    assert opened.page.locator(".page.map .side section").last.is_visible()
    opened.close()


def test_paper_is_light_whatever_the_screen(one: Opened) -> None:
    """A dark page prints on white, and is dark again afterwards."""
    one.run("document.documentElement.classList.contains('dark') || planMap.toggleDark()")
    one.page.emulate_media(media="print")
    one.run("window.dispatchEvent(new Event('beforeprint'))")
    look = one.run(
        """(() => { const of = (name) => getComputedStyle(document.querySelector(name));
        return [of('html').colorScheme, of('body').backgroundColor, of('.sheet').color,
            document.querySelector('.sheet .ramp i').style.background]; })()"""
    )
    assert look == ["light", "rgb(255, 255, 255)", "rgb(0, 0, 0)", "rgb(255, 243, 196)"]
    assert one.run("document.documentElement.classList.contains('dark')")


def test_files_can_be_taken_along(one: Opened) -> None:
    """Each file is made in the page and read back by its own reader."""
    plan = small_plan()
    table = list(csv.reader(io.StringIO(one.download("CSV").decode("utf-8-sig"))))
    assert [row[1] for row in table[1:]] == [
        s.id for s in sorted(plan.sorties, key=lambda s: s.takeoff)
    ]
    collection = json.loads(one.download("GeoJSON"))
    kinds = [feature["properties"]["kind"] for feature in collection["features"]]
    assert kinds.count("sortie") == len(plan.sorties)
    kml = ET.fromstring(one.download("KML"))
    assert len(kml.findall(".//{*}LineString")) == len(plan.sorties)
    gpx = ET.fromstring(one.download("GPX"))
    names = [each.text for each in gpx.findall(".//{*}rtept/{*}name")]
    assert len(set(names)) == len(names)
    assert {len(name or "") for name in names} == {5}
    assert one.download("PNG").startswith(b"\x89PNG")


def test_light_and_dark(one: Opened) -> None:
    """One key changes the light."""
    dark = "document.documentElement.classList.contains('dark')"
    before = one.run(dark)
    one.page.keyboard.press("d")
    assert one.run(dark) != before


def test_page_and_planner_agree_on_the_sun(one: Opened) -> None:
    """The page's short formula stays within 0.1 degrees of the planner's over a year."""
    lonlat = np.array([[139.7, 35.7], [122.0, 29.0], [128.0, 26.0]])
    days = np.arange(0, 366, 7.3)
    times = moments(datetime(2020, 1, 1, tzinfo=UTC), days * 24)
    ours = one.run(
        f"""{(days * 24).tolist()}.map((hour) => {lonlat.tolist()}.map((place) =>
            planMap.tools.elevation(Date.UTC(2020, 0, 1) + hour * 3600e3, place)))"""
    )
    expected = sun_altitude(lonlat, times).T
    np.testing.assert_allclose(ours, expected, atol=0.1)


def test_shaded_night_is_where_the_sun_is_down(one: Opened) -> None:
    """Points inside the shaded polygon have the sun below its angle, points outside above."""
    wrong = one.run(
        """(() => { const { elevation, darkPolygon, inside } = planMap.tools; let wrong = 0;
        const places = [];
        for (let lon = 100.5; lon < 160; lon += 11)
            for (let lat = 0.5; lat < 60; lat += 7) places.push([lon, lat]);
        for (let hours = 0; hours < 366 * 24; hours += 315)
            for (const below of [-0.833, -6, -12]) {
                const ms = Date.UTC(2020, 0, 1, hours);
                const ring = darkPolygon(ms, below, 90, 170);
                for (const place of places) {
                    const sun = elevation(ms, place);
                    const dark = inside(place, ring);
                    if (Math.abs(sun - below) > 0.3 && dark !== sun < below) wrong += 1;
                }
            }
        return wrong; })()"""
    )
    assert wrong == 0


@pytest.mark.parametrize("width", [768, 1366])
def test_nothing_overflows_the_window(one: Opened, width: int) -> None:
    """The page fits a laptop and a tablet without scrolling sideways."""
    one.page.set_viewport_size({"width": width, "height": 768})
    assert one.run("document.documentElement.scrollWidth") <= width
    assert one.run("document.querySelector('.stage').clientHeight") > 200


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    """Names from files are shown as text everywhere: lists, details, print and files."""
    opened = Opened(browser, tmp_path, [renamed(small_plan())])
    for what in (
        "sortie: plan.sorties[0]",
        "report: plan.reports[0], plan",
        "zone: plan.zones[0], plan",
    ):
        opened.run(f"(() => {{ const plan = planMap.plans[0]; planMap.select({{{what}}}); }})()")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.run("window.broken") is None
    files = opened.run(
        "Object.fromEntries(['toKml', 'toGpx', 'toCsv', 'toGeoJson'].map((name) =>"
        " [name, planMap.tools[name](planMap.plans)]))"
    )
    ET.fromstring(files["toKml"].encode())
    ET.fromstring(files["toGpx"].encode())
    json.loads(files["toGeoJson"])
    cells = [cell for row in csv.reader(io.StringIO(files["toCsv"])) for cell in row]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in cells)
    opened.close()


def test_everything_is_reached_from_the_keyboard(one: Opened) -> None:
    """Keys move and zoom the map, choose the cell in the middle, walk the sorties, show help."""
    page = one.page
    centre = one.run("planMap.views[0].map.getCenter().lng")
    for key in ("l", "+", "-"):
        page.keyboard.press(key)
    assert one.run("planMap.views[0].map.getCenter().lng") > centre
    one.run("planMap.views[0].map.setView([28, 123], 7)")
    page.keyboard.press("c")
    assert "Cell" in page.inner_text(".detail h2")
    page.keyboard.press("]")
    assert "Sortie S01" in page.inner_text(".detail h2")
    page.keyboard.press("]")
    assert "Sortie S02" in page.inner_text(".detail h2")
    page.keyboard.press("?")
    assert page.is_visible("dialog")
    page.keyboard.press("Escape")
    assert page.is_hidden("dialog")


def corpus(count: int) -> list[str]:
    """Return many strings made of the pieces that break pages, each with its own number."""
    rng = np.random.default_rng(7)
    pieces = (
        *HOSTILE[:-1],
        *"<>&\"'`={}[]\\\0\r\n\t/;:!-",
        "\ufeff",
        "\ud7ff",
        "𠮷",
        "javascript:",
    )
    chosen = rng.integers(len(pieces), size=(count, 4))
    return [f"{i}" + "".join(pieces[k] for k in row) for i, row in enumerate(chosen)]


def test_ten_thousand_hostile_strings_break_nothing(browser: Browser, tmp_path: Path) -> None:
    """A page of 10,000 reports with such names opens, finds them and shows them as they are."""
    texts = corpus(10_000)
    plan = small_plan()
    first = plan.reports[0]
    reports = tuple(first.model_copy(update={"id": text, "vessels": text}) for text in texts)
    opened = Opened(browser, tmp_path, [plan.model_copy(update={"reports": reports})])
    shown = opened.run(
        """planMap.plans[0].reports.filter((report) => {
            planMap.selected = { report, plan: planMap.plans[0] };
            planMap.detail.show();
            return document.querySelector('.detail h2 bdi').textContent === report.id.slice(0, 80)
                || report.id.length > 80;
        }).length"""
    )
    assert shown == len(texts)
    assert opened.run("planMap.plans[0].reports.map((report) => report.id)") == texts
    foreign = ".detail script, .detail img, .detail a, .panel script, .panel img"
    assert opened.run(f"document.querySelectorAll('{foreign}').length") == 0
    assert opened.run("window.broken") is None
    guarded = opened.run(
        "planMap.plans[0].reports.map((report) => planMap.tools.csvField(report.id)).join('\\n')"
    )
    rows = list(csv.reader(io.StringIO(guarded, newline="")))
    assert all(len(row) == 1 for row in rows)
    for document in opened.run(
        "planMap.plans[0].reports.map((r) => '<a b=\"' + planMap.tools.xml(r.id) + '\"/>')"
    ):
        ET.fromstring(document)
    opened.close()


def test_notebook_frame_opens_inside_another_page(browser: Browser, tmp_path: Path) -> None:
    """The frame runs apart from the notebook, and shows its plan."""
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html>{plan_html(small_plan(), land=LAND)}", "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    title = page.frame_locator("iframe").locator("h1")
    assert "17 February 2020" in title.inner_text()
    page.close()


def renamed(plan: Plan) -> Plan:
    """Return the plan with hostile text in every place a file can put some."""
    texts = itertools.cycle(HOSTILE)

    def change(records: Sequence[Any], *names: str) -> tuple[Any, ...]:
        return tuple(
            each.model_copy(update={name: next(texts) for name in names}) for each in records
        )

    everything = "".join(HOSTILE[:-1])
    return plan.model_copy(
        update={
            **dict.fromkeys(("title", "name", "question", "hash", "status", "solver"), everything),
            "notes": HOSTILE,
            "waterfall": tuple(Part(what=text, transfers=1) for text in HOSTILE),
            "asks": tuple(Ask(what=text, gain=1, noise=0.1) for text in HOSTILE),
            "model_card": {text: text for text in HOSTILE},
            "assumptions": change(plan.assumptions, "what", "value", "why"),
            "stations": change(plan.stations, "name", "icao"),
            "aircraft": change(plan.aircraft, "type", "operator"),
            "zones": change(plan.zones, "name", "source", "dated"),
            "reports": change(plan.reports, "id", "when", "vessels", "basis", "source"),
            "sorties": change(plan.sorties, "id", "aircraft"),
        }
    )


def test_plan_of_nothing_is_shown_as_such(browser: Browser, tmp_path: Path) -> None:
    """A plan without sorties, cells, stations or reports opens and says what it is."""
    empty: dict[str, Any] = dict.fromkeys(("sorties", "cells", "stations", "aircraft"), ())
    empty |= dict.fromkeys(("reports", "zones", "assumptions", "notes"), ())
    plan = small_plan().model_copy(update={**empty, "status": "empty"})
    opened = Opened(browser, tmp_path, [plan])
    assert "This plan is empty." in opened.page.inner_text(".panel")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    for key in ("Space", ".", "]", "c", "End", "f"):
        opened.page.keyboard.press(key)
    opened.close()


def test_choosing_another_plan_keeps_the_view(two: Opened) -> None:
    """Plans shown alone, swiped or alone again are seen from the same place."""
    two.run("planMap.views[0].map.setView([28.5, 124.5], 7)")
    for mode in ("1", "swipe", "0", "1"):
        two.run(f"planMap.setMode('{mode}')")
        centre, zoom = two.run(
            "[planMap.firstView().map.getCenter(), planMap.firstView().map.getZoom()]"
        )
        assert (centre["lat"], centre["lng"], zoom) == pytest.approx((28.5, 124.5, 7), abs=0.02)
