"""The verbs of orders: everything that changes an order."""

from daoda.trade.orders.actions.delivering import (
    claim_paid,
    claim_short,
    mark_delivered,
    mark_restocked,
    mark_short,
    variants_short,
)
from daoda.trade.orders.actions.judging import hold, mark_refunded, owe_refund, release
from daoda.trade.orders.actions.keeping import keep_for
from daoda.trade.orders.actions.lapsing import cancel, pass_dates
from daoda.trade.orders.actions.moving import POISON, LostMove, lock
from daoda.trade.orders.actions.paying import PaidOrder, mark_paid
from daoda.trade.orders.actions.placing import OrderRefused, Wanted, place
from daoda.trade.orders.actions.showing import show_answers

__all__ = [
    "POISON",
    "LostMove",
    "OrderRefused",
    "PaidOrder",
    "Wanted",
    "cancel",
    "claim_paid",
    "claim_short",
    "hold",
    "keep_for",
    "lock",
    "mark_delivered",
    "mark_paid",
    "mark_refunded",
    "mark_restocked",
    "mark_short",
    "owe_refund",
    "pass_dates",
    "place",
    "release",
    "show_answers",
    "variants_short",
]
