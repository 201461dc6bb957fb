"""Colours that the colour-blind can tell apart, and as each format writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.plan import Plan

# Okabe and Ito (2008), Color Universal Design.
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
# Light to dark, for expected transfers; after ColorBrewer's YlOrBr by Cynthia Brewer.
RAMP = ("#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404")
CLOSED, PRICED, SHOWN = "#b2182b", "#7a5195", "#555555"
ZONES = {"closed": CLOSED, "priced": PRICED, "shown": SHOWN}


def hues(plan: Plan) -> dict[str, str]:
    """Return the colour of each airframe: one for each station."""
    stations = [station.id for station in plan.stations]
    return {
        each.id: HUES[stations.index(each.station) % len(HUES) if each.station in stations else 0]
        for each in plan.aircraft
    }


def aabbggrr(colour: str, opacity: float = 1.0) -> str:
    """
    Return a colour as KML writes it: alpha, blue, green, red.

    Examples
    --------
    >>> aabbggrr("#d55e00"), aabbggrr("#d55e00", 0.5)
    ('ff005ed5', '80005ed5')
    """
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return f"{round(opacity * 255):02x}{blue}{green}{red}"


def rgba(colour: str, opacity: float = 1.0) -> str:
    """
    Return a colour as QGIS writes it.

    Examples
    --------
    >>> rgba("#d55e00", 0.5)
    '213,94,0,128'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def rank(value: float, most: float) -> int:
    """
    Return the step of the ramp for a value between 0 and `most`; each step halves.

    Examples
    --------
    >>> [rank(value, 16) for value in (16, 7, 3, 1.5, 0.1, 0)]
    [4, 3, 2, 1, 0, 0]
    """
    limits = [most / 2**step for step in range(len(RAMP) - 1, 0, -1)]
    return sum(value > limit for limit in limits) if most > 0 else 0
