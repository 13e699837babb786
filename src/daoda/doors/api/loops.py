"""What the worker does for the API: forget answers nobody will ask for again."""

from __future__ import annotations

from datetime import datetime

from daoda.doors.api import actions
from daoda.kit.loops import Loop


def sweep_answers(now: datetime) -> int:
    return actions.sweep_answers(now=now)


LOOPS = (Loop(name="api_answer_sweep", run_once=sweep_answers, every_s=600.0),)
