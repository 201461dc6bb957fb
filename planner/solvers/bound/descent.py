"""Pays on their way down to the least bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from planner.looks import first_seen
from planner.solvers.bound.relaxed import LOOSE_H, Pay, Relaxed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.looks import Demand
    from planner.problem import Problem, Route, Routes
    from planner.solvers.bound.found import Found

NEAR_BEST = 0.015
TURNS = 12
MIX = 0.01
LEAST_SHARE = 1e-3
STEP = 0.05
EASES = 60.0
RECENT, LONGER = 0.8, 0.98
LITTLE_MORE = 1.08
NOTABLE = 1e-3


def marginal_pay(relaxed: Relaxed, routes: Routes) -> Pay:
    """
    Return what looks add to known routes, per unit of POD.

    Around a look of the routes that is what they would lose without it. Where they look nowhere it
    is a little more than there is, so that the cell makes nothing, whoever looks.
    """
    problem = relaxed.problem
    hours = np.asarray(np.arange(relaxed.knots) * relaxed.knot_h, np.float64)
    pay = LITTLE_MORE * np.stack([under_way(problem, hour) for hour in hours.tolist()], axis=1)
    for cell, looks in problem.looks(routes).items():
        pay[cell] = _marginal(problem.demand(cell), looks, hours, pay[cell])
    return Pay(_by_kind_of_look(relaxed, pay), np.zeros(len(problem.fleet.budget_h)))


def _marginal(
    demand: Demand,
    looks: list[tuple[float, float]],
    hours: NDArray[np.float64],
    most: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what one more look adds at some hours, given what is under way then."""
    times, pods = np.array(looks).T
    gains, count, decay = first_seen(demand, looks), len(looks), demand.decay_per_h
    fades = np.exp(-decay * np.diff(times, prepend=times[0], append=times[-1]))
    seen, lost = np.zeros(count + 1), np.zeros(count + 1)
    for k in range(count):
        seen[k + 1] = seen[k] * fades[k] + gains[k]
    for k in reversed(range(count)):
        lost[k] = pods[k] + (1 - pods[k]) * fades[k + 1] * lost[k + 1]
    after = np.searchsorted(times, hours)
    since_h = hours - times[np.maximum(after - 1, 0)]
    until_h = times[np.minimum(after, count - 1)] - hours
    before = np.where(after > 0, seen[after] * np.exp(-decay * np.maximum(since_h, 0.0)), 0.0)
    pay = (most - before) * (1 - lost[after] * np.exp(-decay * np.maximum(until_h, 0.0)))
    worth = np.divide(gains, pods, where=pods > 0, out=np.zeros(count))
    worth *= 1 - fades[1:] * lost[1:]
    knot = np.minimum(times / hours[1], len(hours) - 2).astype(np.int64)
    np.maximum.at(pay, np.concatenate([knot, knot + 1]), np.concatenate([worth, worth]))
    return np.asarray(np.maximum(pay, 0.0))


