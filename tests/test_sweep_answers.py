"""What a sweep says is what it found, and no more than that."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sweeping
from plans import small_plan

from planner.errors import ScenarioError
from planner.files import write_file
from planner.outputs.folder import plan_json
from planner.outputs.sweep_page import results_csv, sweep_page
from planner.scenario import read_scenario
from planner.sweep.comparison import compare, read_planned
from planner.sweep.conduct import conduct, open_store
from planner.sweep.design import design_of
from planner.sweep.effects import difference, effects, interactions, pareto, ranking
from planner.sweep.engine import Terms
from planner.sweep.indices import sobol
from planner.sweep.pinning import pin
from planner.sweep.store import SweepError
from planner.sweep.tipping import ask
from planner.sweep.trials import Sweep, read_sweep
from planner.sweep.words import sentences

if TYPE_CHECKING:
    from pathlib import Path

COUNT = "aircraft.p8a-kadena.count"
HOURS = "aircraft.p8a-kadena.endurance_h"
OPEN = "stations.naha.open"


def swept(
    folder: Path, *vary: str, text: str = sweeping.SMALL, parts: int = 1, **terms: Any
) -> Sweep:
    path = sweeping.written(folder, text)
    pinned = pin(path, design_of(read_scenario(path), vary=vary, **terms))
    for part in range(1, parts + 1):
        with (
            open_store(folder / "out", pinned, shard=(part, parts)) as store,
            ThreadPoolExecutor(2) as threads,
        ):
            conduct(store, threads, Terms(width=2), work=sweeping.work)
    return read_sweep(folder / "out")


def test_an_aircraft_is_worth_what_it_adds(tmp_path: Path) -> None:
    """A known effect of 0.3 transfers comes back, and luck common to both sides cancels."""
    sweep = swept(tmp_path, f"{COUNT}=1:3", seeds=3)
    step = difference(sweep.trials, COUNT, 1, 2)
    assert step is not None
    assert step.value == pytest.approx(0.3)
    assert step.half == pytest.approx(0, abs=1e-9)
    assert step.surfaces is not None
    assert step.surfaces[0] < 0.3 < step.surfaces[1]
    assert any("Kadena's second P-8A is worth +0.3" in said for said in sentences(sweep))
    assert all("a week" in s for s in sentences(sweep) if "second" in s)


def test_noise_says_nothing(tmp_path: Path) -> None:
    """What changes nothing is said to change nothing."""
    sweep = swept(tmp_path, "rules.share_cells=true,false", f"{COUNT}=1,2", seeds=2)
    said = "Changing share cells changed nothing: the plans see the same."
    assert said in sentences(sweep)


def test_interaction_is_the_part_that_does_not_add_up(tmp_path: Path) -> None:
    """Three aircraft lose a tenth more with Naha closed: just that is the interaction."""
    sweep = swept(tmp_path, f"{COUNT}=1:3", f"{OPEN}=true,false", seeds=2)
    (found,) = interactions(sweep)
    assert found.estimate.value == pytest.approx(-0.1)
    assert (found.one, found.other) == ((COUNT, 1, 3), (OPEN, True, False))
    said = "Going from 1 to 3 P-8As at Kadena is worth 0.10 (±0.00) transfers a week less with Naha"
    assert any(each.startswith(f"{said} closed than with Naha open") for each in sentences(sweep))
    closed = next(each for each in effects(sweep) if each.path == OPEN)
    assert closed.estimate.value == pytest.approx(-0.2 - 0.1 / 3)


def test_overrides_are_factors_like_others(tmp_path: Path) -> None:
    """A named override has an effect, matched with the runs without it."""
    sweep = swept(tmp_path, f"{COUNT}=1,2", overrides=["naha-closed"])
    found = {each.path: each.estimate.value for each in effects(sweep)}
    assert found["override naha-closed"] == pytest.approx(-0.2)


def test_missing_runs_do_not_bend_effects(tmp_path: Path) -> None:
    """Runs are compared in pairs, so a run without its pair is left out, not averaged in."""
    whole = swept(tmp_path, f"{COUNT}=1:3", f"{OPEN}=true,false", seeds=2)
    torn = Sweep(pinned=whole.pinned, trials=whole.trials[:-3], failed=(), waiting=3)
    found = difference(torn.trials, COUNT, 1, 2)
    assert found is not None
    assert found.value == pytest.approx(0.3)


def test_bands_cover_the_truth_nine_times_in_ten() -> None:
    """With noise of a known size, about 90 % of the bands hold the true difference."""
    from planner.sweep.effects import _chance, _half

    rng = np.random.default_rng(1)
    held = 0
    for _ in range(2_000):
        values = rng.normal(0.3, 1.0, size=12)
        error, freedom = _chance(values, [str(n % 3) for n in range(12)])
        held += abs(values.mean() - 0.3) <= _half(error, freedom)
    assert 0.88 < held / 2_000 < 0.92


def test_one_seed_without_surfaces_claims_nothing() -> None:
    """Where noise was not measured, nothing stands out."""
    from planner.sweep.effects import Estimate, _half

    half = _half(0.0, 0)
    assert math.isinf(half)
    assert not Estimate(value=5.0, half=half, pairs=1).clear


def test_front_is_what_none_beats(tmp_path: Path) -> None:
    """Closing Naha saves no hours, so no setting with Naha closed is on the front."""
    settings = ranking(swept(tmp_path, f"{COUNT}=1:3", f"{OPEN}=true,false", seeds=2))
    front = pareto(settings)
    assert [each.setting[COUNT] for each in front] == [1, 2, 3]
    assert all(each.setting[OPEN] for each in front)
    assert settings[0] is front[-1]


def test_sobol_indices_of_a_sum(tmp_path: Path) -> None:
    """In a sum of two terms each explains its share of the variance, alone as with the other."""
    sweep = swept(tmp_path, f"{COUNT}=0:2", f"{HOURS}=4.0:16.0", sample="saltelli", runs=1_024)
    count, hours = sobol(sweep)
    spread = {"count": 0.3**2 * 2 / 3, "hours": 0.05**2 * 12**2 / 12}
    share = spread["count"] / sum(spread.values())
    assert count.first == pytest.approx(share, abs=0.05)
    assert hours.total == pytest.approx(1 - share, abs=0.05)
    assert sobol(sweep) == [count, hours]


def test_samples_give_effects_too(tmp_path: Path) -> None:
    """In a latin sample the ends of a factor's range differ as they should."""
    sweep = swept(tmp_path, f"{COUNT}=1:3", f"{HOURS}=8.0:12.0", sample="latin", runs=120)
    found = {each.path: each.estimate for each in effects(sweep)}
    assert found[COUNT].value == pytest.approx(0.6, abs=0.06)
    assert found[HOURS].value == pytest.approx(0.2 * 5 / 6, abs=0.15)


