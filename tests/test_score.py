"""A hand-made plan on the planner's scale: its worth, the rules it breaks, what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from planner.cache import Cache
from planner.commands.score import command
from planner.errors import PlanError
from planner.evaluation.breaches import breaches
from planner.evaluation.changes import best_changes
from planner.evaluation.flown import fly
from planner.evaluation.handmade import as_plan
from planner.evaluation.recount import Recount
from planner.evaluation.score import drawn_of, score
from planner.outputs.export import export
from planner.outputs.folder import plan_json
from planner.outputs.scoring import write_score
from planner.pipeline import Run, run
from planner.scenario import read_scenario
from planner.tracks import read_drawing
from tests.theatres import small

if TYPE_CHECKING:
    from pathlib import Path

    from planner.tracks import Drawing

QUICK = ("solver.name='greedy'", "hotspots.surfaces=0", "airspace.china_adiz_price=0.0005")
MINE = """aircraft,takeoff,cell,dwell_h
p3c-naha-1,2020-02-17T06:00+09:00,{0},1.5
p3c-naha-1,2020-02-17T06:00+09:00,{1},2
p1-kanoya,2020-02-18T09:00+09:00,{1},1
"""


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of the small theatre, planned by the quickest solver."""
    folder = tmp_path_factory.mktemp("score")
    terms = read_scenario(small(folder), settings=QUICK)
    return run(terms, name="small", cache=Cache(None))


def drawn(folder: Path, rows: str) -> Drawing:
    path = folder / "mine.csv"
    path.write_text(rows, encoding="utf-8")
    return read_drawing(path)


def cells(tool: Run) -> list[str]:
    """Return the cells the tool searches, most valued first."""
    found = sorted(tool.plan.cells, key=lambda cell: -cell.seen)
    return [cell.id for cell in found if cell.seen > 0]


@pytest.mark.parametrize("to", ["kml", "kmz", "gpx", "geojson", "csv"])
def test_the_tools_own_plan_scores_what_the_tool_says(to: str, tool: Run, tmp_path: Path) -> None:
    """Exported, read back and valued as flown, it sees as much, pays as much, breaks nothing."""
    path = tmp_path / f"plan.{to}"
    path.write_bytes(export(tool.plan, to))
    flights = fly(read_drawing(path).sorties, tool)
    again = as_plan(flights, tool, name="again", title="Again")
    assert again.value.transfers == pytest.approx(tool.plan.value.transfers, rel=1e-4)
    assert again.value.score == pytest.approx(tool.plan.value.score, rel=2e-2)
    assert breaches(again, flights, tool) == []
    for one, other in zip(again.sorties, tool.plan.sorties, strict=True):
        assert one.seen == pytest.approx(other.seen, rel=1e-3, abs=1e-6)
        assert one.aircraft == other.aircraft


def test_a_bare_track_scores_about_the_same(tool: Run, tmp_path: Path) -> None:
    """Where only fixes are known, searches are found where the track stays."""
    text = export(tool.plan, "gpx").decode()
    tracks = text[: text.index("<rte>")] + text[text.index("<trk>") :]
    path = tmp_path / "recorded.gpx"
    path.write_text(tracks, encoding="utf-8")
    flights = fly(read_drawing(path).sorties, tool)
    found = as_plan(flights, tool, name="found", title="Found")
    for one, other in zip(found.sorties, tool.plan.sorties, strict=True):
        assert {visit.cell for visit in one.visits} == {visit.cell for visit in other.visits}
        assert one.search_h == pytest.approx(other.search_h, abs=0.05)
    assert found.value.transfers == pytest.approx(tool.plan.value.transfers, rel=0.15)


def test_counting_again_from_the_plan_alone_gives_its_value(tool: Run) -> None:
    """Rates, times and PODs in plan.json are all that its number of transfers rests on."""
    assert Recount(tool.plan).total == pytest.approx(tool.plan.value.transfers, rel=1e-4)


def test_changes_gain_what_they_say_and_break_nothing(tool: Run, tmp_path: Path) -> None:
    """Each proposed change is made, valued afresh, and breaks no more rules than before."""
    flights = fly(drawn(tmp_path, MINE.format(*cells(tool)[:2])).sorties, tool)
    mine = as_plan(flights, tool, name="mine", title="Mine")
    changes = best_changes(flights, fly(drawn_of(tool.plan), tool), tool)
    assert changes
    assert [each.gain for each in changes] == sorted((c.gain for c in changes), reverse=True)
    for change in changes:
        changed = as_plan(change.flights, tool, name="changed", title="Changed")
        assert changed.value.score - mine.value.score == pytest.approx(change.gain, abs=1e-6)
        assert breaches(changed, change.flights, tool) == []


def test_rules_are_told_in_words_and_the_plan_is_valued_all_the_same(
    tool: Run, tmp_path: Path
) -> None:
    """Too long a flight, too many sorties, a meeting and a search of nothing do not stop it."""
    best = cells(tool)[0]
    rows = MINE.format(best, best) + (
        f"p3c-naha-1,2020-02-17T07:00+09:00,{best},12\np3c-naha-2,2020-02-17T07:00+09:00,{best},1\n"
    )
    found = score(drawn(tmp_path, rows), tool, name="mine")
    told = "\n".join(found.breaches)
    for words in ("beyond its endurance", "turnaround", "2 sorties on day 1", "at the same time"):
        assert words in told
    assert found.mine.value.transfers > 0


