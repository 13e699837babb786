"""Accounts and transfers."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from daoda.kit import ids
from daoda.kit.snapshots import TransactionIdField
from daoda.records.shops.models import ShopOwned


class Account(ShopOwned):
    """An account of a shop. ``of`` names the channel or supplier it is kept for, if any."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=30)
    of = models.CharField(max_length=40, blank=True, default="")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "kind", "of", "currency"], name="one_account_of_a_kind"
            ),
        ]


class Transfer(ShopOwned):
    """Money moved from one account to another. Partitioned by month through its key.

    The id is derived from what caused the transfer, so the same cause posts once.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    at = models.DateTimeField()
    xid = TransactionIdField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfer_moves_money"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_moves"),
        ]
        indexes = [
            models.Index(fields=["subject_id"], name="transfer_of_subject"),
            models.Index(fields=["xid"], name="transfer_by_transaction"),
            # Transfers lie in the order of their time: a few bytes tell which pages are today's.
            BrinIndex(fields=["at"], name="transfer_by_time", pages_per_range=32),
        ]


class Rolled(ShopOwned):
    """The sums of an account as far as the roll-up has read; the tail is added when asked."""

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="rolled"
    )
    debit_fen = models.BigIntegerField()
    credit_fen = models.BigIntegerField()


class RollUp(models.Model):
    """How far the roll-up has read the transfers: one row, a snapshot."""

    name = models.CharField(max_length=20, primary_key=True)
    snapshot = models.TextField()

    def __str__(self) -> str:
        return self.snapshot
