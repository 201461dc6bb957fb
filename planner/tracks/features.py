"""Sorties drawn in GeoJSON: lines with times, and points with a dwell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planner.errors import Fault, PlanError
from planner.events.features import element_lines
from planner.tracks.drawn import Fix, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from planner.tracks.drawn import Draft, Drafts

TIMES = ("coordTimes", "times")


def gather(text: str, drafts: Drafts) -> None:
    """
    Gather sorties from a FeatureCollection.

    A line with `coordTimes` is a track. A point is searched when it has a `dwell_h`, or a `start`
    and an `end`. Features of one `sortie` belong together.
    """
    features = _features(text, drafts.file)
    lines = element_lines(text, "features", len(features))
    for feature, line in zip(features, lines, strict=True):
        _feature(feature, line, drafts)


def _features(text: str, name: str) -> list[Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as problem:
        raise PlanError([Fault(f"{name}:{problem.lineno}", problem.msg, "valid JSON")]) from None
    except (RecursionError, ValueError):
        raise PlanError([Fault(name, "nested too deeply or too long", "valid JSON")]) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise PlanError([Fault(f"{name}:1", "no list of features", "a FeatureCollection")])
    return features


def _feature(feature: Any, line: int, drafts: Drafts) -> None:
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    facts = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(shape, dict) or not isinstance(facts, dict):
        drafts.fault(line, "a feature without geometry or properties", "both")
        return
    times = next((facts[key] for key in TIMES if isinstance(facts.get(key), list)), None)
    words = {
        key: str(value) for key, value in facts.items() if isinstance(value, str | int | float)
    }
    if shape.get("type") == "LineString" and times is not None:
        _track(shape.get("coordinates"), times, _draft(words, line, drafts), line, drafts)
    elif shape.get("type") == "Point" and ({"dwell_h", "dwell_min", "start"} & set(words)):
        _stop(shape.get("coordinates"), words, line, drafts)
    elif shape.get("type") == "LineString" and words.get("takeoff") and words.get("sortie"):
        _draft(words, line, drafts)
    else:
        drafts.unused["features that are neither track nor search"] += 1


def _draft(words: Mapping[str, str], line: int, drafts: Drafts) -> Draft:
    name = words.get("sortie") or words.get("name") or words.get("aircraft") or "sortie"
    draft = drafts.of(name, line)
    draft.words += [words.get("aircraft", ""), words.get("name", "")]
    for key in ("takeoff", "landing"):
        if words.get(key) and getattr(draft, key) is None:
            setattr(draft, key, drafts.moment(words[key], line))
    draft.recovery = draft.recovery or words.get("recovery", "")
    return draft


def _track(places: Any, times: list[Any], draft: Draft, line: int, drafts: Drafts) -> None:
    if not isinstance(places, list) or len(places) != len(times):
        drafts.fault(line, f"{len(times)} times for a line", "as many times as places")
        return
    for place, time in zip(places, times, strict=True):
        at, when = _at(place, line, drafts), drafts.moment(str(time), line)
        if at and when:
            draft.fixes.append(Fix(when=when, lon=at[0], lat=at[1]))


def _stop(place: Any, words: Mapping[str, str], line: int, drafts: Drafts) -> None:
    draft, at = _draft(words, line, drafts), _at(place, line, drafts)
    start, end = (_moment(words.get(key, ""), line, drafts) for key in ("start", "end"))
    dwell_h = drafts.dwell_h({key: words.get(key, "") for key in ("dwell_h", "dwell_min")}, line)
    if start and end and start < end:
        dwell_h = (end - start).total_seconds() / 3600
    if dwell_h is None:
        drafts.fault(line, "a place without a dwell", "dwell_h, or start before end")
    elif at:
        stop = Stop(
            where=drafts.at(line),
            cell=words.get("cell", ""),
            lon=at[0],
            lat=at[1],
            dwell_h=dwell_h,
            start=start,
        )
        draft.stops.append(stop)


def _moment(text: str, line: int, drafts: Drafts) -> datetime | None:
    return drafts.moment(text, line) if text else None


def _at(place: Any, line: int, drafts: Drafts) -> tuple[float, float] | None:
    if not isinstance(place, list) or len(place) < 2:
        drafts.fault(line, f"position {place!r}"[:100], "longitude and latitude in degrees")
        return None
    return drafts.place(str(place[0]), str(place[1]), line)
