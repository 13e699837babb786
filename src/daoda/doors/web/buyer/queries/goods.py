"""What a delivered order brought: its codes, masked, or what a person handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse

from daoda.delivery.fulfilment import queries as fulfilment
from daoda.doors.web.buyer import access
from daoda.doors.web.pieces import Code
from daoda.records.journal.models import Fact
from daoda.trade.orders.models import Order
from daoda.trade.stock import queries as stock

MASK = "••••-••••-••••"


@dataclass(frozen=True, kw_only=True)
class Goods:
    """Codes in their order, or a text; both empty while nothing was delivered."""

    codes: tuple[Code, ...] = ()
    handover: str = ""
    reveal_all_href: str = ""

    @property
    def masked(self) -> bool:
        """Whether some code is still masked."""
        return any(not code.text for code in self.codes)


def goods(order: Order, *, revealed: Mapping[UUID, str]) -> Goods:
    """What was delivered; ``revealed`` are the codes shown in clear."""
    if order.state != "delivered":
        return Goods()
    code_ids = codes_of(order)
    first_shown = _first_shown(code_ids)
    return Goods(
        codes=tuple(
            Code(
                position=position,
                masked=MASK,
                text=revealed.get(code.id, ""),
                expires_on=code.expires_on if isinstance(code.expires_on, date) else None,
                revealed_at=first_shown.get(code.id),
                action=reverse("buyer:reveal", args=[access.handle(order), position]),
            )
            for position, code in enumerate(stock.codes(code_ids), start=1)
        ),
        handover=fulfilment.handover_of(order) or "",
        reveal_all_href=reverse("buyer:reveal_all", args=[access.handle(order)]),
    )


def codes_of(order: Order) -> list[UUID]:
    """The codes of a delivered order, in their order."""
    return fulfilment.codes_of(order.pk) if order.state == "delivered" else []


def showings(order: Order) -> list[Fact]:
    """Every time a code of the order was shown, oldest first."""
    return _showings(codes_of(order))


def _showings(code_ids: Sequence[UUID]) -> list[Fact]:
    if not code_ids:
        return []
    return list(
        Fact.objects.filter(subject_id__in=code_ids, kind="code.revealed").order_by("at", "id")
    )


def _first_shown(code_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    first: dict[UUID, datetime] = {}
    for fact in _showings(code_ids):
        first.setdefault(fact.subject_id, fact.at)
    return first
