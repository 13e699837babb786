"""A small named world: a shop in Hangzhou, two products, one simulated channel, one buyer.

Everything is set up by the verbs a person would use. The channel's own side is spoken by the
simulator's vendor, whose signing code is not ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import psycopg
from django.db import connection

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.risk import actions as risk
from daoda.kit import sql
from daoda.proving import checker
from daoda.proving.simulators.sandbox import SandboxVendor
from daoda.records.ledger import queries as ledger
from daoda.records.promises.models import Dated
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Coupon, Variant
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.models import Channel, Payment, Refund
from daoda.trade.payments.models import Notice as NoticeRow
from daoda.trade.stock import actions as stock

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Hangzhou
KEY = "k" * 40
OPERATOR = "staff:00000000000000000000000000000001"
SQL = sql.load("daoda.trade.payments")
ROUNDS_MAX = 100
T = TypeVar("T")
_WITH_DAYS = stock.Layout(kind="split", separator=",", columns=("secret", "expires_on"))


@dataclass
class World:
    """The shop and what a story needs to point at."""

    shop: Shop
    steam: Variant
    plan: Variant
    channel: Channel
    now: datetime = NOON

    def later(self, **ago: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**ago)
        return self.now

    def stock_up(self, *codes: str, variant: Variant | None = None) -> None:
        """Put codes on the shelf through an import, as the operator does."""
        self._import("\n".join(codes), stock.Layout(), variant)

    def stock_up_until(self, last_day: date, *codes: str) -> None:
        """Put codes on the shelf that are good until the end of a day."""
        self._import("\n".join(f"{code},{last_day}" for code in codes), _WITH_DAYS)

    def place(
        self, quantity: int = 1, *, variant: Variant | None = None, **wanted: object
    ) -> Order:
        """Li Lei orders."""
        asked: dict[str, object] = {
            "contact": "lilei@example.cn",
            "password": "sesame",
            "answers": {"account": "13800138000"} if variant == self.plan else {},
        }
        with scope(self.shop.pk):
            return orders.place(
                wanted=orders.Wanted(
                    shop_id=self.shop.pk,
                    variant_id=(variant or self.steam).pk,
                    quantity=quantity,
                    **{**asked, **wanted},  # type: ignore[arg-type]
                ),
                actor="buyer",
                now=self.now,
            )

    def start(self, order: Order) -> Payment:
        """She opens the channel's page."""
        self.later(seconds=1)
        order = Order.everywhere.select_related("product").get(pk=order.pk)
        payment, _ = payments.start(
            order=order,
            channel=self.channel,
            addresses=payments.Addresses("http://shop", "http://shop/o", "127.0.0.1"),
            now=self.now,
        )
        return payment

    def notice(
        self,
        payment: Payment | str,
        *,
        amount_fen: int | None = None,
        trade_no: str = "",
        event: str = "",
        **other: object,
    ) -> Notice:
        """What the channel sends for a payment of this amount (its own by default)."""
        number = payment if isinstance(payment, str) else payment.pk.hex
        due_fen = 100 if isinstance(payment, str) else payment.amount_fen
        vendor = SandboxVendor({"merchant": "m-1", "key": KEY})
        trade = trade_no or f"T{number[:20]}"
        body = {
            "kind": "notice",
            "event": event or f"E-{trade}",
            "merchant": "m-1",
            "number": number,
            "status": "paid",
            "trade_no": trade,
            "amount_fen": due_fen if amount_fen is None else amount_fen,
            "currency": "CNY",
            "paid_at": self.now.isoformat(),
            "payer": "li***@example.cn",
            **other,
        }
        headers, raw = vendor.seal(body, self.now)
        return Notice("POST", headers, "", raw)

    def receive(self, *notices: Notice) -> list[bool]:
        """The door's two steps without the socket: prepare, then store in one statement."""
        adapter = payments.adapter_of(self.channel)
        prepared = [
            payments.prepare(
                shop_id=self.shop.pk,
                channel_id=self.channel.pk,
                adapter=adapter,
                notice=notice,
                now=self.now,
            )
            for notice in notices
        ]
        self.store(*prepared)
        return [payments.accepted(one) for one in prepared]

    def store(self, *prepared: payments.NewNotice) -> None:
        """Keep what a door has prepared."""
        sql.count(SQL.store_notices, payments.columns(prepared, self.now))

    def work(self) -> None:
        """Let the worker do all that is due now. AssertionError when that never ends."""
        for _ in range(ROUNDS_MAX):
            if self.work_once() == 0:
                return
        raise AssertionError("the worker goes round and round")

    def work_once(self) -> int:
        """One round of the worker; how many things it did."""
        return (
            payments.settle_batch(now=self.now)
            + risk.screen_batch(now=self.now)
            + fulfilment.deliver_batch(now=self.now)
            + fulfilment.heal_shortage(now=self.now)
        )

    def pass_dates(self) -> int:
        """Let the consequences of passed dates happen."""
        return payments.pass_dates(now=self.now) + payments.pass_order_dates(now=self.now)

    def buy(self, quantity: int = 1, **wanted: Any) -> Order:
        """Order, pay, and let the worker work."""
        order = self.place(quantity, **wanted)
        self.receive(self.notice(self.start(order)))
        self.work()
        return self.again(order)

    def pay(self, order: Order, **told: Any) -> Order:
        """She pays, and what the channel says of it is settled."""
        self.receive(self.notice(self.start(order), **told))
        payments.settle_batch(now=self.now)
        return self.again(order)

    def coupon(self, code: str, *, uses_max: int = 1) -> Coupon:
        """Half the price, so many times."""
        return catalog.create_coupon(
            shop_id=self.shop.pk, code=code, kind="percent", value=50, uses_max=uses_max,
            actor=OPERATOR, now=self.now,
        )  # fmt: skip

    def place_anyway(self) -> Order:
        """An order paid late for goods that are gone: placed when there were some."""
        self.stock_up(uuid.uuid4().hex)
        order = self.place(contact="late@example.cn")
        payment = self.start(order)
        self.cancel(order)
        self.buy(contact="quick@example.cn")
        self.receive(self.notice(payment))
        return order

    def hold(self, order: Order) -> bool:
        """Somebody wants to look at it first."""
        return orders.hold(order_id=order.pk, reason="odd", actor=OPERATOR, now=self.now)

    def release(self, order: Order) -> bool:
        """It may go on."""
        return orders.release(order_id=order.pk, reason="fine", actor=OPERATOR, now=self.now)

    def inside(self) -> AbstractContextManager[None]:
        """Within the shop, as its pages are."""
        return scope(self.shop.pk)

    def another_channel(self, code: str) -> Channel:
        """A second way to pay, with the same merchant and key."""
        return _channel(self.shop, code, self.now)

    def again(self, order: Order) -> Order:
        """The order as it stands now."""
        found: Order = Order.everywhere.get(pk=order.pk)
        return found

    def cancel(self, order: Order) -> bool:
        """Li Lei calls it off."""
        return orders.cancel(order_id=order.pk, actor="buyer", now=self.now)

    def refund(self, order: Order) -> bool:
        """Finance decides that the money goes back."""
        return payments.refund_order(
            order_id=order.pk, reason="buyer_asked", actor=OPERATOR, now=self.now
        )

    def confirm(self, refund: Refund, reference: str = "R-1") -> bool:
        """Finance says that it has gone back."""
        return payments.confirm_refund(
            refund_id=refund.pk, reference=reference, actor=OPERATOR, now=self.now
        )

    def match(self, notice: NoticeRow, outcome: str = "not ours") -> bool:
        """Finance has found out what a notice was."""
        return payments.match_notice(
            notice_id=notice.pk, outcome=outcome, actor=OPERATOR, now=self.now
        )

    def refunds(self, order: Order | None = None) -> list[Refund]:
        """What goes or went back, oldest first."""
        rows = Refund.everywhere.filter(**({"order_id": order.pk} if order else {}))
        return list(rows.order_by("owed_at", "id"))

    def last_notice(self) -> NoticeRow:
        """The notice that came last."""
        found: NoticeRow | None = NoticeRow.everywhere.order_by("received_at", "id").last()
        assert found is not None
        return found

    def books(self) -> dict[str, int]:
        """What the accounts hold, in fen, by kind and by currency if it is another than ours."""
        return {
            one.kind if one.currency == "CNY" else f"{one.kind} {one.currency}": one.balance_fen
            for one in ledger.balances(self.shop.pk)
            if one.balance_fen
        }

    def in_order(self) -> bool:
        """Whether the checker finds nothing. AssertionError with what it finds."""
        found = self.findings()
        assert not found, "\n".join(map(str, found))
        return True

    def findings(self) -> list[checker.Finding]:
        """What the checker finds."""
        with _planned_once() as asked:
            return checker.findings(asked)

    def _import(self, text: str, layout: stock.Layout, variant: Variant | None = None) -> None:
        stock.begin_import(
            shop_id=self.shop.pk,
            variant_id=(variant or self.steam).pk,
            content=text.encode(),
            layout=layout,
            mode="all_or_nothing",
            actor=OPERATOR,
            now=self.now,
            key=uuid.uuid4().hex,
        )
        while stock.work_on_import(now=self.now):
            pass


