-- name: store_notices
-- Keep what arrived, once per event; a repeat adds nothing and is answered like the first.
INSERT INTO payments_notice
    (id, shop_id, channel_id, event_key, verdict, status, out_number, trade_no, amount_fen,
     currency, paid_at, payer, detail, masked, key_id, sealed, received_at, outcome, tries,
     next_try_at, state, node, owner, promised_at, promise_id)
SELECT n.id, n.shop_id, n.channel_id, n.event_key, n.verdict, n.status, n.out_number,
       n.trade_no, n.amount_fen, n.currency, n.paid_at, n.payer, n.detail, n.masked::jsonb,
       n.key_id, n.sealed, %(now)s, '', 0, %(now)s, n.state, n.node, n.owner, n.promised_at,
       NULL
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(channel_ids)s::uuid[], %(event_keys)s::text[],
    %(verdicts)s::text[], %(statuses)s::text[], %(out_numbers)s::text[], %(trade_nos)s::text[],
    %(amounts)s::bigint[], %(currencies)s::text[], %(paid_ats)s::timestamptz[],
    %(payers)s::text[], %(details)s::text[], %(masked)s::text[], %(key_ids)s::text[],
    %(sealed)s::bytea[], %(states)s::text[], %(nodes)s::text[], %(owners)s::text[],
    %(promised_ats)s::timestamptz[]
) AS n (id, shop_id, channel_id, event_key, verdict, status, out_number, trade_no, amount_fen,
        currency, paid_at, payer, detail, masked, key_id, sealed, state, node, owner,
        promised_at)
ON CONFLICT (channel_id, event_key) DO NOTHING

-- name: claim_received
-- The oldest notices to be settled that nobody else is settling.
SELECT n.id, n.shop_id, n.channel_id, c.code, n.out_number, n.trade_no, n.status, n.amount_fen,
       n.currency, n.paid_at, n.verdict, n.received_at, n.promise_id, n.promised_at
FROM payments_notice n
JOIN payments_channel c ON c.id = n.channel_id
WHERE n.state = 'received' AND n.received_at >= %(since)s
ORDER BY n.received_at
LIMIT %(limit_rows)s
FOR UPDATE OF n SKIP LOCKED

-- name: lock_received
-- One notice, if it still waits to be settled.
SELECT n.id, n.shop_id, n.channel_id, c.code, n.out_number, n.trade_no, n.status, n.amount_fen,
       n.currency, n.paid_at, n.verdict, n.received_at, n.promise_id, n.promised_at
FROM payments_notice n
JOIN payments_channel c ON c.id = n.channel_id
WHERE n.id = %(notice_id)s AND n.state = 'received'
FOR UPDATE OF n

-- name: asked_for
-- The payment attempts behind our numbers.
SELECT p.id, p.order_id, p.channel_id, p.amount_fen, p.currency, p.started_at,
       p.shown_due_at
FROM payments_payment p
WHERE p.id = ANY (%(ids)s::uuid[])

-- name: add_receipts
-- Money that arrived, once per trade; a trade already receipted is left out of the answer.
INSERT INTO payments_receipt
    (id, shop_id, channel_id, payment_id, notice_id, trade_no, amount_fen, currency, paid_at,
     verdict, transfer_id, at)
SELECT * FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(channel_ids)s::uuid[], %(payment_ids)s::uuid[],
    %(notice_ids)s::uuid[], %(trade_nos)s::text[], %(amounts)s::bigint[],
    %(currencies)s::text[], %(paid_ats)s::timestamptz[], %(verdicts)s::text[],
    %(transfer_ids)s::uuid[], %(ats)s::timestamptz[]
)

-- name: receipted
-- Which of these trades have a receipt.
SELECT r.channel_id, r.trade_no
FROM payments_receipt r
JOIN unnest(%(channel_ids)s::uuid[], %(trade_nos)s::text[]) AS t (channel_id, trade_no)
  ON r.channel_id = t.channel_id AND r.trade_no = t.trade_no

-- name: owe_refunds
-- Money to go back, once per receipt and reason.
INSERT INTO payments_refund
    (id, shop_id, receipt_id, order_id, amount_fen, currency, reason, cause, from_earnings,
     reference, owed_at, next_at, fence, sends, asks, said, detail, state, node, owner,
     promised_at, promise_id)
