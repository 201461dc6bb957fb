"""Small and large plans made from nothing, for tests of what shows or writes a plan."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from planner.plan import (
    Aircraft,
    Assumption,
    Cell,
    Demand,
    Leg,
    Pattern,
    Plan,
    Reason,
    Report,
    Sortie,
    Station,
    Value,
    Visit,
    Zone,
)

Ring = tuple[tuple[float, float], ...]
START = datetime(2020, 2, 17, tzinfo=UTC)
STATIONS = (
    Station(id="RJFY", name="Kanoya", icao="RJFY", lon=130.845, lat=31.368),
    Station(id="ROAH", name="Naha", icao="ROAH", lon=127.646, lat=26.196),
    Station(id="RODN", name="Kadena", icao="RODN", lon=127.768, lat=26.356),
    Station(id="RJTA", name="Atsugi", icao="RJTA", lon=139.450, lat=35.455),
)
HOT = ((124.1, 31.2, 1.0), (122.9, 28.6, 0.8), (124.9, 33.4, 0.5), (125.8, 29.6, 0.4))
LAND = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for name, ring in (
            ("West", [(116, 24), (119.5, 25), (121.5, 29), (120, 36), (116, 36), (116, 24)]),
            ("East", [(130, 31), (132, 31.5), (131.5, 33.8), (129.8, 33), (130, 31)]),
        )
    ],
}


def small_plan(name: str = "week", *, seed: int = 1, shift_h: float = 0.0) -> Plan:
    """Return a plan of a day: 60 cells, four sorties, every kind of record and text."""
    return make_plan(
        name=name, across=10, down=6, sorties=4, reports=12, seed=seed, shift_h=shift_h
    )


def big_plan() -> Plan:
    """Return a plan of a week with 5,000 cells, 80 sorties and 10,000 reports."""
    return make_plan(name="large", across=50, down=100, sorties=80, reports=10_000, seed=2)


def make_plan(
    *,
    name: str = "week",
    across: int,
    down: int,
    sorties: int,
    reports: int,
    seed: int,
    shift_h: float = 0.0,
    title: str = "Week from 17 February 2020",
) -> Plan:
    """Return an invented plan; sorties run from each aircraft's station through valued cells."""
    rng = np.random.default_rng(seed)
    cells = _cells(across, down)
    fleet = _fleet(max(4, math.ceil(sorties / 7)))
    flown = _sorties(cells, fleet, sorties, rng, shift_h)
    seen: dict[str, float] = {}
    for sortie in flown:
        for visit in sortie.visits:
            seen[visit.cell] = seen.get(visit.cell, 0) + visit.seen
    cells = [
        cell.model_copy(update={"seen": seen.get(cell.id, 0.0), "reason": _reason(cell, seen)})
        for cell in cells
    ]
    return Plan(
        name=name,
        title=title,
        question="Which sorties see the most transfers?",
        start=START,
        end=START + timedelta(days=7 if sorties > 8 else 1),
        seed=seed,
        status="feasible",
        solver="greedy, then local search",
        hash="sha256:" + f"{seed:02x}" * 32,
        value=_value(cells, flown),
        demand=Demand(duration_h=4, step_h=1, profile=(1.0,) * 24),
        assumptions=(
            Assumption(what="Transfers per day", value="1.4", why="Half of the published range."),
            Assumption(what="Mean duration", value="4 h", why="Published cases last 1 to 6 hours."),
            Assumption(what="Sweep width, P-3C, night", value="9 nm", why="No figure published."),
        ),
        notes=("Invented data.", "Positions of reports are regions, not points."),
        model_card={
            "Surface": "multi-scale kernel",
            "Reports": str(reports),
            "Skill": "not tested",
        },
        stations=STATIONS,
        aircraft=tuple(fleet),
        zones=_zones(),
        reports=tuple(_report(i, rng) for i in range(reports)),
        cells=tuple(cells),
        sorties=tuple(flown),
    )


