"""Which runs a sweep makes: every setting of what is varied, with every seed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from planner.errors import Fault, ScenarioError
from planner.sweep.factors import Factor, flattened, read_factor, shown, split_vary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.scenario.model import Scenario

Sample = Literal["grid", "latin", "sobol", "saltelli"]

MOST_OVERRIDES = 10
LEAST_SALTELLI = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    One run as the design has it.

    Parameters
    ----------
    number
        Place in the design, from 0.
    overrides
        Named overrides applied, in order.
    settings
        Path and value of each factor, in the order of the factors.
    seed
        Seed of everything random; the same seeds for every setting, so that differences between
        settings are not differences of luck.
    """

    number: int
    overrides: tuple[str, ...]
    settings: tuple[tuple[str, Any], ...]
    seed: int

    @property
    def words(self) -> str:
        """The run in one line."""
        settings = [f"{path}={shown(value)}" for path, value in self.settings]
        return " ".join([*(f"+{name}" for name in self.overrides), *settings, f"seed={self.seed}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """
    How a sweep fills the space of what it varies.

    Parameters
    ----------
    factors
        What is varied.
    overrides
        Named overrides, each applied or not, crossed with each other and with everything else.
    seeds
        Seeds that every setting is repeated with.
    sample
        ``grid`` crosses all values; ``latin`` and ``sobol`` spread `runs` points evenly;
        ``saltelli`` spreads them so that Sobol indices can be computed.
    runs
        Points of a sample.
    """

    factors: tuple[Factor, ...]
    overrides: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1,)
    sample: Sample = "grid"
    runs: int | None = None

    def __len__(self) -> int:
        return (1 << len(self.overrides)) * self.settings * len(self.seeds)

    @property
    def settings(self) -> int:
        """Number of settings of the factors, overrides and seeds aside."""
        if self.sample == "grid":
            return int(prod(len(factor.values) for factor in self.factors))
        if self.sample == "saltelli":
            return self.base * (len(self.factors) + 2)
        return self.runs or 0

    @property
    def base(self) -> int:
        """Rows of each of the d + 2 matrices of a Saltelli sample, a power of two."""
        share = (self.runs or 0) // (len(self.factors) + 2)
        return int(2 ** (share.bit_length() - 1)) if share else 0

    def points(self) -> Iterator[Point]:
        """Yield every run, seeds changing fastest, then settings, then overrides."""
        number = 0
        for overrides in crossed(self.overrides):
            for settings in self._settings():
                for seed in self.seeds:
                    yield Point(number=number, overrides=overrides, settings=settings, seed=seed)
                    number += 1

    def _settings(self) -> Iterator[tuple[tuple[str, Any], ...]]:
        paths = [factor.path for factor in self.factors]
        if self.sample == "grid":
            for values in product(*(factor.values for factor in self.factors)):
                yield tuple(zip(paths, values, strict=True))
            return
        for shares in _shares(self):
            values = tuple(f.at(float(s)) for f, s in zip(self.factors, shares, strict=True))
            yield tuple(zip(paths, values, strict=True))


def design_of(
    scenario: Scenario,
    *,
    vary: Sequence[str] = (),
    overrides: Sequence[str] = (),
    seeds: int | None = None,
    sample: Sample | None = None,
    runs: int | None = None,
) -> Design:
    """
    Return the design that a scenario's `sweep` table and the command line ask for.

    Parameters
    ----------
    scenario
        Its `sweep` table says what to vary; every argument below that is given wins over it.
    vary
        ``path=values``, one for each factor.
    overrides
        Named overrides to cross.
    seeds
        How many seeds, counted up from the scenario's own.
    sample, runs
        How to fill the space, and with how many points.

    Raises
    ------
    ScenarioError
        When nothing is varied, or the sample is not one that can be drawn.
    """
    terms = scenario.sweep
    given = {
        path: (values, scenario.where("sweep", "vary", path))
        for path, values in flattened(terms.vary).items()
    }
    given |= {path: (values, f"--vary {path}") for path, values in map(split_vary, vary)}
    first = scenario.seed
    design = Design(
        factors=tuple(read_factor(path, values, at) for path, (values, at) in given.items()),
        overrides=tuple(dict.fromkeys(overrides or terms.overrides)),
        seeds=tuple(range(first, first + (seeds or terms.seeds))),
        sample=sample or terms.sample,
        runs=runs or terms.runs,
    )
    _refuse(design, scenario.where("sweep"))
    return design


def crossed(names: Sequence[str]) -> list[tuple[str, ...]]:
    """
    Return every choice of some of the names, none of them first.

    Examples
    --------
    >>> crossed(["a", "b"])
    [(), ('a',), ('b',), ('a', 'b')]
    """
    return [some for size in range(len(names) + 1) for some in combinations(names, size)]


def _refuse(design: Design, where: str) -> None:
    faults = []
    if not design.factors and not design.overrides and len(design.seeds) == 1:
        hint = "for example --vary aircraft.p3c-naha.count=1:4"
        faults.append(Fault(where, "a sweep that varies nothing", "vary, overrides or seeds", hint))
    if len(design.overrides) > MOST_OVERRIDES:
        found = f"{len(design.overrides)} overrides to cross"
        faults.append(Fault(where, found, f"at most {MOST_OVERRIDES}"))
    if design.sample != "grid" and not (design.runs and design.factors):
        found = f"a {design.sample} sample without " + ("factors" if design.runs else "runs")
        faults.append(Fault(where, found, "vary, and runs (--runs) above 0"))
    elif design.sample == "saltelli" and design.base < LEAST_SALTELLI:
        least = LEAST_SALTELLI * (len(design.factors) + 2)
        found = f"a saltelli sample of {design.runs} runs"
        faults.append(Fault(where, found, f"at least {least}, {LEAST_SALTELLI} for each matrix"))
    if faults:
        raise ScenarioError(faults)


def _shares(design: Design) -> NDArray[np.float64]:
    """Return the sample as shares in [0, 1), shape (settings, factors)."""
    import numpy as np
    from scipy.stats import qmc

    rng, wide = np.random.default_rng(design.seeds[0]), len(design.factors)
    if design.sample == "latin":
        return np.asarray(qmc.LatinHypercube(wide, rng=rng).random(design.settings))
    if design.sample == "sobol":
        doubling = (design.settings - 1).bit_length()
        points = qmc.Sobol(wide, rng=rng).random_base2(doubling)
        return np.asarray(points[: design.settings])
    both = qmc.Sobol(2 * wide, rng=rng).random_base2(design.base.bit_length() - 1)
    one, other = both[:, :wide], both[:, wide:]
    mixed = [np.where(np.arange(wide) == column, other, one) for column in range(wide)]
    return np.concatenate([one, other, *mixed])
