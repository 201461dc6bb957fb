"""The same sweep on a Dask cluster gives the same plans."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import sweeping
from test_sweep_survival import content, finished, pinned_sweep

from planner.sweep.clusters import Encryption, connected
from planner.sweep.conduct import conduct, open_store
from planner.sweep.engine import Terms
from planner.sweep.store import SweepError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(
        find_spec("distributed") is None and os.environ.get("CI") != "true",
        reason="the extra 'dask' is not installed",
    ),
    pytest.mark.filterwarnings("default"),  # Dask's own, on the way down
]


@pytest.fixture
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def test_same_sweep_on_a_cluster(tmp_path: Path, cluster: Any) -> None:
    """Rows and plans are those of a sweep on this machine, byte for byte."""
    pinned = pinned_sweep(tmp_path)
    with (
        connected(cluster.scheduler_address) as (executor, width),
        open_store(tmp_path / "out", pinned) as store,
    ):
        assert width == 2
        conduct(store, executor, Terms(width=width), work=sweeping.work)
    assert content(tmp_path / "out") == content(finished(tmp_path / "whole", pinned))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_cluster_behind_tls_is_reached_with_its_certificate_only(tmp_path: Path) -> None:
    """With the certificate runs are made; without it the scheduler does not answer."""
    from distributed import LocalCluster

    certificate, key, security = tls(tmp_path)
    pinned = pinned_sweep(tmp_path, "aircraft.p8a-kadena.count=1,2", seeds=1)
    with LocalCluster(
        n_workers=1, threads_per_worker=1, protocol="tls://", security=security,
        dashboard_address=None, silence_logs=50,
    ) as cluster:  # fmt: skip
        encryption = Encryption(authority=certificate, certificate=certificate, key=key)
        with (
            connected(cluster.scheduler_address, encryption) as (executor, width),
            open_store(tmp_path / "out", pinned) as store,
        ):
            conduct(store, executor, Terms(width=width), work=sweeping.work)
            assert store.counts() == {"done": 2}
        with (
            pytest.raises(SweepError, match="no answer"),
            connected(cluster.scheduler_address, patience_s=2.0),
        ):
            pass


def tls(folder: Path) -> tuple[Path, Path, Any]:
    """Make a certificate that is its own authority, and the security of a cluster that uses it."""
    from distributed import Security

    certificate, key = folder / "cert.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run(
        [*made, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    parts = ("scheduler", "worker", "client")
    files = {f"tls_{part}_cert": str(certificate) for part in parts}
    files |= {f"tls_{part}_key": str(key) for part in parts}
    return (
        certificate,
        key,
        Security(require_encryption=True, tls_ca_file=str(certificate), **files),
    )


def test_scheduler_that_goes_away_ends_the_sweep_with_a_word(tmp_path: Path, cluster: Any) -> None:
    """What was done is kept, and the sweep goes on elsewhere."""
    pinned = pinned_sweep(tmp_path, seeds=20)
    stopper = threading.Thread(target=lambda: (time.sleep(1.0), cluster.close()))
    with (
        connected(cluster.scheduler_address) as (executor, width),
        open_store(tmp_path / "out", pinned) as store,
    ):
        stopper.start()
        with pytest.raises(SweepError, match=r"the workers are gone.*--resume"):
            conduct(store, executor, Terms(width=width), work=sweeping.work_of_a_second)
        stopper.join()
    sweeping.main(tmp_path / "out", 2)
    assert content(tmp_path / "out") == content(finished(tmp_path / "whole", pinned))


def test_nobody_at_the_address_is_told() -> None:
    """A wrong address is a fault, not a wait without end."""
    with (
        pytest.raises(SweepError, match="no answer"),
        connected("tcp://127.0.0.1:9", patience_s=1.0),
    ):
        pass
