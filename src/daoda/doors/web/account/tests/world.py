"""People with an account at the lamp shop, and their browsers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from daoda.doors.web.buyer.tests.world import Lamp, visitor
from daoda.kit import clock
from daoda.records.shops.models import Shop
from daoda.trade.buyers import actions as buyers
from daoda.trade.buyers.models import Buyer

LI = "li@example.com"
WANG = "13800000000"
SECRET = "paper lantern 47"


@pytest.fixture
def li(lamp: Lamp) -> Buyer:
    return registered(lamp.shop, LI)


@pytest.fixture
def hers(lamp: Lamp, li: Buyer) -> Client:
    """Li's browser, signed in."""
    return signed_in(lamp.shop, LI)


def registered(shop: Shop, contact: str) -> Buyer:
    buyer = buyers.register(
        shop_id=shop.pk, contact=contact, password=SECRET, address="192.0.2.1", now=clock.now()
    )
    assert buyer is not None
    return buyer


def give(browser: Client, contact: str, password: str = SECRET, **more: Any) -> Any:
    """Send the sign-in form."""
    return browser.post("/account/sign-in", {"contact": contact, "password": password, **more})


def signed_in(shop: Shop, contact: str) -> Client:
    """A browser in which someone with an account has signed in."""
    browser = visitor(shop)
    assert give(browser, contact).status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    return bool(browser.get("/account/").status_code == 200)
