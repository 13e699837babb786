"""What the desk changes itself: the settings of the shop, with their fact and their picture."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from daoda.records.journal import actions as journal
from daoda.records.shops import actions as shops
from daoda.records.shops.actions import Refused
from daoda.trade.catalog.rules.pictures import NotPicture, reencode

__all__ = ["Refused", "configure_shop", "store_logo"]


def configure_shop(
    *, shop_id: uuid.UUID, changes: Mapping[str, str], actor: str, now: datetime
) -> list[str]:
    """Change settings of a shop and tell of it; the names of those that changed.

    Raises Refused; then nothing is changed.
    """
    with transaction.atomic():
        changed = shops.configure(shop_id=shop_id, changes=changes)
        if changed:
            journal.write(
                kind="shop.configured", subject="shop", subject_id=shop_id, shop_id=shop_id,
                actor=actor, at=now, data={"changed": changed},
            )  # fmt: skip
    return changed


def store_logo(*, shop_id: uuid.UUID, upload: bytes) -> str:
    """Keep a picture as a logo; its address, for ``configure_shop``. Raises Refused.

    Outside any transaction: the storage may be another machine. A picture nobody points at is
    all that can be left behind.
    """
    try:
        content = reencode(upload)
    except NotPicture as problem:
        raise Refused({"logo": str(problem)}) from problem
    name = f"shops/{shop_id.hex}/{hashlib.sha256(content).hexdigest()[:24]}.webp"
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(content))
    return default_storage.url(name)
