"""Which aircraft a hand-made sortie means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def airframe_meant(
    words: Sequence[str], fleets: Mapping[str, Sequence[str]], busy: Collection[str]
) -> str | None:
    """
    Return the airframe that some words name, or None.

    What names the fewest is surest: an airframe's own id, then its detachment, then its type; the
    first airframe named that is not busy is taken.

    Parameters
    ----------
    words
        Texts, surest first.
    fleets
        Airframes by what may be said of them: an id, a detachment, a type, a type from a station.
    busy
        Airframes that fly on that day already.

    Examples
    --------
    >>> fleets = {"p3c-naha-1": ["p3c-naha-1"], "p3c-naha": ["p3c-naha-1", "p3c-naha-2"]}
    >>> airframe_meant(["Day 1: P3C-Naha-1, night"], fleets, ())
    'p3c-naha-1'
    >>> airframe_meant(["p3c-naha"], fleets, {"p3c-naha-1"})
    'p3c-naha-2'
    >>> airframe_meant(["P-3C from Naha"], {"P-3C": ["a", "b"], "P-3C from naha": ["b"]}, ())
    'b'
    """
    for text in words:
        for name in sorted(fleets, key=lambda each: (len(fleets[each]), -len(each), each)):
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE):
                frames = fleets[name]
                return next((each for each in frames if each not in busy), frames[0])
    return None
