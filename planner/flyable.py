"""Whether anything at all can be flown under a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.belief import believe, known_events
from planner.errors import PlannerError
from planner.fleet import muster
from planner.formulation import formulate
from planner.solving import solver
from planner.theatre import lay_out

if TYPE_CHECKING:
    from planner.cache import Cache
    from planner.scenario.model import Scenario

PATIENCE_S = 60.0


def flyable(scenario: Scenario, cache: Cache) -> bool:
    """
    Return whether the greedy solver finds a sortie that sees something.

    Reports only shift what is seen where, so every part of the sea is taken as equally likely.

    Parameters
    ----------
    scenario
        As resolved; one that is refused cannot be flown.
    cache
        Where legal legs are kept.
    """
    even = scenario.hotspots.model_copy(update={"estimator": "uniform", "surfaces": 0})
    scenario = scenario.model_copy(update={"hotspots": even})
    try:
        bases, detachments = muster(scenario)
        theatre = lay_out(scenario, bases, cache)
        events = known_events(scenario, theatre)
        belief = believe(scenario, theatre, events, np.random.default_rng(scenario.seed))
        problem = formulate(scenario, theatre, belief, bases, detachments, cache).problem
    except PlannerError:
        return False
    return bool(solver("greedy")(problem, seconds=PATIENCE_S).routes)
