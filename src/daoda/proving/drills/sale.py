"""The sale day of a drill: a small shop, its orders, and what the payment channel will tell of.

Everything is done by the verbs a person would use, and follows from the seed: orders of one or
several codes, memberships delivered by hand, some called off before their money comes, some for
which the shelf is empty until an import arrives; too much, too little, twice, and forged.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

CHANNEL = {"merchant": "drill", "key": "d" * 48}
ACTOR = "staff:00000000000000000000000000000001"
API_KEYS = 4  # each may ask ten times a second
PRICE_FEN = 9800
QUANTITY_MAX = 5
LATE_SHARE = 0.03
CODES_FOR_API = 500


@dataclass(frozen=True)
class Told:
    """One event of the channel: money came for a number.

    ``forger``: not the channel says so, but somebody who knows all of it except the key.
    """

    event: str
    number: str
    trade_no: str
    amount_fen: int
    forger: int = 0

    @property
    def key(self) -> str:
        """What this telling is called; a forger's is another one of the same event."""
        return f"{self.event}!{self.forger}" if self.forger else self.event


@dataclass(frozen=True)
class Placed:
    """An order whose payment has been started under ``number``."""

    order_id: uuid.UUID
    number: uuid.UUID
    amount_fen: int
    quantity: int


@dataclass
class Sale:
    """The shop and its day.

    ``deliver``: the orders that must have their codes in the end, and how many; ``by_hand``: those
    that must wait for a person. ``brought``: the codes of each variant that were sent in.
    ``poisoned``: the events that cannot be settled by a machine.
    """

    shop_id: uuid.UUID
    channel_id: uuid.UUID
    tokens: Sequence[str]
    plain: uuid.UUID
    scarce: uuid.UUID
    for_api: uuid.UUID
    for_imports: uuid.UUID
    membership: uuid.UUID
    told: list[Told] = field(default_factory=list)
    deliver: dict[uuid.UUID, int] = field(default_factory=dict)
    by_hand: set[uuid.UUID] = field(default_factory=set)
    brought: dict[uuid.UUID, int] = field(default_factory=dict)
    poisoned: set[str] = field(default_factory=set)
    lacking: int = 0


def open_sale(*, orders: int, dice: Random, gateway: str) -> Sale:
    """Open the shop and take ``orders`` orders that wait for their money.

    ``gateway`` is where the channel is asked to give money back.
    """
    from daoda.records.shops.models import scope

    sale = _open_shop(gateway)
    with scope(sale.shop_id):
        late = max(2, round(orders * LATE_SHARE))
        for variant_id, codes in (
            (sale.plain, orders * QUANTITY_MAX), (sale.scarce, late), (sale.for_api, CODES_FOR_API)
        ):  # fmt: skip
            bring_in(sale, variant_id, codes)
        _work_on_imports()
        _place_late(sale, late)
        for nth in range(orders - 2 * late):
            _place_usual(sale, dice, by_hand=nth % 20 == 0)
    _make_trouble(sale, dice)
    dice.shuffle(sale.told)
    return sale


def bring_in(sale: Sale, variant_id: uuid.UUID, codes: int) -> None:
    """Send a list of new codes; the worker brings them in."""
    from daoda.kit import clock
    from daoda.trade.stock import actions as stock

    content = "\n".join(f"DRILL-{uuid.uuid4().hex}" for _ in range(codes)).encode()
    stock.begin_import(
        shop_id=sale.shop_id, variant_id=variant_id, content=content, layout=stock.Layout(),
        mode="all_or_nothing", actor=ACTOR, now=clock.now(),
    )  # fmt: skip
    sale.brought[variant_id] = sale.brought.get(variant_id, 0) + codes


def bring_what_is_lacking(sale: Sale) -> None:
    """The codes that late payers are waiting for, once."""
    if sale.lacking:
        bring_in(sale, sale.scarce, sale.lacking)
        sale.lacking = 0


def _open_shop(gateway: str) -> Sale:
    from daoda.kit import clock
    from daoda.records.accounts import actions as accounts
    from daoda.records.shops import actions as shops
    from daoda.records.shops.models import scope
    from daoda.trade.payments import actions as payments

    now = clock.now()
    shop = shops.create(slug="drill", name="Drill", hosts=[], now=now)
    channel = payments.configure(
        shop_id=shop.pk, code="sandbox", adapter="sandbox", title="Sandbox",
        config={**CHANNEL, "gateway": gateway}, actor=ACTOR, now=now,
    )  # fmt: skip
    tokens = [
        accounts.issue(
            shop_id=shop.pk, name=f"till {number}", scopes=["orders:write", "orders:read"],
            valid_for=timedelta(days=1), actor=ACTOR, now=now,
        ).token
        for number in range(API_KEYS)
    ]  # fmt: skip
    _screen(shop.pk)
    with scope(shop.pk):
        plain, scarce, for_api, for_imports = _product(shop.pk, "code", "card", variants=4)
        (membership,) = _product(shop.pk, "membership", "plan", variants=1)
    return Sale(
        shop.pk, channel.pk, tokens, plain, scarce, for_api, for_imports, membership
    )  # fmt: skip


