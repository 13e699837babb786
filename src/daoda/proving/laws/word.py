"""The word given: one promise stands for what is open, none for what is closed, and it is told."""

from __future__ import annotations

from daoda.proving.laws import Law

# Everything that carries promises: what it is called in them, and whether it must have one.
_THINGS = """
    SELECT 'order' AS subject, id, shop_id, state, node, owner, promised_at, promise_id,
           state NOT IN ('delivered', 'expired', 'cancelled', 'refunded') AS promised
    FROM orders_order
    UNION ALL
    SELECT 'refund', id, shop_id, state, node, owner, promised_at, promise_id,
           state <> 'confirmed'
    FROM payments_refund
    UNION ALL
    SELECT 'notice', id, shop_id, state, node, owner, promised_at, promise_id,
           state = 'unmatched' OR promise_id IS NOT NULL
    FROM payments_notice
    UNION ALL
    SELECT 'import', id, shop_id, state, node, owner, promised_at, promise_id,
           state NOT IN ('imported', 'refused')
    FROM stock_import
    UNION ALL
    SELECT 'quarantine', id, shop_id, state, node, owner, promised_at, promise_id,
           state NOT IN ('returned', 'voided')
    FROM stock_quarantine
    UNION ALL
    SELECT 'rehearsal', id, shop_id, state, node, owner, promised_at, promise_id,
           state NOT IN ('done', 'failed')
    FROM rehearsals_rehearsal
"""

ONE_PROMISE_STANDS = Law(
    "one_promise_stands",
    "Exactly one promise stands for what is open, and none for what is closed",
    f"""
    SELECT t.id::text, format('%%s %%s: %%s promises stand', t.subject, t.state,
                              count(p.id) FILTER (WHERE e.promise_id IS NULL))
    FROM ({_THINGS}) t
    LEFT JOIN promises_promise p ON p.subject = t.subject AND p.subject_id = t.id
    LEFT JOIN promises_promiseending e ON e.promise_id = p.id
    WHERE (%(shop_id)s::uuid IS NULL OR t.shop_id = %(shop_id)s::uuid)
    GROUP BY t.id, t.subject, t.state, t.promised
    HAVING count(p.id) FILTER (WHERE e.promise_id IS NULL) <> t.promised::int
    """,  # noqa: S608
)

COPIES_FIT = Law(
    "copies_fit",
    "The date, node and promise a thing carries are those of the promise that stands",
    f"""
    SELECT t.id::text, format('%%s carries %%s by %%s, promised was %%s by %%s', t.subject, t.node,
                              t.promised_at, coalesce(p.node, 'nothing'), p.due_at)
    FROM ({_THINGS}) t
    LEFT JOIN promises_promise p ON p.id = t.promise_id
    WHERE (%(shop_id)s::uuid IS NULL OR t.shop_id = %(shop_id)s::uuid) AND t.promised
      AND (p.subject_id = t.id AND p.subject = t.subject AND p.due_at = t.promised_at
           AND p.node = t.node AND (t.subject = 'notice' OR p.owner = t.owner)) IS NOT TRUE
    """,  # noqa: S608
)

ENDINGS_TRUE = Law(
    "endings_true",
    "What is called kept was done by its date, and what is called broken was not",
    """
    SELECT p.id::text, format('%%s at %%s, due at %%s', e.how, e.at, p.due_at)
    FROM promises_promiseending e
    LEFT JOIN promises_promise p ON p.id = e.promise_id
    LEFT JOIN promises_promise s ON s.id = e.successor
    WHERE (%(shop_id)s::uuid IS NULL OR e.shop_id = %(shop_id)s::uuid)
      AND (CASE e.how WHEN 'kept' THEN e.at <= p.due_at
                      WHEN 'broken' THEN e.at >= p.due_at ELSE true END
           AND (e.successor IS NULL OR s.subject_id = p.subject_id)) IS NOT TRUE
    """,
)

MOVES_TOLD = Law(
    "moves_told",
    "Where an order is was told: paid, delivered and refunded once, all else at least once",
    """
    SELECT o.id::text, format('%%s, and order.%%s was told %%s times', o.state, told.what, f.times)
    FROM orders_order o
    CROSS JOIN LATERAL (
        SELECT o.state AS what WHERE o.state NOT IN ('awaiting_payment', 'in_hand', 'paid', 'short',
                                              'screening', 'sourcing')
        UNION SELECT 'paid' WHERE o.paid_at IS NOT NULL
    ) told
    CROSS JOIN LATERAL (
        SELECT count(*) AS times FROM journal_fact f
        WHERE f.subject_id = o.id AND f.kind = 'order.' || told.what
    ) f
    WHERE (%(shop_id)s::uuid IS NULL OR o.shop_id = %(shop_id)s::uuid)
      AND CASE WHEN told.what IN ('paid', 'delivered', 'refunded') THEN f.times <> 1
               ELSE f.times < 1 END
    """,
)

TIMES_FIT = Law(
    "times_fit",
    "An order has a time of payment from then on, and a time of closing exactly while closed",
    """
    SELECT o.id::text, format('it is %%s, paid at %%s, closed at %%s', o.state, o.paid_at,
                              o.closed_at)
    FROM orders_order o
    WHERE (%(shop_id)s::uuid IS NULL OR o.shop_id = %(shop_id)s::uuid)
      AND ((o.paid_at IS NULL) <> (o.state IN ('awaiting_payment', 'expired', 'cancelled'))
           OR (o.closed_at IS NULL)
              = (o.state IN ('delivered', 'expired', 'cancelled', 'refunded')))
    """,
)

LAWS = (ONE_PROMISE_STANDS, COPIES_FIT, ENDINGS_TRUE, MOVES_TOLD, TIMES_FIT)
