"""The lamp shop and the people who open an account there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from daoda.records.journal.models import Fact
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop
from daoda.trade.buyers import actions as buyers
from daoda.trade.buyers.models import Buyer

NOW = datetime(2026, 7, 4, 10, 0, tzinfo=UTC)
CONTACT = "li@example.com"
PASSWORD = "paper lantern 47"
ADDRESS = "192.0.2.7"


def open_shop(slug: str = "lamp") -> Shop:
    return shops.create(slug=slug, name=slug.title(), hosts=[f"{slug}.example"], now=NOW)


def registered(shop: Shop, contact: str = CONTACT, **more: Any) -> Buyer:
    """Somebody with an account."""
    buyer = buyers.register(
        shop_id=shop.pk,
        contact=contact,
        password=more.pop("password", PASSWORD),
        address=more.pop("address", ADDRESS),
        now=more.pop("now", NOW),
    )
    assert buyer is not None
    return buyer


def comes_in(shop: Shop, contact: str = CONTACT, password: str = PASSWORD, **more: Any) -> Buyer:
    """Sign in."""
    return buyers.sign_in(
        shop_id=shop.pk,
        contact=contact,
        password=password,
        address=more.pop("address", ADDRESS),
        now=more.pop("now", NOW),
    )


def told(kind: str) -> list[Fact]:
    return list(Fact.everywhere.filter(kind=kind).order_by("id"))
