"""What the plan is worth: sweep widths, PODs and expected transfers, reckoned afresh."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from planner.check.case import hours
from planner.check.charts import Region, priced_zones
from planner.check.flights import CLOCK_H
from planner.check.tracks import INSIDE_H
from planner.light import Light, light_class, moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.check.case import Case
    from planner.plan import Cell, Sortie, Value, Visit

CLOSE = 1e-3
"""Times in a plan are whole seconds, which moves its value by less than this share."""

AREA = 5e-3
"""Outlines follow the ellipsoid only from corner to corner."""

LEAD_IN = 40.0
"""Mean durations before the period after which nothing is left under way."""


def outline(cell: Cell) -> Iterator[str]:
    """Yield what makes a cell's outline unfit to search in."""
    if cell.area_nm2 <= 0:
        yield "has no sea that may be searched"
    if not cell.rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in cell.rings):
        yield "has no outline of closed rings"


def areas(case: Case) -> Iterator[str]:
    """Yield every searched cell that is not as large as its outline."""
    for cell in case.searched:
        sea = Region(tuple(np.array(ring) for ring in cell.rings))
        sea_nm2 = sea.area_nm2() - case.coast.islands_nm2(sea)
        too_large = cell.area_nm2 > sea_nm2 * (1 + AREA)
        if too_large or (cell.share == 1 and cell.area_nm2 < sea_nm2 * (1 - AREA)):
            yield f"cell {cell.id} has {sea_nm2:.1f} nm², but says {cell.area_nm2:.1f} nm²"


def searches(case: Case) -> Iterator[str]:
    """Yield every visit whose sweep width or POD does not follow from the scenario."""
    lights = _lights(case)
    for sortie in case.plan.sorties:
        for number, (visit, leg) in enumerate(zip(sortie.visits, sortie.legs, strict=False)):
            light = lights[sortie.id, number]
            for fault in _search_faults(case, sortie, visit, leg.points[-1], light):
                yield f"{sortie.id}: visit to {visit.cell} {fault}"


def values(case: Case, inside_h: dict[tuple[str, str], float]) -> Iterator[str]:
    """Yield every number of transfers or barrels that is not what the visits earn."""
    earned, second = _earned(case), _begun_in_a_second(case)
    seen = unsure = 0.0
    for sortie in case.plan.sorties:
        visits = list(enumerate(sortie.visits))
        for number, visit in visits:
            what, gain = f"{sortie.id}: transfers seen in {visit.cell}", earned[sortie.id, number]
            yield from _differs(what, visit.seen, gain, slack=second[visit.cell])
        total = sum(earned[sortie.id, number] for number, _ in visits)
        slack = sum(second[visit.cell] for _, visit in visits)
        yield from _differs(f"{sortie.id}: transfers seen", sortie.seen, total, slack=slack)
        seen, unsure = seen + total, unsure + slack
    yield from _sums(case, seen, unsure, inside_h)


def _sums(
    case: Case, seen: float, unsure: float, inside_h: dict[tuple[str, str], float]
) -> Iterator[str]:
    value, each = case.plan.value, _barrels(case)
    yield from _differs("transfers seen by the plan", value.transfers, seen, slack=unsure)
    yield from _differs("barrels seen by the plan", value.barrels, seen * each, slack=unsure * each)
    worth = each if value.objective == "barrels" else 1.0
    price = {zone.id: zone.price_per_h for zone in priced_zones(case.scenario)}
    paid = sum(h * price[zone] for (_, zone), h in inside_h.items())
    slack = (CLOSE * seen + unsure) * worth + INSIDE_H * sum(price[zone] for _, zone in inside_h)
    yield from _differs("score of the plan", value.score, seen * worth - paid, slack=slack)
    yield from _proof(value)


