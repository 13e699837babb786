"""Every fen that came is in exactly one place, and the books say which."""

from __future__ import annotations

from daoda.proving.laws import Law, attempts, goodwill

# Money of receipts with these verdicts is booked in suspense until somebody has explained it.
_SUSPENDED = "('unknown_order', 'wrong_currency')"

RECEIPTS_BOOKED = Law(
    "receipts_booked",
    "A receipt has its transfer: from the channel to what we owe, or to suspense",
    f"""
    SELECT r.id::text, coalesce(
        format('%%s fen came; booked: %%s %%s fen from %%s to %%s', r.amount_fen, t.kind,
               t.amount_fen, d.kind, c.kind), 'not booked')
    FROM payments_receipt r
    LEFT JOIN payments_channel ch ON ch.id = r.channel_id
    LEFT JOIN ledger_transfer t ON t.id = r.transfer_id
    LEFT JOIN ledger_account d ON d.id = t.debit_id
    LEFT JOIN ledger_account c ON c.id = t.credit_id
    WHERE (%(shop_id)s::uuid IS NULL OR r.shop_id = %(shop_id)s::uuid)
      AND (t.kind = 'payment.received' AND t.subject_id = r.id AND t.shop_id = r.shop_id
           AND t.amount_fen = r.amount_fen AND t.currency = r.currency
           AND d.kind = 'channel_cash' AND d.of = ch.code
           AND c.kind = CASE WHEN r.verdict IN {_SUSPENDED}
                             THEN 'suspense' ELSE 'owed_to_buyers' END) IS NOT TRUE
    """,  # noqa: S608
)

TRANSFERS_CAUSED = Law(
    "transfers_caused",
    "A transfer has the thing that caused it, and stays within its shop and currency",
    f"""
    SELECT t.id::text, format('%%s of %%s fen for %%s', t.kind, t.amount_fen, t.subject_id)
    FROM ledger_transfer t
    JOIN ledger_account d ON d.id = t.debit_id
    JOIN ledger_account c ON c.id = t.credit_id
    WHERE (%(shop_id)s::uuid IS NULL OR t.shop_id = %(shop_id)s::uuid)
      AND (NOT CASE t.kind
               WHEN 'payment.received' THEN EXISTS (
                   SELECT 1 FROM payments_receipt r WHERE r.transfer_id = t.id)
               WHEN 'order.delivered' THEN EXISTS (
                   SELECT 1 FROM fulfilment_delivery f WHERE f.order_id = t.subject_id)
               WHEN 'refund.paid' THEN EXISTS (
                   SELECT 1 FROM payments_refund f
                   WHERE f.id = t.subject_id AND f.state = 'confirmed')
               WHEN 'refund.given' THEN EXISTS (
                   SELECT 1 FROM payments_refund f
                   WHERE f.id = t.subject_id AND f.from_earnings)
               {attempts.CAUSES}
               {goodwill.CAUSES}
               ELSE false END
           OR d.shop_id <> t.shop_id OR c.shop_id <> t.shop_id
           OR d.currency <> t.currency OR c.currency <> t.currency)
    """,  # noqa: S608
)

DELIVERIES_EARNED = Law(
    "deliveries_earned",
    "An order is delivered exactly when it has a delivery, and then its price is earned once",
    """
    SELECT coalesce(o.id, f.order_id)::text, format(
        'it is %%s, %%s, and %%s transfers earned %%s of its %%s fen',
        coalesce(o.state, 'no order'),
        CASE WHEN f.order_id IS NULL THEN 'without a delivery' ELSE 'with a delivery' END,
        coalesce(t.times, 0), coalesce(t.fen, 0), coalesce(o.amount_fen, 0))
    FROM orders_order o
    FULL JOIN fulfilment_delivery f ON f.order_id = o.id
    LEFT JOIN (
        SELECT t.subject_id, count(*) AS times, sum(t.amount_fen) AS fen
        FROM ledger_transfer t
        JOIN ledger_account d ON d.id = t.debit_id AND d.kind = 'owed_to_buyers'
        JOIN ledger_account c ON c.id = t.credit_id AND c.kind = 'revenue'
        WHERE t.kind = 'order.delivered' GROUP BY t.subject_id
    ) t ON t.subject_id = coalesce(o.id, f.order_id)
    WHERE (%(shop_id)s::uuid IS NULL OR coalesce(o.shop_id, f.shop_id) = %(shop_id)s::uuid)
      AND (o.state = 'delivered' OR f.order_id IS NOT NULL OR t.times > 0)
      AND (o.state = 'delivered' AND f.order_id IS NOT NULL AND f.quantity = o.quantity
           AND t.times = 1 AND t.fen = o.amount_fen) IS NOT TRUE
    """,
)

