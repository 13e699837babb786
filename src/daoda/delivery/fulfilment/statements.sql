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
