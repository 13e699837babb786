-- name: write_facts
-- Add facts in one set; salt and transaction id are the database's own.
INSERT INTO journal_fact (id, shop_id, kind, subject, subject_id, actor, at, data)
SELECT f.id, f.shop_id, f.kind, f.subject, f.subject_id, f.actor, f.at, f.data::jsonb
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(kinds)s::text[], %(subjects)s::text[],
    %(subject_ids)s::uuid[], %(actors)s::text[], %(ats)s::timestamptz[], %(datas)s::text[]
) AS f (id, shop_id, kind, subject, subject_id, actor, at, data)

-- name: subscriber_known
-- Whether a subscriber has joined.
SELECT FROM journal_subscriber WHERE name = %(name)s

-- name: seen_and_own
-- What the database shows at this moment, and the number of this transaction, which is not in it.
SELECT daoda_snapshot()::text, daoda_number(pg_current_xact_id())::text

-- name: join_subscriber
-- Start reading at a snapshot: facts visible in it are not told to a new subscriber.
INSERT INTO journal_subscriber (name, snapshot)
VALUES (%(name)s, %(snapshot)s)
ON CONFLICT (name) DO NOTHING

-- name: lock_subscriber
-- The cursor, unless another process is reading for this subscriber at the moment.
SELECT snapshot FROM journal_subscriber WHERE name = %(name)s FOR UPDATE SKIP LOCKED

-- name: read_since
-- Facts not yet told: those of transactions at or above the cursor's edge, and those that were still running below it; whole transactions, up to the one that fills the batch.
WITH untold AS MATERIALIZED (
    (SELECT f.xid, f.id FROM journal_fact f
     WHERE f.xid = ANY (%(running)s::text[]::xid8[]))
    UNION ALL
    (SELECT f.xid, f.id FROM journal_fact f
     WHERE f.xid >= %(xmax)s::text::xid8
     ORDER BY f.xid LIMIT %(batch_rows)s::int)
),
cut AS MATERIALIZED (
    SELECT xid FROM untold ORDER BY xid OFFSET %(batch_rows)s::int - 1 LIMIT 1
)
SELECT f.id, f.shop_id, f.kind, f.subject, f.subject_id, f.actor, f.at, f.data,
       f.xid::text, (SELECT xid::text FROM cut), (SELECT daoda_snapshot()::text),
       daoda_number(pg_current_xact_id_if_assigned())::text
FROM (
    SELECT * FROM journal_fact WHERE xid = ANY (%(running)s::text[]::xid8[])
    UNION ALL
    SELECT * FROM journal_fact
    WHERE xid >= %(xmax)s::text::xid8
      AND xid <= COALESCE((SELECT xid FROM cut), pg_snapshot_xmax((SELECT daoda_snapshot())))
) f
WHERE f.xid <= COALESCE((SELECT xid FROM cut), f.xid)
ORDER BY f.xid, f.id

-- name: seen_now
-- What the database shows at this moment.
SELECT daoda_snapshot()::text

-- name: move_cursor
-- Remember how far a subscriber has read.
UPDATE journal_subscriber SET snapshot = %(snapshot)s, read_at = %(now)s WHERE name = %(name)s

-- name: newest_fact
-- The newest fact about one subject.
SELECT id FROM journal_fact WHERE subject_id = %(subject_id)s ORDER BY id DESC LIMIT 1