SELECT r.id, r.shop_id, r.receipt_id, r.order_id, r.amount_fen, r.currency, r.reason, r.cause,
       r.from_earnings, '', r.owed_at, r.owed_at, 0, 0, 0, '', '', 'owed', r.node, r.owner,
       r.promised_at, r.promise_id
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(receipt_ids)s::uuid[], %(order_ids)s::uuid[],
    %(amounts)s::bigint[], %(currencies)s::text[], %(reasons)s::text[], %(causes)s::text[],
    %(from_earnings)s::boolean[], %(owed_ats)s::timestamptz[], %(nodes)s::text[],
    %(owners)s::text[], %(promised_ats)s::timestamptz[], %(promise_ids)s::uuid[]
) AS r (id, shop_id, receipt_id, order_id, amount_fen, currency, reason, cause, from_earnings,
        owed_at, node, owner, promised_at, promise_id)

-- name: claim_refunds
-- Refunds the machine turns to now that nobody else is at, the longest due first.
SELECT f.id, f.next_at
FROM payments_refund f
WHERE f.next_at >= %(since)s AND f.next_at <= %(now)s
ORDER BY f.next_at
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: lock_refunds
-- Refunds with the money they go back from, locked in the order of their numbers.
SELECT f.id, f.shop_id, f.receipt_id, f.order_id, f.state, f.owner, f.promise_id, f.promised_at,
       f.amount_fen, f.currency, f.reason, f.reference, f.next_at, f.claimed_until, f.fence,
       f.sends, f.asks, f.sent_at, f.cut_off_at, f.said, f.detail, f.done_at, f.closed_at,
       r.verdict, r.trade_no, r.amount_fen,
       coalesce(replace(r.payment_id::text, '-', ''), n.out_number), c.id, c.code
FROM payments_refund f
JOIN payments_receipt r ON r.id = f.receipt_id
JOIN payments_notice n ON n.id = r.notice_id
JOIN payments_channel c ON c.id = r.channel_id
WHERE f.id = ANY (%(ids)s::uuid[])
ORDER BY f.id
FOR UPDATE OF f

-- name: move_refunds
-- Write what became of refunds; one that has moved since it was locked is left alone.
UPDATE payments_refund f
SET state = m.state, node = m.node, owner = m.owner, promised_at = m.promised_at,
    promise_id = m.promise_id, reference = m.reference, next_at = m.next_at,
    claimed_until = m.claimed_until, fence = m.fence, sends = m.sends, asks = m.asks,
    sent_at = m.sent_at, cut_off_at = m.cut_off_at, said = m.said, detail = m.detail,
    done_at = m.done_at, closed_at = m.closed_at
FROM unnest(
    %(ids)s::uuid[], %(from_states)s::text[], %(from_fences)s::int[], %(states)s::text[],
    %(nodes)s::text[], %(owners)s::text[], %(promised_ats)s::timestamptz[],
    %(promise_ids)s::uuid[], %(references)s::text[], %(next_ats)s::timestamptz[],
    %(claimed_untils)s::timestamptz[], %(fences)s::int[], %(sends)s::int[], %(asks)s::int[],
    %(sent_ats)s::timestamptz[], %(cut_off_ats)s::timestamptz[], %(saids)s::text[],
    %(details)s::text[], %(done_ats)s::timestamptz[], %(closed_ats)s::timestamptz[]
) AS m (id, from_state, from_fence, state, node, owner, promised_at, promise_id, reference,
        next_at, claimed_until, fence, sends, asks, sent_at, cut_off_at, said, detail, done_at,
        closed_at)
WHERE f.id = m.id AND f.state = m.from_state AND f.fence = m.from_fence

-- name: tell_refunds
-- Keep what was done about refunds, each kind once a turn.
INSERT INTO payments_refundevent
    (id, shop_id, refund_id, fence, kind, word, detail, answer, actor, at)
