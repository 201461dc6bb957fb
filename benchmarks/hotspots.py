"""
Measure the surface against the figures asked of it: `hotspots.py <folder>`.

The folder holds `piracy_gulf_of_guinea.csv` and `piracy_horn_of_africa.csv`: reports 1993-2020
from Crime at Sea (Benden, Feng, Howell, Dalla Riva 2021, doi 10.5334/johd.39, CC BY 4.0), with
columns date, lon, lat.

Rules. Square cells of an equal-area plane, 10 km in the Gulf of Guinea (lon -20..15, lat -8..12)
and 20 km around the Horn of Africa (lon 38..75, lat -12..30); the shipped coast says what is sea.
Reports further inland than one cell are left out. Every quarter from 2005 to 2020 is forecast from
all reports before it (since 1993) and nothing else; every width, decay and weight is chosen on
those reports alone.
"""

from __future__ import annotations

import argparse
import csv
import resource
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

from planner.evaluation.backtest import LADDER, Backtest, run_backtest
from planner.evaluation.scores import Interval, Outcome, block_interval, score
from planner.geo.coast import load_land
from planner.hotspots.counts import count_from, period_counts
from planner.hotspots.estimators import ESTIMATORS
from planner.hotspots.fitting import Task
from planner.hotspots.history import Cells, Exposure, History, on_sea, precise
from planner.hotspots.settings import Settings
from planner.hotspots.surface import estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

