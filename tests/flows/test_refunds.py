"""Money that goes back: owed by a date, booked once, and never beside the goods."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import transaction

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries as deliveries
from daoda.kit import faults
from daoda.records.journal import queries as journal
from daoda.records.promises import queries as promises
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries
from daoda.trade.stock import queries as shelf
from tests.flows.world import at_once, on_its_own, stands

FINANCE = "department:finance"
MACHINE = "machine:refund"
PRICE = 9800


def available(world) -> int:
    with world.inside():
        return shelf.available([world.steam.pk])[world.steam.pk]


def test_a_refund_is_owed_by_a_date_and_confirmed_by_finance_once(world):
    world.stock_up("A")
    order = world.pay(world.place())
    assert world.refund(order)
    assert stands(world.again(order)) == ("refund_owed", "refund", FINANCE)
    (refund,) = world.refunds(order)
    assert stands(refund) == ("owed", "refund", MACHINE)
    assert refund.promised_at == world.again(order).promised_at == world.now + timedelta(hours=24)
    assert world.books() == {"channel_cash": PRICE, "owed_to_buyers": PRICE}
    assert available(world) == 1, "the goods are for sale again"
    with world.inside():
        assert [each.pk for each in queries.refunds_owed()] == [refund.pk]

    world.later(hours=2)
    assert world.confirm(refund, "ALI-1")
    assert world.books() == {}
    done = world.again(order)
    assert (done.state, done.promised_at, done.closed_at) == ("refunded", None, world.now)
    before = journal.history(order.pk)
    for reference in ("ALI-1", "ALI-2"):
        assert not world.confirm(refund, reference), "a second time changes nothing"
    (refund,) = world.refunds(order)
    assert (refund.state, refund.reference) == ("confirmed", "ALI-1")
    assert journal.history(order.pk) == before
    assert world.books() == {}
    assert world.in_order()


def test_an_order_is_refunded_when_the_last_of_its_refunds_is(world):
    world.stock_up("A")
    order = world.place()
    first, second = world.start(order), world.start(order)
    world.receive(world.notice(first, amount_fen=PRICE + 50))
    payments.settle_batch(now=world.now)
    world.receive(world.notice(second))
    payments.settle_batch(now=world.now)
    world.later(seconds=1)
    assert world.refund(order)
    owed = world.refunds(order)
    assert sorted(each.amount_fen for each in owed) == [50, PRICE, PRICE]
    for refund in owed:
        assert world.again(order).state == "refund_owed"
        assert world.confirm(refund)
    assert world.again(order).state == "refunded"
    assert world.books() == {}
    assert world.in_order()


@pytest.mark.parametrize("state", ["awaiting_payment", "cancelled", "delivered", "refund_owed"])
def test_there_is_nothing_to_refund_where_nothing_is_held(world, state):
    world.stock_up("A")
    order = world.place()
    if state == "cancelled":
        world.cancel(order)
    elif state != "awaiting_payment":
        world.pay(order)
        world.work() if state == "delivered" else world.refund(order)
    owed = len(world.refunds())
    assert not world.refund(order)
    assert (world.again(order).state, len(world.refunds())) == (state, owed)
    assert world.in_order()


@pytest.mark.parametrize("state", ["short", "in_hand", "held"])
def test_whoever_waits_may_have_her_money_back(world, state):
    order = world.place(variant=world.plan) if state != "short" else world.place_anyway()
    if state != "short":
        world.pay(order)
    world.work()
    if state == "held":
        world.hold(order)
    assert world.again(order).state == state
    assert world.refund(order)
    world.stock_up("late")
    world.work()
    assert world.again(order).state == "refund_owed", "goods that come now are for others"
    assert world.in_order()


def test_a_refund_nobody_sent_in_time_is_told_and_dated_again(world):
    world.stock_up("A")
    order = world.pay(world.place())
    world.refund(order)
    (refund,) = world.refunds(order)
    world.later(hours=24)
    assert world.pass_dates() == 2, "the refund and its order"
    refund.refresh_from_db()
    assert stands(refund) == ("owed", "refund", FINANCE)
    assert refund.promised_at == world.now + timedelta(hours=24)
    assert [each.how for each in promises.story(refund.pk)] == ["broken", None]
    assert "payment.promise_broken" in [fact.kind for fact in journal.history(refund.pk)]
    assert world.confirm(refund)
    assert world.in_order()


def test_two_people_confirm_one_refund_and_it_is_booked_once(real_world):
    world = real_world
    world.stock_up("A")
    order = world.pay(world.place())
    world.refund(order)
    (refund,) = world.refunds(order)
    said = at_once(*(lambda n=n: world.confirm(refund, f"R-{n}") for n in range(4)))
    assert sorted(said) == [False, False, False, True]
    assert world.books() == {}
    assert world.in_order()


def test_two_people_confirm_the_two_refunds_of_one_order_and_it_is_refunded(real_world):
    world = real_world
    world.stock_up("A")
    order = world.pay(world.place(), amount_fen=PRICE + 1)
    world.refund(order)
    first, second = world.refunds(order)
    assert at_once(lambda: world.confirm(first), lambda: world.confirm(second)) == [True, True]
    assert world.again(order).state == "refunded"
    assert world.in_order()


def test_a_refund_that_arrives_during_delivery_finds_it_delivered(real_world, monkeypatch):
    world = real_world
    world.stock_up("A")
    order = world.pay(world.place())
    inside, go_on = threading.Event(), threading.Event()

    def stop_here(name: str) -> None:
        if name == "deliver.before_commit":
            inside.set()
            assert go_on.wait(10)

    monkeypatch.setattr(faults, "point", stop_here)
    with ThreadPoolExecutor(2) as pool:
        delivering = pool.submit(on_its_own, lambda: fulfilment.deliver_batch(now=world.now))
        assert inside.wait(10)
        refunding = pool.submit(on_its_own, lambda: world.refund(order))
        time.sleep(0.2)
        assert not refunding.done(), "it waits for the order's lock"
        go_on.set()
        assert delivering.result(10) == 1
        assert refunding.result(10) is False
    assert world.again(order).state == "delivered"
    assert world.books() == {"channel_cash": PRICE, "revenue": PRICE}
    assert world.in_order()


def test_a_delivery_that_arrives_during_a_refund_passes_the_order_by(real_world):
    world = real_world
    world.stock_up("A")
    order = world.pay(world.place())
    inside, go_on = threading.Event(), threading.Event()

    def refund_slowly() -> bool:
        with transaction.atomic():
            owed = bool(world.refund(order))
            inside.set()
            assert go_on.wait(10)
        return owed

    with ThreadPoolExecutor(1) as pool:
        refunding = pool.submit(on_its_own, refund_slowly)
        assert inside.wait(10)
        assert fulfilment.deliver_batch(now=world.now) == 0
        go_on.set()
        assert refunding.result(10) is True
    assert fulfilment.deliver_batch(now=world.now) == 0
    assert world.again(order).state == "refund_owed"
    assert deliveries.codes_of(order.pk) == []
    assert world.in_order()
