"""Having a day played: a folder, a process that knows only the copy, and what it says meanwhile."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from daoda.config import leash
from daoda.proving.simulation import copying
from daoda.proving.simulation.blueprint import Blueprint

PLAYER = "daoda.proving.simulation.player"
# How often whoever waits for it hears of it, whether it says anything or not.
HEARD_EVERY_S = 5.0
LAST_WORDS_LINES = 5


class Broke(RuntimeError):
    """The day could not be played to its end; the message is the last thing that was said."""


class Said(NamedTuple):
    """How far it is: copying, playing or judging; so many buyers of all have come."""

    step: str
    done: int = 0
    of: int = 0
    at: datetime | None = None


def run(
    *,
    blueprint: Blueprint,
    day: Mapping[str, Any],
    hear: Callable[[Said], object],
    prepared: Path | None = None,
) -> dict[str, Any]:
    """Play the day and return its outcome. ``hear`` is told at least every few seconds.

    Raises Broke. The player ends with this process, the copy's server with the player.
    """
    with copying.folder() as folder:
        given = {
            "blueprint": blueprint.to_json(), "day": dict(day),
            "prepared": str(prepared) if prepared else None,
        }  # fmt: skip
        (folder / "input.json").write_text(json.dumps(given), encoding="utf-8")
        log = folder / "log"
        with log.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", leash.__name__, PLAYER, str(folder)],
                env={**os.environ, leash.PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
            try:
                _listen(process, hear)
                status = process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
        if status != 0:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise Broke("\n".join(lines[-LAST_WORDS_LINES:]) or f"ended with status {status}")
        outcome: dict[str, Any] = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
        return outcome


def _listen(process: subprocess.Popen[bytes], hear: Callable[[Said], object]) -> None:
    """Pass on what is said until there is nobody to say anything."""
    assert process.stdout is not None
    said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process.stdout, said), daemon=True).start()
    newest = Said("copying")
    while True:
        try:
            line = said.get(timeout=HEARD_EVERY_S)
        except queue.Empty:
            hear(newest)
            continue
        if line is None:
            return
        newest = _parsed(line) or newest
        hear(newest)


def _read(stream: IO[bytes], said: queue.SimpleQueue[bytes | None]) -> None:
    for line in stream:
        said.put(line)
    said.put(None)


def _parsed(line: bytes) -> Said | None:
    try:
        told = json.loads(line)
        at = datetime.fromisoformat(told["at"]) if "at" in told else None
        return Said(told["step"], told.get("done", 0), told.get("of", 0), at)
    except (ValueError, KeyError, TypeError):
        return None  # something printed that is none of ours
