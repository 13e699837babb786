"""The door for notices: what a restart or an outage of the database means to a channel."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from time import monotonic
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from daoda.doors.inbound import intake as door
from daoda.kit import aio
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Notice
from tests.flows.world import World


@pytest.fixture
def stopped_clock(real_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door lives in the time of the story."""

    async def now(_self: aio.DatabaseClock, _database: object) -> datetime:
        return real_world.now

    monkeypatch.setattr(aio.DatabaseClock, "now", now)


def known(world: World) -> door.KnownChannel:
    return door.KnownChannel(world.channel.pk, world.shop.pk, payments.adapter_of(world.channel))


async def tell(
    pool: AsyncConnectionPool[Any], world: World, notices: list[Any], before: Any = None
) -> list[object]:
    """Send notices through a door that uses this pool; what came of each."""
    intake = door.Intake(pool)
    await intake.start()
    try:
        if before is not None:
            await before(pool)
        takes = [intake.take(known(world), notice) for notice in notices]
        return list(await asyncio.gather(*takes, return_exceptions=True))
    finally:
        await intake.stop()


@pytest.mark.committed
@pytest.mark.usefixtures("stopped_clock")
def test_a_restart_of_the_database_refuses_no_notice(real_world, world_db):
    world = real_world
    world.stock_up("A")
    notice = world.notice(world.start(world.place()))
    connection.close()

    async def restart(pool: AsyncConnectionPool[Any]) -> None:
        async with AsyncExitStack() as lent:
            for _ in range(pool.max_size):
                await lent.enter_async_context(pool.connection())
        with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'daoda_app'"
            )

    told = asyncio.run(tell(aio.pool(connections_max=2), world, [notice], restart))
    assert told == [True]
    assert Notice.everywhere.count() == 1


@pytest.mark.committed
@pytest.mark.usefixtures("stopped_clock")
def test_while_the_database_is_away_no_channel_waits_for_the_wait_of_another(
    real_world, monkeypatch
):
    world = real_world
    world.stock_up("A")
    payment = world.start(world.place())
    notices = [world.notice(payment, trade_no=f"T{number}") for number in range(10)]
    monkeypatch.setattr(door, "BATCH_ROWS", 1)
    nowhere = AsyncConnectionPool("host=127.0.0.1 port=1", min_size=1, timeout=0.5, open=False)
    began = monotonic()
    told = asyncio.run(tell(nowhere, world, notices))
    assert [type(each) for each in told] == [door.NotStored] * 10
    assert monotonic() - began < 3, "one wait for a connection, not ten"


def test_two_doors_store_the_same_notices_in_the_same_order(world):
    """Else each could hold what the other waits for: a deadlock, and both refused."""
    adapter = payments.adapter_of(world.channel)
    prepared = [
        payments.prepare(
            shop_id=world.shop.pk,
            channel_id=world.channel.pk,
            adapter=adapter,
            notice=world.notice("f" * 32, trade_no=f"T{number}"),
            now=world.now,
        )
        for number in range(5)
    ]
    one_way = payments.columns(prepared, world.now)
    assert one_way == payments.columns(prepared[::-1], world.now)
    keys = one_way["event_keys"]
    assert isinstance(keys, list)
    assert keys == sorted(keys)
