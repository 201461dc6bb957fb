"""Things that bear a file's name and are none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def _circle(path: Path) -> None:
    path.symlink_to(path)


def _nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2_000_000_000)


def _memory(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


def _missing(path: Path) -> None:
    path.unlink(missing_ok=True)


PLACES: dict[str, Callable[[Path], None]] = {
    "a folder": _folder,
    "a pipe nobody writes to": _pipe,
    "an endless device": _endless,
    "a terminal": _terminal,
    "a link to itself": _circle,
    "a link to nowhere": _nowhere,
    "two gigabytes of nothing": _huge,
    "the process's own memory": _memory,
    "nothing": _missing,
}
