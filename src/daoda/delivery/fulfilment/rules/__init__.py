"""Decisions of fulfilment on plain values: who gets which codes, what a supplier's answer means."""

from daoda.delivery.fulfilment.rules.asking import ask_at, can_ask, wait_s
from daoda.delivery.fulfilment.rules.cutting_off import CutOff, cut_off
from daoda.delivery.fulfilment.rules.judging import Standing, Verdict, judge
from daoda.delivery.fulfilment.rules.matching import HANDOVER_CHARS_MAX, match

__all__ = [
    "HANDOVER_CHARS_MAX",
    "CutOff",
    "Standing",
    "Verdict",
    "ask_at",
    "can_ask",
    "cut_off",
    "judge",
    "match",
    "wait_s",
]
