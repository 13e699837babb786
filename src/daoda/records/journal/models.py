"""The facts, and how far each subscriber has read."""

from __future__ import annotations

from django.db import models

from daoda.kit import ids
from daoda.kit.snapshots import TransactionIdField
from daoda.records.shops.models import ShopOwned


class Fact(ShopOwned):
    """One thing that happened. Partitioned by month through its UUIDv7 key.

    ``salt`` hides small facts behind their leaf in the transparency log; ``xid`` is the
    transaction that wrote the fact, by which subscribers find it.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    salt = models.UUIDField(db_default=models.Func(function="gen_random_uuid"))
    xid = TransactionIdField()

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "id"], name="fact_of_subject"),
            models.Index(fields=["xid"], name="fact_by_transaction"),
        ]


class Subscriber(models.Model):
    """A reader of the journal and the snapshot up to which it has read everything."""

    name = models.CharField(max_length=60, primary_key=True)
    snapshot = models.TextField()
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
