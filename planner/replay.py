"""Replay a run from its manifest, and say exactly what differs."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner import __version__
from planner.cache import Cache, digest
from planner.errors import Fault, PlanError
from planner.files import MEGABYTE, inside, read_bytes
from planner.inputs import gather
from planner.outputs.folder import run_files
from planner.outputs.manifest import FORMAT, LIBRARIES
from planner.pipeline import run
from planner.reading import read_json
from planner.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MOST_BYTES = 200 * MEGABYTE


def differences(
    folder: Path, inputs: Path, *, cache: Cache, tell: Callable[[str], None]
) -> tuple[list[str], bool]:
    """
    Run again what a folder's manifest describes and compare byte for byte.

    Parameters
    ----------
    folder
        A run's folder.
    inputs
        Folder of the files that the scenario names.
    cache
        Where stages keep what they computed.
    tell
        Called with the name of each stage as it begins.

    Returns
    -------
    differences
        One sentence each; none when all is the same.
    replayed
        False when the run was limited by time: then only inputs and outputs were compared with
        the manifest, since such a run ends differently each time.

    Raises
    ------
    PlanError
        When there is no readable manifest.
    """
    record = _record(folder)
    scenario = _scenario(folder, record).placed(inputs, {})
    found = [
        *_changed("input", record["inputs"], gather(scenario)),
        *_changed("output", record["outputs"], _outputs(folder, record["outputs"])),
    ]
    timed = scenario.solver.iterations is None
    if found or timed:
        return found, not timed
    name = str(record["name"])
    files = run_files(run(scenario, name=name, cache=cache, tell=tell, relax=True))
    files.pop("manifest.json")
    found = _changed("replayed", record["outputs"], files)
    return found and [*found, *_versions(record["versions"])], True


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    record: Any = read_json(path, PlanError)
    tables = ("scenario", "versions", "inputs", "outputs")
    known = isinstance(record, dict) and record.get("format") == FORMAT
    if not known or not all(isinstance(record.get(each), dict) for each in tables):
        raise PlanError([Fault(str(path), "not a manifest of ours", f"format {FORMAT!r}")])
    return dict(record)


def _scenario(folder: Path, record: Mapping[str, Any]) -> Scenario:
    try:
        return Scenario.model_validate(record["scenario"])
    except ValidationError as problem:
        where = f"{folder / 'manifest.json'}: scenario"
        raise PlanError(
            Fault(where, ".".join(map(str, error["loc"])), error["msg"])
            for error in problem.errors(include_url=False)
        ) from None


def _versions(recorded: Mapping[str, Any]) -> list[str]:
    here = {
        "planner": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }
    return [
        f"{name} is {here[name]}, the run was made with {recorded.get(name)}"
        for name in here
        if recorded.get(name) != here[name]
    ]


def _outputs(folder: Path, recorded: Mapping[str, Any]) -> dict[str, bytes]:
    names = [name for name in recorded if inside(folder, name) is not None]
    return {
        name: read_bytes(folder / name, limit=MOST_BYTES, error=PlanError)
        for name in names
        if (folder / name).is_file()
    }


def _changed(kind: str, recorded: Mapping[str, Any], found: Mapping[str, bytes]) -> list[str]:
    sentences = []
    for name in sorted({*recorded, *found}):
        if name not in found:
            sentences.append(f"{kind} {name} is missing")
        elif name not in recorded:
            sentences.append(f"{kind} {name} is new")
        elif digest([found[name]]) != recorded[name]:
            sentences.append(f"{kind} {name} differs")
    return sentences
