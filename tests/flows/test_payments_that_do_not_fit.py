"""Money that does not fit what was asked for: where each fen goes, who has it, and by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.records.promises import queries as promises
from daoda.trade.orders import actions as orders
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Notice, Receipt
from tests.flows.world import OPERATOR, World, one, stands

FINANCE = "department:finance"
MACHINE = "machine:refund"
OPERATIONS = "department:operations"
PRICE = 9800


@pytest.fixture(autouse=True)
def in_order_afterwards(world: World):
    """After every story the whole house is in order."""
    yield
    assert world.in_order()


def test_paid_after_expiry_it_is_delivered_while_the_goods_are_there(world):
    world.stock_up("A", "B")
    order = world.place()
    payment = world.start(order)
    world.later(minutes=16)
    assert world.pass_dates() == 1
    assert world.again(order).state == "expired"

    world.receive(world.notice(payment))
    world.work()
    assert world.again(order).state == "delivered"
    assert world.books() == {"channel_cash": PRICE, "revenue": PRICE}
    assert one("SELECT verdict FROM payments_receipt") == "paid_late"


def test_paid_after_expiry_when_sold_out_it_is_short_by_a_date_and_healed_by_an_import(world):
    world.stock_up("A")
    late = world.place()
    payment = world.start(late)
    world.later(minutes=16)
    world.pass_dates()
    world.buy(contact="hanmeimei@example.cn")

    world.receive(world.notice(payment))
    world.work()
    short = world.again(late)
    assert stands(short) == ("short", "stocking", OPERATIONS)
    assert short.promised_at == world.now + timedelta(hours=24)
    assert world.books() == {"channel_cash": 2 * PRICE, "owed_to_buyers": PRICE, "revenue": PRICE}

    world.later(hours=1)
    world.stock_up("B")
    world.work()
    assert world.again(late).state == "delivered"
    assert world.books()["revenue"] == 2 * PRICE


def test_paid_after_cancelling_it_is_delivered(world):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    assert world.cancel(order)
    assert not world.cancel(order)
    world.receive(world.notice(payment))
    world.work()
    assert world.again(order).state == "delivered"
    assert not world.cancel(order)


def test_a_coupon_is_used_by_the_order_that_was_paid_late_with_it(world):
    world.stock_up("A", "B")
    coupon = world.coupon("HALF", uses_max=1)
    order = world.place(coupon_code="HALF")
    payment = world.start(order)
    world.cancel(order)
    coupon.refresh_from_db()
    assert coupon.used == 0

    second = world.place(coupon_code="HALF", contact="hanmeimei@example.cn")
    world.receive(world.notice(payment), world.notice(world.start(second)))
    world.work()
    assert {world.again(each).state for each in (order, second)} == {"delivered"}
    coupon.refresh_from_db()
    assert coupon.used == 2, "one more than was meant, and the count says so"


@pytest.mark.parametrize("batches", [1, 2])
def test_of_two_payments_of_one_order_the_second_goes_back(world, batches):
    world.stock_up("A", "B")
    order = world.place()
    first, second = world.start(order), world.start(order)
    world.receive(world.notice(first))
    if batches == 2:
        world.work()
    world.receive(world.notice(second))
    world.work()

    assert world.again(order).state == "delivered"
    (refund,) = world.refunds(order)
    assert stands(refund) == ("owed", "refund", MACHINE)
    assert (refund.amount_fen, refund.reason) == (PRICE, "paid_twice")
    assert refund.promised_at == world.now + timedelta(hours=24)
    assert world.books() == {
        "channel_cash": 2 * PRICE, "owed_to_buyers": PRICE, "revenue": PRICE,
    }  # fmt: skip


@pytest.mark.parametrize("batches", [1, 2])
def test_one_trade_told_by_two_events_is_one_receipt(world, batches):
    world.stock_up("A", "B")
    order = world.place()
    payment = world.start(order)
    world.receive(world.notice(payment, event="E1"))
    if batches == 2:
        world.work()
    world.receive(world.notice(payment, event="E2"))
    world.work()
    assert Receipt.everywhere.count() == 1
    outcomes = Notice.everywhere.order_by("event_key").values_list("state", "outcome")
    assert list(outcomes) == [("settled", "paid"), ("settled", "repeat")]
    assert world.books() == {"channel_cash": PRICE, "revenue": PRICE}


@pytest.mark.parametrize("batches", [1, 2])
def test_two_trades_of_one_payment_are_two_receipts(world, batches):
    world.stock_up("A", "B")
    order = world.place()
    payment = world.start(order)
    world.receive(world.notice(payment, trade_no="T1"))
    if batches == 2:
        world.work()
    world.receive(world.notice(payment, trade_no="T2"))
    world.work()
    assert [refund.reason for refund in world.refunds(order)] == ["paid_twice"]
    assert world.books()["channel_cash"] == 2 * PRICE


def test_too_much_is_delivered_and_the_excess_goes_back(world):
    world.stock_up("A")
    order = world.place()
    world.pay(order, amount_fen=PRICE + 250)
    world.work()
    assert world.again(order).state == "delivered"
    (refund,) = world.refunds(order)
    assert stands(refund) == ("owed", "refund", MACHINE)
    assert (refund.amount_fen, refund.reason) == (250, "overpaid")
    assert world.books() == {
        "channel_cash": PRICE + 250, "owed_to_buyers": 250, "revenue": PRICE,
    }  # fmt: skip
    assert world.confirm(refund)
    assert world.books() == {"channel_cash": PRICE, "revenue": PRICE}
    assert world.again(order).state == "delivered"


def test_too_little_goes_back_and_the_order_may_still_be_paid_until_its_date(world):
    world.stock_up("A")
    order = world.place()
    by = order.promised_at
    waiting = world.pay(order, amount_fen=PRICE - 1)
    assert stands(waiting) == ("awaiting_payment", "payment", "buyer")
    assert waiting.promised_at == by
    (refund,) = world.refunds(order)
    assert (refund.amount_fen, refund.reason) == (PRICE - 1, "underpaid")

    world.pay(order)
    world.work()
    assert world.again(order).state == "delivered"
    assert world.books() == {
        "channel_cash": 2 * PRICE - 1, "owed_to_buyers": PRICE - 1, "revenue": PRICE,
    }  # fmt: skip


def test_two_halves_are_not_a_whole_and_both_go_back(world):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    for trade in ("T1", "T2"):
        world.receive(world.notice(payment, trade_no=trade, amount_fen=PRICE // 2))
    world.work()
    assert [refund.reason for refund in world.refunds(order)] == ["underpaid", "underpaid"]
    world.later(minutes=16)
    world.pass_dates()
    assert world.again(order).state == "expired"
    assert world.books() == {"channel_cash": PRICE, "owed_to_buyers": PRICE}


@pytest.mark.parametrize("number", ["f" * 32, "nonsense", "0" * 64, "-"])
def test_money_for_no_order_of_ours_waits_in_suspense_with_finance_and_goes_back(world, number):
    world.receive(world.notice(number, amount_fen=777))
    world.work()
    notice = world.last_notice()
    assert stands(notice) == ("unmatched", "matching", FINANCE)
    assert (notice.outcome, notice.promised_at) == (
        "unknown_order", world.now + timedelta(hours=24),
    )  # fmt: skip
    assert world.books() == {"channel_cash": 777, "suspense": 777}

    assert world.match(notice)
    assert not world.match(notice)
    (refund,) = world.refunds()
    assert (refund.state, refund.amount_fen, refund.reason) == ("owed", 777, "unknown_order")
    assert world.books() == {"channel_cash": 777, "suspense": 777}
    assert world.confirm(refund)
    assert world.books() == {}


def test_another_channels_number_is_unknown_and_its_money_is_never_the_orders(world):
    world.stock_up("A", "B")
    other = replace(world, channel=world.another_channel("second"))
    order = world.place()
    payment = world.start(order)
    other.receive(other.notice(payment))
    world.work()
    assert world.again(order).state == "awaiting_payment"
    notice = world.last_notice()
    assert (notice.state, notice.outcome) == ("unmatched", "unknown_order")
    assert world.books() == {"channel_cash": PRICE, "suspense": PRICE}

    paid = world.pay(order)
    assert world.refund(paid)
    (refund,) = world.refunds(order)
    assert refund.amount_fen == PRICE, "only what came for the order goes back with it"
    world.match(notice)
    for each in world.refunds():
        assert world.confirm(each)
    assert world.books() == {}


def test_another_currency_waits_in_suspense_and_is_never_the_orders(world):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    world.receive(world.notice(payment, currency="USD"))
    world.work()
    notice = world.last_notice()
    assert stands(notice) == ("unmatched", "matching", FINANCE)
    assert notice.outcome == "wrong_currency"
    assert world.again(order).state == "awaiting_payment"
    assert world.books() == {"channel_cash USD": PRICE, "suspense USD": PRICE}

    paid = world.pay(order, trade_no="T2")
    assert world.refund(paid)
    assert [refund.currency for refund in world.refunds(order)] == ["CNY"]
    assert world.match(notice)
    for refund in world.refunds():
        assert world.confirm(refund)
    assert world.books() == {}
    assert world.again(order).state == "refunded"


STATES = {
    "in_hand": lambda world, order: None,
    "held": lambda world, order: orders.hold(
        order_id=order.pk, reason="odd", actor=OPERATOR, now=world.now
    ),
    "refund_owed": lambda world, order: world.refund(order),
    "refunded": lambda world, order: world.refund(order) and world.confirm(world.refunds(order)[0]),
    "delivered": lambda world, order: fulfilment.deliver_by_hand(
        order_id=order.pk, text="done", actor=OPERATOR, now=world.now
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_money_for_an_order_already_paid_goes_back_wherever_it_stands(world, state):
    order = world.place(variant=world.plan)
    again = world.start(order)
    world.pay(order)
    STATES[state](world, order)
    assert world.again(order).state == state
    world.later(seconds=1)
    world.receive(world.notice(again))
    world.work()
    assert world.again(order).state == state
    assert [refund.reason for refund in world.refunds(order)][-1] == "paid_twice"
    for refund in world.refunds(order):
        world.confirm(refund)
    assert world.books().get("owed_to_buyers", 0) == (2500 if state in ("in_hand", "held") else 0)


@pytest.mark.parametrize("paid_after_s", [110, 600])
def test_who_leaves_the_channels_page_open_is_not_promised_a_date_in_the_past(world, paid_after_s):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    world.later(seconds=paid_after_s)
    world.receive(world.notice(payment))
    payments.settle_batch(now=world.now)
    promised_at = world.again(order).promised_at
    if paid_after_s < 120:
        assert promised_at <= payment.shown_due_at
    else:
        assert promised_at == world.now + timedelta(minutes=5)


def test_late_settling_warns_a_person_by_a_new_date_and_still_settles(world):
    world.stock_up("A")
    order = world.place()
    world.receive(world.notice(world.start(order)))
    world.later(minutes=10)
    payments.pass_dates(now=world.now)
    notice = world.last_notice()
    assert stands(notice) == ("received", "settling", "department:technical")
    assert notice.promised_at > world.now
    world.in_order()
    world.work()
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("settled", "paid")
    assert [promise.how for promise in promises.story(notice.pk)] == ["kept"]
    assert world.again(order).state == "delivered"


def test_what_nobody_matched_in_time_is_told_and_dated_again(world):
    world.receive(world.notice("f" * 32))
    world.work()
    notice = world.last_notice()
    world.later(hours=24)
    assert payments.pass_dates(now=world.now) == 1
    notice.refresh_from_db()
    assert stands(notice) == ("unmatched", "matching", FINANCE)
    assert notice.promised_at == world.now + timedelta(hours=24)
    assert [promise.how for promise in promises.story(notice.pk)] == ["broken", None]
    world.later(hours=1)
    assert world.match(notice)
    assert [promise.how for promise in promises.story(notice.pk)] == ["broken", "kept"]
