"""A door opened on a database of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daoda.records.shops import actions as shops
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
KEY = "door-" * 8


@pytest.fixture
def channel(world_db: object) -> Channel:
    """The one channel of a shop nobody has bought in yet."""
    shop = shops.create(slug="door", name="Door", hosts=[], now=LONG_AGO)
    return payments.configure(
        shop_id=shop.pk,
        code="sandbox",
        adapter="sandbox",
        title="Sandbox",
        config={"gateway": "http://127.0.0.1:1", "merchant": "m-1", "key": KEY},
        actor="machine:test",
        now=LONG_AGO,
    )
