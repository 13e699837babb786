"""One order's whole story as staff read it: where it is, who has it, by when, and every paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from daoda.delivery.fulfilment import queries as fulfilment
from daoda.delivery.fulfilment.models import Delivery
from daoda.doors.web import amounts, moments
from daoda.doors.web.buyer.queries import bar
from daoda.doors.web.buyer.queries.goods import MASK
from daoda.doors.web.buyer.queries.story import echoed, in_language, staff_names, title
from daoda.doors.web.operator.queries import attempts, compensation, facts, risk, words
from daoda.doors.web.operator.queries.orders import is_late
from daoda.doors.web.operator.queries.papers import Papers, papers
from daoda.doors.web.pieces import Code, Promise, Shape, Slip, Step
from daoda.kit import masks
from daoda.records.accounts.roles import Permission
from daoda.records.journal import queries as journal
from daoda.records.journal.models import Fact
from daoda.records.promises import queries as promises
from daoda.records.promises.queries import PastPromise
from daoda.trade.catalog import queries as catalog
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import AFTER_BREACH, ORDER
from daoda.trade.stock import queries as stock

CODES_SHOWN_MAX = 100
DOTS = "•" * 8


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A typed field. ``hidden``: a secret that is shown on request only."""

    label: str
    value: str
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class Given:
    """A promise as it was given, and how it ended. ``shape`` is its ending as a mark."""

    node: str
    owner: str
    made_at: datetime
    due_at: datetime
    why: str
    shape: Shape
    ended: str
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """An order's page. What its reader may not see is empty."""

    order: Order
    title: str
    state: str
    shape: Shape
    open: bool
    owner: str
    why: str
    promise: Promise | None
    consequence: str
    steps: tuple[Step, ...]
    contact: str
    answers: tuple[Answer, ...]
    papers: Papers
    given: tuple[Given, ...]
    told: tuple[facts.Told, ...]
    against: risk.Against | None
    amends: tuple[compensation.Done, ...]
    attempts: tuple[attempts.Line, ...]
    delivery: Delivery | None
    delivered_by: str
    codes: tuple[Code, ...]
    codes_left_off: int
    handover: str

    @property
    def hides_answers(self) -> bool:
        """Whether something typed is shown on request only."""
        return any(one.hidden for one in self.answers)


def story(
    order: Order,
    *,
    may: frozenset[Permission],
    now: datetime,
    revealed: Mapping[int, str] | None = None,
    answers_shown: bool = False,
) -> Story:
    """The story of an order. ``revealed``: codes just shown, by position."""
    papers_of = papers(order.pk, staff=_staff_of(order))
    code_ids = fulfilment.codes_of(order.pk)
    past = journal.history_of([*papers_of.subjects, *code_ids])
    given = promises.story(order.pk)
    delivery = fulfilment.delivery_of(order.pk)
    staff = staff_names(
        [
            order.owner or "",
            *(fact.actor for fact in past),
            *(one.owner for one in given),
            delivery.actor if delivery else "",
        ]
    )
    amount = amounts.text(order.amount_fen, order.currency)
    return Story(
        order=order,
        title=title(order),
        state=words.of(words.ORDER_STATES, order.state),
        shape=words.shape(order.state, late=is_late(order, now=now)),
        open=order.state not in ORDER.closed,
        owner=words.owner(order.owner, staff=staff) if order.owner else "",
        why=_why_here(order, past),
        promise=_standing(order, given),
        consequence=_consequence(order),
        steps=bar.steps(_way(order, past, now)),
        contact=_contact(order, may),
        answers=_answers(order, may, shown=answers_shown),
        papers=papers_of,
        given=tuple(_given(one, staff) for one in given),
        told=facts.told(past, amount=amount, staff=staff) if Permission.JOURNAL_READ in may else (),
        attempts=attempts.of_order(order.pk) if Permission.SUPPLIERS_READ in may else (),
        amends=compensation.done(order.pk) if Permission.COMPENSATION_READ in may else (),
        against=risk.against(order.pk) if Permission.RISK_READ in may else None,
        delivery=delivery,
        delivered_by=words.actor(delivery.actor, staff=staff) if delivery else "",
        codes=_codes(order, code_ids, revealed or {}, past),
        codes_left_off=max(0, len(code_ids) - CODES_SHOWN_MAX),
        handover=_handover(order, may),
    )


def why(basis: Mapping[str, Any]) -> str:
    """Why a date is that date: the rule with its version, and what slowed the clock."""
    seconds = basis.get("seconds")
    if not isinstance(seconds, int):
        return ""
    length, version = moments.span(timedelta(seconds=seconds)), basis.get("version", 0)
    text = _("%(length)s, as usual") % {"length": length}
    if version:
        text = _("%(length)s by rule, version %(n)s") % {"length": length, "n": version}
    reasons = [words.reason(str(code)) for code in basis.get("reasons") or ()]
    if not reasons:
        return text
    listed = pgettext("between the things of a list", ", ").join(reasons)
    return _("%(rule)s; longer because of %(reasons)s") % {"rule": text, "reasons": listed}


