"""Compensation on the desk: policies tried, published, replaced, ended; words given and refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from daoda.care.compensation import actions as compensation
from daoda.care.compensation.models import Case, Policy
from daoda.doors.web.operator.tests.world import World, at
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments

TYPED = {
    "title": "Late", "code": "late", "kind": "", "product": "", "reissue": "0", "refund": "60",
    "goodwill1": "5", "goodwill1_percent": "10", "goodwill1_least_fen": "1",
    "goodwill1_most_fen": "20", "approve_above_fen": "0.01", "cap_order_fen": "20",
    "cap_buyer_day_fen": "50", "cap_shop_day_fen": "1000",
}  # fmt: skip


def test_a_policy_is_tried_published_and_replaced(operator: Client, world: World) -> None:
    assert operator.post(at("new_policy"), {**TYPED, "try": ""}).status_code == 200
    assert not Policy.everywhere.exists()
    assert operator.post(at("new_policy"), {**TYPED, "publish": ""}).status_code == 302
    first = Policy.everywhere.get()
    assert [step["do"] for step in first.steps] == ["reissue", "goodwill", "refund"]
    assert first.steps[1]["most_fen"] == 2000
    page = operator.get(f"{at('new_policy')}?from={first.pk}")
    assert page.context["form"].initial["goodwill1_most_fen"] == 2000
    changed = {**TYPED, "refund": "90", "publish": ""}
    assert operator.post(at("new_policy"), changed).status_code == 302
    second = Policy.everywhere.get(ended_at=None)
    assert (second.version, second.steps[-1]["after_min"]) == (2, 90)
    assert "Late" in operator.get(at("compensation")).content.decode()
    assert operator.post(at("policy_ending", second.pk)).status_code == 302
    assert not Policy.everywhere.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reissue": "", "refund": "", "goodwill1": ""},
        {"refund": "1"},
        {"goodwill1_percent": ""},
        {"goodwill1_least_fen": "30"},
        {"refund": "-1"},
        {"cap_order_fen": "much"},
        {"code": "a b"},
        {"product": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_what_is_no_policy_is_said_in_words(
    operator: Client, world: World, wrong: dict[str, str]
) -> None:
    answer = operator.post(at("new_policy"), {**TYPED, **wrong, "publish": ""})
    assert answer.status_code == 422
    assert not Policy.everywhere.exists()


def late(world: World) -> Order:
    order = world.buy(variant=world.plan)
    assert order.promised_at is not None
    world.now = order.promised_at + timedelta(seconds=1)
    payments.pass_order_dates(now=world.now)
    compensation.hear(now=world.now)
    compensation.pass_dates(now=world.now)
    return order


def test_a_refund_above_the_threshold_is_approved_or_declined(
    operator: Client, world: World
) -> None:
    compensation.hear(now=world.now)
    typed = {**TYPED, "reissue": "", "goodwill1": "", "refund": "0", "publish": ""}
    operator.post(at("new_policy"), typed)
    first, second = late(world), late(world)
    page = operator.get(at("compensation")).content.decode()
    assert at("compensation_approval", Case.everywhere.get(order=first).pk) in page
    declined = Case.everywhere.get(order=second).pk
    empty = operator.post(at("compensation_refusal", declined), {"reason": ""})
    assert empty.status_code == 302
    assert Case.everywhere.get(pk=declined).asked == "approval"
    operator.post(at("compensation_refusal", declined), {"reason": "arrives today"})
    assert Case.everywhere.get(pk=declined).asked == "decision"
    operator.post(at("compensation_approval", Case.everywhere.get(order=first).pk))
    assert Order.everywhere.get(pk=first.pk).state == "refund_owed"
    assert "arrives today" in operator.get(at("order", second.pk)).content.decode()
