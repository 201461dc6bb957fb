"""What later stages need is loaded meanwhile."""

from __future__ import annotations

import sys

from planner.loading import loading


def test_modules_are_there_when_the_work_is_done():
    """A module that no other test needs is loaded on the way out."""
    sys.modules.pop("planner.commands.schema", None)
    with loading(("planner.commands.schema",)):
        pass
    assert "planner.commands.schema" in sys.modules


def test_a_missing_module_does_not_disturb_the_work():
    """Who needs it will say so."""
    with loading(("planner.no_such_module", "planner.commands.schema")):
        done = True
    assert done


def test_what_is_to_be_done_then_is_done_and_may_fail():
    """What fails is left to who needs it, without a word."""
    done: list[int] = []
    with loading((), lambda: done.append(1)), loading((), lambda: done[5]):
        pass
    assert done == [1]
