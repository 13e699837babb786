"""What was given to buyers who waited too long is in the books until it is used or over."""

from __future__ import annotations

# What goodwill says the accounts must hold: rows for the law of balances.
BALANCES = """
    SELECT shop_id, 'goodwill_owed', '', currency, sum(amount_fen)
    FROM compensation_grant WHERE state = 'usable' GROUP BY 1, 4
    UNION ALL
    SELECT shop_id, 'compensation', '', currency,
           sum(CASE WHEN state = 'usable' THEN amount_fen ELSE used_fen END)
    FROM compensation_grant GROUP BY 1, 4
"""
# What may cause a transfer of a kind: a CASE branch each for the law of causes.
CAUSES = """
    WHEN 'goodwill.granted' THEN EXISTS (
        SELECT 1 FROM compensation_grant g
        WHERE g.id = t.subject_id AND g.amount_fen = t.amount_fen)
    WHEN 'goodwill.used' THEN EXISTS (
        SELECT 1 FROM compensation_grant g
        WHERE g.id = t.subject_id AND g.state = 'used' AND g.used_fen = t.amount_fen)
    WHEN 'goodwill.unused' THEN EXISTS (
        SELECT 1 FROM compensation_grant g
        WHERE g.id = t.subject_id AND g.state IN ('used', 'lapsed')
          AND g.amount_fen - g.used_fen = t.amount_fen)
"""
