-- The kept answers of API v1.

-- name: limit_wait
-- How long this transaction waits for a twin that is being worked on.
SET LOCAL lock_timeout = '2s'

-- name: wait_as_usual
-- Back to the database's own limit for the act itself.
SET LOCAL lock_timeout TO DEFAULT

-- name: claim_key
-- Take an Idempotency-Key; no row touched means an answer is kept under it. Waits for a twin.
INSERT INTO api_keptanswer (id, shop_id, api_key_id, idempotency_key, request_hash,
                            location, key_id, sealed_body, answered_at)
VALUES (%(id)s, %(shop_id)s, %(api_key_id)s, %(idempotency_key)s, %(request_hash)s,
        '', '', '', %(now)s)
ON CONFLICT (api_key_id, idempotency_key) DO NOTHING

-- name: sweep_answers
-- Forget answers older than any repeat we promise to know.
DELETE FROM api_keptanswer
WHERE id IN (
    SELECT id FROM api_keptanswer
    WHERE answered_at < %(before)s
    ORDER BY answered_at
    LIMIT %(batch_rows)s
    FOR UPDATE SKIP LOCKED
)
