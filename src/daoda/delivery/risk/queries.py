"""Reading rules, what is known of orders, and how often a rule was wrong."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.delivery.risk import rules
from daoda.delivery.risk.models import Finding, Rule
from daoda.kit import sql
from daoda.trade.orders import queries as orders

SQL = sql.load(__package__)
PREVIEW_ROWS = 5000
MONTH = timedelta(days=30)
RELEASED = "order.released"


@dataclass(frozen=True)
class Outcome:
    """What became of the orders one rule spoke against. ``released`` were false holds."""

    findings: int = 0
    waiting: int = 0
    refused: int = 0
    released: int = 0

    @property
    def false_percent(self) -> int | None:
        """Of those decided, how many were false holds; None before any was decided."""
        decided = self.refused + self.released
        return round(100 * self.released / decided) if decided else None


@dataclass(frozen=True)
class Preview:
    """What conditions would have held of the newest ``orders`` paid ones."""

    orders: int
    held: int


def active_rules(shop_ids: Collection[uuid.UUID]) -> list[Rule]:
    """The rules in force, in the order they are asked in: by their code."""
    rows = Rule.everywhere.filter(shop_id__in=shop_ids, ended_at__isnull=True)
    return list(rows.order_by("shop_id", "code"))


def finding(order_id: uuid.UUID) -> tuple[Finding, Rule] | None:
    """What spoke against an order of the entered shop, and by which rule."""
    row = Finding.objects.filter(pk=order_id).first()
    return (row, Rule.objects.get(pk=row.rule_id)) if row else None


def outcomes(shop_id: uuid.UUID, *, now: datetime) -> Mapping[uuid.UUID, Outcome]:
    """What became of the findings of the last 30 days, by rule."""
    found = sql.rows(SQL.outcomes, {"shop_id": shop_id, "since": now - MONTH, "released": RELEASED})
    return {row[0]: Outcome(*row[1:]) for row in found}


def preview(shop_id: uuid.UUID, conditions: Sequence[rules.Condition], *, now: datetime) -> Preview:
    """Try conditions on the paid orders of the last 30 days, the newest 5,000 of them."""
    params = {"shop_id": shop_id, "since": now - MONTH, "limit_rows": PREVIEW_ROWS}
    order_ids = [row[0] for row in sql.rows(SQL.paid_lately, params)]
    seen = see(order_ids, with_answers=rules.asks_for_answers(conditions))
    held = sum(rules.found(conditions, one) is not None for one in seen.values())
    return Preview(orders=len(seen), held=held)


def see(order_ids: Sequence[uuid.UUID], *, with_answers: bool) -> dict[uuid.UUID, rules.Seen]:
    """What is known of paid orders at the moment they were paid."""
    found = sql.rows(SQL.see_orders, {"ids": list(order_ids)})
    typed = orders.answers_of(order_ids) if with_answers else {}
    return {row[0]: _seen(row, typed.get(row[0], {})) for row in found}


def _seen(row: tuple, typed: Mapping[str, object]) -> rules.Seen:  # type: ignore[type-arg]  # a row
    order_id, paid_at, amount_fen, quantity, product_id, channel, new, paid, unpaid = row
    return rules.Seen(
        order_id=order_id,
        paid_at=paid_at,
        amount_fen=amount_fen,
        quantity=quantity,
        product=product_id.hex,
        channel=channel,
        new_contact=new,
        paid_ats=paid or (),
        unpaid_ats=unpaid or (),
        answers={name: str(text) for name, text in typed.items()},
    )
