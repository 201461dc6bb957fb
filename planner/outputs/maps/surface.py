"""A surface on its own, as a small picture of text and shapes: for notebooks and letters."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Ring = Sequence[tuple[float, float]]

# YlOrBr after ColorBrewer 2.0 (Brewer, Harrower, Penn State; Apache 2.0): lightness runs one way.
COLOURS = ("#fff3c4", "#fee391", "#fec44f", "#fe9929", "#d95f0e", "#8c2d04")
WIDTH_PX = 560


def surface_html(
    values: ArrayLike,
    outlines: Sequence[Sequence[Ring]],
    *,
    card: Mapping[str, str] | None = None,
    unit: str = "share of all transfers expected",
) -> str:
    """
    Return cells coloured by value with a legend and the model card, without script or network.

    Parameters
    ----------
    values
        One number a cell, at least zero, shape (n,).
    outlines
        Outer rings of each cell, lon/lat degrees, n of them.
    card
        Names and values as text, for example `Surface.card`.
    unit
        What the numbers are, in words.

    Returns
    -------
    html
        One `div`, fit for `_repr_html_`.

    Raises
    ------
    ValueError
        When there are not as many outlines as values.
    """
    numbers = np.asarray(values, dtype=float)
    if len(outlines) != len(numbers):
        msg = f"{len(outlines)} outlines for {len(numbers)} values, expected as many"
        raise ValueError(msg)
    limits = ladder(float(numbers.max(initial=0)), len(COLOURS))
    classes = np.searchsorted(limits, numbers, side="right") - 1
    return (
        '<div style="font:13px system-ui,sans-serif">'
        f"{_picture(classes, outlines)}{_legend(limits, unit)}{_table(card or {})}</div>"
    )


def ladder(greatest: float, count: int) -> NDArray[np.float64]:
    """
    Return class limits on a 1-2-5 ladder that ends below the greatest value.

    Examples
    --------
    >>> ladder(0.3, 4).tolist()
    [0.02, 0.05, 0.1, 0.2]
    """
    if not greatest > 0:
        return np.arange(1.0, count + 1)
    top = int(np.floor(np.log10(greatest)))
    steps = [
        float(f"{digit}e{power}") for power in range(top - count, top + 1) for digit in (1, 2, 5)
    ]
    return np.array([step for step in steps if step < greatest][-count:])


def _picture(classes: NDArray[np.int64], outlines: Sequence[Sequence[Ring]]) -> str:
    points = np.array([point for rings in outlines for ring in rings for point in ring])
    if not len(points):
        return ""
    flat = np.cos(np.deg2rad(points[:, 1].mean()))
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    scale = WIDTH_PX / max((east - west) * flat, 1e-9)
    height = max(1, round((north - south) * scale))

    def path(rings: Sequence[Ring]) -> str:
        corners = (
            " ".join(f"{(x - west) * flat * scale:.1f},{(north - y) * scale:.1f}" for x, y in ring)
            for ring in rings
        )
        return "".join(f"M{ring}Z" for ring in corners)

    shapes = "".join(
        f'<path fill="{COLOURS[index] if index >= 0 else "none"}" d="{path(rings)}"/>'
        for index, rings in zip(classes.tolist(), outlines, strict=True)
    )
    return (
        f'<svg role="img" aria-label="Cells of sea by value" viewBox="0 0 {WIDTH_PX} {height}" '
        f'width="{WIDTH_PX}" height="{height}" stroke="#8884" stroke-width=".4">{shapes}</svg>'
    )


def _legend(limits: NDArray[np.float64], unit: str) -> str:
    signs = "".join(
        f'<span style="margin-right:10px"><i style="display:inline-block;width:12px;height:10px;'
        f'background:{colour}"></i> {limit:g}</span>'
        for colour, limit in zip(COLOURS, limits, strict=False)
    )
    return f"<p>{signs}<br>{escape(unit)}; each class from its number up</p>"


def _table(card: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(str(name))}</th>'
        f'<td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in card.items()
    )
    return f"<table>{rows}</table>" if rows else ""
