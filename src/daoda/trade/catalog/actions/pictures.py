"""Pictures of products, kept in the storage the settings name."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from daoda.trade.catalog.actions.writing import Refused, tell
from daoda.trade.catalog.models import Product
from daoda.trade.catalog.rules.pictures import NotPicture, reencode


def set_picture(*, product_id: uuid.UUID, upload: bytes, actor: str, now: datetime) -> str:
    """Show this picture on the product; the name under which the storage has it.

    The name holds the hash of the content, so that browsers may keep it for ever; a picture
    replaced stays stored, old pages still show it. Raises Refused.
    """
    try:
        content = reencode(upload)
    except NotPicture as problem:
        raise Refused({"picture": str(problem)}) from problem
    product = Product.everywhere.get(pk=product_id)
    digest = hashlib.sha256(content).hexdigest()[:24]
    name = f"catalog/{product.shop_id.hex}/{digest}.webp"
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(content))
    with transaction.atomic():
        rows = Product.everywhere.filter(pk=product_id).exclude(picture=name)
        if rows.update(picture=name, changed_at=now):
            tell("product.pictured", product, actor=actor, now=now, data={"picture": name})
    return name
