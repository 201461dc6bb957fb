"""What plan.json may hold: every figure within its limits, and just at them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from planner.plan import Plan
from tests.plans import small_plan

GOOD = json.loads(small_plan().model_dump_json())
INFINITE, NOTHING = float("inf"), "absent"


def with_value(path: str, value: object) -> dict[str, Any]:
    """Return a good plan with one value replaced, by dotted path, or left out."""
    plan: dict[str, Any] = json.loads(json.dumps(GOOD))
    *above, last = path.split(".")
    table: Any = plan
    for key in above:
        table = table[int(key) if key.isdigit() else key]
    if value == NOTHING:
        del table[last]
    else:
        table[int(last) if isinstance(table, list) else last] = value
    return plan


@pytest.mark.parametrize(
    ("path", "least", "below"),
    [
        ("cells.0.share", 0, -0.01), ("cells.0.share", 1, 1.01),
        ("cells.0.lon", -360, -360.5), ("cells.0.lon", 360, 360.5),
        ("cells.0.lat", -90, -90.5), ("cells.0.lat", 90, 90.5),
        ("cells.0.area_nm2", 0, -1), ("cells.0.area_nm2", 0, INFINITE),
        ("aircraft.0.endurance_h", 0.01, 0), ("aircraft.0.endurance_h", 0.01, INFINITE),
        ("value.score", -5, INFINITE), ("reports.0.count", 1, 0),
        ("demand.profile", [1] * 24, [1] * 23), ("demand.profile", [1] * 24, [1] * 25),
        ("title", "x" * 10_000, "x" * 10_001),
        ("start", "2020-02-17T00:00:00Z", "2020-02-17T00:00:00.5Z"),
    ],
)  # fmt: skip
def test_a_limit_may_be_reached_and_not_passed(path: str, least: object, below: object) -> None:
    """The value at the limit is read as it is; the one beyond is refused by its place."""
    Plan.model_validate(with_value(path, least))
    with pytest.raises(ValidationError) as told:
        Plan.model_validate(with_value(path, below))
    assert ".".join(map(str, told.value.errors()[0]["loc"])) == path


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("reports.0.count", 1), ("cells.0.share", 1), ("cells.0.open_nm", 0),
        ("cells.0.rate_per_h", 0), ("cells.0.unknown", 0), ("cells.0.seen", 0),
        ("sorties.0.ferry_h", 0), ("sorties.0.barrels", 0), ("sorties.0.pinned", False),
        ("zones.0.lines", False), ("value.unreachable", 0),
    ],
)  # fmt: skip
def test_what_is_left_out_is_nothing(path: str, plain: object) -> None:
    """Figures that may be left out are zero then, a report tells one transfer, a cell is whole."""
    read: Any = Plan.model_validate(with_value(path, NOTHING))
    for key in path.split("."):
        read = read[int(key)] if key.isdigit() else getattr(read, key)
    assert read == plain
    assert type(read) is not bool or read is plain


def test_a_plan_is_not_changed() -> None:
    """A record that was read stays as it was."""
    with pytest.raises(ValidationError, match="frozen"):
        small_plan().title = "another"  # type: ignore[misc]
