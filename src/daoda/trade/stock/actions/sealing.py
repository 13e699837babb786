"""A code in its sealed form: bound to its row and shop, found by a keyed hash."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.kit import crypto, ids, sql
from daoda.records.journal import actions as journal

SQL = sql.load("daoda.trade.stock")
SHOWN_CODES_MAX = 2_000


def seal_code(text: str, *, shop_id: uuid.UUID, code_id: uuid.UUID) -> crypto.Sealed:
    """Seal a code for its row."""
    return crypto.seal(text.encode(), aad=_aad(shop_id, code_id))


def unseal_code(key_id: str, ciphertext: bytes, *, shop_id: uuid.UUID, code_id: uuid.UUID) -> str:
    """The code in clear. Raises CannotUnseal."""
    return crypto.unseal(key_id, bytes(ciphertext), aad=_aad(shop_id, code_id)).decode()


def fingerprint(text: str, *, shop_id: uuid.UUID) -> bytes:
    """By which a code is found twice in its shop; equal codes of two shops differ."""
    return crypto.fingerprint("code", shop_id.bytes + text.encode())


def reveal(*, code_id: uuid.UUID, actor: str, now: datetime) -> str:
    """The code in clear; that somebody saw it is a fact from now on.

    LookupError when there is no such code that may be shown (one on the shelf may not).
    """
    return reveal_many(code_ids=[code_id], actor=actor, now=now)[code_id]


def reveal_many(*, code_ids: list[uuid.UUID], actor: str, now: datetime) -> dict[uuid.UUID, str]:
    """Several codes in clear, all of them or LookupError; a fact for each."""
    if len(code_ids) > SHOWN_CODES_MAX:
        raise ValueError(f"{len(code_ids)} codes are more than {SHOWN_CODES_MAX}")
    with transaction.atomic():
        found = sql.rows(SQL.mark_revealed, {"code_ids": code_ids, "now": now})
        if len(found) != len(set(code_ids)):
            raise LookupError("a code that is not there, or that stands on the shelf")
        journal.write_many(
            [
                journal.NewFact(
                    "code.revealed",
                    "code",
                    code_id,
                    shop_id,
                    actor,
                    now,
                    {"order": order_id.hex if order_id else None},
                )
                for code_id, shop_id, order_id, _, _ in found
            ]
        )
        return {
            code_id: unseal_code(key_id, ciphertext, shop_id=shop_id, code_id=code_id)
            for code_id, shop_id, _, key_id, ciphertext in found
        }


def rotate(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """Seal the next ``limit_rows`` codes under the newest key where they bear another.

    Returns where to go on, None at the end. Codes are walked in order of their keys: cost
    follows the number of codes, which is why the loop takes its time.
    """
    newest = crypto.keyring().newest
    page = sql.rows(SQL.page_of_codes, {"after": after, "limit_rows": limit_rows})
    stale = [row for row in page if row[2] != newest]
    if stale:
        sealed = [
            seal_code(
                unseal_code(key_id, ciphertext, shop_id=shop_id, code_id=code_id),
                shop_id=shop_id,
                code_id=code_id,
            )
            for code_id, shop_id, key_id, ciphertext in stale
        ]
        sql.count(
            SQL.reseal_codes,
            {
                "ids": [row[0] for row in stale],
                "old_key_ids": [row[2] for row in stale],
                "key_ids": [one.key_id for one in sealed],
                "ciphertexts": [one.blob for one in sealed],
            },
        )
    return page[-1][0] if page else None


def reseal_as_new(code_ids: list[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, uuid.UUID]:
    """Put locked codes that nobody saw on the shelf as new rows; the new id by the old one.

    The old rows must have been marked returned: a shop has a code once.
    """
    found = sql.rows(SQL.sealed_codes, {"code_ids": code_ids})
    new_ids = list(ids.uuid7_many(len(found), now))
    sealed = [
        seal_code(
            unseal_code(key_id, ciphertext, shop_id=shop_id, code_id=old_id),
            shop_id=shop_id,
            code_id=new_id,
        )
        for new_id, (old_id, shop_id, key_id, ciphertext) in zip(new_ids, found, strict=True)
    ]
    sql.count(
        SQL.put_on_shelf_anew,
        {
            "ids": new_ids,
            "old_ids": [row[0] for row in found],
            "key_ids": [one.key_id for one in sealed],
            "ciphertexts": [one.blob for one in sealed],
        },
    )
    return {row[0]: new_id for new_id, row in zip(new_ids, found, strict=True)}


def _aad(shop_id: uuid.UUID, code_id: uuid.UUID) -> bytes:
    return b"code" + shop_id.bytes + code_id.bytes
