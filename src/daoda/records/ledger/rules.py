"""The chart of accounts."""

from __future__ import annotations

import uuid
from functools import lru_cache

from daoda.kit import ids

# kind → whether a debit makes its balance grow (assets and costs) or a credit does.
DEBIT_GROWS = {
    "channel_cash": True,
    "supplier_receivable": True,
    "refunds": True,
    "compensation": True,
    "fees": True,
    "goods_cost": True,
    "losses": True,
    "owed_to_buyers": False,
    "goodwill_owed": False,
    "revenue": False,
    "supplier_payable": False,
    "suspense": False,
}


@lru_cache(maxsize=10_000)  # asked for twice a transfer, and few are in use at a time
def account_id(shop_id: uuid.UUID, kind: str, of: str, currency: str) -> uuid.UUID:
    """The id of an account, known without asking. ``of`` is the channel or supplier, or ''.

    Raises KeyError for a kind outside the chart.
    """
    DEBIT_GROWS[kind]
    return ids.derive(shop_id, f"account:{kind}:{of}:{currency}")
