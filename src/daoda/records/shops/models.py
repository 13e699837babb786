"""Shops, and the base of everything that belongs to one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar

from django.core.validators import RegexValidator
from django.db import models

from daoda.kit import ids

COLOUR = RegexValidator(r"^#[0-9a-f]{6}$")
_current: ContextVar[uuid.UUID | None] = ContextVar("current_shop", default=None)


class NoShopScope(RuntimeError):
    """A row of a shop was read where no shop has been entered: a programming error."""


class Shop(models.Model):
    """One shop. ``hosts`` are the host names that lead to it; ``screens_orders`` says that paid

    orders wait for its rules of risk to be asked.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    hosts = models.JSONField(default=list)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    currency = models.CharField(max_length=3, default="CNY")
    accent_colour = models.CharField(max_length=7, default="#0b63ce", validators=[COLOUR])
    logo = models.CharField(max_length=200, blank=True, default="")
    tagline = models.CharField(max_length=120, blank=True, default="")
    footer = models.TextField(blank=True, default="")
    filing_number = models.CharField(max_length=60, blank=True, default="")
    screens_orders = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


def current_shop_id() -> uuid.UUID:
    """The shop entered by ``scope``. Raises NoShopScope."""
    shop_id = _current.get()
    if shop_id is None:
        raise NoShopScope("enter a shop with shops.scope(...) or read through .everywhere")
    return shop_id


@contextmanager
def scope(shop_id: uuid.UUID) -> Iterator[None]:
    """Within this block, ``Model.objects`` of shop-owned tables means this shop's rows."""
    token = _current.set(shop_id)
    try:
        yield
    finally:
        _current.reset(token)


M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M]):
    """Only the entered shop's rows; forgetting to enter one fails by itself."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(shop_id=current_shop_id())


class ShopOwned(models.Model):
    """Base of every table that belongs to a shop.

    No foreign key in the database: it would lock the one row of a shop for every fact written
    about it. Shops are never deleted (a trigger refuses it), so none can dangle.
    """

    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    objects: ClassVar[ScopedManager[Any]] = ScopedManager()
    everywhere: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
