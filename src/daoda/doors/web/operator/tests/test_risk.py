"""Rules of risk on the desk: tried, published, replaced, ended, and what they said of an order."""

from __future__ import annotations

from django.test import Client

from daoda.delivery.risk import actions as risk
from daoda.delivery.risk.models import Rule
from daoda.doors.web.operator.tests.world import World, at

TYPED = {"code": "first-large", "title": "First large one", "told": "Looked at", "amount": "1"}


def test_a_rule_is_tried_before_it_is_in_force(operator: Client, world: World) -> None:
    world.buy()
    tried = operator.post(at("new_risk_rule"), {**TYPED, "try": ""})
    assert tried.status_code == 200
    assert "<b>1</b>" in tried.content.decode()
    assert not Rule.everywhere.exists()

    assert operator.post(at("new_risk_rule"), {**TYPED, "publish": ""}).status_code == 302
    rule = Rule.everywhere.get()
    assert rule.conditions == [{"kind": "amount", "at_least_fen": 100}]
    assert rule.made_by.startswith("staff:")


def test_all_conditions_go_into_the_form_and_out_again(operator: Client, world: World) -> None:
    typed = {
        **TYPED, "quantity": "2", "paid": "3", "paid_min": "60", "unpaid": "4",
        "unpaid_min": "90", "new_contact": "on", "channels": [world.channel.code],
        "products": [world.codes.product_id.hex], "field": "region", "texts": "US\n JP \n",
    }  # fmt: skip
    assert operator.post(at("new_risk_rule"), {**typed, "publish": ""}).status_code == 302
    (first,) = Rule.everywhere.all()
    assert first.conditions[-1] == {"kind": "answer", "field": "region", "one_of": ["US", "JP"]}
    page = operator.get(f"{at('new_risk_rule')}?from={first.pk}")
    again = page.context["form"].initial
    posted = {key: value if value is not True else "on" for key, value in again.items()}
    posted["amount"] = "1"
    assert operator.post(at("new_risk_rule"), {**posted, "publish": ""}).status_code == 302
    second = Rule.everywhere.get(ended_at=None)
    assert (second.version, second.conditions) == (2, first.conditions)
    assert operator.get(at("risk")).status_code == 200


def test_what_makes_no_rule_is_said_in_words(operator: Client, world: World) -> None:
    for typed in (
        {**TYPED, "amount": ""},
        {**TYPED, "amount": "", "paid": "3"},
        {**TYPED, "amount": "much"},
        {**TYPED, "amount": "", "field": "region"},
        {**TYPED, "channels": ["nowhere"]},
        {**TYPED, "code": "two words"},
        {**TYPED, "told": "x" * 61},
    ):
        answer = operator.post(at("new_risk_rule"), {**typed, "publish": ""})
        assert answer.status_code == 422, typed
        assert "field-wrong" in answer.content.decode() or "wrong" in answer.content.decode()
    assert not Rule.everywhere.exists()
    assert operator.get(f"{at('new_risk_rule')}?from=nonsense").status_code == 200


def test_the_order_says_what_spoke_against_it(operator: Client, world: World) -> None:
    terms = risk.Terms("all", "Everything", "Looked at", [{"kind": "amount", "at_least_fen": 1}])
    rule = risk.publish_rule(shop_id=world.shop.pk, terms=terms, actor="machine:t", now=world.now)
    order = world.buy()
    risk.screen_batch(now=world.now)
    page = operator.get(at("order", order.pk)).content.decode()
    assert "Everything" in page
    assert "49" in page
    assert operator.post(at("risk_ending", rule.pk)).status_code == 302
    assert not Rule.everywhere.filter(ended_at=None).exists()
