"""Workers on other machines, through a Dask scheduler that is already running."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.errors import Fault
from planner.sweep.store import SweepError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

PATIENCE_S = 15.0
CLOSE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """Files for TLS: the authority's certificate, and our certificate and key; all PEM."""

    authority: Path
    certificate: Path
    key: Path


@contextmanager
def connected(
    address: str, encryption: Encryption | None = None, *, patience_s: float = PATIENCE_S
) -> Iterator[tuple[Executor, int]]:
    """
    Have an executor on a Dask scheduler for a while, and how many runs its workers take at once.

    Parameters
    ----------
    address
        Where it listens, for example ``tcp://10.0.0.5:8786`` or ``tls://...``.
    encryption
        Needed for ``tls``.
    patience_s
        Seconds to wait for an answer.

    Raises
    ------
    SweepError
        When Dask is not installed, nobody answers, or there is no worker.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        fault = Fault(f"--dask {address}", "Dask is not installed", "the extra 'dask'",
                      "install patrol-planner[dask]")  # fmt: skip
        raise SweepError([fault]) from None
    try:
        client = distributed.Client(
            address,
            timeout=patience_s,
            security=_security(distributed, encryption),
            set_as_default=False,
        )
    except (OSError, ValueError, TypeError, TimeoutError, RuntimeError) as problem:
        fault = Fault(f"--dask {address}", f"no answer ({problem})", "a running Dask scheduler")
        raise SweepError([fault]) from None
    try:
        width = sum(client.nthreads().values())
        if width == 0:
            raise SweepError([Fault(f"--dask {address}", "a scheduler without workers", "workers")])
        yield client.get_executor(pure=False, retries=0), width
    finally:
        client.close(timeout=CLOSE_S)


def _security(distributed: Any, encryption: Encryption | None) -> Any:
    if encryption is None:
        return None
    return distributed.Security(
        require_encryption=True,
        tls_ca_file=str(encryption.authority),
        tls_client_cert=str(encryption.certificate),
        tls_client_key=str(encryption.key),
    )
