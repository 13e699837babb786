-- Rows as a sale day, or years of them, leave them behind: written in sets, by the superuser of
-- a cluster that is thrown away. Each set is planned first, then written table by table.

-- name: toolbox
-- What planning needs, in a schema of its own.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE SEQUENCE IF NOT EXISTS bench.numbered;
CREATE TABLE IF NOT EXISTS bench.built (step int PRIMARY KEY, bytes bigint NOT NULL);
-- A UUIDv7 from the hex of its time and a seed: planning makes a dozen for each order.
CREATE OR REPLACE FUNCTION bench.id(stamp text, seed text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (stamp || '7' || substr(md5(seed), 14, 3) || '8' || substr(md5(seed), 18))::uuid
$$;
-- Ten characters, no two alike below 2**25 and in no order: as the real ones fall into their index.
CREATE OR REPLACE FUNCTION bench.number() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT upper(lpad(to_hex((nextval('bench.numbered') * 274877906951)
                             & 1099511627775), 10, '0'))
$$

-- name: quick
-- Foreign keys and guards would each be asked once a row; what is written here is known to fit.
SET LOCAL session_replication_role = replica;
SET LOCAL synchronous_commit = off

-- name: plan
-- Ids and moments of the next orders: placed one after the other from a moment on, each dated.
CREATE TEMP TABLE plan ON COMMIT DROP AS
SELECT p.n, p.at, p.due_at, p.stamp, p.seed,
       bench.id(p.stamp, p.seed || 'order') AS order_id,
       bench.id(p.stamp, p.seed || 'code') AS code_id,
       bench.id(p.stamp, p.seed || 'promise') AS promise_id,
       bench.id(p.stamp, p.seed || 'payment') AS payment_id,
       bench.id(p.stamp, p.seed || 'notice') AS notice_id,
       bench.id(p.stamp, p.seed || 'receipt') AS receipt_id,
       bench.id(p.stamp, p.seed || 'received') AS received_id,
       bench.id(p.stamp, p.seed || 'earned') AS earned_id,
       bench.id(p.stamp, p.seed || 'waited') AS waited_id,
       p.variants[1 + p.n %% cardinality(p.variants)] AS variant_id,
       p.persons[1 + p.n %% cardinality(p.persons)] AS person_id
FROM (SELECT m.*, lpad(to_hex((extract(epoch FROM m.at) * 1000)::bigint), 12, '0') AS stamp,
             gen_random_uuid()::text AS seed, %(variants)s::uuid[] AS variants,
             %(persons)s::uuid[] AS persons
      FROM (SELECT n, %(at)s::timestamptz + n * %(apart)s::interval AS at,
                   %(due_at)s::timestamptz + n * %(due_apart)s::interval AS due_at
            FROM generate_series(0, %(count)s::int - 1) AS n) m
      OFFSET 0) p

-- name: add_orders
-- The planned orders in one state; a closed one has neither node nor date.
INSERT INTO orders_order
    (id, shop_id, number, person_id, product_id, variant_id, kind, via, hands, quantity,
     unit_price_fen, discount_fen, amount_fen, currency, told, reserved, password_hash, source,
     client_key, hold_reason, slips, placed_at, pay_by, paid_at, closed_at, state, node, owner,
     promised_at, promise_id)
SELECT order_id, %(shop_id)s::uuid, bench.number(), person_id, %(product_id)s::uuid, variant_id,
       'code', 'stock', '', 1, %(price_fen)s::bigint, 0, %(price_fen)s::bigint, 'CNY',
       '{"product": "Card", "variant": "1", "how_to_use": ""}'::jsonb,
       %(node)s::text IS NOT NULL, sha256(uuid_send(order_id)), 'web', order_id::text, '', 0, at,
       at + interval '15 min',
       CASE WHEN %(state)s::text <> 'awaiting_payment' THEN at END,
       CASE WHEN %(node)s::text IS NULL THEN at + interval '1 s' END,
       %(state)s::text, %(node)s::text, %(owner)s::text,
       CASE WHEN %(node)s::text IS NOT NULL THEN due_at END,
       CASE WHEN %(node)s::text IS NOT NULL THEN promise_id END
FROM plan ORDER BY n

-- name: add_promises
-- The promise each planned order stands under.
INSERT INTO promises_promise
    (id, shop_id, subject, subject_id, node, owner, made_at, due_at, basis, consequence)
SELECT promise_id, %(shop_id)s::uuid, 'order', order_id, %(node)s::text, %(owner)s::text, at,
       due_at, '{"rule": "stocking", "version": 0, "seconds": 300, "reasons": []}'::jsonb,
       %(consequence)s::text
FROM plan ORDER BY n

-- name: add_codes
-- A code for each planned order, on the shelf or taken by it.
INSERT INTO stock_code
    (id, shop_id, variant_id, key_id, ciphertext, fingerprint, place, order_id)
SELECT code_id, %(shop_id)s::uuid, variant_id, 'k1',
       sha256(uuid_send(code_id)) || substr(sha256(uuid_send(order_id)), 1, 28),
       sha256(uuid_send(order_id) || uuid_send(code_id)), %(place)s::text,
       CASE WHEN %(place)s::text = 'taken' THEN order_id END
FROM plan ORDER BY n

-- name: add_payments
-- A payment attempt of each planned order.
INSERT INTO payments_payment
    (id, shop_id, order_id, channel_id, amount_fen, currency, shown_due_at, started_at)
SELECT payment_id, %(shop_id)s::uuid, order_id, %(channel_id)s::uuid, %(price_fen)s::bigint,
       'CNY', at + interval '15 min', at
FROM plan ORDER BY n

-- name: planned_payments
-- The numbers under which the planned orders are paid.
SELECT payment_id FROM plan ORDER BY n

-- name: planned_orders
-- The planned orders.
SELECT order_id FROM plan ORDER BY n

-- name: add_kept_promises
-- The two promises of each planned order that went well: to be paid, to be stocked.
INSERT INTO promises_promise
    (id, shop_id, subject, subject_id, node, owner, made_at, due_at, basis, consequence)
SELECT k.id, %(shop_id)s::uuid, 'order', p.order_id, k.node, k.owner, p.at, p.at + k.within,
       k.basis, k.consequence
FROM plan p
CROSS JOIN LATERAL (VALUES
    (p.waited_id, 'payment', 'buyer', interval '15 min', 'expire',
     '{"rule": "payment", "version": 0, "seconds": 900, "reasons": []}'::jsonb),
    (p.promise_id, 'stocking', 'machine:fulfilment', interval '5 min', 'escalate',
     '{"rule": "stocking", "version": 0, "seconds": 300, "reasons": []}'::jsonb)
) AS k (id, node, owner, within, consequence, basis)
ORDER BY p.n

-- name: add_endings
-- Both promises of each planned order were kept.
INSERT INTO promises_promiseending (promise_id, shop_id, at, how, reason, successor)
SELECT k.id, %(shop_id)s::uuid, p.at, 'kept', '', k.successor
FROM plan p
CROSS JOIN LATERAL (VALUES (p.waited_id, p.promise_id), (p.promise_id, NULL)) k (id, successor)
ORDER BY p.n

-- name: add_facts
-- The three facts of an order that went well.
INSERT INTO journal_fact (id, shop_id, kind, subject, subject_id, actor, at, data)
SELECT bench.id(p.stamp, p.seed || f.kind), %(shop_id)s::uuid, f.kind, 'order', p.order_id,
       f.actor, p.at, f.data
FROM plan p
CROSS JOIN (VALUES ('order.placed', 'buyer', '{"quantity": 1, "amount_fen": 9800}'::jsonb),
                   ('order.paid', 'machine:settle', '{"payment": ""}'::jsonb),
                   ('order.delivered', 'machine:fulfilment', '{}'::jsonb)) f (kind, actor, data)
ORDER BY p.n

-- name: add_notices
-- What the channel said of each planned order, settled. The sealed copy is kept short: ten
-- million real ones would be most of the disk, and nothing measured reads them.
INSERT INTO payments_notice
    (id, shop_id, channel_id, event_key, verdict, status, out_number, trade_no, amount_fen,
     currency, paid_at, payer, detail, masked, key_id, sealed, received_at, outcome, tries,
     next_try_at, state)
SELECT notice_id, %(shop_id)s::uuid, %(channel_id)s::uuid, 'E' || notice_id, 'genuine', 'paid',
       translate(payment_id::text, '-', ''), 'T' || notice_id, %(price_fen)s::bigint, 'CNY', at,
       'bench***', '', '{"amount_fen": 9800, "status": "paid"}'::jsonb, 'k1',
       sha256(uuid_send(notice_id)), at, 'paid', 0, at,
       'settled'
FROM plan ORDER BY n

-- name: add_transfers
-- The money of each planned order came in, and was earned.
INSERT INTO ledger_transfer
    (id, shop_id, debit_id, credit_id, amount_fen, currency, kind, subject_id, at)
SELECT k.id, %(shop_id)s::uuid, k.debit_id, k.credit_id, %(price_fen)s::bigint, 'CNY', k.kind,
       k.subject_id, p.at
FROM plan p
CROSS JOIN LATERAL (VALUES
    (p.received_id, %(cash_id)s::uuid, %(owed_id)s::uuid, 'payment.received', p.receipt_id),
    (p.earned_id, %(owed_id)s::uuid, %(revenue_id)s::uuid, 'order.delivered', p.order_id)
) AS k (id, debit_id, credit_id, kind, subject_id)
ORDER BY p.n

-- name: add_receipts
-- The receipt of each planned order.
INSERT INTO payments_receipt
    (id, shop_id, channel_id, payment_id, notice_id, trade_no, amount_fen, currency, paid_at,
     verdict, transfer_id, at)
SELECT receipt_id, %(shop_id)s::uuid, %(channel_id)s::uuid, payment_id, notice_id,
       'T' || notice_id, %(price_fen)s::bigint, 'CNY', at, 'paid', received_id, at
FROM plan ORDER BY n

-- name: add_deliveries
-- Each planned order has its code.
INSERT INTO fulfilment_delivery (order_id, shop_id, quantity, how, actor, at)
SELECT order_id, %(shop_id)s::uuid, 1, 'stock', 'machine:fulfilment', at + interval '1 s'
FROM plan ORDER BY n

-- name: add_delivered_codes
-- Which code that was.
INSERT INTO fulfilment_deliveredcode (code_id, shop_id, order_id, position)
SELECT code_id, %(shop_id)s::uuid, order_id, 1 FROM plan ORDER BY n

-- name: allotted
-- Every paid order with the code a writer without logic would give it.
SELECT o.id, c.id, o.promise_id
FROM (SELECT id, promise_id, variant_id, paid_at,
             row_number() OVER (PARTITION BY variant_id ORDER BY paid_at, id) AS place
      FROM orders_order WHERE state = 'paid') o
JOIN (SELECT id, variant_id, row_number() OVER (PARTITION BY variant_id ORDER BY seq) AS place
      FROM stock_code WHERE stock_code.place = 'shelf') c
  ON c.variant_id = o.variant_id AND c.place = o.place
ORDER BY o.paid_at, o.id

-- name: add_levels
-- Nothing more is for sale than what these orders have reserved.
INSERT INTO stock_level (variant_id, shop_id, available, owed, low_threshold, low_told)
SELECT variant_id, %(shop_id)s::uuid, 0, 0, 0, true FROM unnest(%(variants)s::uuid[]) variant_id
ON CONFLICT DO NOTHING

-- name: add_accounts
-- The accounts these orders' money goes through.
INSERT INTO ledger_account (id, shop_id, kind, of, currency)
SELECT a.id, %(shop_id)s::uuid, a.kind, a.of, 'CNY'
FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(ofs)s::text[]) AS a (id, kind, of)
ON CONFLICT DO NOTHING
