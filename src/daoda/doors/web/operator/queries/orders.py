"""The list of orders: by state, node and date in pages, and what a search finds.

Pages go on from the last row seen; nothing is counted or skipped over. Weakness: a rare closed
state is looked for along the newest orders, so its last page may walk over many others.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from daoda.doors.web.buyer.queries.story import staff_names, title
from daoda.doors.web.operator.queries import words
from daoda.doors.web.pieces import Shape
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import ORDER
from daoda.trade.payments import queries as payments

PAGE_ROWS = 50
FOUND_MAX = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which orders: ``state`` '' (all), 'open' or a state; ``late``: past or moved dates."""

    state: str = ""
    node: str = ""
    late: bool = False
    after: str = ""

    @property
    def by_date(self) -> bool:
        """Open orders go by their date; everything else by when it was placed."""
        return bool(self.node) or self.late or self.state == "open" or self._is_open_state

    @property
    def _is_open_state(self) -> bool:
        return self.state in ORDER.open_states


@dataclass(frozen=True, kw_only=True)
class Line:
    """An order in the list."""

    href: str
    number: str
    title: str
    quantity: int
    amount_fen: int
    currency: str
    state: str
    shape: Shape
    owner: str
    due_at: datetime | None
    placed_at: datetime
    late: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the list one goes to with one tap."""

    href: str
    name: str
    here: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some orders, and where the next ones begin ('' at the end)."""

    lines: tuple[Line, ...]
    after: str


def page(wish: Wish, *, now: datetime) -> Page:
    """The next orders of the list. An unreadable ``after`` begins anew."""
    column = "promised_at" if wish.by_date else "placed_at"
    rows = _from(_matching(wish, now), column, ascending=wish.by_date, after=wish.after)
    found = list(rows[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    more = len(found) > PAGE_ROWS
    return Page(
        lines=lines(shown, now=now),
        after=_mark(getattr(shown[-1], column), shown[-1].pk) if more else "",
    )


def parts(wish: Wish | None) -> tuple[Part, ...]:
    """The parts of the list; none is the present one in a search, or where two are combined."""
    offered = [
        ("", _("All"), Wish()),
        ("?state=open", _("Open"), Wish(state="open")),
        ("?late=1", _("Late"), Wish(late=True)),
        *(
            (f"?state={state}", words.of(words.ORDER_STATES, state), Wish(state=state))
            for state in words.ORDER_STATES
        ),
    ]
    present = replace(wish, after="") if wish else None
    base = reverse("desk:orders")
    return tuple(
        Part(href=f"{base}{query}", name=name, here=one == present) for query, name, one in offered
    )


def find(text: str, *, with_contact: bool) -> list[Order]:
    """Orders of a number, a payment, a bill or (for those who may) a contact; newest first."""
    named = orders.by_number(text)
    ids = {named.pk} if named else set(payments.orders_of_number(text))
    found = list(Order.objects.filter(pk__in=ids)[:FOUND_MAX])
    if not found and with_contact:
        found = orders.by_contact(text, rows_max=FOUND_MAX)
    return sorted(found, key=lambda order: order.placed_at, reverse=True)


def lines(rows: Sequence[Order], *, now: datetime) -> tuple[Line, ...]:
    """Orders as the list shows them."""
    staff = staff_names([row.owner or "" for row in rows])
    return tuple(
        Line(
            href=reverse("desk:order", args=[row.pk]),
            number=row.number,
            title=title(row),
            quantity=row.quantity,
            amount_fen=row.amount_fen,
            currency=row.currency,
            state=words.of(words.ORDER_STATES, row.state),
            shape=words.shape(row.state, late=is_late(row, now=now)),
            owner=words.owner(row.owner, staff=staff) if row.owner else "",
            due_at=row.promised_at,
            placed_at=row.placed_at,
            late=is_late(row, now=now),
        )
        for row in rows
    )


def is_late(order: Order, *, now: datetime) -> bool:
    """Past its date, or waiting under another date than the first."""
    if order.state in ORDER.closed or order.promised_at is None:
        return False
    return order.slips > 0 or order.state == "short" or order.promised_at <= now


def _matching(wish: Wish, now: datetime) -> QuerySet[Order]:
    rows: QuerySet[Order] = Order.objects.all()
    if wish.by_date:
        rows = rows.filter(~Q(state__in=sorted(ORDER.closed)))
    if wish.state not in ("", "open"):
        rows = rows.filter(state=wish.state)
    if wish.node:
        rows = rows.filter(node=wish.node)
    if wish.late:
        rows = rows.filter(Q(promised_at__lte=now) | Q(slips__gt=0) | Q(state="short"))
    return rows


def _from(rows: QuerySet[Order], column: str, *, ascending: bool, after: str) -> QuerySet[Order]:
    mark = _read_mark(after)
    if mark is not None:
        at, last = mark
        way = "gt" if ascending else "lt"
        # The first condition alone bounds the walk along the index; the second is exact.
        rows = rows.filter(
            Q(**{f"{column}__{way}e": at}),
            Q(**{f"{column}__{way}": at}) | Q(**{column: at, f"pk__{way}": last}),
        )
    sign = "" if ascending else "-"
    return rows.order_by(f"{sign}{column}", f"{sign}pk")


def _mark(at: datetime, last: uuid.UUID) -> str:
    return f"{(at - _EPOCH) // _MICROSECOND}-{last.hex}"


def _read_mark(text: str) -> tuple[datetime, uuid.UUID] | None:
    micros, _sep, last = text.partition("-")
    if not micros.isascii() or not micros.isdigit() or len(micros) > 17:
        return None
    try:
        return _EPOCH + int(micros) * _MICROSECOND, uuid.UUID(hex=last)
    except (ValueError, OverflowError):
        return None
