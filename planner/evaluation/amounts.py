"""Amounts of the objective in words, short enough to read."""

from __future__ import annotations

LARGE, SMALL = 1_000, 1e-4


def amount(value: float, unit: str) -> str:
    """
    Return an amount of the objective in words.

    Examples
    --------
    >>> amount(0.01234, "transfers"), amount(12_345.6, "barrels"), amount(3e-6, "transfers")
    ('0.0123 transfers', '12,346 barrels', 'less than 0.0001 transfers')
    """
    return f"{short(value)} {unit}"


def short(value: float) -> str:
    """
    Return a number in few digits; what is next to nothing is told as such.

    Examples
    --------
    >>> short(-0.0), short(0.0004567), short(-1e-9)
    ('0', '0.00046', 'less than 0.0001')
    """
    if abs(value) >= LARGE:
        return f"{value:,.0f}"
    if 0 < abs(value) < SMALL:
        return f"less than {SMALL:g}"
    return f"{value:.3g}" if abs(value) >= 1 / LARGE else f"{abs(value):.2g}"
