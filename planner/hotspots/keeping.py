"""Surfaces kept from one run to the next, by the content of what they are estimated from."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.cache import code_version
from planner.hotspots.counts import Count
from planner.hotspots.surface import Surface, estimate
from planner.hotspots.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.cache import Arrays, Cache
    from planner.hotspots.history import Cells, Exposure, History
    from planner.hotspots.settings import Settings

ARRAYS = ("share", "profile", "scenarios", "unknown")
LIBRARIES = ("numpy", "scipy", "numba")


def kept_surface(
    cache: Cache,
    history: History,
    cells: Cells,
    *,
    rng: np.random.Generator,
    estimator: str,
    settings: Settings,
    exposure: Exposure | None,
) -> Surface:
    """
    Return the surface that `estimate` makes, from the cache when it was made before.

    Parameters
    ----------
    cache
        Where surfaces are looked up and kept.
    history, cells, estimator, settings, exposure
        As `estimate` has them.
    rng
        Its state is part of the content; it is the same afterwards, kept or estimated.
    """

    def compute() -> Arrays:
        made = estimate(
            history, cells, rng=rng, estimator=estimator, settings=settings, exposure=exposure
        )
        return _packed(made, rng)

    words = (estimator, repr(settings), json.dumps(rng.bit_generator.state))
    contents = (part for each in (history, cells, exposure) for part in _content(each))
    inputs = [_code(), *(word.encode() for word in words), *contents]
    return _unpacked(cache.arrays(inputs, compute), cells, rng)


def _packed(surface: Surface, rng: np.random.Generator) -> Arrays:
    words = {
        "count": asdict(surface.count),
        "volume": asdict(surface.volume),
        "card": dict(surface.card),
        "rng": rng.bit_generator.state,
    }
    arrays = {name: getattr(surface, name) for name in ARRAYS}
    return arrays | {"words": np.frombuffer(json.dumps(words).encode(), dtype=np.uint8)}


def _unpacked(kept: Arrays, cells: Cells, rng: np.random.Generator) -> Surface:
    words = json.loads(kept["words"].tobytes())
    rng.bit_generator.state = words["rng"]
    return Surface(
        **{name: kept[name] for name in ARRAYS},
        count=Count(**words["count"]),
        volume=Volume(**words["volume"]),
        card=words["card"],
        cells=cells,
    )


def _content(data: History | Cells | Exposure | None) -> Iterator[bytes]:
    """Yield every number of a dataclass, and nothing of what is made from them."""
    for field in fields(data) if data is not None else ():
        if field.init:
            value: Any = np.asarray(getattr(data, field.name))
            yield f"{field.name} {value.dtype} {value.shape}".encode()
            yield value.tobytes()


def _code() -> bytes:
    return code_version("planner.hotspots", *(version(name) for name in LIBRARIES))
