"""Reading the history of one thing."""

from __future__ import annotations

import uuid

from daoda.kit import sql
from daoda.records.journal.models import Fact

SQL = sql.load(__package__)


def history(subject_id: uuid.UUID, *, rows_max: int = 500) -> list[Fact]:
    """The facts about one thing in the order they happened; the newest ``rows_max``."""
    newest = Fact.everywhere.filter(subject_id=subject_id).order_by("-at", "-xid", "-id")
    return list(reversed(newest[:rows_max]))


def newest_id(subject_id: uuid.UUID) -> str:
    """What a page has seen of a subject, to be compared by the live door; '' for nothing."""
    found = sql.rows(SQL.newest_fact, {"subject_id": subject_id})
    return found[0][0].hex if found else ""
