"""The tail of the journal: an open page misses nothing, whenever it comes."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection

from daoda.doors.live import tail as tails
from daoda.doors.live.tail import Tail, Viewer
from daoda.kit import aio, ids
from daoda.records.journal import actions as journal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def write(subject_id: uuid.UUID) -> None:
    await asyncio.to_thread(_write, subject_id)


def _write(subject_id: uuid.UUID) -> None:
    journal.write(
        kind="test.fact", subject="order", subject_id=subject_id, shop_id=subject_id,
        actor="x", at=NOW,
    )  # fmt: skip
    connection.close()


async def heard(viewer: Viewer) -> str | None:
    return await asyncio.wait_for(viewer.events.get(), timeout=5)


@pytest.mark.committed
def test_the_first_page_is_told_to_look_once_the_tail_reads(world_db):
    """Between the page's own reading and the tail's first look a fact may have come."""

    async def story() -> None:
        tail = Tail(aio.pool(connections_max=2))
        await tail.start()
        subject = ids.uuid7(NOW)
        viewer = tail.join(subject)
        assert await heard(viewer) == ""
        await write(subject)
        assert await heard(viewer) == await tail.newest(subject)
        tail.leave(viewer)
        await tail.stop()

    asyncio.run(story())


@pytest.mark.committed
def test_a_page_hears_of_its_own_order_alone(world_db):
    async def story() -> None:
        tail = Tail(aio.pool(connections_max=2))
        await tail.start()
        mine, other = ids.uuid7(NOW), ids.uuid7(NOW)
        viewer = tail.join(mine)
        assert await heard(viewer) == ""
        await write(other)
        await write(mine)
        assert await heard(viewer) == await tail.newest(mine)
        assert viewer.events.empty()
        await tail.stop()

    asyncio.run(story())


@pytest.mark.committed
def test_a_reader_that_does_not_read_is_dropped_and_the_others_are_not(world_db, monkeypatch):
    monkeypatch.setattr(tails, "UNREAD_MAX", 4)

    async def story() -> None:
        tail = Tail(aio.pool(connections_max=2))
        await tail.start()
        order = ids.uuid7(NOW)
        slow, quick = tail.join(order), tail.join(order)
        assert await heard(quick) == ""
        for _ in range(4):
            await write(order)
            assert await heard(quick)
        assert await heard(slow) is None, "its stream ends; the browser comes back"
        assert slow.events.empty()
        assert tail._viewers == {order: {quick}}, "a dropped one is forgotten"
        tail.leave(quick)
        await tail.stop()

    asyncio.run(story())


@pytest.mark.committed
def test_after_the_connection_was_lost_every_page_is_told_to_look(world_db, monkeypatch):
    monkeypatch.setattr(tails, "RETRY_S", 0.1)

    def cut(order: uuid.UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        _write(order)

    async def story() -> None:
        tail = Tail(aio.pool(connections_max=2))
        await tail.start()
        order = ids.uuid7(NOW)
        viewer = tail.join(order)
        assert await heard(viewer) == ""
        await asyncio.to_thread(cut, order)
        assert await heard(viewer) == ""
        await tail.stop()

    asyncio.run(story())
