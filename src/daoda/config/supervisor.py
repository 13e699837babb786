"""Keeps child processes running: starts, restarts with growing pauses, stops in order."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from daoda.config import leash

PAUSE_S_MAX = 30.0
STEADY_S = 60.0  # who ran this long has not failed at starting
STOP_S_MAX = 30.0
_LOOK_EVERY_S = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """One module to keep running with its arguments."""

    name: str
    module: str
    arguments: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    due_at: float = math.inf  # when to start it, while it does not run


class Supervisor:
    """Runs children until ``stop`` or a signal. Use it from the main thread alone."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: Mapping[str, str],
        say: Callable[[str], object],
    ) -> None:
        self._children = list(children)
        self._environment = dict(environment) | {leash.PARENT: str(os.getpid())}
        self._say = say
        self._stopping = threading.Event()
        self._hurry = False

    def catch_signals(self) -> None:
        """End cleanly at Ctrl-C, SIGTERM and a closed terminal; at the second one, quickly."""
        for number in _SIGNALS:
            signal.signal(number, self._told_to_stop)

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self, *names: str) -> None:
        """Start these children, or all that have not been started."""
        for child in self._children:
            if child.process is None and (not names or child.name in names):
                self._launch(child)

    def watch(self, *, also: Callable[[], object] = lambda: None) -> None:
        """Restart whoever ends, until told to stop; ``also`` is looked after in every round."""
        while not self._stopping.wait(_LOOK_EVERY_S):
            also()
            self.look()

    def look(self) -> None:
        """One round: notice who ended, start who is due."""
        now = monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.due_at:
                    self._launch(child)
            elif child.process.poll() is not None:
                self._ended(child, child.process.returncode, now)

    def stop(self) -> None:
        """Stop the children one after the other, in the order given; SIGKILL for the stubborn."""
        self._stopping.set()
        for child in self._children:
            if child.process is None or child.process.poll() is not None:
                continue
            self._say(f"Stopping {child.name} ...")
            child.process.terminate()
            if not self._wait(child.process):
                self._say(f"{child.name} does not stop: killing it; all its work is repeatable")
                child.process.kill()
                child.process.wait()

    def _told_to_stop(self, _number: int, _frame: object) -> None:
        self._hurry = self._stopping.is_set()
        self._stopping.set()

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        ends_at = monotonic() + STOP_S_MAX
        while monotonic() < ends_at and not self._hurry:
            try:
                process.wait(_LOOK_EVERY_S)
            except subprocess.TimeoutExpired:
                continue
            return True
        return False

    def _launch(self, child: Child) -> None:
        child.started_at = monotonic()
        child.process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", leash.__name__, child.module, *child.arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            # The terminal's Ctrl-C reaches us alone: we stop them in order.
            start_new_session=True,
        )

    def _ended(self, child: Child, code: int, now: float) -> None:
        child.process = None
        child.failures = 0 if now - child.started_at > STEADY_S else child.failures + 1
        # A float has no room for what a day of failures would double to.
        pause_s = min(PAUSE_S_MAX, 0.5 * 2 ** min(child.failures, 8)) if child.failures else 0.0
        child.due_at = now + pause_s
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        self._say(f"{child.name} {how}: starting it again in {pause_s:.0f} s")
