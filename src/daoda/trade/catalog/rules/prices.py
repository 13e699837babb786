"""What a quantity of a variant costs. Integer fen throughout; docs/algorithms/price.md."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal, NamedTuple

PRICE_FEN_MAX = 1_000_000_00  # a million yuan for one piece: above it a price is a typing error
QUANTITY_MAX = 1_000  # in one order, which is delivered whole
TOTAL_FEN_MIN = 1  # no channel can take nothing
COUPON_CODE_CHARS_MAX = 32

CouponKind = Literal["percent", "amount"]
CouponRefusal = Literal[
    "withdrawn", "not_started", "ended", "used_up", "other_product", "below_minimum"
]


@dataclass(frozen=True)
class Step:
    """From ``min_quantity`` pieces on, each costs ``unit_price_fen``."""

    min_quantity: int
    unit_price_fen: int


@dataclass(frozen=True)
class CouponTerms:
    """What a coupon grants. ``value`` is percent off (1-100) or fen off, by ``kind``.

    ``uses_left`` None means without limit; ``product_id`` None means any product.
    """

    kind: CouponKind
    value: int
    min_amount_fen: int = 0
    product_id: uuid.UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uses_left: int | None = None
    withdrawn: bool = False


class Quote(NamedTuple):
    """``total_fen`` is what is to be paid: unit × quantity − discount."""

    unit_fen: int
    total_fen: int
    discount_fen: int


def price(
    *,
    variant_price_fen: int,
    steps: Iterable[Step],
    quantity: int,
    coupon: CouponTerms | None = None,
) -> Quote:
    """The exact price. A percentage is rounded down to whole fen, so the discount is never more
    than was offered; at least one fen stays to be paid.

    A coupon below its minimum amount grants nothing; whether it may be used at all is
    ``coupon_refusal``. ValueError for a quantity or a price outside the limits.
    """
    if not 1 <= quantity <= QUANTITY_MAX:
        raise ValueError(f"quantity {quantity} is outside 1..{QUANTITY_MAX}")
    unit_fen = _unit_fen(variant_price_fen, steps, quantity)
    if not 1 <= unit_fen <= PRICE_FEN_MAX:
        raise ValueError(f"unit price {unit_fen} fen is outside 1..{PRICE_FEN_MAX}")
    full_fen = unit_fen * quantity
    discount_fen = _discount_fen(coupon, full_fen)
    return Quote(unit_fen, full_fen - discount_fen, discount_fen)


def _unit_fen(variant_price_fen: int, steps: Iterable[Step], quantity: int) -> int:
    reached = [step for step in steps if step.min_quantity <= quantity]
    if not reached:
        return variant_price_fen
    return max(reached, key=lambda step: step.min_quantity).unit_price_fen


def _discount_fen(coupon: CouponTerms | None, full_fen: int) -> int:
    if coupon is None or full_fen < coupon.min_amount_fen:
        return 0
    granted = full_fen * coupon.value // 100 if coupon.kind == "percent" else coupon.value
    return max(0, min(granted, full_fen - TOTAL_FEN_MIN))


def coupon_refusal(
    coupon: CouponTerms, *, product_id: uuid.UUID, full_fen: int, now: datetime
) -> CouponRefusal | None:
    """Why this coupon cannot be used for this purchase; None when it can.

    The last use is settled by the conditional update that redeems it, not here.
    """
    checks: tuple[tuple[CouponRefusal, bool], ...] = (
        ("withdrawn", coupon.withdrawn),
        ("not_started", coupon.starts_at is not None and now < coupon.starts_at),
        ("ended", coupon.ends_at is not None and now >= coupon.ends_at),
        ("used_up", coupon.uses_left is not None and coupon.uses_left <= 0),
        ("other_product", coupon.product_id not in (None, product_id)),
        ("below_minimum", full_fen < coupon.min_amount_fen),
    )
    return next((refusal for refusal, applies in checks if applies), None)


def steps_problem(variant_price_fen: int, steps: Iterable[Step]) -> str | None:
    """What is wrong with a table of price steps, as a code; None when it can be published.

    Buying more must never cost more apiece.
    """
    ordered = sorted(steps, key=lambda step: step.min_quantity)
    quantities = [step.min_quantity for step in ordered]
    prices = [variant_price_fen, *(step.unit_price_fen for step in ordered)]
    if any(not 2 <= quantity <= QUANTITY_MAX for quantity in quantities):
        return "quantity_out_of_range"
    if len(set(quantities)) != len(quantities):
        return "quantity_twice"
    if any(not 1 <= unit <= PRICE_FEN_MAX for unit in prices):
        return "price_out_of_range"
    if any(dearer > cheaper for cheaper, dearer in pairwise(prices)):
        return "price_rises"
    return None


def normalize_coupon_code(typed: str) -> str:
    """A coupon code as it is stored: half-width, upper case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()[:COUPON_CODE_CHARS_MAX]
