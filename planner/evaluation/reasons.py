"""Why each cell of value is not searched, in words and numbers that name what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner import plan as paper
from planner.evaluation.amounts import SMALL, amount
from planner.evaluation.edits import HOURS, MEETING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.evaluation.obstacles import Obstacle
    from planner.evaluation.prices import Price
    from planner.fleet import Detachment
    from planner.formulation import Formulation
    from planner.problem import Routes
    from planner.scenario.model import Scenario
    from planner.theatre import Theatre


def reasons(
    scenario: Scenario,
    theatre: Theatre,
    formulation: Formulation,
    routes: Routes,
    obstacles: Mapping[int, Obstacle],
    prices: Mapping[int, Price],
) -> dict[str, paper.Reason]:
    """
    Return the reason of every cell that no sortie searches, by the cell's id.

    Parameters
    ----------
    scenario, theatre, formulation
        As planned.
    routes
        The sorties flown.
    obstacles
        What keeps each cell of the problem from being searched.
    prices
        What forcing a cell in costs, where it was found out.
    """
    words = _Words(scenario, theatre, formulation, routes)
    told = {
        words.ids[cell]: words.reason(cell, obstacle, prices.get(cell))
        for cell, obstacle in obstacles.items()
    }
    closed = np.flatnonzero(~theatre.sea.open)
    return told | {theatre.grid.ids[cell]: words.closed(int(cell)) for cell in closed}


def sortie_ids(routes: Routes) -> dict[int, str]:
    """Return the id under which each slot's sortie is written down: in order of take-off."""
    flown = sorted(routes, key=lambda route: (route.takeoff_h, route.slot))
    return {route.slot: f"S{number:02d}" for number, route in enumerate(flown, start=1)}