KM_PER_NM = 1.852
END = date(2021, 1, 1)
QUARTER_DAYS = 365.25 / 4
QUARTERS = 64
SETTINGS = Settings(horizon_days=QUARTER_DAYS)
BLUR_NM = 30 / KM_PER_NM


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A public event set and its targets."""

    name: str
    file: str
    bounds: tuple[float, float, float, float]
    cell_km: float
    targets: dict[str, float]


REGIONS = (
    Region(
        name="Gulf of Guinea",
        file="piracy_gulf_of_guinea.csv",
        bounds=(-20.0, -8.0, 15.0, 12.0),
        cell_km=10.0,
        targets={"information": 4.4, "accuracy": 74, "hits": 0.91, "few": 0.8},
    ),
    Region(
        name="Horn of Africa",
        file="piracy_horn_of_africa.csv",
        bounds=(38.0, -12.0, 75.0, 30.0),
        cell_km=20.0,
        targets={"information": 1.75, "accuracy": 38, "hits": 0.56, "few": 0.3},
    ),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=("ladder", "few", "blur", "effort", "speed"))
    only = parser.parse_args().only
    for region in REGIONS:
        if only == "speed":
            break
        cells, history = load(parser.parse_args().folder, region)
        print(f"\n{region.name}: {len(history)} reports, {len(cells)} cells of sea")
        if only in (None, "ladder"):
            show_ladder(
                region, run_backtest(history, cells, seed=1, settings=SETTINGS, periods=QUARTERS)
            )
            show_counts(history)
        if only in (None, "few"):
            show_few(region, history, cells)
        if only in (None, "blur"):
            show_blur(history, cells)
        if only in (None, "effort"):
            show_effort(history, cells)
    if only in (None, "speed"):
        show_speed()


def load(folder: Path, region: Region) -> tuple[Cells, History]:
    """Return the cells of a region and the reports in it."""
    west, south, east, north = region.bounds
    plane = Transformer.from_crs(
        "EPSG:4326",
        f"+proj=laea +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +datum=WGS84",
        always_xy=True,
    )
    with (folder / region.file).open(encoding="utf-8") as lines:
        rows = [
            (float(row["lon"]), float(row["lat"]), (END - date.fromisoformat(row["date"])).days)
            for row in csv.DictReader(lines)
        ]
    lon, lat, age_days = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    metres = np.stack(plane.transform(lon[inside], lat[inside]), axis=1)
    cells = sea_cells(region, plane)
    history, _ = on_sea(precise(metres / 1000 / KM_PER_NM, age_days[inside]), cells)
    return cells, history


def sea_cells(region: Region, plane: Transformer) -> Cells:
    """Return square cells, the sea in each told by sixteen points."""
    west, south, east, north = region.bounds
    edge = shapely.segmentize(shapely.box(*region.bounds).exterior, 0.2)
    outline = np.stack(plane.transform(*shapely.get_coordinates(edge).T), axis=1) / 1000
    low, high = np.floor(outline.min(axis=0)), outline.max(axis=0)
    size = region.cell_km
    x, y = (np.arange(low[axis], high[axis] + size, size) for axis in (0, 1))
    centre = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    offset = (np.arange(4) + 0.5) / 4 * size - size / 2
    points = centre[:, None, :] + np.stack(np.meshgrid(offset, offset), axis=-1).reshape(1, 16, 2)
    east_m, north_m = points.reshape(-1, 2).T * 1000
    lon, lat = plane.transform(east_m, north_m, direction="INVERSE")
    land = load_land(region.bounds).whole()
    shapely.prepare(land)
    sea = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    sea[sea] = ~shapely.contains_xy(land, lon[sea], lat[sea])
    share = sea.reshape(-1, 16).mean(axis=1)
    nm = 1 / KM_PER_NM
    return Cells(
        xy_nm=centre[share > 0] * nm,
        sea_nm2=share[share > 0] * (size * nm) ** 2,
        spacing_nm=size * nm,
    )


def show_ladder(region: Region, result: Backtest) -> None:
    """
    Print the ladder of contenders and our figures beside their targets.

    `unseen` is the information gain at events in cells where nothing had been seen before.
    """
    print(f"  {result.verdict}")
    print(
        "  contender         nats/event  95 %            unseen  PAI 1/5/10 %       hits 1/5/10 %"
    )
    for each in result.standings:
        told = each.information
        accuracy = " ".join(f"{value:5.1f}" for value in each.accuracy.values())
        hits = " ".join(f"{value:.2f}" for value in each.hits.values())
        interval = f"({told.low:5.2f} to {told.high:5.2f})"
        print(
            f"  {each.name:<17} {told.value:6.3f}    {interval}  {each.unseen.value:6.3f}  "
            f"{accuracy}  {hits}"
        )
    ours = result.standings[-1]
    line("information gain, nats/event", ours.information.value, region.targets["information"])
    line("PAI at 1 %", ours.accuracy[0.01], region.targets["accuracy"])
    line("hit rate at 5 %", ours.hits[0.05], region.targets["hits"])
    contained = " ".join(f"{r:.0%}: {value:.1%}" for r, value in ours.contained.items())
    print(f"  containment of the forecast regions: {contained}")
    print("  reliability, observed/forecast by density (times uniform), raw -> recalibrated:")
    for raw, mended in zip(ours.reliability, ours.recalibrated, strict=True):
        print(
            f"    {raw.low:5.1f} to {raw.high:5.1f}: {raw.observed:5.0f}/{raw.forecast:6.1f} = "
            f"{raw.ratio:5.2f} -> {mended.observed:5.0f}/{mended.forecast:6.1f} = "
            f"{mended.ratio:5.2f}"
        )


def show_counts(history: History) -> None:
    """Print the coverage of the 95 % interval of the number of events, from 20 events on."""
    for name, days in (("quarters", QUARTER_DAYS), ("months", 365.25 / 12)):
        counts = period_counts(history, days)
        first = int(np.searchsorted(np.cumsum(counts), 20)) + 1
        told = [count_from(counts[:k]) for k in range(first, len(counts))]
        inside = [c.low <= n <= c.high for c, n in zip(told, counts[first:], strict=True)]
        line(f"N-test 95 % coverage, {len(inside)} {name}", float(np.mean(inside)), "0.93-0.98")


def show_few(region: Region, history: History, cells: Cells) -> None:
    """Forecast from 20, 40 or 60 past events drawn at random."""
    loo = next(each for each in LADDER if each.name == "leave-one-out")
    gains = []
    for number, past, future in quarters(history, every=4):
        rng = np.random.default_rng(number)
        for events in (20, 40, 60):
            chosen = np.zeros(len(past), dtype=bool)
            chosen[rng.choice(len(past), events, replace=False)] = True
            few = past.keep(chosen)
            ours = nats(few, future, cells, "stack")
            theirs = nats(few, future, cells, loo.estimator, SETTINGS, bandwidth="loo")
            gains.append(ours - theirs)
    line(
        "few data: gain over leave-one-out",
        float(np.concatenate(gains).mean()),
        region.targets["few"],
    )


def show_blur(history: History, cells: Cells) -> None:
    """Blur half of the past positions by 30 km, and tell the model or not."""
    totals, events = [], []
    for number, past, future in quarters(history):
        rng = np.random.default_rng(number)
        blurred = rng.uniform(size=len(past)) < 0.5
        moved = past.xy_nm + rng.normal(size=(len(past), 2)) * BLUR_NM * blurred[:, None]
        naive, _ = on_sea(replace(past, xy_nm=moved), cells)
        told, _ = on_sea(as_regions(past, moved, blurred), cells)
        totals.append([nats(h, future, cells, "stack").sum() for h in (past, naive, told)])
        events.append(len(future))
    exact, points, regions = np.array(totals).T
    share = (regions - points).sum() / (exact - points).sum()
    line("blur 30 km: share of the loss recovered", share, 0.45)
    number = np.array(events, dtype=float)
    tell("lost by the blur, nats/event", interval_of(exact - points, number))
    tell("recovered by regions, nats/event", interval_of(regions - points, number))
    print(
        f"    exact {exact.sum() / sum(events):.3f}, as points {points.sum() / sum(events):.3f}, "
        f"as regions {regions.sum() / sum(events):.3f} nats/event"
    )


def as_regions(past: History, moved: NDArray[np.float64], blurred: NDArray[np.bool_]) -> History:
    """Return the history with each blurred event as a cloud of points around where it is told."""
    step = np.arange(-5, 6) / 5 * 2.5
    cloud = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    cloud = cloud[(cloud**2).sum(axis=1) <= 2.5**2]
    chance = np.exp(-0.5 * (cloud**2).sum(axis=1))
    sharp, vague = np.flatnonzero(~blurred), np.flatnonzero(blurred)
    around = moved[vague, None, :] + BLUR_NM * cloud
    return replace(
        past,
        xy_nm=np.concatenate([moved[sharp], around.reshape(-1, 2)]),
        owner=np.concatenate([sharp, np.repeat(vague, len(cloud))]),
        share=np.concatenate([np.ones(len(sharp)), np.tile(chance / chance.sum(), len(vague))]),
    )


def show_effort(history: History, cells: Cells) -> None:
    """
    Thin the past by a known, uneven effort, and tell the model or not; the future is whole.

    What an even effort that finds as many would leave is the most that can be hoped for.
    """
    totals, events = [], []
    for number, past, future in quarters(history):
        rng = np.random.default_rng(number)
        pod = patchy_effort(cells, rng)
        cell, _ = cells.holding(past.xy_nm)
        found = rng.uniform(size=len(past)) < pod[cell]
        thinned, even = past.keep(found), past.keep(rng.permutation(found))
        exposure = yearly_looks(pod, years=int(past.age_days.max() / 365.25) + 1)
        histories = ((thinned, None), (thinned, exposure), (even, None))
        totals.append([nats(h, future, cells, "stack", exposure=e).sum() for h, e in histories])
        events.append(len(future))
    number = np.array(events, dtype=float)
    ignoring, aware, even = np.array(totals).T
    gain = interval_of(aware - ignoring, number)
    line("biased effort: gain of exposure", gain.value, 0.35)
    tell("gain, nats/event", gain)
    tell("gain were the effort even, nats/event", interval_of(even - ignoring, number))
    print(
        f"    thinned {ignoring.sum() / number.sum():.3f}, with exposure "
        f"{aware.sum() / number.sum():.3f}, thinned evenly {even.sum() / number.sum():.3f} "
        "nats/event"
    )


def yearly_looks(pod: NDArray[np.float64], *, years: int) -> Exposure:
    """Return one look a year at every cell."""
    return Exposure(
        passive_per_day=1e-6,
        cell=np.tile(np.arange(len(pod)), years),
        pod=np.tile(pod, years),
        age_days=np.repeat((np.arange(years) + 0.5) * 365.25, len(pod)),
    )


def patchy_effort(cells: Cells, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a smooth random POD between 0.03 and 0.97, patches some 200 nm wide, shape (n,)."""
    waves = rng.normal(size=(40, 2)) / 200 * 2
    phase = rng.uniform(0, 2 * np.pi, 40)
    field = np.cos(cells.xy_nm @ waves.T + phase).sum(axis=1) / np.sqrt(20)
    pod: NDArray[np.float64] = np.clip(1 / (1 + np.exp(-3 * field)), 0.03, 0.97)
    return pod


