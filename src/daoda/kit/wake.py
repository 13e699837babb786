"""Waking the loops after a commit. A hint for speed; correctness is in the polling.

NOTIFY inside a transaction takes a lock over the whole instance at its commit, so it is sent
afterwards, once for all that a transaction wants to wake.
"""

from __future__ import annotations

import logging
from functools import partial

from django.db import Error, connection, transaction

CHANNEL = "daoda_wake"
log = logging.getLogger(__name__)


def wake(*names: str) -> None:
    """Wake the loops that listen for these names, once the current transaction has committed."""
    transaction.on_commit(partial(_notify, names), robust=True)


def _notify(names: tuple[str, ...]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, " ".join(names)])
    except Error as problem:
        # The work itself is committed and will be found by polling.
        log.warning("wake_failed", extra={"names": names, "problem": str(problem)})