@dataclass(frozen=True, slots=True)
class _Words:
    """Names of what the problem numbers."""

    scenario: Scenario
    theatre: Theatre
    formulation: Formulation
    routes: Routes

    @property
    def ids(self) -> list[str]:
        """Ids of the problem's cells."""
        return [self.theatre.grid.ids[cell] for cell in self.formulation.cells]

    def closed(self, cell: int) -> paper.Reason:
        """Return the reason of a cell where no aircraft may lawfully search."""
        lon, lat = self.theatre.grid.lonlat[cell]
        names = [
            zone.name
            for zone in self.theatre.zones
            if zone.rule == "closed" and shapely.contains_xy(zone.geometry, lon, lat)
        ]
        away_nm = float(self.theatre.sea.nearest_open_nm[cell])
        near = f": radar only, {away_nm:.0f} nm from the nearest open point" if away_nm > 0 else ""
        return paper.Reason(
            code="legal",
            text=f"No aircraft may lawfully search here{near}.",
            change=f"Opening {' and '.join(names) or 'the closed airspace around it'}.",
        )

    def reason(self, cell: int, obstacle: Obstacle, price: Price | None) -> paper.Reason:
        """Return the reason of a cell of the problem."""
        text, change = getattr(self, f"_{obstacle.code}")(cell, obstacle)
        swap = obstacle.swap
        return paper.Reason(
            code=obstacle.code,
            text=f"{text}{self._solved(price) if price else self._swapped(obstacle)}",
            change=change,
            price=None if price is None else price.lost,
            at_most=None if swap is None or price is not None else max(0.0, -swap.gain),
        )

    def _solved(self, price: Price) -> str:
        """Return what searching it all the same costs, as solved again."""
        sure = f", give or take {self._worth(price.noise)}" if price.noise else ""
        if price.lost <= 0:
            return " Searching it all the same costs nothing: a plan as good searches it."
        return f" Searching it all the same costs {self._worth(price.lost)}{sure}."

    def _swapped(self, obstacle: Obstacle) -> str:
        """Return what searching it costs at most: by one sortie that leaves other cells out."""
        swap = obstacle.swap
        if obstacle.code == "price" or swap is None or swap.before is None:
            return ""
        kept = {look.cell for look in swap.after.looks}
        out = [self.ids[look.cell] for look in swap.before.looks if look.cell not in kept]
        sortie, worth = sortie_ids(self.routes)[swap.before.slot], self._worth(abs(swap.gain))
        how = f"{', '.join(out)} left out of {sortie}" if out else f"shorter searches in {sortie}"
        if swap.gain > SMALL:
            return f" It would even gain {worth}, {how}: the search ended before it was tried."
        return f" It would cost {worth} at most: {how}."

    def _legal(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del cell
        if obstacle.slot < 0:
            return (
                "There is no lawful way here from any station in use while its aircraft may fly.",
                "Opening the airspace on the way or around it, or another station.",
            )
        return (
            "Part of the airspace here is closed at every time when an aircraft could use it.",
            "Lifting the notice, or flying at other hours.",
        )

    def _endurance(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        who = self._who(obstacle.slot)
        nm, hours = obstacle.amount, obstacle.amount / who.transit_kn
        never = " It is never to be searched, besides." if self._never(cell) else ""
        return (
            f"Out of range of every station: {nm:.0f} nm too far, there and back with the shortest "
            f"search, for the {who.terms.type} from {self._home(who)}, which comes nearest.{never}",
            f"{nm:.0f} nm ({hours:.2f} h) more endurance there, or a station nearer by half that.",
        )

    def _pinned(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del obstacle
        if self._never(cell):
            return (
                "Never to be searched, by standing order.",
                f"Taking {self.ids[cell]} out of pins.never.",
            )
        return (
            "Only sorties that must be flown as ordered could search it.",
            "Lifting one of the orders in pins.sorties.",
        )

    def _window(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del cell
        who, hours = self._who(obstacle.slot), obstacle.amount
        return (
            f"No flying window is long enough: the {who.terms.type} from {self._home(who)} comes "
            f"nearest and would land {hours:.2f} h too late.",
            f"{hours:.2f} h longer hours of the station or of the aircraft.",
        )

    def _covered(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del cell
        return (
            f"Too little to see: the best look by any aircraft would see "
            f"{self._worth(obstacle.look)}, less than 0.01 % of the plan.",
            "More transfers expected here, or a wider sweep width.",
        )

    def _price(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del cell
        where = self._sortie(obstacle.slot)
        if obstacle.amount < 0:
            return (
                f"There is room in {where}, and a look would gain {self._worth(-obstacle.amount)}: "
                "the search ended before it was tried.",
                "A longer search (solver.seconds).",
            )
        return (
            f"There is room in {where}, but looking costs {self._worth(obstacle.amount)} more than "
            "it sees, in priced hours or in later looks delayed.",
            f"A look worth {self._worth(obstacle.amount)} more, or lower prices.",
        )

    def _conflict(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del cell
        edit = obstacle.edit
        assert edit is not None
        who, where = self._who(obstacle.slot), self._sortie(obstacle.slot)
        if edit.rule == HOURS:
            return (
                f"{where} could search it, but {who.name} has no flying hours left for it: "
                f"{edit.over_h:.2f} h beyond its budget of {who.terms.budget_h:g} h.",
                f"{edit.over_h:.2f} more flying hours for {who.name}.",
            )
        if edit.rule == MEETING:
            return (
                f"{where} has room, but would then meet another aircraft in one cell.",
                "Letting aircraft share a cell (rules.share_cells), or another take-off.",
            )
        return (
            f"{where} has room, but its aircraft would break {edit.rule}"
            + (f" by {edit.over_h:.2f} h." if edit.over_h else "."),
            f"{edit.over_h:.2f} h less {edit.rule}, or another aircraft."
            if edit.over_h
            else f"Waiving {edit.rule}, or another aircraft.",
        )

    def _busy(self, cell: int, obstacle: Obstacle) -> tuple[str, str]:
        del cell
        who = self._who(obstacle.slot)
        return (
            "Every aircraft that could be here in its hours flies a full sortie or rests.",
            f"One more sortie from {self._home(who)} ({who.terms.type}), "
            "or cutting short what is worth more.",
        )

    def _never(self, cell: int) -> bool:
        return self.ids[cell] in self.scenario.pins.never

    def _who(self, slot: int) -> Detachment:
        return self.formulation.detachments[int(self.formulation.problem.slots.kind[slot])]

    def _home(self, who: Detachment) -> str:
        names = {base.id: base.name for base in self.formulation.bases}
        return names[who.terms.station]

    def _sortie(self, slot: int) -> str:
        flown = sortie_ids(self.routes)
        opening = self.formulation.openings[slot]
        free = f"a free sortie of {opening.airframe} on day {opening.day + 1}"
        return flown.get(slot, free)

    def _worth(self, value: float) -> str:
        return amount(value, self.scenario.solver.objective)
