"""Reading orders."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db.models import Count, Min, Q

from daoda.kit import crypto, ids
from daoda.records.persons import queries as persons
from daoda.records.promises import queries as promise_rules
from daoda.records.promises.rules import Due
from daoda.records.shops.models import current_shop_id
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Product
from daoda.trade.orders import rules
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import ORDER, STANDING

_LINKS = "orders.link"


@dataclass(frozen=True)
class AtNode:
    """How many orders stand at a node, how many of them are past their date, the soonest date."""

    node: str
    state: str
    orders: int
    late: int
    soonest: datetime


@dataclass(frozen=True)
class Page:
    """Some orders, newest first; ``next_before`` is the order to go on from, None at the end."""

    orders: Sequence[Order]
    next_before: uuid.UUID | None


def link_token(order_id: uuid.UUID) -> str:
    """The secret part of the link by which an order is opened without a password."""
    return signing.Signer(salt=_LINKS).sign(order_id.hex)


def id_of_link(token: str) -> uuid.UUID | None:
    """The order a link leads to; None for a link we did not make."""
    try:
        return uuid.UUID(signing.Signer(salt=_LINKS).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def get(order_id: uuid.UUID) -> Order | None:
    """An order of the entered shop."""
    found: Order | None = (
        Order.objects.filter(pk=order_id).select_related("product", "variant").first()
    )
    return found


def by_number_and_password(typed: str, password: str) -> Order | None:
    """The order of a number as a person typed it, if the password is right.

    The same None, and the same work, for a wrong number and for a wrong password.
    """
    number = ids.normalize_short_number(typed) or ""
    order: Order | None = Order.objects.filter(number=number).first()
    known = bytes(order.password_hash) if order else b""
    asked = crypto.query_password_hash(order.pk.bytes if order else bytes(16), password)
    return order if crypto.same(known, asked) else None


def by_number(typed: str) -> Order | None:
    """The order of a number, for those who may see every order."""
    number = ids.normalize_short_number(typed)
    found: Order | None = Order.objects.filter(number=number).first() if number else None
    return found


def by_contact(contact: str, *, rows_max: int = 100) -> list[Order]:
    """The newest orders of whoever gave this contact, for those who may see every order."""
    people = persons.ids_by_contact(current_shop_id(), contact)
    rows = Order.objects.filter(person_id__in=people).order_by("-placed_at")
    return list(rows[:rows_max])


def of_buyer(buyer_id: uuid.UUID, *, before: uuid.UUID | None = None, rows_max: int = 20) -> Page:
    """The orders in a buyer's account, newest first; ``before`` is the last one seen so far.

    A ``before`` that is not in the account begins at the beginning.
    """
    rows = Order.objects.filter(buyer_id=buyer_id).select_related("product", "variant")
    last: Order | None = rows.filter(pk=before).first() if before else None
    if last is not None:
        rows = rows.filter(placed_at__lte=last.placed_at).exclude(
            placed_at=last.placed_at, pk__gte=last.pk
        )
    found = list(rows.order_by("-placed_at", "-pk")[: rows_max + 1])
    shown = found[:rows_max]
    return Page(shown, shown[-1].pk if len(found) > rows_max else None)


def of_buyer_by_number(buyer_id: uuid.UUID, typed: str) -> Order | None:
    """The order of a number in a buyer's account; None for a wrong number and for another's."""
    number = ids.normalize_short_number(typed) or ""
    rows = Order.objects.filter(buyer_id=buyer_id, number=number)
    found: Order | None = rows.select_related("product", "variant").first()
    return found


def open_of_buyer(buyer_id: uuid.UUID) -> int:
    """How many orders in a buyer's account are still open."""
    return Order.objects.filter(~Q(state__in=sorted(ORDER.closed)), buyer_id=buyer_id).count()


def answers(order: Order) -> dict[str, str]:
    """The typed fields of an order; empty when there are none, or the person was erased."""
    text = persons.get(order.person_id, f"order:{order.pk.hex}:fields")
    return dict(json.loads(text)) if text else {}


def answers_of(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """The typed fields of many orders in two reads; those without any are absent."""
    people = dict(Order.everywhere.filter(pk__in=order_ids).values_list("pk", "person_id"))
    kinds = {f"order:{order_id.hex}:fields": order_id for order_id in people}
    found = persons.get_many(people.values(), kinds)
    return {kinds[kind]: dict(json.loads(text)) for kind, text in found.items()}


def contact(order: Order) -> str | None:
    """The buyer's contact; None when she was erased."""
    return persons.get(order.person_id, "contact")


def at_nodes(*, now: datetime) -> list[AtNode]:
    """The open orders of the entered shop by node; cost follows what is open."""
    rows = (
        Order.objects.filter(~Q(state__in=sorted(ORDER.closed)))
        .values("node", "state")
        .annotate(
            orders=Count("id"),
            late=Count("id", filter=Q(promised_at__lte=now)),
            soonest=Min("promised_at"),
        )
        .order_by("node", "state")
    )
    return [AtNode(**row) for row in rows]


def waiting_for_person(*, rows_max: int = 200) -> Sequence[Order]:
    """Open orders whose turn is a person's, soonest date first."""
    return list(
        Order.objects.filter(~Q(state__in=sorted(ORDER.closed)))
        .filter(Q(owner__startswith="department:") | Q(owner__startswith="staff:"))
        .select_related("product", "variant")
        .order_by("promised_at")[:rows_max]
    )


def shown_due(
    product: Product, *, now: datetime, clocks: promise_rules.ShopRules | None = None
) -> Due:
    """ "If you pay now: by …", and why: the rule that will make the promise, asked before paying.

    Rounded up to the minute after an allowance for the paying itself; dates are monotone, so
    whoever pays within the allowance is promised no later date than was shown. ``clocks`` are
    the shop's rules, for whoever asks about many products.
    """
    via = catalog.recipe_of(product).via
    clock = STANDING[rules.state_when_paid(via, reserved=True)].clock
    start = now + rules.PAYING_ALLOWANCE
    clocks = clocks or promise_rules.rules_of(product.shop_id, now=now)
    due = clocks.due(clock, start, product.pk)
    return Due(rules.shown(due.due_at), due.reasons)
