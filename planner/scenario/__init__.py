"""Read and check scenario files."""

from planner.scenario.model import Scenario
from planner.scenario.reading import read_scenario

__all__ = ["Scenario", "read_scenario"]
