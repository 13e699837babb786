"""The shapes of what is asked and answered. What is sent is read strictly: no unknown names, no
numbers as text, no control characters."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import (
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from daoda.kit.money import AMOUNT_FEN_MAX
from daoda.records.ledger.rules import DEBIT_GROWS
from daoda.trade.catalog.rules import QUANTITY_MAX
from daoda.trade.catalog.rules.recipes import KINDS as PRODUCT_KINDS
from daoda.trade.orders.rules import (
    CONTACT_CHARS_MAX,
    QUERY_PASSWORD_CHARS_MAX,
    QUERY_PASSWORD_CHARS_MIN,
)
from daoda.trade.orders.states import ORDER
from daoda.trade.payments.states import REFUND
from daoda.trade.stock.states import IMPORT
from daoda.watch.rehearsals.states import REHEARSAL

ID_PATTERN = "^[0-9a-f]{32}$"
FEN_MAX = 2**53 - 1
# No C0 or C1 control characters: PostgreSQL refuses NUL, and the others are never meant.
_PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
_id_example = "0197c5a3f0c27b1e9d4a5b6c7d8e9f00"


def _named(names: Any) -> Any:
    return WithJsonSchema({"type": "string", "enum": sorted(names)})


def _one_of(names: Any) -> Any:
    return StringConstraints(pattern=f"^({'|'.join(sorted(names))})$")


Id = Annotated[
    uuid.UUID,
    PlainSerializer(lambda value: value.hex, return_type=str),
    WithJsonSchema({"type": "string", "pattern": ID_PATTERN, "examples": [_id_example]}),
]
Moment = Annotated[
    datetime,
    PlainSerializer(
        lambda at: at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        return_type=str,
    ),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
AskedId = Annotated[str, StringConstraints(pattern=ID_PATTERN), Field(examples=[_id_example])]
Fen = Annotated[int, Field(ge=0, le=FEN_MAX, description="Whole fen (1/100 yuan).")]
Line = Annotated[str, StringConstraints(pattern=_PLAIN)]
IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,200}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
OrderState = Annotated[str, _one_of(ORDER.states), _named(ORDER.states)]
RefundState = Annotated[str, _one_of(REFUND.states), _named(REFUND.states)]
ProductKind = Annotated[str, _named(PRODUCT_KINDS)]
RehearsalState = Annotated[str, _named(REHEARSAL.states)]
ImportState = Annotated[str, _named(IMPORT.states)]
AccountKind = Annotated[str, _named(DEBIT_GROWS)]


class Asked(Schema):
    """Base of what is sent to us."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WrongOut(Schema):
    where: str = Field(description="Where in the request.", examples=["body.quantity"])
    code: str = Field(description="A code that stays the same.", examples=["too_short"])
    says: str = Field(description="The same in words.")


