"""Tables of the catalogue. Prices in fen; texts as the shop wrote them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from daoda.kit import ids, money
from daoda.records.shops.models import ShopOwned
from daoda.trade.catalog.rules.recipes import KINDS

TITLE_CHARS_MAX = 120
NOTE_CHARS_MAX = 4_000


class Category(ShopOwned):
    """A shelf; those of lower ``rank`` come first."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=TITLE_CHARS_MAX)
    rank = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["shop", "slug"], name="one_category_of_a_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class Product(ShopOwned):
    """Something sold. ``fields`` and ``recipe``: see ``rules``; ``picture`` names a stored file."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products"
    )
    kind = models.CharField(max_length=12)
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=TITLE_CHARS_MAX)
    summary = models.CharField(max_length=300, blank=True, default="")
    picture = models.CharField(max_length=200, blank=True, default="")
    usage_notice = models.TextField(max_length=NOTE_CHARS_MAX, blank=True, default="")
    region_note = models.CharField(max_length=300, blank=True, default="")
    platform_note = models.CharField(max_length=300, blank=True, default="")
    how_to_use = models.TextField(max_length=NOTE_CHARS_MAX, blank=True, default="")
    confirm_text = models.CharField(max_length=300, blank=True, default="")
    limit_per_buyer = models.PositiveIntegerField(null=True, blank=True)
    fields = models.JSONField(default=list, blank=True)
    recipe = models.JSONField(default=dict, blank=True)
    published = models.BooleanField(default=False)
    rank = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["shop", "rank", "id"], condition=Q(published=True), name="product_on_shelf"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["shop", "slug"], name="one_product_of_a_slug"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="product_known_kind"),
            models.CheckConstraint(
                condition=Q(limit_per_buyer__isnull=True) | Q(limit_per_buyer__gt=0),
                name="product_limit_allows_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Variant(ShopOwned):
    """What is priced and counted. ``list_price_fen`` is the price struck through, if any."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    title = models.CharField(max_length=TITLE_CHARS_MAX)
    price_fen = models.BigIntegerField()
    list_price_fen = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default=money.CURRENCY)
    published = models.BooleanField(default=True)
    rank = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "title"], name="one_variant_of_a_title"),
            models.CheckConstraint(condition=Q(price_fen__gt=0), name="variant_costs_something"),
            models.CheckConstraint(
                condition=Q(list_price_fen__isnull=True) | Q(list_price_fen__gte=F("price_fen")),
                name="variant_list_price_is_higher",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PriceStep(ShopOwned):
    """From ``min_quantity`` pieces on, each costs ``unit_price_fen``."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="steps")
    min_quantity = models.PositiveIntegerField()
    unit_price_fen = models.BigIntegerField()

    class Meta:
        ordering = ["min_quantity"]
        constraints = [
            models.UniqueConstraint(fields=["variant", "min_quantity"], name="one_step_of_a_size"),
            models.CheckConstraint(
                condition=Q(min_quantity__gte=2) & Q(unit_price_fen__gt=0), name="step_makes_sense"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.min_quantity}+"


class Coupon(ShopOwned):
    """``value``: percent off, or fen off. ``used`` counts orders that hold it or have paid.

    Only orders paid after they had lapsed carry it over ``uses_max``.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    code = models.CharField(max_length=32)
    kind = models.CharField(max_length=8)
    value = models.BigIntegerField()
    min_amount_fen = models.BigIntegerField(default=0)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="coupons"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    uses_max = models.PositiveIntegerField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)
    withdrawn = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "code"], name="one_coupon_of_a_code"),
            models.CheckConstraint(
                condition=Q(kind="amount", value__gt=0)
                | Q(kind="percent", value__gt=0, value__lte=100),
                name="coupon_grants_something",
            ),
            models.CheckConstraint(condition=Q(min_amount_fen__gte=0), name="coupon_minimum"),
        ]

    def __str__(self) -> str:
        return self.code
