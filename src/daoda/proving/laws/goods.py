"""Every code is in one place, and what is promised from the shelf is counted."""

from __future__ import annotations

from daoda.proving.laws import Law

LEVELS_ADD_UP = Law(
    "levels_add_up",
    "What may be sold is what stands on the shelf less what is promised to open orders",
    """
    SELECT l.variant_id::text, format(
        '%%s may be sold and %%s are owed; %%s on the shelf, %%s promised', l.available, l.owed,
        coalesce(c.codes, 0), coalesce(o.codes, 0))
    FROM stock_level l
    LEFT JOIN (SELECT variant_id, count(*) AS codes FROM stock_code WHERE place = 'shelf'
               GROUP BY variant_id) c ON c.variant_id = l.variant_id
    LEFT JOIN (SELECT variant_id, sum(quantity) AS codes FROM orders_order WHERE reserved
               GROUP BY variant_id) o ON o.variant_id = l.variant_id
    WHERE (%(shop_id)s::uuid IS NULL OR l.shop_id = %(shop_id)s::uuid)
      AND l.available - l.owed <> coalesce(c.codes, 0) - coalesce(o.codes, 0)
    """,
)

IMPORTS_ACCOUNTED = Law(
    "imports_accounted",
    "Of what was imported, each code is free or held, delivered, in quarantine or void",
    """
    SELECT i.id::text, format('%%s were imported, %%s are there', i.imported, count(c.id))
    FROM stock_import i
    LEFT JOIN stock_code c ON c.import_id = i.id AND c.place <> 'returned'
    WHERE (%(shop_id)s::uuid IS NULL OR i.shop_id = %(shop_id)s::uuid)
    GROUP BY i.id, i.imported HAVING count(c.id) <> i.imported
    """,
)

CODES_DELIVERED_ONCE = Law(
    "codes_delivered_once",
    "A code given to an order is recorded as delivered to that order, and no other is",
    """
    SELECT coalesce(c.id, d.code_id)::text, format(
        'it is %%s for %%s, recorded as delivered to %%s', coalesce(c.place, 'gone'),
        coalesce(c.order_id::text, 'nobody'), coalesce(d.order_id::text, 'nobody'))
    FROM stock_code c
    FULL JOIN fulfilment_deliveredcode d ON d.code_id = c.id
    WHERE (%(shop_id)s::uuid IS NULL OR coalesce(c.shop_id, d.shop_id) = %(shop_id)s::uuid)
      AND (c.order_id IS DISTINCT FROM d.order_id
           OR (d.order_id IS NOT NULL AND c.place = 'shelf'))
    """,
)

DELIVERIES_WHOLE = Law(
    "deliveries_whole",
    "A delivery of codes has as many as were ordered, of that variant, numbered from 1",
    """
    SELECT f.order_id::text, format('%%s of %%s codes', count(d.code_id), f.quantity)
    FROM fulfilment_delivery f
    JOIN orders_order o ON o.id = f.order_id
    LEFT JOIN fulfilment_deliveredcode d ON d.order_id = f.order_id
    LEFT JOIN stock_code c ON c.id = d.code_id
    WHERE (%(shop_id)s::uuid IS NULL OR f.shop_id = %(shop_id)s::uuid)
    GROUP BY f.order_id, f.quantity, f.how
    HAVING count(d.code_id) <> CASE WHEN f.how IN ('stock', 'bought') THEN f.quantity ELSE 0 END
        OR count(DISTINCT d.position) <> count(d.code_id)
        OR coalesce(max(d.position), 0) <> count(d.code_id)
        OR bool_or(c.variant_id <> o.variant_id OR c.shop_id <> o.shop_id)
    """,
)

SECRETS_SOLD_ONCE = Law(
    "secrets_sold_once",
    "One secret stands in one row; only one that came back unseen may be sold anew",
    """
    SELECT min(c.id::text), format('%%s rows hold the same secret', count(*))
    FROM stock_code c
    WHERE (%(shop_id)s::uuid IS NULL OR c.shop_id = %(shop_id)s::uuid) AND c.place <> 'returned'
    GROUP BY c.shop_id, c.fingerprint HAVING count(*) > 1
    """,
)

RESERVATIONS_FIT = Law(
    "reservations_fit",
    "The shelf keeps codes for orders that may still be delivered from it, and only for those",
    """
    SELECT o.id::text, format('it is %%s by %%s and %%s', o.state, o.via,
                              CASE WHEN o.reserved THEN 'reserved' ELSE 'not reserved' END)
    FROM orders_order o
    WHERE (%(shop_id)s::uuid IS NULL OR o.shop_id = %(shop_id)s::uuid)
      AND CASE WHEN o.via = 'stock' AND o.state IN ('awaiting_payment', 'paid') THEN NOT o.reserved
               WHEN o.via = 'supplier' AND o.state = 'paid' THEN NOT o.reserved
               WHEN o.via IN ('stock', 'supplier') AND o.state = 'held' THEN false
               WHEN o.via = 'supplier' AND o.state = 'sourcing' THEN false
               ELSE o.reserved END
    """,
)

COUPONS_COUNTED = Law(
    "coupons_counted",
    "A coupon is used by the orders that hold it or have paid with it",
    """
    SELECT c.id::text, format('used %%s times, by %%s orders', c.used, count(o.id))
    FROM catalog_coupon c
    LEFT JOIN orders_order o ON o.coupon_id = c.id AND o.state NOT IN ('expired', 'cancelled')
    WHERE (%(shop_id)s::uuid IS NULL OR c.shop_id = %(shop_id)s::uuid)
    GROUP BY c.id, c.used HAVING c.used <> count(o.id)
    """,
)

LAWS = (
    LEVELS_ADD_UP,
    IMPORTS_ACCOUNTED,
    CODES_DELIVERED_ONCE,
    DELIVERIES_WHOLE,
    SECRETS_SOLD_ONCE,
    RESERVATIONS_FIT,
    COUPONS_COUNTED,
)
