"""Reading the history of one thing."""

from __future__ import annotations

import uuid

from daoda.records.journal.models import Fact


def history(subject_id: uuid.UUID, *, rows_max: int = 500) -> list[Fact]:
    """The facts about one thing in the order they happened; the newest ``rows_max``."""
    newest = Fact.everywhere.filter(subject_id=subject_id).order_by("-at", "-id")[:rows_max]
    return list(reversed(newest))