def _staff_of(order: Order) -> dict[str, str]:
    return staff_names([order.owner or ""])


def _standing(order: Order, given: Sequence[PastPromise]) -> Promise | None:
    """The date that stands, with the broken ones of the same node before it."""
    if not given or order.state in ORDER.closed:
        return None
    last = given[-1]
    slips = [one for one in given[:-1] if one.how == "broken" and one.due_at < last.due_at]
    return Promise(
        node="" if last.node == "payment" else last.node,
        due_at=last.due_at,
        made_at=last.made_at,
        why=why(last.basis),
        slips=tuple(Slip(due_at=one.due_at, why=why(one.basis)) for one in slips),
    )


def _given(one: PastPromise, staff: Mapping[str, str]) -> Given:
    shapes: dict[str | None, Shape] = {"kept": "done", "broken": "broken", "superseded": "skipped"}
    ended = {
        "kept": _("kept"),
        "broken": _("broken: %(reason)s"),
        "superseded": _("replaced: %(reason)s"),
    }.get(one.how or "", _("stands"))
    return Given(
        node=words.of(words.NODES, one.node),
        owner=words.owner(one.owner, staff=staff),
        made_at=one.made_at,
        due_at=one.due_at,
        why=why(one.basis),
        shape=shapes.get(one.how, "doing"),
        ended=ended % {"reason": words.reason(one.reason or "")},
        ended_at=one.ended_at,
    )


def _consequence(order: Order) -> str:
    """What happens by itself when the date passes."""
    if order.state in ORDER.closed:
        return ""
    if order.state == "awaiting_payment":
        return _("it expires, and what was kept for it is free again.")
    after = AFTER_BREACH.get(order.owner or "", order.owner)
    if after != order.owner:
        return _("%(who)s takes over, under a new date.") % {"who": words.owner(after)}
    return _("the broken date is recorded, and a new one is made at once.")


def _why_here(order: Order, past: Sequence[Fact]) -> str:
    """The reason an order stands where a person put it."""
    if order.state not in {"held", "refund_owed", "refunded"}:
        return ""
    wanted = "order.held" if order.state == "held" else "order.refund_owed"
    fact = next((one for one in reversed(past) if one.kind == wanted), None)
    return words.reason(str(fact.data.get("reason", ""))) if fact else ""


def _way(order: Order, past: Sequence[Fact], now: datetime) -> bar.Way:
    return bar.Way(
        kind=order.kind,
        state=order.state,
        due_at=order.promised_at,
        late=is_late(order, now=now),
        note=_why_here(order, past),
        placed_at=order.placed_at,
        closed_at=order.closed_at,
        reached={fact.kind: fact.at for fact in past if fact.subject == "order"},
    )


def _contact(order: Order, may: frozenset[Permission]) -> str:
    contact = orders.contact(order)
    if contact is None:
        return _("erased")
    return contact if Permission.CONTACTS_READ in may else masks.text(contact, keep_end=2)


def _answers(order: Order, may: frozenset[Permission], *, shown: bool) -> tuple[Answer, ...]:
    """What the buyer typed, for those who talk to her or deliver; secrets on request only."""
    if not may & {Permission.CONTACTS_READ, Permission.ORDERS_DELIVER}:
        return ()
    known = {field.name: field for field in catalog.fields_of(order.product)}
    found = []
    for name, value in orders.answers(order).items():
        field = known.get(name)
        # A field the product no longer has may have been a secret: it is treated as one.
        hidden = (field is None or field.secret) and bool(value) and not shown
        label = in_language(field.label) if field else name
        in_clear = value if field is None or field.secret else echoed(field, value)
        found.append(Answer(label=label, value=DOTS if hidden else in_clear, hidden=hidden))
    return tuple(found)


def _handover(order: Order, may: frozenset[Permission]) -> str:
    """What a person handed over may be worth as much as a code."""
    if Permission.CODES_REVEAL not in may and Permission.ORDERS_DELIVER not in may:
        return ""
    return fulfilment.handover_of(order) or ""


def _codes(
    order: Order, code_ids: Sequence[UUID], revealed: Mapping[int, str], past: Sequence[Fact]
) -> tuple[Code, ...]:
    shown = stock.codes(code_ids[:CODES_SHOWN_MAX])
    first_seen: dict[UUID, datetime] = {}
    for fact in past:
        if fact.kind == "code.revealed":
            first_seen.setdefault(fact.subject_id, fact.at)
    return tuple(
        Code(
            position=position,
            masked=MASK,
            text=revealed.get(position, ""),
            expires_on=code.expires_on if isinstance(code.expires_on, date) else None,
            revealed_at=first_seen.get(code.id),
            action=reverse("desk:reveal", args=[order.pk, position]),
        )
        for position, code in enumerate(shown, start=1)
    )
