"""What a drill holds the house to, asked of all rows once everything has come to rest.

The laws are the checker's. Besides them: what was answered to those outside was kept, once; and
what they are owed has arrived. Nothing here asks the code that did it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from daoda.proving import checker
from daoda.proving.drills import listening
from daoda.proving.drills.gateway import Gateway
from daoda.proving.drills.sale import Sale
from daoda.proving.drills.traffic import API_KEY, Traffic, order_ids

WORDS_MAX = 5
_MOVING = """
SELECT 'notice ' || state, count(*) FROM payments_notice
WHERE state IN ('received', 'confirming') GROUP BY state
UNION ALL
SELECT 'order ' || state, count(*) FROM orders_order
WHERE state IN ('screening', 'paid', 'sourcing', 'short') GROUP BY state
UNION ALL
SELECT 'import ' || state, count(*) FROM stock_import
WHERE state IN ('received', 'checking', 'importing') GROUP BY state
"""
_SETTLED = """
SELECT e.key, format('%%s %%s, %%s receipts of its trade', count(n.id), max(n.state), count(r.id))
FROM unnest(%(keys)s::text[], %(trades)s::text[], %(numbers)s::uuid[]) AS e (key, trade, number)
LEFT JOIN payments_notice n ON n.event_key = e.key AND n.channel_id = %(channel_id)s
LEFT JOIN payments_receipt r ON r.trade_no = e.trade AND r.channel_id = %(channel_id)s
LEFT JOIN payments_payment p ON p.id = e.number
GROUP BY e.key
HAVING count(n.id) <> 1 OR count(r.id) <> 1
    OR max(n.state) <> CASE WHEN count(p.id) = 1 THEN 'settled' ELSE 'unmatched' END
"""
_STRANGERS = """
SELECT n.event_key, n.verdict FROM payments_notice n
WHERE n.verdict = 'genuine' AND n.event_key <> ALL (%(keys)s::text[])
"""
_ORDERED = """
SELECT a.id::text, format('%%s orders', count(o.id))
FROM unnest(%(ids)s::uuid[]) AS a (id) LEFT JOIN orders_order o ON o.id = a.id
GROUP BY a.id HAVING count(o.id) <> 1
UNION ALL
SELECT o.id::text, 'placed, and nobody was told' FROM orders_order o
WHERE o.source LIKE 'api:%%' AND o.id <> ALL (%(ids)s::uuid[])
"""
_DELIVERED = """
SELECT w.id::text, format('%%s with %%s of %%s codes', max(o.state), count(d.code_id), w.quantity)
FROM unnest(%(ids)s::uuid[], %(quantities)s::int[]) AS w (id, quantity)
LEFT JOIN orders_order o ON o.id = w.id
LEFT JOIN fulfilment_deliveredcode d ON d.order_id = w.id
GROUP BY w.id, w.quantity HAVING max(o.state) <> 'delivered' OR count(d.code_id) <> w.quantity
UNION ALL
SELECT o.id::text, format('paid, for a person, and %%s', o.state) FROM orders_order o
WHERE o.id = ANY (%(by_hand)s::uuid[]) AND o.state <> 'in_hand'
"""
_BROUGHT = """
WITH there AS (
    SELECT variant_id, count(*) AS codes,
           count(*) FILTER (WHERE place = 'shelf') AS shelf,
           count(*) FILTER (WHERE place = 'taken') AS taken,
           count(*) FILTER (WHERE place NOT IN ('shelf', 'taken')) AS elsewhere
    FROM stock_code GROUP BY variant_id
), held AS (
    SELECT variant_id, sum(quantity) AS codes FROM orders_order WHERE reserved GROUP BY variant_id
), delivered AS (
    SELECT c.variant_id, count(*) AS codes
    FROM fulfilment_deliveredcode d JOIN stock_code c ON c.id = d.code_id GROUP BY c.variant_id
)
SELECT b.id::text, format('%%s brought in; %%s free, %%s held, %%s delivered, %%s elsewhere',
    b.codes, l.available, coalesce(h.codes, 0), coalesce(d.codes, 0), coalesce(t.elsewhere, 0))
FROM unnest(%(ids)s::uuid[], %(codes)s::int[]) AS b (id, codes)
LEFT JOIN there t ON t.variant_id = b.id
LEFT JOIN stock_level l ON l.variant_id = b.id
LEFT JOIN held h ON h.variant_id = b.id
LEFT JOIN delivered d ON d.variant_id = b.id
WHERE (b.codes = t.codes AND t.taken = coalesce(d.codes, 0)
       AND b.codes = l.available - l.owed + coalesce(h.codes, 0) + coalesce(d.codes, 0)
                     + t.elsewhere) IS NOT TRUE