SELECT e.id, e.shop_id, e.refund_id, e.fence, e.kind, e.word, e.detail, e.answer, e.actor, %(now)s
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(refund_ids)s::uuid[], %(fences)s::int[],
    %(kinds)s::text[], %(words)s::text[], %(details)s::text[], %(answers)s::text[],
    %(actors)s::text[]
) AS e (id, shop_id, refund_id, fence, kind, word, detail, answer, actor)

-- name: wake_refunds
-- A channel has told of a refund of these payments: it is asked, as soon as it allows.
-- Told under the locks of orders, which are taken after those of refunds: so it waits for none.
WITH told AS MATERIALIZED (
    SELECT f.id
    FROM payments_receipt r
    JOIN payments_refund f ON f.receipt_id = r.id
    WHERE r.payment_id = ANY (%(payment_ids)s::uuid[])
      AND f.state IN ('sent', 'unknown', 'failed')
      AND (f.claimed_until IS NULL OR f.claimed_until <= %(now)s)
      AND (f.next_at IS NULL OR f.next_at > %(now)s)
    FOR UPDATE OF f SKIP LOCKED
)
UPDATE payments_refund f
SET next_at = %(now)s
FROM told
WHERE f.id = told.id

-- name: orders_all_refunded
-- Which of these orders have no refund left to be done.
SELECT o.id
FROM unnest(%(ids)s::uuid[]) AS o (id)
WHERE NOT EXISTS (SELECT 1 FROM payments_refund f
                  WHERE f.order_id = o.id AND f.state <> 'confirmed')

-- name: move_notices
-- Write what became of notices; a row that has moved since it was locked is left alone.
UPDATE payments_notice n
SET state = m.state, outcome = m.outcome, node = m.node, owner = m.owner,
    promised_at = m.promised_at, promise_id = m.promise_id
FROM unnest(
    %(ids)s::uuid[], %(from_states)s::text[], %(states)s::text[], %(outcomes)s::text[],
    %(nodes)s::text[], %(owners)s::text[], %(promised_ats)s::timestamptz[],
    %(promise_ids)s::uuid[]
) AS m (id, from_state, state, outcome, node, owner, promised_at, promise_id)
WHERE n.id = m.id AND n.state = m.from_state

-- name: claim_confirming
-- Notices whose channel is to be asked now; each is leased, so that a crash only delays it.
WITH due AS MATERIALIZED (
    SELECT id FROM payments_notice
    WHERE state = 'confirming' AND next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(limit_rows)s
    FOR UPDATE SKIP LOCKED
)
UPDATE payments_notice n
SET tries = n.tries + 1, next_try_at = %(leased_until)s
FROM due
WHERE n.id = due.id
RETURNING n.id, n.channel_id, n.out_number, n.trade_no, n.amount_fen, n.tries

-- name: claim_due_notices
-- Notices whose date has passed.
SELECT n.id, n.shop_id, n.state, n.node, n.owner, n.promise_id, n.outcome, n.tries, n.promised_at
FROM payments_notice n
WHERE n.state NOT IN ('refused', 'settled')
  AND n.promised_at >= %(since)s AND n.promised_at <= %(now)s
ORDER BY n.promised_at
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: told_of
-- Unpaid orders with an attempt to pay that a notice tells of which is not settled yet.
SELECT p.order_id
FROM payments_payment p
WHERE p.order_id = ANY (%(ids)s::uuid[])
  AND EXISTS (SELECT 1 FROM payments_notice n
              WHERE n.out_number = replace(p.id::text, '-', '')
                AND n.state IN ('received', 'confirming'))

-- name: claim_due_refunds
-- Refunds whose date has passed.
SELECT r.id, r.shop_id, r.state, r.node, r.owner, r.promise_id, '', 0, r.promised_at
FROM payments_refund r
WHERE r.state <> 'confirmed' AND r.promised_at <= %(now)s
ORDER BY r.promised_at
LIMIT %(limit_rows)s
FOR UPDATE SKIP LOCKED

-- name: redate_refunds
-- Write the next date of refunds.
UPDATE payments_refund r
SET owner = m.owner, promised_at = m.promised_at, promise_id = m.promise_id
FROM unnest(
    %(ids)s::uuid[], %(owners)s::text[], %(promised_ats)s::timestamptz[],
    %(promise_ids)s::uuid[]
) AS m (id, owner, promised_at, promise_id)
WHERE r.id = m.id AND r.state <> 'confirmed'

