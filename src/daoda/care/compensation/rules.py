"""What is done for a late order, in which order, and how much: on plain values.

A policy's ``steps`` are a list of dicts, in the order of their ``after_min`` (minutes after the
date that was broken), each with what to ``do``:

- ``reissue``: take the goods from our own shelf
- ``other_supplier``: have them bought (again) from a supplier
- ``goodwill``: a coupon of ``percent`` of the price, at least ``least_fen`` and at most
  ``most_fen``; ``spent_fen`` keeps it for buyers who spent that much in 30 days (0: everybody)
- ``refund``: the money goes back the way it came
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

STEPS_MAX = 12
AFTER_MIN_MAX = 60 * 24 * 60
FEN_MAX = 1_000_000_00
COUPON_DAYS = 90

# The facts of orders that are heard: the date was broken, and what each end of an order is called.
BROKEN = "order.promise_broken"
DELIVERED = "order.delivered"
ENDED_BY = {
    DELIVERED: "delivered",
    "order.refund_owed": "refund_owed",
    "order.refunded": "refunded",
}

_SHAPES: Mapping[str, frozenset[str]] = {
    "reissue": frozenset(),
    "other_supplier": frozenset(),
    "goodwill": frozenset({"percent", "least_fen", "most_fen", "spent_fen"}),
    "refund": frozenset(),
}
_RANGES = {
    "after_min": (0, AFTER_MIN_MAX),
    "percent": (0, 100),
    "least_fen": (1, FEN_MAX),
    "most_fen": (1, FEN_MAX),
    "spent_fen": (0, FEN_MAX * 100),
}

Step = Mapping[str, Any]


class BadSteps(ValueError):
    """Steps that are not in this language. ``position`` counts from 1."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"step {position}: {problem}")
        self.position, self.problem = position, problem


@dataclass(frozen=True)
class Room:
    """How much goodwill may still be given, in fen, by each cap of the policy."""

    order_fen: int
    buyer_day_fen: int
    shop_day_fen: int


def check(steps: object) -> list[dict[str, Any]]:
    """The steps as they may be stored. Raises BadSteps."""
    if not isinstance(steps, list) or not 1 <= len(steps) <= STEPS_MAX:
        raise BadSteps(1, f"a policy has 1 to {STEPS_MAX} steps")
    before = 0
    for position, step in enumerate(steps, start=1):
        problem = _problem(step)
        if not problem and step["after_min"] < before:
            problem = "it comes before the one above it"
        if problem:
            raise BadSteps(position, problem)
        before = step["after_min"]
    if any(step["do"] == "refund" for step in steps[:-1]):
        raise BadSteps(len(steps), "nothing comes after a refund")
    return [dict(step) for step in steps]


def next_at(late_since: datetime, steps: Sequence[Step], position: int) -> datetime | None:
    """When a step is due; None when there is none at this position."""
    if position >= len(steps):
        return None
    return late_since + timedelta(minutes=steps[position]["after_min"])


def goodwill_fen(step: Step, *, price_fen: int, room: Room) -> int:
    """What a step gives for an order of this price, within what the caps leave; 0 for nothing.

    A cap that leaves less than the step's least leaves nothing: nobody is given a few fen.
    """
    wanted = max(step["least_fen"], min(step["most_fen"], price_fen * step["percent"] // 100))
    given = min(wanted, room.order_fen, room.buyer_day_fen, room.shop_day_fen)
    return given if given >= step["least_fen"] else 0


def _problem(step: object) -> str:
    if not isinstance(step, dict) or step.get("do") not in _SHAPES:
        return f"it does none of {', '.join(_SHAPES)}"
    wanted = _SHAPES[step["do"]] | {"after_min"}
    if set(step) != wanted | {"do"}:
        return f"it has {', '.join(sorted(wanted))}"
    for name in wanted:
        low, high = _RANGES[name]
        value = step[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return f"{name} is a whole number from {low} to {high}"
    if step["do"] == "goodwill" and step["least_fen"] > step["most_fen"]:
        return "least_fen is not above most_fen"
    return ""
