"""What can be done with a shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoda.records.shops.models import Shop


def create(*, slug: str, name: str, hosts: Sequence[str], now: datetime) -> Shop:
    """Open a shop reached under ``hosts``. Raises IntegrityError when the slug is taken."""
    return Shop.objects.create(slug=slug, name=name, hosts=list(hosts), created_at=now)
