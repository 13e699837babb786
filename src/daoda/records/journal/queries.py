"""Reading the history of one thing, or of the few things that make one story."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from daoda.kit import sql
from daoda.records.journal.models import Fact

SQL = sql.load(__package__)


def history(subject_id: uuid.UUID, *, rows_max: int = 500) -> list[Fact]:
    """The facts about one thing in the order they happened; the newest ``rows_max``."""
    return history_of([subject_id], rows_max=rows_max)


def history_of(subject_ids: Collection[uuid.UUID], *, rows_max: int = 500) -> list[Fact]:
    """The facts about several things as one story; the newest ``rows_max``."""
    newest = Fact.everywhere.filter(subject_id__in=subject_ids).order_by("-at", "-xid", "-id")
    return list(reversed(newest[:rows_max]))


def newest_id(subject_id: uuid.UUID) -> str:
    """What a page has seen of a subject, to be compared by the live door; '' for nothing."""
    found = sql.rows(SQL.newest_fact, {"subject_id": subject_id})
    return found[0][0].hex if found else ""
