"""Imports as their senders meet them: begun, decided, abandoned. Page, command and API use these.

The work itself is in ``importing``, done by the worker (or by the command while it waits).
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from daoda.kit import crypto, ids, wake
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import rules
from daoda.trade.stock.actions import dating
from daoda.trade.stock.models import MODES, Import, ImportContent, StagedCode
from daoda.trade.stock.rules import IMPORT_BYTES_MAX, Layout
from daoda.trade.stock.states import IMPORT

KEY_CHARS_MAX = 80


class ImportRefused(ValueError):
    """The import cannot be begun; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ImportKeyReused(ValueError):
    """Something else was sent under this key before."""


def begin_import(
    *,
    shop_id: uuid.UUID,
    variant_id: uuid.UUID,
    content: bytes,
    layout: Layout,
    mode: str,
    actor: str,
    now: datetime,
    source: str = "",
    key: str = "",
) -> Import:
    """Take in a list of codes; the worker reads it, and its row tells how far it is.

    ``mode``: ``all_or_nothing``, ``skip_bad``, or ``ask`` (bad lines wait for ``confirm_import``).
    ``key`` makes sending again harmless: the same key answers the same import; without one, the
    same list for the same variant read in the same way is the same import. ``source``: a file's
    name, for people. Raises ImportRefused, ImportKeyReused.
    """
    _check(shop_id, variant_id, content, mode, key)
    request = {"variant": variant_id.hex, "mode": mode, "layout": _layout_json(layout)}
    said = json.dumps(request, sort_keys=True).encode()
    request_fingerprint = crypto.fingerprint("import", said + b"\0" + content)
    key = key or request_fingerprint.hex()
    twin = _twin(shop_id, key, request_fingerprint)
    if twin is not None:
        return twin
    row = Import(
        id=ids.uuid7(now),
        shop_id=shop_id,
        variant_id=variant_id,
        state=IMPORT.initial,
        key=key,
        request_fingerprint=request_fingerprint,
        actor=actor,
        source=source[:200],
        mode=mode,
        layout=request["layout"],
        received_at=now,
        content_bytes=len(content),
    )
    try:
        with transaction.atomic():
            _keep(row, content, now)
    except IntegrityError:
        # Sent twice at the same moment: the first one counts.
        twin = _twin(shop_id, key, request_fingerprint)
        if twin is None:
            raise
        return twin
    return row


def confirm_import(*, import_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Bring the good lines in without the bad ones; False when nothing waits for this."""
    with transaction.atomic():
        row = lock_import(import_id, target="importing", only=("ready",))
        if row is None:
            return False
        dating.pass_on(row, dating.CHECKING, now=now)
        row.state = "importing"
        row.save(force_update=True)
        dating.tell("import.confirmed", row, actor=actor, now=now)
        wake.wake("stock_import")
    return True


def abandon_import(*, import_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Bring nothing in; False when the import has ended or is being put on the shelf."""
    with transaction.atomic():
        row = lock_import(import_id, target="refused", only=("received", "checking", "ready"))
        if row is None:
            return False
        refuse(row, "abandoned", actor=actor, now=now)
    return True


def lock_import(import_id: uuid.UUID, *, target: str, only: tuple[str, ...]) -> Import | None:
    """The import, locked, if it is in one of these states and may become ``target``."""
    sources = set(IMPORT.sources(target)) & set(only)
    rows = Import.everywhere.select_for_update(of=("self",))
    found: Import | None = rows.filter(pk=import_id, state__in=sources).first()
    return found


def refuse(row: Import, refusal: str, *, actor: str, now: datetime) -> None:
    """End a locked import with nothing brought in; what was uploaded is deleted."""
    dating.close(row, now=now)
    row.state, row.refusal, row.ended_at = "refused", refusal, now
    row.leased_until = None
    row.save(force_update=True)
    forget_content(row)
    dating.tell(
        "import.refused", row, actor=actor, now=now, refusal=refusal, bad_lines=row.bad_lines
    )


def forget_content(row: Import) -> None:
    """Delete what was uploaded and what was made of it."""
    StagedCode.everywhere.filter(of_import=row).delete()
    ImportContent.everywhere.filter(of_import=row).delete()


def content_aad(row: Import) -> bytes:
    """What the seal of an import's content is bound to."""
    return b"import" + row.shop_id.bytes + row.id.bytes


def _check(shop_id: uuid.UUID, variant_id: uuid.UUID, content: bytes, mode: str, key: str) -> None:
    if mode not in MODES:
        raise ImportRefused("mode")
    if len(key) > KEY_CHARS_MAX or not key.isprintable():
        raise ImportRefused("key")
    if not content.strip():
        raise ImportRefused("empty")
    if len(content) > IMPORT_BYTES_MAX:
        raise ImportRefused("too_big")
    if not Variant.everywhere.filter(pk=variant_id, shop_id=shop_id, product__kind="code").exists():
        raise ImportRefused("variant")


def _twin(shop_id: uuid.UUID, key: str, request_fingerprint: bytes) -> Import | None:
    twin: Import | None = Import.everywhere.filter(shop_id=shop_id, key=key).first()
    if twin is not None and bytes(twin.request_fingerprint) != request_fingerprint:
        raise ImportKeyReused(key)
    return twin


def _keep(row: Import, content: bytes, now: datetime) -> None:
    dating.date(row, dating.CHECKING, now=now)
    row.save(force_insert=True)
    sealed = crypto.seal(content, aad=content_aad(row))
    ImportContent.everywhere.create(
        shop_id=row.shop_id, of_import=row, key_id=sealed.key_id, ciphertext=sealed.blob
    )
    dating.tell(
        "import.received", row, actor=row.actor, now=now, variant=row.variant_id.hex, mode=row.mode
    )
    wake.wake("stock_import")


def _layout_json(layout: Layout) -> dict[str, Any]:
    return {
        "kind": layout.kind,
        "separator": layout.separator,
        "columns": list(layout.columns),
        "headers": layout.headers,
    }


def layout_of(row: Import) -> Layout:
    """The layout an import was sent with."""
    return rules.read_layout(row.layout)
