-- name: add_deliveries
-- Record deliveries in one set; the primary key refuses a second one of the same order.
INSERT INTO fulfilment_delivery (order_id, shop_id, quantity, how, actor, at)
SELECT * FROM unnest(
    %(order_ids)s::uuid[], %(shop_ids)s::uuid[], %(quantities)s::int[], %(hows)s::text[],
    %(actors)s::text[], %(ats)s::timestamptz[]
)

-- name: add_delivered_codes
-- Record which code went to which order; the primary key refuses a second order for a code.
INSERT INTO fulfilment_deliveredcode (code_id, shop_id, order_id, position)
SELECT * FROM unnest(
    %(code_ids)s::uuid[], %(shop_ids)s::uuid[], %(order_ids)s::uuid[], %(positions)s::int[]
)

-- name: suppliers_to_send
-- Per supplier how many attempts are to be sent now, up to a limit: cost follows suppliers, not rows.
WITH RECURSIVE busy (supplier_id) AS (
    (SELECT supplier_id FROM fulfilment_attempt WHERE state = 'planned'
     ORDER BY supplier_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.supplier_id FROM fulfilment_attempt a
            WHERE a.state = 'planned' AND a.supplier_id > b.supplier_id
            ORDER BY a.supplier_id LIMIT 1)
    FROM busy b WHERE b.supplier_id IS NOT NULL
)
SELECT b.supplier_id, s.shop_id, due.count
FROM busy b
JOIN suppliers_supplier s ON s.id = b.supplier_id
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM (
        SELECT FROM fulfilment_attempt a
        WHERE a.state = 'planned' AND a.supplier_id = b.supplier_id AND a.next_at <= %(now)s
        ORDER BY a.next_at LIMIT %(limit_rows)s
    ) head
) due
WHERE due.count > 0

-- name: claim_to_send
-- Mark attempts as sent before anything is: those of each supplier there are slots for, if their orders still want it.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(supplier_ids)s::uuid[], %(slots)s::int[]) AS g (supplier_id, slots)
), claimed AS MATERIALIZED (
    SELECT c.id
    FROM given g
    CROSS JOIN LATERAL (
        SELECT a.id FROM fulfilment_attempt a
        LEFT JOIN orders_order o ON o.id = a.order_id
        WHERE a.state = 'planned' AND a.supplier_id = g.supplier_id AND a.next_at <= %(now)s
          AND (a.order_id IS NULL OR o.state = 'sourcing')
        ORDER BY a.next_at
        LIMIT g.slots
        FOR UPDATE OF a SKIP LOCKED
    ) c
)
UPDATE fulfilment_attempt a
SET state = 'sent', node = 'sending', fence = a.fence + 1, sends = a.sends + 1,
    sent_at = %(now)s, next_at = %(leased_until)s, promised_at = %(leased_until)s,
    cut_off_at = %(now)s + make_interval(secs => s.cut_off_s), answer = '', reason = ''
FROM claimed c, suppliers_supplier s
WHERE a.id = c.id AND s.id = a.supplier_id
RETURNING a.id

-- name: suppliers_to_ask
-- Per supplier how many attempts are due to be asked about, or overdue since they were sent.
WITH RECURSIVE busy (supplier_id) AS (
    (SELECT supplier_id FROM fulfilment_attempt
     WHERE state IN ('accepted', 'cut_off', 'processing', 'sent', 'unknown')
       AND next_at IS NOT NULL
     ORDER BY supplier_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.supplier_id FROM fulfilment_attempt a
            WHERE a.state IN ('accepted', 'cut_off', 'processing', 'sent', 'unknown')
              AND a.next_at IS NOT NULL AND a.supplier_id > b.supplier_id
            ORDER BY a.supplier_id LIMIT 1)
    FROM busy b WHERE b.supplier_id IS NOT NULL
)
SELECT b.supplier_id, s.shop_id, due.count
FROM busy b
JOIN suppliers_supplier s ON s.id = b.supplier_id
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM (
        SELECT FROM fulfilment_attempt a
        WHERE a.state IN ('accepted', 'cut_off', 'processing', 'sent', 'unknown')
          AND a.supplier_id = b.supplier_id AND a.next_at <= %(now)s
        ORDER BY a.next_at LIMIT %(limit_rows)s
    ) head
) due
WHERE due.count > 0

-- name: claim_to_ask
-- Lease attempts to be asked about, or sent again; one that was sent and whose lease has passed is unknown from now on.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(supplier_ids)s::uuid[], %(slots)s::int[]) AS g (supplier_id, slots)
), claimed AS MATERIALIZED (
    SELECT c.id
    FROM given g
    CROSS JOIN LATERAL (
        SELECT a.id FROM fulfilment_attempt a
        WHERE a.state IN ('accepted', 'cut_off', 'processing', 'sent', 'unknown')
          AND a.supplier_id = g.supplier_id AND a.next_at <= %(now)s
        ORDER BY a.next_at
        LIMIT g.slots
        FOR UPDATE SKIP LOCKED
    ) c
)
UPDATE fulfilment_attempt a
SET fence = a.fence + 1, next_at = %(leased_until)s,
    state = CASE a.state WHEN 'sent' THEN 'unknown' ELSE a.state END,
    node = CASE a.state WHEN 'sent' THEN 'asking' ELSE a.node END,
    reason = CASE a.state WHEN 'sent' THEN 'lease_lapsed' ELSE a.reason END,
    promised_at = CASE a.state WHEN 'cut_off' THEN a.promised_at
                  ELSE least(%(leased_until)s, a.cut_off_at) END
