"""A plain Django loop: one order per transaction, rows written through the models."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from multiprocessing.synchronize import Barrier
from typing import Any

from daoda.proving.bench.peers import one_order
from daoda.proving.bench.place import Place
from daoda.proving.bench.racing import ready
from daoda.proving.bench.seeding import Shelf


def prepare(
    place: Place, shelf: Shelf, orders: Sequence[uuid.UUID], *, processes: int
) -> list[tuple[Any, ...]]:
    return [(one_order.accounts(shelf),)] * processes


def work(barrier: Barrier, same: Mapping[str, Any]) -> None:
    from daoda.config import django_ready

    django_ready()
    from django.db import transaction

    from daoda.kit import clock

    clock.now()  # the connection is open
    ready(barrier)
    while True:
        with transaction.atomic():
            if not _deliver_next(clock.now(), same):
                return


def _deliver_next(now: datetime, same: Mapping[str, Any]) -> bool:
    from daoda.delivery.fulfilment.models import DeliveredCode, Delivery
    from daoda.kit import ids
    from daoda.records.journal.models import Fact
    from daoda.records.ledger.models import Transfer
    from daoda.records.promises.models import PromiseEnding
    from daoda.trade.orders.models import Order
    from daoda.trade.stock.models import Code

    paid = Order.everywhere.filter(state="paid").order_by("paid_at", "id")
    order = paid.select_for_update(skip_locked=True).first()
    if order is None:
        return False
    free = Code.everywhere.filter(variant_id=order.variant_id, place="shelf").order_by("seq")
    code = free.select_for_update(skip_locked=True)[0]
    code.place, code.order_id = "taken", order.id
    code.save(update_fields=["place", "order_id"])
    shop = {"shop_id": order.shop_id}
    Delivery.everywhere.create(
        **shop, order_id=order.id, quantity=1, how="stock", actor="machine:fulfilment", at=now
    )
    DeliveredCode.everywhere.create(**shop, code_id=code.id, order_id=order.id, position=1)
    PromiseEnding.everywhere.create(**shop, promise_id=order.promise_id, at=now, how="kept")
    order.state, order.node, order.owner = "delivered", None, None
    order.promised_at, order.promise_id, order.reserved = None, None, False
    order.closed_at = now
    order.save()
    Fact.everywhere.create(
        **shop, id=ids.uuid7(now), kind="order.delivered", subject="order", subject_id=order.id,
        actor="machine:fulfilment", at=now,
    )  # fmt: skip
    Transfer.everywhere.create(
        **shop, id=ids.derive(order.id, "transfer:order.delivered"), debit_id=same["owed_id"],
        credit_id=same["revenue_id"], amount_fen=order.amount_fen, currency="CNY",
        kind="order.delivered", subject_id=order.id, at=now,
    )  # fmt: skip
    return True
