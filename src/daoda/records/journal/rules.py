"""The leaf of the transparency log: how the journal commits to a fact."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime

LEAF_VERSION = 1


def leaf(
    *,
    fact_id: uuid.UUID,
    shop_id: uuid.UUID,
    kind: str,
    subject: str,
    subject_id: uuid.UUID,
    actor: str,
    at: datetime,
    data: Mapping[str, object],
    salt: uuid.UUID,
) -> bytes:
    """The commitment to a fact that stands in the transparency log: 32 bytes, salted.

    SHA-256 over one version byte, the 16 bytes of salt, and the fact as canonical JSON (keys
    sorted, no blanks, UTF-8, time in whole microseconds since 1970). This format never changes;
    another one would be another version byte. See docs/decisions/0009.
    """
    canonical = json.dumps(
        {
            "actor": actor,
            "at_us": round(at.timestamp() * 1_000_000),
            "data": data,
            "id": fact_id.hex,
            "kind": kind,
            "shop": shop_id.hex,
            "subject": subject,
            "subject_id": subject_id.hex,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(bytes([LEAF_VERSION]) + salt.bytes + canonical.encode()).digest()
