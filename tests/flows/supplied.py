"""Suppliers for a small world: played in a thread over real sockets, asked as the worker asks."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment.actions.calling import Claimed, Heard
from daoda.delivery.fulfilment.models import Attempt, AttemptEvent
from daoda.kit import http
from daoda.proving.simulators.suppliers.desk import Desk
from daoda.proving.simulators.suppliers.dialects import DIALECTS
from daoda.proving.simulators.suppliers.warehouse import Sale, Warehouse
from daoda.records.shops.models import scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.orders.models import Order
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import Reading
from daoda.trade.suppliers.models import Supplier
from tests.flows.world import OPERATOR, World

HOST = "127.0.0.1"
HAO_PER_FEN = 100


class PlayedSupplier:
    """One supplier over a real socket, in a thread of its own."""

    def __init__(
        self, code: str, *, clock: Callable[[], datetime], cards: bool = True, notices: bool = False
    ) -> None:
        dialect = DIALECTS[code]
        self.code, self.keys = code, dialect.new_keys()
        self.warehouse = Warehouse(seed=len(code), price_fen=7000, takes_s=1, cards=cards)
        desk = Desk(
            dialect(self.keys), self.warehouse, clock=clock, notices=notices, time_scale=0.01
        )
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._runner = web.AppRunner(desk.app(), shutdown_timeout=0.1)
        self._wait(self._runner.setup())
        self._site = web.TCPSite(self._runner, HOST, 0)
        self._wait(self._site.start())
        ((_, self.port),) = [address[:2] for address in self._runner.addresses]

    @property
    def config(self) -> dict[str, str]:
        return {**self.keys, "gateway": f"http://{HOST}:{self.port}"}

    def fall_silent(self) -> None:
        """Refuse every connection."""
        self._wait(self._site.stop())

    def close(self) -> None:
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@dataclass
class Supplied:
    """A world whose codes and memberships are bought."""

    world: World
    card: Variant
    plan: Variant
    played: list[PlayedSupplier] = field(default_factory=list)

    def supplier(
        self, dialect: str, *, rank: int = 0, code: str = "", cards: bool = True, **terms: Any
    ) -> tuple[PlayedSupplier, Supplier]:
        """Another supplier with an offer for the card, or for the plan."""
        played = PlayedSupplier(dialect, clock=lambda: self.world.now, cards=cards)
        self.played.append(played)
        made = suppliers.create(
            shop_id=self.world.shop.pk, code=code or dialect.replace("_", "-"), name=dialect,
            speech=suppliers.Speech(dialect, played.config), terms=suppliers.Terms(**terms),
            actor=OPERATOR, now=self.world.now,
        )  # fmt: skip
        suppliers.put_offer(
            supplier_id=made.pk, variant_id=(self.card if cards else self.plan).pk,
            ask=suppliers.OfferAsk("1001", 7000 * HAO_PER_FEN, guard_percent=1, rank=rank),
            actor=OPERATOR, now=self.world.now,
        )  # fmt: skip
        return played, made

    def paid(self, quantity: int = 1, *, variant: Variant | None = None) -> Order:
        """Li Lei orders something that has to be bought, and pays."""
        variant = variant or self.card
        answers = {"account": "13800138000"} if variant == self.plan else {}
        return self.world.pay(self.world.place(quantity, variant=variant, answers=answers))

    def work(self, *, timeout_s: float = 0.5) -> None:
        """Let the worker do all that is due now, with calls over the socket."""
        for _ in range(20):
            did = self.world.work_once() + fulfilment.plan_batch(now=self.world.now)
            did += self._call(fulfilment.claim_sends(now=self.world.now, room=100), timeout_s)
            did += self._call(fulfilment.claim_asks(now=self.world.now, room=100), timeout_s)
            did += fulfilment.hear_notices(now=self.world.now)
            did += fulfilment.replan_overdue(now=self.world.now)
            did += fulfilment.cut_off_due(now=self.world.now)
            did += fulfilment.pass_claim_dates(now=self.world.now)
            if not did:
                return
        raise AssertionError("the worker goes round and round")

    def later(self, times: int = 1, *, timeout_s: float = 0.5, **ago: float) -> None:
        """Let time pass, and the worker work, so many times."""
        for _ in range(times):
            self.world.later(**ago)
            self.work(timeout_s=timeout_s)

    def _call(self, claimed: Claimed, timeout_s: float) -> int:
        answers = http.send_all([call for _, call in claimed.calls], timeout_s=timeout_s)
        fulfilment.give_back([asked for asked, _ in claimed.calls])
        heard = [
            fulfilment.read(asked, answer, took_s=0.1, now=self.world.now)
            for (asked, _), answer in zip(claimed.calls, answers, strict=True)
        ]
        fulfilment.hear_batch([*heard, *claimed.heard], now=self.world.now)
        return len(claimed)

    def attempts(self, order: Order) -> list[Attempt]:
        """The attempts of an order, oldest first."""
        return list(Attempt.everywhere.filter(order=order).order_by("id"))

    def states(self, order: Order) -> list[str]:
        return [attempt.state for attempt in self.attempts(order)]

    def events(self, attempt: Attempt) -> list[tuple[str, str, str]]:
        """What happened: kind, the supplier's word, the state it was left in."""
        rows = AttemptEvent.everywhere.filter(attempt_id=attempt.pk).order_by("id")
        return list(rows.values_list("kind", "status", "stands"))

    def close(self) -> None:
        for played in self.played:
            played.close()