def _screen(shop_id: uuid.UUID) -> None:
    """Every paid order is asked about by a rule of risk that none of them meets."""
    from daoda.delivery.risk import actions as risk
    from daoda.kit import clock

    conditions = [{"kind": "amount", "at_least_fen": 1_000 * PRICE_FEN}]
    terms = risk.Terms("drill", "Drill", "drill", conditions)
    risk.publish_rule(shop_id=shop_id, terms=terms, actor=ACTOR, now=clock.now())


def _product(shop_id: uuid.UUID, kind: str, slug: str, *, variants: int) -> list[uuid.UUID]:
    from daoda.kit import clock
    from daoda.trade.catalog import actions as catalog

    now = clock.now()
    product = catalog.create_product(
        shop_id=shop_id, kind=kind, slug=slug, title=slug.title(), actor=ACTOR, now=now
    )
    made = [
        catalog.create_variant(
            product_id=product.pk, title=f"{nth}", price_fen=PRICE_FEN, actor=ACTOR, now=now
        ).pk
        for nth in range(variants)
    ]
    catalog.publish_product(product_id=product.pk, actor=ACTOR, now=now)
    return made


def _work_on_imports() -> None:
    from daoda.kit import clock
    from daoda.trade.stock import actions as stock

    while stock.work_on_import(now=clock.now()):
        pass


def _place_late(sale: Sale, late: int) -> None:
    """Orders called off whose money comes all the same, and others that took their goods."""
    for placed in [_place(sale, sale.scarce, 1) for _ in range(late)]:
        _cancel(placed)
        _pays(sale, placed, 1.0)
    for _ in range(late):
        _pays(sale, _place(sale, sale.scarce, 1), 1.0)
    sale.lacking = late


def _place_usual(sale: Sale, dice: Random, *, by_hand: bool) -> None:
    chance = dice.random()
    if by_hand:
        placed = _place(sale, sale.membership, 1)
        sale.told.append(_event(placed.number, placed.amount_fen))
        sale.by_hand.add(placed.order_id)
        return
    quantity = dice.randint(2, QUANTITY_MAX) if chance < 0.2 else 1
    _pays(sale, _place(sale, sale.plain, quantity), dice.random())


def _place(sale: Sale, variant_id: uuid.UUID, quantity: int) -> Placed:
    from daoda.kit import clock
    from daoda.trade.orders import actions as orders
    from daoda.trade.orders.models import Order
    from daoda.trade.payments import actions as payments
    from daoda.trade.payments.models import Channel

    now = clock.now()
    order = orders.place(
        wanted=orders.Wanted(
            shop_id=sale.shop_id, variant_id=variant_id, quantity=quantity,
            contact=f"{uuid.uuid4().hex}@example.cn", password="sesame",  # noqa: S106
        ),
        actor="buyer", now=now,
    )  # fmt: skip
    payment, _ = payments.start(
        order=Order.everywhere.select_related("product").get(pk=order.pk),
        channel=Channel.everywhere.get(pk=sale.channel_id),
        addresses=payments.Addresses("http://shop", "http://shop/o", "127.0.0.1"),
        now=now,
    )
    return Placed(order.pk, payment.pk, payment.amount_fen, quantity)


def _cancel(placed: Placed) -> None:
    from daoda.kit import clock
    from daoda.trade.orders import actions as orders

    orders.cancel(order_id=placed.order_id, actor="buyer", now=clock.now())


def _pays(sale: Sale, placed: Placed, chance: float) -> None:
    """What the channel tells of this payment: mostly the price, now and then something else."""
    told = list(_events(placed, chance))
    sale.told.extend(told)
    if any(event.amount_fen >= placed.amount_fen for event in told):
        sale.deliver[placed.order_id] = placed.quantity


def _events(placed: Placed, chance: float) -> Iterator[Told]:
    event = _event(placed.number, placed.amount_fen)
    if chance < 0.03:
        yield replace(event, amount_fen=placed.amount_fen + 100)
    elif chance < 0.05:
        yield replace(event, amount_fen=placed.amount_fen - 1)
    elif chance < 0.08:
        yield event  # paid twice: two trades of one number
        yield replace(event, event=f"{event.event}b", trade_no=f"{event.trade_no}b")
    else:
        yield event


def _make_trouble(sale: Sale, dice: Random) -> None:
    """Money for numbers that are not ours, and notices nobody signed."""
    forged = dice.sample(sale.told, max(3, len(sale.told) // 50))
    for _ in range(max(1, len(sale.told) // 100)):
        sale.told.append(_event(uuid.UUID(int=dice.getrandbits(128)), PRICE_FEN))
    sale.told += [replace(event, forger=1) for event in forged]


def _event(number: uuid.UUID, amount_fen: int) -> Told:
    return Told(f"E{number.hex}", number.hex, f"T{number.hex}", amount_fen)
