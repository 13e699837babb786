-- name: see_orders
-- What is known of orders at the moment they were paid; of their contacts, at most 200 orders.
SELECT o.id, o.paid_at, o.amount_fen, o.quantity, o.product_id,
       COALESCE(way.code, ''), past.delivered IS NOT TRUE, past.paid_ats, past.unpaid_ats
FROM orders_order o
LEFT JOIN LATERAL (
    SELECT c.code
    FROM payments_payment p
    JOIN payments_receipt r ON r.payment_id = p.id
    JOIN payments_channel c ON c.id = r.channel_id
    WHERE p.order_id = o.id
    ORDER BY r.at
    LIMIT 1
) way ON true
LEFT JOIN LATERAL (
    SELECT bool_or(n.state = 'delivered') AS delivered,
           array_agg(n.paid_at) FILTER (
               WHERE n.paid_at BETWEEN o.paid_at - interval '30 days' AND o.paid_at
           ) AS paid_ats,
           array_agg(n.placed_at) FILTER (
               WHERE n.state IN ('expired', 'cancelled')
                 AND n.placed_at BETWEEN o.paid_at - interval '30 days' AND o.paid_at
           ) AS unpaid_ats
    FROM (
        SELECT d.state, d.paid_at, d.placed_at
        FROM orders_order d
        WHERE d.person_id = o.person_id AND d.placed_at <= o.placed_at
        ORDER BY d.placed_at DESC
        LIMIT 200
    ) n
) past ON true
WHERE o.id = ANY (%(ids)s::uuid[])

-- name: add_findings
-- Record which rule spoke against which order; the primary key keeps one finding an order.
INSERT INTO risk_finding (order_id, shop_id, rule_id, found, at)
SELECT * FROM unnest(
    %(order_ids)s::uuid[], %(shop_ids)s::uuid[], %(rule_ids)s::uuid[], %(founds)s::jsonb[],
    %(ats)s::timestamptz[]
)

-- name: paid_lately
-- The newest paid orders of a shop, for trying a rule on them before it is published.
SELECT o.id
FROM orders_order o
WHERE o.shop_id = %(shop_id)s AND o.placed_at >= %(since)s AND o.paid_at IS NOT NULL
ORDER BY o.placed_at DESC
LIMIT %(limit_rows)s

-- name: outcomes
-- What became of the orders that rules spoke against, by rule: a released one was a false hold.
SELECT f.rule_id,
       count(*)::int,
       count(*) FILTER (WHERE o.state = 'held')::int,
       count(*) FILTER (WHERE o.state IN ('refund_owed', 'refunded') AND NOT r.was)::int,
       count(*) FILTER (WHERE r.was)::int
FROM risk_finding f
JOIN orders_order o ON o.id = f.order_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM journal_fact j
        WHERE j.subject_id = f.order_id AND j.kind = %(released)s AND j.at >= f.at
    ) AS was
) r
WHERE f.shop_id = %(shop_id)s AND f.at >= %(since)s
GROUP BY f.rule_id
