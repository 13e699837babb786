-- name: claim_due
-- Open cases whose next step is due, soonest first.
SELECT id FROM compensation_case
WHERE state <> 'settled' AND next_at <= %(now)s
ORDER BY next_at
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: claim_grants_over
-- Goodwill coupons whose last moment is over.
SELECT id FROM compensation_grant
WHERE state = 'usable' AND until <= %(now)s
ORDER BY until
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: grants_of_orders
-- The usable goodwill coupons that some orders have used, with what each made them cheaper by.
SELECT g.id, LEAST(o.discount_fen, g.amount_fen)
FROM orders_order o
JOIN compensation_grant g ON g.coupon_id = o.coupon_id
WHERE o.id = ANY (%(order_ids)s::uuid[]) AND g.state = 'usable'

-- name: room
-- What was given as goodwill: for one order, and in a day to one buyer and by the shop.
SELECT
    (SELECT COALESCE(sum(g.amount_fen), 0)::bigint FROM compensation_grant g
     WHERE g.case_id = %(case_id)s),
    (SELECT COALESCE(sum(g.amount_fen), 0)::bigint FROM compensation_grant g
     WHERE g.shop_id = %(shop_id)s AND g.person_id = %(person_id)s
       AND g.granted_at > %(since)s),
    (SELECT COALESCE(sum(g.amount_fen), 0)::bigint FROM compensation_grant g
     WHERE g.shop_id = %(shop_id)s AND g.granted_at > %(since)s)

-- name: spent
-- What a buyer has spent on delivered orders since a day, in fen.
SELECT COALESCE(sum(o.amount_fen), 0)::bigint
FROM orders_order o
WHERE o.person_id = %(person_id)s AND o.placed_at >= %(since)s AND o.state = 'delivered'

-- name: late_lately
-- Orders of a shop whose date was broken, with what they cost and how late they ended.
SELECT o.id, o.amount_fen, o.product_id, o.kind,
       min((j.data ->> 'due_at')::timestamptz), COALESCE(o.closed_at, %(now)s)
FROM orders_order o
JOIN journal_fact j ON j.subject_id = o.id AND j.kind = %(broken)s
WHERE o.shop_id = %(shop_id)s AND o.placed_at >= %(since)s AND o.slips > 0
  AND o.paid_at IS NOT NULL
GROUP BY o.id
LIMIT %(limit_rows)s
