"""
Write `sbom.cdx.json`: every package of the lock file, with version, hashes and licence.

    python docs/make_sbom.py            compare with what is written; exit 1 when it differs
    python docs/make_sbom.py --write    write it anew

CycloneDX 1.6 (ECMA-424), components only. Versions and hashes come from `requirements.lock`,
licences from the packages' own metadata as installed.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements.lock"
SBOM = HERE / "sbom.cdx.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def main(arguments: list[str]) -> int:
    """Write the file, or say whether it is up to date."""
    text = json.dumps(sbom(LOCK.read_text(encoding="utf-8")), indent=1, ensure_ascii=False) + "\n"
    if "--write" in arguments:
        SBOM.write_text(text, encoding="utf-8")
        return 0
    return 0 if SBOM.is_file() and SBOM.read_text(encoding="utf-8") == text else 1


def sbom(lock: str) -> dict[str, Any]:
    """Return the bill of materials of a lock file's text."""
    found = list(PINNED.finditer(lock))
    ends = [each.start() for each in found[1:]] + [len(lock)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "patrol-planner"}},
        "components": [
            component(each[1], each[2], HASH.findall(lock[each.end() : end]))
            for each, end in zip(found, ends, strict=True)
        ],
    }


def component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    """Return one package; one hash for each file that may be installed."""
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower()}@{version}",
        "licenses": [{"license": {"name": licence(name)}}],
        "hashes": [{"alg": "SHA-256", "content": content} for content in sorted(hashes)],
    }


def licence(name: str) -> str:
    """Return the licence that a package states: its expression, else its classifier or text."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    expression = about.get("License-Expression")
    if expression:
        return str(expression)
    classified = [
        each.rpartition(" :: ")[2]
        for each in about.get_all("Classifier") or []
        if each.startswith("License :: ") and each.count(" :: ") > 1
    ]
    told = str(about.get("License") or "not stated").strip().splitlines()[0][:80]
    return "; ".join(sorted(classified)) or told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
