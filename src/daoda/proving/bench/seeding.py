"""Paid orders and codes for them, written as rows: the state a sale day leaves in the database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from daoda.kit import ids
from daoda.records.ledger.rules import account_id

SKUS = 20
PRICE_FEN = 9800
ACTOR = "machine:bench"


@dataclass(frozen=True)
class Paid:
    """One paid order as seeded, with the code a writer without logic would give it."""

    order_id: uuid.UUID
    code_id: uuid.UUID
    promise_id: uuid.UUID


@dataclass(frozen=True)
class Shelf:
    """The shop of a benchmark: its SKUs and the one buyer of everything."""

    shop_id: uuid.UUID
    product_id: uuid.UUID
    variant_ids: Sequence[uuid.UUID]
    person_id: uuid.UUID


def open_shop(now: datetime) -> Shelf:
    """A shop with ``SKUS`` variants and nothing on the shelf. Needs Django to be ready."""
    from daoda.records.persons import actions as persons
    from daoda.records.shops import actions as shops
    from daoda.records.shops.models import scope
    from daoda.trade.catalog import actions as catalog

    shop = shops.create(slug=f"bench-{ids.short_number().lower()}", name="Bench", hosts=[], now=now)
    with scope(shop.pk):
        product = catalog.create_product(
            shop_id=shop.pk, kind="code", slug="card", title="Card", actor=ACTOR, now=now
        )
        variants = [
            catalog.create_variant(
                product_id=product.pk, title=f"{n}", price_fen=PRICE_FEN, actor=ACTOR, now=now
            )
            for n in range(SKUS)
        ]
        person = persons.create(shop_id=shop.pk, contact="bench@example.cn", now=now)
    return Shelf(shop.pk, product.pk, [variant.pk for variant in variants], person.pk)


def seed(url: str, shelf: Shelf, orders: int, now: datetime) -> list[Paid]:
    """``orders`` paid orders of one code each, spread over the SKUs, and as many codes."""
    rows = list(_plan(shelf, orders, now))
    with psycopg.connect(url) as connection:
        _copy(connection, "stock_level", _levels(shelf), ignore_existing=True)
        _copy(connection, "promises_promise", (row["promise"] for row in rows))
        _copy(connection, "orders_order", (row["order"] for row in rows))
        _copy(connection, "stock_code", (row["code"] for row in rows))
        owed = [
            account_id(shelf.shop_id, kind, "", "CNY") for kind in ("owed_to_buyers", "revenue")
        ]
        for key, kind in zip(owed, ("owed_to_buyers", "revenue"), strict=True):
            connection.execute(
                "INSERT INTO ledger_account (id, shop_id, kind, of, currency)"
                " VALUES (%s, %s, %s, '', 'CNY') ON CONFLICT DO NOTHING",
                [key, shelf.shop_id, kind],
            )
    return [Paid(row["order"]["id"], row["code"]["id"], row["order"]["promise_id"]) for row in rows]


def seed_unpaid(
    url: str, shelf: Shelf, channel_id: uuid.UUID, orders: int, now: datetime
) -> list[uuid.UUID]:
    """Orders that wait for their payment, a payment attempt of each (returned), and codes."""
    rows = list(_plan(shelf, orders, now))
    due = now + timedelta(hours=1)
    for row in rows:
        row["order"] |= {
            "state": "awaiting_payment", "node": "payment", "owner": "buyer", "paid_at": None,
            "promised_at": due,
        }  # fmt: skip
        row["promise"] |= {"node": "payment", "owner": "buyer", "due_at": due}
        row["payment"] = {
            "id": ids.uuid7(now), "shop_id": shelf.shop_id, "order_id": row["order"]["id"],
            "channel_id": channel_id, "amount_fen": PRICE_FEN, "currency": "CNY",
            "shown_due_at": due, "started_at": now,
        }  # fmt: skip
    with psycopg.connect(url) as connection:
        _copy(connection, "stock_level", _levels(shelf), ignore_existing=True)
        for table, part in (
            ("promises_promise", "promise"),
            ("orders_order", "order"),
            ("stock_code", "code"),
            ("payments_payment", "payment"),
        ):
            _copy(connection, table, (row[part] for row in rows))
    return [row["payment"]["id"] for row in rows]


def settle_down(superuser_url: str) -> None:
    """Statistics and visibility as they would be a while later, and nothing left to write."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _plan(shelf: Shelf, orders: int, now: datetime) -> Iterator[dict[str, dict[str, Any]]]:
    fresh = ids.uuid7_many(3 * orders, now)
    due = now + timedelta(minutes=5)
    for number in range(orders):
        order_id, code_id, promise_id = next(fresh), next(fresh), next(fresh)
        variant_id = shelf.variant_ids[number % SKUS]
        paid_at = now + timedelta(microseconds=number)
        yield {
            "promise": _promise(shelf, promise_id, order_id, now, due),
            "order": _order(shelf, order_id, promise_id, variant_id, paid_at, due),
            "code": {
                "id": code_id, "shop_id": shelf.shop_id, "variant_id": variant_id,
                "key_id": "k1", "ciphertext": os.urandom(60), "fingerprint": os.urandom(32),
                "place": "shelf",
            },
        }  # fmt: skip


def _promise(
    shelf: Shelf, promise_id: uuid.UUID, order_id: uuid.UUID, now: datetime, due: datetime
) -> dict[str, Any]:
    return {
        "id": promise_id, "shop_id": shelf.shop_id, "subject": "order", "subject_id": order_id,
        "node": "stocking", "owner": "machine:fulfilment", "made_at": now, "due_at": due,
        "basis": "{}", "consequence": "escalate",
    }  # fmt: skip


def _order(
    shelf: Shelf, order_id: uuid.UUID, promise_id: uuid.UUID, variant_id: uuid.UUID,
    paid_at: datetime, due: datetime,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": order_id, "shop_id": shelf.shop_id, "number": ids.short_number(),
        "person_id": shelf.person_id, "product_id": shelf.product_id, "variant_id": variant_id,
        "kind": "code", "via": "stock", "hands": "", "quantity": 1, "unit_price_fen": PRICE_FEN,
        "discount_fen": 0, "amount_fen": PRICE_FEN, "currency": "CNY", "told": "{}",
        "reserved": True, "password_hash": b"x" * 32, "source": "bench", "hold_reason": "",
        "slips": 0, "placed_at": paid_at, "pay_by": due, "paid_at": paid_at, "state": "paid",
        "node": "stocking", "owner": "machine:fulfilment", "promised_at": due,
        "promise_id": promise_id,
    }  # fmt: skip


def _levels(shelf: Shelf) -> Iterator[dict[str, Any]]:
    for variant_id in shelf.variant_ids:
        yield {
            "variant_id": variant_id, "shop_id": shelf.shop_id, "available": 0, "owed": 0,
            "low_threshold": 0, "low_told": True,
        }  # fmt: skip


def _copy(
    connection: psycopg.Connection[Any],
    table: str,
    rows: Iterator[dict[str, Any]],
    *,
    ignore_existing: bool = False,
) -> None:
    first = next(rows)
    names = ", ".join(first)
    if ignore_existing:
        marks = ", ".join(f"%({name})s" for name in first)
        insert = f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
        connection.cursor().executemany(insert.encode(), [first, *rows])
        return
    with connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
        for row in (first, *rows):
            copy.write_row(list(row.values()))
