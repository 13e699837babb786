"""Reading policies, cases, and how much goodwill there is room for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.care.compensation import rules
from daoda.care.compensation.models import Act, Case, Grant, Policy
from daoda.kit import sql
from daoda.trade.orders.models import Order

SQL = sql.load(__package__)
MONTH = timedelta(days=30)
DAY = timedelta(days=1)
PREVIEW_ROWS = 20_000


@dataclass(frozen=True)
class Preview:
    """What a policy would have cost on last month's late orders, in fen.

    Goodwill is capped by order only; refunds are of orders that were still late at that step.
    """

    orders: int
    goodwill_fen: int
    refunds: int
    refunded_fen: int


@dataclass(frozen=True)
class Lateness:
    """What is done about one late order: for the pages of its buyer and of staff."""

    case: Case
    acts: Sequence[Act]
    grants: Sequence[Grant]
    next_step: str


def active_policies(shop_id: uuid.UUID) -> list[Policy]:
    """The policies in force, by their code."""
    rows = Policy.everywhere.filter(shop_id=shop_id, ended_at__isnull=True)
    return list(rows.select_related("product").order_by("code"))


def policy_for(order: Order, policies: Sequence[Policy]) -> Policy | None:
    """The most particular of a shop's policies: of the product, of the kind, of all."""
    fitting = [
        policy
        for policy in policies
        if policy.product_id in {None, order.product_id} and policy.kind in {"", order.kind}
    ]
    return min(
        fitting, key=lambda one: (one.product_id is None, not one.kind, one.code), default=None
    )


def lateness(order_id: uuid.UUID) -> Lateness | None:
    """What is done about a late order of the entered shop; None when nothing was ever late."""
    case = Case.objects.filter(order_id=order_id).select_related("policy").first()
    if case is None:
        return None
    steps = case.policy.steps
    return Lateness(
        case=case,
        acts=list(Act.objects.filter(order_id=order_id).order_by("at", "step")),
        grants=list(case.grants.select_related("coupon").order_by("granted_at")),
        next_step=steps[case.step]["do"] if case.step < len(steps) else "",
    )


def waiting_for_person(*, rows_max: int = 200) -> list[Case]:
    """Cases of the entered shop that wait for somebody's word, soonest date first."""
    rows = Case.objects.filter(state="with_person").select_related("order", "policy")
    return list(rows.order_by("promised_at")[:rows_max])


def goodwill_of(case: Case, price_fen: int, *, now: datetime) -> int:
    """What the case's next step gives, in fen: by the buyer's tier and the caps; 0 for nothing."""
    step = case.policy.steps[case.step]
    order = Order.everywhere.only("person_id").get(pk=case.order_id)
    if step["spent_fen"] and spent_fen(order.person_id, now=now) < step["spent_fen"]:
        return 0
    params = {
        "case_id": case.pk, "shop_id": case.shop_id, "person_id": order.person_id,
        "since": now - DAY,
    }  # fmt: skip
    ((of_order, of_buyer, of_shop),) = sql.rows(SQL.room, params)
    policy = case.policy
    room = rules.Room(
        order_fen=policy.cap_order_fen - of_order,
        buyer_day_fen=policy.cap_buyer_day_fen - of_buyer,
        shop_day_fen=policy.cap_shop_day_fen - of_shop,
    )
    return rules.goodwill_fen(step, price_fen=price_fen, room=room)


def spent_fen(person_id: uuid.UUID, *, now: datetime) -> int:
    """What a buyer spent on delivered orders in the last 30 days."""
    ((fen,),) = sql.rows(SQL.spent, {"person_id": person_id, "since": now - MONTH})
    return int(fen)


def preview(
    shop_id: uuid.UUID, steps: Sequence[rules.Step], *, cap_order_fen: int, now: datetime
) -> Preview:
    """What steps would have cost on the late orders of the last 30 days."""
    late = sql.rows(
        SQL.late_lately,
        {
            "shop_id": shop_id, "since": now - MONTH, "now": now, "broken": rules.BROKEN,
            "limit_rows": PREVIEW_ROWS,
        },
    )  # fmt: skip
    goodwill = refunds = refunded = 0
    for _id, price_fen, _product, _kind, late_since, ended_at in late:
        left = cap_order_fen
        for position, step in enumerate(steps):
            at = rules.next_at(late_since, steps, position)
            if at is None or at >= ended_at:
                break
            if step["do"] == "goodwill":
                given = rules.goodwill_fen(
                    step, price_fen=price_fen, room=rules.Room(left, left, left)
                )
                left, goodwill = left - given, goodwill + given
            elif step["do"] == "refund":
                refunds, refunded = refunds + 1, refunded + price_fen
    return Preview(len(late), goodwill, refunds, refunded)
