"""A buyer's orders as she reads them in a list: where each is, who has it, by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from daoda.doors.web import owners
from daoda.doors.web.buyer import access
from daoda.doors.web.buyer.queries.story import glance, staff_names
from daoda.doors.web.pieces import Glance
from daoda.trade.buyers.models import Buyer
from daoda.trade.orders import queries as orders
from daoda.trade.orders import rules
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import ORDER
from daoda.trade.payments.models import Refund


@dataclass(frozen=True, kw_only=True)
class Row:
    """One order in the list; `owner`, `node` and `due_at` are empty once it is closed."""

    glance: Glance
    quantity: int
    amount_fen: int
    currency: str
    placed_at: datetime
    node: str = ""
    owner: str = ""
    due_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Mine:
    """Some of her orders, newest first; `older_href` leads on, empty at the end."""

    rows: Sequence[Row]
    older_href: str


def mine(buyer: Buyer, *, before: UUID | None) -> Mine:
    """A page of her orders, going on from the order `before`."""
    page = orders.of_buyer(buyer.pk, before=before)
    staff = staff_names([order.owner or "" for order in page.orders])
    older = ""
    if page.next_before is not None:
        older = f"{reverse('account:mine')}?before={page.next_before.hex}"
    return Mine(
        rows=[_row(order, owners.words(order.owner or "", staff=staff)) for order in page.orders],
        older_href=older,
    )


def waiting(buyer: Buyer) -> int:
    """How many open things of hers forbid deleting the account: orders, and money owed back."""
    owed = Refund.objects.filter(order__buyer_id=buyer.pk).exclude(state="confirmed")
    # A refund of an order that is open too is one thing to her.
    owed = owed.filter(order__state__in=sorted(ORDER.closed)).values("order").distinct()
    return orders.open_of_buyer(buyer.pk) + owed.count()


def _row(order: Order, owner: str) -> Row:
    row = Row(
        glance=glance(order, href=access.href(order)),
        quantity=order.quantity,
        amount_fen=order.amount_fen,
        currency=order.currency,
        placed_at=order.placed_at,
    )
    if order.state in ORDER.closed:
        return row
    assert order.promised_at is not None  # open: a constraint says so
    return replace(
        row,
        node=order.node or "",
        owner=owner,
        due_at=rules.shown(order.promised_at),
        note=_("Later than first promised") if order.slips else "",
    )