FROM claimed c
WHERE a.id = c.id
RETURNING a.id

-- name: lock_attempts
-- Attempts by id, locked in the order of their ids.
SELECT a.id, a.shop_id, a.order_id, a.variant_id, a.supplier_id, s.code, a.offer_id, a.goods,
       a.quantity, a.needs_cards, a.currency, a.cost_fen, a.cost_max_fen, a.state, a.node,
       a.owner, a.promised_at, a.promise_id, a.reference, a.answer, a.reason, a.borne_by,
       a.fence, a.sends, a.asked, a.due_at, a.sent_at, a.next_at, a.cut_off_at
FROM fulfilment_attempt a
JOIN suppliers_supplier s ON s.id = a.supplier_id
WHERE a.id = ANY (%(ids)s::uuid[])
ORDER BY a.id
FOR UPDATE OF a

-- name: read_attempts
-- Attempts by id as they stand, without locking them.
SELECT a.id, a.shop_id, a.order_id, a.variant_id, a.supplier_id, s.code, a.offer_id, a.goods,
       a.quantity, a.needs_cards, a.currency, a.cost_fen, a.cost_max_fen, a.state, a.node,
       a.owner, a.promised_at, a.promise_id, a.reference, a.answer, a.reason, a.borne_by,
       a.fence, a.sends, a.asked, a.due_at, a.sent_at, a.next_at, a.cut_off_at
FROM fulfilment_attempt a
JOIN suppliers_supplier s ON s.id = a.supplier_id
WHERE a.id = ANY (%(ids)s::uuid[])
ORDER BY a.id

-- name: add_attempts
-- Plan purchases in one set; an order with one open is refused by its unique index.
INSERT INTO fulfilment_attempt
    (id, shop_id, order_id, variant_id, supplier_id, offer_id, goods, quantity, needs_cards,
     currency, cost_fen, cost_max_fen, why, due_at, planned_at, next_at, promised_at, state,
     node, owner, reference, answer, reason, borne_by, fence, sends, asked)
SELECT p.*, 'planned', 'sending', 'machine:supply', '', '', '', '', 0, 0, 0
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(order_ids)s::uuid[], %(variant_ids)s::uuid[],
    %(supplier_ids)s::uuid[], %(offer_ids)s::uuid[], %(goods)s::text[], %(quantities)s::int[],
    %(needs_cards)s::boolean[], %(currencies)s::text[], %(costs)s::bigint[],
    %(costs_max)s::bigint[], %(whys)s::text[], %(due_ats)s::timestamptz[],
    %(planned_ats)s::timestamptz[], %(next_ats)s::timestamptz[], %(promised_ats)s::timestamptz[]
) AS p

-- name: move_attempts
-- Write what became of locked attempts; one that is elsewhere is left alone, and the row count tells.
UPDATE fulfilment_attempt a
SET state = m.state, node = m.node, owner = m.owner, promised_at = m.promised_at,
    promise_id = m.promise_id, reference = m.reference, answer = m.answer, reason = m.reason,
    borne_by = m.borne_by, cost_fen = m.cost_fen, asked = m.asked, next_at = m.next_at,
    cut_off_at = m.cut_off_at, ended_at = m.ended_at
FROM unnest(
    %(ids)s::uuid[], %(from_states)s::text[], %(states)s::text[], %(nodes)s::text[],
    %(owners)s::text[], %(promised_ats)s::timestamptz[], %(promise_ids)s::uuid[],
    %(references)s::text[], %(answers)s::text[], %(reasons)s::text[], %(borne_bys)s::text[],
    %(costs)s::bigint[], %(asked)s::int[], %(next_ats)s::timestamptz[],
    %(cut_off_ats)s::timestamptz[], %(ended_ats)s::timestamptz[]
) AS m (id, from_state, state, node, owner, promised_at, promise_id, reference, answer, reason,
        borne_by, cost_fen, asked, next_at, cut_off_at, ended_at)
WHERE a.id = m.id AND a.state = m.from_state

-- name: add_events
-- What happened to attempts, in one set.
INSERT INTO fulfilment_attemptevent
    (id, shop_id, attempt_id, at, kind, stands, status, detail, fence, actor, request, response,
     data)
SELECT e.id, e.shop_id, e.attempt_id, e.at, e.kind, e.stands, e.status, e.detail, e.fence,
       e.actor, e.request, e.response, e.data::jsonb
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(attempt_ids)s::uuid[], %(ats)s::timestamptz[],
    %(kinds)s::text[], %(stands)s::text[], %(statuses)s::text[], %(details)s::text[],
    %(fences)s::int[], %(actors)s::text[], %(requests)s::text[], %(responses)s::text[],
    %(datas)s::text[]
) AS e (id, shop_id, attempt_id, at, kind, stands, status, detail, fence, actor, request,
        response, data)

