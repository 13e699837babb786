"""A buyer opens a channel's page: an attempt to pay begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from daoda.kit import http, ids
from daoda.records.journal import actions as journal
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments.actions import asking
from daoda.trade.payments.actions.channels import adapter_of
from daoda.trade.payments.adapters.base import (
    CannotStart,
    ChannelAdapter,
    PayPage,
    Preparing,
    Start,
)
from daoda.trade.payments.models import Channel, Payment

PREPARE_S_MAX = 8.0


@dataclass(frozen=True)
class Addresses:
    """Where the channel sends its notice and the buyer; absolute URLs."""

    notify_base: str
    return_url: str
    client_ip: str
    phone: bool = False


def start(
    *, order: Order, channel: Channel, addresses: Addresses, now: datetime
) -> tuple[Payment, PayPage]:
    """A new attempt to pay an order, and the channel's page for it.

    Kept with the attempt is the latest date for whoever pays in time (by ``pay_by``): the first
    promise is never later, also when a rule is changed in between. Where the channel makes its
    page by a call, the attempt is written first, so that no money can come for a number we do not
    know; must not be called inside a transaction. Raises CannotStart when the channel does not
    take this currency or amount, or makes no page now.
    """
    shown = orders.shown_due(order.product, now=max(now, order.pay_by)).due_at
    payment = Payment(
        id=ids.uuid7(now),
        shop_id=order.shop_id,
        order=order,
        channel=channel,
        amount_fen=order.amount_fen,
        currency=order.currency,
        shown_due_at=shown,
        started_at=now,
    )
    wanted = _wanted(payment, channel, addresses)
    adapter = adapter_of(channel)
    if isinstance(adapter, Preparing) and adapter.capability.prepares:
        call = adapter.prepare(start=wanted, now=now)
        _write(payment, channel, now)
        return payment, _prepared(payment, adapter, wanted, call, now)
    page = adapter.start(start=wanted, now=now)
    _write(payment, channel, now)
    return payment, page


def _wanted(payment: Payment, channel: Channel, addresses: Addresses) -> Start:
    told = payment.order.told
    return Start(
        number=payment.pk.hex,
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        subject=f"{told['product']} {told['variant']}"[:120],
        notify_url=f"{addresses.notify_base}/inbound/{channel.pk.hex}",
        return_url=addresses.return_url,
        client_ip=addresses.client_ip,
        expires_at=payment.order.pay_by,
        phone=addresses.phone,
    )


def _write(payment: Payment, channel: Channel, now: datetime) -> None:
    with transaction.atomic():
        payment.save(force_insert=True)
        asking.begin(payment, window_ends_at=payment.order.pay_by)
        journal.write(
            kind="payment.started", subject="order", subject_id=payment.order_id,
            shop_id=payment.shop_id, actor="buyer", at=now,
            data={"payment": payment.pk.hex, "channel": channel.code},
        )  # fmt: skip


def _prepared(
    payment: Payment, adapter: ChannelAdapter, wanted: Start, call: http.Call, now: datetime
) -> PayPage:
    """The page a call makes; without an answer of use, the page that needs none, if there is one.

    Raises CannotStart.
    """
    assert isinstance(adapter, Preparing)
    answer = http.send(call, timeout_s=PREPARE_S_MAX)
    said = adapter.read_prepared(start=wanted, answer=answer, now=now)
    if isinstance(said, PayPage):
        if said.reference:
            asking.refer(payment, said.reference)
        return said
    try:
        return adapter.start(start=wanted, now=now)
    except CannotStart:
        raise CannotStart(said.detail) from None
