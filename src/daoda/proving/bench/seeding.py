"""Orders in any state and the rows that belong to them, written in sets: see seeding.sql.

They are what the house's own verbs would have left, ids spread in time like real ones; only
contents are made up. Whatever is measured afterwards runs the real code.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

import psycopg

from daoda.kit import sql
from daoda.proving.bench.place import Place
from daoda.records.ledger.rules import account_id

SQL = sql.Statements(
    __name__,
    sql.parse(resources.files(__package__).joinpath("seeding.sql").read_text(encoding="utf-8")),
)
SKUS = 20
PERSONS = 50
PRICE_FEN = 9800
ACTOR = "machine:bench"
CHANNEL = {"merchant": "bench", "key": "b" * 48, "gateway": "http://127.0.0.1:1"}
ALL_AT_ONCE = timedelta(microseconds=1)
CHUNK_ROWS = 100_000


@dataclass(frozen=True)
class Paid:
    """One paid order as seeded, with the code a writer without logic would give it."""

    order_id: uuid.UUID
    code_id: uuid.UUID
    promise_id: uuid.UUID


@dataclass(frozen=True)
class Shelf:
    """The shop of a benchmark: its SKUs, its buyers, and the channel they pay by."""

    shop_id: uuid.UUID
    product_id: uuid.UUID
    variant_ids: Sequence[uuid.UUID]
    person_ids: Sequence[uuid.UUID]
    channel_id: uuid.UUID

    def params(self) -> dict[str, Any]:
        """What every statement of seeding.sql may want of it."""
        accounts = [("channel_cash", "sandbox"), ("owed_to_buyers", ""), ("revenue", "")]
        cash, owed, revenue = (account_id(self.shop_id, *one, "CNY") for one in accounts)
        return {
            "shop_id": self.shop_id, "product_id": self.product_id,
            "variants": list(self.variant_ids), "persons": list(self.person_ids),
            "channel_id": self.channel_id, "price_fen": PRICE_FEN,
            "cash_id": cash, "owed_id": owed, "revenue_id": revenue,
            "ids": [cash, owed, revenue], "kinds": [kind for kind, _ in accounts],
            "ofs": [of for _, of in accounts],
        }  # fmt: skip


def open_shop(place: Place, now: datetime) -> Shelf:
    """The shop of this database, made if it has none. Needs the place to be entered."""
    from daoda.records.shops.models import Shop

    with psycopg.connect(place.superuser_url, autocommit=True) as connection:
        connection.execute(SQL.toolbox.encode())
    shop = Shop.objects.filter(slug="bench").first()
    shelf = _found(shop) if shop else _made(now)
    with _writing(place) as connection:
        connection.execute(SQL.add_levels.encode(), shelf.params())
        connection.execute(SQL.add_accounts.encode(), shelf.params())
    return shelf


def _found(shop: Any) -> Shelf:
    from daoda.records.persons.models import Person
    from daoda.trade.catalog.models import Product, Variant
    from daoda.trade.payments.models import Channel

    def ids_of(model: Any) -> list[uuid.UUID]:
        rows = model.everywhere.filter(shop_id=shop.pk).order_by("pk")
        return list(rows.values_list("pk", flat=True))

    (product,), (channel,) = ids_of(Product), ids_of(Channel)
    return Shelf(shop.pk, product, ids_of(Variant), ids_of(Person), channel)


def _made(now: datetime) -> Shelf:
    from daoda.records.persons import actions as persons
    from daoda.records.shops import actions as shops
    from daoda.records.shops.models import scope
    from daoda.trade.catalog import actions as catalog
    from daoda.trade.payments import actions as payments

    shop = shops.create(slug="bench", name="Bench", hosts=["127.0.0.1"], now=now)
    with scope(shop.pk):
        product = catalog.create_product(
            shop_id=shop.pk, kind="code", slug="card", title="Card", actor=ACTOR, now=now
        )
        variants = [
            catalog.create_variant(
                product_id=product.pk, title=f"{n}", price_fen=PRICE_FEN, actor=ACTOR, now=now
            ).pk
            for n in range(SKUS)
        ]
        people = [
            persons.create(shop_id=shop.pk, contact=f"{n}@example.cn", now=now).pk
            for n in range(PERSONS)
        ]
        channel = payments.configure(
            shop_id=shop.pk, code="sandbox", adapter="sandbox", title="Sandbox",
            config=CHANNEL, actor=ACTOR, now=now,
        )  # fmt: skip
    return Shelf(shop.pk, product.pk, sorted(variants), sorted(people), channel.pk)


def paid(place: Place, shelf: Shelf, count: int, now: datetime) -> list[uuid.UUID]:
    """Orders just paid, and as many codes on the shelf; the orders."""
    state = {
        "state": "paid", "node": "stocking", "owner": "machine:fulfilment",
        "consequence": "escalate", "place": "shelf",
    }  # fmt: skip
    made: list[uuid.UUID] = []
    for size in _chunks(count):
        with _planned(place, shelf, size, at=now, due_at=now + timedelta(minutes=5)) as write:
            write(state, "add_promises", "add_orders", "add_codes")
            made += write({}, "planned_orders")
    return made


def unpaid(
    place: Place, shelf: Shelf, count: int, now: datetime, *, due_at: datetime | None = None,
    due_apart: timedelta = timedelta(0),
) -> list[uuid.UUID]:  # fmt: skip
    """Orders that wait for their payment, an attempt of each (returned), and codes for them."""
    state = {
        "state": "awaiting_payment", "node": "payment", "owner": "buyer", "consequence": "expire",
        "place": "shelf",
    }  # fmt: skip
    due_at = due_at or now + timedelta(hours=2)
    made: list[uuid.UUID] = []
    for size in _chunks(count):
        first_due = due_at + len(made) * due_apart
        with _planned(place, shelf, size, at=now, due_at=first_due, due_apart=due_apart) as write:
            write(state, "add_promises", "add_orders", "add_codes", "add_payments")
            made += write({}, "planned_payments")
    return made


def held(
    place: Place, shelf: Shelf, count: int, now: datetime, *, due_at: datetime,
    due_apart: timedelta = timedelta(0),
) -> list[uuid.UUID]:  # fmt: skip
    """Orders a person looks at, each with its date; the orders."""
    state = {
        "state": "held", "node": "review", "owner": "department:risk", "consequence": "escalate",
        "place": "shelf",
    }  # fmt: skip
    made: list[uuid.UUID] = []
    for size in _chunks(count):
        first_due = due_at + len(made) * due_apart
        with _planned(place, shelf, size, at=now, due_at=first_due, due_apart=due_apart) as write:
            write(state, "add_promises", "add_orders", "add_codes")
            made += write({}, "planned_orders")
    return made


def delivered(
    place: Place, shelf: Shelf, count: int, at: datetime, *, apart: timedelta
) -> list[uuid.UUID]:
    """Orders delivered long ago, one every ``apart`` from ``at`` on, with all their history."""
    state = {
        "state": "delivered", "node": None, "owner": None, "consequence": "escalate",
        "place": "taken",
    }  # fmt: skip
    with _planned(place, shelf, count, at=at, due_at=at, due_apart=apart, apart=apart) as write:
        write({}, "add_kept_promises", "add_endings", "add_facts")
        write(state, "add_orders", "add_codes", "add_payments", "add_notices", "add_transfers")
        write({}, "add_receipts", "add_deliveries", "add_delivered_codes")
        planned: list[uuid.UUID] = write({}, "planned_orders")
        return planned


def allotted(place: Place) -> list[Paid]:
    """All paid orders with codes for them, oldest first."""
    with psycopg.connect(place.superuser_url) as connection:
        return [Paid(*row) for row in connection.execute(SQL.allotted.encode())]


def _chunks(count: int) -> Iterator[int]:
    for start in range(0, count, CHUNK_ROWS):
        yield min(CHUNK_ROWS, count - start)


@contextmanager
def _writing(place: Place) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(place.superuser_url) as connection:
        connection.execute(SQL.quick.encode())
        yield connection


@contextmanager
def _planned(
    place: Place, shelf: Shelf, count: int, *, at: datetime, due_at: datetime,
    apart: timedelta = ALL_AT_ONCE, due_apart: timedelta = timedelta(0),
) -> Iterator[Any]:  # fmt: skip
    """Plan a set of orders; yields a function that writes tables of it and returns the ids the
    last statement gives, if it gives any."""
    with _writing(place) as connection:
        params = {
            **shelf.params(), "count": count, "at": at, "apart": apart, "due_at": due_at,
            "due_apart": due_apart,
        }  # fmt: skip
        # A statement that makes a table takes no parameters from the server's side.
        psycopg.ClientCursor(connection).execute(SQL.plan.encode(), params)

        def write(state: dict[str, Any], *names: str) -> list[uuid.UUID]:
            cursor = connection.cursor()
            for name in names:
                cursor.execute(SQL.texts[name].encode(), {**params, **state})
            return [row[0] for row in cursor] if cursor.description else []

        yield write
