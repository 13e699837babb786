"""How refunds move, in sets: state, promise, books, facts and history in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from daoda.kit import ids, sql
from daoda.records.journal import actions as journal
from daoda.records.ledger import actions as ledger
from daoda.records.promises import actions as promises
from daoda.trade.orders import actions as orders
from daoda.trade.payments.actions import noticing
from daoda.trade.payments.rules import SUSPENDED
from daoda.trade.payments.rules.refunds import LockedRefund
from daoda.trade.payments.states import REFUND

SQL = sql.load("daoda.trade.payments")
DETAIL_CHARS_MAX = 200


@dataclass(frozen=True)
class Told:
    """One line of a refund's history."""

    kind: str
    word: str = ""
    detail: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Move:
    """A locked refund and what it becomes, with what is kept of it in its history.

    ``fact`` is told in the journal, if anything is. A new ``owner`` of what stays open takes the
    date over as it was given, unless that has passed.
    """

    old: LockedRefund
    new: LockedRefund
    told: tuple[Told, ...] = ()
    fact: str = ""
    why: str = ""


def lock(refund_ids: Iterable[uuid.UUID]) -> list[LockedRefund]:
    """Lock refunds for this transaction; those that do not exist are absent."""
    found = sql.rows(SQL.lock_refunds, {"ids": list(refund_ids)})
    return [LockedRefund(*row) for row in found]


def apply(moves: Sequence[Move], *, actor: str, now: datetime) -> None:
    """Carry out moves of locked refunds. LostMove, or ValueError for a move not in the table."""
    if not moves:
        return
    for move in moves:
        stays = move.old.state == move.new.state
        if not stays and not REFUND.permits(move.old.state, move.new.state):
            raise ValueError(f"no move from {move.old.state} to {move.new.state}")
    dated = _date(moves, now)
    ledger.post_many([_money(move.new, now) for move in dated if move.new.state == "confirmed"])
    if sql.count(SQL.move_refunds, _columns(dated)) != len(dated):
        raise orders.LostMove([move.old.id.hex for move in dated][:5])
    _keep(dated, actor, now)
    journal.write_many([_fact(move, actor, now) for move in dated if move.fact])
    _finish_orders([m.new for m in dated if m.new.state == "confirmed"], actor, now)


def _date(moves: Sequence[Move], now: datetime) -> list[Move]:
    """End the promises of what is done or changes hands; the latter get new ones."""
    dated, made, ended = [], [], []
    for move in moves:
        old, new = move.old, move.new
        late = old.promised_at is not None and now > old.promised_at
        if new.state == "confirmed":
            new = new._replace(owner=None, promised_at=None, promise_id=None, closed_at=now)
            how, reason, successor = ("broken", "late", None) if late else ("kept", "", None)
        elif new.owner != old.owner:
            assert new.owner is not None  # only what is confirmed has none
            promise = noticing.dated(new.shop_id, "refund", new.id, "refund", new.owner, now)
            if old.promised_at is not None and not late:
                promise = replace(promise, due_at=old.promised_at)
            made.append(promise)
            new = new._replace(promised_at=promise.due_at, promise_id=promise.id)
            how, reason = ("broken", "late") if late else ("superseded", move.why or "handed_over")
            successor = promise.id
        else:
            dated.append(move)
            continue
        if old.promise_id is not None:
            ended.append(
                promises.NewEnding(old.promise_id, old.shop_id, now, how, reason, successor)
            )
        dated.append(replace(move, new=new))
    promises.make_many(made)
    promises.end_many(ended)
    return dated


def _money(refund: LockedRefund, now: datetime) -> ledger.NewTransfer:
    return ledger.NewTransfer(
        shop_id=refund.shop_id,
        debit=("suspense" if refund.verdict in SUSPENDED else "owed_to_buyers", ""),
        credit=("channel_cash", refund.channel_code),
        amount_fen=refund.amount_fen,
        currency=refund.currency,
        kind="refund.paid",
        subject_id=refund.id,
        at=now,
    )


def _columns(moves: Sequence[Move]) -> dict[str, object]:
    new = [move.new for move in moves]
    return {
        "ids": [n.id for n in new],
        "from_states": [move.old.state for move in moves],
        "from_fences": [move.old.fence for move in moves],
        "states": [n.state for n in new],
        "nodes": [None if n.state == "confirmed" else "refund" for n in new],
        "owners": [n.owner for n in new],
        "promised_ats": [n.promised_at for n in new],
        "promise_ids": [n.promise_id for n in new],
        "references": [n.reference for n in new],
        "next_ats": [n.next_at for n in new],
        "claimed_untils": [n.claimed_until for n in new],
        "fences": [n.fence for n in new],
        "sends": [n.sends for n in new],
        "asks": [n.asks for n in new],
        "sent_ats": [n.sent_at for n in new],
        "cut_off_ats": [n.cut_off_at for n in new],
        "saids": [n.said for n in new],
        "details": [n.detail[:DETAIL_CHARS_MAX] for n in new],
        "done_ats": [n.done_at for n in new],
        "closed_ats": [n.closed_at for n in new],
    }


def _keep(moves: Sequence[Move], actor: str, now: datetime) -> None:
    lines = [(move.new, told) for move in moves for told in move.told]
    if not lines:
        return
    fresh = ids.uuid7_many(len(lines), now)
    sql.count(
        SQL.tell_refunds,
        {
            "now": now,
            "ids": [next(fresh) for _ in lines],
            "shop_ids": [refund.shop_id for refund, _ in lines],
            "refund_ids": [refund.id for refund, _ in lines],
            "fences": [refund.fence for refund, _ in lines],
            "kinds": [told.kind for _, told in lines],
            "words": [told.word for _, told in lines],
            "details": [told.detail[:DETAIL_CHARS_MAX] for _, told in lines],
            "answers": [told.answer for _, told in lines],
            "actors": [actor] * len(lines),
        },
    )


def _fact(move: Move, actor: str, now: datetime) -> journal.NewFact:
    new = move.new
    about = ("order", new.order_id) if new.order_id else ("receipt", new.receipt_id)
    data = {"refund": new.id.hex, "amount_fen": new.amount_fen, "reason": new.reason}
    if new.state == "confirmed":
        data["reference"] = new.reference
    if move.why:
        data["why"] = move.why
    return journal.NewFact(move.fact, *about, new.shop_id, actor, now, data)


def _finish_orders(done: Sequence[LockedRefund], actor: str, now: datetime) -> None:
    """An order that owed its money is refunded with the last of its refunds.

    Refunds are locked before their orders, here as everywhere, and what is left is counted under
    the order's lock: of two that end at the same time the second one sees the first.
    """
    order_ids = sorted({refund.order_id for refund in done if refund.order_id is not None})
    if not order_ids:
        return
    locked = orders.lock(order_ids)
    through = {row[0] for row in sql.rows(SQL.orders_all_refunded, {"ids": order_ids})}
    for order in locked.values():
        if order.state == "refund_owed" and order.id in through:
            orders.mark_refunded(order, actor=actor, now=now)
