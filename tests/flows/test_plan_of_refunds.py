"""The way to refunds that are due, among 200,000: by their indexes, at flat cost."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from daoda.kit import sql
from daoda.kit.low_water import BEGINNING
from daoda.trade.payments.models import Payment, Receipt
from tests.flows.test_plan_of_asking import explained
from tests.flows.world import World

pytestmark = [pytest.mark.slow]
SQL = sql.load("daoda.trade.payments")
DEEP_ROWS = 200_000
DUE = 50


@pytest.fixture
def deep(real_world: World, world_db: Any) -> World:
    """200,000 refunds: most have gone back, 20,000 wait for their time, some are due."""
    world = real_world
    world.stock_up("STEAM-1")
    order = world.pay(world.place())
    receipt = Receipt.everywhere.get()
    params = {
        "shop": world.shop.pk, "order": order.pk, "receipt": receipt.pk, "now": world.now,
        "rows": DEEP_ROWS, "due": DUE,
    }  # fmt: skip
    with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            """
            INSERT INTO payments_refund
                (id, shop_id, receipt_id, order_id, amount_fen, currency, reason, cause,
                 from_earnings, reference, owed_at, fence, sends, asks, said, detail, sent_at,
                 state, node, owner, promised_at, promise_id, next_at)
            SELECT gen_random_uuid(), %(shop)s, %(receipt)s, %(order)s, 1, 'CNY', 'x', n::text,
                   false, '', %(now)s, 1, 1, 0, '', '', %(now)s,
                   CASE WHEN n <= %(rows)s / 10 THEN 'unknown' ELSE 'confirmed' END,
                   'refund', 'machine:refund', %(now)s + interval '1 day', gen_random_uuid(),
                   CASE WHEN n <= %(due)s THEN %(now)s
                        WHEN n <= %(rows)s / 10
                        THEN %(now)s + interval '1 hour' + n * interval '1 ms' END
            FROM generate_series(1, %(rows)s) AS n
            """,
            params,
        )
        superuser.execute("ANALYZE payments_refund")
        superuser.execute("ANALYZE payments_receipt")
    return world


def test_what_is_due_is_claimed_by_its_index(deep: World) -> None:
    params = {"now": deep.now, "since": BEGINNING, "limit_rows": DUE}
    pages, used, text = explained(SQL.claim_refunds, params)
    assert used == {"refund_to_work_on"}
    assert "Seq Scan" not in text
    assert pages < 8 * DUE

    ids = [row[0] for row in sql.rows(SQL.claim_refunds, params)]
    assert len(ids) == DUE
    pages, used, _text = explained(SQL.lock_refunds, {"ids": ids})
    assert "payments_refund_pkey" in used
    assert pages < 30 * DUE


def test_dates_are_passed_and_notices_wake_by_index(deep: World) -> None:
    pages, used, text = explained(SQL.claim_due_refunds, {"now": deep.now, "limit_rows": DUE})
    assert used == {"refund_open_by_date"}
    assert "Seq Scan" not in text
    assert pages < 10

    nobody = {"now": deep.now, "payment_ids": [Payment.everywhere.get().order_id]}
    pages, _used, text = explained(SQL.wake_refunds, nobody)
    assert "Seq Scan on payments_refund" not in text
    assert pages < 20
