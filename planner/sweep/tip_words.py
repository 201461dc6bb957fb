"""A tipping point in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.sweep.factors import shown
from planner.sweep.trials import OVERRIDE
from planner.sweep.words import station

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.sweep.factors import Factor
    from planner.sweep.question import Question
    from planner.sweep.tipping import Weight
    from planner.sweep.words import Wording


def tip_sentence(question: Question, found: Mapping[Any, Weight], said: Wording) -> str:
    """
    Return where it tips, and how far the tip may lie from there.

    Parameters
    ----------
    question
        What was asked.
    found
        What was weighed, by place along the factor.
    said
        The words for the sweep.
    """
    factor, places = question.along, sorted(found)
    matters = [found[place].value >= question.least for place in places]
    notes = [] if question.choice is None else [_counts_as_nothing(question, said)]
    tip = next((n for n in range(1, len(places)) if matters[n] != matters[n - 1]), None)
    if tip is None:
        ends = f"{shown(places[0])} to {said.level(factor.path, places[-1])}"
        return _with(f"From {ends}, {_throughout(question, said, matters=matters[0])}", notes)
    low, high = places[tip - 1], places[tip]
    where = said.level(factor.path, high if factor.whole else float(f"{(low + high) / 2:.3g}"))
    side = "Below" if matters[-1] else "From"
    notes = [_within(question, found, low, high), *notes]
    return _with(f"{side} {where}, {_no_longer(question, said)}", notes)


def _with(sentence: str, notes: list[str]) -> str:
    return f"{sentence} ({'; '.join(notes)})." if notes else f"{sentence}."


def _within(question: Question, found: Mapping[Any, Weight], low: Any, high: Any) -> str:
    """Return between which places the tip lies, as far as seeds tell."""
    if not all(math.isfinite(weight.half) for weight in found.values()):
        return "one seed: search noise not measured"
    sure = [place for place, w in found.items() if abs(w.value - question.least) > w.half]
    least = max((place for place in sure if place <= low), default=min(found))
    most = min((place for place in sure if place >= high), default=max(found))
    return f"9 times in 10 between {shown(least)} and {shown(most)}"


def _counts_as_nothing(question: Question, said: Wording) -> str:
    return f"less than {question.least:g} transfers {said.per} counts as nothing"


def _no_longer(question: Question, said: Wording) -> str:
    if question.choice is None:
        return f"fewer than {question.least:g} transfers {said.per} are seen"
    return f"{_choice(question.choice, said)} no longer matters"


def _throughout(question: Question, said: Wording, *, matters: bool) -> str:
    if question.choice is None:
        many = "at least" if matters else "fewer than"
        return f"{many} {question.least:g} transfers {said.per} are seen throughout"
    verb = "matters" if matters else "does not matter"
    return f"{_choice(question.choice, said)} {verb} throughout"


def _choice(choice: Factor, said: Wording) -> str:
    one, other = choice.values
    if choice.path.startswith(OVERRIDE):
        return said.name(choice.path)
    if choice.path.startswith("stations.") and other in (True, False):
        return f"{'opening' if other else 'closing'} {station(choice.path.split('.')[1])}"
    return f"{said.level(choice.path, other)} instead of {shown(one)}"
