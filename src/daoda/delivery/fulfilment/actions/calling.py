"""Which calls go out to suppliers now: purchases to send, purchases to ask about.

A claim is committed, with a lease longer than any call and a fence, before the call is made. Who
dies between the two leaves an attempt whose lease lapses: it is asked about, never sent again,
unless the supplier answers a repeated create with the first order.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction

from daoda.delivery.fulfilment import rules
from daoda.delivery.fulfilment.actions import moving
from daoda.delivery.fulfilment.actions.moving import ACTOR, SQL, Change, Said
from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.kit import faults, sql
from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.trade.orders import queries as orders
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import (
    CannotBuy,
    NotOffered,
    Purchase,
    Reading,
    SupplierAdapter,
)
from daoda.trade.suppliers.models import Offer, Supplier

TIMEOUT_S = 20.0
LEASE_S = 60.0
EACH_ROWS = 500
How = Literal["create", "query", "notice", "person"]


@dataclass(frozen=True)
class Asked:
    """A call on its way: about which attempt, at which fence, within which slots."""

    attempt_id: uuid.UUID
    order_id: uuid.UUID | None
    supplier_id: uuid.UUID
    fence: int
    how: How
    adapter: SupplierAdapter = field(repr=False)
    purchase: Purchase = field(repr=False)
    request: str = field(repr=False)
    lease_id: uuid.UUID


@dataclass(frozen=True)
class Heard:
    """What was heard of an attempt. ``fence`` None: not an answer to a call of ours.

    ``left_house`` False: it is certain that the supplier has heard nothing of it.
    """

    attempt_id: uuid.UUID
    order_id: uuid.UUID | None
    reading: Reading
    how: How
    fence: int | None = None
    left_house: bool = True
    took_s: float = 0.0
    request: str = field(default="", repr=False)
    response: str = field(default="", repr=False)


@dataclass
class Claimed:
    """Calls to make, and what is known without any."""

    calls: list[tuple[Asked, Call]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.calls) + len(self.heard)


def claim_sends(*, now: datetime, room: int) -> Claimed:
    """Claim planned purchases, at most ``room`` and as many as their suppliers bear."""
    slots = _slots(SQL.suppliers_to_send, now=now, room=room, buying=True)
    attempts = _claim(SQL.claim_to_send, slots, now)
    if attempts:
        faults.point("attempt.sent")
    return _prepare(attempts, slots, now)


def claim_asks(*, now: datetime, room: int) -> Claimed:
    """Claim purchases that are due to be asked about, and those whose sending lapsed."""
    slots = _slots(SQL.suppliers_to_ask, now=now, room=room, buying=False)
    attempts = _claim(SQL.claim_to_ask, slots, now)
    return _prepare(attempts, slots, now)


def read(asked: Asked, answer: Answer | NoAnswer, *, took_s: float, now: datetime) -> Heard:
    """What an answer says, in words of ours. Nothing is written."""
    reader = asked.adapter.read_create if asked.how == "create" else asked.adapter.read_query
    reading = reader(purchase=asked.purchase, answer=answer, now=now)
    if isinstance(answer, Answer):
        response = f"{answer.status} {asked.adapter.mask(raw=answer.body)}"
    else:
        response = answer.reason
    return Heard(
        attempt_id=asked.attempt_id,
        order_id=asked.order_id,
        reading=reading,
        how=asked.how,
        fence=asked.fence,
        left_house=not isinstance(answer, NoAnswer) or answer.sent,
        took_s=took_s,
        request=asked.request,
        response=_kept(response),
    )


def give_back(asked: Sequence[Asked]) -> None:
    """The slots of calls that have ended are free at once."""
    ended: dict[uuid.UUID, int] = {}
    for one in asked:
        ended[one.lease_id] = ended.get(one.lease_id, 0) + 1
    suppliers.give_back(ended=ended)


def _slots(
    statement: str, *, now: datetime, room: int, buying: bool
) -> dict[uuid.UUID, suppliers.Slots]:
    """Slots by supplier: each an even share of the room, so that no queue starves another."""
    due = sql.rows(statement, {"now": now, "limit_rows": EACH_ROWS})
    if not due or room <= 0:
        return {}
    share = max(1, room // len(due))
    return suppliers.take_slots(
        wanted={supplier_id: min(count, share) for supplier_id, _, count in due},
        shop_ids={supplier_id: shop_id for supplier_id, shop_id, _ in due},
        lease_s=LEASE_S,
        now=now,
        buying=buying,
    )


def _claim(
    statement: str, slots: Mapping[uuid.UUID, suppliers.Slots], now: datetime
) -> list[LockedAttempt]:
    granted = {supplier_id: one.count for supplier_id, one in slots.items() if one.count}
    if not granted:
        return []
    params = {
        "supplier_ids": list(granted), "slots": list(granted.values()), "now": now,
        "leased_until": now + timedelta(seconds=LEASE_S),
    }  # fmt: skip
    with transaction.atomic():
        attempts = moving.read(row[0] for row in sql.rows(statement, params))
        sent = [Change(one, one, "sent", "attempt.sent") for one in attempts if one.state == "sent"]
        moving.tell(sent, actor=ACTOR, now=now)
    return attempts


def _prepare(
    attempts: Sequence[LockedAttempt], slots: Mapping[uuid.UUID, suppliers.Slots], now: datetime
) -> Claimed:
    """What is to be called; the slots of all others are given back."""
    claimed = Claimed()
    known = Supplier.everywhere.in_bulk({one.supplier_id for one in attempts})
    asking = _Asking(attempts)
    used: dict[uuid.UUID, int] = {}
    for attempt in attempts:
        lease_id = slots[attempt.supplier_id].lease_id
        done = asking.step(attempt, known[attempt.supplier_id], lease_id, now)
        if isinstance(done, Heard):
            claimed.heard.append(done)
        else:
            claimed.calls.append(done)
            used[attempt.supplier_id] = used.get(attempt.supplier_id, 0) + 1
    suppliers.give_back(
        ended={
            one.lease_id: one.count - used.get(supplier_id, 0)
            for supplier_id, one in slots.items()
            if one.count > used.get(supplier_id, 0)
        }
    )
    return claimed


class _Asking:
    """What has to be known to write the calls about some attempts, read once for all."""

    def __init__(self, attempts: Sequence[LockedAttempt]) -> None:
        sending = [one for one in attempts if one.order_id is not None]
        self._answers = orders.answers_of([one.order_id for one in sending if one.order_id])
        offers = Offer.everywhere.filter(pk__in={one.offer_id for one in attempts})
        self._names: dict[uuid.UUID, dict[str, str]] = dict(offers.values_list("pk", "field_map"))

    def step(
        self, attempt: LockedAttempt, supplier: Supplier, lease_id: uuid.UUID, now: datetime
    ) -> tuple[Asked, Call] | Heard:
        """The next call about an attempt, or what is to be concluded without one."""
        if attempt.reason == "order_held":
            # Known to be done; only the review of its order was waited for.
            return _without_call(attempt, Reading("succeeded", "waited_for_review"))
        if supplier.by_hand:
            status: Literal["accepted", "unknown"] = (
                "accepted" if attempt.state == "sent" else "unknown"
            )
            return _without_call(attempt, Reading(status, "by_hand"))
        try:
            adapter = suppliers.adapter_of(supplier)
            purchase = self._purchase(attempt)
            how, call = _call(adapter, attempt, purchase, now)
        except (CannotBuy, ConfigProblem) as problem:
            # What was sent before and came back to be planned had never left this house.
            first = attempt.state == "sent"
            status_now = Reading("failed" if first else "unknown", f"cannot_buy: {problem}")
            return _without_call(attempt, status_now)
        except NotOffered:
            return _without_call(attempt, Reading("unknown", "cannot_be_asked"))
        request = _kept(f"{call.method} {adapter.mask(raw=call.body)}")
        asked = Asked(
            attempt.id, attempt.order_id, attempt.supplier_id, attempt.fence, how, adapter,
            purchase, request, lease_id,
        )  # fmt: skip
        return asked, call

    def _purchase(self, attempt: LockedAttempt) -> Purchase:
        names = self._names.get(attempt.offer_id, {})
        typed = self._answers.get(attempt.order_id, {}) if attempt.order_id else {}
        base = settings.DAODA.base_url.rstrip("/")
        return Purchase(
            number=attempt.number,
            goods=attempt.goods,
            quantity=attempt.quantity,
            cost_max_fen=attempt.cost_max_fen,
            currency=attempt.currency,
            notify_url=f"{base}/inbound/supplier/{attempt.supplier_id.hex}",
            fields={names.get(name, name): value for name, value in typed.items()},
            kind="card" if attempt.needs_cards else "topup",
            reference=attempt.reference,
            sent_before=attempt.state != "sent",
        )


def _call(
    adapter: SupplierAdapter, attempt: LockedAttempt, purchase: Purchase, now: datetime
) -> tuple[How, Call]:
    """A query where there is one; a create for what was never sent, or may be sent again.

    Raises NotOffered where nothing can be asked, or may not be asked yet.
    """
    if attempt.state == "sent":
        return "create", adapter.create(purchase=purchase, now=now)
    capability = adapter.capability
    askable = rules.can_ask(capability, has_reference=bool(attempt.reference))
    lost = attempt.state == "unknown" and (not askable or attempt.answer == "absent")
    if capability.idempotent_create and lost:
        return "create", adapter.create(purchase=purchase, now=now)
    earliest = timedelta(seconds=capability.query_earliest_s)
    if not askable or (attempt.sent_at is not None and now < attempt.sent_at + earliest):
        raise NotOffered
    return "query", adapter.query(purchase=purchase, now=now)


def _without_call(attempt: LockedAttempt, reading: Reading) -> Heard:
    return Heard(
        attempt.id, attempt.order_id, reading, "create" if attempt.state == "sent" else "query",
        attempt.fence,
    )  # fmt: skip


def _kept(text: str) -> str:
    return text.replace("\0", "")[: moving.KEPT_CHARS_MAX]


def said(heard: Heard) -> Said:
    """What is kept of it with the event."""
    reading = heard.reading
    words = ": ".join(part for part in (reading.detail, reading.reason) if part)
    return Said(reading.status, _kept(words), heard.request, heard.response)