def _proof(value: Value) -> Iterator[str]:
    """Yield what is wrong with the bound, and with how far below it the score is said to be."""
    if value.bound is None:
        if value.gap is not None:
            yield "a gap is stated, but no bound"
        return
    if value.score > value.bound * (1 + 1e-9) + 1e-9:
        yield f"the score {value.score:g} exceeds its bound {value.bound:g}"
    if value.gap is not None:
        below = max(0.0, value.bound - value.score)
        share = below / value.bound if value.bound > 0 else 0.0
        yield from _differs("gap of the plan", value.gap, share)


def _search_faults(
    case: Case, sortie: Sortie, visit: Visit, place: tuple[float, float], lights: set[str]
) -> Iterator[str]:
    light, _, sea = visit.condition.partition(", sea state ")
    if light not in lights:
        yield f"is said to be by {light}, which it is not"
        return
    state = {str(each): each for each in _sea_states(case, visit, place)}.get(sea)
    if state is None:
        yield f"is said to be in sea state {sea}, which it is not"
        return
    terms, weather = case.terms(sortie), case.scenario.weather
    width_nm = getattr(terms.sweep_width_nm, light) * weather.factor[state]
    if abs(visit.sweep_width_nm - width_nm) > 1e-6:
        yield f"has sweep width {visit.sweep_width_nm:g} nm, expected {width_nm:g} nm"
    swept_nm2 = visit.sweep_width_nm * case.aircraft[sortie.aircraft].search_kn * visit.dwell_h
    coverage = swept_nm2 / case.cells[visit.cell].area_nm2
    parallel = case.scenario.rules.pod_law == "parallel"
    share = math.erf(math.sqrt(math.pi) / 2 * coverage) if parallel else 1 - math.exp(-coverage)
    if abs(visit.pod - terms.pod_cap * share) > 1e-6:
        yield f"has POD {visit.pod:.4f}, expected {terms.pod_cap * share:.4f}"


def _lights(case: Case) -> dict[tuple[str, int], set[str]]:
    """Return the light of the time step in which each search is half done, by sortie and order."""
    by_place: dict[tuple[float, float], list[tuple[str, int, Visit]]] = {}
    for sortie in case.plan.sorties:
        for number, (visit, leg) in enumerate(zip(sortie.visits, sortie.legs, strict=False)):
            by_place.setdefault(leg.points[-1], []).append((sortie.id, number, visit))
    lights: dict[tuple[str, int], set[str]] = {}
    for place, visits in by_place.items():
        steps_h = np.array([_steps_h(case, visit) for _, _, visit in visits])
        times = moments(case.scenario.period.start, steps_h.ravel())
        found = light_class(np.array([place]), times)[0].reshape(steps_h.shape)
        for (sortie_id, number, _), light in zip(visits, found.tolist(), strict=True):
            lights[sortie_id, number] = {Light(each).name.lower() for each in light}
    return lights


def _sea_states(case: Case, visit: Visit, place: tuple[float, float]) -> set[int]:
    """Return the sea state of the time step in which the search is half done."""
    weather, (lon, lat) = case.scenario.weather, place
    found = set()
    for hour in _steps_h(case, visit).tolist():
        date = (case.scenario.period.start + timedelta(hours=hour)).date()
        state = weather.default_state
        for row in weather.sea:
            here = row.west <= lon <= row.east and row.south <= lat <= row.north
            state = row.state if here and row.from_date <= date <= row.to_date else state
        found.add(state)
    return found


