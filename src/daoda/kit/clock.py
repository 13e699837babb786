"""The one clock of the house: the database's, read once per request or batch and passed on.

Several machines disagree about the time; their one database does not. Drills and simulations
shift it with ``DAODA_CLOCK_OFFSET_S``. Rules never read a clock, they are given ``now``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection


def now() -> datetime:
    """The database's time as aware UTC, shifted by the drill offset (seconds)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (read,) = cursor.fetchone()
    offset_s: float = settings.DAODA.clock_offset_s
    moment: datetime = read.astimezone(UTC)
    return moment + timedelta(seconds=offset_s)
