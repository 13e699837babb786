"""A supplier's requests before they are sent, and what came of one that only asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from daoda.kit import http, masks
from daoda.trade.suppliers.adapters import wire
from daoda.trade.suppliers.adapters.base import (
    CannotBuy,
    GoodsKind,
    NotOffered,
    Purchase,
    SupplierAdapter,
)

NUMBER = "0" * 31 + "1"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request with nothing secret in it, and where there is one, its answer."""

    name: str
    request: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    refused: str = ""
    answer: str = ""
    said: str = ""


def dry_run(adapter: SupplierAdapter, *, notify_url: str, now: datetime) -> tuple[Asked, ...]:
    """Every request as it would be sent now, for a purchase nobody has made."""
    found = []
    for kind in ("card", "topup"):
        bought = sample(kind, notify_url=notify_url)
        name = _("Buy cards") if kind == "card" else _("Buy a top-up")
        try:
            call = adapter.create(purchase=bought, now=now)
        except CannotBuy as problem:
            found.append(Asked(name=name, refused=str(problem)))
        else:
            found.append(shown(name, call, adapter))
    found.append(_query(adapter, sample("topup", notify_url=notify_url), now))
    found.append(_balance(adapter, now))
    return tuple(found)


def _query(adapter: SupplierAdapter, bought: Purchase, now: datetime) -> Asked:
    name = _("Ask about a purchase")
    try:
        return shown(name, adapter.query(purchase=bought, now=now), adapter)
    except NotOffered as problem:
        return Asked(name=name, refused=str(problem))


def _balance(adapter: SupplierAdapter, now: datetime) -> Asked:
    name = _("Ask for the balance")
    try:
        return shown(name, adapter.balance(now=now), adapter)
    except NotOffered as problem:
        return Asked(name=name, refused=str(problem))


def sample(kind: GoodsKind, *, notify_url: str = "", number: str = NUMBER) -> Purchase:
    """A purchase of one piece for one yuan, of goods 1, for an account nobody has."""
    fields = {"account": "13800000000"} if kind == "topup" else {}
    return Purchase(
        number=number, goods="1", quantity=1, cost_max_fen=100, currency="CNY",
        notify_url=notify_url, fields=fields, kind=kind, reference="1",
    )  # fmt: skip


def ask_balance(adapter: SupplierAdapter, *, now: datetime) -> tuple[Asked, int | None]:
    """Really ask for the balance; what was said, and the balance in fen. Raises NotOffered."""
    call = adapter.balance(now=now)
    answer = http.send(call)
    read = adapter.read_balance(answer=answer, now=now)
    asked = _answered(shown(_("Ask for the balance"), call, adapter), answer, read.detail, adapter)
    return asked, read.fen


def ask_about(adapter: SupplierAdapter, *, number: str, now: datetime) -> Asked:
    """Really ask about a number; nothing is bought. Raises NotOffered."""
    bought = sample("topup", number=number)
    call = adapter.query(purchase=bought, now=now)
    answer = http.send(call)
    read = adapter.read_query(purchase=bought, answer=answer, now=now)
    said = f"{read.status}: {read.detail}" + (f" ({read.reason})" if read.reason else "")
    return _answered(shown(_("Ask about a purchase"), call, adapter), answer, said, adapter)


def shown(name: str, call: http.Call, adapter: SupplierAdapter) -> Asked:
    """A request fit to be looked at: the address without its query, secrets hidden."""
    parts = urlsplit(call.url)
    body = call.body
    if not body and parts.query:
        body = parts.query.encode()
    return Asked(
        name=name,
        request=f"{call.method} {parts.scheme}://{parts.netloc}{parts.path}",
        headers=tuple(
            (header, str(masks.by_name(header, wire.shown(value))))
            for header, value in call.headers.items()
        ),
        body=adapter.mask(raw=body) if body else "",
    )  # fmt: skip


def _answered(
    asked: Asked, answer: http.Answer | http.NoAnswer, said: str, adapter: SupplierAdapter
) -> Asked:
    if isinstance(answer, http.NoAnswer):
        text = _("no answer: %(why)s") % {"why": answer.reason}
    else:
        text = f"HTTP {answer.status} {adapter.mask(raw=answer.body)}"
    return Asked(**vars(asked) | {"answer": text, "said": said})
