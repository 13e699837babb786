"""Looks at the rows again and again while a drill goes on: what must never be, not even for long.

A database that is away or full is looked at again later. Runs in a thread of its own.
"""

from __future__ import annotations

import threading
from typing import Any

import psycopg

from daoda.proving.drills import judging
from daoda.proving.drills.judging import Check

NAME = "watch"
EVERY_S = 0.25
STOP_S_MAX = 15.0
# A server that is cut off says nothing, and nobody waits for ours to notice.
_NETWORK: dict[str, Any] = {
    "connect_timeout": 5, "tcp_user_timeout": 5_000, "application_name": NAME
}  # fmt: skip


class Watch:
    """Counts looks at all open orders and what was wrong at any of them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._told = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self.looks = 0
        self.undated: set[str] = set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns after the last look. Safe to repeat."""
        self._told.set()
        self._thread.join(STOP_S_MAX)

    def check(self) -> Check:
        """What all looks together have seen."""
        words = f"{self.looks} looks meanwhile: {len(self.undated)} open orders without a promise"
        return Check("watched", self.looks > 0 and not self.undated, words)

    def _live(self) -> None:
        while not self._told.wait(EVERY_S):
            try:
                with psycopg.connect(self._url, autocommit=True, **_NETWORK) as connection:
                    while not self._told.wait(EVERY_S):
                        self._look(connection)
            except psycopg.Error as problem:
                print(f"the watch could not look: {problem}")

    def _look(self, connection: psycopg.Connection) -> None:
        self.undated |= set(judging.undated(connection))
        self.looks += 1
