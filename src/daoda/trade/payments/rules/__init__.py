"""Decisions about payments, on plain values."""

from daoda.trade.payments.rules.settling import (
    CONFIRM_TRIES_MAX,
    SUSPENDED,
    Arrived,
    Asked,
    Judgement,
    confirm_wait_s,
    date_shown_to,
    judge,
    same_payer,
)

__all__ = [
    "CONFIRM_TRIES_MAX",
    "SUSPENDED",
    "Arrived",
    "Asked",
    "Judgement",
    "confirm_wait_s",
    "date_shown_to",
    "judge",
    "same_payer",
]
