"""Shelves and products: made, changed, published, withdrawn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from daoda.records.promises import actions as promises
from daoda.trade.catalog import rules
from daoda.trade.catalog.actions.writing import Refused, assign, save, tell
from daoda.trade.catalog.models import Category, Product, Variant

_OF_CATEGORY = frozenset({"slug", "title", "rank"})
_OF_PRODUCT = frozenset(
    {
        *("slug", "title", "summary", "usage_notice", "region_note", "platform_note"),
        *("how_to_use", "confirm_text", "limit_per_buyer", "fields", "recipe", "rank"),
        *("category_id", "kind"),
    }
)
DATED_NODES = frozenset({"stocking", "supplying", "handling", "shortage", "review"})


def create_category(
    *, shop_id: uuid.UUID, slug: str, title: str, actor: str, now: datetime, rank: int = 0
) -> Category:
    """A new shelf. Raises Refused (slug taken)."""
    row = Category(shop_id=shop_id, slug=slug, title=title, rank=rank, created_at=now)
    with transaction.atomic():
        save(row, new=True)
        tell("category.created", row, actor=actor, now=now, data={"slug": slug})
    return row


def change_category(
    *, category_id: uuid.UUID, changes: Mapping[str, Any], actor: str, now: datetime
) -> Category:
    """Change slug, title or rank. Raises Refused, DoesNotExist."""
    with transaction.atomic():
        row: Category = Category.everywhere.select_for_update().get(pk=category_id)
        if changed := assign(row, changes, allowed=_OF_CATEGORY):
            save(row, new=False)
            tell("category.changed", row, actor=actor, now=now, data={"changed": changed})
    return row


def create_product(
    *,
    shop_id: uuid.UUID,
    kind: str,
    slug: str,
    title: str,
    actor: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> Product:
    """A draft that nobody sees yet. ``details``: what ``change_product`` takes.

    Raises Refused.
    """
    row = Product(shop_id=shop_id, kind=kind, created_at=now, changed_at=now)
    with transaction.atomic():
        assign(row, {**(details or {}), "slug": slug, "title": title}, allowed=_OF_PRODUCT)
        _check(row)
        save(row, new=True)
        tell("product.created", row, actor=actor, now=now, data={"slug": slug, "kind": kind})
    return row


def change_product(
    *, product_id: uuid.UUID, changes: Mapping[str, Any], actor: str, now: datetime
) -> Product:
    """Change what a product says and asks; orders already placed keep what they were told.

    Raises Refused, DoesNotExist.
    """
    with transaction.atomic():
        row: Product = Product.everywhere.select_for_update().get(pk=product_id)
        if changed := assign(row, changes, allowed=_OF_PRODUCT):
            row.changed_at = now
            _check(row)
            save(row, new=False)
            tell("product.changed", row, actor=actor, now=now, data={"changed": changed})
    return row


def publish_product(*, product_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Put a product on the shelf; False when it stands there already.

    Raises Refused when it has nothing to sell.
    """
    if not Variant.everywhere.filter(product_id=product_id, published=True).exists():
        raise Refused({"variants": "none_published"})
    with transaction.atomic():
        rows = Product.everywhere.filter(pk=product_id, published=False)
        moved: int = rows.update(published=True, changed_at=now)
        if moved:
            tell("product.published", Product.everywhere.get(pk=product_id), actor=actor, now=now)
    return bool(moved)


def withdraw_product(*, product_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Take a product off the shelf; open orders go on. False when it was not there."""
    with transaction.atomic():
        rows = Product.everywhere.filter(pk=product_id, published=True)
        moved: int = rows.update(published=False, changed_at=now)
        if moved:
            tell("product.withdrawn", Product.everywhere.get(pk=product_id), actor=actor, now=now)
    return bool(moved)


def publish_date_rule(
    *,
    product_id: uuid.UUID,
    node: str,
    seconds: int,
    windows: Sequence[Mapping[str, Any]],
    actor: str,
    now: datetime,
) -> int:
    """Publish how long a node of this product takes and at which hours longer; its version.

    Promises already made keep their dates. ``windows``: see ``promises.rules.Window``.
    Raises Refused.
    """
    if node not in DATED_NODES:
        raise Refused({"node": "unknown"})
    with transaction.atomic():
        product = Product.everywhere.get(pk=product_id)
        try:
            rule = promises.publish_rule(
                shop_id=product.shop_id,
                node=node,
                seconds=seconds,
                windows=windows,
                product_id=product_id,
                now=now,
            )
        except ValueError:
            raise Refused({"windows": "never_done"}) from None
        told = {"node": node, "seconds": seconds, "version": rule.version}
        tell("product.dated", product, actor=actor, now=now, data=told)
    return rule.version


def _check(row: Product) -> None:
    _, problems = rules.read_fields(row.fields)
    if problems:
        raise Refused({f"fields.{problem.position}": problem.code for problem in problems})
    if row.kind not in rules.KINDS:
        raise Refused({"kind": "unknown"})
    try:
        rules.read_recipe(row.kind, row.recipe)
    except ValueError:
        raise Refused({"recipe": "unreadable"}) from None
