-- name: open_accounts
-- Make sure accounts exist; a repeat changes nothing.
INSERT INTO ledger_account (id, shop_id, kind, of, currency)
SELECT * FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(kinds)s::text[], %(ofs)s::text[],
    %(currencies)s::text[]
)
ON CONFLICT DO NOTHING

-- name: post_transfers
-- Add transfers in one set; the id is derived from the cause, so a repeat adds nothing.
INSERT INTO ledger_transfer
    (id, shop_id, debit_id, credit_id, amount_fen, currency, kind, subject_id, at)
SELECT * FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(debits)s::uuid[], %(credits)s::uuid[],
    %(amounts)s::bigint[], %(currencies)s::text[], %(kinds)s::text[], %(subjects)s::uuid[],
    %(ats)s::timestamptz[]
)
ON CONFLICT DO NOTHING

-- name: start_roll_up
-- A roll-up that has read nothing: every transfer is at or above the lowest transaction.
INSERT INTO ledger_rollup (name, snapshot) VALUES ('transfers', '1:1:') ON CONFLICT DO NOTHING

-- name: lock_roll_up
-- The cursor, unless another process is rolling up at the moment.
SELECT snapshot FROM ledger_rollup WHERE name = 'transfers' FOR UPDATE SKIP LOCKED

-- name: roll_up
-- Add what was committed since the cursor to the sums of its accounts; whole transactions, at most one batch; returns how many transfers, the last transaction taken (if cut short) and what was seen.
WITH untold AS MATERIALIZED (
    (SELECT t.xid FROM ledger_transfer t WHERE t.xid = ANY (%(running)s::text[]::xid8[]))
    UNION ALL
    (SELECT t.xid FROM ledger_transfer t WHERE t.xid >= %(xmax)s::text::xid8
     ORDER BY t.xid LIMIT %(batch_rows)s::int)
),
cut AS MATERIALIZED (
    SELECT xid FROM untold ORDER BY xid OFFSET %(batch_rows)s::int - 1 LIMIT 1
),
taken AS MATERIALIZED (
    SELECT t.shop_id, t.debit_id, t.credit_id, t.amount_fen FROM (
        SELECT * FROM ledger_transfer WHERE xid = ANY (%(running)s::text[]::xid8[])
        UNION ALL
        SELECT * FROM ledger_transfer
        WHERE xid >= %(xmax)s::text::xid8
          AND xid <= COALESCE((SELECT xid FROM cut), pg_snapshot_xmax((SELECT daoda_snapshot())))
    ) t
    WHERE t.xid <= COALESCE((SELECT xid FROM cut), t.xid)
),
sums AS (
    SELECT account_id, shop_id, sum(debit) AS debit, sum(credit) AS credit FROM (
        SELECT debit_id AS account_id, shop_id, amount_fen AS debit, 0 AS credit FROM taken
        UNION ALL
        SELECT credit_id, shop_id, 0, amount_fen FROM taken
    ) sides GROUP BY account_id, shop_id
),
added AS (
    INSERT INTO ledger_rolled AS r (account_id, shop_id, debit_fen, credit_fen)
    SELECT account_id, shop_id, debit, credit FROM sums
    ON CONFLICT (account_id) DO UPDATE
        SET debit_fen = r.debit_fen + excluded.debit_fen,
            credit_fen = r.credit_fen + excluded.credit_fen
)
SELECT (SELECT count(*) FROM taken), (SELECT xid::text FROM cut), daoda_snapshot()::text

-- name: move_roll_up
-- Remember how far the roll-up has read.
UPDATE ledger_rollup SET snapshot = %(snapshot)s WHERE name = 'transfers'

-- name: cursor
-- How far the roll-up has read, without waiting for it.
SELECT snapshot FROM ledger_rollup WHERE name = 'transfers'

-- name: balances
-- Debits and credits of every account of a shop: the sums rolled up, and the tail since. One statement, so that both are of one moment; the cursor given must still be current.
WITH tail AS MATERIALIZED (
    SELECT debit_id, credit_id, amount_fen FROM ledger_transfer
    WHERE xid = ANY (%(running)s::text[]::xid8[])
    UNION ALL
    SELECT debit_id, credit_id, amount_fen FROM ledger_transfer
    WHERE xid >= %(xmax)s::text::xid8
)
SELECT a.id, a.kind, a.of, a.currency,
       COALESCE(r.debit_fen, 0)
           + COALESCE((SELECT sum(amount_fen) FROM tail WHERE debit_id = a.id), 0),
       COALESCE(r.credit_fen, 0)
           + COALESCE((SELECT sum(amount_fen) FROM tail WHERE credit_id = a.id), 0),
       (SELECT snapshot FROM ledger_rollup WHERE name = 'transfers')
           IS NOT DISTINCT FROM %(cursor)s
FROM ledger_account a
LEFT JOIN ledger_rolled r ON r.account_id = a.id
WHERE a.shop_id = %(shop_id)s
ORDER BY a.kind, a.of, a.currency

-- name: moved_since
-- What was moved in a shop since a moment, by cause and currency; cost follows what was moved since.
SELECT t.kind, t.currency, count(*), sum(t.amount_fen)
FROM ledger_transfer t
WHERE t.shop_id = %(shop_id)s AND t.at >= %(since)s
GROUP BY t.kind, t.currency
ORDER BY t.kind, t.currency
