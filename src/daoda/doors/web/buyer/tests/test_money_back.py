"""Money that goes back, on the buyer's page: where it stands, when it arrives, where to."""

from __future__ import annotations

import pytest
from django.test import Client

from daoda.doors.web.buyer.tests.test_order import page_of
from daoda.doors.web.buyer.tests.world import ME, Lamp, href, money, ordered
from daoda.kit import clock
from daoda.records.persons import actions as persons
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel, Refund

FINANCE = "department:finance"
STANDS = [
    ({}, "It is being sent the way you paid"),
    ({"owner": FINANCE, "next_at": None}, "cannot send money back by itself"),
    ({"state": "sent", "said": "processing", "sent_at": "now"}, "is working on it. Paid from"),
    ({"state": "unknown", "sent_at": "now"}, "has not confirmed it yet. We keep asking."),
    ({"state": "failed", "owner": FINANCE, "sent_at": "now"}, "takes care of it."),
]


@pytest.fixture
def refund(lamp: Lamp) -> Refund:
    order = money(lamp, ordered(lamp), 9_850, trade_no="T1")
    assert payments.refund_order(order_id=order.pk, reason="buyer_asked", actor=ME, now=clock.now())
    Channel.everywhere.update(adapter="alipay", title="Alipay")
    found: Refund = Refund.everywhere.select_related("order").get(order_id=order.pk)
    return found


def stand(refund: Refund, **changed: object) -> Order:
    if changed.get("sent_at") == "now":
        changed["sent_at"] = clock.now()
    Refund.everywhere.filter(pk=refund.pk).update(**changed)
    assert refund.order is not None
    return refund.order


@pytest.mark.parametrize(("changed", "says"), STANDS)
def test_it_says_where_the_money_is(
    browser: Client, refund: Refund, changed: dict[str, object], says: str
) -> None:
    assert says in page_of(browser, stand(refund, **changed))


def test_it_says_when_the_money_arrives(browser: Client, refund: Refund) -> None:
    order = stand(refund, sent_at="now")
    assert payments.confirm_refund(refund_id=refund.pk, reference="R", actor=ME, now=clock.now())
    page = page_of(browser, order)
    assert "went back" in page
    assert "from a bank card within 3 working days" in page


def test_she_says_where_to_send_it_and_only_while_a_person_sends_it(
    browser: Client, refund: Refund
) -> None:
    order = stand(refund)
    assert "Where to send it" not in page_of(browser, order)
    stand(refund, owner=FINANCE, next_at=None)
    assert "Where to send it" in page_of(browser, order)
    for wrong in ("", "x" * 201, "a\x07b"):
        assert browser.post(f"{href(order)}/payee", {"payee": wrong}).status_code == 422
    assert browser.post(f"{href(order)}/payee", {"payee": " ICBC  6222 Li Lei "}).status_code == 302
    page = page_of(browser, order)
    assert "You have told us where to send it." in page
    assert "6222" not in page
    shown = payments.show_payee(refund_id=refund.pk, actor=ME, now=clock.now())
    assert shown == "ICBC 6222 Li Lei"


def test_nobody_else_says_where_to_send_it(refund: Refund) -> None:
    order = stand(refund, owner=FINANCE, next_at=None)
    stranger = Client(HTTP_HOST="lamp.example")
    stranger.post(f"/o/{order.number}/payee", {"payee": "mine"})
    assert payments.show_payee(refund_id=refund.pk, actor=ME, now=clock.now()) is None


def test_of_an_erased_buyer_nothing_is_kept(browser: Client, refund: Refund) -> None:
    order = stand(refund, owner=FINANCE, next_at=None)
    browser.post(f"{href(order)}/payee", {"payee": "ICBC 6222"})
    persons.erase(person_id=order.person_id, actor=ME, now=clock.now())
    assert payments.show_payee(refund_id=refund.pk, actor=ME, now=clock.now()) is None
    assert browser.post(f"{href(order)}/payee", {"payee": "ICBC"}).status_code == 404
