"""One order as its buyer reads it: where it is, who has it, by when, what if not, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daoda.doors.web import amounts, moments, owners
from daoda.doors.web.buyer.queries import attempts, bar, facts, goods
from daoda.doors.web.pieces import Evidence, Glance, Promise, Shape, Slip, Step
from daoda.records.accounts.models import Staff
from daoda.records.journal import queries as journal
from daoda.records.journal.models import Fact
from daoda.records.promises import queries as promises
from daoda.records.promises.queries import PastPromise
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.rules import Field
from daoda.trade.orders import queries as orders
from daoda.trade.orders import rules
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import ORDER

ARRIVING = frozenset({"stocking", "supplying", "delivery", "handling", "review"})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A typed field and what was typed."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """Everything the order page shows. Sentences are empty where there is nothing to say."""

    href: str
    live_href: str
    number: str
    title: str
    product_title: str
    kind: str
    quantity: int
    amount_fen: int
    currency: str
    state: str
    open: bool
    shape: Shape
    heading: str
    doing: str
    owner: str
    consequence: str
    you: str
    promise: Promise | None
    steps: tuple[Step, ...]
    history: tuple[Evidence, ...]
    placed_at: datetime
    closed_at: datetime | None
    how_to_use: str = ""
    fields: tuple[Answer, ...] = ()
    again_href: str = ""

    @property
    def payable(self) -> bool:
        """Whether money is asked for."""
        return self.state == "awaiting_payment"

    @property
    def cancellable(self) -> bool:
        """Whether the buyer may call it off."""
        return self.state == "awaiting_payment"


def story(order: Order, *, href: str, live_href: str, now: datetime) -> Story:
    """The story of an order whose reader may see it; without its goods."""
    told = journal.history(order.pk)
    past = [*told, *goods.showings(order)]
    given = promises.story(order.pk)
    staff = staff_names([order.owner or "", *(fact.actor for fact in past)])
    late = order.slips > 0 or order.state == "short"
    amount = amounts.text(order.amount_fen, order.currency)
    return Story(
        href=href,
        live_href=f"{live_href}?seen={told[-1].id.hex if told else ''}",
        number=order.number,
        title=title(order),
        product_title=order.told.get("product", ""),
        kind=order.kind,
        quantity=order.quantity,
        amount_fen=order.amount_fen,
        currency=order.currency,
        state=order.state,
        open=order.state not in ORDER.closed,
        shape=shape(order),
        heading=heading(order),
        doing=_doing(order, past, now=now),
        owner=owners.words(order.owner or "", staff=staff),
        consequence=_consequence(order),
        you=_you(order),
        promise=_promise(order, given),
        steps=bar.steps(_way(order, past, late=late)),
        history=facts.evidence(past, given, amount=amount, now=now, staff=staff),
        placed_at=order.placed_at,
        closed_at=order.closed_at,
        fields=_fields(order),
        how_to_use=order.told.get("how_to_use", ""),
        again_href=_again_href(order),
    )


def glance(order: Order, *, href: str) -> Glance:
    """An order as one line."""
    return Glance(
        href=href,
        number=order.number,
        title=title(order),
        shape=shape(order),
        heading=heading(order),
    )


def title(order: Order) -> str:
    """What was bought, as it was called when it was bought."""
    product, variant = order.told.get("product", ""), order.told.get("variant", "")
    return f"{product} · {variant}" if variant and variant != product else str(product)


def heading(order: Order) -> str:
    """The state in the buyer's words."""
    in_hand = {"topup": _("Being topped up"), "membership": _("Being activated")}
    words = {
        "awaiting_payment": _("Waiting for your payment"),
        "screening": _("Being checked"),
        "paid": _("Being stocked"),
        "short": _("Out of stock, being restocked"),
        "sourcing": in_hand.get(order.kind, _("Being prepared")),
        "in_hand": in_hand.get(order.kind, _("Being prepared")),
        "held": _("Under review"),
        "delivered": _("Arrived"),
        "refund_owed": _("Being refunded"),
        "refunded": _("Refunded"),
        "expired": _("Closed: not paid in time"),
        "cancelled": _("Cancelled"),
    }
    return words[order.state]


