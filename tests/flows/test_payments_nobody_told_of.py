"""Every notice is lost, and every paid order is found all the same: by asking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from daoda.records.journal import queries as journal
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.actions import asking as questions
from daoda.trade.payments.adapters.base import CannotStart
from daoda.trade.payments.models import Asking, Payment, Receipt
from daoda.trade.payments.models import Notice as NoticeRow
from tests.flows.bank import Bank, opened
from tests.flows.world import World, stands

pytestmark = pytest.mark.slow

MACHINE, TECHNICAL = "machine:asking", "department:technical"
CODES = ["sandbox", "alipay", "epay", "wechatpay", "stripe"]
CLOSING = ["sandbox", "alipay", "wechatpay", "stripe"]


@pytest.fixture
def bank(request, world) -> Iterator[Bank]:
    with opened(world, request.param) as bank:
        yield bank
        world.work()
        assert world.in_order()


every_channel = pytest.mark.parametrize("bank", CODES, indirect=True)
closing = pytest.mark.parametrize("bank", CLOSING, indirect=True)
sandbox = pytest.mark.parametrize("bank", ["sandbox"], indirect=True)


def row(payment: Payment) -> Asking:
    found: Asking = Asking.everywhere.get(pk=payment.pk)
    return found


def ask(world: World) -> int:
    """One round of the loop, with as many questions allowed as it likes."""
    return payments.ask_batch(now=world.now, pace=questions.Pace())


def ask_when_due(world: World, payment: Payment) -> Asking:
    """Time passes until the attempt is asked about, and it is."""
    due: datetime | None = row(payment).promised_at
    assert due is not None
    world.now = max(world.now, due)
    assert ask(world) >= 1
    return row(payment)


def bought(bank: Bank) -> tuple[Order, Payment]:
    """A code is ordered, and the channel's page opened."""
    bank.world.stock_up("STEAM-1")
    order = bank.world.place()
    return order, bank.begun(order)


@every_channel
def test_a_payment_whose_notice_is_lost_is_found_delivered_and_can_go_back(bank):
    world = bank.world
    order, payment = bought(bank)
    assert stands(row(payment)) == ("asking", "checking", MACHINE)
    bank.played.play(payment, "lost")
    began = world.now
    assert ask_when_due(world, payment).state == "found"
    assert world.now - began <= timedelta(seconds=60)
    world.work()
    assert world.again(order).state == "delivered"
    (receipt,) = Receipt.everywhere.filter(payment=payment)
    (trade,) = bank.played.trade(payment)["payments"]
    assert receipt.trade_no.removeprefix("pi_") == trade["trade_no"]
    assert "payment.found" in [fact.kind for fact in journal.history(order.pk)]
    assert ask(world) == 0

    plan = world.place(variant=world.plan)
    other = bank.begun(plan)
    bank.played.play(other, "lost")
    ask_when_due(world, other)
    world.work()
    assert world.again(plan).state == "in_hand"


@pytest.mark.parametrize("bank", CLOSING, indirect=True)
def test_what_was_found_goes_back_by_the_same_way(bank):
    world = bank.world
    plan = world.place(variant=world.plan)
    payment = bank.begun(plan)
    bank.played.play(payment, "lost")
    ask_when_due(world, payment)
    world.work()
    assert world.refund(world.again(plan))
    (refund,) = world.refunds(plan)
    bank.work(refund, turns=4)
    assert refund.state == "confirmed"
    assert world.again(plan).state == "refunded"
    assert [one["state"] for one in bank.played.trade(payment)["refunds"]] == ["done"]


@every_channel
def test_whoever_says_that_she_paid_is_asked_for_at_once(bank):
    world = bank.world
    order, payment = bought(bank)
    bank.played.play(payment, "lost")
    world.later(seconds=2)
    assert ask(world) == 0
    assert payments.ask_soon(order_id=order.pk, sign="pressed", now=world.now) == 1
    assert ask(world) == 1
    world.work()
    assert world.again(order).state == "delivered"
    assert payments.ask_soon(order_id=order.pk, sign="pressed", now=world.now) == 0


@every_channel
def test_pressing_often_does_not_ask_often_and_the_answer_is_kept(bank):
    world = bank.world
    order, payment = bought(bank)
    asked = 0
    for _ in range(30):
        world.later(seconds=0.1)
        payments.ask_soon(order_id=order.pk, sign="pressed", now=world.now)
        asked += ask(world)
    assert asked <= 2
    told = row(payment)
    assert (told.state, told.sign) == ("asking", "pressed")
    assert told.said in {"pending", "absent"}
    assert told.asked_at is not None
    assert told.promised_at is not None
    assert told.asked_at < told.promised_at <= told.asked_at + timedelta(seconds=5)
    assert world.again(order).state == "awaiting_payment"


@every_channel
def test_a_notice_that_comes_after_all_is_a_repeat(bank):
    world = bank.world
    order, payment = bought(bank)
    bank.played.play(payment, "lost")
    ask_when_due(world, payment)
    world.work()
    bank.tells_of_payment(order)
    world.work()
    outcomes = NoticeRow.everywhere.filter(out_number=payment.pk.hex).values_list("outcome")
    assert sorted(outcomes) == [("paid",), ("repeat",)]
    assert Receipt.everywhere.filter(payment=payment).count() == 1


