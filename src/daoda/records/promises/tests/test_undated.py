"""What the desk asks of one shop, beside what the command asks of all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daoda.kit import ids
from daoda.records.promises import queries as promises
from daoda.records.shops import actions as shops

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_looking_in_a_shop_looks_at_every_guarded_table() -> None:
    shop = shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=NOON)
    looked = promises.look_in_shop(shop.pk)
    assert "orders_order" in {each.table for each in looked}
    assert all(each.guarded and each.undated == 0 for each in looked)


@pytest.mark.django_db
def test_the_rows_of_another_shop_are_not_counted() -> None:
    assert sum(each.rows for each in promises.look_in_shop(ids.uuid7(NOON))) == 0
