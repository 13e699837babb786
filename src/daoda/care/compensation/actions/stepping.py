"""The steps of a case, one after another, each once, under the locks of case and order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction

from daoda.care.compensation import queries, rules
from daoda.care.compensation.actions import granting, moving
from daoda.care.compensation.actions.hearing import WAITING
from daoda.care.compensation.models import Act, Case
from daoda.kit import faults, ids, sql
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.payments import actions as payments
from daoda.trade.stock import actions as stock
from daoda.trade.suppliers import queries as suppliers

SQL = sql.load("daoda.care.compensation")
BATCH_ROWS = 100
# How soon one looks again where a supplier may still deliver.
AGAIN = timedelta(minutes=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Done:
    """What came of a step. ``did``: done, passed (with a reason), or later (not possible yet)."""

    did: str
    reason: str = ""
    amount_fen: int = 0


def pass_dates(*, now: datetime, limit_rows: int = BATCH_ROWS) -> int:
    """Do what is due in open cases; returns how many were turned to.

    Each case in a transaction of its own: one that fails does not hold up the others, and goes to
    a person.
    """
    with transaction.atomic():
        due = sql.rows(SQL.claim_due, {"now": now, "limit_rows": limit_rows})
    return sum(_turn_to(row[0], now) for row in due)


def _turn_to(case_id: uuid.UUID, now: datetime) -> bool:
    try:
        with transaction.atomic():
            case = locked(case_id)
            if case is None or case.next_at is None or case.next_at > now:
                return False
            if case.state == "with_person":
                _overdue(case, now)
            else:
                take_step(case, actor=moving.ACTOR, now=now)
        return True
    except OperationalError:
        raise
    except orders.POISON:
        log.exception("compensation_failed", case=case_id.hex)
    with transaction.atomic():
        case = locked(case_id)
        if case is not None and case.state == "running":
            moving.ask_person(case, "decision", now, reason="failed")
    return True


def locked(case_id: uuid.UUID) -> Case | None:
    """An open case, locked for this transaction."""
    rows = Case.everywhere.select_for_update(skip_locked=True, of=("self",))
    found: Case | None = rows.select_related("policy").filter(pk=case_id).first()
    return found if found is not None and found.state != "settled" else None


def take_step(case: Case, *, actor: str, now: datetime, approved: bool = False) -> None:
    """Do the next step of a locked case and date the one after it."""
    order = orders.lock([case.order_id])[case.order_id]
    if order.state not in WAITING:
        moving.settle(case, order.state, actor, now)
        return
    if case.choice == "refund":
        _give_back(case, order, actor, now)
        return
    steps = case.policy.steps
    if case.step >= len(steps):
        moving.ask_person(case, "decision", now, reason="no_step_left")
        return
    step = steps[case.step]
    amount_fen = _amount(case, order, step, now)
    if amount_fen > case.policy.approve_above_fen and not approved:
        moving.ask_person(case, "approval", now, reason="above_threshold")
        return
    faults.point("compensate.before_step")
    done = _do(case, order, step, amount_fen, actor, now)
    if done.did == "later":
        moving.wait_for_step(case, now + AGAIN, now, reason=done.reason)
        return
    record(case, step["do"], done, actor, now)
    faults.point("compensate.before_commit")
    if step["do"] == "refund" and done.did == "done":
        moving.settle(case, "refund_owed", actor, now)
        return
    go_on(case, now)


def go_on(case: Case, now: datetime) -> None:
    """Date the step after the one just recorded, or ask a person when there is none."""
    case.step += 1
    at = rules.next_at(case.late_since, case.policy.steps, case.step)
    if at is None:
        moving.ask_person(case, "decision", now, reason="no_step_left")
    else:
        moving.wait_for_step(case, at, now)


def record(case: Case, do: str, done: Done, actor: str, now: datetime) -> None:
    """Write down what came of a step, once, and tell of it."""
    Act(
        id=ids.derive(case.pk, f"step:{case.step}:{do}"),
        shop_id=case.shop_id, case_id=case.pk, order_id=case.order_id, step=case.step, do=do,
        did=done.did, reason=done.reason, amount_fen=done.amount_fen, actor=actor, at=now,
    ).save(force_insert=True)  # fmt: skip
    told = {"do": do, "did": done.did, "why": done.reason, "amount_fen": done.amount_fen}
    moving.tell(case, "compensation.acted", actor, now, told)


def _overdue(case: Case, now: datetime) -> None:
    """Nobody has decided by the date: it is broken, and the next one begins at once."""
    asked = case.asked
    moving.tell(case, "compensation.overdue", moving.ACTOR, now, {"for": asked})
    moving.ask_person(case, asked, now, reason="late")


def _amount(case: Case, order: LockedOrder, step: rules.Step, now: datetime) -> int:
    """What a step would cost the shop, in fen."""
    if step["do"] == "refund":
        return order.amount_fen
    if step["do"] == "goodwill":
        return queries.goodwill_of(case, order.amount_fen, now=now)
    return 0


def _do(
    case: Case, order: LockedOrder, step: rules.Step, amount_fen: int, actor: str, now: datetime
) -> Done:
    if order.state == "held" and step["do"] != "goodwill":
        return Done("passed", "held")
    if step["do"] == "reissue":
        return _reissue(order, actor, now)
    if step["do"] == "other_supplier":
        return _buy_elsewhere(order, actor, now)
    if step["do"] == "goodwill":
        return _goodwill(case, amount_fen, actor, now)
    return _refund(case, order, actor, now)


def _reissue(order: LockedOrder, actor: str, now: datetime) -> Done:
    if order.state != "sourcing":
        return Done("passed", "on_its_way" if order.state == "paid" else "not_from_stock")
    if order.attempt_id is not None:
        return Done("passed", "attempt_open")
    need = stock.Need(order.id, order.variant_id, order.quantity)
    if not stock.reserve_many(needs=[need]):
        return Done("passed", "out_of_stock")
    orders.to_stock([order], reason="late", actor=actor, now=now)
    return Done("done")


def _buy_elsewhere(order: LockedOrder, actor: str, now: datetime) -> Done:
    if order.state not in {"short", "in_hand"}:
        return Done("passed", "attempt_open" if order.attempt_id else "on_its_way")
    if not suppliers.offers_for(order.variant_id, now=now).offers:
        return Done("passed", "no_supplier")
    orders.to_sourcing([order], reason="late", actor=actor, now=now)
    return Done("done")


def _goodwill(case: Case, amount_fen: int, actor: str, now: datetime) -> Done:
    if not amount_fen:
        return Done("passed", "not_granted")  # not of this tier, or a cap is reached
    order = Order.everywhere.get(pk=case.order_id)
    granting.grant(case, order, amount_fen=amount_fen, actor=actor, now=now)
    return Done("done", amount_fen=amount_fen)


def _refund(case: Case, order: LockedOrder, actor: str, now: datetime) -> Done:
    if case.choice == "wait":
        return Done("passed", "buyer_waits")
    if order.attempt_id is not None:
        return Done("later", "attempt_open")
    if not payments.refund_order(order_id=order.id, reason="late", actor=actor, now=now):
        return Done("passed", "nothing_to_refund")
    return Done("done", amount_fen=order.amount_fen)


def _give_back(case: Case, order: LockedOrder, actor: str, now: datetime) -> None:
    """The buyer wants her money: at once, or as soon as no supplier can deliver any more."""
    if order.attempt_id is not None or order.state == "held":
        moving.wait_for_step(case, now + AGAIN, now, reason="attempt_open")
        return
    payments.refund_order(order_id=order.id, reason="late", actor=actor, now=now)
    record(case, "refund", Done("done", "buyer_asked", order.amount_fen), actor, now)
    moving.settle(case, "refund_owed", actor, now)
