"""What speaks against an order: a small closed language of conditions, on plain values.

A rule is a list of conditions, each a dict with its ``kind``; all of them must hold:

- ``amount``: ``at_least_fen``
- ``quantity``: ``at_least``
- ``orders_of_contact``: ``at_least`` paid orders of one contact ``within_min`` minutes, this one
  included
- ``unpaid_of_contact``: ``at_least`` orders the contact left unpaid ``within_min`` minutes
- ``new_contact``: nothing has been delivered to the contact before
- ``channel``, ``product``: ``one_of`` codes of channels, ids of products (32 hex characters)
- ``answer``: the typed ``field`` is ``one_of`` texts (a region, a server), however it is written
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CONDITIONS_MAX = 8
CHOICES_MAX = 50
TOLD_CHARS_MAX = 60
WITHIN_MIN_MAX = 30 * 24 * 60
COUNT_MAX = 200
AMOUNT_FEN_MAX = 100_000_000_00

_SHAPES: Mapping[str, frozenset[str]] = {
    "amount": frozenset({"at_least_fen"}),
    "quantity": frozenset({"at_least"}),
    "orders_of_contact": frozenset({"at_least", "within_min"}),
    "unpaid_of_contact": frozenset({"at_least", "within_min"}),
    "new_contact": frozenset(),
    "channel": frozenset({"one_of"}),
    "product": frozenset({"one_of"}),
    "answer": frozenset({"field", "one_of"}),
}
_MOST = {
    "at_least_fen": AMOUNT_FEN_MAX,
    "at_least": COUNT_MAX,
    "within_min": WITHIN_MIN_MAX,
}

Condition = Mapping[str, Any]


class BadCondition(ValueError):
    """Conditions that say nothing, or not in this language. ``position`` counts from 1."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"condition {position}: {problem}")
        self.position = position
        self.problem = problem


@dataclass(frozen=True)
class Seen:
    """What is known of one order at the moment it was paid.

    ``paid_ats`` and ``unpaid_ats`` are of the contact's orders of the last 30 days, at most 200,
    this one included. ``answers`` are filled only where a rule asks for them.
    """

    order_id: uuid.UUID
    paid_at: datetime
    amount_fen: int
    quantity: int
    product: str
    channel: str
    new_contact: bool
    paid_ats: Sequence[datetime] = ()
    unpaid_ats: Sequence[datetime] = ()
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)


def check(conditions: object) -> list[dict[str, Any]]:
    """The conditions as they may be stored. Raises BadCondition."""
    if not isinstance(conditions, list) or not 1 <= len(conditions) <= CONDITIONS_MAX:
        raise BadCondition(1, f"a rule has 1 to {CONDITIONS_MAX} conditions")
    for position, one in enumerate(conditions, start=1):
        problem = _problem(one)
        if problem:
            raise BadCondition(position, problem)
    return [dict(one) for one in conditions]


def asks_for_answers(conditions: Sequence[Condition]) -> bool:
    """Whether what the buyer typed must be unsealed to judge by these."""
    return any(one["kind"] == "answer" for one in conditions)


def found(conditions: Sequence[Condition], seen: Seen) -> list[dict[str, Any]] | None:
    """What was seen of each condition if all hold, else None.

    What the buyer typed is not repeated: only that it was one of the listed texts.
    """
    said = []
    for one in conditions:
        value = _LOOK[one["kind"]](one, seen)
        if value is None:
            return None
        said.append({"kind": one["kind"], "seen": value})
    return said


def _problem(one: object) -> str:
    if not isinstance(one, dict) or one.get("kind") not in _SHAPES:
        return f"its kind is none of {', '.join(_SHAPES)}"
    shape = _SHAPES[one["kind"]]
    if set(one) != shape | {"kind"}:
        return f"it has {', '.join(sorted(shape)) or 'nothing'} beside its kind"
    for name in shape & set(_MOST):
        value = one[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST[name]:
            return f"{name} is a whole number from 1 to {_MOST[name]}"
    if "one_of" in shape and not _are_texts(one["one_of"]):
        return f"one_of has 1 to {CHOICES_MAX} texts of at most 80 characters"
    if "field" in shape and not (isinstance(one["field"], str) and 0 < len(one["field"]) <= 40):
        return "field is the name of a typed field"
    return ""


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= CHOICES_MAX
        and all(isinstance(text, str) and 0 < len(text.strip()) <= 80 for text in value)
    )


def _amount(one: Condition, seen: Seen) -> int | None:
    return seen.amount_fen if seen.amount_fen >= one["at_least_fen"] else None


def _quantity(one: Condition, seen: Seen) -> int | None:
    return seen.quantity if seen.quantity >= one["at_least"] else None


def _paid(one: Condition, seen: Seen) -> int | None:
    return _count(one, seen.paid_ats, seen.paid_at)


def _unpaid(one: Condition, seen: Seen) -> int | None:
    return _count(one, seen.unpaid_ats, seen.paid_at)


def _count(one: Condition, moments: Sequence[datetime], until: datetime) -> int | None:
    since = until - timedelta(minutes=one["within_min"])
    count = sum(since <= moment <= until for moment in moments)
    return count if count >= one["at_least"] else None


def _new(_one: Condition, seen: Seen) -> bool | None:
    return seen.new_contact or None


def _channel(one: Condition, seen: Seen) -> str | None:
    return seen.channel if seen.channel in one["one_of"] else None


def _product(one: Condition, seen: Seen) -> str | None:
    return seen.product if seen.product in one["one_of"] else None


def _answer(one: Condition, seen: Seen) -> bool | None:
    listed = {text.strip().casefold() for text in one["one_of"]}
    return seen.answers.get(one["field"], "").strip().casefold() in listed or None


_LOOK: Mapping[str, Callable[[Condition, Seen], object]] = {
    "amount": _amount,
    "quantity": _quantity,
    "orders_of_contact": _paid,
    "unpaid_of_contact": _unpaid,
    "new_contact": _new,
    "channel": _channel,
    "product": _product,
    "answer": _answer,
}
