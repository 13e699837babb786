"""Money that goes back for an order: too much, twice, too little, or all of it."""

from __future__ import annotations

from daoda.doors.web.buyer.queries import facts
from daoda.doors.web.pieces import Return
from daoda.trade.orders import rules
from daoda.trade.orders.models import Order
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Refund

WHOLE = frozenset({"refund_owed", "refunded"})


def returns(order: Order) -> tuple[Return, ...]:
    """What goes or went back, oldest first; nothing where the order itself says it all."""
    refunds = payments.refunds_of(order.pk)
    if order.state in WHOLE and len(refunds) == 1:
        return ()
    return tuple(_return(refund) for refund in refunds)


def _return(refund: Refund) -> Return:
    return Return(
        fen=refund.amount_fen,
        currency=refund.currency,
        why=facts.reason(refund.reason),
        due_at=rules.shown(refund.promised_at) if refund.promised_at else None,
        done_at=refund.closed_at,
    )
