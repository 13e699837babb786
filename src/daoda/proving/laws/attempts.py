"""What is bought from suppliers is bought once, ends in one place, and is in the books."""

from __future__ import annotations

from daoda.proving.laws import Law

_OPEN = "('planned', 'sent', 'accepted', 'processing', 'unknown')"

# What the attempts say the accounts must hold: rows for the law of balances. What was charged is
# owed to its supplier; what is cut off counts as charged until somebody gives it back.
BALANCES = """
    SELECT a.shop_id, 'supplier_payable', s.code, a.currency, sum(a.cost_fen)
    FROM fulfilment_attempt a JOIN suppliers_supplier s ON s.id = a.supplier_id
    WHERE a.state IN ('succeeded', 'returned', 'cut_off', 'written_off') GROUP BY 1, 3, 4
    UNION ALL
    SELECT a.shop_id, 'supplier_receivable', s.code, a.currency, sum(a.cost_fen)
    FROM fulfilment_attempt a JOIN suppliers_supplier s ON s.id = a.supplier_id
    WHERE a.state = 'cut_off' AND a.borne_by = 'supplier_receivable' GROUP BY 1, 3, 4
    UNION ALL
    SELECT a.shop_id, 'goods_cost', '', a.currency, sum(a.cost_fen)
    FROM fulfilment_attempt a WHERE a.state IN ('succeeded', 'returned') GROUP BY 1, 4
    UNION ALL
    SELECT a.shop_id, 'losses', '', a.currency, sum(a.cost_fen)
    FROM fulfilment_attempt a
    WHERE a.state = 'written_off' OR (a.state = 'cut_off' AND a.borne_by = 'losses')
    GROUP BY 1, 4
"""
# The attempts that may cause a transfer of a kind: a CASE branch each for the law of causes.
CAUSES = """
    WHEN 'attempt.bought' THEN EXISTS (
        SELECT 1 FROM fulfilment_attempt a
        WHERE a.id = t.subject_id AND a.state IN ('succeeded', 'returned'))
    WHEN 'attempt.cut_off' THEN EXISTS (
        SELECT 1 FROM fulfilment_attempt a WHERE a.id = t.subject_id AND a.borne_by <> '')
    WHEN 'attempt.given_back' THEN EXISTS (
        SELECT 1 FROM fulfilment_attempt a WHERE a.id = t.subject_id AND a.state = 'refunded')
    WHEN 'attempt.written_off' THEN EXISTS (
        SELECT 1 FROM fulfilment_attempt a WHERE a.id = t.subject_id AND a.state = 'written_off')
"""

ATTEMPTS_ATTACHED = Law(
    "attempts_attached",
    "An order names the one attempt that is open for it, and no other",
    f"""
    SELECT coalesce(o.id, a.order_id)::text, format('it names %%s, open is %%s',
        coalesce(o.attempt_id::text, 'none'), coalesce(a.id::text, 'none'))
    FROM (SELECT * FROM orders_order WHERE attempt_id IS NOT NULL) o
    FULL JOIN (SELECT * FROM fulfilment_attempt
               WHERE state IN {_OPEN} AND order_id IS NOT NULL) a ON a.order_id = o.id
    WHERE (%(shop_id)s::uuid IS NULL OR coalesce(o.shop_id, a.shop_id) = %(shop_id)s::uuid)
      AND o.attempt_id IS DISTINCT FROM a.id
    """,  # noqa: S608
)

SUCCESSES_DELIVERED = Law(
    "successes_delivered",
    "An attempt for an order succeeded exactly when that order was delivered by it, once",
    """
    SELECT coalesce(f.order_id, a.order_id)::text, format('delivered %%s, %%s attempts succeeded',
        coalesce(f.how, 'not'), coalesce(a.succeeded, 0))
    FROM (SELECT * FROM fulfilment_delivery WHERE how IN ('bought', 'supplier')) f
    FULL JOIN (SELECT order_id, min(shop_id::text)::uuid AS shop_id, count(*) AS succeeded
               FROM fulfilment_attempt WHERE state = 'succeeded' AND order_id IS NOT NULL
               GROUP BY order_id) a ON a.order_id = f.order_id
    WHERE (%(shop_id)s::uuid IS NULL OR coalesce(f.shop_id, a.shop_id) = %(shop_id)s::uuid)
      AND (f.order_id IS NULL OR a.succeeded IS DISTINCT FROM 1)
    """,
)

ATTEMPTS_BOOKED = Law(
    "attempts_booked",
    "What an attempt cost, and what it leaves to claim or lose, is booked once, at its cost",
    """
    SELECT a.id::text, format('it is %%s, %%s fen, and booked: %%s', a.state, a.cost_fen,
                              coalesce(string_agg(t.kind || ' ' || t.amount_fen, ', '), 'nothing'))
    FROM fulfilment_attempt a
    LEFT JOIN ledger_transfer t ON t.subject_id = a.id
    WHERE (%(shop_id)s::uuid IS NULL OR a.shop_id = %(shop_id)s::uuid)
    GROUP BY a.id, a.state, a.cost_fen, a.borne_by
    HAVING count(t.id) FILTER (WHERE t.kind = 'attempt.bought')
           <> (a.state IN ('succeeded', 'returned'))::int
        OR count(t.id) FILTER (WHERE t.kind = 'attempt.cut_off') <> (a.borne_by <> '')::int
        OR count(t.id) FILTER (WHERE t.kind = 'attempt.given_back') <> (a.state = 'refunded')::int
        OR bool_or(t.amount_fen <> a.cost_fen)
    """,
)

FAILURES_SAID = Law(
    "failures_said",
    "An attempt that was sent failed only because its supplier said so, or was never reached",
    """
    SELECT a.id::text, format('it failed for %%s', a.reason)
    FROM fulfilment_attempt a
    WHERE (%(shop_id)s::uuid IS NULL OR a.shop_id = %(shop_id)s::uuid)
      AND a.state IN ('failed', 'refunded') AND a.sent_at IS NOT NULL
      AND a.reason NOT IN ('unreachable', 'not_sent', 'called_off')
      AND NOT EXISTS (
          SELECT 1 FROM fulfilment_attemptevent e
          WHERE e.attempt_id = a.id
            AND (e.status IN ('failed', 'refunded', 'absent') OR e.kind = 'settled'))
    """,
)

LAWS = (ATTEMPTS_ATTACHED, SUCCESSES_DELIVERED, ATTEMPTS_BOOKED, FAILURES_SAID)
