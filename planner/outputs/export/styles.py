"""Layers of the GeoPackage: their columns, and their styles as QGIS writes them (QML)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from planner.outputs.export.markup import add, text
from planner.outputs.export.palette import RAMP, ZONES, hues, rgba

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.plan import Plan

WHEN, WORDS, NUMBER, COUNT = "datetime64[ms, UTC]", "str", "float64", "int64"

LAYERS: dict[str, tuple[tuple[str, str], ...]] = {
    "zones": (
        ("zone", WORDS), ("name", WORDS), ("rule", WORDS), ("source", WORDS), ("dated", WORDS),
        ("from", WHEN), ("to", WHEN),
    ),
    "lines": (
        ("zone", WORDS), ("name", WORDS), ("rule", WORDS), ("source", WORDS), ("dated", WORDS),
    ),
    "cells": (
        ("cell", WORDS), ("area_nm2", NUMBER), ("share", NUMBER), ("rate_per_h", NUMBER),
        ("transfers", NUMBER), ("barrels", NUMBER), ("low", NUMBER), ("high", NUMBER),
        ("unknown", NUMBER), ("seen", NUMBER), ("reason", WORDS), ("change", WORDS),
    ),
    "reports": (
        ("report", WORDS), ("when", WORDS), ("age_days", NUMBER), ("weight", NUMBER),
        ("count", COUNT), ("basis", WORDS), ("vessels", WORDS), ("source", WORDS),
    ),
    "sorties": (
        ("sortie", WORDS), ("aircraft", WORDS), ("type", WORDS), ("station", WORDS),
        ("recovery", WORDS), ("takeoff", WHEN), ("landing", WHEN), ("airborne_h", NUMBER),
        ("endurance_h", NUMBER), ("search_h", NUMBER), ("visits", COUNT), ("seen", NUMBER),
        ("barrels", NUMBER),
    ),
    "legs": (
        ("sortie", WORDS), ("aircraft", WORDS), ("leg", COUNT), ("from", WORDS), ("to", WORDS),
        ("depart", WHEN), ("arrive", WHEN), ("distance_nm", NUMBER),
    ),
    "patterns": (
        ("sortie", WORDS), ("cell", WORDS), ("pattern", WORDS), ("spacing_nm", NUMBER),
    ),
    "visits": (
        ("sortie", WORDS), ("aircraft", WORDS), ("visit", COUNT), ("cell", WORDS),
        ("start", WHEN), ("end", WHEN), ("dwell_h", NUMBER), ("pod", NUMBER),
        ("sweep_width_nm", NUMBER), ("condition", WORDS), ("seen", NUMBER),
    ),
    "stations": (("station", WORDS), ("name", WORDS), ("icao", WORDS)),
}  # fmt: skip

SHAPES = {
    "zones": "MultiPolygon",
    "lines": "MultiLineString",
    "cells": "MultiPolygon",
    "reports": "MultiPolygon",
    "sorties": "LineString",
    "legs": "LineString",
    "patterns": "LineString",
    "visits": "Point",
    "stations": "Point",
}
INK = "#333333"


def styles(plan: Plan) -> dict[str, str]:
    """Return the QML of each layer."""
    airframes = {each: _line(colour, 0.6) for each, colour in hues(plan).items()}
    rules = {rule: _fill(colour, 0.15, colour) for rule, colour in ZONES.items()}
    return {
        "zones": _categorized("rule", rules),
        "lines": _single(_line(ZONES["shown"], 0.3)),
        "cells": _graduated("transfers", [cell.transfers for cell in plan.cells]),
        "reports": _single(_fill(INK, 0.1, INK)),
        "sorties": _categorized("aircraft", airframes),
        "legs": _single(_line(INK, 0.2)),
        "patterns": _single(_line(INK, 0.15)),
        "visits": _single(_dot("#000000", 1.6)),
        "stations": _single(_dot("#0072b2", 3.0)),
    }


def _line(colour: str, width: float) -> ET.Element:
    options = {"line_color": rgba(colour), "line_width": str(width), "line_width_unit": "MM"}
    return _symbol("line", "SimpleLine", options)


def _fill(colour: str, opacity: float, edge: str) -> ET.Element:
    options = {
        "color": rgba(colour, opacity),
        "outline_color": rgba(edge, 0.6),
        "outline_width": "0.2",
        "style": "solid",
    }
    return _symbol("fill", "SimpleFill", options)


def _dot(colour: str, size: float) -> ET.Element:
    options = {"name": "circle", "color": rgba(colour), "size": str(size), "size_unit": "MM"}
    return _symbol("marker", "SimpleMarker", options)


def _symbol(kind: str, layer: str, options: Mapping[str, str]) -> ET.Element:
    symbol = ET.Element("symbol", {"type": kind, "name": "0", "alpha": "1"})
    drawn = add(symbol, "layer", **{"class": layer, "enabled": "1", "locked": "0", "pass": "0"})
    table = add(drawn, "Option", type="Map")
    for name, value in options.items():
        add(table, "Option", type="QString", name=name, value=value)
    return symbol


def _single(symbol: ET.Element) -> str:
    root, renderer = _sheet("singleSymbol")
    return _finished(root, renderer, [symbol])


def _categorized(column: str, symbols: Mapping[str, ET.Element]) -> str:
    root, renderer = _sheet("categorizedSymbol", attr=column)
    kinds = add(renderer, "categories")
    for number, value in enumerate(symbols):
        add(kinds, "category", symbol=number, value=text(value), label=text(value), render="true")
    return _finished(root, renderer, symbols.values())


def _graduated(column: str, values: Iterable[float]) -> str:
    """Shade by steps that halve from the greatest value down."""
    most = max(values, default=0.0)
    limits = [0.0, *(most / 2**step for step in range(len(RAMP) - 1, -1, -1))]
    root, renderer = _sheet("graduatedSymbol", attr=column, graduatedMethod="GraduatedColor")
    ranges = add(renderer, "ranges")
    for number, (low, high) in enumerate(pairwise(limits)):
        label = f"{low:.3g} to {high:.3g}"
        add(ranges, "range", symbol=number, lower=low, upper=high, label=label, render="true")
    return _finished(root, renderer, [_fill(colour, 0.6, INK) for colour in RAMP])


def _sheet(kind: str, **attributes: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element("qgis", {"version": "3.22.0", "styleCategories": "Symbology"})
    return root, add(root, "renderer-v2", type=kind, symbollevels="0", **attributes)


def _finished(root: ET.Element, renderer: ET.Element, symbols: Iterable[ET.Element]) -> str:
    table = add(renderer, "symbols")
    for number, symbol in enumerate(symbols):
        symbol.set("name", str(number))
        table.append(symbol)
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f"{doctype}\n{ET.tostring(root, encoding='unicode')}"
