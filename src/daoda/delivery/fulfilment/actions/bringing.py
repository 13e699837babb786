"""Goods that a supplier brought: to the buyer who waits for them, else onto our shelf."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from daoda.delivery.fulfilment.actions.handing_over import handover_kind, record
from daoda.delivery.fulfilment.actions.moving import ACTOR, PERSON, Change, Said
from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.kit import faults
from daoda.records.persons import actions as persons
from daoda.records.persons.models import Person
from daoda.trade.orders.models import Order
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.stock import actions as stock
from daoda.trade.suppliers.adapters.base import Card, Reading

LOOK_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Success:
    """An attempt whose supplier says that it is done. ``late``: it had been given up."""

    reading: Reading
    attempt: LockedAttempt
    late: bool
    said: Said


@dataclass
class Brought:
    """What becomes of the attempts, and of which of them their orders are free again."""

    changes: list[Change] = field(default_factory=list)
    freed: set[uuid.UUID] = field(default_factory=set)


def bring(
    successes: Sequence[Success], locked: Mapping[uuid.UUID, LockedOrder], now: datetime
) -> Brought:
    """Deliver what orders wait for; keep what they want no more; let a person see duplicates.

    Orders and attempts are locked. Whatever is delivered is delivered whole, in this transaction.
    """
    brought = Brought()
    if not successes:
        return brought
    sound = _sound(successes, brought)
    wanted = {one.attempt.id: _who_waits(one, locked) for one in sound}
    for_buyers = [one for one in sound if wanted[one.attempt.id] is not None]
    for_shelf = [one for one in sound if wanted[one.attempt.id] is None and one.reading.cards]
    rest = [one for one in sound if wanted[one.attempt.id] is None and not one.reading.cards]
    _deliver(for_buyers, locked, now)
    _add([(one, None) for one in for_shelf], now)
    brought.changes += [_ended(one, "succeeded", "attempt.succeeded") for one in for_buyers]
    brought.changes += [_ended(one, "returned", "attempt.returned") for one in for_shelf]
    brought.freed |= {one.attempt.id for one in (*for_buyers, *for_shelf)}
    for one in rest:
        _not_wanted(one, locked, brought, now)
    faults.point("attempt.delivered")
    return brought


def _who_waits(one: Success, locked: Mapping[uuid.UUID, LockedOrder]) -> LockedOrder | None:
    order = locked.get(one.attempt.order_id) if one.attempt.order_id else None
    if one.late or order is None or order.state != "sourcing":
        return None
    return order if order.attempt_id == one.attempt.id else None


def _sound(successes: Sequence[Success], brought: Brought) -> list[Success]:
    """Those whose cards can be codes of ours; a card there is already goes to a person."""
    cards = {one.attempt.id: _bought(one, None) for one in successes}
    every = [card for bought in cards.values() for card in bought]
    known = stock.twins(bought=every) if every else {}
    seen = Counter((card.shop_id, card.fingerprint) for card in every)
    sound = []
    for one in successes:
        evidence = [
            {"position": position, **_twin(known.get((card.shop_id, card.fingerprint)))}
            for position, card in enumerate(cards[one.attempt.id], start=1)
            if (card.shop_id, card.fingerprint) in known or seen[card.shop_id, card.fingerprint] > 1
        ]
        if evidence:
            brought.changes.append(_doubted(one, "duplicate_card", evidence))
        elif not all(stock.acceptable(card.content) for card in one.reading.cards):
            brought.changes.append(_doubted(one, "card_unusable", []))
        else:
            sound.append(one)
    return sound


def _twin(twin: stock.Twin | None) -> dict[str, str]:
    if twin is None:
        return {"twin": "in the same answer"}
    order = {"order": twin.order_id.hex} if twin.order_id else {}
    return {"twin": twin.code_id.hex, "place": twin.place, **order}


def _doubted(one: Success, reason: str, evidence: list[dict[str, object]]) -> Change:
    """Nothing of it is given to anybody until a person has looked, by the cut-off."""
    attempt = one.attempt
    state = "cut_off" if one.late else "unknown"
    to = attempt._replace(
        state=state, reason=reason, answer="succeeded", owner=PERSON, next_at=None,
        borne_by=attempt.borne_by or ("supplier_receivable" if one.late else ""),
        reference=_reference(one),
    )  # fmt: skip
    return Change(attempt, to, "answered", "attempt.needs_person", one.said, {"cards": evidence})


def _deliver(
    successes: Sequence[Success], locked: Mapping[uuid.UUID, LockedOrder], now: datetime
) -> None:
    if not successes:
        return
    by_order = {one.attempt.order_id: one for one in successes}
    with_cards = [locked[o] for o, one in by_order.items() if o and one.reading.cards]
    without = [locked[o] for o, one in by_order.items() if o and not one.reading.cards]
    codes = _add([(by_order[order.id], order.id) for order in with_cards], now)
    _put_references([(order, by_order[order.id]) for order in without])
    record(with_cards, codes, how="bought", actor=ACTOR, now=now)
    record(without, {}, how="supplier", actor=ACTOR, now=now)


def _add(
    wanted: Sequence[tuple[Success, uuid.UUID | None]], now: datetime
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Keep the cards as codes of ours; the codes of each order."""
    bought = [card for one, order_id in wanted for card in _bought(one, order_id)]
    code_ids = stock.add_bought(bought=bought, now=now)
    codes: dict[uuid.UUID, list[uuid.UUID]] = {}
    for card, code_id in zip(bought, code_ids, strict=True):
        if card.order_id is not None:
            codes.setdefault(card.order_id, []).append(code_id)
    return codes


