"""Read reports of past transfers."""

from planner.events.collection import Event, Events, Points, Rejected
from planner.events.reading import read_events

__all__ = ["Event", "Events", "Points", "Rejected", "read_events"]