@every_channel
def test_what_a_notice_told_is_not_asked_about(bank):
    world = bank.world
    order, payment = bought(bank)
    bank.played.play(payment, "lost")
    bank.tells_of_payment(order)
    assert ask_when_due(world, payment).state == "found"
    assert row(payment).asked_at is None, "its money was here: nobody was asked"
    world.work()
    assert world.again(order).state == "delivered"


@closing
def test_when_the_window_closes_the_channel_is_asked_to_take_no_more_money(bank):
    world = bank.world
    order, payment = bought(bank)
    ends = row(payment).window_ends_at
    while row(payment).state == "asking":
        ask_when_due(world, payment)
    assert timedelta(0) <= world.now - ends <= timedelta(seconds=2)
    assert row(payment).state == "closed"
    assert bank.played.trade(payment)["state"] == "closed"
    world.later(minutes=1)
    world.pass_dates()
    assert world.again(order).state == "expired"
    assert ask(world) == 0


@pytest.mark.parametrize("bank", ["epay"], indirect=True)
def test_where_nothing_can_be_closed_money_that_comes_late_is_found_too(bank):
    world = bank.world
    order, payment = bought(bank)
    world.later(minutes=20)
    world.pass_dates()
    assert world.again(order).state == "expired"
    ask_when_due(world, payment)
    assert row(payment).state == "asking"
    bank.played.play(payment, "lost")
    ask_when_due(world, payment)
    world.work()
    assert world.again(order).state == "delivered"
    assert world.last_notice().outcome == "paid_late"


@pytest.mark.parametrize("bank", ["epay"], indirect=True)
def test_what_never_comes_is_asked_about_for_a_day_and_then_no_more(bank):
    world = bank.world
    _order, payment = bought(bank)
    began, questions_put = world.now, 0
    while row(payment).state == "asking":
        ask_when_due(world, payment)
        world.pass_dates()
        questions_put += 1
    assert row(payment).state == "ended"
    assert timedelta(hours=24) < world.now - began < timedelta(hours=25)
    assert questions_put <= 15


@closing
def test_of_two_attempts_the_one_that_was_not_paid_is_closed(bank):
    world = bank.world
    order, first = bought(bank)
    second = bank.begun(order)
    bank.played.play(second, "lost")
    payments.ask_soon(order_id=order.pk, sign="returned", now=world.now)
    assert ask(world) == 2
    world.work()
    assert world.again(order).state == "delivered"
    assert row(second).state == "found"
    ask_when_due(world, first)
    assert row(first).state == "closed"
    assert bank.played.trade(first)["state"] == "closed"


@every_channel
def test_silence_concludes_nothing_and_a_person_is_named(bank):
    world = bank.world
    order, payment = bought(bank)
    bank.played.play(payment, "lost")
    bank.played.fall_silent()
    while row(payment).owner == MACHINE:
        told = ask_when_due(world, payment)
        assert (told.state, told.said) == ("asking", "silent")
    assert row(payment).owner == TECHNICAL
    world.later(minutes=30)
    world.pass_dates()
    assert world.again(order).state == "expired"
    bank.played.speak()
    assert ask_when_due(world, payment).state == "found"
    world.work()
    assert world.again(order).state == "delivered"


@every_channel
def test_money_that_does_not_fit_is_found_and_owed_back(bank):
    world = bank.world
    order, payment = bought(bank)
    bank.played.play(payment, "lost", amount_fen=payment.amount_fen - 1)
    ask_when_due(world, payment)
    world.work()
    assert world.again(order).state == "awaiting_payment"
    assert [refund.reason for refund in world.refunds(order)] == ["underpaid"]


@sandbox
def test_a_claim_is_a_lease_and_whoever_was_overtaken_writes_nothing(bank):
    world = bank.world
    order, payment = bought(bank)
    world.now = row(payment).promised_at
    with transaction.atomic():
        _channels, (died,) = questions._claim(world.now, 10, questions.Pace())
    assert ask(world) == 0, "somebody is at it"
    world.later(seconds=61)
    bank.played.play(payment, "lost")
    assert ask(world) == 1
    assert row(payment).state == "found"
    questions._apply([questions.Heard(died, "ended", said="absent")], world.now)
    assert row(payment).state == "found"
    world.work()
    assert world.again(order).state == "delivered"


@sandbox
def test_a_channel_is_asked_no_faster_than_it_bears(bank):
    world = bank.world
    world.stock_up(*(f"S-{n}" for n in range(30)))
    for _ in range(30):
        bank.begun(world.place(contact=f"{_}@example.cn"))
    world.later(seconds=60)
    pace = questions.Pace()
    assert payments.ask_batch(now=world.now, pace=pace) == 10
    assert payments.ask_batch(now=world.now, pace=pace) <= 5
    world.now = world.now + timedelta(seconds=60)


@pytest.mark.parametrize("bank", ["wechatpay", "stripe"], indirect=True)
def test_a_page_that_could_not_be_made_leaves_nothing_behind(bank):
    world = bank.world
    world.stock_up("STEAM-1")
    order = world.place()
    bank.played.fall_silent()
    with pytest.raises(CannotStart):
        bank.begun(order)
    bank.played.speak()
    (payment,) = Payment.everywhere.filter(order=order)
    again = bank.begun(order)
    bank.played.play(again, "lost")
    ask_when_due(world, again)
    world.work()
    assert world.again(order).state == "delivered"
    world.later(minutes=20)
    while row(payment).state == "asking":
        ask_when_due(world, payment)