def shape(order: Order) -> Shape:
    """The state as one of the four meanings."""
    if order.state in {"delivered", "refunded"}:
        return "done"
    if order.state in {"expired", "cancelled"}:
        return "skipped"
    return "late" if order.slips or order.state == "short" else "doing"


def staff_names(texts: Sequence[str]) -> dict[str, str]:
    """The names and work numbers behind owner and actor texts, by id (hex)."""
    wanted = {text.partition(":")[2] for text in texts if text.startswith("staff:")}
    if not wanted:
        return {}
    rows = Staff.objects.filter(pk__in=[UUID(hex=one) for one in wanted])
    return {row.pk.hex: str(row) for row in rows}


def _way(order: Order, past: Sequence[Fact], *, late: bool) -> bar.Way:
    return bar.Way(
        kind=order.kind,
        state=order.state,
        due_at=rules.shown(order.promised_at) if order.promised_at else None,
        late=late,
        note=_note(order, past),
        placed_at=order.placed_at,
        closed_at=order.closed_at,
        reached={fact.kind: fact.at for fact in past},
    )


def _note(order: Order, past: Sequence[Fact]) -> str:
    """The one line under the step an order stands at, or stopped at."""
    if order.state == "short":
        return _("The stock was short; operations is restocking")
    if order.state == "held":
        return _reason_of(past, "order.held")
    if order.state in bar.BACK:
        return _reason_of(past, "order.refund_owed")
    if order.state == "expired":
        return _("Not paid in time; nothing was charged")
    if order.state == "cancelled":
        return _("Cancelled before payment; nothing was charged")
    return _("Later than first promised") if order.slips else ""


def _reason_of(past: Sequence[Fact], kind: str) -> str:
    fact = facts.newest(past, kind)
    code = fact.data.get("reason", "") if fact else ""
    return _("Reason: %(reason)s") % {"reason": facts.reason(code)} if code else ""


def _doing(order: Order, past: Sequence[Fact], *, now: datetime) -> str:
    """The present act, with the time it began."""
    write = {
        "awaiting_payment": _doing_unpaid,
        "screening": _doing_screening,
        "paid": _doing_paid,
        "sourcing": _doing_sourcing,
        "short": _doing_short,
        "in_hand": _doing_by_hand,
        "held": _doing_review,
        "refund_owed": _doing_refund,
        "refunded": _done_refund,
    }.get(order.state)
    return write(order, past, now) if write else ""


def _doing_unpaid(order: Order, _past: Sequence[Fact], now: datetime) -> str:
    due_at = orders.shown_due(order.product, now=now).due_at
    when = moments.day_and_time(due_at, now=now)
    if order.reserved:
        return _("It is kept for you. Pay now, and it arrives by %(when)s.") % {"when": when}
    return _("Pay now, and it arrives by %(when)s.") % {"when": when}


def _doing_paid(order: Order, past: Sequence[Fact], now: datetime) -> str:
    if order.slips:
        return _("%(time)s the date passed; operations has taken it over from the machine.") % {
            "time": _time(past, "order.promise_broken", now)
        }
    return _("%(time)s your payment arrived; the code is being taken from stock.") % {
        "time": _time(past, "order.paid", now)
    }


def _doing_screening(_order: Order, past: Sequence[Fact], now: datetime) -> str:
    return _("%(time)s your payment arrived; the order is being checked before it goes on.") % {
        "time": _time(past, "order.paid", now)
    }


def _doing_sourcing(_order: Order, past: Sequence[Fact], now: datetime) -> str:
    if said := attempts.doing(past, now=now):
        return said
    return _("%(time)s your payment arrived; it is being got from a supplier.") % {
        "time": _time(past, "order.paid", now)
    }


def _doing_short(order: Order, past: Sequence[Fact], now: datetime) -> str:
    before = Order.objects.filter(
        state="short", variant_id=order.variant_id, paid_at__lt=order.paid_at
    ).count()
    return _(
        "%(time)s the stock was found short; operations is restocking. "
        "You are number %(place)s in line, and delivery is automatic."
    ) % {"time": _time(past, "order.short", now, "order.paid"), "place": before + 1}


