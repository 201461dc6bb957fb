"""What the planner is made of is pinned, hashed, and listed with its licence."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def test_every_locked_package_is_pinned_by_its_hashes() -> None:
    """Nothing is installed that was not seen before."""
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        found = list(PINNED.finditer(text))
        ends = [each.start() for each in found[1:]] + [len(text)]
        assert found
        assert all(
            "--hash=sha256:" in text[each.end() : end]
            for each, end in zip(found, ends, strict=True)
        )


def test_the_bill_of_materials_lists_the_lock_with_licences() -> None:
    """Name and version of every package; `docs/make_sbom.py --write` brings it up to date."""
    listed = json.loads((ROOT / "docs" / "sbom.cdx.json").read_text(encoding="utf-8"))
    pinned = PINNED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert [(each["name"], each["version"]) for each in listed["components"]] == pinned
    assert all(each["licenses"] and each["hashes"] for each in listed["components"])
