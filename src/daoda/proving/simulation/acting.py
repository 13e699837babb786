"""What happens in the shop, done by the verbs that do it on every other day, and timed."""

from __future__ import annotations

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from time import perf_counter

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.kit import sql
from daoda.proving.simulation.copying import CHANNEL
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.adapters.sandbox import sign
from daoda.trade.payments.models import Channel, Payment
from daoda.trade.stock import actions as stock

NOTICES = sql.load("daoda.trade.payments")
# What the machine does in a second is told by its large batches; a small one is mostly overhead.
BATCH_WORTH_TELLING = 50
AGENT = "staff:00000000000000000000000000000001"
# What the worker's loops do, in the order in which one makes work for the next.
_WORK = (
    ("settled", payments.settle_batch),
    ("healed", fulfilment.heal_shortage),
    ("delivered", fulfilment.deliver_batch),
)
_ADDRESSES = payments.Addresses("http://shop", "http://shop/o", "127.0.0.1")


@dataclass
class Shop:
    """The shop of the copy. ``spent_s`` and ``did`` tell how fast this machine did what."""

    shop_id: uuid.UUID
    channels: Sequence[Channel]
    dice: Random
    spent_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    did: Counter[str] = field(default_factory=Counter)

    def place(self, variant_id: uuid.UUID, quantity: int, *, now: datetime) -> Payment:
        """An order and her way to pay it. Raises OrderRefused."""
        with self._timed("placed"):
            order = orders.place(
                wanted=orders.Wanted(
                    shop_id=self.shop_id, variant_id=variant_id, quantity=quantity,
                    contact=f"{uuid.uuid4().hex}@rehearsal.invalid", password="rehearsal",  # noqa: S106
                    source="rehearsal",
                ),
                actor="buyer", now=now,
            )  # fmt: skip
            placed = Order.everywhere.select_related("product").get(pk=order.pk)
            channel = self.dice.choice(self.channels)
            payment, _page = payments.start(
                order=placed, channel=channel, addresses=_ADDRESSES, now=now
            )
        return payment

    def tell(self, payment: Payment, *, paid_at: datetime, now: datetime) -> None:
        """The channel's signed notice that her money has come."""
        body = json.dumps(
            {
                "kind": "notice", "event": payment.pk.hex, "merchant": CHANNEL["merchant"],
                "number": payment.pk.hex, "status": "paid", "trade_no": f"T{payment.pk.hex}",
                "currency": payment.currency, "amount_fen": payment.amount_fen,
                "paid_at": paid_at.isoformat(), "payer": "re***@rehearsal.invalid",
            }
        ).encode()  # fmt: skip
        stamp, nonce = str(int(now.timestamp())), "n" * 24
        headers = {
            "sandbox-timestamp": stamp, "sandbox-nonce": nonce,
            "sandbox-signature": sign(CHANNEL["key"], stamp, nonce, body),
        }  # fmt: skip
        with self._timed("notices"):
            prepared = payments.prepare(
                shop_id=self.shop_id, channel_id=payment.channel_id,
                adapter=payments.adapter_of(payment.channel),
                notice=Notice("POST", headers, "", body), now=now,
            )  # fmt: skip
            sql.count(NOTICES.store_notices, payments.columns([prepared], now))

    def turn(self, *, now: datetime) -> None:
        """The worker does all there is to do: books, serves those who waited, delivers."""
        for name, work in _WORK:
            did = 1
            while did:
                started = perf_counter()
                did = work(now=now)
                if did >= BATCH_WORTH_TELLING:
                    self.spent_s[name] += perf_counter() - started
                    self.did[name] += did

    def sweep(self, *, now: datetime) -> None:
        """Dates that have passed have their consequences."""
        for work in (payments.pass_order_dates, payments.pass_dates, stock.pass_import_dates):
            while work(now=now):
                pass

    def deliver_by_hand(self, order_id: uuid.UUID, *, now: datetime) -> bool:
        """A person has done it; False when the order has gone elsewhere in the meantime."""
        try:
            fulfilment.deliver_by_hand(
                order_id=order_id, text="done in a rehearsal", actor=AGENT, now=now
            )
        except fulfilment.NotInHand:
            return False
        return True

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.spent_s[name] += perf_counter() - started
        self.did[name] += 1