def test_a_search_outside_every_cell_is_worth_nothing(tool: Run, tmp_path: Path) -> None:
    """It is told, and the hours are not counted as search."""
    rows = "aircraft,takeoff,lon,lat,dwell_h\np3c-naha-1,2020-02-17T06:00+09:00,129.0,24.0,1\n"
    found = score(drawn(tmp_path, rows), tool, name="mine")
    assert any("1.0 h outside every cell" in each for each in found.breaches)
    assert found.mine.value.transfers == 0


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("p3c-nahaa-1,2020-02-17T06:00+09:00,{},1", r"mine\.csv:2: .*did you mean 'p3c-naha-1'"),
        ("p3c-naha-1,,{},1", "no take-off time"),
        ("p3c-naha-1,2020-03-17T06:00+09:00,{},1", "expected a sortie between"),
        ("p3c-naha-1,2020-02-17T06:00+09:00,ZZ99,1", "cell 'ZZ99'"),
    ],
)
def test_what_cannot_be_told_is_a_fault(
    rows: str, complaint: str, tool: Run, tmp_path: Path
) -> None:
    """An aircraft, a time or a cell that is not known is said with its line."""
    drawing = drawn(tmp_path, "aircraft,takeoff,cell,dwell_h\n" + rows.format(cells(tool)[0]))
    with pytest.raises(PlanError, match=complaint):
        fly(drawing.sorties, tool)


def test_a_landing_before_the_takeoff_is_a_fault(tool: Run, tmp_path: Path) -> None:
    """Times that cannot be are said, not valued."""
    rows = (
        "aircraft,takeoff,landing,cell,dwell_h\n"
        f"p3c-naha-1,2020-02-17T06:00Z,2020-02-17T05:00Z,{cells(tool)[0]},1\n"
    )
    with pytest.raises(PlanError, match=r"lands 1\.0 h too early"):
        fly(drawn(tmp_path, rows).sorties, tool)


def test_a_detachment_or_type_means_its_next_free_aircraft(tool: Run, tmp_path: Path) -> None:
    """Two sorties of a type on one day are flown by two aircraft."""
    cell = cells(tool)[0]
    rows = "sortie,aircraft,takeoff,cell,dwell_h\n" + "".join(
        f"{n},P-3C,2020-02-17T{6 + n:02}:00+09:00,{cell},1\n" for n in range(2)
    )
    flights = fly(drawn(tmp_path, rows).sorties, tool)
    assert [flight.airframe for flight in flights] == ["p3c-naha-1", "p3c-naha-2"]


def test_a_search_without_a_time_on_a_track_is_a_fault(tool: Run, tmp_path: Path) -> None:
    """Nothing that is drawn is left out in silence."""
    lon, lat = tool.formulation.points[0]
    rows = (
        "sortie,aircraft,takeoff,time,lon,lat,dwell_h\n"
        "a,p3c-naha-1,,2020-02-17T06:00+09:00,127.6,26.2,\n"
        f"a,p3c-naha-1,,2020-02-17T08:00+09:00,{lon},{lat},\n"
        f"a,p3c-naha-1,,,{lon},{lat},1\n"
    )
    with pytest.raises(PlanError, match=r"mine\.csv:4: a: a search without a time"):
        fly(drawn(tmp_path, rows).sorties, tool)


def test_a_long_stay_is_as_many_looks_as_the_scenario_knows(tool: Run, tmp_path: Path) -> None:
    """Six hours told in one are three looks of two, since none may last longer than 2.5 h."""
    rows = f"aircraft,takeoff,cell,dwell_h\np3c-naha-1,2020-02-17T06:00+09:00,{cells(tool)[0]},6\n"
    (flight,) = fly(drawn(tmp_path, rows).sorties, tool)
    assert [s.end_h - s.start_h for s in flight.searches] == pytest.approx([2.0, 2.0, 2.0])
    assert len(flight.hops) == 4


def test_flying_faster_than_the_aircraft_can_is_told(tool: Run, tmp_path: Path) -> None:
    """A search told for the moment after take-off is out of reach, but valued."""
    cell = cells(tool)[0]
    rows = (
        "aircraft,takeoff,cell,start,end\n"
        f"p3c-naha-1,2020-02-17T06:00+09:00,{cell},2020-02-17T06:15+09:00,2020-02-17T07:15+09:00\n"
    )
    found = score(drawn(tmp_path, rows), tool, name="mine")
    assert any("faster than" in each for each in found.breaches)
    assert found.mine.value.transfers > 0


def test_the_folder_holds_map_plan_and_words(tool: Run, tmp_path: Path) -> None:
    """The same score gives the same bytes, and the map shows both plans."""
    found = score(drawn(tmp_path, MINE.format(*cells(tool)[:2])), tool, name="mine")
    paths = write_score(found, tmp_path / "one")
    again = write_score(found, tmp_path / "two")
    assert [path.name for path in paths] == ["plan.json", "map.html", "score.txt"]
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in again]
    words = paths[2].read_text(encoding="utf-8")
    for word in ("Transfers seen", "What to change first", "the planner's"):
        assert word in words


def test_the_command_reuses_a_plan_that_is_there(tool: Run, tmp_path: Path) -> None:
    """`planner score` puts the given plan beside, and says what it found."""
    path = small(tmp_path)
    drawn(tmp_path, MINE.format(*cells(tool)[:2]))
    (tmp_path / "plan.json").write_text(plan_json(tool.plan), encoding="utf-8")
    arguments = [tmp_path / "mine.csv", "--scenario", path, "--plan", tmp_path / "plan.json",
                 "--out", tmp_path / "score"]  # fmt: skip
    settings = [word for each in QUICK for word in ("--set", each)]
    done = CliRunner().invoke(command, [*map(str, arguments), *settings])
    assert done.exit_code == 0, done.output
    assert f"{tool.plan.value.transfers:.3f}" in done.output
    assert (tmp_path / "score" / "map.html").is_file()
