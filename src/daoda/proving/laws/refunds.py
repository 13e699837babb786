"""Money that goes back: counted, told, worked on, and given only of what was earned."""

from __future__ import annotations

from daoda.proving.laws import Law

REFUNDS_COUNTED = Law(
    "refunds_counted",
    "What goes back of a receipt is counted beside it, and is never more than came",
    """
    SELECT coalesce(c.receipt_id, f.receipt_id)::text, format(
        '%%s of %%s fen are counted, %%s go back of %%s', coalesce(c.back_fen, 0),
        coalesce(c.came_fen, 0), coalesce(f.fen, 0), r.amount_fen)
    FROM payments_returned c
    FULL JOIN (SELECT receipt_id, sum(amount_fen) AS fen FROM payments_refund
               GROUP BY receipt_id) f ON f.receipt_id = c.receipt_id
    LEFT JOIN payments_receipt r ON r.id = coalesce(c.receipt_id, f.receipt_id)
    WHERE (%(shop_id)s::uuid IS NULL OR r.shop_id = %(shop_id)s::uuid)
      AND (c.back_fen = f.fen AND c.came_fen = r.amount_fen AND f.fen <= r.amount_fen) IS NOT TRUE
    """,
)

REFUNDS_TOLD = Law(
    "refunds_told",
    "What was sent was told before, and what is confirmed was answered so or seen by a person",
    """
    SELECT f.id::text, format('%%s, tried %%s times; told: %%s', f.state, f.sends,
                              coalesce(e.told, 'nothing'))
    FROM payments_refund f
    LEFT JOIN (
        SELECT refund_id, count(*) FILTER (WHERE kind = 'sent') AS sent,
               count(*) FILTER (WHERE word = 'confirmed') AS ended,
               string_agg(concat_ws(' ', kind, nullif(word, '')), ', ' ORDER BY fence, id) AS told
        FROM payments_refundevent GROUP BY refund_id
    ) e ON e.refund_id = f.id
    WHERE (%(shop_id)s::uuid IS NULL OR f.shop_id = %(shop_id)s::uuid) AND f.fence > 0
      AND (coalesce(e.sent, 0) < f.sends
           OR f.state IN ('sent', 'unknown', 'failed') AND coalesce(e.sent, 0) = 0
           OR coalesce(e.ended, 0) <> (f.state = 'confirmed')::int)
    """,
)

REFUNDS_WORKED_ON = Law(
    "refunds_worked_on",
    "What the machine has to send or ask about has a time at which it turns to it",
    """
    SELECT f.id::text, format('%%s of %%s, next at %%s', f.state, f.owner, f.next_at)
    FROM payments_refund f
    WHERE (%(shop_id)s::uuid IS NULL OR f.shop_id = %(shop_id)s::uuid)
      AND (f.owner = 'machine:refund' AND f.next_at IS NULL
           OR f.state = 'confirmed' AND f.next_at IS NOT NULL)
    """,
)

REFUNDS_GIVEN = Law(
    "refunds_given",
    "What is given of earnings was earned by a delivery, and is taken out of them once",
    """
    SELECT f.id::text, format('%%s fen, taken out: %%s; its order is %%s', f.amount_fen,
                              coalesce(t.amount_fen, 0), coalesce(o.state, 'none'))
    FROM payments_refund f
    LEFT JOIN orders_order o ON o.id = f.order_id
    LEFT JOIN ledger_transfer t ON t.kind = 'refund.given' AND t.subject_id = f.id
    LEFT JOIN ledger_account d ON d.id = t.debit_id
    LEFT JOIN ledger_account c ON c.id = t.credit_id
    WHERE (%(shop_id)s::uuid IS NULL OR f.shop_id = %(shop_id)s::uuid)
      AND CASE WHEN f.from_earnings THEN
               (o.state = 'delivered' AND t.amount_fen = f.amount_fen
                AND t.currency = f.currency AND d.kind = 'refunds'
                AND c.kind = 'owed_to_buyers') IS NOT TRUE
          ELSE t.id IS NOT NULL END
    """,
)

LAWS = (REFUNDS_COUNTED, REFUNDS_TOLD, REFUNDS_WORKED_ON, REFUNDS_GIVEN)
