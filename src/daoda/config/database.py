"""Pointing this process at a database after Django has read its settings."""

from __future__ import annotations

from django.db import connections

from daoda.config import environment


def point_at(url: str) -> None:
    """Close this thread's connections; every new one, in any thread, goes to ``url``."""
    connections.close_all()
    connections["default"].settings_dict.update(environment.django_database(url))
