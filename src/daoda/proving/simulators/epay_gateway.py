"""An epay V1 gateway, played: submit.php, mapi.php, api.php and notices by GET.

Run it: ``python -m daoda.proving.simulators.epay_gateway --port 8012 --keys FILE``. Real gateways
differ in how often they repeat a notice; this one does so five times within about three hours,
until the answer is the bare ``success``. It cannot close a trade, and never says that one is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from daoda.kit.http import Call
from daoda.kit.money import NotMoney, parse_yuan, yuan
from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.courier import Options
from daoda.proving.simulators.playing import PLAYS
from daoda.proving.simulators.refunds import break_off
from daoda.proving.simulators.running import Keys, run
from daoda.proving.simulators.trades import Event, OtherTrade, Trade

REPEATS_S = (60, 180, 1200, 3600, 7200)
BEIJING = timezone(timedelta(hours=8))


class Refused(Exception):
    """A request that is not the merchant's."""


class EpayVendor:
    """Shares one MD5 key with one merchant."""

    name = "易支付（模拟） epay, simulated"
    retry_s: tuple[float, ...] = REPEATS_S
    plays = tuple(play for play in PLAYS if play not in {"probe", "currency"})
    tells_closing = False

    def __init__(self, channel: Mapping[str, str]) -> None:
        self.pid, self.key = channel["pid"], channel["key"]

    def notice(self, trade: Trade, event: Event, now: datetime) -> Call:
        payment = event.payment
        fields = {
            "pid": "9999" if event.flaw == "merchant" else self.pid,
            "trade_no": payment.trade_no if payment else "",
            "out_trade_no": "f" * 32 if event.flaw == "number" else trade.number,
            "type": trade.kind,
            "name": trade.subject,
            "money": yuan(payment.amount_fen if payment else trade.amount_fen),
            "trade_status": "TRADE_SUCCESS",
        }
        fields["sign"] = self.sign(fields)
        fields["sign_type"] = "MD5"
        if event.flaw == "forged":
            fields["money"] += "0"
        glue = "&" if "?" in trade.notify_url else "?"
        return Call("GET", f"{trade.notify_url}{glue}{urlencode(fields)}")

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def sign(self, fields: Mapping[str, str]) -> str:
        text = ""
        for name in sorted(fields):
            if name not in ("sign", "sign_type") and fields[name] != "":
                text += f"&{name}={fields[name]}"
        return hashlib.md5((text[1:] + self.key).encode(), usedforsecurity=False).hexdigest()


