"""One order, from the shelf to the buyer, and its books."""

from __future__ import annotations

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries as deliveries
from daoda.records.journal import queries as journal
from daoda.records.promises import queries as promises
from daoda.records.shops.models import scope
from daoda.trade.orders import queries as orders
from daoda.trade.payments import actions as payments
from daoda.trade.stock import actions as stock
from tests.flows.world import one


def test_a_paid_order_is_delivered_and_the_books_say_so(world):
    world.stock_up("AAAA-1111", "BBBB-2222")
    order = world.place()
    assert (order.state, order.node, order.owner) == ("awaiting_payment", "payment", "buyer")

    payment = world.start(order)
    assert world.receive(world.notice(payment)) == [True]
    world.later(seconds=1)
    assert payments.settle_batch(now=world.now) == 1
    paid = world.again(order)
    assert (paid.state, paid.node, paid.owner) == ("paid", "stocking", "machine:fulfilment")
    assert paid.promised_at <= payment.shown_due_at
    assert world.books() == {"channel_cash": 9800, "owed_to_buyers": 9800}

    world.later(seconds=1)
    world.work()
    done = world.again(order)
    assert (done.state, done.node, done.owner, done.promised_at) == ("delivered", None, None, None)
    assert world.books() == {"channel_cash": 9800, "revenue": 9800}

    (code,) = deliveries.codes_of(order.pk)
    assert stock.reveal(code_id=code, actor="buyer", now=world.now) == "AAAA-1111"
    assert [promise.how for promise in promises.story(order.pk)] == ["kept", "kept"]
    kinds = [fact.kind for fact in journal.history(order.pk)]
    assert kinds == ["order.placed", "payment.started", "order.paid", "order.delivered"]


def test_repeats_of_any_notice_change_nothing(world):
    world.stock_up("AAAA-1111", "BBBB-2222")
    order = world.place()
    payment = world.start(order)
    for _ in range(20):
        assert world.receive(world.notice(payment)) == [True]
        world.work()
    # The same trade under a new event: still one receipt.
    assert world.receive(world.notice(payment, event="another")) == [True]
    world.work()
    assert world.again(order).state == "delivered"
    assert len(deliveries.codes_of(order.pk)) == 1
    assert one("SELECT count(*) FROM payments_receipt") == 1
    assert world.books()["revenue"] == 9800


def test_the_order_is_found_by_link_and_by_number_with_password(world):
    world.stock_up("AAAA-1111")
    order = world.place()
    with scope(world.shop.pk):
        assert orders.id_of_link(orders.link_token(order.pk)) == order.pk
        assert orders.id_of_link(order.pk.hex) is None
        assert orders.by_number_and_password(order.number.lower(), "sesame") == order
        assert orders.by_number_and_password(order.number, "wrong") is None
        assert orders.by_number_and_password("NONSENSE", "sesame") is None


def test_a_membership_waits_for_a_person_by_a_date_and_is_delivered_by_hand(world):
    order = world.buy(variant=world.plan)
    assert (order.state, order.node, order.owner) == (
        "in_hand",
        "handling",
        "department:operations",
    )
    fulfilment.deliver_by_hand(
        order_id=order.pk, text="已开通至 2026-12-22", actor="staff:a", now=world.now
    )
    assert world.again(order).state == "delivered"
    assert deliveries.handover_of(world.again(order)) == "已开通至 2026-12-22"
    assert world.books()["revenue"] == 2500


def test_the_checker_finds_nothing_in_a_day_of_every_kind_of_order(world):
    world.stock_up(*(f"AAAA-{number}" for number in range(5)))
    world.buy(2)
    world.cancel(world.place())
    world.buy(variant=world.plan)
    short = world.place(3)
    world.receive(world.notice(world.start(short), amount_fen=40_000))
    world.work()
    world.place(variant=world.plan)
    world.later(days=1)
    world.pass_dates()
    assert world.in_order()
