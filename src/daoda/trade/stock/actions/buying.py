"""Codes bought from a supplier one by one: for an order at once, or onto the shelf."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from daoda.kit import ids, sql, wake
from daoda.records.journal import actions as journal
from daoda.trade.stock.actions.levels import ensure_levels, shift_levels
from daoda.trade.stock.actions.sealing import fingerprint, seal_code
from daoda.trade.stock.rules.content import LINE_CHARS_MAX

SQL = sql.load("daoda.trade.stock")
ACTOR = "machine:supply"


@dataclass(frozen=True)
class Bought:
    """A code as a supplier gave it; ``order_id`` None is for the shelf. ``text`` stays secret."""

    shop_id: uuid.UUID
    variant_id: uuid.UUID
    order_id: uuid.UUID | None
    text: str = field(repr=False)
    expires_on: date | None = None

    @property
    def fingerprint(self) -> bytes:
        return fingerprint(self.text, shop_id=self.shop_id)


@dataclass(frozen=True)
class Twin:
    """A code the shop has already: where it is and for whom it was."""

    code_id: uuid.UUID
    place: str
    order_id: uuid.UUID | None


def acceptable(text: str) -> bool:
    """Whether a supplier's text can be a code at all."""
    return bool(text.strip()) and len(text) <= LINE_CHARS_MAX and "\0" not in text


def twins(*, bought: Sequence[Bought]) -> dict[tuple[uuid.UUID, bytes], Twin]:
    """Those of the codes that the shop has already, by shop and fingerprint."""
    found = sql.rows(
        SQL.codes_of_prints,
        {
            "shop_ids": [one.shop_id for one in bought],
            "fingerprints": [one.fingerprint for one in bought],
        },
    )
    return {(row[0], bytes(row[1])): Twin(*row[2:]) for row in found}


def add_bought(*, bought: Sequence[Bought], now: datetime) -> list[uuid.UUID]:
    """Keep codes that came from suppliers, in the caller's transaction; their ids in that order.

    What is for an order is taken for it and never was for sale; the rest is free on the shelf.
    IntegrityError for a code the shop has already: ask ``twins`` first.
    """
    if not bought:
        return []
    code_ids = list(ids.uuid7_many(len(bought), now))
    sealed = [
        seal_code(one.text, shop_id=one.shop_id, code_id=code_id)
        for one, code_id in zip(bought, code_ids, strict=True)
    ]
    sql.count(
        SQL.add_bought,
        {
            "ids": code_ids,
            "shop_ids": [one.shop_id for one in bought],
            "variant_ids": [one.variant_id for one in bought],
            "order_ids": [one.order_id for one in bought],
            "places": ["shelf" if one.order_id is None else "taken" for one in bought],
            "expiries": [one.expires_on and one.expires_on.isoformat() for one in bought],
            "fingerprints": [one.fingerprint for one in bought],
            "key_ids": [one.key_id for one in sealed],
            "ciphertexts": [one.blob for one in sealed],
        },
    )
    _put_up([one for one in bought if one.order_id is None], now)
    return code_ids


def _put_up(free: Sequence[Bought], now: datetime) -> None:
    """What came for the shelf may be sold."""
    if not free:
        return
    counts = Counter((one.shop_id, one.variant_id) for one in free)
    ensure_levels([variant_id for _, variant_id in counts])
    shift_levels({variant_id: count for (_, variant_id), count in counts.items()})
    journal.write_many(
        [
            journal.NewFact(
                "stock.bought", "variant", variant_id, shop_id, ACTOR, now, {"codes": count}
            )
            for (shop_id, variant_id), count in counts.items()
        ]
    )
    wake.wake("stock")
