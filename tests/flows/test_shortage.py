"""What the shelf cannot give: who waits, in which order, by when, and how it heals by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daoda.delivery.fulfilment import queries as deliveries
from daoda.records.journal import queries as journal
from daoda.records.promises import queries as promises
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code
from tests.flows.world import OPERATOR, World, stands

OPERATIONS = "department:operations"


@pytest.fixture(autouse=True)
def in_order_afterwards(world: World):
    yield
    assert world.in_order()


def short(world: World, *quantities: int) -> list[Order]:
    """Orders that were paid after they had lapsed, when others had bought the shelf empty."""
    world.stock_up(*(f"gone-{number}" for number in range(max(quantities))))
    late = []
    for number, quantity in enumerate(quantities):
        order = world.place(quantity, contact=f"buyer{number}@example.cn")
        late.append((order, world.start(order)))
        world.cancel(order)
    world.buy(max(quantities), contact="first@example.cn")
    for order, payment in late:
        world.later(seconds=1)
        world.receive(world.notice(payment))
        world.work()
        assert stands(world.again(order)) == ("short", "stocking", OPERATIONS)
    return [order for order, _ in late]


def states(world: World, some: list[Order]) -> list[str]:
    return [world.again(order).state for order in some]


def test_the_oldest_is_served_first(world):
    waiting = short(world, 1, 1, 1)
    for served in (1, 2, 3):
        world.stock_up(f"new-{served}")
        world.work()
        assert states(world, waiting) == ["delivered"] * served + ["short"] * (3 - served)


def test_a_large_order_does_not_block_the_small_ones_behind_it_and_keeps_its_place(world):
    waiting = short(world, 5, 1, 2)
    world.stock_up("a", "b", "c")
    world.work()
    assert states(world, waiting) == ["short", "delivered", "delivered"]
    world.stock_up("d", "e", "f", "g", "h")
    world.work()
    assert states(world, waiting) == ["delivered"] * 3


def test_it_heals_by_an_import_alone_and_the_story_says_so(world):
    (order,) = short(world, 2)
    world.stock_up("a")
    world.work()
    assert world.again(order).state == "short"
    world.stock_up("b")
    world.later(seconds=1)
    while world.work_once():
        world.later(seconds=1)
    assert world.again(order).state == "delivered"
    kinds = [fact.kind for fact in journal.history(order.pk)]
    assert kinds[-3:] == ["order.paid", "order.restocked", "order.delivered"]
    endings = [(each.how, each.reason) for each in promises.story(order.pk)]
    assert endings[-2:] == [("superseded", "stock_arrived"), ("kept", "")]


def test_a_refund_of_one_who_waits_leaves_the_goods_to_the_next(world):
    first, second = short(world, 1, 1)
    assert world.refund(first)
    world.stock_up("a")
    world.work()
    assert states(world, [first, second]) == ["refund_owed", "delivered"]


def test_codes_whose_last_day_is_over_are_given_to_nobody(world):
    world.later(hours=11, minutes=50)  # 23:50 in Hangzhou
    today = (world.now + timedelta(hours=8)).date()
    world.stock_up_until(today, "old-1", "old-2")
    evening, midnight = world.place(), world.place()
    world.pay(evening)
    world.work()
    assert world.again(evening).state == "delivered"

    payment = world.start(midnight)
    world.later(minutes=11)
    world.receive(world.notice(payment))
    world.work()
    order = world.again(midnight)
    assert stands(order) == ("short", "stocking", OPERATIONS)
    assert order.promised_at == world.now + timedelta(hours=24)
    assert deliveries.codes_of(order.pk) == []
    assert sorted(Code.everywhere.values_list("place", flat=True)) == ["taken", "void"]

    world.stock_up("fresh")
    world.work()
    assert world.again(midnight).state == "delivered"


def test_an_expired_code_does_not_send_an_order_round_and_round(world):
    world.later(hours=11, minutes=50)
    world.stock_up_until((world.now + timedelta(hours=8)).date(), "old")
    order = world.place()
    payment = world.start(order)
    world.later(minutes=11)
    world.receive(world.notice(payment))
    for _ in range(20):
        world.work_once()
    kinds = [fact.kind for fact in journal.history(order.pk)]
    assert kinds.count("order.short") == 1


@pytest.mark.parametrize("verdict", ["returned", "voided"])
def test_a_code_in_quarantine_under_a_reserved_order_is_never_a_silent_wait(world, verdict):
    world.stock_up("odd")
    order = world.place()
    code = Code.everywhere.get()
    (inspection,) = stock.quarantine(
        code_ids=[code.pk], reason="complaint", actor=OPERATOR, now=world.now
    )
    assert (inspection.state, inspection.owner) == ("inspecting", OPERATIONS)
    world.pay(order)
    world.work()
    waiting = world.again(order)
    assert stands(waiting) == ("short", "stocking", OPERATIONS)
    assert waiting.promised_at == world.now + timedelta(hours=24)

    world.later(hours=1)
    stock.end_quarantine(
        quarantine_id=inspection.pk, verdict=verdict, actor=OPERATOR, now=world.now
    )
    world.work()
    if verdict == "returned":
        assert world.again(order).state == "delivered"
        return
    assert world.again(order).state == "short"
    world.later(hours=24)
    assert world.pass_dates() == 1
    late = world.again(order)
    assert late.promised_at > world.now
    assert late.slips == 1


def test_a_voided_code_under_a_paid_order_leaves_it_dated_with_a_person(world):
    world.stock_up("dead")
    order = world.pay(world.place())
    assert order.state == "paid"
    stock.void(code_ids=[Code.everywhere.get().pk], reason="dead", actor=OPERATOR, now=world.now)
    world.work()
    assert stands(world.again(order)) == ("short", "stocking", OPERATIONS)
    with world.inside():
        assert [each.pk for each in orders.waiting_for_person()] == [order.pk]


def test_a_held_order_keeps_its_goods_while_others_are_short(world):
    world.stock_up("a")
    held = world.pay(world.place())
    world.hold(held)
    waiting = world.place_anyway()
    world.work()
    assert states(world, [held, waiting]) == ["held", "short"]
    world.release(held)
    world.work()
    assert states(world, [held, waiting]) == ["delivered", "short"]


def test_what_is_released_without_goods_is_short_and_heals(world):
    (order,) = short(world, 1)
    world.hold(order)
    world.stock_up("a")
    world.work()
    assert world.again(order).state == "held"
    world.release(order)
    world.work()
    assert world.again(order).state == "delivered"
