"""What happens at the dated cut-off of a purchase nobody knows the outcome of."""

from __future__ import annotations

from typing import Literal

CutOff = Literal["wait", "elsewhere", "refund", "person"]


def cut_off(
    policy: str, *, cost_fen: int, open_claims_fen: int, risk_limit_fen: int, for_order: bool
) -> CutOff:
    """The way out: the supplier's policy within its risk limit, else a person decides.

    ``open_claims_fen`` is what is cut off at this supplier already and not settled. What is
    bought for the shelf has nobody who waits: it is only claimed back ("elsewhere").
    """
    if policy not in ("elsewhere", "refund"):
        return "wait"
    if open_claims_fen + cost_fen > risk_limit_fen:
        return "person"
    if not for_order or policy == "elsewhere":
        return "elsewhere"
    return "refund"
