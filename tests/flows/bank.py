"""A played channel that takes and gives back money in the small world's own time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from daoda.proving.simulators.alipay_gateway import AlipayVendor
from daoda.proving.simulators.epay_gateway import EpayVendor
from daoda.proving.simulators.sandbox import SandboxVendor
from daoda.proving.simulators.stripe_gateway import StripeVendor
from daoda.proving.simulators.trades import Event, Trade
from daoda.proving.simulators.trades import Payment as Paid
from daoda.proving.simulators.trades import Refund as Returned
from daoda.proving.simulators.wechatpay_gateway import WechatPayVendor
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.models import Payment, Refund, RefundEvent
from tests.flows.town import Played
from tests.flows.world import World

_VENDORS: dict[str, Any] = {
    "sandbox": lambda keys: SandboxVendor(keys["channel"]),
    "alipay": AlipayVendor,
    "epay": lambda keys: EpayVendor(keys["channel"]),
    "wechatpay": WechatPayVendor,
    "stripe": lambda keys: StripeVendor(keys["channel"]),
}


class Bank:
    """One channel on a socket, and what the shop and its buyers do with it."""

    def __init__(self, world: World, code: str, **settings: str) -> None:
        self.world = world
        self.played = Played(code, clock=lambda: self.world.now)
        self.channel = self.played.channel(world, **settings)
        self._vendor = _VENDORS[code](self.played.keys)
        self._payments: dict[Any, Payment] = {}

    def paid(self, order: Order) -> Order:
        """She pays at the channel, which tells us in its own words."""
        payment = self.begun(order)
        self.played.play(payment, "lost")
        self._tell(payment, "paid")
        payments.confirm_batch(now=self.world.now)
        payments.settle_batch(now=self.world.now)
        return self.world.again(order)

    def begun(self, order: Order) -> Payment:
        """She opens the channel's page."""
        self.world.later(seconds=1)
        order = Order.everywhere.select_related("product").get(pk=order.pk)
        payment, page = payments.start(
            order=order,
            channel=self.channel,
            addresses=payments.Addresses("http://127.0.0.1:1", "http://shop/o", "127.0.0.1"),
            now=self.world.now,
        )
        self.played.opened(page.url)
        self._payments[order.pk] = payment
        return payment

    def tells_of_payment(self, order: Order) -> None:
        """The channel says, late, that she paid."""
        self._tell(self._payments[order.pk], "paid")
        payments.confirm_batch(now=self.world.now)
        payments.settle_batch(now=self.world.now)

    def bought(self, **wanted: Any) -> Order:
        """An order, placed and paid."""
        return self.paid(self.world.place(**wanted))

    def owed(self, *plays: str) -> Refund:
        """A refund that is owed, and what will become of it at the channel."""
        self.world.stock_up(f"code-{len(self._payments)}")
        order = self.bought()
        self.plays(order, *plays)
        assert self.world.refund(order)
        (refund,) = self.world.refunds(order)
        return refund

    def plays(self, order: Order, *plays: str) -> None:
        """What becomes of the next refunds of an order."""
        self.played.play_refunds(self._payments[order.pk], *plays)

    def held(self, refund: Refund) -> list[dict[str, Any]]:
        """What the channel knows of the refunds of this order."""
        return list(self.played.trade(self._payments[refund.order_id])["refunds"])

    def tells_of(self, refund: Refund) -> None:
        """The channel says that money went back."""
        self._tell(self._payments[refund.order_id], "refunded")
        payments.settle_batch(now=self.world.now)

    def work(self, refund: Refund | None = None, *, turns: int = 1) -> None:
        """The worker turns to what is due; with a refund, whenever its time has come."""
        for _ in range(turns):
            if refund is not None:
                refund.refresh_from_db()
                if refund.next_at is not None:
                    self.world.now = max(self.world.now, refund.next_at)
            payments.refund_batch(now=self.world.now)
        if refund is not None:
            refund.refresh_from_db()

    def _tell(self, payment: Payment, says: Any) -> None:
        trade = self.played.trade(payment)
        held = Trade(**{**trade, "payments": [], "events": [], "refunds": []})
        held.state = "paid"
        held.payments = [Paid(**one) for one in trade["payments"]]
        held.refunds = [Returned(**one) for one in trade["refunds"]]
        event = Event(f"{payment.pk.hex[:12]}{says}", says, Paid(**trade["payments"][0]))
        call = self._vendor.notice(held, event, self.world.now)
        query = call.url.partition("?")[2]
        headers = {name.lower(): value for name, value in call.headers.items()}
        notice = Notice(call.method, headers, query, call.body)
        adapter = payments.adapter_of(self.channel)
        prepared = payments.prepare(
            shop_id=self.world.shop.pk, channel_id=self.channel.pk, adapter=adapter,
            notice=notice, now=self.world.now,
        )  # fmt: skip
        assert payments.accepted(prepared), prepared.reading.detail
        self.world.store(prepared)


def told(refund: Refund) -> list[str]:
    """The history of a refund: what was done or said, in order."""
    rows = RefundEvent.everywhere.filter(refund_id=refund.pk).order_by("fence", "id")
    return [f"{row.kind} {row.word}".strip() for row in rows]


@contextmanager
def opened(world: World, code: str, **settings: str) -> Iterator[Bank]:
    bank = Bank(world, code, **settings)
    try:
        yield bank
    finally:
        bank.played.close()