"""
_LEDGER = """
SELECT a.currency, sum(CASE WHEN a.id = t.debit_id THEN t.amount_fen ELSE -t.amount_fen END)::text
FROM ledger_transfer t JOIN ledger_account a ON a.id IN (t.debit_id, t.credit_id)
GROUP BY a.currency
HAVING sum(CASE WHEN a.id = t.debit_id THEN t.amount_fen ELSE -t.amount_fen END) <> 0
"""
_CODES = """
SELECT min(d.code_id::text), format('given to %%s orders', count(*))
FROM fulfilment_deliveredcode d JOIN stock_code c ON c.id = d.code_id
GROUP BY c.shop_id, c.fingerprint HAVING count(*) > 1
"""
_FEN = """
WITH came AS (
    SELECT r.id, r.amount_fen, p.order_id, n.state = 'unmatched' AND n.promised_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM payments_refund f WHERE f.receipt_id = r.id) AS asked
    FROM payments_receipt r
    JOIN payments_notice n ON n.id = r.notice_id
    LEFT JOIN payments_payment p ON p.id = r.payment_id
), orders AS (
    SELECT o.id, o.amount_fen, o.state = 'delivered' AND EXISTS (
               SELECT FROM fulfilment_delivery d WHERE d.order_id = o.id) AS delivered,
           o.closed_at IS NULL AND o.state NOT IN ('awaiting_payment', 'refund_owed')
               AND o.promised_at IS NOT NULL AS dated
    FROM orders_order o WHERE o.id IN (SELECT order_id FROM came)
), back AS (
    SELECT coalesce(sum(amount_fen) FILTER (WHERE state = 'confirmed'), 0) AS refunded,
           coalesce(sum(amount_fen) FILTER (
               WHERE state <> 'confirmed' AND promised_at IS NOT NULL), 0) AS owed,
           coalesce(sum(amount_fen) FILTER (WHERE from_earnings), 0) AS from_earnings
    FROM payments_refund
)
SELECT (SELECT coalesce(sum(amount_fen), 0) FROM came)::bigint,
       (SELECT coalesce(sum(amount_fen), 0) - (SELECT from_earnings FROM back)
        FROM orders WHERE delivered)::bigint,
       (SELECT refunded FROM back)::bigint,
       (SELECT owed FROM back)::bigint,
       (SELECT coalesce(sum(amount_fen), 0) FROM orders WHERE dated)::bigint,
       (SELECT coalesce(sum(amount_fen), 0) FROM came WHERE asked)::bigint
"""
_OPEN = "SELECT count(*) FROM orders_order WHERE closed_at IS NULL"
_UNDATED = """
SELECT o.id::text, o.state FROM orders_order o
WHERE o.closed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM promises_promise p
    LEFT JOIN promises_promiseending e ON e.promise_id = p.id
    WHERE p.id = o.promise_id AND p.subject_id = o.id AND e.promise_id IS NULL
      AND p.due_at = o.promised_at)
"""
_GIVEN_BACK = """
SELECT coalesce(f.id, g.number)::text, format('%%s, %%s fen; the channel gave back %%s',
    coalesce(f.state, 'not ours'), coalesce(f.amount_fen, 0), coalesce(g.fen, 0))
FROM payments_refund f
FULL JOIN unnest(%(numbers)s::uuid[], %(fens)s::bigint[]) AS g (number, fen) ON g.number = f.id
WHERE f.id IS NULL OR (g.fen IS NULL AND f.state = 'confirmed') OR g.fen <> f.amount_fen
"""
Asked = psycopg.Connection[Any]


@dataclass(frozen=True)
class Check:
    """One thing that must hold, and what was seen."""

    name: str
    held: bool
    words: str


def judge(connection: Asked, sale: Sale, traffic: Traffic, gateway: Gateway) -> list[Check]:
    """Everything that must hold after any drill, asked as of one moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return [
            *_asked(connection, sale, traffic),
            _promises(connection),
            *_subscribers(connection),
            _given_back(connection, gateway),
            _laws(connection),
        ]


def moving(connection: Asked) -> str:
    """What machines have left to do, in words; empty when everything has come to rest."""
    found = connection.execute(_MOVING).fetchall()
    return ", ".join(f"{rows} × {what}" for what, rows in found)