-- name: tried
-- The suppliers that have had their chance with some orders, and how many attempts each order had.
SELECT a.order_id,
       array_agg(a.supplier_id) FILTER (
           WHERE NOT (a.state = 'failed' AND a.reason IN ('not_sent', 'called_off'))),
       count(*) FILTER (WHERE a.sent_at IS NOT NULL)::int
FROM fulfilment_attempt a
WHERE a.order_id = ANY (%(order_ids)s::uuid[])
GROUP BY a.order_id

-- name: plans_overdue
-- Planned attempts that should have been sent by now, without locking them.
SELECT a.id, a.order_id
FROM fulfilment_attempt a
WHERE a.state = 'planned' AND a.promised_at <= %(now)s
ORDER BY a.promised_at
LIMIT %(limit_rows)s

-- name: cut_offs_due
-- Attempts nobody knows the outcome of by their last date, without locking them.
SELECT a.id, a.order_id
FROM fulfilment_attempt a
WHERE a.state IN ('accepted', 'processing', 'unknown') AND a.cut_off_at <= %(now)s
ORDER BY a.cut_off_at
LIMIT %(limit_rows)s

-- name: claims_overdue
-- Claims on suppliers whose date has passed, without locking them.
SELECT a.id, a.order_id
FROM fulfilment_attempt a
WHERE a.state = 'cut_off' AND a.promised_at <= %(now)s
ORDER BY a.promised_at
LIMIT %(limit_rows)s

-- name: open_claims
-- What is cut off and not settled, by supplier.
SELECT a.supplier_id, sum(a.cost_fen)::bigint
FROM fulfilment_attempt a
WHERE a.state = 'cut_off' AND a.supplier_id = ANY (%(supplier_ids)s::uuid[])
GROUP BY a.supplier_id

-- name: lock_suppliers
-- Suppliers whose risk limit is about to be counted, one cut-off after the other.
SELECT id, cut_off_policy, cut_off_s, risk_limit_fen FROM suppliers_supplier
WHERE id = ANY (%(supplier_ids)s::uuid[])
ORDER BY id
FOR NO KEY UPDATE

-- name: store_supplier_notices
-- Keep what suppliers told us, once per event; a repeat adds nothing and is answered like the first.
INSERT INTO fulfilment_suppliernotice
    (id, shop_id, supplier_id, event_key, verdict, number, reference, detail, masked, key_id,
     sealed, received_at, outcome, state, node, owner, promised_at, promise_id)
SELECT n.id, n.shop_id, n.supplier_id, n.event_key, n.verdict, n.number, n.reference, n.detail,
       n.masked, n.key_id, n.sealed, %(now)s, n.outcome, n.state,
       CASE n.state WHEN 'received' THEN 'hearing' END,
       CASE n.state WHEN 'received' THEN 'machine:supply' END,
       CASE n.state WHEN 'received' THEN %(hear_by)s::timestamptz END, NULL
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(supplier_ids)s::uuid[], %(event_keys)s::text[],
    %(verdicts)s::text[], %(numbers)s::text[], %(references)s::text[], %(details)s::text[],
    %(masked)s::text[], %(key_ids)s::text[], %(sealed)s::bytea[], %(outcomes)s::text[],
    %(states)s::text[]
) AS n (id, shop_id, supplier_id, event_key, verdict, number, reference, detail, masked, key_id,
        sealed, outcome, state)
ON CONFLICT (supplier_id, event_key) DO NOTHING

-- name: claim_supplier_notices
-- The oldest notices of suppliers that nobody has listened to yet.
SELECT n.id, n.shop_id, n.supplier_id, n.number, n.reference, n.key_id, n.sealed, n.received_at
FROM fulfilment_suppliernotice n
WHERE n.state = 'received'
ORDER BY n.received_at
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: end_supplier_notices
-- Notices have been listened to.
UPDATE fulfilment_suppliernotice n
SET state = 'heard', outcome = e.outcome, node = NULL, owner = NULL, promised_at = NULL
FROM unnest(%(ids)s::uuid[], %(outcomes)s::text[]) AS e (id, outcome)
WHERE n.id = e.id AND n.state = 'received'

-- name: attempts_of_references
-- Attempts by their supplier's own number, for notices that do not name ours.
SELECT r.supplier_id, r.reference, a.id
FROM unnest(%(supplier_ids)s::uuid[], %(references)s::text[]) AS r (supplier_id, reference)
JOIN fulfilment_attempt a ON a.supplier_id = r.supplier_id AND a.reference = r.reference
WHERE r.reference <> ''

-- name: wake_attempts
-- Ask about these at once instead of at their next date.
UPDATE fulfilment_attempt a
SET next_at = %(now)s, promised_at = least(a.promised_at, %(now)s)
WHERE a.id = ANY (%(ids)s::uuid[]) AND a.state IN ('accepted', 'processing', 'unknown')
  AND (a.next_at IS NULL OR a.next_at > %(now)s)
