"""What the worker does for the tables everything else stands on."""

from __future__ import annotations

from datetime import datetime

from daoda.kit import insert_only
from daoda.kit.loops import Loop


def make_partitions(now: datetime) -> int:
    """Keep partitions of history some months ahead. Never asks for another round at once."""
    insert_only.make_partitions(now)
    return 0


LOOPS = (Loop("history.partitions", make_partitions, every_s=6 * 3600.0),)