def _by_kind_of_look(relaxed: Relaxed, pay: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the pay of looks of each rank and level from that of a first and short one.

    Later looks of a stay find less unseen; a long look is paid what short ones in its stead are.
    Where light changes, the poorer light about a knot counts.
    """
    problem, ranks, knots = relaxed.problem, relaxed.ranks, relaxed.knots
    lengths_h = problem.dwell_h.max(axis=(0, 1))
    hours = np.arange(knots) * relaxed.knot_h
    steps = np.minimum(hours / problem.step_h + 0.5, problem.rate_per_h.shape[1] - 1)
    pod = relaxed.pod.max(axis=0)[:, :, steps.astype(np.int64)]
    least = minimum_filter1d(pod[:, 0], 5)
    most = np.stack([under_way(problem, hour) for hour in hours.tolist()], axis=1) + 1e-300
    fading = np.exp(-problem.decay_per_h * lengths_h[0])
    unseen = [np.clip(pay / most, 1e-3, 1.0)]
    for _ in range(int(lengths_h[-1] / lengths_h[0]) + ranks):
        unseen.append((1 - fading) + fading * (1 - least) * unseen[-1])
    short = np.stack([pay * np.minimum(each / unseen[0], 1.0) for each in unseen], axis=1)
    look = np.empty((problem.cells, ranks, len(lengths_h), knots))
    for level, length_h in enumerate(lengths_h.tolist()):
        like = max(1, round(length_h / lengths_h[0]))
        share = maximum_filter1d(pod[:, 0] / np.maximum(pod[:, level], 1e-9), 5)
        for rank in range(ranks):
            look[:, rank, level] = share * short[:, rank : rank + like].sum(axis=1)
    return look


def under_way(problem: Problem, hour: float) -> NDArray[np.float64]:
    """Return the transfers under way at each cell, shape (n,)."""
    step = min(int(hour / problem.step_h), problem.rate_per_h.shape[1] - 1)
    begun, rate = problem.under_way[:, step], problem.rate_per_h[:, step]
    hours = hour - step * problem.step_h
    if problem.decay_per_h == 0:
        return np.asarray(begun + rate * hours)
    settled = rate / problem.decay_per_h
    return np.asarray(settled + (begun - settled) * np.exp(-problem.decay_per_h * hours))


@dataclass(slots=True)
class Descent:
    """
    Pays on their way down to the least Lagrangian value.

    Subgradient steps whose length adapts to each pay's past slopes [1]_, in units of what is
    under way at the cell. Several good sorties of each family share its slope, so that it does
    not jump from one to the next.

    References
    ----------
    .. [1] Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. *International
       Conference on Learning Representations*. https://arxiv.org/abs/1412.6980
    """

    relaxed: Relaxed
    pay: Pay
    best: float = np.inf
    best_pay: Pay = field(init=False)
    best_made: NDArray[np.float64] = field(init=False)
    earns: NDArray[np.float64] = field(init=False)
    last: list[NDArray[np.float64]] = field(init=False)
    mean: NDArray[np.float64] = field(init=False)
    square: NDArray[np.float64] = field(init=False)
    unit: NDArray[np.float64] = field(init=False)
    made: NDArray[np.float64] = field(init=False)
    looked: NDArray[np.float64] = field(init=False)
    seen_pay: NDArray[np.float64] = field(init=False)
    turn: int = 0
    routes: dict[Route, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        relaxed = self.relaxed
        self.best_pay = self.pay
        self.best_made = np.zeros(relaxed.problem.cells)
        self.earns = np.zeros(len(relaxed.flights))
        self.last = [np.ones(len(flight.takeoff_h)) for flight in relaxed.flights]
        self.made = np.zeros(relaxed.problem.cells)
        self.looked = np.zeros_like(self.pay.look)
        self.seen_pay = np.full_like(self.pay.look, np.inf)
        self.mean = np.zeros_like(self.pay.look)
        self.square = np.zeros_like(self.pay.look)
        self.unit = np.maximum(relaxed.problem.under_way.mean(axis=1), 1e-12)[:, None, None, None]

    def advance(self) -> None:
        """Evaluate the pays nearly, keep them when they are the best, and step to the next."""
        relaxed = self.relaxed
        self._make()
        found = self._found()
        best = np.array([each.earns.max(initial=0.0) for each in found])
        value = relaxed.sum(self.pay, float(self.made.sum()), best)
        flown, hours = self._flown(found, best)
        if value < self.best:
            self.best, self.best_pay, self.best_made, self.earns = (
                value,
                self.pay,
                self.made.copy(),
                best,
            )
        self.turn += 1
        self._step(flown - self.looked, hours)

    def _make(self) -> None:
        """Find what cells make, once more where pays have changed by much."""
        changed = np.abs(self.pay.look - self.seen_pay) > NOTABLE * self.unit
        cells = np.flatnonzero(changed.any(axis=(1, 2, 3)))
        made, looked = self.relaxed.make(self.pay, LOOSE_H, bound=False, cells=cells)
        self.made[cells], self.looked[cells] = made[cells], looked[cells]
        self.seen_pay[cells] = self.pay.look[cells]

    def _found(self) -> list[Found]:
        """Return good sorties of each flight, by take-off."""
        relaxed, flights = self.relaxed, self.relaxed.flights
        asked = [self._asked(k) for k in range(len(flights))]
        found = list(
            relaxed.threads.map(
                lambda k: relaxed.real(flights[k], self.pay, asked[k]), range(len(flights))
            )
        )
        for last, each in zip(self.last, found, strict=True):
            last[each.takeoffs] = each.earns
        return found

    def _asked(self, k: int) -> NDArray[np.int64]:
        """Return the take-offs to look at: those nearly best, and others in turn; all at first."""
        last = self.last[k]
        near = last > (1 - NEAR_BEST) * last.max()
        near |= (np.arange(len(last)) + self.turn) % TURNS == 0
        return np.flatnonzero(near)

    def _flown(
        self, found: list[Found], best: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the POD flown by cell and knot, and hours by detachment, mixing good sorties."""
        flown, hours = np.zeros(self.pay.look.size), np.zeros(len(self.pay.hour))
        for family in self.relaxed.families:
            top = best[list(family.flights)].max(initial=0.0)
            if top <= 0:
                continue
            shares = [np.exp((found[k].earns - top) / (MIX * top)) for k in family.flights]
            shares = [np.where(share < LEAST_SHARE, 0.0, share) for share in shares]
            each = family.most / sum(float(share.sum()) for share in shares)
            for k, share in zip(family.flights, shares, strict=True):
                spot, pod, spent_h = self.relaxed.flown(found[k], each * share)
                np.add.at(flown, spot, pod)
                hours[found[k].flight.detachment] += spent_h
                good = (share > 0) & (found[k].earns >= (1 - MIX) * best[k])
                self.routes |= dict.fromkeys(map(found[k].route, np.flatnonzero(good).tolist()))
        return flown.reshape(self.pay.look.shape), hours

    def _step(self, slope: NDArray[np.float64], hours: NDArray[np.float64]) -> None:
        """Step down the slope, each pay by its own measure, and a little less far every time."""
        slope = slope * self.unit
        self.mean = RECENT * self.mean + (1 - RECENT) * slope
        self.square = LONGER * self.square + (1 - LONGER) * slope**2
        mean = self.mean / (1 - RECENT**self.turn)
        square = self.square / (1 - LONGER**self.turn)
        step = STEP / (1 + self.turn / EASES)
        deep = np.sqrt(square) + 0.02 * np.sqrt(square.max()) + 1e-300
        look = np.maximum(0.0, self.pay.look - step * self.unit * mean / deep)
        self.pay = Pay(look, self._hour(hours, step))

    def _hour(self, hours: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        """Return the next price of a flying hour of each detachment."""
        budget_h = self.relaxed.budget_h
        limited = np.isfinite(budget_h) & (budget_h > 0)
        price = self.pay.hour.copy()
        usual = max(self.best, 0.0) / max(float(hours.sum()), 1.0)
        over = np.clip((hours - budget_h)[limited] / budget_h[limited], -1.0, 1.0)
        price[limited] += step * usual * over
        return np.maximum(0.0, price)
