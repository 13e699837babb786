"""The simulated channel "sandbox": JSON signed by HMAC, notices, queries, closing, refunds.

Run it: ``python -m daoda.proving.simulators.sandbox --port 8010``. The merchant's page arrives at
``/pay`` signed; ``/query``, ``/close``, ``/refund`` and ``/refund_query``
answer signed. A notice wants ``{"accepted":true}`` with
status 200 and is repeated for a day otherwise, on the schedule of a large real channel.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from daoda.kit.http import Call
from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.courier import Options
from daoda.proving.simulators.playing import PLAYS
from daoda.proving.simulators.refunds import OtherAmount, break_off
from daoda.proving.simulators.running import Keys, run
from daoda.proving.simulators.trades import Event, OtherTrade, Payment, Refund, Trade

AGE_S_MAX = 300
DAY_OF_REPEATS_S = (
    15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600
)  # fmt: skip


class Refused(Exception):
    """A request that is not the merchant's."""


class SandboxVendor:
    """Signs as the channel, for one merchant whose key both sides share."""

    name = "沙箱 Sandbox"
    retry_s: tuple[float, ...] = DAY_OF_REPEATS_S
    plays = tuple(PLAYS)
    tells_closing = True

    def __init__(self, channel: Mapping[str, str]) -> None:
        self.merchant, self._key = channel["merchant"], channel["key"]

    def notice(self, trade: Trade, event: Event, now: datetime) -> Call:
        body: dict[str, Any] = {
            "kind": "notice",
            "event": event.id,
            "merchant": "someone-else" if event.flaw == "merchant" else self.merchant,
            "number": "f" * 32 if event.flaw == "number" else trade.number,
            "status": event.says if event.says != "closed" else trade.state,
            **_money(event.payment),
        }
        headers, sealed = self.seal(body, now)
        if event.flaw == "forged":
            sealed = sealed.replace(b'"status":"paid"', b'"status": "paid"')
        if event.flaw == "probe":
            headers["sandbox-signature"] = "probe-" + headers["sandbox-signature"]
        return Call("POST", trade.notify_url, headers, sealed)

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b'{"accepted":true}'

    def seal(self, body: Mapping[str, Any], now: datetime) -> tuple[dict[str, str], bytes]:
        """Headers and bytes of a signed message."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(12)
        return {
            "content-type": "application/json",
            "sandbox-timestamp": timestamp,
            "sandbox-nonce": nonce,
            "sandbox-signature": self._signature(timestamp, nonce, raw),
        }, raw

    def opened(self, parts: Mapping[str, str], raw: bytes, now: datetime) -> dict[str, Any]:
        """The message of the merchant, if it is one and fresh. Raises Refused."""
        timestamp, nonce = parts.get("timestamp", ""), parts.get("nonce", "")
        made = self._signature(timestamp, nonce, raw)
        if not hmac.compare_digest(made.encode(), parts.get("signature", "").encode()):
            raise Refused("the signature is wrong")
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > AGE_S_MAX:
            raise Refused("the message is too old")
        body = json.loads(raw)
        if not isinstance(body, dict) or body.get("merchant") != self.merchant:
            raise Refused("the merchant is unknown")
        return body

    def _signature(self, timestamp: str, nonce: str, raw: bytes) -> str:
        message = b".".join([timestamp.encode(), nonce.encode(), raw])
        return hmac.new(self._key.encode(), message, hashlib.sha256).hexdigest()


def _money(payment: Payment | None) -> dict[str, Any]:
    if payment is None:
        return {}
    return {
        "trade_no": payment.trade_no,
        "amount_fen": payment.amount_fen,
        "currency": payment.currency,
        "paid_at": payment.paid_at,
        "payer": payment.payer,
    }


class Desk:
    """The routes the merchant's server and the buyer's browser arrive at."""

    def __init__(self, vendor: SandboxVendor, counter: Counter) -> None:
        self._vendor, self._counter = vendor, counter

    async def pay(self, request: web.Request) -> web.Response:
        order = request.query.get("order", "").encode()
        try:
            body = self._vendor.opened(request.query, order, self._counter.options.clock())
            trade = self._counter.book.open(_trade(body, self._counter.options.clock()))
        except (Refused, OtherTrade, KeyError, ValueError) as problem:
            return self._counter.trouble(str(problem))
        raise web.HTTPSeeOther(f"/trade/{trade.number}")

    async def query(self, request: web.Request) -> web.Response:
        return await self._answer(request, "query")

    async def close(self, request: web.Request) -> web.Response:
        return await self._answer(request, "close")

    async def refund(self, request: web.Request) -> web.Response:
        """Money back: one number moves it once, whatever becomes of the answer."""
        asked = await self._opened(request, "refund")
        if asked is None:
            return web.Response(status=401)
        number = str(asked["number"])
        trade = self._counter.book.trades.get(str(asked.get("payment")))
        if trade is None or not trade.payments:
            return self._say("refund", number, trade, None)
        try:
            outcome = self._counter.refund(trade, number, int(asked["amount_fen"]))
        except OtherAmount:
            other = Refund(number=number, amount_fen=0, at="", state="failed")
            return self._say("refund", number, trade, other)
        if outcome.refund is not None:
            self._counter.tell_refund(trade, outcome.refund)
        if outcome.way == "lost":
            return break_off(request)
        if outcome.way == "broken":
            return web.Response(status=502, text="<html>bad gateway</html>")
        return self._say("refund", number, trade, outcome.refund, denied=outcome.denied)

    async def refund_query(self, request: web.Request) -> web.Response:
        asked = await self._opened(request, "refund_query")
        if asked is None:
            return web.Response(status=401)
        number = str(asked["number"])
        for trade in self._counter.book.trades.values():
            if any(one.number == number for one in trade.refunds):
                found = self._counter.asked_refund(trade, number)
                if found is not None:
                    self._counter.tell_refund(trade, found)
                return self._say("refund_query", number, trade, found)
        return self._say("refund_query", number, None, None)

    def _say(
        self, about: str, number: str, trade: Trade | None, found: Refund | None,
        *, denied: bool = False,
    ) -> web.Response:  # fmt: skip
        body: dict[str, Any] = {
            "kind": "answer",
            "about": about,
            "merchant": self._vendor.merchant,
            "number": number,
            "status": "absent",
        }
        if found is not None and trade is not None:
            state = "failed" if denied else found.state
            body |= {
                "status": state,
                "payment": trade.number,
                "amount_fen": found.amount_fen,
                "currency": trade.payments[0].currency,
                "why": "the balance does not suffice" if state == "failed" else "",
                "done_at": found.at if state == "done" else None,
            }
        headers, sealed = self._vendor.seal(body, self._counter.options.clock())
        return web.Response(body=sealed, headers=headers)

    async def _opened(self, request: web.Request, about: str) -> dict[str, Any] | None:
        """The merchant's message of this kind, if it is one."""
        raw, now = await request.read(), self._counter.options.clock()
        try:
            asked = self._vendor.opened(_signed_parts(request), raw, now)
        except (Refused, KeyError, ValueError):
            return None
        return asked if asked.get("kind") == about and "number" in asked else None

    async def _answer(self, request: web.Request, about: str) -> web.Response:
        asked = await self._opened(request, about)
        if asked is None:
            return web.Response(status=401)
        number = str(asked["number"])
        trade = self._counter.book.trades.get(number)
        if about == "close" and trade and trade.state == "open":
            trade.state = "closed"
            self._counter.book.save()
        now = self._counter.options.clock()
        headers, sealed = self._vendor.seal(self._state(about, number, trade), now)
        return web.Response(body=sealed, headers=headers)

    def _state(self, about: str, number: str, trade: Trade | None) -> dict[str, Any]:
        return {
            "kind": "answer",
            "about": about,
            "merchant": self._vendor.merchant,
            "number": number,
            "status": trade.state if trade else "absent",
            **_money(trade.payments[0] if trade and trade.payments else None),
        }