REFUNDS_BOOKED = Law(
    "refunds_booked",
    "A refund is booked exactly when it has gone back, from where its money lay",
    f"""
    SELECT f.id::text, format('%%s, %%s fen; booked %%s fen from %%s', f.state, f.amount_fen,
                              coalesce(t.amount_fen, 0), coalesce(d.kind, 'nowhere'))
    FROM payments_refund f
    JOIN payments_receipt r ON r.id = f.receipt_id
    JOIN payments_channel ch ON ch.id = r.channel_id
    LEFT JOIN ledger_transfer t ON t.kind = 'refund.paid' AND t.subject_id = f.id
    LEFT JOIN ledger_account d ON d.id = t.debit_id
    LEFT JOIN ledger_account c ON c.id = t.credit_id
    WHERE (%(shop_id)s::uuid IS NULL OR f.shop_id = %(shop_id)s::uuid)
      AND CASE WHEN f.state = 'confirmed' THEN
               (t.amount_fen = f.amount_fen AND t.currency = f.currency
                AND f.currency = r.currency AND c.kind = 'channel_cash' AND c.of = ch.code
                AND d.kind = CASE WHEN r.verdict IN {_SUSPENDED}
                                  THEN 'suspense' ELSE 'owed_to_buyers' END) IS NOT TRUE
          ELSE t.id IS NOT NULL END
    """,  # noqa: S608
)

RECEIPTS_NOT_OVERSPENT = Law(
    "receipts_not_overspent",
    "No more goes back of a receipt than came with it",
    """
    SELECT r.id::text, format('%%s fen came and %%s go back', r.amount_fen, sum(f.amount_fen))
    FROM payments_receipt r JOIN payments_refund f ON f.receipt_id = r.id
    WHERE (%(shop_id)s::uuid IS NULL OR r.shop_id = %(shop_id)s::uuid)
    GROUP BY r.id, r.amount_fen HAVING sum(f.amount_fen) > r.amount_fen
    """,
)

ORDERS_HOLD_THEIR_PRICE = Law(
    "orders_hold_their_price",
    "What came for an order and does not go back is its price once it is paid, else nothing",
    f"""
    SELECT o.id::text, format('it is %%s, its price %%s fen, and %%s fen are kept for it', o.state,
                              o.amount_fen, coalesce(k.fen, 0))
    FROM orders_order o
    LEFT JOIN (
        SELECT p.order_id, sum(r.amount_fen - coalesce(f.fen, 0)) AS fen
        FROM payments_receipt r
        JOIN payments_payment p ON p.id = r.payment_id
        LEFT JOIN (SELECT receipt_id, sum(amount_fen) AS fen FROM payments_refund
                   WHERE NOT from_earnings GROUP BY receipt_id) f ON f.receipt_id = r.id
        WHERE r.verdict NOT IN {_SUSPENDED}
        GROUP BY p.order_id
    ) k ON k.order_id = o.id
    WHERE (%(shop_id)s::uuid IS NULL OR o.shop_id = %(shop_id)s::uuid)
      AND coalesce(k.fen, 0) <>
          CASE WHEN o.state IN ('screening', 'paid', 'sourcing', 'short', 'in_hand', 'held',
                                'delivered')
               THEN o.amount_fen ELSE 0 END
    """,  # noqa: S608
)

