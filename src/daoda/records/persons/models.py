"""Tables of persons. Nothing here is history: erasing must be possible."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.shops.models import ShopOwned


class Person(ShopOwned):
    """A person and the sealed key of her details; without the key the details are noise.

    ``has_account``: she is somebody's account, whose contact nobody has verified; what strangers
    order under the same contact is not filed under her.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    key_id = models.CharField(max_length=20)
    sealed_key = models.BinaryField(null=True)
    contact_fingerprint = models.BinaryField(null=True)
    has_account = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["shop", "contact_fingerprint"], name="person_by_contact"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "contact_fingerprint"],
                condition=Q(has_account=False),
                name="one_stranger_a_contact",
            ),
        ]


class PersonDetail(ShopOwned):
    """One sealed text about a person: ``contact``, or ``order:<hex>:fields`` and the like."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="details")
    kind = models.CharField(max_length=80)
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="one_detail_of_a_kind"),
        ]
