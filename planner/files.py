"""Read what others wrote with bounds, and write so that no half-written file is ever left."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import Fault, FaultsError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1_000_000


def read_bytes(path: Path, *, limit: int, error: type[FaultsError] = FaultsError) -> bytes:
    """
    Return a regular file's bytes.

    Parameters
    ----------
    path
        The file.
    limit
        Most bytes that are read.
    error
        What to raise.

    Raises
    ------
    FaultsError
        When the file is missing, is no regular file, cannot be read or is larger than `limit`.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise error([Fault(str(path), "not a regular file", "a file")])
        with path.open("rb") as file:  # what says it is too large is not read at all
            data = file.read(limit + 1) if state.st_size <= limit else b""
    except FileNotFoundError:
        siblings = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
        raise error(
            [Fault(str(path), "no such file", "a file", nearest(path.name, siblings))]
        ) from None
    except (OSError, ValueError) as problem:
        raise error([Fault(str(path), f"cannot be read ({problem})", "a readable file")]) from None
    if max(len(data), state.st_size) > limit:
        raise error([Fault(str(path), "too large", f"at most {limit / MEGABYTE:g} MB")])
    return data


def read_text(path: Path, *, limit: int, error: type[FaultsError] = FaultsError) -> str:
    """Return a regular file's text, UTF-8 with or without a byte order mark; see `read_bytes`."""
    data = read_bytes(path, limit=limit, error=error)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        found = f"byte 0x{data[problem.start]:02x}"
        raise error([Fault(f"{path}:{line}", found, "UTF-8 text")]) from None


def inside(folder: Path, name: str) -> Path | None:
    """Return the path of `name` in `folder`, or None when it leads out of the folder."""
    try:
        path = (folder / name).resolve()
    except ValueError:  # half a character, which no name of a file can hold
        return None
    return path if path.is_relative_to(folder.resolve()) and "\0" not in name else None


def refuse_unwritable(folder: Path) -> None:
    """
    Raise `FaultsError` when nothing could be written into a folder, or the folder not made.

    Asked before long work: what could be written then may still fail later.
    """
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=f".{folder.name}."):
            return
    except OSError as problem:
        found = f"cannot write into {there} ({problem.strerror})"
    raise FaultsError([Fault(str(folder), found, "a folder that can be written")])


def write_file(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all: to a temporary name beside it, then moved into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode() if isinstance(data, str) else data
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """
    Wait until no other process writes into a folder, and keep others waiting meanwhile.

    The system lets go of the folder when the process dies. Where it has no such locks (Windows),
    nobody waits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
