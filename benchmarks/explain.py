"""
Time and coverage of explanations: reasons, prices, what to ask for first, one single `why`.

    python benchmarks/explain.py [scenarios/east-china-sea.toml ...] [--seconds 20]

Plans each scenario (all shipped ones by default) by its own solver settings, then explains it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np

from planner.asking import changed
from planner.cache import Cache, user_folder
from planner.evaluation.obstacles import obstacles
from planner.explaining import best_left_out, explain
from planner.pipeline import run
from planner.recalling import recall
from planner.scenario import read_scenario

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


def main() -> None:
    """Measure each scenario and print one block of lines for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", type=Path, default=SHIPPED)
    parser.add_argument("--seconds", type=float, default=20.0, help="solver.explain_seconds")
    given = parser.parse_args()
    for path in given.scenarios:
        measure(path, given.seconds)


def measure(path: Path, seconds: float) -> None:
    """Plan, explain and ask once; print how long each took and how much is explained."""
    scenario = read_scenario(path, settings=("solver.explain_seconds=0",))
    cache = Cache(user_folder())
    found = run(scenario, name=path.stem, cache=cache)
    searched = {visit.cell for sortie in found.plan.sorties for visit in sortie.visits}
    left = [c for c in found.plan.cells if c.transfers > 0 and c.id not in searched]
    told = Counter(cell.reason.code for cell in left if cell.reason)
    print(f"{path.stem}: {len(found.plan.sorties)} sorties, score {found.plan.value.score:.4f}")
    print(f"  cells left out {len(left)}, explained {sum(told.values())}: {dict(told)}")
    began = time.monotonic()
    kept = obstacles(found.formulation.problem, found.result.routes)
    print(f"  reasons {time.monotonic() - began:.1f} s")
    asked = scenario.model_copy(
        update={"solver": scenario.solver.model_copy(update={"explain_seconds": seconds})}
    )
    began = time.monotonic()
    made = explain(
        asked, found.theatre, found.belief, found.formulation, found.result,
        free=lambda: found.formulation,
    )  # fmt: skip
    print(f"  explained with {seconds:g} s allowed in {time.monotonic() - began:.1f} s")
    for cell, reason in made.reasons.items():
        if reason.price is not None:
            print(f"  price of {cell}: {reason.price:.5f}")
    for gain in made.gains[:5]:
        print(f"  {gain.what}: {gain.gain:.4f} (give or take {gain.noise:.4f})")
    names = [found.theatre.grid.ids[cell] for cell in found.formulation.cells]
    for place in best_left_out(kept, 1):
        began = time.monotonic()
        recalled = recall(found.plan, asked, cache)
        change = changed(asked, recalled, names[place], "force", seconds=2.0)
        price = np.nan if change is None else change.lost
        print(f"  why {names[place]} --force: {price:.5f} in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