def test_shards_are_read_as_one_sweep(tmp_path: Path) -> None:
    """Three shards together hold what one sweep holds, in its order."""
    one, three = tmp_path / "one", tmp_path / "three"
    for folder in (one, three):
        folder.mkdir()
    whole = swept(one, f"{COUNT}=1:3", seeds=2)
    parts = swept(three, f"{COUNT}=1:3", seeds=2, parts=3)
    assert [t.numbers for t in parts.trials] == [t.numbers for t in whole.trials]
    assert parts.waiting == 0


def test_scenario_in_another_place_is_the_same_sweep(tmp_path: Path) -> None:
    """A sweep is gone on with wherever its scenario lies, and shards may come from anywhere."""
    places = [tmp_path / name for name in ("one", "two")]
    for number, place in enumerate(places, start=1):
        place.mkdir()
        path = sweeping.written(place)
        pinned = pin(path, design_of(read_scenario(path), vary=[f"{COUNT}=1:4"]))
        open_store(tmp_path / "out", pinned, shard=(number, 2)).close()
        with open_store(tmp_path / "out", pinned, shard=(1, 2), resume=True) as store:
            assert store.pinned().folder == str(place)
    assert read_sweep(tmp_path / "out").waiting == 4


def test_shards_of_different_sweeps_are_refused(tmp_path: Path) -> None:
    """Stores that were asked for different things are not mixed."""
    swept(tmp_path, f"{COUNT}=1:3", parts=2)
    (tmp_path / "out" / "sweep-2-of-2.sqlite").unlink()
    other = pin(
        tmp_path / "small.toml",
        design_of(read_scenario(tmp_path / "small.toml"), vary=[f"{COUNT}=1:2"]),
    )
    open_store(tmp_path / "out", other, shard=(2, 2)).close()
    with pytest.raises(SweepError, match="shards of different sweeps"):
        read_sweep(tmp_path / "out")


