"""One order or notice that cannot be worked on goes to a person; the others go on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import ProgrammingError

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries as deliveries
from daoda.trade.orders import actions as orders
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel, Notice
from daoda.trade.payments.rules import confirm_wait_s
from daoda.trade.stock.actions import taking
from tests.flows.world import stands

TECHNICAL = "department:technical"


@pytest.fixture
def end_promise(real_world, world_db):
    """End the promise a thing still carries, as after a mistaken repair: it cannot end again."""

    def end(promise_id: uuid.UUID) -> None:
        with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "INSERT INTO promises_promiseending (promise_id, shop_id, at, how, reason)"
                " VALUES (%s, %s, now(), 'kept', '')",
                [promise_id, real_world.shop.pk],
            )

    return end


@pytest.mark.committed
def test_an_order_that_cannot_be_delivered_is_held_and_the_others_are_delivered(
    real_world, world_db
):
    world = real_world
    world.stock_up("AAAA-1111", "BBBB-2222", "CCCC-3333")
    first, poison, last = (world.place(contact=f"buyer{n}@example.cn") for n in range(3))
    for order in (first, poison, last):
        world.receive(world.notice(world.start(order)))
    with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
        # Its delivery exists already, as after a mistaken restore: the primary key refuses.
        superuser.execute(
            "INSERT INTO fulfilment_delivery (order_id, shop_id, quantity, how, actor, at)"
            " VALUES (%s, %s, 1, 'stock', 'x', now())",
            [poison.pk, world.shop.pk],
        )
    world.work()
    assert world.again(first).state == world.again(last).state == "delivered"
    held = world.again(poison)
    assert (held.state, held.owner, held.hold_reason) == ("held", TECHNICAL, "delivery_failed")
    assert held.promised_at > world.now
    assert deliveries.codes_of(poison.pk) == []
    assert fulfilment.deliver_batch(now=world.now) == 0


@pytest.mark.committed
def test_an_order_whose_promise_has_ended_already_can_be_held_too(real_world, end_promise):
    world = real_world
    world.stock_up("AAAA-1111", "BBBB-2222")
    poison, other = (world.pay(world.place(contact=f"{n}@example.cn")) for n in range(2))
    end_promise(poison.promise_id)
    world.work()
    assert world.again(other).state == "delivered"
    assert stands(world.again(poison)) == ("held", "review", TECHNICAL)
    assert world.release(poison)
    world.work()
    assert world.again(poison).state == "delivered"


@pytest.mark.committed
def test_codes_that_vanish_under_their_lock_hold_one_order_and_not_the_shelf(
    real_world, monkeypatch
):
    world = real_world
    world.stock_up("AAAA-1111", "BBBB-2222")
    poison, other = (world.pay(world.place(contact=f"{n}@example.cn")) for n in range(2))
    bind = taking._bind

    def lose(served):
        if poison.pk in served:
            raise taking.LostCodes("planted")
        bind(served)

    monkeypatch.setattr(taking, "_bind", lose)
    world.work()
    assert world.again(other).state == "delivered"
    assert stands(world.again(poison)) == ("held", "review", TECHNICAL)


@pytest.mark.committed
def test_an_order_that_cannot_expire_is_dated_again_and_the_others_expire(real_world, end_promise):
    world = real_world
    world.stock_up("AAAA-1111", "BBBB-2222")
    poison, other = (world.place(contact=f"{n}@example.cn") for n in range(2))
    end_promise(poison.promise_id)
    world.later(hours=1)
    assert orders.pass_dates(now=world.now) == 2
    assert world.again(other).state == "expired"
    assert stands(world.again(poison)) == ("awaiting_payment", "payment", TECHNICAL)
    assert world.again(poison).promised_at > world.now
    assert orders.pass_dates(now=world.now) == 0, "it is not tried again every second"
    world.later(hours=1)
    assert orders.pass_dates(now=world.now) == 1
    assert world.again(poison).state == "expired", "its new promise can end"


@pytest.mark.committed
def test_a_notice_and_a_refund_that_cannot_pass_their_dates_stop_no_others(real_world, end_promise):
    world = real_world
    bought = [world.pay(world.place(variant=world.plan, contact=f"{n}@e.cn")) for n in range(2)]
    for number, order in zip("ab", bought, strict=True):
        world.receive(world.notice(number * 32))
        assert world.refund(order)
    world.work()
    refunds, notices = world.refunds(), list(Notice.everywhere.filter(state="unmatched"))
    assert (len(refunds), len(notices)) == (2, 2)
    end_promise(refunds[0].promise_id)
    end_promise(notices[0].promise_id)
    world.later(days=30)
    assert payments.pass_dates(now=world.now) == 4
    for poison, other in (refunds, notices):
        poison.refresh_from_db()
        other.refresh_from_db()
        assert (poison.owner, other.owner) == (TECHNICAL, "department:finance")
        assert min(poison.promised_at, other.promised_at) > world.now
    assert payments.pass_dates(now=world.now) == 0


@pytest.mark.committed
def test_a_short_order_that_cannot_be_served_does_not_stop_those_behind_it(real_world, end_promise):
    world = real_world
    short = [world.place_anyway() for _ in range(2)]
    world.work()
    assert {world.again(order).state for order in short} == {"short"}
    poison, other = (world.again(order) for order in short)
    end_promise(poison.promise_id)
    world.later(seconds=1)
    world.stock_up("NEW-1", "NEW-2")
    world.work()
    assert stands(world.again(poison)) == ("held", "review", TECHNICAL)
    assert world.again(other).state == "delivered"
    assert world.again(poison).promised_at > world.now + timedelta(minutes=1)


@pytest.mark.committed
def test_a_channel_that_cannot_be_opened_does_not_keep_the_notices_of_others(real_world):
    world = real_world
    whole, broken = world.channel, world.another_channel("broken")
    for world.channel in (broken, whole):
        order = world.place(variant=world.plan, contact=f"{world.channel.code}@example.cn")
        world.receive(world.notice(world.start(order)))
    Notice.everywhere.update(state="confirming", owner="machine:confirm")
    Channel.everywhere.filter(pk=broken.pk).update(config=b"torn")
    assert payments.confirm_batch(now=world.now) == 2
    waits = {n.channel_id: n.next_try_at - world.now for n in Notice.everywhere.all()}
    soon = timedelta(seconds=confirm_wait_s(1))
    assert waits == {whole.pk: soon, broken.pk: soon}, "both were judged, none kept its lease"


@pytest.mark.committed
def test_nobody_is_given_up_because_the_tables_are_of_another_version(real_world, world_db):
    world = real_world
    world.stock_up("AAAA-1111", "BBBB-2222")
    delivered_later, paid_later = (world.place(contact=f"{n}@example.cn") for n in range(2))
    world.pay(delivered_later)
    world.receive(world.notice(world.start(paid_later)))
    with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE orders_order RENAME COLUMN slips TO slips_of_before")
        with pytest.raises(ProgrammingError):
            payments.settle_batch(now=world.now)
        with pytest.raises(ProgrammingError):
            fulfilment.deliver_batch(now=world.now)
        superuser.execute("ALTER TABLE orders_order RENAME COLUMN slips_of_before TO slips")
    assert world.last_notice().state == "received"
    world.work()
    states = {world.again(order).state for order in (delivered_later, paid_later)}
    assert states == {"delivered"}