def _cells(across: int, down: int) -> list[Cell]:
    step = 7.0 / max(across, down * 0.87)
    cells = []
    for row in range(down):
        for column in range(across):
            lat = 27.0 + row * step * 0.866
            lon = 122.0 + (column + row % 2 / 2) * step / math.cos(math.radians(30))
            worth = sum(
                w * math.exp(-((lon - x) ** 2 * 0.74 + (lat - y) ** 2) / 0.9) for x, y, w in HOT
            )
            transfers = 0.002 + 12 * worth * step**2 / 8
            cells.append(
                Cell(
                    id=f"{chr(65 + row // 26)}{chr(65 + row % 26)}{column:02d}",
                    lon=lon,
                    lat=lat,
                    rings=(_circle(lon, lat, step / math.sqrt(3), 6, 30.0),),
                    area_nm2=(60 * step) ** 2 * 0.866,
                    transfers=transfers,
                    barrels=transfers * 6000,
                    low=transfers * 0.4,
                    high=transfers * 1.9 + 0.004,
                    unknown=min(1.0, 0.004 / transfers),
                )
            )
    return cells


def _circle(lon: float, lat: float, degrees: float, corners: int, turn: float = 0.0) -> Ring:
    angles = np.radians(turn + np.arange(corners) * 360 / corners)
    wide = degrees / math.cos(math.radians(lat))
    ring = [(lon + wide * math.cos(a), lat + degrees * math.sin(a)) for a in angles]
    return (*ring, ring[0])


def _fleet(size: int) -> list[Aircraft]:
    kinds = (
        ("P-3C", "JMSDF", "RJFY", 330, 200, 10.0),
        ("P-3C", "JMSDF", "ROAH", 330, 200, 10.0),
        ("P-8A", "Navy", "RODN", 440, 220, 9.0),
        ("P-1", "JMSDF", "RJTA", 430, 230, 9.0),
    )
    return [
        Aircraft(
            id=f"{kind} {station[-2:]}-{i // 4 + 1}",
            type=kind,
            operator=operator,
            station=station,
            endurance_h=hours,
            transit_kn=transit,
            search_kn=search,
        )
        for i in range(size)
        for kind, operator, station, transit, search, hours in [kinds[i % 4]]
    ]


