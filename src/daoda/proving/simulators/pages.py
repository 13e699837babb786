"""The pay page, in Chinese and English side by side: one template, filled with escaped text."""

from __future__ import annotations

from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template

from daoda.kit.money import yuan
from daoda.proving.simulators.trades import Event, Trade

# play: (Chinese, English, what will happen)
BUTTONS = {
    "pay": ("支付", "Pay", "一次付清，通知随后送达 · paid once, the notice follows"),
    "refuse": ("拒绝支付", "Refuse", "交易关闭 · the trade is closed"),
    "twice": ("付两次", "Pay twice", "两笔钱，两个流水号 · two payments, two trade numbers"),
    "under": ("少付一分", "Pay 0.01 less", "金额不足 · underpaid"),
    "over": ("多付一元", "Pay 1.00 more", "金额过多 · overpaid"),
    "late": ("过期后支付", "Pay late", "过期五秒后到账 · arrives 5 s after the expiry"),
    "lost": ("支付但丢失通知", "Lose the notice", "只有主动查询才知道 · only a query finds out"),
    "repeat": (
        "重复通知",
        "Repeat the notice",
        "同一事件三次同时送达 · one event, three times at once",
    ),
    "currency": ("错误币种", "Wrong currency", "以美元支付 · paid in dollars"),
    "forged": ("伪造通知", "Forge a notice", "签名不对，没有付款 · bad signature, no money"),
    "merchant": ("别家商户", "Another merchant", "签名正确，商户不对 · well signed, not ours"),
    "number": ("未知单号", "Unknown number", "签名正确，单号不存在 · well signed, no such number"),
    "probe": ("探测签名", "Probe", "必须拒绝的测试通知 · a notice that must be refused"),
}
_STATES = {
    "open": ("待支付", "to be paid"),
    "paid": ("已支付", "paid"),
    "closed": ("已关闭", "closed"),
    "refused": ("已拒绝", "refused"),
}
_PLAIN = ("pay", "refuse")
_BACK_AFTER_S = 3
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def pay_page(trade: Trade, *, channel: str, plays: tuple[str, ...], message: str = "") -> str:
    """The page of one trade: its terms, the buttons that still make sense, what was told."""
    zh, en = _STATES[trade.state]
    return _template("pay.html").substitute(
        channel=escape(channel),
        subject=escape(trade.subject),
        amount=f"{yuan(trade.amount_fen)} {escape(trade.currency)}",
        number=escape(trade.number),
        expires=_expires(trade.expires_at),
        state=f"{zh} · {en}",
        state_name=trade.state,
        message=f"<p class=message>{escape(message)}</p>" if message else "",
        plain=_buttons([play for play in _PLAIN if play in plays and trade.state == "open"]),
        troubles=_buttons([play for play in plays if play not in _PLAIN]),
        told="".join(_told(event) for event in trade.events) or "<li>—</li>",
        back=_back(trade),
        refresh=_refresh(trade),
    )


def _buttons(plays: list[str]) -> str:
    return "".join(
        f'<button name="do" value="{play}"><b>{BUTTONS[play][0]}</b> {BUTTONS[play][1]}'
        f"<small>{BUTTONS[play][2]}</small></button>"
        for play in plays
    )


def _told(event: Event) -> str:
    flaw = f" ({event.flaw})" if event.flaw else ""
    tries = "; ".join(f"{one.at[11:19]} → {one.status} {one.answer}" for one in event.tries)
    mark = "✓" if event.accepted else "…"
    return f"<li>{mark} {event.says}{flaw}: {escape(tries) or '—'}</li>"


def _expires(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S %Z") if text else "—"


def _back(trade: Trade) -> str:
    if not trade.return_url.startswith(("http://", "https://")):
        return ""
    return f'<a id="back" href="{escape(trade.return_url)}">返回商店 · Back to the shop</a>'


def _refresh(trade: Trade) -> str:
    if trade.state != "paid" or not _back(trade):
        return ""
    where = escape(trade.return_url)
    return f'<meta http-equiv="refresh" content="{_BACK_AFTER_S};url={where}">'


def trouble_page(*, channel: str, problem: str) -> str:
    return _template("trouble.html").substitute(channel=escape(channel), problem=escape(problem))


def _template(name: str) -> Template:
    return Template(files(__package__).joinpath(name).read_text(encoding="utf-8"))
