"""What arrives at the door: twenty times, in any order, late, and from forgers; and poison."""

from __future__ import annotations

import uuid
from dataclasses import replace

import psycopg

from daoda.proving.drills.sale import ACTOR, Told
from daoda.proving.drills.stage import Stage

COPIES = 19  # besides the first
FORGERS = 2
POISONED = 3
COPIES_S_MAX = 300.0
HELD_UP_S_MAX = 20.0
# Both ways in which the database says that it is the row: it breaks a rule, it cannot be held.
_POISON = """
CREATE FUNCTION drill_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'poisoned by the drill' USING ERRCODE = TG_ARGV[0]; END $$;
CREATE TRIGGER drill_poison BEFORE INSERT ON fulfilment_delivery FOR EACH ROW
    WHEN (NEW.order_id = ANY ('{orders}')) EXECUTE FUNCTION drill_poison('check_violation');
CREATE TRIGGER drill_poison BEFORE INSERT ON payments_receipt FOR EACH ROW
    WHEN (NEW.trade_no = '{trade_no}')
    EXECUTE FUNCTION drill_poison('numeric_value_out_of_range');
"""
_ANTIDOTE = "DROP FUNCTION drill_poison CASCADE"
_HELD = """
SELECT count(*) FROM orders_order
WHERE id = ANY (%(ids)s::uuid[]) AND state = 'held' AND owner = 'department:technical'
  AND hold_reason = 'delivery_failed' AND promised_at > clock_timestamp()
"""
_SLOWEST = """
SELECT coalesce(max(extract(epoch FROM d.at - n.received_at)), -1)::float
FROM fulfilment_delivery d
JOIN orders_order o ON o.id = d.order_id
JOIN payments_payment p ON p.order_id = o.id
JOIN payments_receipt r ON r.payment_id = p.id
JOIN payments_notice n ON n.id = r.notice_id
WHERE o.variant_id = %(plain)s
"""
_UNMATCHED = """
SELECT count(*) FROM payments_notice
WHERE event_key = %(event)s AND state = 'unmatched' AND owner = 'department:technical'
  AND outcome = 'failed' AND promised_at > clock_timestamp()
"""


def twenty_times(stage: Stage) -> None:
    """Every notice comes twenty times over the day, and twice from forgers of the same event."""
    true = [told for told in stage.sale.told if not told.forger]
    stage.sale.told += [
        replace(told, forger=1 + forger) for told in true for forger in range(1, 1 + FORGERS)
    ]
    stage.dice.shuffle(stage.sale.told)
    stage.open_doors()
    stage.does(f"tell each of {len(true)} events twenty times, {FORGERS} forgers beside each")
    stage.begin_day(copies=COPIES, copies_within_s=stage.day_s)
    stage.house.until("all copies are answered", lambda: not stage.traffic.left, s_max=COPIES_S_MAX)
    answered = stage.traffic.copies_answered
    words = f"{answered} repeats were answered like the first"
    stage.check("repeats", answered == COPIES * len(true), words)


def poison(stage: Stage) -> None:
    """Some orders and a notice make every batch fail they are in; the others must not notice."""
    from daoda.kit import clock
    from daoda.trade.orders import actions as orders

    alone = _paid_once(stage)
    *poisoned, refused = stage.dice.sample(sorted(alone), POISONED + 1)
    event = alone[refused]
    stage.sale.poisoned.add(event.event)
    del stage.sale.deliver[refused]
    script = _POISON.format(
        orders="{" + ",".join(map(str, poisoned)) + "}", trade_no=event.trade_no
    )
    with psycopg.connect(stage.where.superuser_url, autocommit=True) as superuser:
        superuser.execute(script.encode())
        stage.does(f"poison {POISONED} orders and a notice")
        stage.open_doors()
        stage.begin_day()
        stage.come_to_rest()
        held = stage.ask(_HELD, ids=poisoned)
        words = f"{held} of {POISONED} poisoned orders are held by technical, with a date"
        stage.check("held", held == POISONED, words)
        unmatched = stage.ask(_UNMATCHED, event=event.event)
        stage.check("unmatched", unmatched == 1, "the poisoned notice is technical's, with a date")
        slowest_s = stage.ask(_SLOWEST, plain=stage.sale.plain)
        words = f"the slowest of the others was delivered {slowest_s:.1f} s after its notice came"
        stage.check("not held up", 0 <= slowest_s < HELD_UP_S_MAX, words)
        superuser.execute(_ANTIDOTE.encode())
    for order_id in poisoned:
        orders.release(order_id=order_id, reason="drill", actor=ACTOR, now=clock.now())


def _paid_once(stage: Stage) -> dict[uuid.UUID, Told]:
    """Orders of which the channel tells one thing only, and that thing."""
    from daoda.trade.payments.models import Payment

    told: dict[str, list[Told]] = {}
    for one in stage.sale.told:
        if not one.forger:
            told.setdefault(one.number, []).append(one)
    numbers = [number for number, events in told.items() if len(events) == 1]
    rows = Payment.everywhere.filter(pk__in=numbers).values_list("pk", "order_id")
    return {order: told[number.hex][0] for number, order in rows if order in stage.sale.deliver}