def _asked(connection: Asked, sale: Sale, traffic: Traffic) -> Iterator[Check]:
    yield Check(
        "answered",
        not traffic.left,
        f"{len(traffic.answered)} notices and orders answered in {traffic.sendings} sendings",
    )
    yield from _notices(connection, sale, traffic)
    ids = order_ids([one for key, one in traffic.answered.items() if key.startswith(API_KEY)])
    found = _rows(connection, _ORDERED, {"ids": ids})
    yield _check("ordered", f"{len(ids)} acknowledged orders: each there once", found)
    wanted = {
        "ids": list(sale.deliver), "quantities": list(sale.deliver.values()),
        "by_hand": list(sale.by_hand),
    }  # fmt: skip
    words = f"{len(sale.deliver)} paid orders: each has all its codes"
    yield _check("delivered", words, _rows(connection, _DELIVERED, wanted))
    brought = {"ids": list(sale.brought), "codes": list(sale.brought.values())}
    words = f"{sum(sale.brought.values())} codes: imported = free + held + delivered + void"
    yield _check("shelf", words, _rows(connection, _BROUGHT, brought))
    yield _check("codes", "no code went to two orders", _rows(connection, _CODES, {}))
    yield _fen(connection)
    yield _check("ledger", "the ledger sums to zero", _rows(connection, _LEDGER, {}))


def _notices(connection: Asked, sale: Sale, traffic: Traffic) -> Iterator[Check]:
    true = [told for told in sale.told if not told.forger]
    told = [one for one in true if one.key in traffic.answered and one.event not in sale.poisoned]
    forged = [one.key for one in sale.told if one.forger]
    fooled = [key for key in forged if key in traffic.answered]
    yield _check("forged", f"{len(forged)} forged notices refused", fooled)
    params = {
        "keys": [one.event for one in told], "trades": [one.trade_no for one in told],
        "numbers": [one.number for one in told], "channel_id": sale.channel_id,
    }  # fmt: skip
    found = _rows(connection, _SETTLED, params)
    yield _check("settled", f"{len(told)} answered notices: each settled once", found)
    found = _rows(connection, _STRANGERS, {"keys": [one.event for one in true]})
    yield _check("strangers", "nothing was settled that nobody sent", found)


def _fen(connection: Asked) -> Check:
    """Each captured fen in one place: what is in none, or in two, makes the sums differ."""
    row = connection.execute(_FEN.encode()).fetchone() or (0,) * 6
    came, *places = map(int, row)
    delivered, refunded, owed, held, asked = places
    words = (
        f"{came} fen came: {delivered} delivered, {refunded} refunded, held with a date: {owed} "
        f"to go back, {held} for open orders, {asked} in question; {came - sum(places)} elsewhere"
    )
    return Check("fen", came == sum(places), words)


def undated(connection: Asked) -> list[str]:
    """The open orders for which no promise stands at this moment."""
    return _rows(connection, _UNDATED, {})


def _promises(connection: Asked) -> Check:
    row = connection.execute(_OPEN.encode()).fetchone() or (0,)
    return _check("promises", f"{row[0]} open orders: each has its promise", undated(connection))


def _subscribers(connection: Asked) -> Iterator[Check]:
    for name in (listening.LIVE, listening.AFTER):
        facts, gaps, others = listening.missed(connection, name)
        words = f"{facts} facts to {name}: {gaps} not told, {others} told twice or otherwise"
        yield Check("journal", not gaps and not others, words)


def _given_back(connection: Asked, gateway: Gateway) -> Check:
    done = gateway.done
    params = {"numbers": list(done), "fens": list(done.values())}
    found = _rows(connection, _GIVEN_BACK, params)
    found += ["a number was sent for two sums"] * gateway.otherwise
    words = f"{len(done)} refunds given back by the channel: each once, as the books say"
    return _check("given back", words, found)


def _laws(connection: Asked) -> Check:
    found = checker.findings(connection)
    words = f"{len(checker.LAWS) + 1} laws of the checker asked of all rows"
    return Check("laws", not found, _say(words, [str(finding) for finding in found]))


def _rows(connection: Asked, question: str, params: Mapping[str, object]) -> list[str]:
    rows = connection.execute(question.encode(), params).fetchall()
    return [f"{subject}: {words}" for subject, words in rows]


def _check(name: str, words: str, found: Sequence[str]) -> Check:
    return Check(name, not found, _say(words, found))


def _say(words: str, found: Sequence[str]) -> str:
    if not found:
        return words
    shown = "; ".join(found[:WORDS_MAX])
    return f"{words}: {len(found)} break it: {shown}"
