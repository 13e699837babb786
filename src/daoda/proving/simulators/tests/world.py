"""A shop that only listens, and a channel played beside it, both on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from daoda.kit.http import Answer, Call
from daoda.proving.simulators import (
    alipay_gateway,
    epay_gateway,
    sandbox,
    stripe_gateway,
    wechatpay_gateway,
)
from daoda.proving.simulators.courier import Options
from daoda.proving.simulators.running import Keys
from daoda.trade.payments.adapters import registry
from daoda.trade.payments.adapters.base import (
    ChannelAdapter,
    Notice,
    PayPage,
    Preparing,
    Reading,
    Reply,
    Start,
    Trouble,
)

NUMBER = "0193500000007000800000000000beef"
PATIENCE_S = 10.0


def wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Played:
    """One channel: its simulator and the adapter that speaks to it."""

    code: str
    make_app: Callable[[Keys, Options], web.Application]
    new_keys: Callable[[], Keys]
    path: str = ""


CHANNELS = {
    "sandbox": Played("sandbox", sandbox.make_app, sandbox.new_keys),
    "alipay": Played("alipay", alipay_gateway.make_app, alipay_gateway.new_keys, "/gateway.do"),
    "epay": Played("epay", epay_gateway.make_app, epay_gateway.new_keys),
    "wechatpay": Played("wechatpay", wechatpay_gateway.make_app, wechatpay_gateway.new_keys),
    "stripe": Played("stripe", stripe_gateway.make_app, stripe_gateway.new_keys),
}
# Stripe's own number of the page that is made for NUMBER.
SESSION = f"cs_test_{NUMBER}"


@dataclass
class Shop:
    """Hears notices, reads them with the adapter, answers as told; ``deaf`` times with an error."""

    deaf: int = 0
    adapter: ChannelAdapter | None = None
    readings: list[Reading] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def hear(self, request: web.Request) -> web.Response:
        assert self.adapter
        notice = Notice(
            method=request.method,
            headers={name.lower(): value for name, value in request.headers.items()},
            query=request.rel_url.raw_query_string,
            body=await request.read(),
        )
        reading = self.adapter.read(notice=notice, now=wall())
        async with self.heard:
            self.readings.append(reading)
            self.notices.append(notice)
            self.heard.notify_all()
        reply = self._reply(reading)
        return web.Response(
            status=reply.status, body=reply.body, headers={"content-type": reply.content_type}
        )

    def _reply(self, reading: Reading) -> Reply:
        assert self.adapter
        if self.deaf:
            self.deaf -= 1
            return Reply(500, "text/plain", b"oops")
        return self.adapter.answer(accepted=reading.verdict == "genuine")

    async def wait_for(self, count: int) -> list[Reading]:
        async with self.heard:
            enough = self.heard.wait_for(lambda: len(self.readings) >= count)
            await asyncio.wait_for(enough, PATIENCE_S)
        return self.readings


@dataclass
class Street:
    """A shop and a channel, with a browser and a server between them."""

    adapter: ChannelAdapter
    shop: Shop
    address: str
    notify_url: str
    http: aiohttp.ClientSession

    def start(self, **changed: Any) -> Start:
        terms: dict[str, Any] = {
            "number": NUMBER,
            "amount_fen": 1990,
            "currency": "CNY",
            "subject": 'VIP会员 <b>"1"</b>/月',
            "notify_url": self.notify_url,
            "return_url": "http://127.0.0.1:9/o/7",
            "client_ip": "203.0.113.9",
            "expires_at": wall() + timedelta(minutes=15),
        }
        return Start(**(terms | changed))

    async def open(self, **changed: Any) -> str:
        """The pay page as a browser gets it, at the trade's own address."""
        start = self.start(**changed)
        if self.adapter.capability.prepares:
            page = await self.prepared(start)
        else:
            page = self.adapter.start(start=start, now=wall())
        # What a native code says is for WeChat's scanner; a tester goes to the trade itself.
        url = page.url or f"{self.address}/trade/{start.number}"
        async with self.http.get(url) as response:
            assert response.status == 200, await response.text()
            assert response.url.path == f"/trade/{changed.get('number', NUMBER)}"
            return await response.text()

    async def prepared(self, start: Start) -> PayPage:
        """The page a channel makes by a call."""
        assert isinstance(self.adapter, Preparing)
        answer = await self.send(self.adapter.prepare(start=start, now=wall()))
        page = self.adapter.read_prepared(start=start, answer=answer, now=wall())
        assert isinstance(page, PayPage), page
        return page

    async def press(self, do: str) -> str:
        async with self.http.post(f"{self.address}/trade/{NUMBER}", data={"do": do}) as response:
            assert response.status == 200
            return await response.text()

    async def play(self, do: str, **more: Any) -> list[str]:
        asked = {"number": NUMBER, "do": do, **more}
        async with self.http.post(f"{self.address}/_play", json=asked) as response:
            told = await response.json()
            assert response.status == 200, told
            return list(told["events"])

    async def send(self, call: Call) -> Answer:
        async with self.http.request(
            call.method, call.url, headers=call.headers, data=call.body or None
        ) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def query(self, number: str = NUMBER) -> Reading | Trouble:
        answer = await self.send(self.adapter.query(number=number, now=wall(), reference=SESSION))
        return self.adapter.read_query(number=number, answer=answer, now=wall())

    async def close(self, number: str = NUMBER) -> Reading | Trouble:
        answer = await self.send(self.adapter.close(number=number, now=wall(), reference=SESSION))
        return self.adapter.read_close(number=number, answer=answer, now=wall())

    async def trade(self) -> dict[str, Any]:
        async with self.http.get(f"{self.address}/_trades") as response:
            found: dict[str, Any] = (await response.json())[NUMBER]
        return found

    async def told(self, *, tries: int) -> dict[str, Any]:
        """The trade once so many sendings are written down, answers included."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                trade = await self.trade()
                if sum(len(event["tries"]) for event in trade["events"]) >= tries:
                    return trade
                await asyncio.sleep(0.01)


@asynccontextmanager
async def street(
    code: str,
    *,
    deaf: int = 0,
    keys: Keys | None = None,
    trades: Path | None = None,
    **settings: str,
) -> AsyncIterator[Street]:
    """Both servers up; waits of the channel are a hundred thousand times shorter."""
    played = CHANNELS[code]
    keys = keys or played.new_keys()
    options = Options(retry_scale=0.00001, trades_path=trades)
    shop = Shop(deaf=deaf)
    listening = web.Application()
    listening.router.add_route("*", "/inbound", shop.hear)
    async with (
        TestServer(listening) as ours,
        TestServer(played.make_app(keys, options)) as theirs,
        aiohttp.ClientSession() as http,
    ):
        address = str(theirs.make_url("")).rstrip("/")
        raw = keys["channel"] | {"gateway": address + played.path} | settings
        shop.adapter = registry.adapter(code, raw)
        if code == "stripe":
            told = {"url": str(ours.make_url("/inbound"))}
            async with http.post(f"{address}/_webhook", json=told) as answer:
                assert answer.status == 200
        yield Street(shop.adapter, shop, address, str(ours.make_url("/inbound")), http)
