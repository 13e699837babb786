"""The table of buyers' accounts."""

from __future__ import annotations

from django.db import models
from django.utils.crypto import salted_hmac

from daoda.kit import ids
from daoda.records.persons.models import Person
from daoda.records.shops.models import ShopOwned


class Buyer(ShopOwned):
    """One account in one shop. The contact itself is her person's, sealed; here it is a keyed
    hash. Nothing refers to this row by foreign key: deleting an account deletes it.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="+")
    login_fingerprint = models.BinaryField()
    password = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    signed_in_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "login_fingerprint"], name="one_buyer_of_a_login"
            ),
        ]

    @property
    def actor(self) -> str:
        """How facts name her."""
        return f"buyer:{self.person_id.hex}"

    def session_hash(self) -> str:
        """What her sessions hold: void as soon as the password is another one."""
        return salted_hmac(
            "daoda.trade.buyers.Buyer", f"{self.pk.hex}|{self.password}", algorithm="sha256"
        ).hexdigest()
