"""Placing an order: everything that is kept for the buyer, in one transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from daoda.kit import crypto, ids, sql
from daoda.records.journal import actions as journal
from daoda.records.persons import actions as persons
from daoda.records.persons import queries as person_rows
from daoda.records.persons.models import Person
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.catalog import actions as catalog_actions
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.catalog.rules import check_fields
from daoda.trade.orders import rules
from daoda.trade.orders.actions.moving import SQL
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import ORDER, STANDING
from daoda.trade.stock import actions as stock

_NUMBER_TRIES = 5


class OrderRefused(Exception):
    """The order cannot be placed as wanted; ``code`` says why, doors put it into words.

    Codes: not_on_sale, bad_quantity, bad_contact, bad_password, bad_fields (``params`` maps a
    field to its FieldError), over_limit, sold_out, bad_coupon, price_changed.
    """

    def __init__(self, code: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})


@dataclass(frozen=True)
class Wanted:
    """What a buyer wants. ``password`` and ``answers`` never leave this value unsealed.

    ``expected_fen`` is the price the buyer has confirmed; ``client_key`` makes a repeat return
    the first order instead of placing a second one. ``buyer_id`` puts the order into a buyer's
    account, ``person_id`` files what she typed under the account's own person.
    """

    shop_id: uuid.UUID
    variant_id: uuid.UUID
    quantity: int
    contact: str = field(repr=False)
    password: str = field(repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    coupon_code: str = ""
    expected_fen: int | None = None
    source: str = "web"
    client_key: str | None = None
    buyer_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None


def place(*, wanted: Wanted, actor: str, now: datetime) -> Order:
    """Place an order: price locked, stock and coupon kept, dated until it must be paid.

    Runs in the shop's scope. Raises OrderRefused; then nothing is kept.
    """
    earlier = _earlier(wanted)
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            return _place(wanted, actor, now)
    except (IntegrityError, OrderRefused):
        # A twin with the same client key has committed in the meantime, and may have taken the
        # last there was or filled the limit; or we failed truly.
        twin = _earlier(wanted)
        if twin is None:
            raise
        return twin


def _earlier(wanted: Wanted) -> Order | None:
    if wanted.client_key is None:
        return None
    found: Order | None = Order.everywhere.filter(
        shop_id=wanted.shop_id, source=wanted.source, client_key=wanted.client_key
    ).first()
    return found


def _place(wanted: Wanted, actor: str, now: datetime) -> Order:
    variant = catalog.variant(wanted.variant_id)
    if variant is None:
        raise OrderRefused("not_on_sale")
    answers = _check(wanted, variant)
    offer = _offer(wanted, variant, now)
    people = _people(wanted, now)
    _check_limit(wanted, variant, people)
    person = _filed_under(wanted, people, now)
    recipe = catalog.recipe_of(variant.product)
    reserved = recipe.via == "stock"
    if reserved and not stock.reserve(variant_id=variant.pk, quantity=wanted.quantity):
        raise OrderRefused("sold_out")
    if offer.coupon and not catalog_actions.redeem_coupon(coupon_id=offer.coupon.pk, now=now):
        raise OrderRefused("bad_coupon", {"refusal": "used_up"})
    order = _build(wanted, variant, person, offer, now)
    order.reserved, order.via, order.hands = reserved, recipe.via, recipe.owner
    promise = _until_paid(order, now)
    promises.make_many([promise])
    order.save(force_insert=True)
    if answers:
        text = json.dumps(answers, ensure_ascii=False)
        persons.put(person=person, kind=f"order:{order.pk.hex}:fields", text=text)
    journal.write(
        kind="order.placed", subject="order", subject_id=order.pk, shop_id=order.shop_id,
        actor=actor, at=now,
        data={
            "variant": variant.pk.hex, "quantity": order.quantity,
            "amount_fen": order.amount_fen, "currency": order.currency,
        },
    )  # fmt: skip
    return order


def _check(wanted: Wanted, variant: Variant) -> dict[str, str]:
    contact = wanted.contact.strip()
    if not 3 <= len(contact) <= rules.CONTACT_CHARS_MAX or not contact.isprintable():
        raise OrderRefused("bad_contact")
    length = len(wanted.password)
    if not rules.QUERY_PASSWORD_CHARS_MIN <= length <= rules.QUERY_PASSWORD_CHARS_MAX:
        raise OrderRefused("bad_password")
    clean, errors = check_fields(catalog.fields_of(variant.product), wanted.answers)
    if errors:
        raise OrderRefused("bad_fields", errors)
    return clean


def _offer(wanted: Wanted, variant: Variant, now: datetime) -> catalog.Offer:
    try:
        offer = catalog.offer(
            variant, quantity=wanted.quantity, coupon_code=wanted.coupon_code, now=now
        )
    except ValueError as problem:
        raise OrderRefused("bad_quantity") from problem
    if offer.refusal:
        raise OrderRefused("bad_coupon", {"refusal": offer.refusal})
    if wanted.expected_fen not in (None, offer.quote.total_fen):
        raise OrderRefused("price_changed", {"amount_fen": offer.quote.total_fen})
    return offer


def _people(wanted: Wanted, now: datetime) -> list[Person]:
    """Whoever gave this contact, now or before: one anonymous person, and that of an account.

    Locked, so that two orders of one contact cannot pass a limit side by side, not even the
    first two, and so that nobody is erased while an order is filed under her.
    """
    if wanted.person_id is None:
        persons.ensure(shop_id=wanted.shop_id, contact=wanted.contact.strip(), now=now)
    known = {*person_rows.ids_by_contact(wanted.shop_id, wanted.contact), wanted.person_id}
    rows = Person.everywhere.select_for_update().filter(
        shop_id=wanted.shop_id, pk__in=known - {None}
    )
    return [person for person in rows.order_by("pk") if person.erased_at is None]


def _check_limit(wanted: Wanted, variant: Variant, people: Sequence[Person]) -> None:
    limit = variant.product.limit_per_buyer
    if limit is None:
        return
    params = {
        "person_ids": [person.pk for person in people],
        "product_id": variant.product_id,
    }
    ((already,),) = sql.rows(SQL.quantity_of_contact, params)
    if already + wanted.quantity > limit:
        raise OrderRefused("over_limit", {"limit": limit, "already": already})


def _filed_under(wanted: Wanted, people: Sequence[Person], now: datetime) -> Person:
    """The account's own person, else the one anonymous person of the contact."""
    if wanted.person_id is not None:
        own = next((person for person in people if person.pk == wanted.person_id), None)
        if own is None:
            raise OrderRefused("bad_contact")  # the account was deleted a moment ago
        return own
    # An account's contact is not verified: what others order must not end up in it.
    strangers = (person for person in people if not person.has_account)
    return next(strangers, None) or persons.create(  # the one there was has just been erased
        shop_id=wanted.shop_id, contact=wanted.contact.strip(), now=now
    )


