"""Policies, cases, what was done in them, and goodwill."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.care.compensation.states import CASE, GRANT
from daoda.kit import ids
from daoda.records.promises.models import Dated, dated_constraints
from daoda.records.shops.models import ShopOwned
from daoda.trade.catalog.models import Coupon, Product
from daoda.trade.orders.models import Order


class Policy(ShopOwned):
    """One version of what is done for whom. ``steps`` are the closed language of ``rules``.

    ``product`` None and ``kind`` empty mean all of them; the most particular policy counts.
    Amounts are fen; a step above ``approve_above_fen`` needs a person's word. The caps bound what
    is given as goodwill: to one order, to one buyer in 24 hours, by the shop in 24 hours.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=12, blank=True, default="")
    steps = models.JSONField()
    approve_above_fen = models.BigIntegerField()
    cap_order_fen = models.BigIntegerField()
    cap_buyer_day_fen = models.BigIntegerField()
    cap_shop_day_fen = models.BigIntegerField()
    made_by = models.CharField(max_length=60)
    active_from = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "code", "version"], name="one_compensation_policy_of_a_version"
            ),
            models.UniqueConstraint(
                fields=["shop", "code"],
                condition=Q(ended_at__isnull=True),
                name="one_active_compensation_policy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.code} {self.version})"


class Case(Dated):
    """An order's date was broken. ``step`` is the next of the policy's steps, from 0.

    ``late_since`` is the date that was broken first; steps count their minutes from it.
    The machine turns to it at ``next_at`` and has done so by ``promised_at``. ``choice`` is the
    buyer's: empty, wait or refund. ``asked`` is what a person is asked for:
    empty, approval, or decision when no step is left.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    late_since = models.DateTimeField()
    step = models.PositiveSmallIntegerField(default=0)
    choice = models.CharField(max_length=8, blank=True, default="")
    asked = models.CharField(max_length=12, blank=True, default="")
    next_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [*dated_constraints("compensation_case", CASE)]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="compensation_case_by_date",
                condition=~Q(state__in=sorted(CASE.closed)),
            ),
            models.Index(fields=["shop", "-opened_at"], name="compensation_case_newest"),
        ]


class Act(ShopOwned):
    """One step was done, or passed over with a reason; once, by its key."""

    insert_only = True

    id = models.UUIDField(primary_key=True)
    case_id = models.UUIDField()
    order_id = models.UUIDField()
    step = models.PositiveSmallIntegerField()
    do = models.CharField(max_length=20)
    did = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True, default="")
    amount_fen = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["order_id", "id"], name="compensation_act_of_order")]


class Grant(Dated):
    """A goodwill coupon: a liability of the shop until it is used or ``until`` is over.

    ``used_fen`` is what an order of the buyer's was cheaper by.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="grants")
    person_id = models.UUIDField()
    coupon = models.OneToOneField(Coupon, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    used_fen = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    granted_at = models.DateTimeField()
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("compensation_grant", GRANT),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="goodwill_of_something"),
        ]
        indexes = [
            models.Index(
                fields=["until"],
                name="compensation_grant_by_date",
                condition=~Q(state__in=sorted(GRANT.closed)),
            ),
            models.Index(fields=["shop", "person_id", "granted_at"], name="grant_of_person"),
            models.Index(fields=["shop", "granted_at"], name="grant_of_shop"),
        ]
