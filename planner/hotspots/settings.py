"""The choices of the surface model that a scenario may change."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    Choices of the surface model; the defaults serve few events and many.

    Parameters
    ----------
    horizon_days
        Length of the period forecast, in days. Hyper-parameters are chosen by how well periods of
        this length in the past would have been forecast.
    widest_nm
        Widest kernel, in nm; each next one is half as wide, down to a quarter of a cell.
    memories_days
        How fast the past is forgotten, in days, longest first; infinite never forgets.
    strengths
        How many events' worth of belief a finer kernel inherits from the wider one.
    blocks
        Most past periods forecast to weigh the parts of the stack.
    discount
        Worth of a past period's score against that of the next one, in (0, 1].
    prior_events
        Events' worth of belief that all parts of the stack are equally good.
    quadrature
        Most cells used to integrate past forecasts over the sea.
    bandwidth
        Bandwidth of `kde`: ``silverman`` or ``loo`` (leave-one-out likelihood).
    grid_cells
        Side of the squares of the `grid` estimator, in cells.
    grid_days
        How far back the `grid` estimator counts, in days.
    floor
        Share of `grid`, `kde` and `adaptive` spread evenly over the sea, so that no sea is ruled
        out.
    scenarios
        How many equally likely surfaces are drawn; 0 for none.
    """

    horizon_days: float = 365.25 / 4
    widest_nm: float = 700.0
    memories_days: tuple[float, ...] = (math.inf, 2920.0, 1095.0, 365.0, 120.0, 40.0, 14.0)
    strengths: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)
    blocks: int = 24
    discount: float = 0.95
    prior_events: float = 2.0
    quadrature: int = 2000
    bandwidth: str = "silverman"
    grid_cells: float = 5.0
    grid_days: float = 365.25
    floor: float = 0.02
    scenarios: int = 100
