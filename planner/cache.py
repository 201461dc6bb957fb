"""Arrays that took long to compute, kept by the content they came from."""

from __future__ import annotations

import hashlib
import io
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from platform import machine
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import FaultsError
from planner.files import read_bytes, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

SUFFIX = ".arrays"
DIGEST_BYTES = hashlib.sha256().digest_size
MOST_BYTES = 500_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cache:
    """
    A folder of arrays named by the hash of what they were computed from.

    A damaged entry is computed anew, and a folder that cannot be written only costs time: a
    result never depends on the cache.

    Parameters
    ----------
    folder
        Where entries are kept; made when first needed. Without one nothing is kept.
    most_bytes
        Entries are dropped, longest unused first, until no more than this is kept; one that would
        take a quarter of it alone is not kept.
    """

    folder: Path | None
    most_bytes: int = MOST_BYTES

    def arrays(self, inputs: Iterable[bytes], compute: Callable[[], Arrays]) -> Arrays:
        """
        Return the arrays kept for some inputs, or compute and keep them.

        Parameters
        ----------
        inputs
            Everything the result depends on, the version of the code included.
        compute
            Makes the arrays; called only when they are not kept.
        """
        if self.folder is None:
            return compute()
        path = self.folder / (digest(inputs) + SUFFIX)
        kept = _read(path)
        if kept is not None:
            return kept
        made = compute()
        packed = _packed(made)
        if len(packed) > self.most_bytes // 4:
            return made
        try:
            write_file(path, packed)
            _drop_oldest(self.folder, self.most_bytes)
        except OSError as error:
            log.debug("cannot keep %s: %s", path, error)
        return made


NOTHING_KEPT = Cache(None)


def digest(inputs: Iterable[bytes]) -> str:
    """
    Return the SHA-256 of a sequence of byte strings, each told from the next.

    Examples
    --------
    >>> digest([b"ab", b"c"]) == digest([b"a", b"bc"])
    False
    """
    hash_ = hashlib.sha256()
    for each in inputs:
        hash_.update(len(each).to_bytes(8, "big"))
        hash_.update(each)
    return hash_.hexdigest()


@cache
def code_version(package: str, *libraries: str) -> bytes:
    """
    Return what changes when the sources of a package do, or the libraries below it.

    Parameters
    ----------
    package
        Its own files count, not those of packages within it.
    libraries
        Versions of the libraries that its results depend on.
    """
    sources = sorted(files(package).iterdir(), key=lambda each: each.name)
    code = [each.read_bytes() for each in sources if each.name.endswith(".py")]
    return digest([*code, *(name.encode() for name in (machine(), *libraries))]).encode()


def user_folder() -> Path | None:
    """Return the folder where this user's programs keep such things, or None without a home."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        if os.environ.get(variable):
            return Path(os.environ[variable]) / "patrol-planner"
    with suppress(RuntimeError):
        return Path.home() / ".cache" / "patrol-planner"
    return None


def _read(path: Path) -> Arrays | None:
    if not path.is_file():
        return None
    try:
        content = read_bytes(path, limit=MOST_BYTES)
    except FaultsError as error:
        log.debug("cannot use %s: %s", path, error)
        return None
    seal, packed = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if hashlib.sha256(packed).digest() != seal:
        log.warning("%s is damaged; it is computed anew", path)
        return None
    with suppress(OSError):
        os.utime(path)
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError) as error:
        log.warning("%s cannot be read (%s); it is computed anew", path, error)
        return None


def _drop_oldest(folder: Path, most_bytes: int) -> None:
    states = [(path, path.stat()) for path in folder.glob(f"*{SUFFIX}")]
    states.sort(key=lambda each: (-each[1].st_mtime_ns, each[0]))
    total = 0
    for path, state in states:
        total += state.st_size
        if total > most_bytes:
            path.unlink(missing_ok=True)


def _packed(arrays: Arrays) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    return hashlib.sha256(packed.getvalue()).digest() + packed.getvalue()
