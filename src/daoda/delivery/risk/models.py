"""Rules of risk, and what they found: history, partitioned by month through the order's key."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.shops.models import ShopOwned


class Rule(ShopOwned):
    """One version of a rule: all ``conditions`` must hold for an order to be held.

    ``told`` is the reason as the buyer reads it; ``title`` is for the shop's own people. The
    conditions are the closed language of ``rules``.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    told = models.CharField(max_length=60)
    conditions = models.JSONField()
    made_by = models.CharField(max_length=60)
    active_from = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "code", "version"], name="one_risk_rule_of_a_version"
            ),
            models.UniqueConstraint(
                fields=["shop", "code"],
                condition=Q(ended_at__isnull=True),
                name="one_active_risk_rule_of_a_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.code} {self.version})"


class Finding(ShopOwned):
    """A rule spoke against an order. ``found`` says of each condition what was seen."""

    insert_only = True

    order_id = models.UUIDField(primary_key=True)
    rule_id = models.UUIDField()
    found = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shop", "-at"], name="risk_finding_newest")]
