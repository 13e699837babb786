"""The real house for the time of a test or a picture: `daoda up --demo` on free ports.

Nothing is played but the payment channel, and that by the simulator the demo brings, over a real
socket.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep

from daoda.config import leash

READY_S_MAX = 120.0
STOP_S_MAX = 40.0
SANDBOX_ABOVE = 10  # the simulated channel's port beside the shop's
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NotReady(RuntimeError):
    """The house did not come up; the message ends with what it said."""


class House:
    """A running demo shop. ``url`` is its address, ``passwords`` the staff's, by role."""

    def __init__(self, *, more: Mapping[str, str] | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="daoda-house-"))
        self._folder.chmod(0o711)  # root lends the database to another user, who must get in
        self._log = self._folder / "up.log"
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("DAODA_")},
            "DAODA_DATA": str(self._folder / "data"),
            "DAODA_PORT": str(port),
            "DAODA_CHEAP_PASSWORDS": "1",
            **(more or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> House:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "daoda.config.leash", "daoda.config.cli", "up", "--demo"],
                # A test process that is killed leaves no house behind.
                env={**self._environment, leash.PARENT: str(os.getpid())},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait()
        except NotReady:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def said(self) -> str:
        """What the house has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def passwords(self) -> dict[str, str]:
        """One-time passwords of the staff, by role."""
        return dict(re.findall(r"^    (\w+) +(\S+-\S+)$", self.said, flags=re.MULTILINE))

    def _wait(self) -> None:
        assert self._process is not None
        ends_at = monotonic() + READY_S_MAX
        while "Daoda is ready" not in self.said:
            if self._process.poll() is not None or monotonic() > ends_at:
                raise NotReady(self.said[-2000:])
            sleep(0.1)


def chromium() -> str | None:
    """The system's browser, if there is one."""
    return next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


def _free_port() -> int:
    """A port that is free, and with it the one the simulated channel will take.

    Each test process looks in a range of its own, below those the system gives out: two houses
    that start at the same moment must not find the same port free.
    """
    process = "".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "")))
    lowest = 20_000 + 1_000 * int(process or 0)
    for port in range(lowest, lowest + 1_000, 2 * SANDBOX_ABOVE):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + SANDBOX_ABOVE))
            except OSError:
                continue
            return port
    raise NotReady("no two free ports")
