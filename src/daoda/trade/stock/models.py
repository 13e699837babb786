"""Tables of the shelf. Codes are sealed; no table holds one in clear."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.promises.models import Dated, dated_constraints
from daoda.records.shops.models import ShopOwned
from daoda.trade.catalog.models import Variant
from daoda.trade.stock.states import IMPORT, QUARANTINE

PLACES = ["shelf", "taken", "quarantine", "void", "returned"]
MODES = ["ask", "skip_bad", "all_or_nothing"]


class Level(ShopOwned):
    """How many codes of a variant may still be sold; see the package's page for ``owed``.

    ``low_told`` remembers that the warning went out, so that it goes out once.
    """

    variant = models.OneToOneField(
        Variant, primary_key=True, on_delete=models.PROTECT, related_name="level"
    )
    available = models.IntegerField(default=0)
    owed = models.IntegerField(default=0)
    low_threshold = models.PositiveIntegerField(default=10)
    low_told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(available__gte=0) & Q(owed__gte=0), name="level_never_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(available=0) | Q(owed=0), name="level_sells_nothing_owed"
            ),
        ]


class Code(ShopOwned):
    """One sealed code. ``seq`` is the order on the shelf, given by the database.

    Free codes are reachable only through ``code_on_shelf``; no other index may contain ``seq``,
    so that the planner cannot choose to walk over all codes ever sold.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    seq = models.BigIntegerField(editable=False)
    import_id = models.UUIDField(null=True)
    key_id = models.CharField(max_length=20)
    ciphertext = models.BinaryField()
    fingerprint = models.BinaryField(max_length=32)
    place = models.CharField(max_length=10)
    expires_on = models.DateField(null=True)
    order_id = models.UUIDField(null=True)
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["variant", "seq"], condition=Q(place="shelf"), name="code_on_shelf"
            ),
            models.Index(
                fields=["expires_on"],
                condition=Q(place="shelf", expires_on__isnull=False),
                name="code_will_expire",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "fingerprint"],
                condition=~Q(place="returned"),
                name="one_code_of_a_kind",
            ),
            models.CheckConstraint(condition=Q(place__in=PLACES), name="code_known_place"),
            models.CheckConstraint(
                condition=~Q(place="shelf") | Q(order_id__isnull=True, revealed_at__isnull=True),
                name="code_on_shelf_is_fresh",
            ),
            models.CheckConstraint(
                condition=~Q(place="taken") | Q(order_id__isnull=False), name="code_taken_for_order"
            ),
        ]


class Import(Dated):
    """A list of codes on its way to the shelf; nothing of it is there until all of it is.

    ``key`` makes sending it again harmless; ``request_fingerprint`` tells whether the same was
    sent. ``lines_done`` of ``lines_total`` is the progress. ``report`` holds line numbers and
    reasons, never a code. A worker works on it until ``leased_until``; ``tries`` counts the
    times in a row it made no progress.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    request_fingerprint = models.BinaryField(max_length=32)
    actor = models.CharField(max_length=60)
    source = models.CharField(max_length=200, blank=True, default="")
    mode = models.CharField(max_length=14)
    layout = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    content_bytes = models.PositiveIntegerField()
    lines_total = models.PositiveIntegerField(default=0)
    lines_done = models.PositiveIntegerField(default=0)
    staged = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    bad_lines = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    refusal = models.CharField(max_length=24, blank=True, default="")
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["promised_at"],
                condition=Q(state__in=IMPORT.open_states),
                name="import_by_date",
            ),
        ]
        constraints = [
            *dated_constraints("stock_import", IMPORT),
            models.UniqueConstraint(fields=["shop", "key"], name="one_import_of_a_key"),
            models.CheckConstraint(condition=Q(mode__in=MODES), name="import_known_mode"),
        ]


class ImportContent(ShopOwned):
    """What was uploaded, sealed; deleted when the import ends."""

    of_import = models.OneToOneField(
        Import, primary_key=True, on_delete=models.CASCADE, related_name="content"
    )
    key_id = models.CharField(max_length=20)
    ciphertext = models.BinaryField()


class StagedCode(ShopOwned):
    """A checked and sealed line of an import that is not on the shelf yet.

    Not an unlogged table: a crash of the database would empty it under an import whose report
    counts its rows.
    """

    code_id = models.UUIDField(primary_key=True)
    of_import = models.ForeignKey(
        Import, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    line = models.PositiveIntegerField()
    key_id = models.CharField(max_length=20)
    ciphertext = models.BinaryField()
    fingerprint = models.BinaryField(max_length=32)
    expires_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of_import", "line"], name="one_staged_code_of_a_line"),
        ]


class Quarantine(Dated):
    """A code nobody may get until someone has looked at it."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="quarantines")
    reason = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["promised_at"],
                condition=Q(state__in=QUARANTINE.open_states),
                name="quarantine_by_date",
            ),
        ]
        constraints = [
            *dated_constraints("stock_quarantine", QUARANTINE),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(state__in=QUARANTINE.open_states),
                name="one_open_quarantine_of_a_code",
            ),
        ]
