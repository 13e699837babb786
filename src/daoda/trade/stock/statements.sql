-- name: reserve
-- Promise codes of a variant to an order being placed, if so many are promised to nobody.
UPDATE stock_level SET available = available - %(quantity)s
WHERE variant_id = %(variant_id)s AND available >= %(quantity)s

-- name: lock_levels
-- The levels of some variants, locked in one order.
SELECT variant_id, available FROM stock_level
WHERE variant_id = ANY(%(variant_ids)s::uuid[])
ORDER BY variant_id
FOR UPDATE

-- name: shift_levels
-- Codes came or left, or promises to orders ended: what is owed is covered before anything is sold.
WITH locked AS MATERIALIZED (
    SELECT variant_id FROM stock_level
    WHERE variant_id = ANY(%(variant_ids)s::uuid[])
    ORDER BY variant_id
    FOR UPDATE
)
UPDATE stock_level l
SET available = greatest(l.available - l.owed + s.shift, 0),
    owed = greatest(l.owed - l.available - s.shift, 0)
FROM unnest(%(variant_ids)s::uuid[], %(shifts)s::int[]) AS s (variant_id, shift)
JOIN locked k ON k.variant_id = s.variant_id
WHERE l.variant_id = s.variant_id

-- name: ensure_levels
-- A level for every variant that has none yet.
INSERT INTO stock_level (variant_id, shop_id, available, owed, low_threshold, low_told)
SELECT v.id, v.shop_id, 0, 0, %(low_threshold)s, false
FROM catalog_variant v
WHERE v.id = ANY(%(variant_ids)s::uuid[])
ON CONFLICT (variant_id) DO NOTHING

-- name: note_low
-- Levels that sank to their threshold or rose above it since this was last told.
WITH crossed AS MATERIALIZED (
    SELECT variant_id FROM stock_level
    WHERE low_told <> (available <= low_threshold)
    ORDER BY variant_id
    FOR UPDATE SKIP LOCKED
)
UPDATE stock_level l SET low_told = NOT l.low_told
FROM crossed c
WHERE l.variant_id = c.variant_id
RETURNING l.variant_id, l.shop_id, l.available, l.low_threshold, l.low_told

-- name: claim_codes
-- Lock the first free codes of each variant from its mark on, passing over those others hold.
WITH wanted AS MATERIALIZED (
    SELECT w.variant_id, w.quantity, w.mark, (%(now)s AT TIME ZONE s.time_zone)::date AS today
    FROM unnest(%(variant_ids)s::uuid[], %(quantities)s::int[], %(marks)s::bigint[])
        AS w (variant_id, quantity, mark)
    JOIN stock_level l ON l.variant_id = w.variant_id
    JOIN shops_shop s ON s.id = l.shop_id
    ORDER BY w.variant_id
), claimed AS MATERIALIZED (
    SELECT c.variant_id, c.id, c.seq
    FROM wanted w
    CROSS JOIN LATERAL (
        SELECT k.variant_id, k.id, k.seq FROM stock_code k
        WHERE k.variant_id = w.variant_id AND k.place = 'shelf' AND k.seq >= w.mark
          AND (k.expires_on IS NULL OR k.expires_on >= w.today)
        ORDER BY k.seq
        LIMIT w.quantity
        FOR UPDATE SKIP LOCKED
    ) c
)
SELECT variant_id, id, seq FROM claimed ORDER BY variant_id, seq

-- name: claim_codes_waiting
-- As claim_codes, from the beginning and waiting for those others hold.
WITH wanted AS MATERIALIZED (
    SELECT w.variant_id, w.quantity, (%(now)s AT TIME ZONE s.time_zone)::date AS today
    FROM unnest(%(variant_ids)s::uuid[], %(quantities)s::int[]) AS w (variant_id, quantity)
    JOIN stock_level l ON l.variant_id = w.variant_id
    JOIN shops_shop s ON s.id = l.shop_id
    ORDER BY w.variant_id
), claimed AS MATERIALIZED (
    SELECT c.variant_id, c.id, c.seq
    FROM wanted w
    CROSS JOIN LATERAL (
        SELECT k.variant_id, k.id, k.seq FROM stock_code k
        WHERE k.variant_id = w.variant_id AND k.place = 'shelf'
          AND (k.expires_on IS NULL OR k.expires_on >= w.today)
        ORDER BY k.seq
        LIMIT w.quantity
        FOR UPDATE
    ) c
)
SELECT variant_id, id, seq FROM claimed ORDER BY variant_id, seq

