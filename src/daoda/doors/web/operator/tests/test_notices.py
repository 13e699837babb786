"""Notices that wait for a person: found where she looks, booked on her word, by whoever may."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from daoda.doors.web.buyer.queries import facts as buyer_facts
from daoda.doors.web.operator.queries.facts import says
from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop
from daoda.trade import orders as orders_page
from daoda.trade import payments as payments_page
from daoda.trade.orders.models import Order
from daoda.trade.payments.actions import noticing
from daoda.trade.payments.models import Notice, Receipt

WORD = {"reason": "on the merchant page, 9:41"}
BUTTON = "book it</button>"


@pytest.fixture
def unsure(world: World) -> tuple[Order, Notice]:
    """An order paid by a notice that is signed, which its channel would not confirm."""
    order = world.place()
    world.notice(world.start(order).pk.hex, order.amount_fen)
    notice = Notice.everywhere.get()
    noticing.send_to_person(notice, "not_confirmed", owner="department:finance", now=world.now)
    notice.refresh_from_db()
    return order, notice


def read(browser: Client, href: str) -> str:
    return browser.get(href, headers={"Accept-Language": "en"}).content.decode()


def test_money_somebody_has_seen_is_booked_on_her_word(
    lamp: Shop, world: World, unsure: tuple[Order, Notice]
) -> None:
    order, notice = unsure
    finance = walked_in(lamp, "fin", Role.FINANCE)
    assert "book it on your word" in read(finance, at("order", order.pk))
    assert BUTTON in read(finance, at("notice", notice.pk))
    assert finance.post(at("voucher", notice.pk), WORD).status_code == 302
    world.work()
    assert world.again(order).state == "delivered"
    assert Receipt.everywhere.get().amount_fen == order.amount_fen

    told = Fact.everywhere.get(kind="payment.vouched")
    assert told.actor.startswith("staff:")
    assert told.data == {"outcome": "not_confirmed", **WORD}
    page = read(finance, at("notice", notice.pk))
    assert f"Booked on a person&#x27;s word: {WORD['reason']}" in page
    assert BUTTON not in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 121])
def test_a_word_without_a_reason_is_not_taken(
    operator: Client, unsure: tuple[Order, Notice], reason: str
) -> None:
    notice = unsure[1]
    answer = operator.post(at("voucher", notice.pk), {"reason": reason})
    assert answer.status_code == 422
    assert "payment.vouched" not in facts(notice.pk)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.FINANCE}))
def test_who_does_not_read_the_account_vouches_for_nothing(
    lamp: Shop, unsure: tuple[Order, Notice], role: Role
) -> None:
    order, notice = unsure
    browser = walked_in(lamp, "wei", role)
    assert browser.post(at("voucher", notice.pk), WORD).status_code == 403
    assert BUTTON not in read(browser, at("notice", notice.pk))
    assert "book it on your word" not in read(browser, at("order", order.pk))


def test_what_is_booked_or_not_signed_is_not_booked_on_a_word(
    operator: Client, world: World
) -> None:
    world.notice("f" * 32, 4950)  # for no order of ours: booked, in suspense
    world.notice("e" * 32, 4950, key="z" * 40)
    world.work()
    for notice in Notice.everywhere.all():
        assert BUTTON not in read(operator, at("notice", notice.pk)), notice.state
        operator.post(at("voucher", notice.pk), WORD)
        assert "payment.vouched" not in facts(notice.pk)


def test_of_two_words_for_one_notice_one_books_it(
    operator: Client, world: World, unsure: tuple[Order, Notice]
) -> None:
    notice = unsure[1]
    for _ in range(2):
        operator.post(at("voucher", notice.pk), WORD)
    world.work()
    assert facts(notice.pk).count("payment.vouched") == 1
    assert Receipt.everywhere.count() == 1


def test_every_fact_of_orders_and_money_has_words_at_the_desk() -> None:
    for page in (orders_page, payments_page):
        for kind in re.findall(r"(?:order|payment)\.[a-z_]+", page.__doc__ or ""):
            assert says(kind, {}, "¥1.00") != kind, kind


def test_the_buyer_reads_that_her_order_was_kept(world: World) -> None:
    fact = Fact(kind="order.kept", data={}, actor="buyer", at=world.now)
    (one,) = buyer_facts.evidence([fact], [], amount="", now=world.now, staff={})
    assert "account" in one.says or "账户" in one.says
