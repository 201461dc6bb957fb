"""Sorties drawn in GPX: tracks with times, and routes whose points have a dwell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.tracks.drawn import Fix, Stop, takeoff_told

if TYPE_CHECKING:
    from datetime import datetime

    from planner.tracks.drawn import Draft, Drafts
    from planner.tracks.markup import Element


def gather(root: Element, drafts: Drafts) -> None:
    """
    Gather sorties from a GPX document.

    A route and a track of one name are one sortie. A point of a route is searched when its
    comment, description or name says "dwell 1.5 h"; the route takes off at the time of its first
    point, or as its description says ("take-off 2020-02-17T09:00+09:00").
    """
    for route in root.each("rte"):
        _route(route, drafts)
    for track in root.each("trk"):
        name = track.said("name") or f"track of line {track.line}"
        draft = _told(track, drafts.of_track(name, track.line), drafts)
        for segment in track.each("trkseg"):
            for point in segment.each("trkpt"):
                _fix(point, draft, drafts)
    drafts.unused["loose waypoints"] += sum(1 for _ in root.each("wpt"))
    if not drafts.unused["loose waypoints"]:
        del drafts.unused["loose waypoints"]


def _told(element: Element, draft: Draft, drafts: Drafts) -> Draft:
    """Add to a sortie what a route or track says of it."""
    words = [element.said(tag) for tag in ("name", "type", "cmt", "desc")]
    draft.words += words
    told = takeoff_told(*words)
    if told:
        draft.takeoff = drafts.moment(told, element.line)
    return draft


def _route(route: Element, drafts: Drafts) -> None:
    name = route.said("name") or f"route of line {route.line}"
    draft = _told(route, drafts.of(name, route.line), drafts)
    points = [*route.each("rtept")]
    for number, point in enumerate(points):
        facts = {key: point.said(key) for key in ("name", "cmt", "desc")}
        dwell_h, place = drafts.dwell_h(facts, point.line), _place(point, drafts)
        when = _when(point, drafts)
        if dwell_h and place:
            draft.stops.append(
                Stop(
                    where=drafts.at(point.line),
                    lon=place[0],
                    lat=place[1],
                    dwell_h=dwell_h,
                    start=when,
                )
            )
        elif number == 0 and when and draft.takeoff is None:
            draft.takeoff = when
        elif number == len(points) - 1 and when:
            draft.landing = when


def _fix(point: Element, draft: Draft, drafts: Drafts) -> None:
    when, place = _when(point, drafts), _place(point, drafts)
    if when is None and not point.said("time"):
        drafts.fault(point.line, "a track point without a time", "a time")
    if when and place:
        draft.fixes.append(Fix(when=when, lon=place[0], lat=place[1]))


def _when(point: Element, drafts: Drafts) -> datetime | None:
    text = point.said("time")
    return drafts.moment(text, point.line) if text else None


def _place(point: Element, drafts: Drafts) -> tuple[float, float] | None:
    attributes = point.attributes
    return drafts.place(attributes.get("lon", ""), attributes.get("lat", ""), point.line)