-- name: take_codes
-- Bind locked codes to their orders.
UPDATE stock_code c SET place = 'taken', order_id = t.order_id
FROM unnest(%(code_ids)s::uuid[], %(order_ids)s::uuid[]) AS t (code_id, order_id)
WHERE c.id = t.code_id AND c.place = 'shelf'

-- name: lock_codes
-- Codes about to leave their place, locked in one order.
SELECT id, shop_id, variant_id, place, order_id, revealed_at
FROM stock_code
WHERE id = ANY(%(code_ids)s::uuid[])
ORDER BY id
FOR UPDATE

-- name: move_codes
-- Put locked codes in another place.
UPDATE stock_code SET place = %(place)s WHERE id = ANY(%(code_ids)s::uuid[])

-- name: put_back
-- Codes that were never taken are free again.
UPDATE stock_code SET place = 'shelf' WHERE id = ANY(%(code_ids)s::uuid[]) AND order_id IS NULL

-- name: sealed_codes
-- What is needed to seal codes anew as other rows.
SELECT id, shop_id, key_id, ciphertext
FROM stock_code
WHERE id = ANY(%(code_ids)s::uuid[])
ORDER BY id

-- name: put_on_shelf_anew
-- Codes that came back unseen, as new rows at the end of the shelf.
INSERT INTO stock_code
    (id, shop_id, variant_id, import_id, key_id, ciphertext, fingerprint, place, expires_on)
SELECT n.id, o.shop_id, o.variant_id, o.import_id, n.key_id, n.ciphertext, o.fingerprint,
       'shelf', o.expires_on
FROM unnest(%(ids)s::uuid[], %(old_ids)s::uuid[], %(key_ids)s::text[], %(ciphertexts)s::bytea[])
    AS n (id, old_id, key_id, ciphertext)
JOIN stock_code o ON o.id = n.old_id

-- name: expire_codes
-- Free codes whose last day is over in their shop's time zone.
WITH gone AS MATERIALIZED (
    SELECT c.id FROM stock_code c
    JOIN shops_shop s ON s.id = c.shop_id
    WHERE c.place = 'shelf' AND c.expires_on IS NOT NULL
      -- The date on the far side of the date line bounds the index scan.
      AND c.expires_on < (%(now)s AT TIME ZONE 'Pacific/Kiritimati')::date
      AND c.expires_on < (%(now)s AT TIME ZONE s.time_zone)::date
    ORDER BY c.expires_on
    LIMIT %(limit_rows)s
    FOR UPDATE OF c SKIP LOCKED
)
UPDATE stock_code c SET place = 'void'
FROM gone g
WHERE c.id = g.id
RETURNING c.id, c.shop_id, c.variant_id

-- name: mark_revealed
-- Codes somebody is about to see; one on the shelf is shown to nobody.
UPDATE stock_code SET revealed_at = coalesce(revealed_at, %(now)s)
WHERE id = ANY(%(code_ids)s::uuid[]) AND place IN ('taken', 'quarantine', 'void')
RETURNING id, shop_id, order_id, key_id, ciphertext

-- name: page_of_codes
-- The next sealed codes in order of their keys, wherever they are.
SELECT id, shop_id, key_id, ciphertext FROM stock_code
WHERE id > %(after)s
ORDER BY id
LIMIT %(limit_rows)s

