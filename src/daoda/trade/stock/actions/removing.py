"""Codes that leave the shelf without being sold, and those that come back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from django.db import transaction

from daoda.kit import sql, wake
from daoda.records.journal import actions as journal
from daoda.trade.stock.actions import dating
from daoda.trade.stock.actions.levels import shift_levels
from daoda.trade.stock.actions.sealing import reseal_as_new
from daoda.trade.stock.models import Quarantine
from daoda.trade.stock.states import QUARANTINE

SQL = sql.load("daoda.trade.stock")
MOVED_CODES_MAX = 2_000
SWEEP_ROWS = 500
REASON_CHARS_MAX = 200


class LockedCode(NamedTuple):
    id: uuid.UUID
    shop_id: uuid.UUID
    variant_id: uuid.UUID
    place: str
    order_id: uuid.UUID | None
    revealed_at: datetime | None


def give_back(
    *, code_ids: Sequence[uuid.UUID], reason: str, actor: str, now: datetime
) -> dict[uuid.UUID, uuid.UUID]:
    """Codes of an order that came to nothing stand on the shelf again; new ids by old ones.

    Only codes nobody has seen: the others are left where they are and missing in the answer.
    They come back as new rows, because a row given to an order is never given to another.
    """
    with transaction.atomic():
        unseen = [
            code for code in _lock(code_ids) if code.place == "taken" and code.revealed_at is None
        ]
        return _return(unseen, reason=reason, actor=actor, now=now)


def void(*, code_ids: Sequence[uuid.UUID], reason: str, actor: str, now: datetime) -> int:
    """Codes nobody will ever get (dead, withdrawn by their maker); how many were not yet.

    Those in quarantine are ended there, with ``end_quarantine``.
    """
    with transaction.atomic():
        codes = [code for code in _lock(code_ids) if code.place in ("shelf", "taken")]
        _move(codes, "void")
        _leave_shelf(codes)
        _tell("code.voided", codes, reason=reason, actor=actor, now=now)
    return len(codes)


def quarantine(
    *, code_ids: Sequence[uuid.UUID], reason: str, actor: str, now: datetime
) -> list[Quarantine]:
    """Nobody gets these codes until operations has looked, by a date; the rows that say so.

    Codes that are void, returned or in quarantine already are passed over.
    """
    opened: list[Quarantine] = []
    with transaction.atomic():
        codes = [code for code in _lock(code_ids) if code.place in ("shelf", "taken")]
        _move(codes, "quarantine")
        _leave_shelf(codes)
        for code in codes:
            row = Quarantine(
                shop_id=code.shop_id,
                code_id=code.id,
                state=QUARANTINE.initial,
                reason=reason[:REASON_CHARS_MAX],
                opened_at=now,
            )
            dating.date(row, dating.INSPECTION, now=now)
            row.save(force_insert=True)
            opened.append(row)
        _tell("code.quarantined", codes, reason=reason, actor=actor, now=now)
    return opened


def end_quarantine(
    *, quarantine_id: uuid.UUID, verdict: Literal["returned", "voided"], actor: str, now: datetime
) -> bool:
    """What came of looking: back to the shelf, or void. False when it has ended before.

    ValueError when a code somebody has seen is to be sold again.
    """
    with transaction.atomic():
        rows = Quarantine.everywhere.select_for_update(of=("self",))
        row: Quarantine | None = rows.filter(
            pk=quarantine_id, state__in=QUARANTINE.sources(verdict)
        ).first()
        if row is None:
            return False
        codes = _lock([row.code_id])
        if verdict == "voided":
            _move(codes, "void")
            _tell("code.voided", codes, reason=row.reason, actor=actor, now=now)
        elif any(code.revealed_at for code in codes):
            raise ValueError("a code somebody has seen cannot be sold again")
        else:
            _return(codes, reason=row.reason, actor=actor, now=now)
        dating.close(row, now=now)
        row.state, row.ended_at = verdict, now
        row.save(force_update=True)
        dating.tell("quarantine.ended", row, actor=actor, now=now, verdict=verdict)
    return True


def pass_inspection_dates(*, now: datetime, limit_rows: int = SWEEP_ROWS) -> int:
    """Inspections whose date has passed get the next one, and it is told; how many."""
    with transaction.atomic():
        late = Quarantine.everywhere.select_for_update(skip_locked=True, of=("self",)).filter(
            state__in=QUARANTINE.open_states, promised_at__lt=now
        )
        rows = list(late.order_by("promised_at")[:limit_rows])
        for row in rows:
            dating.pass_on(row, dating.INSPECTION, now=now)
            row.save(force_update=True)
            dating.tell("quarantine.late", row, actor="machine:stock", now=now, reason=row.reason)
    return len(rows)


def void_expired(*, now: datetime, limit_rows: int = SWEEP_ROWS) -> int:
    """Free codes whose last day is over leave the shelf; how many."""
    with transaction.atomic():
        found = sql.rows(SQL.expire_codes, {"now": now, "limit_rows": limit_rows})
        codes = [
            LockedCode(code_id, shop_id, variant_id, "shelf", None, None)
            for code_id, shop_id, variant_id in found
        ]
        _leave_shelf(codes)
        _tell("code.expired", codes, reason="expired", actor="machine:stock", now=now)
    return len(codes)


def _lock(code_ids: Sequence[uuid.UUID]) -> list[LockedCode]:
    if len(code_ids) > MOVED_CODES_MAX:
        raise ValueError(f"{len(code_ids)} codes are more than {MOVED_CODES_MAX} at once")
    return [LockedCode(*row) for row in sql.rows(SQL.lock_codes, {"code_ids": list(code_ids)})]


def _move(codes: Sequence[LockedCode], place: str) -> None:
    sql.count(SQL.move_codes, {"place": place, "code_ids": [code.id for code in codes]})


def _leave_shelf(codes: Sequence[LockedCode]) -> None:
    """What was free is no longer for sale, even if it was reserved by count."""
    left = Counter(code.variant_id for code in codes if code.place == "shelf")
    shift_levels({variant_id: -count for variant_id, count in left.items()})


def _return(
    codes: Sequence[LockedCode], *, reason: str, actor: str, now: datetime
) -> dict[uuid.UUID, uuid.UUID]:
    """Locked codes nobody has seen are for sale again."""
    fresh = [code.id for code in codes if code.order_id is None]
    sql.count(SQL.put_back, {"code_ids": fresh})
    given = [code for code in codes if code.order_id is not None]
    _move(given, "returned")
    anew = reseal_as_new([code.id for code in given], now=now)
    shift_levels(Counter(code.variant_id for code in codes))
    successors = {code_id: code_id for code_id in fresh} | anew
    _tell("code.returned", codes, reason=reason, actor=actor, now=now, successors=successors)
    if codes:
        wake.wake("stock")
    return successors


def _tell(
    kind: str,
    codes: Sequence[LockedCode],
    *,
    reason: str,
    actor: str,
    now: datetime,
    successors: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> None:
    journal.write_many(
        [
            journal.NewFact(
                kind,
                "code",
                code.id,
                code.shop_id,
                actor,
                now,
                {
                    "reason": reason[:REASON_CHARS_MAX],
                    "variant": code.variant_id.hex,
                    "order": code.order_id.hex if code.order_id else None,
                    **({"now": successors[code.id].hex} if successors else {}),
                },
            )
            for code in codes
        ]
    )
