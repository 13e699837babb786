-- name: lock_orders
-- Orders by id, locked in the order of their ids so that two batches cannot deadlock.
SELECT id, shop_id, state, node, promise_id, promised_at, product_id, variant_id, coupon_id,
       kind, quantity, amount_fen, currency, reserved, owner, paid_at, slips, via, hands,
       attempt_id
FROM orders_order
WHERE id = ANY (%(ids)s::uuid[])
ORDER BY id
FOR UPDATE

-- name: claim_paid
-- The oldest paid orders that nobody else is delivering, from a low-water mark on.
SELECT id, shop_id, state, node, promise_id, promised_at, product_id, variant_id, coupon_id,
       kind, quantity, amount_fen, currency, reserved, owner, paid_at, slips, via, hands,
       attempt_id
FROM orders_order
WHERE state = 'paid' AND paid_at >= %(since)s
ORDER BY paid_at, id
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: claim_screening
-- The oldest paid orders that the rules of risk have not been asked about yet, from a mark on.
SELECT id, shop_id, state, node, promise_id, promised_at, product_id, variant_id, coupon_id,
       kind, quantity, amount_fen, currency, reserved, owner, paid_at, slips, via, hands,
       attempt_id
FROM orders_order
WHERE state = 'screening' AND paid_at >= %(since)s
ORDER BY paid_at, id
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: claim_sourcing
-- The oldest orders to buy from a supplier for which nothing is bought yet, from a mark on.
SELECT id, shop_id, state, node, promise_id, promised_at, product_id, variant_id, coupon_id,
       kind, quantity, amount_fen, currency, reserved, owner, paid_at, slips, via, hands,
       attempt_id
FROM orders_order
WHERE state = 'sourcing' AND attempt_id IS NULL AND paid_at >= %(since)s
ORDER BY paid_at, id
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: attach_attempts
-- Note which purchase is open for locked orders; the row count tells of one that has another.
UPDATE orders_order o SET attempt_id = a.attempt_id
FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[]) AS a (id, attempt_id)
WHERE o.id = a.id AND o.state = 'sourcing' AND o.attempt_id IS NULL

-- name: detach_attempts
-- No purchase is open any more for locked orders.
UPDATE orders_order o SET attempt_id = NULL
FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[]) AS a (id, attempt_id)
WHERE o.id = a.id AND o.attempt_id = a.attempt_id

-- name: claim_due
-- Open orders whose date has passed, soonest first, but for some; cost follows what is due.
SELECT id, shop_id, state, node, promise_id, promised_at, product_id, variant_id, coupon_id,
       kind, quantity, amount_fen, currency, reserved, owner, paid_at, slips, via, hands,
       attempt_id
FROM orders_order
WHERE state NOT IN ('cancelled', 'delivered', 'expired', 'refunded')
  AND promised_at >= %(since)s AND promised_at <= %(now)s
  AND NOT (id = ANY (%(spared)s::uuid[]))
  AND (state <> 'awaiting_payment' OR promised_at <= %(unpaid_due)s)
ORDER BY promised_at
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: claim_short
-- Orders that wait for one variant and fit into what is free of it, the longest waiting first. Of each quantity no more than could be served: the cost follows what is free, never how many wait.
WITH RECURSIVE sizes (quantity) AS (
    (SELECT quantity FROM orders_order
     WHERE state = 'short' AND variant_id = %(variant_id)s AND quantity <= %(free)s::int
     ORDER BY quantity LIMIT 1)
    UNION ALL
    SELECT (SELECT o.quantity FROM orders_order o
            WHERE o.state = 'short' AND o.variant_id = %(variant_id)s
              AND o.quantity > s.quantity AND o.quantity <= %(free)s::int
            ORDER BY o.quantity LIMIT 1)
    FROM sizes s WHERE s.quantity IS NOT NULL
),
fitting AS MATERIALIZED (
    SELECT f.id
    FROM sizes s
    CROSS JOIN LATERAL (
        SELECT o.id, o.paid_at
        FROM orders_order o
        WHERE o.state = 'short' AND o.variant_id = %(variant_id)s AND o.quantity = s.quantity
        ORDER BY o.paid_at, o.id
        LIMIT least(%(limit_rows)s::int, %(free)s::int / s.quantity + %(spare_rows)s::int)
    ) f
    ORDER BY f.paid_at, f.id
    LIMIT %(limit_rows)s::int
)
SELECT o.id, o.shop_id, o.state, o.node, o.promise_id, o.promised_at, o.product_id, o.variant_id,
       o.coupon_id, o.kind, o.quantity, o.amount_fen, o.currency, o.reserved, o.owner, o.paid_at,
       o.slips, o.via, o.hands, o.attempt_id
FROM orders_order o
WHERE o.id = ANY (ARRAY(SELECT id FROM fitting))
ORDER BY o.paid_at, o.id
FOR UPDATE OF o SKIP LOCKED

-- name: variants_short
-- Variants somebody waits for: one index probe per variant, however many wait.
WITH RECURSIVE waiting (variant_id) AS (
    (SELECT variant_id FROM orders_order WHERE state = 'short' ORDER BY variant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.variant_id FROM orders_order o
            WHERE o.state = 'short' AND o.variant_id > w.variant_id
            ORDER BY o.variant_id LIMIT 1)
    FROM waiting w WHERE w.variant_id IS NOT NULL
)
SELECT variant_id FROM waiting WHERE variant_id IS NOT NULL

-- name: move_orders
-- Write new states with their node, owner, date and promise; a row that has moved since it was locked is left alone, and the row count tells.
UPDATE orders_order o
SET state = m.state, node = m.node, owner = m.owner, promised_at = m.promised_at,
    promise_id = m.promise_id, reserved = m.reserved, slips = m.slips,
    hold_reason = m.hold_reason, paid_at = m.paid_at, closed_at = m.closed_at
FROM unnest(
    %(ids)s::uuid[], %(from_states)s::text[], %(states)s::text[], %(nodes)s::text[],
    %(owners)s::text[], %(promised_ats)s::timestamptz[], %(promise_ids)s::uuid[],
    %(reserved)s::boolean[], %(slips)s::smallint[], %(hold_reasons)s::text[],
    %(paid_ats)s::timestamptz[], %(closed_ats)s::timestamptz[]
) AS m (id, from_state, state, node, owner, promised_at, promise_id, reserved, slips,
        hold_reason, paid_at, closed_at)
WHERE o.id = m.id AND o.state = m.from_state

-- name: quantity_of_contact
-- How many of a product one contact has open or received.
SELECT COALESCE(sum(o.quantity), 0)::int
FROM orders_order o
WHERE o.person_id = ANY (%(person_ids)s::uuid[]) AND o.product_id = %(product_id)s
  AND o.state NOT IN ('expired', 'cancelled', 'refund_owed', 'refunded')
