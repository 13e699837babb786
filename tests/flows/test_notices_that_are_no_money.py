"""Notices that bring no money of ours: forged, unreadable, of another merchant, of no payment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daoda.trade.payments.models import Notice
from tests.flows.world import World, stands

FINANCE = "department:finance"
PRICE = 9800


@pytest.fixture(autouse=True)
def in_order_afterwards(world: World):
    """After every story the whole house is in order."""
    yield
    assert world.in_order()


@pytest.mark.parametrize("batches", [1, 2])
def test_a_notice_for_another_merchant_books_nothing_and_hides_no_true_one(world, batches):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    assert world.receive(world.notice(payment, merchant="m-2", event="E0")) == [True]
    if batches == 2:
        world.work()
        assert stands(world.last_notice()) == ("unmatched", "matching", FINANCE)
        assert world.books() == {}
    world.receive(world.notice(payment))
    world.work()
    assert world.again(order).state == "delivered"
    wrong = Notice.everywhere.get(verdict="wrong_merchant")
    assert (wrong.state, wrong.outcome) == ("unmatched", "wrong_merchant")
    assert world.match(wrong)
    assert world.refunds() == []
    assert world.books() == {"channel_cash": PRICE, "revenue": PRICE}


def test_a_notice_for_another_merchant_does_not_take_the_place_of_the_true_event(world):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    world.receive(world.notice(payment, merchant="m-2"))
    world.receive(world.notice(payment))
    world.work()
    assert world.again(order).state == "delivered"


def test_a_forgery_is_kept_for_risk_and_refused_by_itself_after_its_date(world):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    true = world.notice(payment)
    forged = replace(true, body=true.body.replace(b"9800", b"9801"))
    assert world.receive(forged) == [False], "whoever forges is not told that it was taken"
    world.work()
    notice = world.last_notice()
    assert stands(notice) == ("suspect", "matching", "department:risk")
    assert notice.promised_at == world.now + timedelta(hours=24)
    assert (notice.out_number, notice.amount_fen) == ("", None), "nothing of it is believed"

    assert world.receive(true) == [True]
    world.work()
    assert world.again(order).state == "delivered"
    world.later(hours=24)
    world.pass_dates()
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("refused", "not_signed")
    assert world.books() == {"channel_cash": PRICE, "revenue": PRICE}


def test_an_old_notice_is_as_good_as_forged(world):
    payment = world.start(world.buy(variant=world.plan))
    stale = world.notice(payment)
    world.later(seconds=301)
    assert world.receive(stale) == [False]
    assert world.last_notice().state == "suspect"


def test_a_signed_notice_that_cannot_be_read_is_not_taken_and_stands_dated(world):
    payment = world.start(world.place(variant=world.plan))
    assert world.receive(world.notice(payment, amount_fen=-5)) == [False]
    notice = world.last_notice()
    assert stands(notice) == ("suspect", "matching", "department:risk")
    assert notice.verdict == "unreadable"


@pytest.mark.parametrize("status", ["closed", "open", "refused"])
def test_a_notice_without_money_is_settled_and_moves_nothing(world, status):
    order = world.place(variant=world.plan)
    assert world.receive(world.notice(world.start(order), status=status)) == [True]
    world.work()
    notice = world.last_notice()
    assert (notice.state, notice.outcome) == ("settled", "no_money")
    assert world.again(order).state == "awaiting_payment"
    assert world.books() == {}


def test_a_word_the_channel_never_documented_is_not_taken_for_no_money(world):
    order = world.place(variant=world.plan)
    world.receive(world.notice(world.start(order), status="half_paid"))
    world.work()
    notice = world.last_notice()
    assert stands(notice) == ("unmatched", "matching", FINANCE)
    assert notice.outcome == "unknown_status"
    assert world.match(notice)
