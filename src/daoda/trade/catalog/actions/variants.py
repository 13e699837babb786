"""Variants and their prices."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from daoda.trade.catalog import rules
from daoda.trade.catalog.actions.writing import Refused, assign, save, tell
from daoda.trade.catalog.models import PriceStep, Product, Variant

STEPS_MAX = 12
_OF_VARIANT = frozenset({"title", "price_fen", "list_price_fen", "rank"})


def create_variant(
    *,
    product_id: uuid.UUID,
    title: str,
    price_fen: int,
    actor: str,
    now: datetime,
    list_price_fen: int | None = None,
    rank: int = 0,
) -> Variant:
    """A new variant, on sale as soon as its product is. Raises Refused, DoesNotExist."""
    with transaction.atomic():
        product = Product.everywhere.get(pk=product_id)
        row = Variant(
            shop_id=product.shop_id,
            product=product,
            title=title,
            price_fen=price_fen,
            list_price_fen=list_price_fen,
            rank=rank,
            created_at=now,
            changed_at=now,
        )
        _check_prices(row, ())
        save(row, new=True)
        tell("variant.created", row, actor=actor, now=now, data={"price_fen": price_fen})
    return row


def change_variant(
    *, variant_id: uuid.UUID, changes: Mapping[str, Any], actor: str, now: datetime
) -> Variant:
    """Change title, prices or rank; orders already placed keep their price.

    Raises Refused (also when a price step would then cost more than a single piece).
    """
    with transaction.atomic():
        row: Variant = Variant.everywhere.select_for_update().get(pk=variant_id)
        before_fen = row.price_fen
        if changed := assign(row, changes, allowed=_OF_VARIANT):
            row.changed_at = now
            _check_prices(row, steps_of(row))
            save(row, new=False)
            told = {"changed": changed, "price_fen": row.price_fen, "before_fen": before_fen}
            tell("variant.changed", row, actor=actor, now=now, data=told)
    return row


def publish_variant(*, variant_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Offer a variant; False when it is offered already."""
    with transaction.atomic():
        rows = Variant.everywhere.filter(pk=variant_id, published=False)
        moved: int = rows.update(published=True, changed_at=now)
        if moved:
            tell("variant.published", Variant.everywhere.get(pk=variant_id), actor=actor, now=now)
    return bool(moved)


def withdraw_variant(*, variant_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Stop offering a variant; False when it was not offered."""
    with transaction.atomic():
        rows = Variant.everywhere.filter(pk=variant_id, published=True)
        moved: int = rows.update(published=False, changed_at=now)
        if moved:
            tell("variant.withdrawn", Variant.everywhere.get(pk=variant_id), actor=actor, now=now)
    return bool(moved)


def set_steps(
    *, variant_id: uuid.UUID, steps: Sequence[rules.Step], actor: str, now: datetime
) -> None:
    """Replace the whole table of price steps. Raises Refused."""
    if len(steps) > STEPS_MAX:
        raise Refused({"steps": "too_many"})
    with transaction.atomic():
        row: Variant = Variant.everywhere.select_for_update().get(pk=variant_id)
        _check_prices(row, steps)
        PriceStep.everywhere.filter(variant=row).delete()
        PriceStep.everywhere.bulk_create(
            PriceStep(
                shop_id=row.shop_id,
                variant=row,
                min_quantity=step.min_quantity,
                unit_price_fen=step.unit_price_fen,
            )
            for step in steps
        )
        told = {"steps": [[step.min_quantity, step.unit_price_fen] for step in steps]}
        tell("variant.stepped", row, actor=actor, now=now, data=told)


def steps_of(variant: Variant) -> list[rules.Step]:
    """The price steps of a variant as plain values."""
    rows = PriceStep.everywhere.filter(variant=variant).order_by("min_quantity")
    return [rules.Step(row.min_quantity, row.unit_price_fen) for row in rows]


def _check_prices(row: Variant, steps: Sequence[rules.Step]) -> None:
    if type(row.price_fen) is not int or not 1 <= row.price_fen <= rules.PRICE_FEN_MAX:
        raise Refused({"price_fen": "out_of_range"})
    problem = rules.steps_problem(row.price_fen, steps)
    if problem:
        raise Refused({"steps": problem})