-- name: reseal_codes
-- Replace the seal of codes that still bear the old one.
UPDATE stock_code c SET key_id = n.key_id, ciphertext = n.ciphertext
FROM unnest(%(ids)s::uuid[], %(old_key_ids)s::text[], %(key_ids)s::text[], %(ciphertexts)s::bytea[])
    AS n (id, old_key_id, key_id, ciphertext)
WHERE c.id = n.id AND c.key_id = n.old_key_id

-- name: claim_import
-- Take the import due first into work, for as long as the lease holds.
WITH due AS MATERIALIZED (
    SELECT id FROM stock_import
    WHERE state IN ('received', 'checking', 'importing')
      AND (leased_until IS NULL OR leased_until <= %(now)s)
      AND (%(import_id)s::uuid IS NULL OR id = %(import_id)s::uuid)
    ORDER BY promised_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE stock_import i SET leased_until = %(leased_until)s, tries = i.tries + 1
FROM due
WHERE i.id = due.id
RETURNING i.id

-- name: advance_import
-- Another stretch of lines is staged; no row when somebody else staged it or ended the import.
UPDATE stock_import
SET state = 'checking', staged = %(staged)s, lines_total = %(lines_total)s,
    lines_done = %(lines_done)s, tries = 0, leased_until = NULL
WHERE id = %(import_id)s AND state IN ('received', 'checking') AND staged = %(staged_before)s

-- name: staged_in_stock
-- Lines of an import whose code the shop has already.
SELECT s.line FROM stock_stagedcode s
JOIN stock_code c
  ON c.shop_id = s.shop_id AND c.fingerprint = s.fingerprint AND NOT (c.place = 'returned')
WHERE s.of_import_id = %(import_id)s
ORDER BY s.line

-- name: unstage
-- Lines of an import that will not come in.
DELETE FROM stock_stagedcode WHERE of_import_id = %(import_id)s AND line = ANY(%(lines)s::int[])

-- name: put_on_shelf
-- Everything staged for an import comes on the shelf, in the order of its lines.
INSERT INTO stock_code
    (id, shop_id, variant_id, import_id, key_id, ciphertext, fingerprint, place, expires_on)
SELECT s.code_id, s.shop_id, i.variant_id, i.id, s.key_id, s.ciphertext, s.fingerprint,
       'shelf', s.expires_on
FROM stock_stagedcode s
JOIN stock_import i ON i.id = s.of_import_id
WHERE s.of_import_id = %(import_id)s
ORDER BY s.line
ON CONFLICT (shop_id, fingerprint) WHERE NOT (place = 'returned') DO NOTHING

-- name: not_put_on_shelf
-- Staged lines whose code another import brought in the meantime.
SELECT s.line FROM stock_stagedcode s
WHERE s.of_import_id = %(import_id)s
  AND NOT EXISTS (SELECT 1 FROM stock_code c WHERE c.id = s.code_id)
ORDER BY s.line

-- name: codes_of_prints
-- Codes a shop has already, found by what they say.
SELECT c.shop_id, c.fingerprint, c.id, c.place, c.order_id
FROM unnest(%(shop_ids)s::uuid[], %(fingerprints)s::bytea[]) AS b (shop_id, fingerprint)
JOIN stock_code c
  ON c.shop_id = b.shop_id AND c.fingerprint = b.fingerprint AND NOT (c.place = 'returned')

-- name: add_bought
-- Codes that came from a supplier, for an order or for the shelf.
INSERT INTO stock_code
    (id, shop_id, variant_id, import_id, key_id, ciphertext, fingerprint, place, expires_on,
     order_id)
SELECT b.id, b.shop_id, b.variant_id, NULL, b.key_id, b.ciphertext, b.fingerprint, b.place,
       b.expires_on::date, b.order_id
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(variant_ids)s::uuid[], %(order_ids)s::uuid[],
    %(places)s::text[], %(expiries)s::text[], %(fingerprints)s::bytea[], %(key_ids)s::text[],
    %(ciphertexts)s::bytea[]
) AS b (id, shop_id, variant_id, order_id, place, expires_on, fingerprint, key_id, ciphertext)
