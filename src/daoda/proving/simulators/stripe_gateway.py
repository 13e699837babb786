"""Stripe, played: Checkout Sessions, signed webhooks, refunds, and its idempotency rules.

Run it: ``python -m daoda.proving.simulators.stripe_gateway --port 8014 --keys FILE``. A webhook
goes where the account says and not where a payment wants it: ``POST /_webhook`` with ``{"url"}``
says where. It is repeated for three days, ever more seldom, until the answer is a 2xx. Under an
Idempotency-Key the first answer is kept and repeated, errors of Stripe's own included; the same
key with other parameters is refused.
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
from daoda.proving.simulators import stripe_refunds
from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.courier import Options
from daoda.proving.simulators.playing import PLAYS
from daoda.proving.simulators.refunds import break_off, told_of
from daoda.proving.simulators.running import Keys, run
from daoda.proving.simulators.stripe_refunds import Refused
from daoda.proving.simulators.trades import Event, OtherTrade, Payment, Trade

REPEATS_S = (300, 1800, 7200, 18000, 36000, 43200, 43200, 43200, 43200)
SESSION_S_MIN, SESSION_S_MAX = 1800, 86400
ITEM = "line_items[0]"
_STATES = {"open": "open", "paid": "complete", "closed": "expired", "refused": "expired"}


class StripeVendor:
    """One account in test mode: its secret key and its webhook endpoint."""

    name = "Stripe（模拟） Stripe, simulated"
    retry_s: tuple[float, ...] = REPEATS_S
    plays = tuple(play for play in PLAYS if play != "probe")
    tells_closing = True

    def __init__(self, channel: Mapping[str, str]) -> None:
        self.secret_key, self._webhook_secret = channel["secret_key"], channel["webhook_secret"]
        self.webhook_url = ""

    def notice(self, trade: Trade, event: Event, now: datetime) -> Call:
        kind, thing = self._told(trade, event, now)
        if event.flaw == "number":
            thing["client_reference_id"] = "f" * 32
        made_at = event.payment.paid_at if event.payment else trade.opened_at
        body = json.dumps(
            {
                "id": f"evt_{event.id}",
                "object": "event",
                "api_version": "2026-01-28",
                "created": int(datetime.fromisoformat(made_at).timestamp()),
                "livemode": event.flaw == "merchant",
                "type": kind,
                "data": {"object": thing},
            },
            indent=2,
        ).encode()
        timestamp = str(int(now.timestamp()))
        made = self._signature(timestamp, body)
        if event.flaw == "forged":
            body = body.replace(b"  ", b" ", 1)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={timestamp},v1={made},v0={'0' * 64}",
        }
        return Call("POST", trade.notify_url, headers, body)

    def _told(self, trade: Trade, event: Event, now: datetime) -> tuple[str, dict[str, Any]]:
        if event.says == "refunded":
            return "refund.updated", stripe_refunds.told(trade, told_of(trade, event.id, now))
        if event.says == "closed":
            return "checkout.session.expired", session(trade, None)
        return "checkout.session.completed", session(trade, event.payment)

    def _signature(self, timestamp: str, body: bytes) -> str:
        text = timestamp.encode() + b"." + body
        return hmac.new(self._webhook_secret.encode(), text, hashlib.sha256).hexdigest()

    def accepted(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300


class Api:
    """``/v1/...``: what the merchant's server calls."""

    def __init__(self, vendor: StripeVendor, counter: Counter) -> None:
        self._vendor, self._counter = vendor, counter
        self._kept: dict[str, tuple[str, bytes, web.Response]] = {}

    async def webhook(self, request: web.Request) -> web.Response:
        asked: Any = await request.json()
        self._vendor.webhook_url = str(asked["url"])
        return web.json_response({"url": self._vendor.webhook_url})

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._vendor.secret_key}".encode()):
            return _refusal(Refused(401, "invalid_request_error", "invalid_api_key"))
        key = request.headers.get("Idempotency-Key", "")
        known = self._kept.get(key)
        if known is not None:
            same = known[:2] == (request.path, body)
            if not same:
                return _refusal(Refused(400, "idempotency_error", "idempotency_key_in_use"))
            return web.Response(status=known[2].status, body=known[2].body, headers=_JSON)
        answer, began = await self._answer(request)
        if answer is None:
            return break_off(request)
        if key and began:
            self._kept[key] = (request.path, body, answer)
        return answer

    async def _answer(self, request: web.Request) -> tuple[web.Response | None, bool]:
        """The answer (None for silence), and whether execution had begun."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            told = self._told(request, form)
        except OtherTrade:
            return _refusal(Refused(400, "invalid_request_error", "other_terms")), False
        except Refused as problem:
            return _refusal(problem), problem.status >= 500
        if told is None:
            return None, False
        return web.Response(body=json.dumps(told).encode(), headers=_JSON), True

    def _told(self, request: web.Request, form: Mapping[str, str]) -> dict[str, Any] | None:
        """Raises Refused, OtherTrade."""
        match [request.method, *request.path.removeprefix("/v1/").split("/")]:
            case ["POST", "checkout", "sessions"]:
                return self._create(request, form)
            case ["GET", "checkout", "sessions", session_id]:
                trade = self._trade(session_id)
                return session(trade, trade.payments[0] if trade.payments else None)
            case ["POST", "checkout", "sessions", session_id, "expire"]:
                return self._expire(self._trade(session_id))
            case ["POST", "refunds"]:
                return stripe_refunds.refund(self._counter, form)
            case ["GET", "refunds"]:
                return stripe_refunds.listed(self._counter, request.query)
        raise Refused(404, "invalid_request_error", "url_invalid")

    def _trade(self, session_id: str) -> Trade:
        trade = self._counter.book.trades.get(session_id.removeprefix("cs_test_"))
        if trade is None:
            raise Refused(404, "invalid_request_error", "resource_missing")
        return trade

    def _create(self, request: web.Request, form: Mapping[str, str]) -> dict[str, Any]:
        now = self._counter.options.clock()
        amount, expires = form.get(f"{ITEM}[price_data][unit_amount]", ""), form.get("expires_at")
        currency = form.get(f"{ITEM}[price_data][currency]", "")
        left_s = int(expires or 0) - now.timestamp()
        if form.get("mode") != "payment" or form.get(f"{ITEM}[quantity]") != "1":
            raise Refused(400, "invalid_request_error", "parameter_missing")
        if not amount.isdecimal() or not currency.islower() or len(currency) != 3:
            raise Refused(400, "invalid_request_error", "parameter_invalid_integer")
        if not form.get(f"{ITEM}[price_data][product_data][name]") or "success_url" not in form:
            raise Refused(400, "invalid_request_error", "parameter_missing")
        if not SESSION_S_MIN <= left_s <= SESSION_S_MAX:
            raise Refused(400, "invalid_request_error", "expires_at_invalid")
        trade = self._counter.book.open(
            Trade(
                number=form.get("client_reference_id", ""),
                amount_fen=int(amount),
                currency=currency.upper(),
                subject=form[f"{ITEM}[price_data][product_data][name]"],
                notify_url=self._vendor.webhook_url,
                return_url=form["success_url"],
                opened_at=now.isoformat(timespec="seconds"),
                expires_at=datetime.fromtimestamp(int(expires or 0), UTC).isoformat(),
                kind=str(request.url.origin()),
            )
        )
        return session(trade, None)

    def _expire(self, trade: Trade) -> dict[str, Any]:
        if trade.state != "open":
            raise Refused(400, "invalid_request_error", "session_not_open")
        trade.state = "closed"
        event = Event(id=secrets.token_hex(12), says="closed")
        trade.events.append(event)
        self._counter.courier.send(trade, event)
        self._counter.book.save()
        return session(trade, None)


def session(trade: Trade, payment: Payment | None) -> dict[str, Any]:
    """A Checkout Session as Stripe tells it; its page is gone once it is not open any more."""
    opened = trade.state == "open"
    return {
        "id": f"cs_test_{trade.number}",
        "object": "checkout.session",
        "amount_total": payment.amount_fen if payment else trade.amount_fen,
        "client_reference_id": trade.number,
        "created": _epoch(trade.opened_at),
        "currency": (payment.currency if payment else trade.currency).lower(),
        "customer_details": {"email": "payer@example.com"} if payment else None,
        "expires_at": _epoch(trade.expires_at),
        "livemode": False,
        "metadata": {"number": trade.number},
        "mode": "payment",
        "payment_intent": f"pi_{payment.trade_no}" if payment else None,
        "payment_status": "paid" if payment else "unpaid",
        "status": "complete" if payment else _STATES[trade.state],
        "url": f"{trade.kind}/trade/{trade.number}" if opened else None,
    }


def _epoch(iso: str) -> int | None:
    return int(datetime.fromisoformat(iso).timestamp()) if iso else None


_JSON = {"Content-Type": "application/json"}


def _refusal(problem: Refused) -> web.Response:
    told = {"error": {"type": problem.kind, "code": problem.code, "message": problem.code}}
    return web.json_response(told, status=problem.status)


def new_keys() -> Keys:
    """``channel`` is what the shop's channel is configured with."""
    return {
        "channel": {
            "secret_key": f"sk_test_{secrets.token_hex(16)}",
            "webhook_secret": f"whsec_{secrets.token_hex(16)}",
            "gateway": "",
        }
    }


def make_app(keys: Keys, options: Options | None = None) -> web.Application:
    vendor = StripeVendor(keys["channel"])
    counter = Counter(vendor, options or Options())
    app, api = counter.app(), Api(vendor, counter)
    app.router.add_post("/_webhook", api.webhook)
    app.router.add_route("*", "/v1/{rest:.*}", api.handle)
    return app


if __name__ == "__main__":
    run("stripe", new_keys=new_keys, gateway_path="", make_app=make_app)
