"""What happens by itself for a buyer whose date was broken: in order, once, within the caps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from daoda.care.compensation import actions as compensation
from daoda.care.compensation import queries, rules
from daoda.care.compensation.models import Act, Case, Grant, Policy
from daoda.delivery.fulfilment import actions as fulfilment
from daoda.records.journal import queries as journal
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from tests.flows.world import OPERATOR, World, stands

REISSUE = {"do": "reissue", "after_min": 0}
REFUND = {"do": "refund", "after_min": 60}
GOODWILL = {
    "do": "goodwill", "after_min": 0, "percent": 10, "least_fen": 100, "most_fen": 2_000,
    "spent_fen": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_order_afterwards(world: World) -> Iterator[None]:
    compensation.hear(now=world.now)
    yield
    assert world.in_order()


def publish(world: World, *steps: rules.Step, **terms: int) -> Policy:
    named = compensation.Terms(
        **{
            "code": "late", "title": "Late orders", "steps": [dict(step) for step in steps],
            "approve_above_fen": 1_000_000, "cap_order_fen": 5_000, "cap_buyer_day_fen": 5_000,
            "cap_shop_day_fen": 100_000, **terms,
        }  # type: ignore[arg-type]  # a few fields, by name
    )  # fmt: skip
    return compensation.publish_policy(
        shop_id=world.shop.pk, terms=named, actor=OPERATOR, now=world.now
    )


def late(world: World, *, contact: str = "lilei@example.cn") -> Order:
    """A membership that somebody does by hand, and that did not come by its date."""
    order = world.buy(variant=world.plan, contact=contact)
    assert order.promised_at is not None
    world.now = order.promised_at + timedelta(seconds=1)
    assert world.pass_dates()
    compensation.hear(now=world.now)
    return world.again(order)


def work(world: World, **later: float) -> None:
    """The machine of compensation looks, some time later."""
    world.later(**later)
    compensation.hear(now=world.now)
    compensation.pass_dates(now=world.now)


def policy_for(world: World, order: Order) -> Policy | None:
    return queries.policy_for(order, queries.active_policies(world.shop.pk))


def acts(order: Order) -> list[tuple[str, str, str]]:
    rows = Act.everywhere.filter(order_id=order.pk).order_by("step")
    return [(act.do, act.did, act.reason) for act in rows]


def test_step_by_step_to_the_refund_without_anybody_asking(world):
    publish(world, GOODWILL, REFUND)
    order = late(world)
    case = Case.everywhere.get()
    assert stands(case) == ("running", "compensating", "machine:compensation")
    work(world)
    assert acts(order) == [("goodwill", "done", "")]
    work(world, minutes=30)
    assert len(acts(order)) == 1
    work(world, minutes=31)
    assert acts(order)[1:] == [("refund", "done", "")]
    assert world.again(order).state == "refund_owed"
    assert Case.everywhere.get().outcome == "refund_owed"
    assert len(world.refunds(order)) == 1
    kinds = [one.kind for one in journal.history(order.pk)]
    assert kinds.count("compensation.acted") == 2
    assert "goodwill.granted" in kinds


def test_the_goodwill_is_a_liability_until_it_is_used(world):
    publish(world, GOODWILL, REFUND)
    order = late(world)
    work(world)
    grant = Grant.everywhere.select_related("coupon").get()
    assert grant.amount_fen == max(100, min(2_000, order.amount_fen // 10))
    assert world.books()["goodwill_owed"] == world.books()["compensation"] == grant.amount_fen

    world.stock_up("a")
    again = world.buy(coupon_code=grant.coupon.code)
    assert again.discount_fen == grant.amount_fen
    assert again.state == "delivered"
    work(world)
    assert stands(Grant.everywhere.get())[0] == "used"
    assert "goodwill_owed" not in world.books()
    assert world.books()["revenue"] == again.amount_fen + grant.amount_fen


def test_goodwill_that_nobody_uses_lapses_and_is_owed_no_longer(world):
    publish(world, GOODWILL, REFUND)
    late(world)
    work(world)
    world.later(days=rules.COUPON_DAYS)
    assert compensation.lapse_grants(now=world.now) == 1
    assert compensation.lapse_grants(now=world.now) == 0
    assert "goodwill_owed" not in world.books()
    assert "compensation" not in world.books()


def test_an_order_that_arrives_after_all_ends_its_case(world):
    publish(world, {**GOODWILL, "after_min": 30}, REFUND)
    order = late(world)

    fulfilment.deliver_by_hand(order_id=order.pk, text="done", actor=OPERATOR, now=world.now)
    work(world, minutes=90)
    assert Case.everywhere.get().outcome == "delivered"
    assert acts(order) == []


def test_caps_bound_what_one_buyer_and_the_shop_give_in_a_day(world):
    publish(world, GOODWILL, REFUND, cap_buyer_day_fen=250, cap_shop_day_fen=350)
    first, second = late(world), late(world)
    third = late(world, contact="hanmei@example.cn")
    work(world)
    given = sum(one.amount_fen for one in Grant.everywhere.all())
    assert given <= 350
    did = [acts(one)[0] for one in (first, second, third) if acts(one)]
    assert ("goodwill", "passed", "not_granted") in did


def test_above_the_threshold_a_person_is_asked_by_a_date(world):
    publish(world, {**REFUND, "after_min": 0}, approve_above_fen=1)
    order = late(world)
    work(world)
    case = Case.everywhere.get()
    assert stands(case) == ("with_person", "decision", "department:operations")
    assert world.again(order).state == "in_hand"
    world.now = case.promised_at + timedelta(seconds=1)
    work(world)
    overdue = Case.everywhere.get()
    assert (overdue.state, overdue.asked) == ("with_person", "approval")
    assert overdue.promised_at > world.now
    assert compensation.approve(case_id=case.pk, actor=OPERATOR, now=world.now)
    assert not compensation.approve(case_id=case.pk, actor=OPERATOR, now=world.now)
    assert world.again(order).state == "refund_owed"


def test_what_is_declined_is_kept_with_its_reason_and_a_person_decides_on(world):
    publish(world, {**REFUND, "after_min": 0}, approve_above_fen=1)
    order = late(world)
    work(world)
    case = Case.everywhere.get()
    with pytest.raises(ValueError, match="reason"):
        compensation.decline(case_id=case.pk, reason=" ", actor=OPERATOR, now=world.now)
    assert compensation.decline(
        case_id=case.pk, reason="arrives today", actor=OPERATOR, now=world.now
    )
    assert acts(order) == [("refund", "declined", "arrives today")]
    assert Case.everywhere.get().asked == "decision"


def test_the_buyer_who_keeps_waiting_is_not_refunded_and_may_change_her_mind(world):
    publish(world, REFUND)
    order = late(world)
    assert compensation.choose(order_id=order.pk, choice="wait", actor="buyer", now=world.now)
    work(world, minutes=61)
    assert acts(order) == [("refund", "passed", "buyer_waits")]
    assert world.again(order).state == "in_hand"
    assert compensation.choose(order_id=order.pk, choice="refund", actor="buyer", now=world.now)
    assert world.again(order).state == "refund_owed"
    assert not compensation.choose(order_id=order.pk, choice="wait", actor="buyer", now=world.now)


def test_no_money_goes_back_while_a_supplier_may_still_deliver(world):
    with world.inside():
        catalog.change_product(
            product_id=world.plan.product_id, changes={"recipe": {"via": "supplier"}},
            actor=OPERATOR, now=world.now,
        )  # fmt: skip
    publish(world, {**REFUND, "after_min": 0})
    order = world.pay(world.place(variant=world.plan))
    attempt_id = uuid.uuid4()
    with transaction.atomic():
        orders.lock([order.pk])
        orders.attach_attempts({order.pk: attempt_id})
    world.now = order.promised_at + timedelta(seconds=1)
    assert world.pass_dates()
    work(world)
    assert compensation.choose(order_id=order.pk, choice="refund", actor="buyer", now=world.now)
    work(world, minutes=2)
    assert world.again(order).state == "sourcing"
    assert Case.everywhere.get().state == "running"
    with transaction.atomic():
        orders.lock([order.pk])
        orders.detach_attempts({order.pk: attempt_id})
    work(world, minutes=2)
    assert world.again(order).state == "refund_owed"


def test_without_a_policy_nothing_happens_and_the_particular_one_counts(world):
    order = late(world)
    assert not Case.everywhere.exists()
    general = publish(world, REFUND)
    particular = publish(world, REFUND, code="plan", product_id=world.plan.product_id)  # type: ignore[arg-type]
    assert policy_for(world, world.again(order)) == particular
    assert policy_for(world, Order(shop_id=world.shop.pk, kind="code")) == general
    assert compensation.end_policy(policy_id=particular.pk, actor=OPERATOR, now=world.now)
    assert policy_for(world, world.again(order)) == general


def test_a_preview_says_what_a_policy_would_have_cost(world):
    order = late(world)
    world.later(minutes=90)
    steps = [GOODWILL, REFUND]
    preview = queries.preview(world.shop.pk, steps, cap_order_fen=5_000, now=world.now)
    assert (preview.orders, preview.refunds) == (1, 1)
    assert preview.refunded_fen == order.amount_fen
    assert preview.goodwill_fen == max(100, min(2_000, order.amount_fen // 10))


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"do": "sing", "after_min": 0}],
        [{"do": "refund"}],
        [{"do": "refund", "after_min": -1}],
        [{"do": "refund", "after_min": True}],
        [{"do": "refund", "after_min": 0}, {"do": "reissue", "after_min": 5}],
        [{"do": "reissue", "after_min": 5}, {"do": "refund", "after_min": 0}],
        [{**GOODWILL, "least_fen": 500, "most_fen": 100}],
        [{**GOODWILL, "extra": 1}],
    ],
)
def test_what_is_no_policy_is_refused(world, steps):
    with pytest.raises(compensation.Refused) as refused:
        publish(world, *steps)
    assert set(refused.value.problems) == {"steps"}