def _doing_by_hand(order: Order, past: Sequence[Fact], now: datetime) -> str:
    return _(
        "%(time)s your payment arrived; %(work)s is done by hand, one order after another."
    ) % {
        "time": _time(past, "order.paid", now),
        "work": bar.work_names(order.kind)[0],
    }


def _doing_review(_order: Order, past: Sequence[Fact], now: datetime) -> str:
    return _("%(time)s held for a review. Your money is safe and booked as yours.") % {
        "time": _time(past, "order.held", now)
    }


def _doing_refund(order: Order, past: Sequence[Fact], now: datetime) -> str:
    return _("%(time)s it was decided to send back %(amount)s the way you paid.") % {
        "time": _time(past, "order.refund_owed", now),
        "amount": amounts.text(order.amount_fen, order.currency),
    }


def _done_refund(order: Order, _past: Sequence[Fact], _now: datetime) -> str:
    return _("%(amount)s went back the way you paid.") % {
        "amount": amounts.text(order.amount_fen, order.currency)
    }


def _time(past: Sequence[Fact], kind: str, now: datetime, *instead: str) -> str:
    found = next((fact for name in (kind, *instead) if (fact := facts.newest(past, name))), None)
    if found is None:
        return ""
    return moments.short(found.at, now=now, seconds=True)


def _consequence(order: Order) -> str:
    """What happens by itself when the date passes."""
    if order.state == "awaiting_payment":
        return _("the order is closed by itself; nothing is charged.")
    if order.state in {"paid", "sourcing"} and not order.slips:
        return _("operations takes over, and a new date stands here beside this one.")
    return _(
        "it is shown to the head of the shop as late, and a new date stands here beside this one."
    )


def _you(order: Order) -> str:
    if order.state in {"screening", "paid", "sourcing", "short", "in_hand", "held", "refund_owed"}:
        return _("There is nothing you need to do. It goes on if you close this page.")
    return ""


def _promise(order: Order, given: Sequence[PastPromise]) -> Promise | None:
    """The date that stands, or the last one of a delivered order, with the broken ones before."""
    if not given or order.state in {"expired", "cancelled", "refunded"}:
        return None
    last = given[-1]
    return Promise(
        node=last.node,
        due_at=rules.shown(last.due_at),
        made_at=last.made_at,
        why=facts.why(last.basis, node_name=last.node),
        kept_at=order.closed_at if order.state == "delivered" else None,
        slips=tuple(
            Slip(due_at=rules.shown(one.due_at), broken=one.how == "broken")
            for one in given[:-1]
            if _was_promised_before(one, last)
        ),
    )


def _was_promised_before(one: PastPromise, last: PastPromise) -> bool:
    """Whether an earlier date was about the same thing and has moved to a later one."""
    same = one.node == last.node or {one.node, last.node} <= ARRIVING
    return same and one.how in {"broken", "superseded"} and one.due_at < last.due_at


def _again_href(order: Order) -> str:
    """The product's page, once this order is closed and while the product is on sale."""
    if order.state not in ORDER.closed or not order.product.published:
        return ""
    return reverse("buyer:product", args=[order.product.slug])


def _fields(order: Order) -> tuple[Answer, ...]:
    typed = orders.answers(order)
    return tuple(
        Answer(label=in_language(field.label), value=echoed(field, typed[field.name]))
        for field in catalog.fields_of(order.product)
        if typed.get(field.name)
    )


def in_language(words: Mapping[str, str]) -> str:
    """The reader's language of a text the shop wrote in both, else Chinese."""
    code = (get_language() or "zh")[:2]
    return words.get(code) or words.get("zh") or next(iter(words.values()), "")


def echoed(field: Field, value: str) -> str:
    """What was typed, as it is shown again: choices by their label, secrets as dots."""
    label = next((choice.label for choice in field.choices if choice.value == value), None)
    if label is not None:
        return in_language(label)
    return "•" * 8 if field.secret else value
