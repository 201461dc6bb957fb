"""Sorties drawn in KML: tracks, and points with a time span or a dwell, by folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.tracks.drawn import Fix, Stop, takeoff_told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from planner.tracks.drawn import Draft, Drafts
    from planner.tracks.markup import Element


def gather(root: Element, drafts: Drafts) -> None:
    """
    Gather sorties from a KML document.

    A ``gx:Track`` is a sortie; so are the points of a folder that have a time span or a dwell
    (``dwell_h`` or ``dwell_min`` as extended data, or "dwell 1.5 h" in name or description).
    """
    for folder, mark in _marks(root):
        facts = {**_facts(folder), **_facts(mark)}
        tracks = [each for each in mark.everywhere() if each.tag == "Track"]
        if tracks:
            _track(mark, folder, facts, tracks, drafts)
        elif mark.one("Point") is not None and _is_stop(mark, facts):
            _stop(mark, folder, facts, drafts)
        else:
            drafts.unused["placemarks that are neither track nor search"] += 1


def _marks(root: Element) -> Iterator[tuple[Element, Element]]:
    """Yield each placemark with the folder or document it lies in."""
    for parent in root.everywhere():
        for mark in parent.each("Placemark"):
            yield parent, mark


def _facts(element: Element) -> dict[str, str]:
    """Return what an element says of itself: its words and its extended data."""
    facts = {"name": element.said("name"), "desc": element.said("description")}
    data = element.one("ExtendedData")
    for each in data.everywhere() if data is not None else ():
        if each.tag == "Data":
            facts[each.attributes.get("name", "").strip().lower()] = each.said("value")
        elif each.tag == "SimpleData":
            facts[each.attributes.get("name", "").strip().lower()] = each.text.strip()
    return facts


def _is_stop(mark: Element, facts: dict[str, str]) -> bool:
    spanned = mark.said("TimeSpan", "begin") and mark.said("TimeSpan", "end")
    dwell = any("dwell" in value.lower() for value in (facts["name"], facts["desc"]))
    return bool(spanned or dwell or facts.get("dwell_h") or facts.get("dwell_min"))


def _draft(
    mark: Element, draft: Draft, facts: dict[str, str], folder: Element, drafts: Drafts
) -> Draft:
    """Add to a sortie what a placemark and its folder say of it."""
    draft.words += [facts.get("aircraft", ""), facts["name"], folder.said("name")]
    told = takeoff_told(
        facts["name"], facts["desc"], folder.said("name"), folder.said("description")
    )
    for key, text in (("takeoff", facts.get("takeoff") or told), ("landing", facts.get("landing"))):
        if text and getattr(draft, key) is None:
            setattr(draft, key, drafts.moment(text, mark.line))
    draft.recovery = draft.recovery or facts.get("recovery", "")
    return draft


def _alone(folder: Element) -> bool:
    """Return whether a folder holds one track only, so that all in it is one sortie."""
    tracks = [
        mark
        for mark in folder.each("Placemark")
        if any(e.tag == "Track" for e in mark.everywhere())
    ]
    return folder.tag == "Folder" and len(tracks) == 1


def _track(
    mark: Element, folder: Element, facts: dict[str, str], tracks: list[Element], drafts: Drafts
) -> None:
    own = facts["name"] or f"track of line {mark.line}"
    name = facts.get("sortie") or (folder.said("name") if _alone(folder) else "") or own
    draft = _draft(mark, drafts.of_track(name, mark.line), facts, folder, drafts)
    for track in tracks:
        times, places = [*track.each("when")], [*track.each("coord")]
        if len(times) != len(places):
            found = f"{len(times)} times and {len(places)} places"
            drafts.fault(track.line, found, "as many times as places")
        for time, place in zip(times, places, strict=False):
            when = drafts.moment(time.text, time.line)
            at = _at(place.text.split(), place.line, drafts)
            if when and at:
                draft.fixes.append(Fix(when=when, lon=at[0], lat=at[1]))


def _stop(mark: Element, folder: Element, facts: dict[str, str], drafts: Drafts) -> None:
    name = facts.get("sortie") or folder.said("name") or "sortie"
    draft = _draft(mark, drafts.of(name, mark.line), facts, folder, drafts)
    span = mark.one("TimeSpan")
    begin = _spanned(span, "begin", drafts)
    end = _spanned(span, "end", drafts)
    dwell_h = drafts.dwell_h(facts, mark.line)
    if begin and end:
        dwell_h = (end - begin).total_seconds() / 3600
        if dwell_h <= 0:
            drafts.fault(
                mark.line, f"a search that lasts {dwell_h:g} h", "an end after the beginning"
            )
            return
    place = _at(mark.said("Point", "coordinates").replace(",", " ").split(), mark.line, drafts)
    if place and dwell_h is not None:
        draft.stops.append(
            Stop(
                where=drafts.at(mark.line),
                cell=facts.get("cell", ""),
                lon=place[0],
                lat=place[1],
                dwell_h=dwell_h,
                start=begin,
            )
        )


def _spanned(span: Element | None, end: str, drafts: Drafts) -> datetime | None:
    text = span.said(end) if span is not None else ""
    return drafts.moment(text, span.line) if span is not None and text else None


def _at(numbers: list[str], line: int, drafts: Drafts) -> tuple[float, float] | None:
    if len(numbers) < 2:
        drafts.fault(line, f"position {' '.join(numbers)!r}", "longitude and latitude in degrees")
        return None
    return drafts.place(numbers[0], numbers[1], line)
