"""What the worker does for rehearsals: start who plays the next one, notice who has gone."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import datetime

from daoda.kit.loops import Loop
from daoda.watch.rehearsals import actions as rehearsals

# Found by name: who plays stands on the floor above, and ends with us however we end.
LEASH, PARENT = "daoda.config.leash", "DAODA_PARENT_PID"
SIMULATION = "daoda.proving.simulation"


@dataclass
class Playing:
    """The process that plays for this worker, and what it plays."""

    rehearsal_id: uuid.UUID
    process: subprocess.Popen[bytes]


class Stage:
    """At most one process a worker; across workers ``begin`` lets one rehearsal run at a time."""

    def __init__(self) -> None:
        self.playing: Playing | None = None

    def look(self, now: datetime) -> int:
        """Notice an end, start the next; how many of the two happened."""
        return self._reap(now) + self._start(now)

    def _reap(self, now: datetime) -> int:
        playing = self.playing
        if playing is None or playing.process.poll() is None:
            return 0
        self.playing = None
        # It says itself how it ended; whoever was killed could not.
        rehearsals.give_up(rehearsal_id=playing.rehearsal_id, reason="killed", now=now)
        return 1

    def _start(self, now: datetime) -> int:
        if self.playing is not None:
            return 0
        row = rehearsals.begin(now=now)
        if row is None:
            return 0
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", LEASH, SIMULATION, "--rehearsal", row.pk.hex],
            env={**os.environ, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.playing = Playing(row.pk, process)
        return 1


_stage = Stage()


def play(now: datetime) -> int:
    """Start the next one when none is being played."""
    return _stage.look(now)


def pass_dates(now: datetime) -> int:
    """What was promised for rehearsals and is late."""
    return rehearsals.pass_dates(now=now)


LOOPS = (
    Loop("rehearsals.play", play, every_s=1.0, wake="rehearsal"),
    Loop("rehearsals.pass_dates", pass_dates, every_s=5.0),
)