def unspoken(world: World) -> tuple[Supplied, Supplier]:
    """A supplier nobody listens for: what it says is put into the worker's ear."""
    story = build(world)
    speech = suppliers.Speech(
        "kasushou", {"gateway": f"http://{HOST}:1", "user_id": "1", "key": "k" * 32}
    )
    made = suppliers.create(
        shop_id=world.shop.pk, code="far", name="Far Away Cards", speech=speech,
        terms=suppliers.Terms(), actor=OPERATOR, now=world.now,
    )  # fmt: skip
    suppliers.put_offer(
        supplier_id=made.pk, variant_id=story.card.pk,
        ask=suppliers.OfferAsk("1001", 7000 * HAO_PER_FEN, guard_percent=1),
        actor=OPERATOR, now=world.now,
    )  # fmt: skip
    return story, made


def answered(story: Supplied, reading: Reading) -> Order:
    """A paid order whose purchase the supplier has answered so."""
    world = story.world
    order = story.paid()
    fulfilment.plan_batch(now=world.now)
    ((asked, _call),) = fulfilment.claim_sends(now=world.now, room=10).calls
    said = Heard(
        asked.attempt_id, asked.order_id, reading, "create", asked.fence, response="200 {}"
    )
    fulfilment.hear_batch([said], now=world.now)
    return world.again(order)


def sales(*played: PlayedSupplier) -> Sequence[Sale]:
    """What was bought, wherever."""
    return [sale for one in played for sale in one.warehouse.sales.values()]


def build(world: World) -> Supplied:
    """A card and a plan that come from suppliers."""
    with scope(world.shop.pk):
        variants = []
        for kind, slug, fen in (("code", "psn", 9800), ("membership", "music", 2500)):
            product = catalog.create_product(
                shop_id=world.shop.pk, kind=kind, slug=slug, title=slug, actor=OPERATOR,
                now=world.now, details={"recipe": {"via": "supplier"}},
            )  # fmt: skip
            variants.append(
                catalog.create_variant(
                    product_id=product.pk, title=slug, price_fen=fen, actor=OPERATOR, now=world.now
                )
            )
            catalog.publish_product(product_id=product.pk, actor=OPERATOR, now=world.now)
    card, plan = variants
    return Supplied(world, card, plan)


def number(attempt: Attempt) -> str:
    return uuid.UUID(str(attempt.pk)).hex