def asked(folder: Path, along: str, between: str | None, least: float) -> str:
    with ThreadPoolExecutor(2) as threads:
        return ask(folder / "out", along, between, least=least,
                   executor=threads, terms=Terms(width=2), work=sweeping.work)  # fmt: skip


def test_tipping_point_is_found_and_put_in_words(tmp_path: Path) -> None:
    """Closing Naha costs more from three aircraft on: the tip lies there, at few runs."""
    swept(tmp_path, f"{COUNT}=1:2", seeds=2)
    said = asked(tmp_path, f"{COUNT}=1:9", f"{OPEN}=true,false", 0.25)
    assert said.startswith("Below 3 P-8As at Kadena, closing Naha no longer matters")
    sweep = read_sweep(tmp_path / "out")
    assert said in sentences(sweep)
    assert len(sweep.trials) == 4


def test_an_override_may_cease_to_matter(tmp_path: Path) -> None:
    """An override that the sweep crosses is a choice as two values are."""
    swept(tmp_path, f"{COUNT}=1:2", seeds=2, overrides=["naha-closed"])
    said = asked(tmp_path, f"{COUNT}=1:9", "naha-closed", 0.25)
    assert said == (
        "Below 3 P-8As at Kadena, the override “naha-closed” no longer matters "
        "(9 times in 10 between 2 and 3; less than 0.25 transfers a week counts as nothing)."
    )


def test_endurance_below_which_too_little_is_seen(tmp_path: Path) -> None:
    """Without a choice the transfers seen are asked about: 0.3 at 9.5 h, 0.05 an hour."""
    swept(tmp_path, f"{COUNT}=1:2", seeds=2)
    said = asked(tmp_path, f"{HOURS}=5.0:13.0", None, 0.2)
    match = re.match(r"Below (\S+) h endurance of Kadena's P-8As, fewer than 0.2 transfers", said)
    assert match is not None
    assert float(match[1]) == pytest.approx(7.4, abs=0.4)
    assert "9 times in 10 between" in said
    assert asked(tmp_path, f"{HOURS}=9.0:13.0", None, 0.2) == (
        "From 9 to 13 h endurance of Kadena's P-8As, at least 0.2 transfers a week are seen "
        "throughout."
    )


def test_tip_between_two_numbers(tmp_path: Path) -> None:
    """The choice may be between two numbers; one seed tells nothing of chance, and that is said."""
    swept(tmp_path, f"{COUNT}=1:2")
    said = asked(tmp_path, f"{COUNT}=1:9", f"{HOURS}=8.0,12.0", 0.25)
    assert said.startswith(
        "From 1 to 9 P-8As at Kadena, 12 h endurance of Kadena's P-8As instead of 8 does not matter"
    )


def test_choice_that_never_tips_is_said_to_matter_throughout(tmp_path: Path) -> None:
    """Without a tipping point the answer says so."""
    swept(tmp_path, f"{COUNT}=1:2")
    said = asked(tmp_path, f"{HOURS}=6.0:10.0", f"{OPEN}=true,false", 0.1)
    assert "closing Naha matters throughout" in said


def test_a_table_that_the_scenario_leaves_out_may_be_asked_about(tmp_path: Path) -> None:
    """A station that is not named in the scenario can be closed all the same."""
    swept(tmp_path, f"{COUNT}=1:2", seeds=2)
    said = asked(tmp_path, f"{COUNT}=1:9", "stations.kanoya.open=true,false", 0.25)
    assert said.startswith("From 1 to 9 P-8As at Kadena, closing Kanoya does not matter throughout")


