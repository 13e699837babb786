"""Tables of suppliers: whom we buy from, what, how they do, and who is speaking with them now."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.promises.models import Dated, dated_constraints
from daoda.records.shops.models import ShopOwned
from daoda.trade.catalog.models import Variant
from daoda.trade.suppliers.states import SUPPLIER

BY_HAND = "by_hand"
CUT_OFF_POLICIES = ("wait", "elsewhere", "refund")
SPANS = ("minute", "hour")


class Supplier(Dated):
    """Somebody we buy from. ``config`` is sealed: it holds our keys there.

    ``recipe`` is the document by which the recipe adapter speaks (empty for the others); adapter
    ``by_hand`` is people with a work list. ``promise_s`` is how long it says a purchase takes.
    ``cut_off_s`` after a purchase became unknown, ``cut_off_policy`` decides; ``risk_limit_fen``
    is how much may be unknown at once. ``windows`` are weekly maintenance (see promises'
    ``rules.Window``). ``trips`` counts how often in a row the breaker opened, ``reason`` says why
    it is not bought from. While a supplier works nobody owes anything; otherwise the date is that
    of the next probe, or of the end of the pause.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=60)
    adapter = models.CharField(max_length=30)
    recipe = models.JSONField(default=dict)
    key_id = models.CharField(max_length=20)
    config = models.BinaryField()
    reason = models.CharField(max_length=200, blank=True, default="")
    trips = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    promise_s = models.PositiveIntegerField(default=600)
    concurrency = models.PositiveIntegerField(default=20)
    calls_per_minute = models.PositiveIntegerField(default=600)
    unknown_percent = models.PositiveSmallIntegerField(default=30)
    failure_percent = models.PositiveSmallIntegerField(default=60)
    risk_limit_fen = models.BigIntegerField(default=100_000)
    cut_off_s = models.PositiveIntegerField(default=24 * 3600)
    cut_off_policy = models.CharField(max_length=12, default="wait")
    emergency = models.BooleanField(default=False)
    windows = models.JSONField(default=list)
    balance_fen = models.BigIntegerField(null=True)
    balance_at = models.DateTimeField(null=True)
    balance_next_at = models.DateTimeField()
    warn_below_fen = models.BigIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("suppliers_supplier", SUPPLIER, carries_promise=False),
            models.UniqueConstraint(fields=["shop", "code"], name="one_supplier_of_a_code"),
            models.CheckConstraint(
                condition=Q(cut_off_policy__in=CUT_OFF_POLICIES), name="supplier_known_policy"
            ),
            models.CheckConstraint(
                condition=Q(concurrency__gt=0, calls_per_minute__gt=0, cut_off_s__gt=0),
                name="supplier_can_be_asked",
            ),
            models.CheckConstraint(
                condition=Q(state="working") | ~Q(reason=""), name="supplier_stands_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def by_hand(self) -> bool:
        return self.adapter == BY_HAND


class Offer(ShopOwned):
    """A variant of ours as a supplier's goods. ``unit_cost_hao`` is in ten-thousandths of a yuan.

    A purchase may cost ``guard_percent`` more than that and no more. ``field_map`` gives the
    supplier's name of each of our fields. Offers of lower ``rank`` come first, whatever they cost.
    ``shelf_per_day`` pieces a day may be bought onto our shelf ahead of orders.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="offers")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    goods = models.CharField(max_length=80)
    unit_cost_hao = models.BigIntegerField()
    guard_percent = models.PositiveSmallIntegerField(default=0)
    field_map = models.JSONField(default=dict)
    quantity_max = models.PositiveIntegerField(null=True)
    rank = models.SmallIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    shelf_per_day = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "variant"], name="one_offer_of_a_variant"),
            models.CheckConstraint(
                condition=Q(unit_cost_hao__gt=0) & ~Q(goods=""), name="offer_of_something"
            ),
            models.CheckConstraint(
                condition=Q(guard_percent__lte=100), name="offer_guard_is_a_share"
            ),
        ]


class Pace(ShopOwned):
    """How far the allowance of calls of a supplier is spent; the row is the lock of its slots."""

    supplier = models.OneToOneField(
        Supplier, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    spent_until = models.DateTimeField()


class Lease(ShopOwned):
    """Calls somebody is making now. It counts until ``until``, however its holder ends."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="+")
    slots = models.IntegerField()
    until = models.DateTimeField()


class Tally(ShopOwned):
    """How many calls or purchases ended how, and how long they took, in a minute or an hour.

    ``bucket`` is the position of the duration in ``rules.health.BOUNDS_MS``.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    what = models.CharField(max_length=8)
    span = models.CharField(max_length=6)
    starts_at = models.DateTimeField()
    result = models.CharField(max_length=10)
    bucket = models.SmallIntegerField()
    count = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "span", "starts_at", "what", "result", "bucket"],
                name="one_tally_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["span", "starts_at"], name="tally_by_age")]
