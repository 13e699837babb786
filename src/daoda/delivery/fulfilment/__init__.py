"""Fulfilment: a paid order becomes goods, exactly once.

Owns the deliveries. Claims paid orders in sets, takes codes for them from the shelf and hands
both over in one transaction; an order has one delivery and a code one order by primary key.
What the shelf cannot give goes to a person by a date and heals itself when stock arrives; what
has no code (top-ups, memberships, by hand) is delivered by a person.
Lifecycle: a delivery is made and never changed.
Facts written: order.handed_over; the moves of the order are written by `orders`.
"""
