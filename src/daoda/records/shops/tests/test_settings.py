"""What a shop may be called and look like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def lamp(db: None) -> Shop:
    return shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=NOON)


def test_what_changed_is_named_and_kept(lamp: Shop) -> None:
    changes = {"name": "Lamp", "footer": "Since 2026", "accent_colour": "#226644"}
    assert shops.configure(shop_id=lamp.pk, changes=changes) == ["accent_colour", "footer"]
    assert shops.configure(shop_id=lamp.pk, changes=changes) == []
    lamp.refresh_from_db()
    assert (lamp.footer, lamp.accent_colour) == ("Since 2026", "#226644")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("accent_colour", "red", "invalid"),
        ("name", "", "blank"),
        ("time_zone", "Mars/Base", "unknown"),
        ("slug", "other", "unknown"),
    ],
)
def test_what_cannot_be_used_is_refused(lamp: Shop, name: str, value: str, code: str) -> None:
    with pytest.raises(shops.Refused) as refused:
        shops.configure(shop_id=lamp.pk, changes={name: value})
    assert refused.value.problems == {name: code}
