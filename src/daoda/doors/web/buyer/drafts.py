"""What a buyer typed, between the two confirmations: sealed, carried by her own page.

Not in the session: two tabs must not mix, and what was typed must not lie in a table unsealed.
The draft bears the key under which the order is placed, so that confirming twice places once.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from daoda.kit import crypto

AGE_MAX = timedelta(hours=2)
TEXT_CHARS_MAX = 20_000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An order as it was typed and priced; ``variant``, ``key`` and ``buyer`` as 32 hex characters.

    ``buyer`` is the account it was begun in, empty for an anonymous one.
    """

    key: str
    variant: str
    quantity: int
    total_fen: int
    contact: str = field(repr=False)
    password: str = field(repr=False)
    coupon: str = ""
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sealed_at: str
    buyer: str = ""


def seal(draft: Draft, *, shop_id: UUID) -> str:
    """The draft as text for a hidden field, readable by us alone."""
    sealed = crypto.seal(json.dumps(asdict(draft)).encode(), aad=_aad(shop_id))
    return f"{sealed.key_id}.{base64.urlsafe_b64encode(sealed.blob).decode()}"


def unseal(text: str, *, shop_id: UUID, now: datetime) -> Draft | None:
    """The draft, or None when it is not ours or older than two hours."""
    key_id, _dot, blob = text[:TEXT_CHARS_MAX].partition(".")
    try:
        plain = crypto.unseal(key_id, base64.urlsafe_b64decode(blob), aad=_aad(shop_id))
    except (crypto.CannotUnseal, binascii.Error, ValueError):
        return None
    draft = Draft(**json.loads(plain))
    return draft if now - datetime.fromisoformat(draft.sealed_at) <= AGE_MAX else None


def _aad(shop_id: UUID) -> bytes:
    return b"draft" + shop_id.bytes
