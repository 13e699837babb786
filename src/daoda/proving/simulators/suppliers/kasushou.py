"""The dialect of 卡速售 v2, from the side of the selling site.

Cards stand outside the signature of its notices, and the answer to an order never has any.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from daoda.kit.http import Call
from daoda.proving.simulators.suppliers.desk import Refused
from daoda.proving.simulators.suppliers.warehouse import Asking, Sale, Warehouse

STATES = {"processing": 2, "done": 3, "failed": 4, "refunded": 5}


class KasushouDialect:
    """Signs and reads as the selling site."""

    create_path = "/api/v1/order/buy"
    query_path = "/api/v1/order/info"
    balance_path = "/api/v1/user/info"

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._user, self._key = keys["user_id"], keys["key"]

    @staticmethod
    def new_keys() -> dict[str, str]:
        return {"user_id": "10042", "key": secrets.token_hex(16)}

    def asked(self, request: web.Request, raw: bytes) -> Asking:
        body = self._opened(request, raw)
        return Asking(
            number=str(body["external_orderno"]),
            goods=str(body["id"]),
            quantity=int(body["quantity"]),
            notify_url=str(body.get("url", "")),
            guard_fen=round(float(body["safe_price"]) * 100) if "safe_price" in body else None,
            fields=dict(body.get("attach", {})),
        )

    def asked_about(self, request: web.Request, raw: bytes, warehouse: Warehouse) -> Sale | None:
        return warehouse.known(str(self._opened(request, raw)["external_orderno"]))

    def taken(self, sale: Sale, now: datetime) -> web.Response:
        data = {
            "ordersn": f"KS{sale.id}",
            "external_orderno": sale.number,
            "total_price": f"{sale.cost_fen / 100:.2f}",
        }
        return web.json_response({"code": 200, "msg": "下单成功", "data": data})

    def refused(self, asking: Asking, reason: str) -> web.Response:
        return web.json_response({"code": 400, "msg": reason, "data": None})

    def standing(self, sale: Sale | None, now: datetime) -> web.Response:
        found = [] if sale is None else [self._told(sale, sale.state(now))]
        return web.json_response({"code": 200, "msg": "ok", "data": found})

    def balance(self, fen: int) -> web.Response:
        return web.json_response(
            {"code": 200, "msg": "ok", "data": {"balance": f"{fen / 100:.2f}"}}
        )

    def notice(self, sale: Sale, state: str, now: datetime, *, forged: bool) -> Call:
        body = self._told(sale, state) | {"time": str(int(now.timestamp()))}
        cards = body.pop("card_list")
        text = json.dumps(
            dict(sorted(body.items())), ensure_ascii=False, separators=(",", ":")
        ).replace("/", "\\/")
        sign = hashlib.sha1(
            f"{body['time']}{text}{self._key}".encode(), usedforsecurity=False
        ).hexdigest()
        whole = body | {"sign": "0" * 40 if forged else sign, "card_list": cards}
        headers = {"content-type": "application/json"}
        return Call("POST", sale.notify_url, headers, json.dumps(whole).encode())

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body.strip() == b"ok"

    def _told(self, sale: Sale, state: str) -> dict[str, Any]:
        back = sale.cost_fen if state in ("failed", "refunded") else 0
        return {
            "ordersn": f"KS{sale.id}",
            "external_orderno": sale.number,
            "status": STATES[state],
            "quantity": sale.quantity,
            "total_price": f"{sale.cost_fen / 100:.2f}",
            "has_back_money": f"{back / 100:.2f}",
            "recharge_hints": "",
            "card_list": [
                {"card_no": card, "card_password": "", "end_time": ""} for card in sale.cards
            ]
            if state == "done"
            else [],
        }

    def _opened(self, request: web.Request, raw: bytes) -> dict[str, Any]:
        moment = request.headers.get("Timestamp", "")
        text = f"{moment}{raw.decode()}{self._key}".encode()
        made = hashlib.sha1(text, usedforsecurity=False).hexdigest()
        if request.headers.get("UserId") != self._user or request.headers.get("Sign") != made:
            raise Refused("the signature is wrong")
        body: dict[str, Any] = json.loads(raw)
        return body
