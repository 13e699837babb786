"""The channel's side of refunds: does each number once, and remembers what it has done.

Runs in a thread of its own, signed like the notices; whatever else is asked of it is not here.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from aiohttp import web

from daoda.proving.drills.place import HOST, free_port
from daoda.proving.drills.sale import CHANNEL
from daoda.proving.simulators.courier import wall_clock
from daoda.proving.simulators.sandbox import Refused, SandboxVendor

_SIGNED = ("timestamp", "nonce", "signature")
_SAID = ("payment", "amount_fen", "currency")


class Gateway:
    """``done`` is the fen given back under each of the shop's numbers.

    ``again`` counts the numbers sent more than once, ``otherwise`` those sent for another sum.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.again = 0
        self.otherwise = 0
        self._done: dict[str, dict[str, Any]] = {}
        self._vendor = SandboxVendor(CHANNEL)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._listening = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def done(self) -> dict[str, int]:
        return {number: said["amount_fen"] for number, said in self._done.copy().items()}

    def start(self) -> None:
        self._thread.start()
        self._listening.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_post("/refund", self._refund)
        app.router.add_post("/refund_query", self._query)
        runner = web.AppRunner(app, access_log=None)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, HOST, self.port).start())
        self._listening.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _refund(self, request: web.Request) -> web.Response:
        asked = await self._opened(request)
        said = {name: asked[name] for name in _SAID}
        number = str(asked["number"])
        self.again += number in self._done
        self.otherwise += self._done.setdefault(number, said) != said
        return self._answer("refund", number)

    async def _query(self, request: web.Request) -> web.Response:
        asked = await self._opened(request)
        return self._answer("refund_query", str(asked["number"]))

    async def _opened(self, request: web.Request) -> dict[str, Any]:
        parts = {name: request.headers.get(f"sandbox-{name}", "") for name in _SIGNED}
        try:
            return self._vendor.opened(parts, await request.read(), wall_clock())
        except Refused:
            raise web.HTTPUnauthorized from None

    def _answer(self, about: str, number: str) -> web.Response:
        done = self._done.get(number)
        body = {
            "kind": "answer", "about": about, "merchant": CHANNEL["merchant"], "number": number,
            "status": "done" if done else "absent",
            **({**done, "done_at": wall_clock().isoformat()} if done else {}),
        }  # fmt: skip
        headers, raw = self._vendor.seal(body, wall_clock())
        return web.Response(body=raw, headers=headers)
