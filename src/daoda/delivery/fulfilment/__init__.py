"""Fulfilment: a paid order becomes goods, exactly once.

Owns the deliveries, and the attempts to buy what is delivered. Claims paid orders in sets, takes
codes for them from the shelf and hands both over in one transaction; an order has one delivery and
a code one order by primary key. What is bought for an order is bought by one open attempt at a
time: committed as sent before its call, judged by what the supplier says, given up only at a dated
cut-off. What the shelf cannot give goes to a person by a date and heals itself when stock arrives;
what has no code (top-ups, memberships, by hand) is done by the supplier or by a person.
Lifecycle: a delivery is made and never changed; an attempt goes planned → sent → accepted |
processing | unknown → succeeded | failed | cut_off → returned | refunded | written_off
(docs/states.md).
Facts written: order.handed_over, attempt.sent, attempt.waiting, attempt.unknown,
attempt.needs_person, attempt.redated, attempt.failed, attempt.succeeded, attempt.returned,
attempt.cut_off, attempt.refunded, attempt.written_off; the moves of the order are written by
`orders`.
"""
