"""Reading the shelf of the shop that was entered (``shops.scope``). No codes in clear."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, QuerySet

from daoda.trade.stock.models import Code, Import, Level, Quarantine
from daoda.trade.stock.states import IMPORT, QUARANTINE


@dataclass(frozen=True)
class CodeShown:
    """A code as lists show it; the code itself is ``actions.reveal``'s to show."""

    id: uuid.UUID
    place: str
    order_id: uuid.UUID | None
    expires_on: date | None
    revealed: bool


def available(variant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many codes of each variant may be sold now; 0 for one that never had any."""
    found = dict(
        Level.objects.filter(variant_id__in=variant_ids).values_list("variant_id", "available")
    )
    return {variant_id: found.get(variant_id, 0) for variant_id in variant_ids}


def free(variant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """What is promised to nobody, of those variants of any shop that have something left."""
    rows = Level.everywhere.filter(variant_id__in=variant_ids, available__gt=0)
    return dict(rows.values_list("variant_id", "available"))


def levels() -> QuerySet[Level]:
    """Every level with its variant and product, the emptiest first."""
    rows: QuerySet[Level] = Level.objects.select_related("variant__product")
    return rows.order_by("available", "variant_id")


def low() -> QuerySet[Level]:
    """Levels at or below their threshold whose variant is on sale."""
    return levels().filter(
        available__lte=F("low_threshold"),
        variant__published=True,
        variant__product__published=True,
    )


def places(variant_id: uuid.UUID) -> dict[str, int]:
    """How many codes of a variant stand where. Counts them all: for one variant's page."""
    found = Code.objects.filter(variant_id=variant_id).values_list("place")
    return dict(found.annotate(codes=Count("id")))


def imports(*, rows_max: int = 50) -> list[Import]:
    """The newest imports, open or ended."""
    return list(Import.objects.select_related("variant__product").order_by("-id")[:rows_max])


def open_imports() -> QuerySet[Import]:
    """Imports that have not ended, the one due first first."""
    rows: QuerySet[Import] = Import.objects.filter(state__in=IMPORT.open_states)
    return rows.select_related("variant__product").order_by("promised_at")


def one_import(import_id: uuid.UUID) -> Import | None:
    """An import with its progress and report."""
    found: Import | None = (
        Import.objects.select_related("variant__product").filter(pk=import_id).first()
    )
    return found


def inspections() -> QuerySet[Quarantine]:
    """Codes in quarantine, the one due first first."""
    rows: QuerySet[Quarantine] = Quarantine.objects.filter(state__in=QUARANTINE.open_states)
    return rows.select_related("code__variant__product").order_by("promised_at")


def codes(code_ids: Collection[uuid.UUID]) -> list[CodeShown]:
    """Codes by id, in the order given."""
    found = {row.id: row for row in Code.objects.filter(pk__in=code_ids).defer("ciphertext")}
    return [
        CodeShown(row.id, row.place, row.order_id, row.expires_on, row.revealed_at is not None)
        for row in (found[code_id] for code_id in code_ids if code_id in found)
    ]