SUSPENSE_EXPLAINED = Law(
    "suspense_explained",
    "Money in suspense has a person who finds out by a date, or goes back whole",
    f"""
    SELECT r.id::text, format('%%s: its notice is %%s, %%s of %%s fen go back', r.verdict, n.state,
                              coalesce(f.fen, 0), r.amount_fen)
    FROM payments_receipt r
    JOIN payments_notice n ON n.id = r.notice_id
    LEFT JOIN (SELECT receipt_id, sum(amount_fen) AS fen FROM payments_refund
               GROUP BY receipt_id) f ON f.receipt_id = r.id
    WHERE (%(shop_id)s::uuid IS NULL OR r.shop_id = %(shop_id)s::uuid)
      AND r.verdict IN {_SUSPENDED}
      AND NOT CASE WHEN n.state = 'unmatched' THEN f.fen IS NULL
                   ELSE n.state = 'settled' AND coalesce(f.fen, 0) = r.amount_fen END
    """,  # noqa: S608
)

BALANCES_FIT = Law(
    "balances_fit",
    "Every balance is what the orders, receipts and refunds say it must be",
    f"""
    WITH said (shop_id, kind, of, currency, fen) AS (
        SELECT shop_id, 'revenue', '', currency, sum(fen) FROM (
            SELECT shop_id, currency, amount_fen AS fen FROM orders_order
            WHERE state = 'delivered'
            UNION ALL
            SELECT shop_id, currency, used_fen FROM compensation_grant WHERE used_fen > 0
        ) earned GROUP BY 1, 4
        UNION ALL
        SELECT shop_id, 'refunds', '', currency, sum(amount_fen)
        FROM payments_refund WHERE from_earnings GROUP BY 1, 4
        UNION ALL
        SELECT shop_id, 'owed_to_buyers', '', currency, sum(fen) FROM (
            SELECT shop_id, currency, amount_fen AS fen FROM orders_order
            WHERE state IN ('screening', 'paid', 'sourcing', 'short', 'in_hand', 'held')
            UNION ALL
            SELECT f.shop_id, f.currency, f.amount_fen FROM payments_refund f
            JOIN payments_receipt r ON r.id = f.receipt_id
            WHERE f.state <> 'confirmed' AND r.verdict NOT IN {_SUSPENDED}
        ) owed GROUP BY 1, 4
        UNION ALL
        SELECT r.shop_id, 'suspense', '', r.currency, sum(r.amount_fen - coalesce(f.fen, 0))
        FROM payments_receipt r
        LEFT JOIN (SELECT receipt_id, sum(amount_fen) AS fen FROM payments_refund
                   WHERE state = 'confirmed' GROUP BY receipt_id) f ON f.receipt_id = r.id
        WHERE r.verdict IN {_SUSPENDED} GROUP BY 1, 4
        UNION ALL
        SELECT r.shop_id, 'channel_cash', ch.code, r.currency,
               sum(r.amount_fen - coalesce(f.fen, 0))
        FROM payments_receipt r
        JOIN payments_channel ch ON ch.id = r.channel_id
        LEFT JOIN (SELECT receipt_id, sum(amount_fen) AS fen FROM payments_refund
                   WHERE state = 'confirmed' GROUP BY receipt_id) f ON f.receipt_id = r.id
        GROUP BY 1, 3, 4
        UNION ALL
        {attempts.BALANCES}
        UNION ALL
        {goodwill.BALANCES}
    ), booked AS (
        SELECT a.shop_id, a.kind, a.of, a.currency,
               sum(CASE WHEN (a.id = t.debit_id) = (a.kind IN (
                       'channel_cash', 'supplier_receivable', 'refunds', 'compensation', 'fees',
                       'goods_cost', 'losses'))
                   THEN t.amount_fen ELSE -t.amount_fen END) AS fen
        FROM ledger_account a
        JOIN ledger_transfer t ON a.id IN (t.debit_id, t.credit_id)
        GROUP BY 1, 2, 3, 4
    )
    SELECT concat_ws(' ', coalesce(s.kind, b.kind), nullif(coalesce(s.of, b.of), ''),
                     coalesce(s.currency, b.currency)),
           format('the books say %%s fen, the rows %%s', coalesce(b.fen, 0), coalesce(s.fen, 0))
    FROM said s
    FULL JOIN booked b USING (shop_id, kind, of, currency)
    WHERE (%(shop_id)s::uuid IS NULL OR shop_id = %(shop_id)s::uuid)
      AND coalesce(s.fen, 0) <> coalesce(b.fen, 0)
    """,  # noqa: S608
)

