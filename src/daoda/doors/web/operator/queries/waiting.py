"""Everything that waits for a person, of whatever kind, in one list by date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from daoda.doors.web.buyer.queries.story import staff_names, title
from daoda.doors.web.operator.queries import words
from daoda.doors.web.pieces import Shape
from daoda.kit import ids
from daoda.records.accounts.roles import Permission
from daoda.records.promises.models import Dated
from daoda.trade.catalog.models import Variant
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Notice, Refund
from daoda.trade.stock import queries as stock
from daoda.trade.stock.models import Import, Quarantine

ROWS_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A thing whose turn is a person's: what it is, what is to be done, who has it, by when."""

    href: str
    kind: str
    name: str
    what: str
    department: str
    owner: str
    due_at: datetime
    shape: Shape
    amount_fen: int | None = None
    currency: str = ""


def waiting(
    may: frozenset[Permission], *, now: datetime, department: str = ""
) -> tuple[Waiting, ...]:
    """What waits for a person, the date that comes first first; of one department if named.

    Only what this member of staff may open. At most ``ROWS_MAX`` of each kind.
    """
    things = list(_things(may))
    staff = staff_names([thing.owner or "" for thing in things])
    found = [_waiting(thing, staff, now) for thing in things]
    mine = [one for one in found if not department or one.department == department]
    return tuple(sorted(mine, key=lambda one: one.due_at))


def by_department(found: Sequence[Waiting]) -> list[tuple[str, str, int]]:
    """Key, words and number of each department that has something."""
    counted = {
        key: sum(one.department == key for one in found) for key in (*words.DEPARTMENTS, "staff")
    }
    return [
        (key, _("Named people") if key == "staff" else words.owner(f"department:{key}"), number)
        for key, number in counted.items()
        if number
    ]


def _things(may: frozenset[Permission]) -> Iterable[Dated]:
    yield from orders.waiting_for_person(rows_max=ROWS_MAX)
    if Permission.MONEY_READ in may:
        yield from payments.refunds_owed(rows_max=ROWS_MAX)
    if Permission.NOTICES_READ in may:
        yield from payments.notices_waiting(rows_max=ROWS_MAX)
    if Permission.STOCK_READ in may:
        yield from stock.open_imports().exclude(owner__startswith="machine:")[:ROWS_MAX]
        yield from stock.inspections()[:ROWS_MAX]


def _waiting(thing: Dated, staff: Mapping[str, str], now: datetime) -> Waiting:
    kind, href, name, what = _told(thing)
    owner = thing.owner or ""
    who, _sep, department = owner.partition(":")
    assert thing.promised_at is not None  # open things are dated, by constraint
    money = thing if isinstance(thing, Order | Refund | Notice) else None
    return Waiting(
        href=href,
        kind=kind,
        name=name,
        what=what,
        department=department if who == "department" else "staff",
        owner=words.owner(owner, staff=staff),
        due_at=thing.promised_at,
        shape="late" if _is_late(thing, now) else "doing",
        amount_fen=money.amount_fen if money else None,
        currency=money.currency if money else "",
    )


def _is_late(thing: Dated, now: datetime) -> bool:
    assert thing.promised_at is not None  # open things are dated, by constraint
    slipped = isinstance(thing, Order) and (thing.slips > 0 or thing.state == "short")
    return slipped or thing.promised_at <= now


def _told(thing: Dated) -> tuple[str, str, str, str]:
    """Kind, address, name and what is to be done."""
    if isinstance(thing, Order):
        href = reverse("desk:order", args=[thing.pk])
        state = words.of(words.ORDER_STATES, thing.state)
        return _("Order"), href, f"{ids.spoken(thing.number)} · {title(thing)}", state
    if isinstance(thing, Refund):
        what = words.reason(thing.reason)
        return _("Refund"), reverse("desk:refund", args=[thing.pk]), _refund_name(thing), what
    if isinstance(thing, Notice):
        what = words.of(words.OUTCOMES, thing.outcome) or words.of(words.VERDICTS, thing.verdict)
        if thing.state == "suspect":
            what = words.of(words.VERDICTS, thing.verdict)
        href = reverse("desk:notice", args=[thing.pk])
        return _("Notice"), href, thing.trade_no or thing.channel.title, what
    if isinstance(thing, Import):
        href = reverse("desk:import", args=[thing.pk])
        what = _("import the good lines, or none")
        return _("Stock import"), href, variant_name(thing.variant), what
    assert isinstance(thing, Quarantine)
    href = reverse("desk:stock_of", args=[thing.code.variant_id])
    return _("Quarantined code"), href, variant_name(thing.code.variant), thing.reason


def _refund_name(refund: Refund) -> str:
    if refund.order is None:
        return refund.receipt.trade_no
    return f"{ids.spoken(refund.order.number)} · {title(refund.order)}"


def variant_name(variant: Variant) -> str:
    """Product and variant as one name."""
    product = variant.product
    return f"{product.title} · {variant}" if str(variant) != product.title else str(variant)
