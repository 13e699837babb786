"""Each simulated channel gives money back as its vendor does, and its adapter reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from daoda.kit.http import Answer, Call, NoAnswer
from daoda.proving.simulators.tests.world import NUMBER, Street, street, wall
from daoda.trade.payments.adapters.base import NotOffered, RefundAsk, RefundReading, Trouble

OURS = "0193500000007000800000000000feed"
querying = pytest.mark.parametrize("code", ["sandbox", "alipay", "wechatpay", "stripe"])


def on(code: str, scene: Callable[[Street, RefundAsk], Awaitable[None]], **more: Any) -> None:
    async def act() -> None:
        async with street(code, **more) as place:
            await place.open()
            await place.press("pay")
            [told] = await place.shop.wait_for(1)
            ask = RefundAsk(OURS, NUMBER, told.trade_no, 1990, 1990, "CNY", "why", "")
            await scene(place, ask)

    asyncio.run(act())


async def send(place: Street, call: Call) -> Answer | NoAnswer:
    try:
        async with place.http.request(
            call.method, call.url, headers=call.headers, data=call.body or None
        ) as response:
            return Answer(response.status, dict(response.headers), await response.read())
    except aiohttp.ClientError as problem:
        return NoAnswer(type(problem).__name__)


async def refund(place: Street, ask: RefundAsk) -> RefundReading | Trouble:
    now = wall()
    answer = await send(place, place.adapter.refund(ask=ask, now=now))
    return place.adapter.read_refund(ask=ask, answer=answer, now=now)


async def query(place: Street, ask: RefundAsk) -> str:
    now = wall()
    answer = await send(place, place.adapter.refund_query(ask=ask, now=now))
    said = place.adapter.read_refund_query(ask=ask, answer=answer, now=now)
    return said.status if isinstance(said, RefundReading) else said.kind


async def plays(place: Street, *names: str) -> None:
    asked = {"number": NUMBER, "plays": list(names)}
    async with place.http.post(f"{place.address}/_refunds", json=asked) as answer:
        assert answer.status == 200


async def held(place: Street) -> list[dict[str, Any]]:
    async with place.http.get(f"{place.address}/_trades") as answer:
        return list((await answer.json())[NUMBER]["refunds"])


@querying
def test_money_goes_back_once_however_often_it_is_asked_for(code: str) -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        assert await query(place, ask) == "absent"
        said = await refund(place, ask)
        assert isinstance(said, RefundReading)
        own = {"wechatpay": "503", "stripe": "re_"}.get(code, OURS)
        assert (said.status, said.amount_fen) == ("confirmed", 1990)
        assert said.refund_no.startswith(own)
        again = await refund(place, ask)
        assert isinstance(again, RefundReading)
        assert again.status in ("confirmed", "processing")
        assert await query(place, ask) == "confirmed"
        [one] = await held(place)
        # Stripe repeats its first answer under the same key and looks no further.
        assert (one["state"], one["sends"]) == ("done", 1 if code == "stripe" else 2)
        readings = await place.shop.wait_for(2)
        assert readings[-1].status == "refunded"
        assert readings[-1].out_number == NUMBER

    on(code, scene)


@querying
def test_another_amount_under_our_number_is_for_a_person(code: str) -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        await refund(place, replace(ask, amount_fen=100))
        said = await refund(place, ask)
        assert isinstance(said, Trouble)
        assert said.kind == "person"

    on(code, scene)


@querying
@pytest.mark.parametrize(
    ("play", "first", "later"),
    [
        ("silent", "unknown", ["confirmed"]),
        ("lost", "unknown", ["absent"]),
        ("refuse", "failed", []),
        ("deny", "failed", ["confirmed"]),
    ],
)
def test_what_goes_wrong_is_read_as_what_it_is(
    code: str, play: str, first: str, later: list[str]
) -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        await plays(place, play)
        said = await refund(place, ask)
        assert (said.status if isinstance(said, RefundReading) else said.kind) == first
        assert [await query(place, ask) for _ in later] == later

    on(code, scene)


def test_what_is_underway_is_done_later_or_refused_later() -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        await plays(place, "later", "slow_no", "flicker")
        parts = [replace(ask, number=f"{n:032x}", amount_fen=600) for n in range(3)]
        for part in parts:
            said = await refund(place, part)
            assert isinstance(said, RefundReading)
            assert said.status == "processing"
        ends = [[await query(place, part) for _ in range(2)] for part in parts]
        assert ends == [
            ["processing", "confirmed"], ["processing", "failed"], ["absent", "confirmed"],
        ]  # fmt: skip

    on("sandbox", scene)


def test_parts_are_given_back_until_nothing_is_left() -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        for number, fen, expected in ((1, 1000, "confirmed"), (2, 990, "confirmed"),
                                      (3, 1, "failed")):  # fmt: skip
            said = await refund(place, replace(ask, number=f"{number:032x}", amount_fen=fen))
            assert isinstance(said, RefundReading)
            assert said.status == expected

    on("alipay", scene)


@pytest.mark.parametrize(
    ("play", "expected"),
    [("do", "confirmed"), ("refuse", "failed"), ("silent", "unknown"), ("broken", "unknown")],
)
def test_a_gateway_of_epay_gives_back_without_a_number(play: str, expected: str) -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        await plays(place, play)
        said = await refund(place, ask)
        assert (said.status if isinstance(said, RefundReading) else said.kind) == expected
        with pytest.raises(NotOffered):
            place.adapter.refund_query(ask=ask, now=wall())

    on("epay", scene, refunds="parts")


def test_a_gateway_gives_back_what_it_is_configured_for() -> None:
    async def scene(place: Street, ask: RefundAsk) -> None:
        assert not place.adapter.capability.refunds
        with pytest.raises(NotOffered):
            place.adapter.refund(ask=ask, now=wall())

    on("epay", scene)
