"""Goodwill coupons: given, used, or over, and what the books say of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from daoda.care.compensation import rules
from daoda.care.compensation.models import Case, Grant
from daoda.care.compensation.states import GRANT
from daoda.kit import ids, sql
from daoda.records.journal import actions as journal
from daoda.records.ledger import actions as ledger
from daoda.records.promises import actions as promises
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders.models import Order

SQL = sql.load("daoda.care.compensation")
ACTOR = "machine:compensation"
BATCH_ROWS = 200
# How long the machine may take to strike off a coupon that is over.
STRUCK_OFF_WITHIN = timedelta(days=1)
FACTS = {"used": "goodwill.used", "lapsed": "goodwill.lapsed"}
COMPENSATION, OWED, REVENUE = ("compensation", ""), ("goodwill_owed", ""), ("revenue", "")


def grant(case: Case, order: Order, *, amount_fen: int, actor: str, now: datetime) -> Grant:
    """Give the buyer of a late order a coupon of this amount, in the caller's transaction."""
    grant_id = ids.derive(case.pk, f"grant:{case.step}")
    until = now + timedelta(days=rules.COUPON_DAYS)
    coupon = catalog.create_coupon(
        shop_id=case.shop_id, code=f"SORRY{ids.short_number()}", kind="amount", value=amount_fen,
        min_amount_fen=amount_fen + 1, ends_at=until, uses_max=1, actor=actor, now=now,
    )  # fmt: skip
    promise = promises.NewPromise(
        shop_id=case.shop_id, subject="goodwill", subject_id=grant_id, node="usable",
        owner="buyer", made_at=now, due_at=until + STRUCK_OFF_WITHIN, consequence="lapse",
        id=ids.uuid7(now),
    )  # fmt: skip
    promises.make_many([promise])
    given = Grant(
        id=grant_id, shop_id=case.shop_id, case=case, person_id=order.person_id, coupon=coupon,
        amount_fen=amount_fen, currency=order.currency, granted_at=now, until=until,
        state=GRANT.initial, node=promise.node, owner=promise.owner, promised_at=promise.due_at,
        promise_id=promise.id,
    )  # fmt: skip
    given.save(force_insert=True)
    owed = ledger.NewTransfer(
        kind="goodwill.granted", debit=COMPENSATION, credit=OWED, amount_fen=amount_fen,
        **_of(given, now),
    )  # fmt: skip
    ledger.post_many([owed])
    _tell(given, "goodwill.granted", actor, now)
    return given


def mark_used(order_ids: Sequence[uuid.UUID], *, now: datetime) -> int:
    """Orders were delivered: what they used of goodwill is owed no longer. In a transaction."""
    if not order_ids:
        return 0
    found = sql.rows(SQL.grants_of_orders, {"order_ids": list(order_ids)})
    used = {row[0]: row[1] for row in found}
    rows = Grant.everywhere.select_for_update().filter(pk__in=used, state="usable").order_by("pk")
    for given in rows:
        used_fen = used[given.pk]
        if used_fen:
            earned = ledger.NewTransfer(
                kind="goodwill.used", debit=OWED, credit=REVENUE, amount_fen=used_fen,
                **_of(given, now),
            )  # fmt: skip
            ledger.post_many([earned])
        _close(given, "used", used_fen, now)
    return len(used)


def lapse_grants(*, now: datetime, limit_rows: int = BATCH_ROWS) -> int:
    """Strike off coupons whose last day is over; returns how many."""
    with transaction.atomic():
        found = sql.rows(SQL.claim_grants_over, {"now": now, "limit_rows": limit_rows})
        for given in Grant.everywhere.filter(pk__in=[row[0] for row in found]).order_by("pk"):
            _close(given, "lapsed", 0, now)
    return len(found)


def _close(given: Grant, state: str, used_fen: int, now: datetime) -> None:
    assert given.promise_id is not None  # it is open
    assert given.promised_at is not None
    late = now > given.promised_at
    how, reason = ("broken", "late") if late else ("kept", "")
    promises.end_many([promises.NewEnding(given.promise_id, given.shop_id, now, how, reason)])
    if given.amount_fen > used_fen:
        kept = ledger.NewTransfer(
            kind="goodwill.unused", debit=OWED, credit=COMPENSATION,
            amount_fen=given.amount_fen - used_fen, **_of(given, now),
        )  # fmt: skip
        ledger.post_many([kept])
    given.state, given.used_fen, given.closed_at = state, used_fen, now
    given.node = given.owner = given.promised_at = given.promise_id = None
    given.save()
    _tell(given, FACTS[state], ACTOR, now)


def _of(given: Grant, now: datetime) -> dict[str, Any]:
    """What every transfer about a coupon says."""
    return {
        "shop_id": given.shop_id, "currency": given.currency, "subject_id": given.pk, "at": now,
    }  # fmt: skip


def _tell(given: Grant, kind: str, actor: str, now: datetime) -> None:
    journal.write(
        kind=kind, subject="order", subject_id=given.case.order_id, shop_id=given.shop_id,
        actor=actor, at=now,
        data={
            "grant": given.pk.hex, "amount_fen": given.amount_fen, "used_fen": given.used_fen,
            "until": given.until.isoformat(),
        },
    )  # fmt: skip