SUMS_ROLLED_UP = Law(
    "sums_rolled_up",
    "The sums of an account are those of the transfers the roll-up has read, counted plainly",
    """
    WITH read AS (
        SELECT t.debit_id, t.credit_id, t.amount_fen FROM ledger_transfer t
        WHERE pg_visible_in_snapshot(t.xid, (
            SELECT snapshot::pg_snapshot FROM ledger_rollup WHERE name = 'transfers'))
    ), plain AS (
        SELECT account_id, sum(debit) AS debit, sum(credit) AS credit FROM (
            SELECT debit_id AS account_id, amount_fen AS debit, 0 AS credit FROM read
            UNION ALL
            SELECT credit_id, 0, amount_fen FROM read
        ) sides GROUP BY account_id
    )
    SELECT concat_ws(' ', a.kind, nullif(a.of, ''), a.currency),
           format('rolled up %%s debit and %%s credit, the transfers say %%s and %%s',
                  coalesce(r.debit_fen, 0), coalesce(r.credit_fen, 0),
                  coalesce(p.debit, 0), coalesce(p.credit, 0))
    FROM ledger_account a
    LEFT JOIN ledger_rolled r ON r.account_id = a.id
    LEFT JOIN plain p ON p.account_id = a.id
    WHERE (%(shop_id)s::uuid IS NULL OR a.shop_id = %(shop_id)s::uuid)
      AND (coalesce(r.debit_fen, 0), coalesce(r.credit_fen, 0))
          <> (coalesce(p.debit, 0), coalesce(p.credit, 0))
    """,
)

NOTICES_SETTLED = Law(
    "notices_settled",
    "A genuine notice of money is settled only with a receipt of its trade, or by a person",
    """
    SELECT n.id::text, format('trade %%s is settled as %%s', n.trade_no, n.outcome)
    FROM payments_notice n
    WHERE (%(shop_id)s::uuid IS NULL OR n.shop_id = %(shop_id)s::uuid)
      AND n.state = 'settled' AND n.status = 'paid' AND n.verdict = 'genuine'
      AND NOT EXISTS (SELECT 1 FROM payments_receipt r
                      WHERE r.channel_id = n.channel_id AND r.trade_no = n.trade_no)
      AND NOT EXISTS (SELECT 1 FROM journal_fact f
                      WHERE f.subject_id = n.id AND f.kind = 'payment.matched')
    """,
)

RECEIPTS_NOTICED = Law(
    "receipts_noticed",
    "A receipt is of a notice of its channel and trade that nobody can settle again",
    """
    SELECT r.id::text, format('its notice is %%s, about %%s', coalesce(n.state, 'nowhere'),
                              coalesce(n.trade_no, 'nothing'))
    FROM payments_receipt r LEFT JOIN payments_notice n ON n.id = r.notice_id
    WHERE (%(shop_id)s::uuid IS NULL OR r.shop_id = %(shop_id)s::uuid)
      AND (n.channel_id = r.channel_id AND n.trade_no = r.trade_no
           AND n.amount_fen = r.amount_fen AND n.currency = r.currency
           AND n.state IN ('settled', 'unmatched')) IS NOT TRUE
    """,
)

LAWS = (
    RECEIPTS_BOOKED,
    TRANSFERS_CAUSED,
    DELIVERIES_EARNED,
    REFUNDS_BOOKED,
    RECEIPTS_NOT_OVERSPENT,
    ORDERS_HOLD_THEIR_PRICE,
    SUSPENSE_EXPLAINED,
    BALANCES_FIT,
    SUMS_ROLLED_UP,
    NOTICES_SETTLED,
    RECEIPTS_NOTICED,
)
