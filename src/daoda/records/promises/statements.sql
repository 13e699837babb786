-- name: make_promises
-- Add promises in one set.
INSERT INTO promises_promise
    (id, shop_id, subject, subject_id, node, owner, made_at, due_at, basis, consequence)
SELECT p.id, p.shop_id, p.subject, p.subject_id, p.node, p.owner, p.made_at, p.due_at,
       p.basis::jsonb, p.consequence
FROM unnest(
    %(ids)s::uuid[], %(shop_ids)s::uuid[], %(subjects)s::text[], %(subject_ids)s::uuid[],
    %(nodes)s::text[], %(owners)s::text[], %(made_ats)s::timestamptz[],
    %(due_ats)s::timestamptz[], %(bases)s::text[], %(consequences)s::text[]
) AS p (id, shop_id, subject, subject_id, node, owner, made_at, due_at, basis, consequence)

-- name: end_promises
-- End promises in one set; ending one twice is an error, not a repeat.
INSERT INTO promises_promiseending (promise_id, shop_id, at, how, reason, successor)
SELECT * FROM unnest(
    %(promise_ids)s::uuid[], %(shop_ids)s::uuid[], %(ats)s::timestamptz[], %(hows)s::text[],
    %(reasons)s::text[], %(successors)s::uuid[]
)

-- name: current_rules
-- The newest version of every rule of a shop.
SELECT DISTINCT ON (node, product_id) node, product_id, seconds, windows, version
FROM promises_promiserule
WHERE shop_id = %(shop_id)s AND published_at <= %(now)s
ORDER BY node, product_id, version DESC

-- name: story
-- Every promise made for one thing, with its ending, oldest first.
SELECT p.id, p.node, p.owner, p.made_at, p.due_at, p.basis, p.consequence, e.how, e.at, e.reason
FROM promises_promise p
LEFT JOIN promises_promiseending e ON e.promise_id = p.id
WHERE p.subject_id = %(subject_id)s
ORDER BY p.made_at, p.id

-- name: judged_since
-- What became of the promises made in a shop since a moment, given as the lowest id of then; what the buyer herself has to do is no promise of ours.
SELECT count(*) FILTER (WHERE e.how = 'kept'), count(*) FILTER (WHERE e.how = 'broken'),
       count(*) FILTER (WHERE e.how = 'superseded'), count(*) FILTER (WHERE e.how IS NULL)
FROM promises_promise p
LEFT JOIN promises_promiseending e ON e.promise_id = p.id
WHERE p.shop_id = %(shop_id)s AND p.id >= %(lowest_id)s AND p.owner <> 'buyer'