def quarters(history: History, *, every: int = 1) -> list[tuple[int, History, History]]:
    """Return each so-manieth quarter since 2005 that held events: number, past, future."""
    split = []
    for number in range(0, QUARTERS, every):
        to_days, from_days = number * QUARTER_DAYS, (number + 1) * QUARTER_DAYS
        inside = (history.age_days > to_days) & (history.age_days <= from_days)
        if inside.any():
            split.append((number, history.at(from_days), history.keep(inside)))
    return split


def nats(
    past: History,
    future: History,
    cells: Cells,
    estimator: str,
    settings: Settings = SETTINGS,
    *,
    bandwidth: str = "silverman",
    exposure: Exposure | None = None,
) -> NDArray[np.float64]:
    """Return the information gain of a forecast at each event to come, in nats."""
    task = Task(
        history=past,
        cells=cells,
        settings=replace(settings, bandwidth=bandwidth),
        exposure=exposure,
        shape=np.ones(len(cells)),
        rng=np.random.default_rng(1),
    )
    outcome: Outcome = score(ESTIMATORS[estimator](task).share, cells, future)
    return outcome.nats


def show_speed() -> None:
    """Time a refit of the surface, compiled code already at hand."""
    print("\nSpeed, one refit without scenarios")
    for side, events in ((361, 3_000), (71, 50_000)):
        rng = np.random.default_rng(1)
        x = np.arange(side) * 5.4
        xy_nm = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
        cells = Cells(xy_nm=xy_nm, sea_nm2=np.full(side**2, 5.4**2), spacing_nm=5.4)
        ports = rng.uniform(0, side * 5.4, (30, 2))
        at = ports[rng.integers(0, 30, events)] + rng.normal(0, side * 0.1, (events, 2))
        history = precise(np.clip(at, 0, side * 5.4), rng.uniform(1, 3650, events))
        seconds = []
        for _ in range(4):
            start = time.perf_counter()
            estimate(history, cells, rng=rng, settings=replace(SETTINGS, scenarios=0))
            seconds.append(time.perf_counter() - start)
        line(f"{len(cells)} cells, {events} events, seconds", min(seconds), "<= 1")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line("peak memory, MB", peak_mb, "<= 1000")


def interval_of(total: NDArray[np.float64], number: NDArray[np.float64]) -> Interval:
    """Return a mean over quarters with its 95 % bootstrap interval."""
    return block_interval(total, number, np.random.default_rng(1))


def tell(what: str, told: Interval) -> None:
    """Print a figure and its interval."""
    print(f"    {what}: {told.value:.3f} ({told.low:.3f} to {told.high:.3f})")


def line(what: str, value: float, target: float | str) -> None:
    """Print a figure beside its target."""
    print(f"  {what:<48} {value:8.3f}   target {target}")


if __name__ == "__main__":
    main()