def _signed_parts(request: web.Request) -> dict[str, str]:
    return {
        name: request.headers.get(f"sandbox-{name}", "")
        for name in ("timestamp", "nonce", "signature")
    }


def _trade(body: Mapping[str, Any], now: datetime) -> Trade:
    if body.get("kind") != "start":
        raise Refused("the message does not start a payment")
    return Trade(
        number=str(body["number"]),
        amount_fen=int(body["amount_fen"]),
        currency=str(body["currency"]),
        subject=str(body["subject"]),
        notify_url=str(body["notify_url"]),
        return_url=str(body["return_url"]),
        opened_at=now.isoformat(timespec="seconds"),
        expires_at=datetime.fromisoformat(str(body["expires_at"])).astimezone(UTC).isoformat(),
    )


def new_keys() -> Keys:
    """``channel`` is what the shop's channel is configured with."""
    return {"channel": {"merchant": "demo", "key": secrets.token_hex(32), "gateway": ""}}


def make_app(keys: Keys, options: Options | None = None) -> web.Application:
    vendor = SandboxVendor(keys["channel"])
    counter = Counter(vendor, options or Options())
    desk, app = Desk(vendor, counter), counter.app()
    app.router.add_get("/pay", desk.pay)
    app.router.add_post("/query", desk.query)
    app.router.add_post("/close", desk.close)
    app.router.add_post("/refund", desk.refund)
    app.router.add_post("/refund_query", desk.refund_query)
    return app


if __name__ == "__main__":
    run("sandbox", new_keys=new_keys, gateway_path="", make_app=make_app)
