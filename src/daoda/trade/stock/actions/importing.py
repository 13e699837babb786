"""The work of an import: read, check and seal in stretches; then everything at once.

Each stretch of lines is staged in a transaction of its own, so that progress is seen and a crash
loses one stretch. What is staged is on no shelf. At the end one transaction brings all of it in.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from daoda.kit import crypto, faults, ids, sql, wake
from daoda.trade.stock import rules
from daoda.trade.stock.actions import dating
from daoda.trade.stock.actions.imports import (
    content_aad,
    forget_content,
    layout_of,
    lock_import,
    refuse,
)
from daoda.trade.stock.actions.levels import ensure_levels, shift_levels
from daoda.trade.stock.actions.sealing import fingerprint, seal_code
from daoda.trade.stock.models import Import, ImportContent
from daoda.trade.stock.rules import BadLine, GoodLine, Parsed

SQL = sql.load("daoda.trade.stock")
MACHINE = "machine:stock_import"
STRETCH_LINES = 10_000
LEASE = timedelta(seconds=60)
TRIES_MAX = 5
REPORT_LINES_MAX = 1_000

_COPY = (
    "COPY stock_stagedcode (code_id, shop_id, of_import_id, line, key_id, ciphertext, fingerprint,"
    " expires_on) FROM STDIN (FORMAT BINARY)"
)
_COPY_TYPES = ["uuid", "uuid", "uuid", "int4", "varchar", "bytea", "bytea", "date"]


class _LastRead:
    """The import this process read last, so that each stretch need not read it all again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[uuid.UUID, Parsed] | None = None

    def get(self, row: Import) -> Parsed:
        with self._lock:
            if self._kept is None or self._kept[0] != row.id:
                self._kept = row.id, _read(row)
            return self._kept[1]

    def forget(self) -> None:
        with self._lock:
            self._kept = None


_last_read = _LastRead()


def work_on_import(*, now: datetime, import_id: uuid.UUID | None = None) -> int:
    """Do the next stretch of the import due first (or of this one); how many lines it was.

    0: there is nothing to do, or somebody else is at it.
    """
    leased_until = now + LEASE
    params = {"leased_until": leased_until, "now": now, "import_id": import_id}
    claimed = sql.rows(SQL.claim_import, params)
    if not claimed:
        return 0
    row: Import = Import.everywhere.get(pk=claimed[0][0])
    if row.tries > TRIES_MAX:
        _end_refused(row, "failed", now)
        return 1
    if row.state == "importing":
        return _bring_in(row, now)
    return _check_stretch(row, now)


def pass_import_dates(*, now: datetime, limit_rows: int = 100) -> int:
    """What happens by itself to imports whose date has passed; how many.

    One nobody decided about is dropped; one the machine is late with is told to technical.
    """
    with transaction.atomic():
        late = Import.everywhere.select_for_update(skip_locked=True, of=("self",)).filter(
            state__in=["received", "checking", "ready", "importing"], promised_at__lt=now
        )
        rows = list(late.order_by("promised_at")[:limit_rows])
        for row in rows:
            if row.state == "ready":
                refuse(row, "not_decided", actor=MACHINE, now=now)
                continue
            dating.pass_on(row, dating.CHECKING_LATE, now=now)
            row.save(update_fields=["node", "owner", "promised_at", "promise_id"])
            dating.tell("import.late", row, actor=MACHINE, now=now, lines_done=row.lines_done)
    return len(rows)


def _read(row: Import) -> Parsed:
    content = ImportContent.everywhere.get(of_import=row)
    clear = crypto.unseal(content.key_id, bytes(content.ciphertext), aad=content_aad(row))
    # The day it was received, so that a stretch read after midnight reads the same.
    today = row.received_at.astimezone(ZoneInfo(row.shop.time_zone)).date()
    return rules.parse_codes(clear, layout_of(row), today=today)


def _check_stretch(row: Import, now: datetime) -> int:
    parsed = _last_read.get(row)
    if parsed.refusal:
        _end_refused(row, parsed.refusal, now)
        return 1
    stretch = parsed.good[row.staged : row.staged + STRETCH_LINES]
    staged = row.staged + len(stretch)
    at_end = staged == len(parsed.good)
    with transaction.atomic():
        _stage(row, stretch, now)
        moved = sql.count(
            SQL.advance_import,
            {
                "import_id": row.id,
                "staged_before": row.staged,
                "staged": staged,
                "lines_total": parsed.lines_total,
                "lines_done": parsed.lines_total if at_end else stretch[-1].line,
            },
        )
        if not moved:
            transaction.set_rollback(True)
            return 1
        faults.point("import.before_stretch_commit")
    if at_end:
        _judge(row.id, parsed, now)
    return max(1, len(stretch))