@pytest.mark.parametrize(
    ("along", "between", "message"),
    [
        ("aircraft.p8a-kadena.endurance=6:9", None, r"no such path.*endurance_h"),
        (f"{HOURS}=6:9", "naha-close", r"no such override.*crosses.*naha-closed"),
        (f"{HOURS}=6:9", f"{OPEN}=true", r"not two values"),
        (f"{HOURS}=6,9", None, r"no range"),
        (f"{HOURS}=-6:9", None, r"--tip aircraft\S+: -6"),
        ("", "naha-closed", r"no path=values"),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    tmp_path: Path, along: str, between: str | None, message: str
) -> None:
    """A wrong path, override, value or range is told before any run is made."""
    swept(tmp_path, f"{COUNT}=1", overrides=["naha-closed"])
    with pytest.raises(ScenarioError, match=message):
        asked(tmp_path, along, between, 0.1)


def test_comparison_tells_inputs_sorties_and_numbers(tmp_path: Path) -> None:
    """What differs between two run folders is told, and nothing else."""
    one, other = small_plan(), small_plan(shift_h=1.0)
    other = other.model_copy(update={"sorties": other.sorties[1:]})
    for name, plan, seconds in (("a", one, 1), ("b", other, 2)):
        write_file(tmp_path / name / "plan.json", plan_json(plan))
        manifest = {"scenario": {"solver": {"seconds": seconds, "name": "search"}, "sweep": {}}}
        write_file(tmp_path / name / "manifest.json", json.dumps(manifest))
    found = compare(read_planned(tmp_path / "a"), read_planned(tmp_path / "b" / "plan.json"))
    assert found.inputs == (("solver.seconds", 1, 2),)
    assert [sortie.id for sortie in found.lost] == [one.sorties[0].id]
    assert found.gained == ()
    assert len(found.changed) == len(other.sorties)
    assert all("takes off at" in words for _, _, words in found.changed)
    assert ("sorties", 4.0, 3.0) in found.numbers
    same = compare(read_planned(tmp_path / "a"), read_planned(tmp_path / "a"))
    assert (same.inputs, same.changed, same.same) == ((), (), 4)


def test_plan_without_a_manifest_is_compared_all_the_same(tmp_path: Path) -> None:
    """Inputs are then said not to be known, never guessed."""
    write_file(tmp_path / "plan.json", plan_json(small_plan()))
    planned = read_planned(tmp_path)
    assert compare(planned, planned).inputs is None


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


def test_page_is_offline_and_escapes_what_users_wrote(tmp_path: Path) -> None:
    """The page has no script, asks for nothing, and shows hostile text as text."""
    text = sweeping.SMALL.replace('"Small"', '"</title><script>alert(1)</script>"')
    sweep = swept(tmp_path, f"{COUNT}=1:3", f"{OPEN}=true,false", seeds=2, text=text)
    html = sweep_page(sweep, {trial.number: f"plans/{trial.number}.json" for trial in sweep.trials})
    page = _Page()
    page.feed(html)
    assert "script" not in page.tags
    assert {"svg", "table", "a"} <= set(page.tags)
    assert all(link.startswith("plans/") for link in page.links)
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import", html)
    assert "nan" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).split()


def test_sweep_that_has_not_begun_has_a_page_too(tmp_path: Path) -> None:
    """Before any run has finished, and when all have failed, the page says so."""
    path = sweeping.written(tmp_path)
    pinned = pin(
        path, design_of(read_scenario(path), vary=[f"{COUNT}=2"], overrides=["naha-closed"])
    )
    with open_store(tmp_path / "out", pinned) as store, ThreadPoolExecutor(1) as threads:
        assert "No run has finished yet." in sweep_page(read_sweep(tmp_path / "out"), {})
        conduct(store, threads, Terms(width=1), work=sweeping.trouble)
    html = sweep_page(read_sweep(tmp_path / "out"), {})
    assert "two is one too many" in html
    assert results_csv(read_sweep(tmp_path / "out")).count("failed") == 2


def test_results_are_a_table_of_every_run(tmp_path: Path) -> None:
    """The CSV has a row for each run with its values, and no time of day in it."""
    sweep = swept(tmp_path, f"{COUNT}=1:3", seeds=2)
    rows = list(csv.DictReader(io.StringIO(results_csv(sweep))))
    assert len(rows) == 6
    assert [row[COUNT] for row in rows] == ["1", "1", "2", "2", "3", "3"]
    assert {row["status"] for row in rows} == {"done"}
    assert "seconds" not in rows[0]