def _build(
    wanted: Wanted, variant: Variant, person: Person, offer: catalog.Offer, now: datetime
) -> Order:
    product = variant.product
    order_id = ids.uuid7(now)
    return Order(
        id=order_id,
        shop_id=wanted.shop_id,
        number=_free_number(wanted.shop_id),
        person=person,
        buyer_id=wanted.buyer_id,
        product=product,
        variant=variant,
        coupon=offer.coupon,
        kind=product.kind,
        quantity=wanted.quantity,
        unit_price_fen=offer.quote.unit_fen,
        discount_fen=offer.quote.discount_fen,
        amount_fen=offer.quote.total_fen,
        currency=variant.currency,
        told={
            "product": product.title,
            "variant": variant.title,
            "how_to_use": product.how_to_use,
        },
        password_hash=crypto.query_password_hash(order_id.bytes, wanted.password),
        source=wanted.source,
        client_key=wanted.client_key,
        placed_at=now,
    )


def _free_number(shop_id: uuid.UUID) -> str:
    for _ in range(_NUMBER_TRIES):
        number = ids.short_number()
        if not Order.everywhere.filter(shop_id=shop_id, number=number).exists():
            return number
    raise RuntimeError("no free order number found")  # 2**45 numbers: the generator is broken


def _until_paid(order: Order, now: datetime) -> promises.NewPromise:
    """Date the order: the buyer's turn, by when, and what happens if she does not pay."""
    standing = STANDING[ORDER.initial]
    clocks = promise_rules.rules_of(order.shop_id, now=now)
    due = clocks.due(standing.clock, now)
    promise = promises.NewPromise(
        shop_id=order.shop_id,
        subject="order",
        subject_id=order.pk,
        node=standing.node,
        owner=standing.owner,
        made_at=now,
        due_at=due.due_at,
        consequence=standing.consequence,
        basis=clocks.rule(standing.clock).basis(due),
        id=ids.uuid7(now),
    )
    order.state, order.node, order.owner = ORDER.initial, promise.node, promise.owner
    order.promised_at, order.promise_id, order.pay_by = promise.due_at, promise.id, promise.due_at
    return promise
