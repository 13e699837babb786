"""Asking for a rehearsal, and what whoever plays it says of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from daoda.kit import ids, wake
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.catalog.models import Variant
from daoda.watch.rehearsals import rules
from daoda.watch.rehearsals.models import Rehearsal
from daoda.watch.rehearsals.states import REHEARSAL

MACHINE = "machine:rehearsals"
OPEN_MAX = 5
# Whoever plays one gives a sign of life every few seconds; after this it counts as gone.
SILENT_MAX = timedelta(minutes=2)
NAME_CHARS_MAX = 60


class TooManyOpen(ValueError):
    """So many rehearsals of this shop are waiting or running that another would wait for long."""


def ask(
    *, shop_id: uuid.UUID, day: Mapping[str, Any], name: str = "", actor: str, now: datetime
) -> Rehearsal:
    """Ask for a day to be played. Raises BadDay with what is wrong with it, TooManyOpen."""
    read = rules.read_day(day)
    strangers = _not_on_sale(shop_id, read)
    if strangers:
        raise rules.BadDay(strangers)
    row = Rehearsal(
        id=ids.uuid7(now), shop_id=shop_id, name=name.strip()[:NAME_CHARS_MAX], actor=actor,
        day=dict(day), state=REHEARSAL.initial, asked_at=now,
    )  # fmt: skip
    with transaction.atomic():
        open_ones = Rehearsal.everywhere.filter(
            shop_id=shop_id, state__in=REHEARSAL.open_states
        ).select_for_update()
        if len(open_ones) >= OPEN_MAX:
            raise TooManyOpen(shop_id.hex)
        _date(row, "turn", now)
        row.save(force_insert=True)
        _tell("rehearsal.asked", row, actor, now, orders=round(read.orders))
        wake.wake("rehearsal")
    return row


def begin(*, now: datetime) -> Rehearsal | None:
    """Take up the one that has waited longest, of whatever shop; None while there is nothing to

    take up or another one is being played.
    """
    with transaction.atomic():
        waiting = Rehearsal.everywhere.select_for_update(skip_locked=True, of=("self",))
        row: Rehearsal | None = waiting.filter(state="asked").order_by("asked_at", "id").first()
        if row is None or Rehearsal.everywhere.filter(state="running").exists():
            return None
        ending = _end(row, now)
        following = _date(row, "rehearsing", now)
        promises.end_many([_followed(ending, following)])
        row.state, row.begun_at, row.heard_at = "running", now, now
        row.save(force_update=True)
        _tell("rehearsal.begun", row, MACHINE, now)
    return row


def progress(
    *,
    rehearsal_id: uuid.UUID,
    step: str,
    done: int,
    whole: int,
    clock_at: datetime | None,
    now: datetime,
) -> bool:
    """How far it is, and that it still is; False when it is not running any more."""
    rows = Rehearsal.everywhere.filter(pk=rehearsal_id, state="running")
    said: int = rows.update(step=step, done=done, whole=whole, clock_at=clock_at, heard_at=now)
    return bool(said)


def finish(*, rehearsal_id: uuid.UUID, outcome: Mapping[str, Any], now: datetime) -> bool:
    """It has been played; False when it had ended otherwise before."""
    with transaction.atomic():
        row = _lock(rehearsal_id, "done")
        if row is None:
            return False
        row.outcome = dict(outcome)
        _close(row, "done", now)
        _tell("rehearsal.done", row, MACHINE, now)
    return True


def give_up(*, rehearsal_id: uuid.UUID, reason: str, actor: str = MACHINE, now: datetime) -> bool:
    """It will not be played to its end; False when it has ended before."""
    with transaction.atomic():
        row = _lock(rehearsal_id, "failed")
        if row is None:
            return False
        _fail(row, reason, actor, now)
    return True


def pass_dates(*, now: datetime, limit_rows: int = 100) -> int:
    """End what nobody began or finished by its date, and what has fallen silent; how many."""
    gone = Q(state="running", heard_at__lt=now - SILENT_MAX)
    late = Q(state__in=REHEARSAL.open_states, promised_at__lt=now)
    with transaction.atomic():
        rows = Rehearsal.everywhere.select_for_update(skip_locked=True, of=("self",))
        found = list(rows.filter(gone | late).order_by("promised_at")[:limit_rows])
        for row in found:
            silent = row.heard_at is not None and row.heard_at < now - SILENT_MAX
            reason = "silent" if silent else "late" if row.state == "running" else "not_begun"
            _fail(row, reason, MACHINE, now)
    return len(found)


def _not_on_sale(shop_id: uuid.UUID, day: rules.Day) -> dict[str, str]:
    wanted = [part.variant_id for part in day.mix]
    on_sale = set(
        Variant.everywhere.filter(
            shop_id=shop_id, pk__in=wanted, published=True, product__published=True
        ).values_list("pk", flat=True)
    )
    return {
        f"mix.{number}.variant": "unknown"
        for number, part in enumerate(day.mix)
        if part.variant_id not in on_sale
    }


def _lock(rehearsal_id: uuid.UUID, target: str) -> Rehearsal | None:
    rows = Rehearsal.everywhere.select_for_update(of=("self",))
    found: Rehearsal | None = rows.filter(
        pk=rehearsal_id, state__in=REHEARSAL.sources(target)
    ).first()
    return found


def _fail(row: Rehearsal, reason: str, actor: str, now: datetime) -> None:
    row.reason = reason
    _close(row, "failed", now)
    _tell("rehearsal.failed", row, actor, now, reason=reason)


def _close(row: Rehearsal, state: str, now: datetime) -> None:
    """End the promise and the row. A day that was given up keeps no promise."""
    ending = _end(row, now)
    if state == "failed" and ending.how == "kept":
        ending = promises.NewEnding(
            ending.promise_id, ending.shop_id, now, "superseded", row.reason
        )
    promises.end_many([ending])
    row.state, row.ended_at = state, now
    row.node = row.owner = row.promised_at = row.promise_id = None
    row.save(force_update=True)


def _date(row: Rehearsal, node: str, now: datetime) -> promises.NewPromise:
    clocks = promise_rules.rules_of(row.shop_id, now=now)
    due = clocks.due(node, now)
    promise = promises.NewPromise(
        shop_id=row.shop_id, subject="rehearsal", subject_id=row.pk, node=node, owner=MACHINE,
        made_at=now, due_at=due.due_at, consequence="give_up",
        basis=clocks.rule(node).basis(due),
    )  # fmt: skip
    row.node, row.owner = promise.node, promise.owner
    row.promised_at, row.promise_id = promise.due_at, promise.id
    promises.make_many([promise])
    return promise


def _end(row: Rehearsal, now: datetime) -> promises.NewEnding:
    assert row.promise_id is not None
    assert row.promised_at is not None
    kept = now <= row.promised_at
    how, reason = ("kept", "") if kept else ("broken", "late")
    return promises.NewEnding(row.promise_id, row.shop_id, now, how, reason)


def _followed(ending: promises.NewEnding, following: promises.NewPromise) -> promises.NewEnding:
    return promises.NewEnding(
        ending.promise_id, ending.shop_id, ending.at, ending.how, ending.reason, following.id
    )


def _tell(kind: str, row: Rehearsal, actor: str, now: datetime, **data: object) -> None:
    journal.write(
        kind=kind, subject="rehearsal", subject_id=row.pk, shop_id=row.shop_id, actor=actor,
        at=now, data=data,
    )  # fmt: skip