-- name: channels_to_ask
-- Channels with an attempt to be asked about now: one probe each, however many attempts wait.
WITH RECURSIVE due (channel_id) AS (
    (SELECT channel_id FROM payments_asking WHERE state = 'asking' ORDER BY channel_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.channel_id FROM payments_asking a
            WHERE a.state = 'asking' AND a.channel_id > d.channel_id
            ORDER BY a.channel_id LIMIT 1)
    FROM due d WHERE d.channel_id IS NOT NULL
)
SELECT d.channel_id FROM due d
WHERE EXISTS (SELECT 1 FROM payments_asking a
              WHERE a.state = 'asking' AND a.channel_id = d.channel_id
                AND a.promised_at <= %(now)s)

-- name: claim_askings
-- Attempts to be asked about now that nobody else is at, of each channel as many as it bears.
WITH due AS MATERIALIZED (
    SELECT a.payment_id
    FROM unnest(%(channel_ids)s::uuid[], %(rows)s::int[]) AS c (id, rows_max)
    CROSS JOIN LATERAL (
        SELECT q.payment_id FROM payments_asking q
        WHERE q.state = 'asking' AND q.channel_id = c.id AND q.promised_at <= %(now)s
          AND (q.claimed_until IS NULL OR q.claimed_until <= %(now)s)
        ORDER BY q.promised_at LIMIT c.rows_max
        FOR UPDATE SKIP LOCKED
    ) a
)
UPDATE payments_asking a
SET tries = a.tries + 1, claimed_until = %(leased_until)s
FROM due
JOIN payments_payment p ON p.id = due.payment_id
JOIN orders_order o ON o.id = p.order_id
WHERE a.payment_id = due.payment_id
RETURNING a.payment_id, a.shop_id, a.channel_id, p.order_id, a.reference, a.tries, a.silent,
          p.started_at, a.window_ends_at, a.signed_at, a.said_at, o.state,
          EXISTS (SELECT 1 FROM payments_receipt r WHERE r.payment_id = p.id),
          EXISTS (SELECT 1 FROM payments_notice n
                  WHERE n.out_number = replace(p.id::text, '-', '')
                    AND n.state IN ('received', 'confirming'))

-- name: move_askings
-- Write what a channel said; a claim that was overtaken by another writes nothing, and a buyer who
-- said meanwhile that she paid is asked for at once.
UPDATE payments_asking a
SET state = m.state, node = m.node, owner = m.owner,
    promised_at = CASE WHEN m.state = 'asking' AND a.signed_at IS DISTINCT FROM m.signed_at
                       THEN %(now)s ELSE m.promised_at END,
    claimed_until = NULL, silent = m.silent,
    asked_at = CASE WHEN m.said = '' THEN a.asked_at ELSE %(now)s END,
    said = CASE WHEN m.said = '' THEN a.said ELSE m.said END,
    said_at = CASE WHEN m.said <> '' AND m.silent = 0 THEN %(now)s ELSE a.said_at END,
    detail = m.detail
FROM unnest(
    %(ids)s::uuid[], %(tries)s::int[], %(signed_ats)s::timestamptz[], %(states)s::text[],
    %(nodes)s::text[], %(owners)s::text[], %(promised_ats)s::timestamptz[], %(silents)s::int[],
    %(saids)s::text[], %(details)s::text[]
) AS m (id, tries, signed_at, state, node, owner, promised_at, silent, said, detail)
WHERE a.payment_id = m.id AND a.tries = m.tries AND a.state = 'asking'

-- name: ask_soon
-- The buyer of these attempts gave a sign: they are asked about at once, but never twice within the gap.
UPDATE payments_asking a
SET sign = %(sign)s, signed_at = %(now)s,
    promised_at = least(a.promised_at,
                        greatest(%(now)s, coalesce(a.asked_at + %(gap)s, %(now)s)))
FROM payments_payment p
WHERE p.order_id = %(order_id)s AND a.payment_id = p.id AND a.state = 'asking'
