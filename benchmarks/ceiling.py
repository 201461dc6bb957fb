"""
Measure how much of an uneven effort any model can make up for: `-m benchmarks.ceiling [worlds]`.

Worlds are drawn from a log-Gaussian Cox process, and their events thinned by a patchy effort as in
`hotspots.py`. An oracle that knows the law of the field stands beside ours, which does not. Each
sees the thinned events alone, as many events of an even effort, and the thinned events with the
effort; its gain is measured on the true field. Events that nobody saw are lost to all: the oracle's
share of what an even effort would gain is the most that a model can hope for.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.spatial.distance import cdist

from benchmarks.hotspots import SETTINGS, patchy_effort
from planner.hotspots.estimators import ESTIMATORS
from planner.hotspots.fitting import Task
from planner.hotspots.history import Cells, Exposure, History, precise

SIDE, SPACING_NM = 40, 12.0
YEARS, LOOKS_A_YEAR = 10, 4
SPREADS = ((1.5, 25.0), (1.5, 120.0))  # variance and range in nm of each part of the field
EVENTS = (100, 400, 1200)
NEWTON_STEPS = 60

Map = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A field and its law: true shares, shape (n,), and covariance of their logarithm, (n, n)."""

    cells: Cells
    share: Map
    covariance: np.ndarray[tuple[int, int], np.dtype[np.float64]]


def main() -> None:
    """Print a row a world, then the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", type=int, nargs="?", default=18)
    rows = [show(number) for number in range(parser.parse_args().worlds)]
    for name, (ignoring, even, aware) in zip(
        ("ours", "oracle"), np.mean(rows, axis=0), strict=True
    ):
        share = (aware - ignoring) / (even - ignoring)
        print(
            f"{name:<7} ignoring {ignoring:.3f}, even {even:.3f}, aware {aware:.3f} nats/event: "
            f"{share:.2f} of what an even effort would gain"
        )


def show(number: int) -> list[list[float]]:
    """Return and print what ours and the oracle gain in a world, in nats per event."""
    rng = np.random.default_rng(number)
    world, events = draw_world(rng), EVENTS[number % len(EVENTS)]
    cell = rng.choice(len(world.cells), events, p=world.share)
    at_nm = world.cells.xy_nm[cell] + rng.uniform(-0.5, 0.5, (events, 2)) * SPACING_NM
    past = precise(at_nm, rng.uniform(1, YEARS * 365.25, events))
    pod = patchy_effort(world.cells, rng)
    found = rng.uniform(size=events) < pod[cell]
    fair = rng.permutation(found)
    blind, even = np.ones(len(pod)), np.full(len(pod), found.mean())
    sights = ((found, blind), (fair, even), (found, pod))
    ours = [
        gain(world, stacked(world.cells, past.keep(seen), looks if looks is pod else None))
        for seen, looks in sights
    ]
    oracle = [
        gain(world, posterior(np.bincount(cell[seen], minlength=len(pod)), looks, world.covariance))
        for seen, looks in sights
    ]
    print(number, events, found.sum(), *(f"{nats:.3f}" for nats in ours + oracle), flush=True)
    return [ours, oracle]


def draw_world(rng: np.random.Generator) -> World:
    """Return a square sea whose logarithm of density is a Gaussian field."""
    x = np.arange(SIDE) * SPACING_NM
    xy_nm = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    away_nm = cdist(xy_nm, xy_nm)
    covariance = sum(variance * np.exp(-away_nm / reach) for variance, reach in SPREADS)
    covariance = covariance + 1e-6 * np.eye(len(xy_nm))
    field = np.linalg.cholesky(covariance) @ rng.normal(size=len(xy_nm))
    density = np.exp(field - field.max())
    return World(
        cells=Cells(xy_nm=xy_nm, sea_nm2=np.full(SIDE**2, SPACING_NM**2), spacing_nm=SPACING_NM),
        share=density / density.sum(),
        covariance=covariance,
    )


def gain(world: World, share: Map) -> float:
    """Return the expected information gain of a map over an even one, in nats per event."""
    return float(world.share @ np.log(np.maximum(share, 1e-300) * len(share)))


def stacked(cells: Cells, past: History, pod: Map | None) -> Map:
    """Return our surface, told the effort or not."""
    looks = YEARS * LOOKS_A_YEAR
    exposure = pod is not None and Exposure(
        passive_per_day=1e-6,
        cell=np.tile(np.arange(len(pod)), looks),
        pod=np.tile(pod, looks),
        age_days=np.repeat((np.arange(looks) + 0.5) * 365.25 / LOOKS_A_YEAR, len(pod)),
    )
    task = Task(
        history=past,
        cells=cells,
        settings=SETTINGS,
        exposure=exposure or None,
        shape=np.ones(len(cells)),
        rng=np.random.default_rng(1),
    )
    return ESTIMATORS["stack"](task).share


def posterior(counts: Map, looks: Map, covariance: Map) -> Map:
    """
    Return the expected share of each cell, knowing the law of the field.

    Laplace's approximation (Rasmussen, C. E., Williams, C. K. I. (2006). *Gaussian Processes for
    Machine Learning*, algorithm 3.1), with the Poisson likelihood in place of the logistic one.
    """
    mean = np.log(counts.sum() / looks.sum()) - covariance[0, 0] / 2
    field = np.zeros(len(counts))
    for _ in range(NEWTON_STEPS):
        expected = looks * np.exp(mean + field)
        root = np.sqrt(expected)
        factor = cho_factor(np.eye(len(root)) + root[:, None] * covariance * root, lower=True)
        force = expected * field + counts - expected
        weight = force - root * cho_solve(factor, root * (covariance @ force))
        step = np.clip(covariance @ weight - field, -3, 3)
        field = field + step
        if np.abs(step).max() < 1e-4:
            break
    told = solve_triangular(factor[0], root[:, None] * covariance, lower=True)
    rate = np.exp(field + (np.diag(covariance) - (told**2).sum(axis=0)) / 2)
    return rate / rate.sum()


if __name__ == "__main__":
    main()
