"""Refunds on the desk: where each stands, what was done about it, and what a person may do."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.doors.web.staff.tests.world import walked_in
from daoda.kit import clock, http
from daoda.records.accounts.roles import Role
from daoda.records.shops.models import Shop
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Refund

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No channel answers."""
    monkeypatch.setattr(http, "send_all", lambda calls: [http.NoAnswer("Timeout")] * len(calls))


def owed(world: World) -> Refund:
    order = world.buy(variant=world.plan)
    assert payments.refund_order(
        order_id=order.pk, reason="buyer_asked", actor="machine:t", now=world.now
    )
    found: Refund = Refund.everywhere.get(order_id=order.pk)
    return found


def by_hand(world: World) -> Refund:
    """One that the channel cannot send."""
    refund = owed(world)
    Refund.everywhere.filter(pk=refund.pk).update(owner="department:finance", next_at=None)
    refund.refresh_from_db()
    return refund


def page(browser: Client, name: str, *args: object, query: str = "") -> str:
    answer = browser.get(at(name, *args) + query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_each_part(operator: Client, world: World, silent: None) -> None:
    asked, hand = owed(world), by_hand(world)
    payments.refund_batch(now=clock.now())
    shown = page(operator, "refunds")
    for refund in (asked, hand):
        assert at("refund", refund.pk) in shown
    people = page(operator, "refunds", query="?part=people")
    assert at("refund", hand.pk) in people
    assert at("refund", asked.pk) not in people
    assert "No refunds here" in page(operator, "refunds", query="?part=confirmed")
    assert page(operator, "refunds", query=f"?part=all&after={hand.pk.hex}")
    assert page(operator, "refunds", query="?part=all&after=x")
    assert operator.get(at("refunds") + "?part=other").status_code == 404


def test_a_refund_tells_what_was_sent_and_what_comes_next(
    operator: Client, world: World, silent: None
) -> None:
    refund = owed(world)
    payments.refund_batch(now=clock.now())
    shown = page(operator, "refund", refund.pk)
    for words in ("Unknown", "Sent to the channel", "No clear answer", "no answer: Timeout",
                  "The machine turns to it next", "Cut-off"):  # fmt: skip
        assert words in shown, words
    assert operator.post(at("refund_question", refund.pk)).status_code == 302
    refund.refresh_from_db()
    assert refund.next_at is not None
    assert refund.next_at <= clock.now()


def test_what_failed_is_sent_once_more_by_finance_with_a_reason(
    lamp: Shop, world: World, silent: None
) -> None:
    refund = by_hand(world)
    Refund.everywhere.filter(pk=refund.pk).update(state="failed", detail="no balance")
    finance, expert = (walked_in(lamp, role.value, role) for role in (Role.FINANCE, Role.EXPERT))
    assert "no balance" in page(finance, "refund", refund.pk)
    assert expert.post(at("refund_sending", refund.pk), {"reason": "x"}).status_code == 403
    assert finance.post(at("refund_sending", refund.pk), {}).status_code == 422
    assert finance.post(at("refund_sending", refund.pk), {"reason": "topped up"}).status_code == 302
    refund.refresh_from_db()
    assert (refund.state, refund.owner) == ("owed", "machine:refund")
    assert "payment.refund_retried" in facts(refund.order_id)
    assert "topped up" in page(finance, "refund", refund.pk)


def test_where_to_is_shown_to_finance_only_and_on_record(lamp: Shop, world: World) -> None:
    refund = by_hand(world)
    finance = walked_in(lamp, "fin", Role.FINANCE)
    assert "Where the buyer wants it sent" not in page(finance, "refund", refund.pk)
    order = Order.everywhere.select_related("person").get(pk=refund.order_id)
    assert payments.give_payee(
        order=order, text="Alipay 13800138000 Li Lei", actor="buyer", now=world.now
    )
    assert "13800138000" not in page(finance, "refund", refund.pk)
    for role in set(Role) - {Role.FINANCE, Role.OPERATOR}:
        assert (
            walked_in(lamp, role.value, role).post(at("refund_payee", refund.pk)).status_code == 403
        )
    shown = finance.post(at("refund_payee", refund.pk)).content.decode()
    assert "Alipay 13800138000 Li Lei" in shown
    assert {"payment.payee_given", "payment.payee_shown"} <= set(facts(order.pk))


def test_a_part_of_what_was_delivered_is_given_back_once(operator: Client, world: World) -> None:
    order = world.buy()
    shown = page(operator, "order", order.pk)
    (cause,) = re.findall(r'name="part-cause" value="([0-9a-f-]+)"', shown)
    typed = {"part-reason": "goodwill", "part-amount": "12.50", "part-cause": cause}
    for _ in range(2):
        assert operator.post(at("order_part", order.pk), typed).status_code == 302
    assert list(Refund.everywhere.values_list("amount_fen", flat=True)) == [1250]
    typed |= {"part-cause": uuid.uuid4().hex, "part-amount": "98"}
    refused = operator.post(at("order_part", order.pk), typed, headers=ENGLISH)
    assert refused.status_code == 422
    assert "85.50" in refused.content.decode()
    typed["part-amount"] = "much"
    assert operator.post(at("order_part", order.pk), typed).status_code == 422


def test_no_part_is_given_back_of_what_is_not_delivered(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    assert "part-cause" not in page(operator, "order", order.pk)
    typed = {"part-reason": "goodwill", "part-amount": "1", "part-cause": uuid.uuid4().hex}
    assert operator.post(at("order_part", order.pk), typed).status_code == 302
    assert not Refund.everywhere.exists()
