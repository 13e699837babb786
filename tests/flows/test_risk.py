"""Orders a rule speaks against: held with a reason and a date, and nobody else waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daoda.delivery.risk import actions as risk
from daoda.delivery.risk import queries
from daoda.delivery.risk.models import Finding, Rule
from daoda.delivery.risk.rules import Condition
from daoda.records.journal import queries as journal
from daoda.records.promises import queries as promises
from daoda.records.shops.models import Shop
from daoda.trade.orders import queries as orders
from tests.flows.world import OPERATOR, World, stands

TOLD = "多笔大额订单，人工核对后放行"
HELD = ("held", "review", "department:risk")


@pytest.fixture(autouse=True)
def in_order_afterwards(world: World):
    yield
    assert world.in_order()


def publish(world: World, *conditions: Condition, code: str = "large") -> Rule:
    terms = risk.Terms(code, "Large orders", TOLD, [dict(one) for one in conditions])
    return risk.publish_rule(shop_id=world.shop.pk, terms=terms, actor=OPERATOR, now=world.now)


def at_least(fen: int) -> Condition:
    return {"kind": "amount", "at_least_fen": fen}


def test_a_large_order_is_held_by_a_date_and_the_small_one_arrives(world):
    world.stock_up("a", "b", "c", "d")
    small = world.place()
    rule = publish(world, at_least(small.amount_fen + 1))
    small = world.pay(small)
    assert stands(small) == ("screening", "review", "machine:risk")
    world.work()
    assert world.again(small).state == "delivered"

    large = world.buy(3, contact="hanmei@example.cn")
    assert (*stands(large), large.hold_reason) == (*HELD, TOLD)
    assert large.promised_at > world.now
    with world.inside():
        told = queries.finding(large.pk)
    assert told is not None
    assert told[1] == rule
    assert told[0].found == [{"kind": "amount", "seen": large.amount_fen}]

    assert world.release(large)
    world.work()
    assert world.again(large).state == "delivered"
    assert queries.outcomes(world.shop.pk, now=world.now)[rule.pk] == queries.Outcome(1, 0, 0, 1)


def test_screening_moves_no_date(world):
    world.stock_up("a")
    publish(world, at_least(10_000_000))
    order = world.place()
    shown = orders.shown_due(order.product, now=world.now).due_at
    paid = world.pay(order)
    world.later(seconds=40)
    risk.screen_batch(now=world.now)
    onward = world.again(order)
    assert onward.state == "paid"
    assert onward.promised_at == paid.promised_at <= shown
    world.work()
    kinds = [(one.node, one.how) for one in promises.story(order.pk)]
    assert kinds[1:] == [("review", "superseded"), ("stocking", "kept")]


def test_the_money_of_a_refused_order_goes_back(world):
    world.stock_up("a", "b", "c")
    rule = publish(world, at_least(1))
    order = world.buy()
    assert stands(order) == HELD
    assert world.refund(order)
    (refund,) = world.refunds(order)
    assert refund.amount_fen == order.amount_fen
    outcome = queries.outcomes(world.shop.pk, now=world.now)[rule.pk]
    assert (outcome.refused, outcome.false_percent) == (1, 0)


@pytest.mark.parametrize(
    ("condition", "held_from"),
    [
        ({"kind": "orders_of_contact", "at_least": 3, "within_min": 60}, 3),
        ({"kind": "new_contact"}, 1),
        ({"kind": "quantity", "at_least": 2}, None),
        ({"kind": "channel", "one_of": ["sandbox"]}, 1),
        ({"kind": "channel", "one_of": ["elsewhere"]}, None),
    ],
)
def test_conditions_on_orders_one_after_another(world, condition, held_from):
    world.stock_up("a", "b", "c", "d")
    publish(world, condition)
    states = []
    for _ in range(4):
        order = world.buy()
        states.append(order.state)
        if order.state == "held":
            world.release(order)
            world.work()
    first_held = states.index("held") + 1 if "held" in states else None
    assert first_held == held_from
    if condition["kind"] == "new_contact":
        assert states[1:] == ["delivered"] * 3


def test_what_was_left_unpaid_speaks_against_the_next(world):
    world.stock_up("a")
    publish(world, {"kind": "unpaid_of_contact", "at_least": 2, "within_min": 60})
    for _ in range(2):
        world.cancel(world.place())
    world.later(minutes=30)
    assert stands(world.buy()) == HELD


def test_what_the_buyer_typed_is_compared_and_not_repeated(world):
    publish(world, {"kind": "answer", "field": "account", "one_of": [" 13800138000"]})
    order = world.buy(variant=world.plan)
    assert stands(order) == HELD
    assert "13800138000" not in str(Finding.everywhere.get(pk=order.pk).found)


def test_a_rule_that_ends_holds_nobody_not_even_who_waits_for_it(world):
    world.stock_up("a", "b")
    rule = publish(world, at_least(1))
    order = world.pay(world.place())
    assert risk.end_rule(rule_id=rule.pk, actor=OPERATOR, now=world.now)
    assert not risk.end_rule(rule_id=rule.pk, actor=OPERATOR, now=world.now)
    world.work()
    assert world.again(order).state == "delivered"
    assert not Shop.objects.get(pk=world.shop.pk).screens_orders
    assert [fact.kind for fact in journal.history(rule.pk)] == [
        "risk_rule.published",
        "risk_rule.ended",
    ]


def test_a_new_version_takes_the_place_of_the_old_one(world):
    first = publish(world, at_least(1))
    second = publish(world, at_least(2))
    assert (first.version, second.version) == (1, 2)
    assert queries.active_rules([world.shop.pk]) == [second]


def test_when_the_machine_of_risk_stands_still_a_person_takes_over(world):
    world.stock_up("a")
    publish(world, at_least(1))
    order = world.pay(world.place())
    world.now = order.promised_at + timedelta(seconds=1)
    assert world.pass_dates()
    assert stands(world.again(order)) == ("screening", "review", "department:risk")
    world.work()
    assert stands(world.again(order)) == HELD


def test_a_preview_says_what_a_rule_would_have_held(world):
    world.stock_up("a", "b", "c", "d")
    for quantity in (1, 1, 2):
        world.buy(quantity)
    large = [{"kind": "quantity", "at_least": 2}]
    assert queries.preview(world.shop.pk, large, now=world.now) == queries.Preview(3, 1)


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        "amount",
        [{"kind": "mood"}],
        [{"kind": "amount"}],
        [{"kind": "amount", "at_least_fen": 0}],
        [{"kind": "amount", "at_least_fen": True}],
        [{"kind": "amount", "at_least_fen": 1, "sql": "DROP TABLE"}],
        [{"kind": "channel", "one_of": []}],
        [{"kind": "answer", "field": "", "one_of": ["x"]}],
        [{"kind": "new_contact"}] * 9,
    ],
)
def test_what_is_no_rule_is_refused(world, conditions):
    terms = risk.Terms("large", "Large", TOLD, conditions)
    with pytest.raises(risk.Refused) as refused:
        risk.publish_rule(shop_id=world.shop.pk, terms=terms, actor=OPERATOR, now=world.now)
    assert set(refused.value.problems) == {"conditions"}
    assert not Rule.everywhere.exists()
