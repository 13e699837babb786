"""The books: each cause once, both sides equal, sums kept without counting everything."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from daoda.kit import ids, sql
from daoda.records.ledger import actions as ledger
from daoda.records.ledger import queries as books

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = ids.uuid7(NOW)


def paid(amount_fen: int = 1000, **changes: Any) -> ledger.NewTransfer:
    values: dict[str, Any] = {
        "shop_id": SHOP,
        "debit": ("channel_cash", "sandbox"),
        "credit": ("owed_to_buyers", ""),
        "amount_fen": amount_fen,
        "currency": "CNY",
        "kind": "payment.received",
        "subject_id": ids.uuid7(NOW),
        "at": NOW,
    }
    return ledger.NewTransfer(**{**values, **changes})


def balance(kind: str) -> int:
    return {one.kind: one.balance_fen for one in books.balances(SHOP)}[kind]


def test_the_same_cause_is_posted_once(db):
    transfer = paid()
    assert ledger.post(transfer) == ledger.post(transfer)
    assert balance("channel_cash") == balance("owed_to_buyers") == 1000


def test_what_was_moved_since_a_moment_is_told_by_cause(db):
    ledger.post_many([paid(300), paid(500), paid(900, at=NOW - timedelta(days=1))])
    ledger.post(paid(200, kind="refund.paid"))
    assert books.moved_since(SHOP, NOW - timedelta(hours=1)) == [
        books.Moved("payment.received", "CNY", 2, 800),
        books.Moved("refund.paid", "CNY", 1, 200),
    ]


def test_no_transfer_moves_nothing_or_goes_nowhere(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.post(paid(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.post(paid(credit=("channel_cash", "sandbox")))


def test_an_account_outside_the_chart_is_an_error(db):
    with pytest.raises(KeyError):
        ledger.post(paid(credit=("pocket", "")))


@pytest.mark.committed
def test_sums_are_the_same_before_during_and_after_a_roll_up(world_db):
    for _ in range(7):
        ledger.post(paid())
    assert balance("owed_to_buyers") == 7000
    ledger.roll_up()  # makes the cursor
    rolled = 0
    while added := ledger.roll_up(batch_rows=3):
        rolled += added
        ledger.post(paid()) if rolled < 6 else None
        assert balance("channel_cash") == balance("owed_to_buyers")
    assert balance("owed_to_buyers") == 1000 * rolled
    assert sum(one.debit_fen - one.credit_fen for one in books.balances(SHOP)) == 0


@pytest.mark.committed
def test_a_first_roll_up_between_the_two_looks_counts_nothing_twice(world_db, monkeypatch):
    ledger.post(paid())
    look = sql.rows

    def roll_up_after_the_first(statement, params=None):
        found = look(statement, params)
        if statement == books.SQL.cursor and not found:
            ledger.roll_up()  # makes the cursor
            ledger.roll_up()
        return found

    monkeypatch.setattr(sql, "rows", roll_up_after_the_first)
    assert balance("channel_cash") == 1000


def test_a_batch_reads_itself_and_not_the_whole_backlog(db):
    ledger.post(paid())
    backlog = """
        INSERT INTO ledger_transfer
            (id, shop_id, debit_id, credit_id, amount_fen, currency, kind, subject_id, at, xid)
        SELECT gen_random_uuid(), shop_id, debit_id, credit_id, 1, currency, kind, subject_id, at,
               (xid::text::bigint + n)::text::xid8
        FROM ledger_transfer, generate_series(1, 20000) AS n
    """
    sql.count(backlog)
    sql.count("ANALYZE ledger_transfer")
    ((plan,),) = sql.rows(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {ledger.SQL.roll_up}",
        {"running": [], "xmax": "1", "batch_rows": 100},
    )
    text = plan if isinstance(plan, str) else json.dumps(plan)
    rows = [float(seen) for seen in re.findall(r'"Actual Rows": ([\d.]+)', text)]
    # 100 transfers with two sides each; a sort may read some groups of rows ahead of its limit.
    assert max(rows) <= 2_000, "a tenth of the backlog"


@pytest.mark.committed
def test_sums_that_are_emptied_are_made_anew(world_db):
    ledger.post_many([paid(), paid()])
    ledger.roll_up()  # makes the cursor
    ledger.roll_up()
    with transaction.atomic():
        sql.count("DELETE FROM ledger_rolled")
        sql.count("DELETE FROM ledger_rollup")
    assert balance("channel_cash") == 2000
    ledger.roll_up()
    assert ledger.roll_up() == 2
    assert balance("channel_cash") == 2000
