"""Each simulated channel and its adapter, speaking over real sockets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from daoda.kit.http import Answer, Call
from daoda.proving.simulators.tests.world import CHANNELS, NUMBER, SESSION, Street, street, wall
from daoda.trade.payments.adapters.base import PayPage, Preparing, Reading, Start, Trouble
from daoda.trade.payments.adapters.epay import Epay

FORM = {"content-type": "application/x-www-form-urlencoded"}
every_channel = pytest.mark.parametrize("code", CHANNELS)


def on(code: str, scene: Callable[[Street], Awaitable[None]], **more: Any) -> None:
    async def act() -> None:
        async with street(code, **more) as place:
            await scene(place)

    asyncio.run(act())


@every_channel
def test_a_payment_is_told_and_found(code: str) -> None:
    async def scene(place: Street) -> None:
        before = await place.query()
        if code == "stripe":  # it is asked by its own number, and has told us none yet
            assert isinstance(before, Trouble)
        else:
            assert isinstance(before, Reading)
            assert before.status == "absent"
        page = await place.open()
        assert "19.90 CNY" in page
        assert "<b>&quot;1&quot;" not in page
        assert "&lt;b&gt;" in page
        waiting = await place.query()
        assert isinstance(waiting, Reading)
        assert waiting.status == "pending"
        after = await place.press("pay")
        assert 'data-state="paid"' in after
        [told] = await place.shop.wait_for(1)
        found = await place.query()
        assert isinstance(found, Reading)
        for reading in (told, found):
            assert (reading.verdict, reading.status) == ("genuine", "paid")
            assert (reading.out_number, reading.amount_fen) == (NUMBER, 1990)
            assert reading.currency == "CNY"
        assert told.trade_no == found.trade_no
        trade = await place.told(tries=1)
        assert trade["events"][0]["accepted"]
        assert not trade["payments"][0]["payer"].endswith(told.payer or "none")

    on(code, scene)


@every_channel
def test_a_notice_is_repeated_until_the_exact_answer(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("pay")
        readings = await place.shop.wait_for(4)
        assert len({reading.event_key for reading in readings}) == 1
        trade = await place.told(tries=4)
        assert [one["status"] for one in trade["events"][0]["tries"]] == [500, 500, 500, 200]
        await asyncio.sleep(0.1)
        assert len(place.shop.readings) == 4

    on(code, scene, deaf=3)


@every_channel
def test_repeats_end_with_the_schedule(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("forged")
        expected = {"sandbox": 16, "alipay": 8, "epay": 6, "wechatpay": 16, "stripe": 10}[code]
        trade = await place.told(tries=expected)
        await asyncio.sleep(0.1)
        assert len(place.shop.readings) == expected
        assert {reading.verdict for reading in place.shop.readings} == {"forged"}
        assert not trade["events"][0]["accepted"]
        assert trade["payments"] == []

    on(code, scene)


@every_channel
@pytest.mark.parametrize(
    ("do", "amounts"), [("twice", [1990, 1990]), ("under", [1989]), ("over", [2090])]
)
def test_odd_payments_arrive_as_they_are(code: str, do: str, amounts: list[int]) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.press(do)
        readings = await place.shop.wait_for(len(amounts))
        assert sorted(reading.amount_fen or 0 for reading in readings) == amounts
        assert len({reading.trade_no for reading in readings}) == len(amounts)
        assert len({reading.event_key for reading in readings}) == len(amounts)

    on(code, scene)


@every_channel
def test_a_lost_notice_is_found_by_query_alone(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        assert await place.play("lost") == []
        found = await place.query()
        assert isinstance(found, Reading)
        assert found.status == "paid"
        assert place.shop.readings == []

    on(code, scene)


@every_channel
def test_the_same_event_arrives_three_times(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("repeat")
        readings = await place.shop.wait_for(3)
        assert len({(one.event_key, one.trade_no) for one in readings}) == 1

    on(code, scene)


@every_channel
def test_well_signed_for_others_is_told_apart(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("merchant")
        assert (await place.shop.wait_for(1))[0].verdict == "wrong_merchant"

    on(code, scene)


@every_channel
def test_an_unknown_number_is_genuine_and_has_a_trade_of_its_own(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("number")
        [stray] = await place.shop.wait_for(1)
        assert (stray.verdict, stray.out_number) == ("genuine", "f" * 32)
        await place.play("pay")
        assert (await place.shop.wait_for(2))[1].trade_no != stray.trade_no

    on(code, scene)


@every_channel
def test_late_money_comes_after_its_time(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        assert await place.play("late", after_s=0.05) == []
        assert place.shop.readings == []
        [reading] = await place.shop.wait_for(1)
        assert (reading.status, reading.amount_fen) == ("paid", 1990)

    on(code, scene)


@pytest.mark.parametrize("code", ["sandbox", "alipay", "wechatpay", "stripe"])
def test_dollars_are_told_as_dollars(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("currency")
        found = await place.query()
        assert isinstance(found, Reading)
        assert {(await place.shop.wait_for(1))[0].currency, found.currency} == {"USD"}

    on(code, scene)


@pytest.mark.parametrize("code", ["sandbox", "alipay", "wechatpay", "stripe"])
def test_a_closed_trade_takes_no_more_money(code: str) -> None:
    async def scene(place: Street) -> None:
        nothing = await place.close()
        assert isinstance(nothing, Trouble if code == "stripe" else Reading)
        await place.open()
        closed = await place.close()
        assert isinstance(closed, Reading)
        assert closed.status == "closed"
        assert "the trade is closed" in await place.press("pay")
        found = await place.query()
        assert isinstance(found, Reading)
        assert found.status == "closed"

    on(code, scene)


def test_closing_what_is_paid_says_so() -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("pay")
        said = await place.close()
        assert isinstance(said, Reading)
        assert (said.status, said.amount_fen) == ("paid", 1990)

    async def at_others(place: Street) -> None:
        await place.open()
        await place.play("pay")
        assert isinstance(await place.close(), Trouble)

    on("sandbox", scene)
    for code in ("alipay", "wechatpay", "stripe"):
        on(code, at_others)


@pytest.mark.parametrize("code", ["sandbox", "stripe"])
def test_a_refusal_is_told(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.press("refuse")
        [reading] = await place.shop.wait_for(1)
        assert (reading.verdict, reading.status) == ("genuine", "closed")

    on(code, scene)


@pytest.mark.parametrize("code", ["sandbox", "wechatpay"])
def test_a_probe_is_recognised_and_refused(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("probe")
        assert (await place.shop.wait_for(1))[0].verdict == "probe"
        trade = await place.told(tries=1)
        assert trade["events"][0]["tries"][0]["status"] in {400, 401}

    on(code, scene)


@pytest.mark.parametrize("code", ["sandbox", "alipay", "epay"])
def test_a_page_with_changed_terms_is_refused(code: str) -> None:
    async def scene(place: Street) -> None:
        url = place.adapter.start(start=place.start(), now=wall()).url
        cheaper = url.replace("19.90", "19.80").replace("1990", "1980")
        async with place.http.get(cheaper) as response:
            assert (cheaper != url, response.status) == (True, 400)

    on(code, scene)


@every_channel
def test_a_stranger_asking_is_refused(code: str) -> None:
    async def scene(place: Street) -> None:
        await place.open()
        async with street(code) as other:
            call = other.adapter.query(number=NUMBER, now=wall(), reference=SESSION)
            url = call.url.replace(other.address, place.address)
            answer = await place.send(Call(call.method, url, call.headers, call.body))
            said = place.adapter.read_query(number=NUMBER, answer=answer, now=wall())
            assert isinstance(said, Trouble)
            assert said.kind == "person"

    on(code, scene)


def test_mapi_hands_out_a_page_that_works() -> None:
    async def scene(place: Street) -> None:
        assert isinstance(place.adapter, Epay)
        answer = await place.send(place.adapter.prepare(start=place.start(), now=wall()))
        page = place.adapter.read_prepared(start=place.start(), answer=answer, now=wall())
        assert isinstance(page, PayPage)
        assert page.qr_text
        async with place.http.get(page.url) as response:
            assert response.status == 200
        await place.play("pay")
        assert (await place.shop.wait_for(1))[0].status == "paid"

    on("epay", scene, entry="mapi")


def test_epay_gateways_may_post_their_notice_too() -> None:
    async def scene(place: Street) -> None:
        await place.open()
        await place.play("pay")
        await place.shop.wait_for(1)
        body = place.shop.notices[0].query.encode()
        answer = await place.send(Call("POST", place.notify_url, FORM, body))
        assert answer.body == b"success"
        assert place.shop.readings[0] == place.shop.readings[1]

    on("epay", scene)


def test_a_restarted_simulator_takes_up_its_repeats(tmp_path: Path) -> None:
    trades, keys = tmp_path / "trades.json", CHANNELS["sandbox"].new_keys()

    async def act() -> None:
        async with street("sandbox", keys=keys, trades=trades, deaf=99) as before:
            await before.open()
            await before.play("pay")
            first = (await before.shop.wait_for(1))[0]
        moved = re.sub(r"127\.0\.0\.1:\d+/inbound", "127.0.0.1:1/inbound", trades.read_text())
        trades.write_text(moved)
        async with street("sandbox", keys=keys, trades=trades) as after:
            found = await after.query()
            assert isinstance(found, Reading)
            assert found.trade_no == first.trade_no
            await after.told(tries=16)

    asyncio.run(act())


def test_the_driver_says_what_is_wrong() -> None:
    async def scene(place: Street) -> None:
        await place.open()
        for body in ({"number": NUMBER, "do": "dance"}, {"number": NUMBER}, [1], {"number": "x"}):
            async with place.http.post(f"{place.address}/_play", json=body) as response:
                assert response.status in {400, 404}
        assert isinstance(await place.send(Call("GET", f"{place.address}/trade/none")), Answer)

    on("epay", scene)


def test_wechat_hands_out_what_the_buyers_place_asks_for() -> None:
    async def scene(place: Street) -> None:
        native = await place.prepared(place.start())
        assert (native.url, native.qr_text) == ("", f"weixin://wxpay/bizpayurl?pr={NUMBER}")
        on_phone = await place.prepared(place.start(phone=True, number="a" * 32))
        back = "redirect_url=http%3A%2F%2F127.0.0.1%3A9%2Fo%2F7"
        assert on_phone.url == f"{place.address}/trade/{'a' * 32}?{back}"
        inside = await place.prepared(place.start(openid="oUpF8uMuAJO", number="b" * 32))
        assert inside.bridge["package"] == f"prepay_id=wx{'b' * 32}"

    on("wechatpay", scene, phone_page="yes")


@pytest.mark.parametrize("code", ["wechatpay", "stripe"])
def test_a_page_asked_for_twice_is_the_same_page_and_with_other_terms_none(code: str) -> None:
    async def scene(place: Street) -> None:
        assert isinstance(place.adapter, Preparing)
        start = place.start()
        first, again = await place.prepared(start), await place.prepared(start)
        assert first == again
        other = Start(**{**vars(start), "amount_fen": 1980})
        answer = await place.send(place.adapter.prepare(start=other, now=wall()))
        said = place.adapter.read_prepared(start=other, answer=answer, now=wall())
        assert isinstance(said, Trouble)

    on(code, scene)
