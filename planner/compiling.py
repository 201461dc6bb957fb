"""The one door to numba: functions compiled once, and again when any compiled source changes."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from platform import machine, python_version
from typing import TYPE_CHECKING, Any, TypeVar, overload

from planner.cache import digest, user_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Function = TypeVar("Function", bound="Callable[..., object]")

FOLDER = "compiled"
COMPLETE = "complete"
MARKS = (b"@njit", b"@compiled", b"= njit(")
UNUSED_DAYS = 30


@overload
def njit(function: Function) -> Function: ...
@overload
def njit(function: None = None, **options: Any) -> Callable[[Function], Function]: ...
def njit(function: Function | None = None, **options: Any) -> Any:
    """
    Compile a function, without the interpreter's lock, and keep the machine code on disk.

    numba itself notices a change of the function's own file only, not of the files whose
    functions it calls; so the machine code lives in a folder named by all compiled sources beside
    and above the function, which are all it may call. Where nothing can be written, or no longer,
    it is compiled anew in every process.

    Parameters
    ----------
    function
        Function to compile; without it a decorator is returned.
    options
        Further options of `numba.njit`.
    """
    if function is None:
        return lambda each: njit(each, **options)
    import numba

    options = {"nogil": True} | options
    folder = compiled_folder(Path(function.__code__.co_filename).parent)
    if folder is None:
        return numba.njit(**(options | {"cache": False}))(function)
    with _kept_in(folder):
        compiled: Any = numba.njit(**(options | {"cache": True}))(function)
    cache = compiled._cache  # noqa: SLF001 - numba has no other way to it
    cache.save_overload = _if_possible(cache.save_overload)
    cache.load_overload = _if_possible(cache.load_overload)
    return compiled


def _if_possible(touch: Callable[..., Any]) -> Callable[..., Any]:
    """Let go what cannot be read or written: the folder may have vanished, or the disk be full."""

    def tried(*arguments: Any) -> Any:
        with suppress(OSError):
            return touch(*arguments)
        return None

    return tried


@contextmanager
def _kept_in(folder: Path) -> Iterator[None]:
    """Let numba keep what is declared meanwhile in a folder; others' functions stay elsewhere."""
    from numba.core import config

    before = vars(config)["CACHE_DIR"]
    vars(config)["CACHE_DIR"] = str(folder)
    try:
        yield
    finally:
        vars(config)["CACHE_DIR"] = before


@cache
def compiled_folder(sources: Path) -> Path | None:
    """
    Return where machine code is kept, made if need be; None if nothing can be written.

    Parameters
    ----------
    sources
        Folder of the compiled functions.
    """
    home = user_folder()
    if home is None:
        return None
    folder = home / FOLDER / version(sources)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    _drop_unused(folder)
    return folder


def is_complete(sources: Path) -> bool:
    """Return whether all that the functions in a folder compile to was noted to be on disk."""
    folder = compiled_folder(sources)
    return folder is not None and (folder / COMPLETE).exists()


def set_complete(sources: Path) -> None:
    """Note that all that the functions in a folder compile to is on disk."""
    folder = compiled_folder(sources)
    if folder is not None:
        with suppress(OSError):
            (folder / COMPLETE).touch()


def version(sources: Path) -> str:
    """Return a digest of compiled sources in a folder and above, numba, Python and the machine."""
    top = Path(__file__).parent
    folders = [each for each in (sources, *sources.parents) if each.is_relative_to(top)]
    contents = [path.read_bytes() for each in folders for path in sorted(each.glob("*.py"))]
    compiled = [content for content in contents if any(mark in content for mark in MARKS)]
    names = (str(sources), machine(), python_version(), metadata.version("numba"))
    return digest([*(name.encode() for name in names), *compiled])[:16]


def _drop_unused(used: Path) -> None:
    """Remove the machine code of versions beside the one in use that nobody used for some time."""
    oldest_s = used.stat().st_mtime - UNUSED_DAYS * 86_400
    for version in sorted(used.parent.iterdir()):
        with suppress(OSError):
            if version.is_dir() and version.stat().st_mtime < oldest_s:
                _remove(version)


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.rmdir()
