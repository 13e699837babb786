"""Promises, their endings, the rules that make dates, and the base of every open thing."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from daoda.kit import ids
from daoda.kit.states import Lifecycle
from daoda.records.shops.models import ShopOwned


class Promise(ShopOwned):
    """One dated word. ``basis`` says which rule and version made the date."""

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    subject = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    node = models.CharField(max_length=30)
    owner = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    basis = models.JSONField(default=dict)
    consequence = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "id"], name="promise_of_subject")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(owner="")
                & ~Q(node="")
                & ~Q(consequence="")
                & Q(Func(F("due_at"), function="isfinite", output_field=models.BooleanField())),
                name="promise_is_whole",
            ),
        ]


class PromiseEnding(ShopOwned):
    """How a promise ended; the primary key lets it end once."""

    insert_only = True

    promise_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    how = models.CharField(max_length=12)
    reason = models.CharField(max_length=200, blank=True, default="")
    successor = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(how="kept") | (Q(how__in=["broken", "superseded"]) & ~Q(reason="")),
                name="ending_has_reason",
            ),
        ]


class PromiseRule(ShopOwned):
    """How long a node takes, and when the clock runs slower; a change is a new version.

    ``windows``: see ``rules.Window``. ``product_id`` None is the shop's rule for all products.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    node = models.CharField(max_length=30)
    product_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField()
    windows = models.JSONField(default=list)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "node", "product_id", "version"],
                nulls_distinct=False,
                name="one_rule_of_a_version",
            ),
            models.CheckConstraint(condition=Q(seconds__gt=0), name="rule_takes_time"),
        ]


class Dated(ShopOwned):
    """Base of every table of things that can be open."""

    state = models.CharField(max_length=24)
    node = models.CharField(max_length=30, null=True)
    owner = models.CharField(max_length=60, null=True)
    promised_at = models.DateTimeField(null=True)
    promise_id = models.UUIDField(null=True)

    class Meta:
        abstract = True


def dated_constraints(
    table: str, lifecycle: Lifecycle, *, carries_promise: bool = True
) -> list[models.CheckConstraint]:
    """The law as constraints: a known state, and closed or owned, placed and dated.

    ``carries_promise`` False is for machine work of which nobody outside was given the date.

    Written with IS NOT NULL beside each comparison, because a CHECK that yields NULL passes;
    and with ``isfinite``, because 'infinity' is a timestamp.
    """
    finite = Func(F("promised_at"), function="isfinite", output_field=models.BooleanField())
    held = (
        Q(owner__isnull=False)
        & ~Q(owner="")
        & Q(node__isnull=False)
        & ~Q(node="")
        & Q(promised_at__isnull=False)
        & Q(finite)
    )
    if carries_promise:
        held &= Q(promise_id__isnull=False)
    return [
        models.CheckConstraint(
            condition=Q(state__in=list(lifecycle.states)), name=f"{table}_known_state"
        ),
        models.CheckConstraint(
            condition=Q(state__in=sorted(lifecycle.closed)) | held,
            name=f"{table}_nothing_undated",
        ),
    ]
