"""A server behind a cable that can be pulled: a network namespace of our own and a pair of ends.

Nothing says that the cable is pulled: packets vanish, as they do when a machine loses its power.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from daoda.config.postgres import Cluster
from daoda.proving.drills.place import Place, installed
from daoda.proving.drills.standby import Pair, follow, paired

_NET = 0x40000000  # CLONE_NEWNET of setns(2)
LIVES_S = 3600
# 198.18.0.0/15 is kept free for trials of networks (RFC 2544).
NETWORK = "198.18.77"
OURS, THEIRS = f"{NETWORK}.1", f"{NETWORK}.2"
_TRUST = f"\nhost all all {NETWORK}.0/24 trust\nhost replication all {NETWORK}.0/24 trust\n"


@dataclass(frozen=True)
class Cut(Pair):
    """A pair whose first server is reached by ``cable`` alone."""

    cable: Cable


class Cable:
    """A namespace and the pair of ends that leads into it."""

    def __init__(self) -> None:
        # The namespace lives as long as this process in it.
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", str(LIVES_S)])  # noqa: S603, S607
        self._name = f"drill{self._holder.pid}"

    def lay(self) -> None:
        """Both ends up, each with its address."""
        while os.readlink(f"/proc/{self._holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            sleep(0.01)  # it has not entered its own yet
        end = f"{self._name}x"
        _ip("link", "add", self._name, "type", "veth", "peer", "name", end)
        _ip("link", "set", end, "netns", str(self._holder.pid))
        _ip("address", "add", f"{OURS}/24", "dev", self._name)
        _ip("link", "set", self._name, "up")
        with self.inside():
            _ip("address", "add", f"{THEIRS}/24", "dev", end)
            _ip("link", "set", end, "up")
            _ip("link", "set", "lo", "up")

    def pull(self) -> None:
        """From now on nothing passes, and nobody is told."""
        with self.inside():
            _ip("link", "set", f"{self._name}x", "down")

    def remove(self) -> None:
        """Both ends and the namespace, which alone would linger with what was on its way."""
        subprocess.run(["ip", "link", "delete", self._name], check=False)  # noqa: S603, S607
        self._holder.kill()
        self._holder.wait()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What this thread starts meanwhile is at the other end."""
        own = os.open("/proc/self/ns/net", os.O_RDONLY)
        theirs = os.open(f"/proc/{self._holder.pid}/ns/net", os.O_RDONLY)
        try:
            _enter(theirs)
            yield
        finally:
            _enter(own)
            os.close(own)
            os.close(theirs)


def cannot() -> str:
    """Why no cable can be laid here; empty when it can."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip"):
        return "a network of its own is made for it, which takes root on Linux and iproute2"
    tried = subprocess.run(
        ["unshare", "--net", "ip", "link", "add", "tried", "type", "veth"],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return tried.stderr.strip()


@contextmanager
def behind_a_cable(data: Path, prepared: Path | None = None) -> Iterator[Cut]:
    """The first server at the other end of a cable, its standby at ours; both by TCP."""
    cable = Cable()
    try:
        with installed(data, prepared) as where:
            cable.lay()
            _move(where, cable)
            settings = f"listen_addresses = '{OURS}'\n"
            standby = follow(
                where.cluster, data.parent / "standby", address=THEIRS, settings=settings
            )
            try:
                pair = paired(where, standby, (THEIRS, OURS))
                yield Cut(pair.cluster, pair.data, pair.url, pair.owner_url, standby, cable)
            finally:
                standby.stop()
                _end_at_once(where.cluster)
    finally:
        cable.remove()


def _move(where: Place, cable: Cable) -> None:
    """Start the first server anew at the other end, listening there."""
    _listen(where.cluster, THEIRS)
    with (where.cluster.pgdata / "pg_hba.conf").open("a", encoding="utf-8") as file:
        file.write(_TRUST)
    where.cluster.stop()
    with cable.inside():
        where.cluster.start()


def _end_at_once(cluster: Cluster) -> None:
    """One that waits for a standby it cannot reach would not end in good order."""
    if (pid := cluster.pid()) is not None:
        os.kill(pid, signal.SIGQUIT)


def _listen(cluster: Cluster, address: str) -> None:
    with (cluster.pgdata / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write(f"listen_addresses = '{address}'\n")


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _NET) != 0:
        raise OSError(ctypes.get_errno(), "the network cannot be entered")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)  # noqa: S603, S607