def _steps_h(case: Case, visit: Visit) -> NDArray[np.float64]:
    """Return the middles of the steps that mid-search may lie in, whose time is in seconds."""
    step_h = case.scenario.rules.time_step_h
    last = math.ceil(case.scenario.period.hours / step_h - 1e-9) - 1
    middles_h = _middle_h(case, visit) + CLOCK_H * np.array([-1, 1])
    return np.asarray((np.clip(middles_h // step_h, 0, last) + 0.5) * step_h)


def _earned(case: Case) -> dict[tuple[str, int], float]:
    """Return the transfers first seen by each visit, by sortie and order in it."""
    looks: dict[str, list[tuple[float, float, str, int, float]]] = {}
    for sortie in case.plan.sorties:
        for number, visit in enumerate(sortie.visits):
            lon = sortie.legs[number].points[-1][0]
            look = (_middle_h(case, visit), visit.pod, sortie.id, number, lon)
            looks.setdefault(visit.cell, []).append(look)
    earned = {}
    for cell, found in looks.items():
        found.sort()
        gains = _first_seen(case, case.cells[cell], [each[:2] for each in found], found[0][4])
        for (_, _, sortie_id, number, _), gain in zip(found, gains, strict=True):
            earned[sortie_id, number] = gain
    return earned


def _first_seen(
    case: Case, cell: Cell, looks: list[tuple[float, float]], lon: float
) -> list[float]:
    r"""
    Return the transfers that each look at a cell is the first to see.

    Transfers begun between looks *j* - 1 and *j* and alive at *j* number :math:`b_j`; of
    them, look *k* is the first to see the share :math:`e^{-(t_k - t_j)/D} p_k \prod (1 - p_l)`, the
    product over the looks from *j* until before *k*.
    """
    duration_h = case.scenario.demand.duration_h
    gains = [0.0] * len(looks)
    before_h = looks[0][0] - LEAD_IN * duration_h
    for j, (hour, _) in enumerate(looks):
        unseen = _begun(case, cell, lon, before_h, hour)
        before_h = hour
        for k in range(j, len(looks)):
            unseen *= math.exp(-(looks[k][0] - looks[max(j, k - 1)][0]) / duration_h)
            gains[k] += unseen * looks[k][1]
            unseen *= 1 - looks[k][1]
    return gains


def _begun(case: Case, cell: Cell, lon: float, from_h: float, to_h: float) -> float:
    """Return the transfers begun in a cell between two hours and still under way at the second."""
    duration_h, step_h = case.scenario.demand.duration_h, case.scenario.rules.time_step_h
    steps = np.arange(math.floor(from_h / step_h), math.ceil(to_h / step_h))
    start_h = np.clip(steps * step_h, from_h, to_h)
    end_h = np.clip((steps + 1) * step_h, from_h, to_h)
    left = np.exp((end_h - to_h) / duration_h) - np.exp((start_h - to_h) / duration_h)
    return float((_rate_per_h(case, cell, lon, steps) * left).sum() * duration_h)


def _rate_per_h(
    case: Case, cell: Cell, lon: float, steps: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the rate in each step; before the period its first day repeats, after it the last."""
    start, step_h = case.scenario.period.start, case.scenario.rules.time_step_h
    number = math.ceil(case.scenario.period.hours / step_h - 1e-9)
    day = max(1, min(number, round(24 / step_h)))
    known = np.where(steps < 0, steps % day, np.minimum(steps, number - 1))
    midnight_h = (start.timestamp() % 86400) / 3600
    solar = (midnight_h + (known + 0.5) * step_h + lon / 15) % 24
    profile = np.array(case.plan.demand.profile)
    return np.asarray(cell.rate_per_h * profile[solar.astype(np.int64) % 24])


def _begun_in_a_second(case: Case) -> dict[str, float]:
    """Return the most transfers that begin in a second in each searched cell, by its id."""
    peak = max(case.plan.demand.profile) / 3600
    return {cell.id: cell.rate_per_h * peak for cell in case.searched}


def _middle_h(case: Case, visit: Visit) -> float:
    return case.hour(visit.start) + hours(visit.start, visit.end) / 2


def _barrels(case: Case) -> float:
    """Return the barrels of a transfer, as the cells have it."""
    transfers = sum(cell.transfers for cell in case.plan.cells)
    return sum(cell.barrels for cell in case.plan.cells) / transfers if transfers else 0.0


def _differs(what: str, stated: float, found: float, slack: float = 0.0) -> Iterator[str]:
    if abs(stated - found) > slack + CLOSE * abs(found) + 1e-6:
        yield f"{what}: {stated:.4f} stated, {found:.4f} found"