class Scripts:
    """The three PHP scripts a V1 gateway consists of."""

    def __init__(self, vendor: EpayVendor, counter: Counter) -> None:
        self._vendor, self._counter = vendor, counter

    async def submit(self, request: web.Request) -> web.Response:
        try:
            trade = self._open(await _fields(request))
        except (Refused, OtherTrade, KeyError, NotMoney) as problem:
            return self._counter.trouble(str(problem))
        raise web.HTTPSeeOther(f"/trade/{trade.number}")

    async def mapi(self, request: web.Request) -> web.Response:
        try:
            trade = self._open(await _fields(request))
        except (Refused, OtherTrade, KeyError, NotMoney) as problem:
            return web.json_response({"code": -1, "msg": str(problem)})
        page = str(request.url.origin().with_path(f"/trade/{trade.number}"))
        trade_no = _trade_no(trade)
        return web.json_response(
            {"code": 1, "msg": "success", "trade_no": trade_no, "payurl": page, "qrcode": page}
        )

    async def api(self, request: web.Request) -> web.Response:
        """``act=order`` and ``act=refund``; numbers as PHP writes them, the amount as text."""
        asked = await _fields(request)
        if asked.get("act") not in ("order", "refund"):
            return web.json_response({"code": -5, "msg": "No Act!"})
        if asked.get("pid") != self._vendor.pid:
            return web.json_response({"code": -3, "msg": "商户ID不存在"})
        if not hmac.compare_digest(asked.get("key", "").encode(), self._vendor.key.encode()):
            return web.json_response({"code": -3, "msg": "商户密钥错误"})
        trade = self._counter.book.trades.get(asked.get("out_trade_no", ""))
        if trade is None:
            return web.json_response({"code": -1, "msg": "订单号不存在"})
        if asked["act"] == "refund":
            return self._refund(request, trade, asked.get("money", ""))
        return web.json_response(self._order(trade))

    def _refund(self, request: web.Request, trade: Trade, money: str) -> web.Response:
        """It bears no number of the merchant: every one that arrives moves money."""
        number = f"{trade.number}-{len(trade.refunds)}"
        if not trade.payments:
            return web.json_response({"code": -1, "msg": "订单未支付"})
        try:
            outcome = self._counter.refund(trade, number, parse_yuan(money))
        except NotMoney:
            return web.json_response({"code": -1, "msg": "金额错误"})
        if outcome.way == "lost":
            return break_off(request)
        if outcome.way == "broken":
            return web.Response(text="<br /><b>Fatal error</b>: Uncaught PDOException")
        if outcome.refund is None or outcome.denied or outcome.refund.state == "failed":
            return web.json_response({"code": -1, "msg": "商户余额不足"})
        return web.json_response({"code": 1, "msg": f"退款成功！退款金额¥{money}"})

    def _order(self, trade: Trade) -> dict[str, Any]:
        payment = trade.payments[0] if trade.payments else None
        return {
            "code": 1,
            "msg": "查询订单号成功！",
            "trade_no": payment.trade_no if payment else _trade_no(trade),
            "out_trade_no": trade.number,
            "type": trade.kind,
            "pid": self._vendor.pid,
            "addtime": _local(trade.opened_at),
            "endtime": _local(payment.paid_at) if payment else None,
            "name": trade.subject,
            "money": yuan(payment.amount_fen if payment else trade.amount_fen),
            "status": 1 if payment else 0,
            "buyer": payment.payer if payment else None,
        }

    def _open(self, fields: Mapping[str, str]) -> Trade:
        """Raises Refused, OtherTrade, KeyError, NotMoney."""
        if fields.get("pid") != self._vendor.pid:
            raise Refused("商户ID不存在")
        made = self._vendor.sign(fields)
        if not hmac.compare_digest(made.encode(), fields.get("sign", "").encode()):
            raise Refused("签名校验失败")
        now = self._counter.options.clock()
        return self._counter.book.open(
            Trade(
                number=fields["out_trade_no"],
                amount_fen=parse_yuan(fields["money"]),
                currency="CNY",
                subject=fields["name"],
                notify_url=fields["notify_url"],
                return_url=fields.get("return_url", ""),
                opened_at=now.isoformat(timespec="seconds"),
                kind=fields.get("type", "alipay"),
            )
        )


async def _fields(request: web.Request) -> dict[str, str]:
    sent = {name: str(value) for name, value in request.query.items()}
    return sent | {name: str(value) for name, value in (await request.post()).items()}


def _trade_no(trade: Trade) -> str:
    return trade.next_trade_no(datetime.fromisoformat(trade.opened_at))


def _local(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def new_keys() -> Keys:
    """``channel`` is what the shop's channel is configured with."""
    return {"channel": {"pid": "1001", "key": secrets.token_hex(16), "gateway": ""}}


def make_app(keys: Keys, options: Options | None = None) -> web.Application:
    vendor = EpayVendor(keys["channel"])
    counter = Counter(vendor, options or Options())
    app, scripts = counter.app(), Scripts(vendor, counter)
    app.router.add_route("*", "/submit.php", scripts.submit)
    app.router.add_post("/mapi.php", scripts.mapi)
    app.router.add_route("*", "/api.php", scripts.api)
    return app


if __name__ == "__main__":
    run("epay", new_keys=new_keys, gateway_path="", make_app=make_app)
