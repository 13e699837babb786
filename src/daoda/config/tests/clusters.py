"""Folders and servers for the tests of the embedded PostgreSQL itself."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daoda.config.postgres import Cluster, place, postmaster


@contextmanager
def folder() -> Iterator[Path]:
    """A folder the server's user may enter, unlike pytest's own when root runs the tests."""
    made = Path(tempfile.mkdtemp(prefix="daoda-own-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


@contextmanager
def cluster(data: Path, *, durable: bool = False) -> Iterator[Cluster]:
    """A cluster in this data folder, ended however the test left it."""
    made = Cluster(data, durable=durable, say=lambda words: None)
    try:
        yield made
    finally:
        made.stop()
        # A very long path has its socket folder under /tmp.
        home = place.find_home(data)
        sockets = place.Place(home, None).sockets
        if sockets.parent != home:
            shutil.rmtree(sockets, ignore_errors=True)


def kill(cluster: Cluster) -> None:
    """SIGKILL to the server's process; its sessions notice by themselves."""
    pid = cluster.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while postmaster.find(cluster.pgdata) is not None:
        pass
