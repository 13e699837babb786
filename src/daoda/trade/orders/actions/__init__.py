"""The verbs of orders: everything that changes an order."""

from daoda.trade.orders.actions.delivering import (
    claim_paid,
    claim_short,
    mark_delivered,
    mark_restocked,
    mark_short,
    variants_short,
)
from daoda.trade.orders.actions.judging import (
    AttemptOpen,
    hold,
    mark_refunded,
    owe_refund,
    release,
)
from daoda.trade.orders.actions.keeping import keep_for
from daoda.trade.orders.actions.lapsing import cancel, pass_dates
from daoda.trade.orders.actions.moving import POISON, LostMove, lock
from daoda.trade.orders.actions.paying import PaidOrder, mark_paid
from daoda.trade.orders.actions.placing import OrderRefused, Wanted, place
from daoda.trade.orders.actions.screening import (
    Suspect,
    claim_screening,
    hold_suspects,
    pass_screening,
)
from daoda.trade.orders.actions.showing import show_answers
from daoda.trade.orders.actions.sourcing import (
    attach_attempts,
    claim_sourcing,
    detach_attempts,
    to_hands,
    to_sourcing,
    to_stock,
)

__all__ = [
    "POISON",
    "AttemptOpen",
    "LostMove",
    "OrderRefused",
    "PaidOrder",
    "Suspect",
    "Wanted",
    "attach_attempts",
    "cancel",
    "claim_paid",
    "claim_screening",
    "claim_short",
    "claim_sourcing",
    "detach_attempts",
    "hold",
    "hold_suspects",
    "keep_for",
    "lock",
    "mark_delivered",
    "mark_paid",
    "mark_refunded",
    "mark_restocked",
    "mark_short",
    "owe_refund",
    "pass_dates",
    "pass_screening",
    "place",
    "release",
    "show_answers",
    "to_hands",
    "to_sourcing",
    "to_stock",
    "variants_short",
]
