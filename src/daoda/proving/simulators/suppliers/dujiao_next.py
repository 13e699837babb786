"""The dialect of Dujiao-Next's site API 1.0, from the side of the selling site."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from daoda.kit.http import Call
from daoda.proving.simulators.suppliers.desk import Refused
from daoda.proving.simulators.suppliers.warehouse import Asking, Sale, Warehouse

STATES = {
    "processing": "fulfilling", "done": "delivered", "failed": "canceled", "refunded": "refunded",
}  # fmt: skip
ERRORS = {
    "balance": (402, "insufficient_balance"),
    "stock": (409, "insufficient_stock"),
    "price": (400, "sku_unavailable"),
}


class DujiaoNextDialect:
    """Signs and reads as the selling site."""

    create_path = "/api/v1/upstream/orders"
    query_path = "/api/v1/upstream/orders/{id}"
    balance_path = "/api/v1/upstream/ping"

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._key, self._secret = keys["api_key"], keys["api_secret"]

    @staticmethod
    def new_keys() -> dict[str, str]:
        return {"api_key": secrets.token_hex(8), "api_secret": secrets.token_hex(24)}

    def asked(self, request: web.Request, raw: bytes) -> Asking:
        self._check(request, raw)
        body = json.loads(raw)
        return Asking(
            number=str(body["downstream_order_no"]),
            goods=str(body["sku_id"]),
            quantity=int(body["quantity"]),
            notify_url=str(body.get("callback_url", "")),
            fields=dict(body.get("manual_form_data", {})),
        )

    def asked_about(self, request: web.Request, raw: bytes, warehouse: Warehouse) -> Sale | None:
        self._check(request, raw)
        return warehouse.by_id(int(request.match_info["id"]))

    def taken(self, sale: Sale, now: datetime) -> web.Response:
        state = sale.state(now)
        status = "paid" if state == "processing" else STATES[state]
        return web.json_response(self._told(sale, status, now) | {"ok": True})

    def refused(self, asking: Asking, reason: str) -> web.Response:
        status, code = ERRORS.get(reason, (400, "bad_request"))
        return web.json_response(
            {"ok": False, "error_code": code, "error_message": reason}, status=status
        )

    def standing(self, sale: Sale | None, now: datetime) -> web.Response:
        if sale is None:
            return web.json_response({"ok": False, "error_code": "order_not_found"}, status=404)
        return web.json_response(self._told(sale, STATES[sale.state(now)], now) | {"ok": True})

    def balance(self, fen: int) -> web.Response:
        return web.json_response(
            {"ok": True, "balance": f"{fen / 100:.2f}", "currency": "CNY", "site_name": "played"}
        )

    def notice(self, sale: Sale, state: str, now: datetime, *, forged: bool) -> Call:
        body = json.dumps(
            {
                "event": "order.status_changed",
                "order_id": sale.id,
                "downstream_order_no": sale.number,
                "status": STATES[state],
                "timestamp": int(now.timestamp()),
            }
        ).encode()
        second = str(int(now.timestamp()))
        path = "/api/v1/upstream/callback"
        signature = "0" * 64 if forged else self._sign("POST", path, second, body)
        headers = {
            "content-type": "application/json",
            "Dujiao-Next-Api-Key": self._key,
            "Dujiao-Next-Timestamp": second,
            "Dujiao-Next-Signature": signature,
        }
        return Call("POST", sale.notify_url, headers, body)

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and b'"ok"' in body and b"true" in body

    def _told(self, sale: Sale, status: str, now: datetime) -> dict[str, Any]:
        told: dict[str, Any] = {
            "order_id": sale.id,
            "order_no": f"DJ{sale.id}",
            "downstream_order_no": sale.number,
            "status": status,
            "amount": f"{sale.cost_fen / 100:.2f}",
            "currency": "CNY",
        }
        if status == "delivered":
            told["fulfillment"] = {
                "type": "auto" if sale.cards else "manual",
                "status": "delivered",
                "payload": "\n".join(sale.cards),
                "delivered_at": now.isoformat(),
            }
        return told

    def _check(self, request: web.Request, raw: bytes) -> None:
        second = request.headers.get("Dujiao-Next-Timestamp", "")
        given = request.headers.get("Dujiao-Next-Signature", "")
        made = self._sign(request.method, request.path, second, raw)
        if request.headers.get("Dujiao-Next-Api-Key") != self._key or given != made:
            raise Refused("the signature is wrong")

    def _sign(self, method: str, path: str, second: str, body: bytes) -> str:
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        text = "\n".join([method, path, second, digest]).encode()
        return hmac.new(self._secret.encode(), text, hashlib.sha256).hexdigest()
