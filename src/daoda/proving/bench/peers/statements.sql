-- What delivering is for one order at a time: seven statements in a transaction.

-- name: take_order
-- A paid order is delivered; nothing is returned when somebody else was faster.
UPDATE orders_order o
SET state = 'delivered', node = NULL, owner = NULL, promised_at = NULL, promise_id = NULL,
    reserved = false, closed_at = %(now)s
FROM (SELECT id, shop_id, variant_id, promise_id FROM orders_order
      WHERE id = %(order_id)s AND state = 'paid' FOR UPDATE) was
WHERE o.id = was.id
RETURNING was.shop_id, was.variant_id, was.promise_id

-- name: take_code
-- The first free code of its variant is the order's.
UPDATE stock_code c SET place = 'taken', order_id = %(order_id)s
FROM (SELECT id FROM stock_code WHERE variant_id = %(variant_id)s AND place = 'shelf'
      ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED) free
WHERE c.id = free.id
RETURNING c.id

-- name: add_delivery
-- The order was delivered.
INSERT INTO fulfilment_delivery (order_id, shop_id, quantity, how, actor, at)
VALUES (%(order_id)s, %(shop_id)s, 1, 'stock', 'machine:fulfilment', %(now)s)

-- name: add_delivered_code
-- With this code.
INSERT INTO fulfilment_deliveredcode (code_id, shop_id, order_id, position)
VALUES (%(code_id)s, %(shop_id)s, %(order_id)s, 1)

-- name: end_promise
-- The promise was kept.
INSERT INTO promises_promiseending (promise_id, shop_id, at, how, reason, successor)
VALUES (%(promise_id)s, %(shop_id)s, %(now)s, 'kept', '', NULL)

-- name: write_fact
-- It is a fact.
INSERT INTO journal_fact (id, shop_id, kind, subject, subject_id, actor, at, data)
VALUES (%(fact_id)s, %(shop_id)s, 'order.delivered', 'order', %(order_id)s,
        'machine:fulfilment', %(now)s, '{}')

-- name: post_transfer
-- The money is earned.
INSERT INTO ledger_transfer
    (id, shop_id, debit_id, credit_id, amount_fen, currency, kind, subject_id, at)
VALUES (%(transfer_id)s, %(shop_id)s, %(owed_id)s, %(revenue_id)s, %(price_fen)s, 'CNY',
        'order.delivered', %(order_id)s, %(now)s)
