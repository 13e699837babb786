"""The way to a free code, on a deep shelf: by its one index, and no more pages than codes need."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from daoda.kit import sql
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock.actions.levels import ensure_levels
from daoda.trade.stock.actions.taking import low_water
from daoda.trade.stock.tests.world import need, offer

pytestmark = [pytest.mark.committed, pytest.mark.slow]
SQL = sql.load("daoda.trade.stock")
DEEP_ROWS = 200_000
TAKEN = 500


@pytest.fixture
def deep(variant: Variant, now: datetime) -> Variant:
    """A shelf of 200,000 codes of two variants, half of them sold, analysed."""
    other = offer(variant.shop, now, title="other")
    ensure_levels([variant.id, other.id])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_code
                (id, shop_id, variant_id, key_id, ciphertext, fingerprint, place, order_id)
            SELECT gen_random_uuid(), %(shop)s, CASE n %% 2 WHEN 0 THEN %(one)s ELSE %(two)s END,
                   'k1', sha256(n::text::bytea), sha256(('f' || n)::bytea),
                   CASE WHEN n <= %(rows)s / 2 THEN 'taken' ELSE 'shelf' END,
                   CASE WHEN n <= %(rows)s / 2 THEN gen_random_uuid() END
            FROM generate_series(1, %(rows)s) AS n
            """,
            {"shop": variant.shop_id, "one": variant.id, "two": other.id, "rows": DEEP_ROWS},
        )
        cursor.execute("ANALYZE stock_code")
        cursor.execute("UPDATE stock_level SET available = 50000")
    return variant


def explain(statement: str, params: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The executed plan of a statement, and the indexes of stock_code in it."""
    ((plan,),) = sql.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", params)
    (whole,) = json.loads(plan) if isinstance(plan, str) else plan
    used = set(re.findall(r'"Index Name": "(\w+)"', json.dumps(whole["Plan"])))
    return whole["Plan"], used


def buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def test_free_codes_are_found_by_their_one_index(deep: Variant, now: datetime) -> None:
    params = {"variant_ids": [deep.id], "quantities": [TAKEN], "marks": [0], "now": now}
    for statement in (SQL.claim_codes, SQL.claim_codes_waiting):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            plan, used = explain(statement, params)
            cursor.execute("ROLLBACK")
        assert "code_on_shelf" in used
        assert not {name for name in used if name.startswith("stock_code")}
        # Locking a row writes its page and reads it again; all codes ever sold are 2,000 pages.
        assert buffers(plan) < 4 * TAKEN
    with_seq = sql.rows(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'stock_code' AND indexdef ~ 'seq'"
    )
    assert with_seq == [("code_on_shelf",)]


def test_taking_costs_the_same_while_an_old_snapshot_keeps_sold_codes_alive(
    deep: Variant, now: datetime, world_db: Any
) -> None:
    with psycopg.connect(world_db.url) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("SELECT 1 FROM stock_code LIMIT 1")
        for _ in range(80):
            needs = [need(deep) for _ in range(TAKEN)]
            assert len(stock.take(needs=needs, now=now)) == TAKEN
        marks = low_water.marks([deep.id], now)
        params = {"variant_ids": [deep.id], "quantities": [TAKEN], "marks": marks, "now": now}
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            marked, _ = explain(SQL.claim_codes, params)
            unmarked, _ = explain(SQL.claim_codes, params | {"marks": [0]})
            cursor.execute("ROLLBACK")
    assert buffers(marked) < 4 * TAKEN < buffers(unmarked)
