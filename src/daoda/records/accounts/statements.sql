-- Rate limits: one row per limit and subject, a leaky bucket kept as the moment it runs empty.

-- name: hit
-- Count one hit if it fits; a returned row means it did. Refused hits write nothing.
INSERT INTO accounts_throttle AS t (bucket, subject, empty_at)
VALUES (%(bucket)s, %(subject)s, %(now)s + %(cost)s)
ON CONFLICT (bucket, subject) DO UPDATE
SET empty_at = GREATEST(t.empty_at, %(now)s) + %(cost)s
WHERE GREATEST(t.empty_at, %(now)s) + %(cost)s <= %(now)s + %(window)s
RETURNING empty_at

-- name: fill
-- When the bucket of a refused subject runs empty.
SELECT empty_at FROM accounts_throttle
WHERE bucket = %(bucket)s AND subject = %(subject)s

-- name: sweep
-- Forget buckets that ran empty; those being hit at this moment are skipped.
DELETE FROM accounts_throttle t
USING (
    SELECT bucket, subject FROM accounts_throttle
    WHERE empty_at < %(now)s
    LIMIT %(batch_rows)s
    FOR UPDATE SKIP LOCKED
) old
WHERE t.bucket = old.bucket AND t.subject = old.subject

-- name: spend_step
-- Use up a one-time code's step; no row touched means it, or a later one, was used before.
UPDATE accounts_secondfactor SET last_step = %(step)s
WHERE id = %(factor_id)s AND last_step < %(step)s