class ProblemOut(Schema):
    """RFC 9457. `code` stays the same; `title` and `detail` follow `Accept-Language`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/api/v1/problems/sold_out",
                "title": "Not so many are in stock.",
                "status": 409,
                "detail": "Order fewer, or try when stock has come in.",
                "instance": "/api/v1/orders",
                "code": "sold_out",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[WrongOut] = Field(default_factory=list)


class ProblemKindOut(Schema):
    code: str
    status: int
    title: str
    do: str


class StepOut(Schema):
    min_quantity: int
    unit_price_fen: Fen


class VariantOut(Schema):
    id: Id
    title: str
    price_fen: Fen
    list_price_fen: Fen | None
    currency: str
    steps: list[StepOut] = Field(description="From this quantity on, each costs less.")
    available: int | None = Field(
        description="How many can be ordered; null where people deliver and nothing is counted."
    )


class FieldOut(Schema):
    """What the buyer must fill; send the answers in `fields` of the order."""

    name: str
    type: str
    required: bool
    label: dict[str, str]
    help: dict[str, str]
    length_min: int
    length_max: int
    choices: list[str]


class ProductOut(Schema):
    id: Id
    slug: str
    kind: ProductKind
    category: str | None = Field(description="The slug of its category.")
    title: str
    summary: str
    usage_notice: str
    region_note: str
    platform_note: str
    limit_per_buyer: int | None
    fields: list[FieldOut]
    variants: list[VariantOut]


class ProductsOut(Schema):
    items: list[ProductOut]


class OrderIn(Asked):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "variant_id": _id_example,
                "quantity": 1,
                "contact": "buyer@example.com",
                "password": "query-4711",
                "fields": {},
                "coupon": "",
                "expected_fen": 1990,
            }
        }
    )

    variant_id: AskedId
    quantity: int = Field(ge=1, le=QUANTITY_MAX)
    contact: Line = Field(
        min_length=3,
        max_length=CONTACT_CHARS_MAX,
        description="The buyer's email or telephone. Kept sealed, never sent back.",
    )
    password: Line = Field(
        min_length=QUERY_PASSWORD_CHARS_MIN,
        max_length=QUERY_PASSWORD_CHARS_MAX,
        description="With it and the number the buyer finds the order on the shop's page.",
    )
    fields: dict[FieldName, Annotated[Line, Field(max_length=400)]] = Field(
        default_factory=dict,
        max_length=12,
        description="Answers to the product's `fields`.",
        json_schema_extra={"additionalProperties": False},
    )
    coupon: Line = Field(default="", max_length=32)
    expected_fen: Fen | None = Field(
        default=None,
        description="The total you have shown. Another price is refused with `price_changed`.",
    )


class PromiseOut(Schema):
    """Where an open order stands: never without an owner and a date."""

    node: str = Field(examples=["payment"])
    owner: str = Field(examples=["buyer"])
    due_at: Moment
    slips: int = Field(description="How many earlier dates were not kept.")


class OrderOut(Schema):
    id: Id
    number: str = Field(examples=["7K3QF-92MXD"])
    state: OrderState
    promise: PromiseOut | None = Field(description="Null once nothing more is owed to anyone.")
    product_id: Id
    variant_id: Id
    title: str
    quantity: int
    unit_price_fen: Fen
    discount_fen: Fen
    amount_fen: Fen
    currency: str
    placed_at: Moment
    pay_by: Moment
    paid_at: Moment | None
    closed_at: Moment | None
    page_url: str = Field(
        description="The order's page, where the buyer pays and has the goods. Whoever has this "
        "address has the order: hand it to the buyer only."
    )


class OrdersOut(Schema):
    items: list[OrderOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page.")


class BadLineOut(Schema):
    line: int
    code: str = Field(examples=["twice", "in_stock", "expired"])
    other_line: int = Field(description="The first of two equal lines; 0 where there is none.")


class ImportOut(Schema):
    id: Id
    state: ImportState
    promise: PromiseOut | None = Field(description="Null once the import has ended.")
    variant_id: Id
    mode: str
    source: str
    received_at: Moment
    ended_at: Moment | None
    lines_total: int
    lines_done: int = Field(description="How many lines have been read.")
    imported: int = Field(description="How many codes came to the shelf.")
    bad_lines: int
    refusal: str = Field(description="Why nothing came in; empty otherwise.")
    bad: list[BadLineOut]
    bad_left_off: int = Field(description="Bad lines beyond those in `bad`.")


class RehearsalIn(Asked):
    name: Line = Field(default="", max_length=60, description="What people call it.")
    day: dict[str, Any] = Field(
        description="Curve, mix, paying, people, restock, seed; what is wrong is told by place."
    )


class RehearsalOut(Schema):
    id: Id
    name: str
    state: RehearsalState
    promise: PromiseOut | None = Field(description="Null once it has ended.")
    reason: str = Field(description="Why it was not played to its end; empty otherwise.")
    asked_at: Moment
    ended_at: Moment | None
    buyers: int = Field(description="How many come on that day; 0 until it is known.")
    buyers_come: int = Field(description="How many of them have come so far.")
    day: dict[str, Any]
    outcome: dict[str, Any] | None = Field(
        description="Orders, dates, waits, queues minute by minute, and where it stuck."
    )


class AccountOut(Schema):
    id: Id
    kind: AccountKind
    of: str = Field(description="The channel or supplier it is kept for; empty for the shop's own.")
    currency: str
    debit_fen: Fen
    credit_fen: Fen
    balance_fen: int = Field(description="Grows on the account's natural side.")


class AccountsOut(Schema):
    items: list[AccountOut]


class TransferOut(Schema):
    id: Id
    at: Moment
    kind: str
    subject_id: Id = Field(description="What caused it: a payment, an order, a refund.")
    debit: AccountKind
    debit_of: str
    credit: AccountKind
    credit_of: str
    amount_fen: Fen
    currency: str


class TransfersOut(Schema):
    items: list[TransferOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page.")


class RefundIn(Asked):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"order_id": _id_example, "amount_fen": 500, "reason": "goodwill"}
        }
    )

    order_id: AskedId
    amount_fen: int | None = Field(
        default=None, ge=1, le=AMOUNT_FEN_MAX, description="Whole fen; null gives back all of it."
    )
    reason: Line = Field(
        min_length=1,
        max_length=30,
        description="The buyer reads it; words like `goodwill` in her language.",
    )


class RefundPromiseOut(Schema):
    """Where an open refund stands: never without an owner and a date."""

    node: str = Field(examples=["refund"])
    owner: str = Field(examples=["machine:refund"])
    due_at: Moment


class RefundOut(Schema):
    id: Id = Field(description="Its number at the channel, the same on every try.")
    order_id: Id | None
    state: RefundState
    promise: RefundPromiseOut | None = Field(description="Null once the money has gone back.")
    channel: str
    trade_no: str = Field(description="The channel's number of the payment it goes back from.")
    amount_fen: Fen
    currency: str
    reason: str
    reference: str = Field(description="What a person noted who sent it by hand; else empty.")
    detail: str = Field(description="The channel's last word, in English.")
    owed_at: Moment
    sent_at: Moment | None
    next_at: Moment | None = Field(description="When the machine turns to it next.")
    closed_at: Moment | None


class RefundsOut(Schema):
    items: list[RefundOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page.")
