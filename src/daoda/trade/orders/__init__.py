"""Orders: what a buyer asked for, and where on its way it is.

Owns the order, its node, owner and date; every move goes through ``actions`` and writes state,
promise and fact together. Knows nothing of payment channels, codes on shelves are `stock`'s.
Lifecycle: awaiting_payment → paid → delivered; beside it screening, sourcing, short, in_hand,
held, expired, cancelled, refund_owed, refunded (docs/states.md).
Facts written: order.placed, order.paid, order.short, order.held, order.released,
order.delivered, order.expired, order.cancelled, order.refund_owed, order.refunded,
order.restocked, order.promise_broken, order.answers_shown, order.kept, order.screened,
order.sourcing, order.in_hand.
"""