@contextmanager
def _planned_once() -> Iterator[psycopg.Connection[Any]]:
    """Django's connection, on which a statement asked a thousand times is planned once.

    Stories ask every law after every step: nearly all of that time went into plans.
    """
    connection.ensure_connection()
    raw = connection.connection
    before = raw.cursor_factory, raw.prepare_threshold
    raw.cursor_factory, raw.prepare_threshold = psycopg.Cursor, 0
    try:
        yield raw
    finally:
        raw.cursor_factory, raw.prepare_threshold = before


def build(now: datetime = NOON) -> World:
    """Open the shop. Needs a database; commits where the test does."""
    shop = shops.create(slug="xihu", name="西湖卡铺", hosts=["testserver"], now=now)
    with scope(shop.pk):
        steam = catalog.create_product(
            shop_id=shop.pk,
            kind="code",
            slug="steam",
            title="Steam 充值卡",
            actor=OPERATOR,
            now=now,
        )
        plan = catalog.create_product(
            shop_id=shop.pk,
            kind="membership",
            slug="video",
            title="视频会员",
            actor=OPERATOR,
            now=now,
            details={
                "fields": [
                    {"name": "account", "type": "phone", "label": {"zh": "手机号", "en": "Phone"}}
                ]
            },
        )
        variants = [
            catalog.create_variant(
                product_id=product.pk, title=title, price_fen=fen, actor=OPERATOR, now=now
            )
            for product, title, fen in ((steam, "100 元", 9800), (plan, "月卡", 2500))
        ]
        for product in (steam, plan):
            catalog.publish_product(product_id=product.pk, actor=OPERATOR, now=now)
    channel = _channel(shop, "sandbox", now)
    return World(shop, variants[0], variants[1], channel, now)


def _channel(shop: Shop, code: str, now: datetime) -> Channel:
    return payments.configure(
        shop_id=shop.pk,
        code=code,
        adapter="sandbox",
        title="沙箱",
        config={"gateway": "http://127.0.0.1:1/pay", "merchant": "m-1", "key": KEY},
        actor=OPERATOR,
        now=now,
    )


def at_once(*jobs: Callable[[], T]) -> list[T]:
    """Run jobs side by side, each in a thread with a connection of its own; their results."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(60) for future in [pool.submit(on_its_own, job) for job in jobs]]


def on_its_own(job: Callable[[], T]) -> T:
    """Run a job on this thread's own connection, and close it."""
    try:
        return job()
    finally:
        connection.close()


def stands(thing: Dated) -> tuple[str, str | None, str | None]:
    """Where a dated thing is: state, node, owner."""
    return thing.state, thing.node, thing.owner


def one(statement: str, *params: Any) -> object:
    """The single value a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params))
        row = cursor.fetchone()
    assert row is not None
    return row[0]
