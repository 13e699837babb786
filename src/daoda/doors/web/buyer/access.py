"""Who may see an order: whoever has its signed link, a session that has opened it before, or the
buyer whose account it is in.

Nothing here tells a number that does not exist from one the visitor may not open. Weakness: a
link is a bearer's; whoever it is forwarded to can read the order, and the page says so.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from daoda.doors.web.account import gate
from daoda.kit import ids
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order

SEEN = "orders_seen"
SEEN_MAX = 20


def order_of(request: HttpRequest, handle: str) -> Order | None:
    """The order a link or a number leads to, if this visitor may see it."""
    order_id = orders.id_of_link(handle) or _seen_by_number(request, handle)
    order = orders.get(order_id) if order_id else _own_by_number(request, handle)
    # A page that asks for itself every few seconds has been remembered when it was opened.
    if order is not None and "HX-Request" not in request.headers:
        remember(request, order)
    return order


def remember(request: HttpRequest, order: Order) -> None:
    """Let this session open the order again by its number.

    What is in the account of whoever is signed in opens by that, and no longer than that.
    """
    buyer = gate.buyer_of(request)
    if buyer is not None and buyer.pk == order.buyer_id:
        return
    entry = [order.pk.hex, order.number]
    seen = request.session.get(SEEN, [])
    if entry not in seen:
        request.session[SEEN] = [entry, *seen][:SEEN_MAX]


def forget(request: HttpRequest, order: Order) -> None:
    """Let this session's having opened the order count no more."""
    seen = request.session.get(SEEN, [])
    request.session[SEEN] = [entry for entry in seen if entry[0] != order.pk.hex]


def actor(request: HttpRequest) -> str:
    """How facts name this visitor."""
    buyer = gate.buyer_of(request)
    return buyer.actor if buyer is not None else "buyer"


def keepable(request: HttpRequest, order: Order) -> bool:
    """Whether the visitor may put the order into her account."""
    return order.buyer_id is None and gate.buyer_of(request) is not None


def seen(request: HttpRequest) -> list[Order]:
    """The orders this session has opened, the last opened first."""
    wanted = [UUID(hex=order_id) for order_id, _number in request.session.get(SEEN, [])]
    found = {order.pk: order for order in Order.objects.filter(pk__in=wanted)}
    return [found[order_id] for order_id in wanted if order_id in found]


def handle(order: Order) -> str:
    """The part of the address that opens the order anywhere."""
    return orders.link_token(order.pk)


def href(order: Order) -> str:
    """The page of an order, under the link that opens it anywhere."""
    return reverse("buyer:order", args=[handle(order)])


def live_href(order: Order) -> str:
    """Where the order's events come from."""
    return f"/live/orders/{handle(order)}"


def _seen_by_number(request: HttpRequest, handle: str) -> UUID | None:
    number = ids.normalize_short_number(handle)
    for order_id, known in request.session.get(SEEN, []):
        if known == number:
            return UUID(hex=order_id)
    return None


def _own_by_number(request: HttpRequest, handle: str) -> Order | None:
    buyer = gate.buyer_of(request)
    return orders.of_buyer_by_number(buyer.pk, handle) if buyer is not None else None