def _sorties(
    cells: list[Cell],
    fleet: list[Aircraft],
    count: int,
    rng: np.random.Generator,
    shift_h: float,
) -> list[Sortie]:
    valued = sorted(cells, key=lambda cell: -cell.transfers)[: max(8, len(cells) // 8)]
    flown = []
    for i in range(count):
        aircraft = fleet[i % len(fleet)]
        day, slot = divmod(i, len(fleet))
        takeoff_h = day * 24 + 2 + 5 * slot % 19 + shift_h
        first = valued[int(rng.integers(len(valued)))]
        near = sorted(valued, key=lambda c: math.hypot(c.lon - first.lon, c.lat - first.lat))
        picked = near[: 24 : max(1, 24 // 4)][:4]
        picked.sort(key=lambda c: c.lat)
        flown.append(_sortie(f"S{i + 1:02d}", aircraft, takeoff_h, picked))
    return flown


def _sortie(name: str, aircraft: Aircraft, takeoff_h: float, picked: list[Cell]) -> Sortie:
    station = next(s for s in STATIONS if s.id == aircraft.station)
    places = [(station.id, station.lon, station.lat)]
    places += [(cell.id, cell.lon, cell.lat) for cell in picked]
    places.append(places[0])
    now, legs, visits = takeoff_h, [], []
    for i, (here, there) in enumerate(pairwise(places)):
        wide = math.cos(math.radians((here[2] + there[2]) / 2))
        distance = 60 * math.hypot((here[1] - there[1]) * wide, here[2] - there[2])
        legs.append(
            Leg(
                start=here[0],
                end=there[0],
                depart=_at(now),
                arrive=_at(now + distance / aircraft.transit_kn),
                distance_nm=distance,
                points=((here[1], here[2]), (there[1], there[2])),
            )
        )
        now += distance / aircraft.transit_kn
        if i < len(picked):
            visits.append(_visit(picked[i], now, 0.75 + 0.25 * (i % 2)))
            now += visits[-1].dwell_h
    return Sortie(
        id=name,
        aircraft=aircraft.id,
        station=station.id,
        recovery=station.id,
        takeoff=_at(takeoff_h),
        landing=_at(now),
        airborne_h=now - takeoff_h,
        endurance_h=aircraft.endurance_h,
        search_h=sum(visit.dwell_h for visit in visits),
        seen=sum(visit.seen for visit in visits),
        barrels=6000 * sum(visit.seen for visit in visits),
        alone=1.1 * sum(visit.seen for visit in visits),
        lost=0.8 * sum(visit.seen for visit in visits),
        inside_h={"cadiz": 2.5},
        pinned=name == "S01",
        legs=tuple(legs),
        visits=tuple(visits),
    )


def _visit(cell: Cell, start_h: float, dwell_h: float) -> Visit:
    pod = 1 - math.exp(-9 * 200 * dwell_h / max(cell.area_nm2, 400))
    side = math.sqrt(cell.area_nm2) / 120
    track = tuple(
        (cell.lon + side * (0.8 if (i + j) % 2 else -0.8), cell.lat + side * (i / 3 - 0.8))
        for i in range(6)
        for j in range(2)
    )
    return Visit(
        cell=cell.id,
        start=_at(start_h),
        end=_at(start_h + dwell_h),
        dwell_h=dwell_h,
        pod=pod,
        sweep_width_nm=9,
        condition="night, sea state 3",
        seen=cell.transfers * pod / 2,
        pattern=Pattern(kind="parallel", spacing_nm=9, track=track),
    )


def _at(hours: float) -> datetime:
    return START + timedelta(seconds=round(hours * 3600))


def _reason(cell: Cell, seen: dict[str, float]) -> Reason | None:
    if cell.id in seen or cell.transfers < 0.01:
        return None
    return Reason(
        code="busy",
        text="Every hour is worth more elsewhere.",
        change="One more sortie from Kanoya.",
        price=0.02,
    )


def _value(cells: list[Cell], flown: list[Sortie]) -> Value:
    seen = sum(sortie.seen for sortie in flown)
    return Value(
        objective="transfers",
        transfers=seen,
        barrels=seen * 6000,
        score=seen,
        bound=seen * 1.03,
        gap=0.03 / 1.03,
        total=sum(cell.transfers for cell in cells),
        total_barrels=sum(cell.barrels for cell in cells),
        unreachable=0.4,
        band50=(seen * 0.7, seen * 1.3),
        band90=(seen * 0.3, seen * 2.0),
    )


def _zones() -> tuple[Zone, ...]:
    adiz = ((121.8, 33.2), (125, 33.2), (128.3, 31), (125, 25.6), (123, 24.75), (121, 26.7))
    limit = ((119.9, 25), (121.8, 29), (120.3, 36), (119.9, 36), (119.9, 25))
    return (
        Zone(
            id="cadiz",
            name="Identification zone",
            rule="priced",
            rings=((*adiz, adiz[0]),),
            source="Invented outline",
            dated="2013-11-23",
        ),
        Zone(
            id="ts", name="Territorial sea, 12 nm", rule="closed", rings=(limit,), source="Invented"
        ),
        Zone(
            id="line",
            name="Median line",
            rule="shown",
            rings=(((126, 30), (128, 34)),),
            lines=True,
            source="Invented",
        ),
    )


def _report(number: int, rng: np.random.Generator) -> Report:
    x, y, _ = HOT[int(rng.integers(len(HOT)))]
    lon, lat = x + rng.normal(0, 0.8), y + rng.normal(0, 0.8)
    reach = float(rng.choice([0.1, 0.4, 0.8]))
    return Report(
        id=f"R-{number:05d}",
        when=f"2019-{1 + number % 12:02d}-{1 + number % 28:02d}",
        age_days=48 + number % 365,
        weight=float(rng.random()),
        rings=(_circle(lon, lat, reach, 32),),
        basis="about 250 km east of a city",
        vessels="EXAMPLE 1 / EXAMPLE 2",
        source="Invented list",
    )
