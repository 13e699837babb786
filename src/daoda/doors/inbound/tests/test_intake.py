"""The intake: what arrives together is stored together, and nobody can keep the others out."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daoda.doors.inbound import intake as intakes
from daoda.doors.inbound.intake import Intake, KnownChannel, NotStored
from daoda.doors.inbound.tests.conftest import KEY
from daoda.kit import aio, clock
from daoda.trade.payments.adapters import registry, sandbox
from daoda.trade.payments.adapters.base import ChannelAdapter
from daoda.trade.payments.adapters.base import Notice as Told
from daoda.trade.payments.models import Channel, Notice

Scene = Callable[[Intake, KnownChannel], Awaitable[None]]


def at_the_door(channel: Channel, scene: Scene) -> None:
    """Play a scene at an open door."""

    async def act() -> None:
        door = Intake(aio.pool(connections_max=2))
        await door.start()
        try:
            known = await door.channel(channel.pk)
            assert known is not None
            await scene(door, known)
        finally:
            await door.stop()

    asyncio.run(act())


def told(event: str, **fields: object) -> Told:
    """A genuine notice."""
    body = {
        "kind": "notice", "event": event, "merchant": "m-1", "number": uuid.uuid4().hex,
        "status": "paid", "trade_no": f"T{event}", "amount_fen": 100, "currency": "CNY", **fields,
    }  # fmt: skip
    raw = json.dumps(body).encode()
    stamp = str(int(clock.now().timestamp()))
    signature = sandbox.sign(KEY, stamp, "n" * 24, raw)
    headers = dict(zip(sandbox.HEADERS, (stamp, "n" * 24, signature), strict=True))
    return Told("POST", headers, "", raw)


@dataclass(frozen=True)
class Poisoned:
    """An adapter whose masked copy is one the database will not hold."""

    inner: ChannelAdapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def mask(self, *, notice: Told) -> dict[str, object]:
        return {"text": "\x00"}


def test_what_arrives_together_is_stored_in_one_commit_and_repeats_add_nothing(channel):
    notices = [told(f"E{number}") for number in range(40)]

    async def scene(door: Intake, known: KnownChannel) -> None:
        for _ in range(2):
            assert all(await asyncio.gather(*(door.take(known, one) for one in notices)))

    at_the_door(channel, scene)
    assert Notice.everywhere.count() == 40
    assert set(Notice.everywhere.values_list("state", flat=True)) == {"received"}


def test_a_notice_that_cannot_be_stored_keeps_no_other_out(channel):
    notices = [told(f"E{number}") for number in range(9)]

    async def scene(door: Intake, known: KnownChannel) -> None:
        poisoned = KnownChannel(known.id, known.shop_id, Poisoned(known.adapter))
        tellings = [door.take(poisoned if n == 4 else known, one) for n, one in enumerate(notices)]
        said = await asyncio.gather(*tellings, return_exceptions=True)
        assert isinstance(said.pop(4), NotStored), "its channel hears that it was not stored"
        assert said == [True] * 8

    at_the_door(channel, scene)
    assert Notice.everywhere.count() == 8


def test_a_flood_of_forgeries_is_bounded_and_a_true_notice_passes_through_it(channel, monkeypatch):
    monkeypatch.setattr(intakes, "SUSPECTS_STORED_A_MINUTE", 5)
    true = told("E1")

    async def scene(door: Intake, known: KnownChannel) -> None:
        before = intakes.suspects_total._value.get()
        forged = [Told("POST", {}, "", f"lie {number}".encode()) for number in range(200)]
        said = await asyncio.gather(
            *(door.take(known, one) for one in [*forged[:100], true, *forged[100:]])
        )
        assert said == [False] * 100 + [True] + [False] * 100
        assert intakes.suspects_total._value.get() - before == 200, "the counter knows them all"

    at_the_door(channel, scene)
    assert Notice.everywhere.filter(state="suspect").count() == 5
    assert Notice.everywhere.filter(state="received").count() == 1


def test_an_address_nobody_has_is_looked_up_once(channel, monkeypatch):
    asked: list[uuid.UUID] = []
    find = Intake._find_channel

    async def counting(door: Intake, channel_id: uuid.UUID) -> KnownChannel | None:
        asked.append(channel_id)
        return await find(door, channel_id)

    monkeypatch.setattr(Intake, "_find_channel", counting)
    nobody = uuid.uuid4()

    async def scene(door: Intake, known: KnownChannel) -> None:
        assert [await door.channel(nobody) for _ in range(50)] == [None] * 50

    at_the_door(channel, scene)
    assert asked.count(nobody) == 1


ANY_HEADERS = st.dictionaries(
    st.sampled_from([*sandbox.HEADERS, "content-type", "user-agent"]), st.text(max_size=40)
)
ANY_NOTICES = st.builds(
    Told,
    method=st.sampled_from(["GET", "POST", "PUT", "\x00"]),
    headers=ANY_HEADERS,
    query=st.text(max_size=80),
    body=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=80).map(str.encode),
        st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers()).map(
            lambda fields: json.dumps(fields).encode()
        ),
    ),
)


@settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(notices=st.lists(ANY_NOTICES, min_size=5, max_size=40))
@pytest.mark.parametrize("code", ["sandbox", "epay"])
def test_whatever_bytes_arrive_are_stored_or_answered_no(channel, monkeypatch, code, notices):
    monkeypatch.setattr(intakes, "SUSPECTS_STORED_A_MINUTE", 10_000)
    epay = registry.adapter(
        "epay", {"gateway": "http://127.0.0.1:1", "pid": "1001", "key": "k" * 32}
    )

    async def scene(door: Intake, known: KnownChannel) -> None:
        if code == "epay":
            known = KnownChannel(known.id, known.shop_id, epay)
        said = await asyncio.gather(*(door.take(known, one) for one in notices))
        assert said == [False] * len(notices)

    at_the_door(channel, scene)
