"""History has a partition for every month before the month begins, and nobody can misuse that."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import psycopg
import pytest
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


def test_a_month_the_default_has_caught_does_not_keep_the_others_from_being_made(db):
    assert partition_of(FAR) == "journal_fact_default"
    assert insert_only.make_partitions(FAR) > 0
    assert partition_of(FAR) == "journal_fact_default"
    assert partition_of(datetime(2031, 6, 1, 1, tzinfo=UTC)) == "journal_fact_2031_06"


@pytest.mark.committed
def test_a_long_reader_delays_the_partitions_and_nobody_else(world_db):
    with psycopg.connect(world_db.url) as reader:
        reader.execute("SELECT count(*) FROM journal_fact")  # and stays in its transaction
        maker = threading.Thread(target=_make_alone)
        maker.start()
        maker.join(timeout=30)
        assert not maker.is_alive()
    assert insert_only.make_partitions(FAR) > 0


def _make_alone() -> None:
    insert_only.make_partitions(FAR)
    connection.close()


@pytest.mark.committed
def test_a_caller_cannot_slip_its_own_types_under_the_owner(world_db):
    """The function runs as the owner of all tables: what it names must be ours."""
    with psycopg.connect(world_db.url, autocommit=True) as attacker:
        attacker.execute(
            "CREATE FUNCTION pg_temp.evil(value varchar) RETURNS boolean LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$"
        )
        attacker.execute("CREATE DOMAIN pg_temp.text AS varchar CHECK (pg_temp.evil(VALUE))")
        made = attacker.execute(
            "SELECT public.daoda_make_partitions('public.journal_fact'::regclass, %s, 1)", [FAR]
        ).fetchone()
    assert made is not None
    assert made[0] > 0


def test_only_our_own_history_can_be_partitioned(db):
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    with pytest.raises(psycopg.errors.RaiseException, match="not a partitioned table"):
        cursor.execute("SELECT daoda_make_partitions('orders_order'::regclass, now(), 1)")
