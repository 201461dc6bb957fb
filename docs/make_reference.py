"""Write docs/scenario.md from the scenario's own schema: `python docs/make_reference.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planner.scenario.model import Scenario

PAGE = Path(__file__).with_name("scenario.md")
OPENING = """# Scenario files

A scenario is a TOML file. `extends = "other.toml"` begins from another file in the same folder,
tables merged key by key; `[overrides.NAME]` holds changes that `--override NAME` applies;
`--set path=value` changes one value on the command line. The order is: extended file, file,
overrides, settings; the last word counts. `planner validate FILE` prints the result, `planner
schema` a JSON Schema for editors. An unknown key is an error, never ignored.

A figure marked *assumed* has not been published by anybody; it is listed with its reason in every
plan. `[assumptions]` gives your own reasons: `"aircraft.p1-kanoya.endurance_h" = "why"`.

This page is made from the schema by `docs/make_reference.py`.
"""

NOTES = {
    "History": """
Past effort is told whether something was found or not: a look that found nothing lowers the
surface there. `effort` names one file or a list of them, of these kinds:

| file | what it holds |
|---|---|
| CSV with `cell`, `date`, `pod` | cells by id (as on the map of the same area and cell size) |
| CSV with `lon`, `lat`, `date`, `pod`, perhaps `radius_nm` | discs; without a radius the \
cell that holds the point |
| CSV with `track`, `time`, `lon`, `lat`, perhaps `pod`, `sweep_width_nm` | fixes of tracks; `pod` \
and width hold from the fix on, so that `pod` 0 marks transit |
| GeoJSON | polygons, points or features with a `cell`, each with `date`, `pod`; lines with \
`coordTimes` or a `date`, perhaps `pod`, `sweep_width_nm` |
| GPX, KML, KMZ | timed tracks, such as `planner export` writes |
| `sorties.csv` of a run | its visits as they were planned |

`pod` is the chance that a transfer then under way in what was searched was seen. An area counts by
the share of a cell's sea that it covers; a track by random search, `pod` (1 - exp(-W L / A)) with W
its sweep width, L its length in the cell and A the cell's sea; its `pod` is 1 when left out. A
`date` is a day of the period's time zone, or a moment with its offset; all of it is before the
period.
""",
}


def reference() -> str:
    """Return the page: one table of keys for each table of the file."""
    schema = Scenario.model_json_schema()
    definitions = schema["$defs"]
    sections = [_section("The whole", schema)]
    sections += [_section(name, definitions[name]) for name in definitions]
    return OPENING + "\n" + "\n".join(sections)


def _section(name: str, table: dict[str, Any]) -> str:
    title = f"## {name}\n\n{table.get('description', '')}\n\n"
    required = set(table.get("required", ()))
    rows = [
        f"| `{key}` | {_kind(field)} | {_default(key, field, required)} | {_meaning(field)} |"
        for key, field in table.get("properties", {}).items()
    ]
    return (
        title
        + "| key | value | default | meaning |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
        + NOTES.get(name, "")
    )


def _kind(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(_kind(each) for each in field["anyOf"] if each.get("type") != "null")
    if "enum" in field:
        return ", ".join(f"`{each}`" for each in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("type") == "array":
        return "list of " + _kind(field.get("items", {})) if "items" in field else "list"
    if field.get("type") == "object":
        entries = [field.get("additionalProperties"), *field.get("patternProperties", {}).values()]
        return "table of " + " or ".join(_kind(each) for each in entries if isinstance(each, dict))
    kind = str(field.get("format") or field.get("type", "value"))
    return f"{kind} {_range(field)}".strip()


def _range(field: dict[str, Any]) -> str:
    signs = (
        ("exclusiveMinimum", "> "),
        ("minimum", "≥ "),
        ("exclusiveMaximum", "< "),
        ("maximum", "≤ "),
    )
    return ", ".join(f"{sign}{field[key]:g}" for key, sign in signs if key in field)


def _default(key: str, field: dict[str, Any], required: set[str]) -> str:
    if key in required:
        return "*required*"
    default = field.get("default")
    plain = default is None or isinstance(default, dict)
    return "" if plain else f"`{json.dumps(default, ensure_ascii=False)}`"


def _meaning(field: dict[str, Any]) -> str:
    why = f" *Assumed:* {field['assumption']}" if "assumption" in field else ""
    return (field.get("description", "") + why).strip().replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
