"""What was answered to whom, so that it can be answered again."""

from __future__ import annotations

from django.db import models

from daoda.kit import ids
from daoda.records.accounts.models import ApiKey
from daoda.records.shops.models import ShopOwned


class KeptAnswer(ShopOwned):
    """The answer to one request of one API key, under the request's Idempotency-Key.

    Inserted and filled in the transaction of the act it answers for: a row that can be seen is
    an act that happened. The body is sealed, since it may hold a link that opens an order.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    idempotency_key = models.CharField(max_length=200)
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    location = models.CharField(max_length=200, blank=True, default="")
    key_id = models.CharField(max_length=20, blank=True, default="")
    sealed_body = models.BinaryField(default=b"")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "idempotency_key"], name="api_one_answer_of_a_key"
            )
        ]
        indexes = [models.Index(fields=["answered_at"], name="api_answer_by_age")]

    def __str__(self) -> str:
        return self.id.hex
