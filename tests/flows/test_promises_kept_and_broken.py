"""The word given: shown before paying, kept or broken to the minute, never silently moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.records.journal import queries as journal
from daoda.records.promises import actions as rules
from daoda.records.promises import queries as promises
from daoda.trade.catalog.models import Coupon
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.stock.models import Level
from tests.flows.world import OPERATOR, World, at_once, one, stands

OPERATIONS = "department:operations"
FIVE_MINUTES = timedelta(minutes=5)


def everything() -> str:
    """A fingerprint of every row that a sweep may touch."""
    tables = (
        "orders_order", "payments_notice", "payments_refund", "promises_promise",
        "promises_promiseending", "journal_fact", "stock_level", "catalog_coupon",
    )  # fmt: skip
    return "".join(
        str(
            one(
                f"SELECT md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) FROM {name} t"
            )
        )
        for name in tables
    )


def test_a_paid_order_past_its_date_is_told_dated_again_and_in_a_persons_queue(world):
    world.stock_up("A")
    order = world.pay(world.place())
    assert stands(order) == ("paid", "stocking", "machine:fulfilment")
    world.later(minutes=5)
    assert world.pass_dates() == 1

    late = world.again(order)
    assert stands(late) == ("paid", "stocking", OPERATIONS)
    assert (late.slips, late.promised_at) == (1, world.now + FIVE_MINUTES)
    assert [each.how for each in promises.story(order.pk)] == ["kept", "broken", None]
    told = journal.history(order.pk)[-1]
    assert (told.kind, told.data["node"]) == ("order.promise_broken", "stocking")
    with world.inside():
        assert [each.pk for each in queries.waiting_for_person()] == [order.pk]
        (node,) = queries.at_nodes(now=world.now)
        assert (node.node, node.orders, node.late) == ("stocking", 1, 0)

    world.work()
    assert world.again(order).state == "delivered", "late is late, and still delivered"
    assert [each.how for each in promises.story(order.pk)] == ["kept", "broken", "kept"]
    assert world.in_order()


def test_what_is_delivered_after_its_date_and_before_the_sweep_is_broken_all_the_same(world):
    world.stock_up("A")
    order = world.pay(world.place())
    world.later(minutes=5, seconds=1)
    world.work()
    assert [(each.how, each.reason) for each in promises.story(order.pk)][-1] == ("broken", "late")
    assert world.pass_dates() == 0
    assert world.in_order()


def test_a_day_late_breaks_one_promise_not_three_hundred(world):
    order = world.place_anyway()
    world.work()
    world.later(days=3)
    assert world.pass_dates() == 1
    assert world.pass_dates() == 0
    assert world.again(order).slips == 1
    assert world.in_order()


def test_a_quiet_sweep_changes_nothing(world):
    world.stock_up("A", "B")
    world.coupon("HALF")
    world.place(coupon_code="HALF")
    world.pay(world.place())
    world.buy(variant=world.plan)
    world.receive(world.notice("f" * 32))
    world.work()
    before = everything()
    for _ in range(3):
        world.later(seconds=90)
        assert world.pass_dates() == 0
        world.work_once()
    assert everything() == before


def test_expiry_gives_back_stock_and_coupon_once_however_many_sweep_or_cancel(real_world):
    world = real_world
    world.stock_up(*(f"C-{number}" for number in range(30)))
    world.coupon("HALF", uses_max=40)
    placed = [world.place(coupon_code="HALF", contact=f"b{n}@example.cn") for n in range(30)]
    assert Level.everywhere.get().available == 0
    cancelled = placed[::3]
    world.later(minutes=15)

    def sweep() -> int:
        return sum(orders.pass_dates(now=world.now, limit_rows=4) for _ in range(12))

    def cancel() -> int:
        return sum(world.cancel(order) for order in cancelled)

    swept = at_once(sweep, sweep, cancel)
    assert sum(swept) == 30
    assert Level.everywhere.get().available == 30
    assert Coupon.everywhere.get().used == 0
    for order in placed:
        (promise,) = promises.story(order.pk)
        assert promise.how == "superseded"
    assert world.in_order()


def test_two_sweepers_side_by_side_break_each_promise_once(real_world):
    world = real_world
    world.stock_up(*(f"C-{number}" for number in range(24)))
    for number in range(24):
        world.pay(world.place(contact=f"b{number}@example.cn"))
    world.later(minutes=6)

    def sweep() -> int:
        return sum(orders.pass_dates(now=world.now, limit_rows=3) for _ in range(9))

    assert sum(at_once(sweep, sweep)) == 24
    assert set(Order.everywhere.values_list("slips", flat=True)) == {1}
    assert world.in_order()


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_jumps_and_comes_back_loses_nothing(world, jump):
    world.stock_up("A", "B", "C")
    paid, unpaid = world.pay(world.place()), world.place()
    payment = world.start(unpaid)
    true_now = world.now
    world.now = true_now + jump
    world.pass_dates()
    world.work()
    third = world.pay(world.place())
    world.now = true_now + timedelta(minutes=1)
    world.receive(world.notice(payment))
    world.pass_dates()
    world.work()
    assert {world.again(each).state for each in (paid, unpaid, third)} == {"delivered"}
    found = world.findings()
    assert {finding.law for finding in found} <= {"endings_true"}, "only times run backwards"


def test_a_rule_edited_later_never_moves_a_promise_made(world):
    world.stock_up("A", "B")
    order = world.pay(world.place())
    by = order.promised_at
    rules.publish_rule(shop_id=world.shop.pk, node="stocking", seconds=3600, now=world.now)
    world.later(minutes=1)
    assert world.pass_dates() == 0
    assert world.again(order).promised_at == by
    (standing,) = [each for each in promises.story(order.pk) if each.how is None]
    assert (standing.due_at, standing.basis["version"]) == (by, 0)

    second = world.pay(world.place())
    assert second.promised_at > world.now + timedelta(minutes=59), "the next goes by the new rule"
    world.later(minutes=5)
    world.pass_dates()
    assert world.again(order).promised_at == world.now + timedelta(hours=1)
    assert world.in_order()


def test_a_rule_published_between_showing_and_paying_does_not_make_the_date_later(world):
    world.stock_up("A")
    order = world.place()
    payment = world.start(order)
    rules.publish_rule(shop_id=world.shop.pk, node="stocking", seconds=86_400, now=world.now)
    world.later(seconds=100)
    world.receive(world.notice(payment))
    payments.settle_batch(now=world.now)
    assert world.again(order).promised_at == payment.shown_due_at
    assert world.in_order()


WINDOWS = st.lists(
    st.builds(
        lambda hour, hours, days, speed: {
            "starts": f"{hour:02d}:00",
            "ends": f"{hour + hours:02d}:00",
            "days": sorted(days),
            "speed": speed,
            "reason": "peak",
        },
        st.integers(0, 11),
        st.integers(1, 12),
        st.sets(st.integers(0, 6), min_size=1),
        st.sampled_from([0, 0.1, 0.25, 0.5, 0.75]),
    ),
    max_size=3,
)


@settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    windows=WINDOWS,
    seconds=st.integers(1, 40_000),
    opens_after_s=st.integers(0, 7 * 86_400),
    pays_after_s=st.floats(0, 120),
    kind=st.sampled_from(["stock", "hand"]),
)
def test_the_first_promise_is_never_later_than_the_date_shown(
    world, windows, seconds, opens_after_s, pays_after_s, kind
):
    with transaction.atomic():
        story = World(world.shop, world.steam, world.plan, world.channel, world.now)
        story.stock_up("A")
        node = "stocking" if kind == "stock" else "handling"
        rules.publish_rule(
            shop_id=story.shop.pk, node=node, seconds=seconds, windows=windows, now=story.now
        )
        story.later(seconds=opens_after_s)
        order = story.place(variant=story.steam if kind == "stock" else story.plan)
        payment = story.start(order)
        story.later(seconds=pays_after_s)
        story.receive(story.notice(payment))
        payments.settle_batch(now=story.now)
        promised = story.again(order).promised_at
        assert promised is not None
        assert story.now < promised <= payment.shown_due_at
        transaction.set_rollback(True)


def test_who_delivers_by_hand_late_has_broken_the_word(world):
    order = world.buy(variant=world.plan)
    world.later(hours=4, minutes=1)
    fulfilment.deliver_by_hand(order_id=order.pk, text="done", actor=OPERATOR, now=world.now)
    assert [each.how for each in promises.story(order.pk)] == ["kept", "broken"]
    assert world.in_order()


def test_who_paid_and_was_told_of_in_time_keeps_her_goods_through_our_downtime(world):
    world.stock_up("A")
    order = world.place()
    world.receive(world.notice(world.start(order)))
    world.later(hours=1)  # the worker was away, and the sweep is the first loop to come back
    assert payments.pass_order_dates(now=world.now) == 0
    with pytest.raises(orders.OrderRefused, match="sold_out"):
        world.place(contact="rival@example.cn")
    world.work()
    assert world.again(order).state == "delivered"
    assert "late" not in journal.history(order.pk)[2].data
    assert world.in_order()


def test_a_notice_stamped_in_time_and_stored_a_moment_later_finds_the_order_open(world):
    world.stock_up("A", "B")
    order, idle = world.place(), world.place(contact="idle@example.cn")
    payment = world.start(order)
    world.now = order.pay_by
    told = world.notice(payment)
    assert world.pass_dates() == 0, "a notice may be under way"
    world.receive(told)
    world.later(seconds=15)
    assert world.pass_dates() == 1, "who never went to pay expires"
    assert world.again(idle).state == "expired"
    world.work()
    assert world.again(order).state == "delivered"


def test_however_many_wait_for_a_channel_those_behind_them_expire(world):
    world.stock_up("A", "B", "C")
    told = [world.place(contact=f"{number}@example.cn") for number in range(2)]
    for order in told:
        world.receive(world.notice(world.start(order)))
    world.later(seconds=1)
    silent = world.place(contact="silent@example.cn")
    world.later(hours=1)
    assert payments.pass_order_dates(now=world.now, limit_rows=1) == 1
    assert world.again(silent).state == "expired"
    assert {world.again(order).state for order in told} == {"awaiting_payment"}
