"""Suppliers: set up, changed, paused and resumed by people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from daoda.kit import ids
from daoda.records.journal import actions as journal
from daoda.trade.suppliers.actions import opening
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.models import Pace, Supplier
from daoda.trade.suppliers.states import SUPPLIER


@dataclass(frozen=True)
class Terms:
    """How a supplier is bought from; see ``models.Supplier``."""

    promise_s: int = 600
    concurrency: int = 20
    calls_per_minute: int = 600
    unknown_percent: int = 30
    failure_percent: int = 60
    risk_limit_fen: int = 100_000
    cut_off_s: int = 24 * 3600
    cut_off_policy: str = "wait"
    emergency: bool = False
    warn_below_fen: int = 0


@dataclass(frozen=True)
class Speech:
    """How a supplier is spoken to: an adapter, its settings, and its recipe where it has one."""

    adapter: str
    config: Mapping[str, str]
    recipe: Mapping[str, object] | None = None


def create(
    *,
    shop_id: uuid.UUID,
    code: str,
    name: str,
    speech: Speech,
    terms: Terms,
    actor: str,
    now: datetime,
) -> Supplier:
    """Set up a supplier. Raises ConfigProblem, then nothing is made; IntegrityError for a code
    that is taken."""
    recipe = dict(speech.recipe or {})
    registry.check(speech.adapter, speech.config, recipe=recipe)
    supplier_id = ids.uuid7(now)
    sealed = opening.sealed(dict(speech.config), shop_id=shop_id, supplier_id=supplier_id)
    with transaction.atomic():
        supplier: Supplier = Supplier.everywhere.create(
            id=supplier_id, shop_id=shop_id, code=code, name=name, adapter=speech.adapter,
            recipe=recipe, key_id=sealed.key_id, config=sealed.blob, state=SUPPLIER.initial,
            since=now, balance_next_at=now, **asdict(terms),
        )  # fmt: skip
        Pace.everywhere.create(supplier=supplier, shop_id=shop_id, spent_until=now)
        _fact("supplier.created", supplier, actor, now, code=code, adapter=speech.adapter)
    return supplier


def change(
    *,
    supplier_id: uuid.UUID,
    name: str,
    speech: Speech,
    terms: Terms,
    actor: str,
    now: datetime,
) -> Supplier:
    """Change a supplier; a secret that is left empty stays what it was. Raises ConfigProblem.

    The adapter stays: purchases under way are read by it.
    """
    with transaction.atomic():
        supplier: Supplier = Supplier.everywhere.select_for_update().get(pk=supplier_id)
        recipe = dict(supplier.recipe if speech.recipe is None else speech.recipe)
        kept = opening.secrets(supplier)
        config = kept | {n: value for n, value in speech.config.items() if value or n not in kept}
        registry.check(supplier.adapter, config, recipe=recipe)
        sealed = opening.sealed(config, shop_id=supplier.shop_id, supplier_id=supplier_id)
        changed = sorted(
            field for field, value in asdict(terms).items() if getattr(supplier, field) != value
        )
        Supplier.everywhere.filter(pk=supplier_id).update(
            name=name, recipe=recipe, key_id=sealed.key_id, config=sealed.blob,
            balance_next_at=now, **asdict(terms),
        )  # fmt: skip
        _fact(
            "supplier.changed", supplier, actor, now,
            changed=changed, recipe=recipe != supplier.recipe,
        )  # fmt: skip
    supplier.refresh_from_db()
    return supplier


def pause(
    *, supplier_id: uuid.UUID, until: datetime, reason: str, actor: str, now: datetime
) -> bool:
    """Buy nothing from it until a date; purchases under way are asked about as before."""
    return _move(
        supplier_id, "paused", actor, now,
        kind="supplier.paused", reason=reason, node="pausing", owner="department:supplier",
        promised_at=until,
    )  # fmt: skip


def resume(*, supplier_id: uuid.UUID, reason: str, actor: str, now: datetime) -> bool:
    """Buy from it again, on the word of a person or because its date has come."""
    return _move(supplier_id, "working", actor, now, kind="supplier.resumed", reason=reason)


def _move(
    supplier_id: uuid.UUID,
    state: str,
    actor: str,
    now: datetime,
    *,
    kind: str,
    reason: str,
    node: str | None = None,
    owner: str | None = None,
    promised_at: datetime | None = None,
) -> bool:
    with transaction.atomic():
        moved: int = Supplier.everywhere.filter(
            pk=supplier_id, state__in=SUPPLIER.sources(state)
        ).update(
            state=state, node=node, owner=owner, promised_at=promised_at, since=now,
            reason="" if state == "working" else reason, trips=0,
        )  # fmt: skip
        if moved:
            supplier = Supplier.everywhere.get(pk=supplier_id)
            until = promised_at.isoformat() if promised_at else None
            _fact(kind, supplier, actor, now, reason=reason, until=until)
    return bool(moved)


def _fact(kind: str, supplier: Supplier, actor: str, now: datetime, **data: object) -> None:
    journal.write(
        kind=kind, subject="supplier", subject_id=supplier.pk, shop_id=supplier.shop_id,
        actor=actor, at=now, data=data,
    )  # fmt: skip