def _stage(row: Import, stretch: Sequence[GoodLine], now: datetime) -> None:
    code_ids = ids.uuid7_many(len(stretch), now)
    raw = connection.connection.cursor()
    with raw, raw.copy(_COPY) as copy:
        copy.set_types(_COPY_TYPES)
        for (line, text, expires_on), code_id in zip(stretch, code_ids, strict=True):
            sealed = seal_code(text, shop_id=row.shop_id, code_id=code_id)
            found_by = fingerprint(text, shop_id=row.shop_id)
            about = (code_id, row.shop_id, row.id, line)
            copy.write_row((*about, sealed.key_id, sealed.blob, found_by, expires_on))


def _judge(import_id: uuid.UUID, parsed: Parsed, now: datetime) -> None:
    """Everything is read: report, and go on as the sender chose."""
    with transaction.atomic():
        row = lock_import(import_id, target="importing", only=("checking",))
        if row is None:
            return
        doubles = [line for (line,) in sql.rows(SQL.staged_in_stock, {"import_id": row.id})]
        sql.count(SQL.unstage, {"import_id": row.id, "lines": doubles})
        bad = sorted([*parsed.bad, *(BadLine(line, "in_stock") for line in doubles)])
        good = len(parsed.good) - len(doubles)
        _report(row, bad, parsed)
        dating.tell(
            "import.checked", row, actor=MACHINE, now=now, good_lines=good, bad_lines=len(bad)
        )
        if not good or (bad and row.mode == "all_or_nothing"):
            refuse(row, "bad_lines" if good else "no_good_lines", actor=MACHINE, now=now)
            _last_read.forget()
            return
        if bad and row.mode == "ask":
            row.state = "ready"
            dating.pass_on(row, dating.decision_of(row.actor), now=now)
            _last_read.forget()
        else:
            row.state = "importing"
            wake.wake("stock_import")
        row.save(force_update=True)


def _report(row: Import, bad: Sequence[BadLine], parsed: Parsed) -> None:
    row.bad_lines = len(bad)
    row.report = {
        "layout": parsed.layout.kind,
        "separator": parsed.layout.separator,
        "good": len(parsed.good) + len(parsed.bad) - len(bad),
        "counts": dict(Counter(line.code for line in bad)),
        "lines": [list(line) for line in bad[:REPORT_LINES_MAX]],
        "lines_left_off": max(0, len(bad) - REPORT_LINES_MAX),
    }


def _bring_in(row: Import, now: datetime) -> int:
    """One transaction: all codes on the shelf, counted, told, the upload deleted."""
    _last_read.forget()
    with transaction.atomic():
        locked = lock_import(row.id, target="imported", only=("importing",))
        if locked is None:
            return 1
        brought = sql.count(SQL.put_on_shelf, {"import_id": locked.id})
        late_doubles = sql.rows(SQL.not_put_on_shelf, {"import_id": locked.id})
        if late_doubles:
            _add_doubles(locked, [line for (line,) in late_doubles])
        if late_doubles and locked.mode == "all_or_nothing":
            transaction.set_rollback(True)
        else:
            _end_imported(locked, brought, now)
        faults.point("import.before_commit")
    if locked.state != "imported":
        _end_refused(row, "bad_lines", now, report_of=locked)
    return max(1, brought)


def _add_doubles(row: Import, lines: Sequence[int]) -> None:
    report = row.report
    room = REPORT_LINES_MAX - len(report["lines"])
    added = [list(BadLine(line, "in_stock")) for line in lines]
    report["lines"] = sorted(report["lines"] + added[:room])
    report["lines_left_off"] += max(0, len(added) - room)
    report["counts"]["in_stock"] = report["counts"].get("in_stock", 0) + len(added)
    report["good"] -= len(added)
    row.bad_lines += len(added)


def _end_imported(row: Import, brought: int, now: datetime) -> None:
    ensure_levels([row.variant_id])
    shift_levels({row.variant_id: brought})
    dating.close(row, now=now)
    row.state, row.imported, row.ended_at = "imported", brought, now
    row.leased_until = None
    row.save(force_update=True)
    forget_content(row)
    dating.tell(
        "stock.imported",
        row,
        actor=row.actor,
        now=now,
        variant=row.variant_id.hex,
        codes=brought,
        bad_lines=row.bad_lines,
    )
    wake.wake("stock")


def _end_refused(
    row: Import, refusal: str, now: datetime, *, report_of: Import | None = None
) -> None:
    _last_read.forget()
    with transaction.atomic():
        locked = lock_import(row.id, target="refused", only=("received", "checking", "importing"))
        if locked is None:
            return
        if report_of is not None:
            locked.report, locked.bad_lines = report_of.report, report_of.bad_lines
        refuse(locked, refusal, actor=MACHINE, now=now)
