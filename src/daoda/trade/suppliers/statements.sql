-- Hot SQL of suppliers: slots and tallies, claimed and written in sets.

-- name: lock_paces
-- The limits of some suppliers and how far they are spent, locked in the order of their ids.
SELECT p.supplier_id, p.spent_until, s.state, s.concurrency, s.calls_per_minute
FROM suppliers_pace p JOIN suppliers_supplier s ON s.id = p.supplier_id
WHERE p.supplier_id = ANY (%(supplier_ids)s::uuid[])
ORDER BY p.supplier_id
FOR UPDATE OF p

-- name: drop_leases
-- Forget leases whose time is over: whoever held them is done or dead.
DELETE FROM suppliers_lease
WHERE supplier_id = ANY (%(supplier_ids)s::uuid[]) AND until <= %(now)s

-- name: in_flight
-- How many calls are being made to some suppliers now.
SELECT supplier_id, sum(slots) FROM suppliers_lease
WHERE supplier_id = ANY (%(supplier_ids)s::uuid[]) AND until > %(now)s
GROUP BY supplier_id

-- name: spend
-- Note how far the pace of locked suppliers is spent.
UPDATE suppliers_pace p SET spent_until = g.spent_until
FROM unnest(%(supplier_ids)s::uuid[], %(spent_untils)s::timestamptz[]) AS g (id, spent_until)
WHERE p.supplier_id = g.id

-- name: give_back
-- Take finished calls off their leases.
UPDATE suppliers_lease l SET slots = l.slots - g.slots
FROM unnest(%(lease_ids)s::uuid[], %(counts)s::int[]) AS g (id, slots)
WHERE l.id = g.id

-- name: drop_empty
-- Forget leases of which nothing is left.
DELETE FROM suppliers_lease WHERE id = ANY (%(lease_ids)s::uuid[]) AND slots <= 0

-- name: tally
-- Add counts to their minutes and hours, in one order so that two batches cannot deadlock.
INSERT INTO suppliers_tally (id, shop_id, supplier_id, what, span, starts_at, result, bucket, count)
SELECT t.id, s.shop_id, t.supplier_id, t.what, t.span, t.starts_at, t.result, t.bucket, t.count
FROM unnest(%(ids)s::uuid[], %(supplier_ids)s::uuid[], %(whats)s::text[], %(spans)s::text[],
            %(starts)s::timestamptz[], %(results)s::text[], %(buckets)s::int[],
            %(counts)s::bigint[])
     AS t (id, supplier_id, what, span, starts_at, result, bucket, count)
JOIN suppliers_supplier s ON s.id = t.supplier_id
ORDER BY t.supplier_id, t.span, t.starts_at, t.what, t.result, t.bucket
ON CONFLICT (supplier_id, span, starts_at, what, result, bucket)
DO UPDATE SET count = suppliers_tally.count + excluded.count

-- name: counted
-- Counts of some suppliers since a minute or an hour, added up by what, result and bucket.
SELECT supplier_id, what, result, bucket, sum(count)::bigint
FROM suppliers_tally
WHERE supplier_id = ANY (%(supplier_ids)s::uuid[]) AND span = %(span)s AND starts_at >= %(since)s
GROUP BY supplier_id, what, result, bucket

-- name: forget_tallies
-- Drop counts of a span that are older than anybody looks at.
DELETE FROM suppliers_tally WHERE id IN (
    SELECT id FROM suppliers_tally
    WHERE span = %(span)s AND starts_at < %(before)s
    ORDER BY starts_at LIMIT %(limit_rows)s
)

-- name: recently_called
-- Suppliers of whom something was counted since a minute.
SELECT DISTINCT supplier_id FROM suppliers_tally
WHERE span = 'minute' AND starts_at >= %(since)s

-- name: claim_balances
-- Suppliers whose balance is to be read now; each is due again later, whoever dies on the way.
WITH due AS MATERIALIZED (
    SELECT id FROM suppliers_supplier
    WHERE balance_next_at <= %(now)s AND adapter <> 'by_hand'
    ORDER BY balance_next_at LIMIT %(limit_rows)s
    FOR UPDATE SKIP LOCKED
)
UPDATE suppliers_supplier s SET balance_next_at = %(next_at)s
FROM due WHERE s.id = due.id
RETURNING s.id

-- name: counted_by_hour
-- Counts of some suppliers since an hour, hour by hour.
SELECT supplier_id, what, starts_at, result, bucket, count
FROM suppliers_tally
WHERE supplier_id = ANY (%(supplier_ids)s::uuid[]) AND span = 'hour' AND starts_at >= %(since)s