def _bought(one: Success, order_id: uuid.UUID | None) -> list[stock.Bought]:
    attempt = one.attempt
    return [
        stock.Bought(
            attempt.shop_id, attempt.variant_id, order_id, card.content.strip(), _last_day(card)
        )
        for card in one.reading.cards
    ]


def _last_day(card: Card) -> date | None:
    try:
        return date.fromisoformat(card.expires_on[:10]) if card.expires_on else None
    except ValueError:
        return None


def _put_references(delivered: Sequence[tuple[LockedOrder, Success]]) -> None:
    """What was done at the supplier has a number there; the buyer may need it to ask."""
    order_ids = [order.id for order, _ in delivered]
    people = dict(Order.everywhere.filter(pk__in=order_ids).values_list("pk", "person_id"))
    known = Person.everywhere.in_bulk(set(people.values()))
    for order, one in delivered:
        person = known[people[order.id]]
        if person.sealed_key is not None:
            text = _reference(one) or one.attempt.number
            persons.put(person=person, kind=handover_kind(order.id), text=text)


def _not_wanted(
    one: Success, locked: Mapping[uuid.UUID, LockedOrder], brought: Brought, now: datetime
) -> None:
    """Done at the supplier, nothing that could stand on a shelf, and the order is elsewhere."""
    attempt = one.attempt
    order = locked.get(attempt.order_id) if attempt.order_id else None
    attached = order is not None and order.attempt_id == attempt.id
    if order is not None and order.state == "held" and attached:
        # The review decides; until then the success waits for it, and is asked for again.
        to = attempt._replace(
            state="processing", reason="order_held", answer="succeeded",
            reference=_reference(one), next_at=now + LOOK_AGAIN,
        )  # fmt: skip
        brought.changes.append(Change(attempt, to, "answered", "", one.said))
        return
    to = attempt._replace(
        state="cut_off", reason="order_moved", answer="succeeded", reference=_reference(one),
        borne_by="supplier_receivable", next_at=None,
    )  # fmt: skip
    brought.changes.append(Change(attempt, to, "answered", "attempt.needs_person", one.said))
    brought.freed.add(attempt.id)


def _ended(one: Success, state: str, fact: str) -> Change:
    cost_fen = one.reading.cost_fen
    paid_fen = one.attempt.cost_fen if one.late or not cost_fen else cost_fen
    to = one.attempt._replace(
        state=state, reason="", answer="succeeded", reference=_reference(one), cost_fen=paid_fen
    )
    over = {"over_guard_fen": paid_fen} if paid_fen > one.attempt.cost_max_fen else {}
    return Change(one.attempt, to, "answered", fact, one.said, over)


def _reference(one: Success) -> str:
    return (one.attempt.reference or one.reading.reference)[:80]
