"""History has a partition for every month before the month begins."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

from daoda.kit import ids, insert_only
from daoda.records.journal import actions as journal

FAR = datetime(2031, 5, 20, 12, tzinfo=UTC)


def partition_of(fact_at: datetime) -> str:
    shop = ids.uuid7(fact_at)
    journal.write(
        kind="test.fact", subject="test", subject_id=shop, shop_id=shop, actor="x", at=fact_at
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM journal_fact WHERE subject_id = %s", [shop]
        )
        (name,) = cursor.fetchone()
    return str(name)


def test_a_month_nobody_prepared_is_caught_by_the_default(db):
    assert partition_of(FAR) == "journal_fact_default"


def test_the_worker_prepares_months_ahead_and_repeats_change_nothing(db):
    assert insert_only.make_partitions(FAR) > 0
    assert insert_only.make_partitions(FAR) == 0
    assert partition_of(FAR) == "journal_fact_2031_05"
    assert partition_of(datetime(2031, 8, 31, 23, 59, tzinfo=UTC)) == "journal_fact_2031_08"
