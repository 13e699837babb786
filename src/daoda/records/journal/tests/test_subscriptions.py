"""Facts committed in any order are told to every subscriber, none lost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from daoda.kit import ids
from daoda.records.journal import actions as journal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = ids.uuid7(NOW)


def told(name: str, **limits: int) -> list[str]:
    with journal.batch(name, now=NOW, **limits) as facts:
        return [fact.kind for fact in facts]


def write(kind: str) -> None:
    journal.write(
        kind=kind, subject="thing", subject_id=SHOP, shop_id=SHOP, actor="machine:test", at=NOW
    )


INSERT = """
    INSERT INTO journal_fact (id, shop_id, kind, subject, subject_id, actor, at, data)
    VALUES (gen_random_uuid(), %s, %s, 'thing', %s, 'machine:test', now(), '{}')
"""


@pytest.mark.committed
def test_a_fact_that_commits_late_is_not_lost(world_db):
    journal.subscribe("reader")
    with psycopg.connect(world_db.url) as slow:
        slow.execute(INSERT, [SHOP, "slow.first", SHOP])
        write("quick.second")
        assert told("reader") == ["quick.second"]
        write("quick.third")
        assert told("reader") == ["quick.third"]
        slow.commit()
    assert told("reader") == ["slow.first"]
    assert told("reader") == []


@pytest.mark.committed
def test_a_rolled_back_fact_is_never_told(world_db):
    journal.subscribe("reader")
    with psycopg.connect(world_db.url) as slow:
        slow.execute(INSERT, [SHOP, "gone", SHOP])
        write("here")
        slow.rollback()
    assert told("reader") == ["here"]


@pytest.mark.committed
def test_a_reader_that_fails_hears_the_same_facts_again(world_db):
    journal.subscribe("reader")
    write("once")
    with pytest.raises(RuntimeError), journal.batch("reader", now=NOW):
        raise RuntimeError
    assert told("reader") == ["once"]


@pytest.mark.committed
def test_small_batches_tell_everything_once(world_db):
    journal.subscribe("reader")
    kinds = [f"fact.{n}" for n in range(25)]
    for kind in kinds:
        write(kind)
    heard = []
    while batch := told("reader", batch_rows=4):
        heard += batch
    assert heard == kinds


@pytest.mark.committed
def test_two_subscribers_each_hear_everything(world_db):
    journal.subscribe("one")
    journal.subscribe("two")
    write("fact")
    assert told("one") == told("two") == ["fact"]


@pytest.mark.committed
def test_writers_side_by_side_lose_nothing(world_db):
    journal.subscribe("reader")

    def work(writer: int) -> None:
        for number in range(40):
            with transaction.atomic():
                write(f"w{writer}.{number}")
        connection.close()

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    heard = []
    while any(thread.is_alive() for thread in threads):
        heard += told("reader", batch_rows=7)
    while batch := told("reader", batch_rows=7):
        heard += batch
    assert sorted(heard) == sorted(f"w{w}.{n}" for w in range(4) for n in range(40))


@pytest.mark.committed
def test_what_a_reaction_writes_is_told_too(world_db):
    journal.subscribe("reader")
    write("first")
    with journal.batch("reader", now=NOW) as facts:
        assert [fact.kind for fact in facts] == ["first"]
        write("reaction")
        with psycopg.connect(world_db.url) as neighbour:
            neighbour.execute(INSERT, [SHOP, "neighbour", SHOP])
    assert sorted(told("reader")) == ["neighbour", "reaction"]
    assert told("reader") == []


@pytest.mark.committed
def test_what_a_reaction_writes_after_a_later_neighbour_is_told_too(world_db):
    """The neighbour's transaction begins later and commits before we look: the gap is ourselves."""
    journal.subscribe("reader")
    write("first")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        with psycopg.connect(world_db.url) as neighbour:
            neighbour.execute(INSERT, [SHOP, "neighbour", SHOP])
        with journal.batch("reader", now=NOW) as facts:
            assert sorted(fact.kind for fact in facts) == ["first", "neighbour"]
            write("reaction")
    assert told("reader") == ["reaction"]
