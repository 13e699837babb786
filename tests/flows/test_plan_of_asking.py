"""The way to what is due to be asked about, among 200,000 attempts: by one index, at flat cost."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from daoda.kit import sql
from tests.flows.world import World

pytestmark = [pytest.mark.slow]
SQL = sql.load("daoda.trade.payments")
DEEP_ROWS = 200_000
DUE = 50


@pytest.fixture
def deep(real_world: World) -> World:
    """200,000 attempts: most are done with, 50,000 wait for their time, some are due."""
    world = real_world
    world.stock_up("STEAM-1")
    order = world.place()
    params: dict[str, Any] = {
        "shop": world.shop.pk, "order": order.pk, "channel": world.channel.pk, "now": world.now,
        "rows": DEEP_ROWS, "due": DUE, "ends": order.pay_by,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO payments_payment (id, shop_id, order_id, channel_id, amount_fen,
                                              currency, shown_due_at, started_at)
                SELECT gen_random_uuid(), %(shop)s, %(order)s, %(channel)s, 100, 'CNY', %(now)s,
                       %(now)s
                FROM generate_series(1, %(rows)s)
                RETURNING id
            ), numbered AS (SELECT id, row_number() OVER () AS n FROM made)
            INSERT INTO payments_asking
                (payment_id, shop_id, channel_id, reference, window_ends_at, sign, tries, silent,
                 said, detail, state, node, owner, promised_at)
            SELECT id, %(shop)s, %(channel)s, '', %(ends)s, '', 0, 0, '', '',
                   CASE WHEN n <= %(rows)s / 4 THEN 'asking' ELSE 'closed' END,
                   'checking', 'machine:asking',
                   CASE WHEN n <= %(due)s THEN %(now)s
                        ELSE %(now)s + interval '1 hour' + n * interval '1 ms' END
            FROM numbered
            """,
            params,
        )
        cursor.execute("ANALYZE payments_asking")
        cursor.execute("ANALYZE payments_payment")
    return world


def explained(statement: str, params: dict[str, Any]) -> tuple[int, set[str], str]:
    """Pages read by a statement, the indexes it used, and its whole plan."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        ((plan,),) = sql.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", params)
        cursor.execute("ROLLBACK")
    (whole,) = json.loads(plan) if isinstance(plan, str) else plan
    text = json.dumps(whole["Plan"])
    pages = int(whole["Plan"]["Shared Hit Blocks"]) + int(whole["Plan"]["Shared Read Blocks"])
    return pages, set(re.findall(r'"Index Name": "(\w+)"', text)), text


def test_what_is_due_is_found_by_the_channels_index_at_flat_cost(deep: World) -> None:
    pages, used, text = explained(SQL.channels_to_ask, {"now": deep.now})
    assert used == {"asking_of_channel"}
    assert "Seq Scan" not in text
    assert pages < 40

    claim = {
        "channel_ids": [deep.channel.pk], "rows": [DUE], "now": deep.now,
        "leased_until": deep.now + timedelta(seconds=60),
    }  # fmt: skip
    pages, used, text = explained(SQL.claim_askings, claim)
    assert "asking_of_channel" in used
    assert "payments_payment_pkey" in used
    # Each is found, locked, written, and looked up with its order, receipt and notice.
    assert pages < 60 * DUE
