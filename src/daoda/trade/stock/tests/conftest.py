from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from daoda.kit import clock
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Variant
from daoda.trade.stock.actions.taking import low_water
from daoda.trade.stock.tests import world


@pytest.fixture(autouse=True)
def _fresh_marks() -> Iterator[None]:
    """Marks live as long as a process; each test's database begins anew."""
    low_water.forget()
    yield
    low_water.forget()


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def shop(now: datetime) -> Shop:
    return world.open_shop(now)


@pytest.fixture
def variant(shop: Shop, now: datetime) -> Variant:
    return world.offer(shop, now)
