"""Load what later stages need while compiled code leaves the interpreter idle."""

from __future__ import annotations

import importlib
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WHILE_SOLVING = (
    "planner.solvers.master",
    "scipy.spatial",
    "scipy.optimize",
    "planner.outputs.folder",
    "folium",
    "geopandas",
)


@contextmanager
def loading(modules: tuple[str, ...], then: Callable[[], object] | None = None) -> Iterator[None]:
    """
    Import modules beside what runs inside, and do something then.

    What fails is left to who needs it.
    """
    thread = Thread(target=_load, args=(modules, then), daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _load(modules: tuple[str, ...], then: Callable[[], object] | None) -> None:
    for name in modules:
        with suppress(ImportError):
            importlib.import_module(name)
    if then is not None:
        with suppress(Exception):
            then()
