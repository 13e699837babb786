"""Named fault points: places between two steps where a test may kill this very process.

``DAODA_FAULT=settle.before_commit:3`` makes the third passing of that point a SIGKILL, as
sudden as a power cut. Without the variable a point costs one comparison.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_PLAN = os.environ.get("DAODA_FAULT", "")
_NAME, _, _NTH = _PLAN.partition(":")
_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Pass the fault point ``name``; dies here if the plan says so."""
    if not _NAME or name != _NAME:
        return
    _passed[name] += 1
    if _passed[name] == int(_NTH or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
