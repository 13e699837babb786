"""The ways to what is due next among 200,000 attempts: by their indexes, few pages a claim."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection

from daoda.kit import sql
from tests.flows import supplied, world

pytestmark = [pytest.mark.committed, pytest.mark.slow]
SQL = sql.load("daoda.delivery.fulfilment")
ROWS = 200_000
_SEED = """
INSERT INTO fulfilment_attempt
    (id, shop_id, order_id, variant_id, supplier_id, offer_id, goods, quantity, needs_cards,
     currency, cost_fen, cost_max_fen, why, due_at, planned_at, next_at, promised_at, state,
     node, owner, reference, answer, reason, borne_by, fence, sends, asked, sent_at, cut_off_at)
SELECT gen_random_uuid(), o.shop_id, NULL, o.variant_id, o.supplier_id, o.id, 'x', 1, true, 'CNY',
       100, 101, '', NULL, %(now)s, %(now)s, %(now)s, s.state,
       CASE WHEN s.state <> 'succeeded' THEN 'asking' END,
       CASE WHEN s.state <> 'succeeded' THEN 'machine:supply' END,
       '', '', '', '', 1, 1, 0, %(now)s, %(now)s
FROM suppliers_offer o, generate_series(1, %(rows)s) AS n,
     LATERAL (SELECT (ARRAY['succeeded', 'succeeded', 'planned', 'unknown'])[1 + n %% 4] AS state) s
"""


def explained(statement: str, params: dict[str, Any]) -> tuple[int, set[str]]:
    """The pages a statement touched and the indexes it went by."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        ((plan,),) = sql.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", params)
        cursor.execute("ROLLBACK")
    (whole,) = json.loads(plan) if isinstance(plan, str) else plan
    top = whole["Plan"]
    used = set(re.findall(r'"Index Name": "(\w+)"', json.dumps(top)))
    return int(top["Shared Hit Blocks"]) + int(top["Shared Read Blocks"]), used


def test_what_is_due_is_found_by_its_index() -> None:
    made = supplied.build(world.build())
    try:
        _, one = made.supplier("kasushou")
        now = made.world.now
        with connection.cursor() as cursor:
            cursor.execute(_SEED, {"now": now, "rows": ROWS})
            cursor.execute("ANALYZE fulfilment_attempt")
        due = {"now": now, "limit_rows": 500}
        claim = {"supplier_ids": [one.pk], "slots": [100], "now": now, "leased_until": now}
        for statement, params, index, pages_max in (
            (SQL.suppliers_to_send, due, "attempt_to_send", 1_200),
            (SQL.suppliers_to_ask, due, "attempt_to_ask", 1_200),
            (SQL.claim_to_send, claim, "attempt_to_send", 6_000),
            (SQL.claim_to_ask, claim, "attempt_to_ask", 6_000),
            (SQL.cut_offs_due, due, "attempt_to_cut_off", 1_200),
        ):
            pages, used = explained(statement, params)
            assert index in used, statement
            assert pages < pages_max, statement
    finally:
        made.close()
